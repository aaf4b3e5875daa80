"""Stands between the server and its database, reads the statements, and lets some of them go wrong."""

import random
import socket
import struct
from collections import Counter, deque
from dataclasses import dataclass, field

from tests.stress.relay import Link, Relay
from tests.stress.scene import Scene

QUERY = 0x03
DEADLOCK = b"\xff" + struct.pack("<H", 1213) + b"#40001Deadlock found when trying to get lock"
ROLLBACK = b"\x09\x00\x00\x00\x03ROLLBACK"
WRITES = (b"INSERT", b"UPDATE", b"DELETE")


@dataclass(slots=True)
class Answer:
    """How much of the answer to one statement has come; the server sends no more when ``is_whole``."""

    is_whole: bool = False
    _held: bytes = b""
    _packets: int = 0
    _ends: int = 0

    def take(self, data: bytes) -> None:
        """Read on: OK and ERR are whole by themselves, rows stand behind columns and two ends."""
        self._held += data
        while len(self._held) >= 4:
            end = 4 + int.from_bytes(self._held[:3], "little")
            if len(self._held) < end:
                return
            self._count(self._held[4:end])
            self._held = self._held[end:]

    def _count(self, body: bytes) -> None:
        self._ends += body[0] == 0xFE and len(body) < 9
        if body[0] == 0xFF or self._ends == 2 or (not self._packets and body[0] == 0):
            self.is_whole = True
        self._packets += 1


@dataclass(slots=True)
class Harm:
    """How often what goes wrong, as shares; ``done`` counts what did."""

    cut_at_commit: float = 0.0
    deadlock: float = 0.0
    done: Counter[str] = field(default_factory=Counter)

    def stop(self) -> None:
        self.cut_at_commit = self.deadlock = 0.0


class DatabaseLink(Link):
    """One connection of the server's pool."""

    def __init__(self, near: socket.socket, far: socket.socket, *, harm: Harm) -> None:
        super().__init__(near, far)
        self._harm = harm
        self._held = b""
        self._waiting: deque[bytes] = deque()
        # Of the statement that the server works on: one at a time, however many have come.
        self._answer: Answer | None = None
        self._cut_at_answer = False
        self._answer_instead = b""

    def up(self, data: bytes) -> None:
        self._held += data
        while len(self._held) >= 4:
            end = 4 + int.from_bytes(self._held[:3], "little")
            if len(self._held) < end:
                return
            packet, self._held = self._held[:end], self._held[end:]
            self._waiting.append(packet)
        self._go_on()

    def down(self, data: bytes) -> None:
        if self._cut_at_answer:
            self.close()
            return
        if not self._answer_instead:
            self.near.sendall(data)
        if self._answer is not None:
            self._answer.take(data)
            self._end_answer()

    def _end_answer(self) -> None:
        if self._answer is None or not self._answer.is_whole:
            return
        self._answer = None
        if self._answer_instead:
            self.near.sendall(self._answer_instead)
            self._answer_instead = b""
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._answer is None:
            self._pass(self._waiting.popleft())

    def _pass(self, packet: bytes) -> None:
        # Numbers begin at 0 with each command; the greeting's packets have others.
        sql = statement_of(packet)
        self._answer = Answer() if sql else None
        if sql == b"COMMIT" and random.random() < self._harm.cut_at_commit:
            self._cut(packet)
        elif is_write(sql) and random.random() < self._harm.deadlock:
            # As the server does it: the victim's transaction is rolled back, then it is told.
            self._harm.done["deadlock"] += 1
            self._answer_instead = len(DEADLOCK).to_bytes(3, "little") + b"\x01" + DEADLOCK
            self.far.sendall(ROLLBACK)
        else:
            self.far.sendall(packet)

    def _cut(self, commit: bytes) -> None:
        """Half of them before the server hears of it, half after it has committed."""
        if random.random() < 0.5:
            self._harm.done["cut before the commit"] += 1
            self.close()
        else:
            self._harm.done["cut after the commit"] += 1
            self._cut_at_answer = True
            self.far.sendall(commit)


def statement_of(packet: bytes) -> bytes:
    """Return the SQL of a client's packet, nothing if it has none."""
    return packet[5:].strip() if packet[3] == 0 and packet[4:5] == bytes([QUERY]) else b""


def is_write(sql: bytes) -> bool:
    """Tell whether the statement takes locks, and so may be a deadlock's victim."""
    return sql == b"COMMIT" or sql.startswith(WRITES) or sql.endswith(b"FOR UPDATE")


def put_between(scene: Scene, harm: Harm) -> Relay:
    """Let the server of the scene, which has not started yet, reach its database through a relay."""
    direct = str(scene.mariadb.socket)
    relay = Relay(direct, lambda near, far: DatabaseLink(near, far, harm=harm))
    url = scene.installation.store_url
    assert direct in url
    scene.installation.settings["IM_STORE_URL"] = url.replace(direct, relay.address)
    scene.closers.append(relay.close)
    return relay
