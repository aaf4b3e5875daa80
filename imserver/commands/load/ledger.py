"""What was sent, and what became of it: the judge of a run. Pure: no sockets, the time is an argument.

# design: A message carries the serial number of its sending in its client_id, so an event finds its row in
# arrays without a dict or a decoder. The fixed places of our own events are read with ``find``; whatever
# does not fit them, and one event in a thousand for comparison, is decoded in full.
"""

import json
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

# A tenth of a millisecond each, up to ten seconds; what took longer is counted in the last one.
BUCKETS = 100_000
PER_SECOND = 10_000
SAMPLE = 1_000

ACKED, HEARD, ECHOED, REFUSED = 1, 2, 4, 8
_CREATED = b'{"type":"message.created","cursor":"'
_CLIENT = b'"client_id":"'
_CONVERSATION = b'"conversation_id":"'
_ROOM = b'"room":"'
_STARTED = b'{"type":"typing.started",'
_STOPPED = b'{"type":"typing.stopped",'
_BEFORE_MESSAGE = len(_CREATED)


class Hearer(Protocol):
    """What the ledger keeps of a client: its number, its place in its own stream and in a room's."""

    index: int
    useq: int
    tag: bytes
    room_useq: int


class Histogram:
    """Latencies; two can be added, which percentiles cannot."""

    __slots__ = ("counts", "most_seconds", "total")

    def __init__(self) -> None:
        self.counts = array("q", bytes(8 * BUCKETS))
        self.total = 0
        self.most_seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one latency."""
        bucket = int(seconds * PER_SECOND)
        self.counts[bucket if 0 <= bucket < BUCKETS else (0 if bucket < 0 else -1)] += 1
        self.total += 1
        if seconds > self.most_seconds:
            self.most_seconds = seconds

    def pack(self) -> dict[str, Any]:
        """Return it as JSON takes it, without the empty places."""
        filled = {str(place): count for place, count in enumerate(self.counts) if count}
        return {"most": self.most_seconds, "counts": filled}

    def merge(self, packed: dict[str, Any]) -> None:
        """Add what another process packed."""
        self.most_seconds = max(self.most_seconds, packed["most"])
        for place, count in packed["counts"].items():
            self.counts[int(place)] += count
            self.total += count

    def summary(self) -> dict[str, float]:
        """Return p50, p95, p99 and max in milliseconds; zeros when nothing was counted."""
        wanted = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
        found = {name: self._percentile(share) for name, share in wanted.items()}
        return found | {"max_ms": round(self.most_seconds * 1_000, 1)}

    def _percentile(self, share: float) -> float:
        seen, target = 0, share * self.total
        for place, count in enumerate(self.counts):
            seen += count
            if seen >= target and seen:
                return round((place + 1) * 1_000 / PER_SECOND, 1)
        return 0.0


@dataclass(slots=True)
class Counts:
    """What a process found; all of them add up over processes."""

    sent: int = 0
    acknowledged: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    gaps: int = 0
    unanswered: int = 0
    skipped: int = 0
    resets: int = 0
    received: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Ledger:
    """One process's messages of one run.

    ``run_tag`` (16 hex digits) tells its own from those of another run, and so does ``base``, the number of
    its first request: an answer that is late by a whole run finds no row.
    """

    def __init__(self, run_tag: bytes, *, base: int = 0) -> None:
        self.run_tag = run_tag
        self.base = base
        self.counts = Counts()
        self.to_ack, self.to_delivery = Histogram(), Histogram()
        self._own = _CLIENT + run_tag
        self._due = array("d")
        self._sender = array("l")
        self._expected = array("l")
        self._heard = array("l")
        self._acked = array("d")
        self._marks = bytearray()
        self._typing_due: dict[tuple[int, int], float] = {}
        self._pairs: dict[bytes, tuple[int, int]] = {}
        self._typing_sent: list[int] = []
        self._typing_heard: list[int] = []
        self._typing_next: list[int] = []
        self._parsed = 0

    # -- sending

    def send(self, sender: int, due: float, *, receivers: int = 1) -> int:
        """Note a message that was due then; return its serial. ``receivers`` does not count the sender."""
        self._due.append(due)
        self._sender.append(sender)
        self._expected.append(receivers)
        self._heard.append(0)
        self._acked.append(0.0)
        self._marks.append(0)
        self.counts.sent += 1
        return len(self._marks) - 1

    def client_id(self, serial: int) -> bytes:
        """Return the client_id of a serial."""
        return b"%b%016x" % (self.run_tag, serial)

    def acknowledge(self, serial: int, now: float) -> None:
        """The server answered that it is stored; a repeat of the answer changes nothing."""
        if self._marks[serial] & ACKED:
            return
        self._marks[serial] |= ACKED
        self._acked[serial] = now
        self.counts.acknowledged += 1
        self.to_ack.add(now - self._due[serial])

    @property
    def next_base(self) -> int:
        """The number of the first request of a run after this one."""
        return self.base + len(self._marks)

    def acknowledge_request(self, number: int, now: float) -> None:
        """As ``acknowledge``, by the request's number on a socket."""
        if number >= self.base:
            self.acknowledge(number - self.base, now)

    def refuse_request(self, number: int, code: str) -> None:
        """As ``refuse``, by the request's number on a socket."""
        if number >= self.base:
            self.refuse(number - self.base, code)

    def refuse(self, serial: int, code: str) -> None:
        """The server answered that it will not store it."""
        self._marks[serial] |= REFUSED
        self.counts.refused[code] += 1

    # -- receiving

    def hear(self, client: Hearer, event: bytes, now: float) -> None:
        """Judge one event that ``client`` was given."""
        self.counts.received += 1
        self._parsed += 1
        if not event.startswith(_CREATED):
            self._hear_other(client, event, now)
            return
        dot = event.find(b".", _BEFORE_MESSAGE)
        rest = dot + 11
        place = event.find(self._own, rest)
        if place < 0 or not self._parsed % SAMPLE:
            self._hear_decoded(client, json.loads(event), now)
            return
        place += len(self._own)
        serial = int(event[place : place + 16], 16)
        if event.startswith(_ROOM, rest):
            self._hear_room(client, int(event[_BEFORE_MESSAGE:dot]), serial, now)
            return
        self._advance(client, int(event[_BEFORE_MESSAGE:dot]), event[dot + 1 : dot + 9], serial)
        if serial >= 0:
            self._deliver(client, serial, now)

    def skip_to(self, client: Hearer, cursor: str) -> None:
        """A reset, or the start: go on from there."""
        useq, _, tag = cursor.partition(".")
        client.useq, client.tag = int(useq), tag.encode()

    def _hear_decoded(self, client: Hearer, decoded: dict[str, Any], now: float) -> None:
        useq, _, tag = decoded["cursor"].partition(".")
        client_id = decoded["message"]["client_id"]
        own = client_id.startswith(self.run_tag.decode())
        serial = int(client_id[16:], 16) if own else -1
        if "room" in decoded:
            self._hear_room(client, int(useq), serial, now)
            return
        self._advance(client, int(useq), tag.encode(), serial)
        if own:
            self._deliver(client, serial, now)

    def _hear_other(self, client: Hearer, event: bytes, now: float) -> None:
        if event.startswith((_STARTED, _STOPPED)):
            self._hear_typing(client, event, now)
            return
        decoded = json.loads(event)
        if decoded["type"] == "message.created":
            self._hear_decoded(client, decoded, now)
        elif "cursor" in decoded and "room" not in decoded:
            useq, _, tag = decoded["cursor"].partition(".")
            self._advance(client, int(useq), tag.encode(), -1)

    def _advance(self, client: Hearer, useq: int, tag: bytes, serial: int) -> None:
        if useq == client.useq + 1:
            client.useq, client.tag = useq, tag
        elif useq > client.useq:
            self.counts.gaps += 1
            client.useq, client.tag = useq, tag
        elif serial < 0 or not self._marks[serial] & self._mark_for(client, serial):
            self.counts.out_of_order += 1

    def _mark_for(self, client: Hearer, serial: int) -> int:
        return ECHOED if client.index == self._sender[serial] else HEARD

    def _deliver(self, client: Hearer, serial: int, now: float) -> None:
        mark = self._mark_for(client, serial)
        if self._marks[serial] & mark:
            self.counts.doubled += 1
            return
        self._marks[serial] |= mark
        if mark is HEARD:
            self._heard[serial] += 1
            self.counts.delivered += 1
            self.to_delivery.add(now - self._due[serial])

    # -- rooms: the stream is the room's, and everybody in it hears the message

    def _hear_room(self, client: Hearer, useq: int, serial: int, now: float) -> None:
        if 0 <= useq <= client.room_useq:
            self.counts.doubled += 1
            return
        if client.room_useq >= 0 and useq > client.room_useq + 1:
            self.counts.gaps += 1
        client.room_useq = useq
        if serial >= 0 and client.index == self._sender[serial]:
            self._marks[serial] |= ECHOED
        elif serial >= 0:
            self._heard[serial] += 1
            self.counts.delivered += 1
            self.to_delivery.add(now - self._due[serial])

    # -- typing: no serial on the wire, so a direction's events are matched in their order

    def add_pair(self, conversation_id: bytes, first: int) -> int:
        """Note a conversation of two, ``first`` being one of them; return the number of first -> other.

        The way back has the next number.
        """
        number = len(self._typing_sent)
        self._pairs[conversation_id] = (first, number)
        self._typing_sent += [0, 0]
        self._typing_heard += [0, 0]
        self._typing_next += [0, 1, 0, 1]
        return number

    def send_typing(self, direction: int, due: float) -> bool:
        """Note a typing event; return whether it says started (they alternate)."""
        number = self._typing_sent[direction]
        self._typing_sent[direction] = number + 1
        self._typing_due[direction, number] = due
        self.counts.sent += 1
        return number % 2 == 0

    def _hear_typing(self, client: Hearer, event: bytes, now: float) -> None:
        place = event.find(_CONVERSATION) + len(_CONVERSATION)
        first, direction = self._pairs[event[place : event.find(b'"', place)]]
        direction += client.index == first
        # Started and stopped are two queues: whichever overtakes the other, the oldest of its kind has come.
        queue = 2 * direction + (not event.startswith(_STARTED))
        number = self._typing_next[queue]
        due = self._typing_due.pop((direction, number), None)
        if due is None:
            self.counts.doubled += 1
            return
        self._typing_next[queue] = number + 2
        self.counts.out_of_order += number < self._typing_heard[direction]
        self._typing_heard[direction] = max(self._typing_heard[direction], number)
        self.counts.delivered += 1
        self.to_delivery.add(now - due)

    # -- the end

    def acknowledged_at(self) -> list[tuple[int, float, float]]:
        """Return the serial of each message that is stored, when it was due and when that was heard."""
        stored = zip(range(len(self._marks)), self._due, self._acked, self._marks, strict=True)
        return [(serial, due, acked) for serial, due, acked, mark in stored if mark & ACKED]

    def missing(self) -> int:
        """Return how many deliveries of acknowledged messages are outstanding, and typing events."""
        expected, heard = self._expected, self._heard
        stored = 0
        for serial, mark in enumerate(self._marks):
            if mark & ACKED:
                # The sender is told, too: it may have another tab.
                stored += max(0, expected[serial] - heard[serial]) + (not mark & ECHOED)
        return stored + len(self._typing_due)

    def unanswered(self) -> int:
        """Return how many sends have no final answer."""
        return sum(1 for mark in self._marks if not mark & (ACKED | REFUSED))

    def close(self) -> Counts:
        """Return the counts, with what never came."""
        self.counts.lost, self.counts.unanswered = self.missing(), self.unanswered()
        return self.counts
