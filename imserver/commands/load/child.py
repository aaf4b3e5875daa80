"""One process of a load run: orders and commands come on standard input, findings go to standard output.

It ends when its standard input does, so it never outlives the command that started it.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from imserver.commands.load.crew import Crew, Orders
from imserver.commands.load.processes import pss_kb
from imserver.commands.load.shower import Shower

PROGRESS_SECONDS = 0.5


class Commands:
    """Lines of standard input, read by the same loop as everything else."""

    def __init__(self) -> None:
        self._read = b""

    def read_orders(self) -> Orders:
        """Return the first line's orders; nothing else happens until they are there."""
        while b"\n" not in self._read:
            self.on_event(0)
        return msgspec.json.decode(self._cut(), type=Orders)

    def follow(self, crew: Crew) -> None:
        """Read the rest within the crew's loop."""
        self._crew = crew
        crew.loop.watch(0, self.on_event)

    def wait(self) -> dict[str, Any]:
        """Return the next command; clients go on living meanwhile."""
        while b"\n" not in self._read:
            self._crew.loop.turn(0.05)
        found: dict[str, Any] = json.loads(self._cut())
        return found

    def _cut(self) -> bytes:
        line, _, self._read = self._read.partition(b"\n")
        return line

    def on_event(self, _events: int) -> None:
        """Bytes, or the end: whoever started this process is gone."""
        data = os.read(0, 65_536)
        if not data:
            raise SystemExit(0)
        self._read += data


class Child:
    """Carries out commands; each returns what is answered under its name."""

    def __init__(self, crew: Crew, *, empty_kb: int) -> None:
        self._crew = crew
        self._empty_kb = empty_kb
        self._shower: Shower | None = None
        self.verbs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "ramp": self.ramp,
            "hold": self.hold,
            "prepare": self.prepare,
            "send": self.send,
        }

    def ramp(self, command: dict[str, Any]) -> dict[str, Any]:
        """Bring everybody in."""
        crew, begun, before = self._crew, time.monotonic(), time.process_time()
        crew.loop.now = begun
        crew.ramp(command["rate"], begun + command["seconds"])
        return {
            "connected": len(crew.joined_at),
            "signed_in": crew.signed_in,
            "failed": dict(crew.failures),
            "connects_per_second": rate_of(crew.joined_at, begun),
            "sign_ins_per_second": rate_of(crew.signed_in_at, begun),
            "cpu_seconds": time.process_time() - before,
            "memory_before_kb": self._empty_kb,
            "memory_kb": pss_kb(os.getpid()),
        }

    def hold(self, command: dict[str, Any]) -> dict[str, Any]:
        """Stay."""
        crew, before = self._crew, time.process_time()
        answers, received = crew.answers, crew.ledger.counts.received
        crew.drops.clear()
        crew.hold(time.monotonic() + command["seconds"])
        return {
            "online": crew.online,
            "dropped": dict(crew.drops),
            "answers": crew.answers - answers,
            "events": crew.ledger.counts.received - received,
            "gaps": crew.ledger.counts.gaps,
            "doubled": crew.ledger.counts.doubled,
            "out_of_order": crew.ledger.counts.out_of_order,
            "cpu_seconds": time.process_time() - before,
        }

    def prepare(self, command: dict[str, Any]) -> dict[str, Any]:
        """Open the conversations that messages will go to."""
        self._shower = Shower(self._crew, command["kind"])
        count = self._shower.prepare(time.monotonic() + command["seconds"])
        return {"directions": count, "failed": dict(self._crew.failures)}

    def send(self, command: dict[str, Any]) -> dict[str, Any]:
        """Send at a rate."""
        if self._shower is None:
            raise RuntimeError("prepare comes first")
        self._crew.drops.clear()
        found = self._shower.run(
            rate=command["rate"],
            start_at=command["start_at"],
            seconds=command["length"],
            grace_seconds=command["grace"],
        )
        ledger = self._crew.ledger
        if command["keeps"]:
            found |= {"run_tag": ledger.run_tag.decode(), "acknowledged_at": ledger.acknowledged_at()}
        return found | {
            "dropped": dict(self._crew.drops),
            "memory_kb": pss_kb(os.getpid()),
            "online": self._crew.online,
        }


def main() -> None:
    """Read the orders, then carry out commands until standard input ends."""
    raise_descriptors()
    empty_kb = pss_kb(os.getpid())
    commands = Commands()
    crew = Crew(commands.read_orders())
    commands.follow(crew)
    child = Child(crew, empty_kb=empty_kb)
    _report(crew)
    while True:
        command = commands.wait()
        say({"done": command["do"]} | child.verbs[command["do"]](command))


def raise_descriptors() -> None:
    """Take as many descriptors as the machine gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def rate_of(moments: list[float], begun: float) -> float:
    """Return events per second from ``begun`` to the last of them."""
    return round(len(moments) / max(0.001, moments[-1] - begun), 1) if moments else 0.0


def say(message: dict[str, Any]) -> None:
    """Write one line to the command."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _report(crew: Crew) -> None:
    counts = crew.ledger.counts
    failed = sum(crew.failures.values())
    say({"progress": [crew.online, failed, counts.sent, counts.delivered, sum(crew.drops.values())]})
    crew.loop.call_later(PROGRESS_SECONDS, lambda: _report(crew))


if __name__ == "__main__":
    main()
