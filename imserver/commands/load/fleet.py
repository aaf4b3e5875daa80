"""The processes of a run as one: started, told what to do, added up, and ended by pid."""

import contextlib
import json
import os
import random
import selectors
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from imserver.commands.load.crew import Orders, Seat
from imserver.commands.load.failures import LoadError, LoadExit
from imserver.commands.load.target import Target, source_addresses
from imserver.settings import ROOT

# Below the 20,000 descriptors that some machines give, with room for calls.
CLIENTS_PER_PROCESS = 18_000
# What a command may take beyond its own time: a busy machine, a slow end.
SLACK_SECONDS = 30.0

Progress = Callable[[list[int]], None]
Answers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who connects to what; ``pairs`` are (seat, seat, conversation or nothing)."""

    target: Target
    site_id: str
    transport: str
    seats: Sequence[Seat]
    processes: int
    pairs: Sequence[tuple[int, int, str]] = ()
    room: str = ""
    is_snapshot_read: bool = True

    def orders(self) -> list[Orders]:
        """Return each process's part. Pairs do not cross processes: plan them with ``match``."""
        return [self._part(number, *bounds) for number, bounds in enumerate(self.parts())]

    def parts(self) -> list[tuple[int, int]]:
        """Return which seats each process has."""
        size = -(-len(self.seats) // self.processes)
        return [(start, min(start + size, len(self.seats))) for start in range(0, len(self.seats), size)]

    def _part(self, number: int, start: int, end: int) -> Orders:
        return Orders(
            address=self.target.address,
            port=self.target.port,
            host=self.target.host,
            site=self.site_id,
            transport=self.transport,
            seats=list(self.seats[start:end]),
            pairs=[(a - start, b - start, name) for a, b, name in self.pairs if start <= a < end],
            addresses=source_addresses(self.target, process=number),
            room=self.room,
            is_snapshot_read=self.is_snapshot_read,
        )


def processes_for(users: int, *, wanted: int) -> int:
    """Return how many processes ``users`` need; raise LoadError when ``wanted`` cannot hold them."""
    needed = max(1, -(-users // CLIENTS_PER_PROCESS))
    if wanted and wanted < needed:
        raise LoadError(
            LoadExit.DESCRIPTORS,
            f"{users} users need {needed} processes of {CLIENTS_PER_PROCESS}; --processes is {wanted}",
        )
    return wanted or needed


def match(parts: Sequence[tuple[int, int]], *, peers: int) -> list[tuple[int, int]]:
    """Return a fixed random set of pairs in which each seat has about ``peers`` others of its part."""
    chance = random.Random(1)  # noqa: S311 - the same pairs in every run
    found: set[tuple[int, int]] = set()
    for start, end in parts:
        seats = list(range(start, end))
        for _ in range(max(1, peers // 2)):
            chance.shuffle(seats)
            neighbours = zip(seats, seats[1:] + seats[:1], strict=True)
            found.update((min(pair), max(pair)) for pair in neighbours if pair[0] != pair[1])
    return sorted(found)


class Fleet:
    """Context: the processes run from ``__enter__`` to ``__exit__`` and no longer."""

    def __init__(self, plan: Plan, *, progress: Progress | None = None) -> None:
        self._orders = plan.orders()
        self.progress = progress
        self._children: list[subprocess.Popen[bytes]] = []
        self._latest: dict[int, list[int]] = {}

    def __enter__(self) -> "Fleet":
        for orders in self._orders:
            child = subprocess.Popen(
                [sys.executable, "-m", "imserver.commands.load.child"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._children.append(child)
            _write(child, msgspec.json.encode(orders))
        return self

    def __exit__(self, *exc: object) -> None:
        for child in self._children:
            with contextlib.suppress(OSError):
                child.stdin.close()  # type: ignore[union-attr]
        for child in self._children:
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            child.stdout.close()  # type: ignore[union-attr]

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self._children]

    def do(self, verb: str, *, seconds: float, **values: object) -> Answers:
        """Let all processes do ``verb``; return their answers. Raises LoadError when it takes longer."""
        command = json.dumps({"do": verb, "seconds": seconds, **values}).encode()
        for child in self._children:
            _write(child, command)
        return self._gather(verb, time.monotonic() + seconds + SLACK_SECONDS)

    def _gather(self, verb: str, deadline: float) -> Answers:
        answers: Answers = []
        with selectors.DefaultSelector() as selector:
            buffers = {}
            for child in self._children:
                selector.register(child.stdout, selectors.EVENT_READ, child)  # type: ignore[arg-type]
                buffers[child.pid] = b""
            while len(answers) < len(self._children):
                if time.monotonic() > deadline:
                    raise LoadError(LoadExit.TIME_BOUND, f"{verb} is not done in time")
                for key, _ in selector.select(timeout=1.0):
                    data = os.read(key.fd, 262_144)
                    if not data:
                        raise LoadError(LoadExit.BROKEN, "a client process ended early; see above")
                    *lines, rest = (buffers[key.data.pid] + data).split(b"\n")
                    buffers[key.data.pid] = rest
                    answers += [found for line in lines if (found := self._heard(key.data.pid, line))]
        return answers

    def _heard(self, pid: int, line: bytes) -> dict[str, Any] | None:
        message: dict[str, Any] = json.loads(line)
        if "progress" not in message:
            return message
        self._latest[pid] = message["progress"]
        if self.progress is not None:
            self.progress([sum(numbers) for numbers in zip(*self._latest.values(), strict=True)])
        return None


def added(answers: Answers, name: str) -> Any:
    """Return the sum of one number, or of one table of counts, over all processes."""
    if isinstance(answers[0][name], dict):
        total: Counter[str] = Counter()
        for answer in answers:
            total.update(answer[name])
        return dict(total)
    return sum(answer[name] for answer in answers)


def _write(child: "subprocess.Popen[bytes]", line: bytes) -> None:
    if child.stdin is None:
        raise LoadError(LoadExit.BROKEN, "a client process has no input")
    try:
        child.stdin.write(line + b"\n")
        child.stdin.flush()
    except BrokenPipeError as error:
        raise LoadError(LoadExit.BROKEN, "a client process ended early; see above") from error
