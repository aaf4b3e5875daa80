"""Sending at a fixed rate, whatever the answers do: the open loop of ``bin/spam``."""

import random
import time
from dataclasses import asdict
from typing import Any

from imserver.commands.load.client import ON
from imserver.commands.load.crew import Crew

# Longer than the server's sweep: whatever a lost hint delays has come by then.
GRACE_SECONDS = 15.0
# How often the end of a run is looked for.
LOOK_SECONDS = 0.25
# After a stall the backlog of what was due goes out in pieces, so that answers are read in between.
BURST = 200


class Shower:
    """``kind`` is message, typing or room; directions are (client, conversation, number)."""

    def __init__(self, crew: Crew, kind: str) -> None:
        self._crew = crew
        self._kind = kind
        self._directions: list[tuple[int, bytes, int]] = []
        self._pairs: list[tuple[int, int, bytes]] = []
        self._next_due = 0.0
        self._room = crew.orders.room.encode()

    def prepare(self, deadline: float) -> int:
        """Open what is needed; return how many directions there are to send in."""
        if self._kind == "room":
            return self._enter_room(deadline)
        self._pairs = self._crew.open_pairs(deadline)
        for place, (a, b, conversation_id) in enumerate(self._pairs):
            self._directions += [(a, conversation_id, 2 * place), (b, conversation_id, 2 * place + 1)]
        return len(self._directions)

    def run(self, *, rate: float, start_at: float, seconds: float, grace_seconds: float) -> dict[str, Any]:
        """Send ``rate`` a second from the monotonic time ``start_at`` on; return what was found.

        What has not come ``grace_seconds`` after the last one was due is lost.
        """
        loop, period = self._crew.loop, 1 / rate
        self._crew.open_ledger(self._pairs)
        began = time.process_time()
        self._next_due = start_at + random.random() * period  # noqa: S311 - processes out of step
        end = start_at + seconds
        behind = 0.0
        while self._next_due < end:
            behind = max(behind, loop.now - self._next_due)
            self._send_due(period, end)
            loop.turn()
        busy_seconds = time.process_time() - began
        self._settle(grace_seconds)
        counts = self._crew.ledger.close()
        return {
            "counts": asdict(counts) | {"refused": dict(counts.refused)},
            "to_ack": self._crew.ledger.to_ack.pack(),
            "to_delivery": self._crew.ledger.to_delivery.pack(),
            "cpu_seconds": busy_seconds,
            "behind_seconds": behind,
        }

    def _send_due(self, period: float, end: float) -> None:
        now, left = self._crew.loop.now, BURST
        while self._next_due <= now and self._next_due < end and left:
            self._send_one(self._next_due)
            self._next_due += period
            left -= 1

    def _send_one(self, due: float) -> None:
        crew = self._crew
        index, conversation_id, number = self._directions[int(random.random() * len(self._directions))]  # noqa: S311
        client = crew.clients[index]
        if client.step != ON:
            crew.ledger.counts.skipped += 1
            return
        if self._kind == "typing":
            started = crew.ledger.send_typing(number, due)
            crew.transport.type(client, conversation_id, started=started)
            return
        receivers = len(crew.clients) - 1 if self._kind == "room" else 1
        crew.transport.send(client, conversation_id, crew.ledger.send(index, due, receivers=receivers))

    def _settle(self, grace_seconds: float) -> None:
        """Wait until everything has come, or nothing more is to be expected."""
        ledger, loop = self._crew.ledger, self._crew.loop
        deadline = loop.now + grace_seconds
        while loop.now < deadline and (ledger.unanswered() or ledger.missing()):
            look = loop.now + LOOK_SECONDS
            loop.run_until(lambda: loop.now >= look, deadline=deadline)  # noqa: B023 - used at once

    def _enter_room(self, deadline: float) -> int:
        crew = self._crew
        for client in crew.clients:
            crew.transport.follow(client, self._room)
            self._directions.append((client.index, self._room, 0))
        crew.loop.run_until(lambda: crew.followed >= len(crew.clients), deadline=deadline)
        return len(self._directions)
