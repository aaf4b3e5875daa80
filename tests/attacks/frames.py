"""A5: mutated WebSocket frames. The close code is the one that the protocol says, and nothing hangs."""

import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gevent.pool import Pool
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from imserver.transports.websocket import FRAME_BYTES
from tests.app.served import Pair, Server, meet, request_bytes
from tests.attacks.answers import Talk
from tests.attacks.attack import Attack, Report, watched
from tests.attacks.malformed import START
from tests.attacks.smuggling import UPGRADE

SLOTS = 4
NO_CODE = 1005
UNSUPPORTED, NOT_UTF8, TOO_BIG, PROTOCOL_ERROR = 1003, 1007, 1009, 1002
CONTROL = (Opcode.PING, Opcode.PONG, Opcode.CLOSE)
PING = b'{"type":"ping"}'
# Wrong, but with an id, so that its answer can be told from all others.
ASKED, ANSWERED = b'{"type":"nothing","id":123456}', b'"id":123456'
ALIVE = "alive"
WAITS = "waits for more"


def frame(payload: bytes, *, head: int = 0x81, mask: bytes = b"mask", length: bytes = b"") -> bytes:
    """Return one masked frame; ``length`` replaces the right bytes of the length."""
    size = len(payload)
    if not length and size < 126:
        length = bytes([0x80 | size])
    elif not length:
        length = b"\xfe" + struct.pack("!H", size) if size < 65_536 else b"\xff" + struct.pack("!Q", size)
    covered = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([head]) + length + mask + covered


PROBE = frame(ASKED)


class FrameMill:
    """Makes a few frames of which most are wrong in some way; the same ones for the same seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def __iter__(self) -> Iterator[bytes]:
        while True:
            data = b"".join(self._one() for _ in range(self._chance.choice((1, 1, 2, 3))))
            yield self._mutated(data) if self._chance.random() < 0.5 else data

    def _one(self) -> bytes:
        chance = self._chance
        payload = chance.choice(
            (PING, b"{}", b"[]", b"\xff\xfe", b"\xed\xa0\x80", b"", b'{"type":"x"}', b"[" * 3_000)
        )
        head = chance.choice((0x81, 0x81, 0x81, chance.randrange(256), 0x01, 0x80, 0x82, 0x88, 0x89, 0x8A))
        if head == 0x88:
            payload = chance.choice(
                (b"", b"\x03", struct.pack("!H", chance.randrange(6_000)) + b"\xff" * chance.choice((0, 1)))
            )
        sizes = (FRAME_BYTES + 1, 2**31, 2**63 - 1, 2**63, 2**64 - 1)
        length = b"\xff" + struct.pack("!Q", chance.choice(sizes)) if chance.random() < 0.1 else b""
        return frame(payload, head=head, mask=chance.randbytes(4), length=length)

    def _mutated(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self._chance.choice((1, 2))):
            at = self._chance.randrange(len(changed))
            changed[at : at + self._chance.choice((0, 1))] = self._chance.randbytes(
                self._chance.choice((0, 1, 1))
            )
            if not changed:
                return b"\x00"
        return bytes(changed)


def judge(data: bytes) -> int | str:
    """Return the code with which ``data`` has to be closed, ALIVE, or WAITS for the rest of something.

    The library judges the frames; what we add is that messages are text in UTF-8.
    """
    protocol = ServerProtocol(state=State.OPEN, max_size=FRAME_BYTES)
    protocol.receive_data(data)
    pieces, opcode = b"", Opcode.TEXT
    for seen in protocol.events_received():
        if not isinstance(seen, Frame) or seen.opcode in CONTROL:
            continue
        if seen.opcode is not Opcode.CONT:
            pieces, opcode = b"", seen.opcode
        pieces += bytes(seen.data)
        if seen.fin and opcode is Opcode.BINARY:
            return UNSUPPORTED
        if seen.fin and not _is_text(pieces):
            return NOT_UTF8
    if protocol.state is not State.OPEN:
        return protocol.close_sent.code if protocol.close_sent is not None else NO_CODE
    protocol.receive_data(PROBE)
    last = protocol.events_received()[-1:]
    is_between = (
        protocol.state is State.OPEN and last and isinstance(last[0], Frame) and last[0].data == ASKED
    )
    return ALIVE if is_between else WAITS


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@dataclass(slots=True)
class Line:
    """One WebSocket; ``code`` is set when the server has closed it, ``payload`` is what was heard last."""

    talk: Talk
    code: int | None = None
    payload: bytes = b""

    def hear(self, mark: bytes = b"") -> bool:
        """Read frames up to one with ``mark``, or to the end; return whether there was one."""
        while True:
            while (cut := _cut(self.talk.heard)) is None:
                if not self.talk.hear():
                    return False
            head, payload, self.talk.heard = cut
            if head & 15 == Opcode.CLOSE:
                self.code = int.from_bytes(payload[:2]) if len(payload) > 1 else NO_CODE
            elif head & 15 == Opcode.TEXT and mark and mark in payload:
                self.payload = payload
                return True


def _cut(data: bytes) -> tuple[int, bytes, bytes] | None:
    if len(data) < 2:
        return None
    size, at = data[1] & 0x7F, 2
    if size == 126:
        size, at = int.from_bytes(data[2:4]), 4
    elif size == 127:
        size, at = int.from_bytes(data[2:10]), 10
    if len(data) < at + size:
        return None
    return data[0], data[at : at + size], data[at + size :]


class Frames(Attack):
    """The `websockets` library says what is right; it is asked in this process."""

    attack_id, title = "A5", "mutated WebSocket frames"
    full, short = 100_000, 240

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        with watched(report, secrets=secrets, log_requests="off", limits_frames_per_second=100_000) as server:
            pool = Pool(SLOTS)
            for slot in range(SLOTS):
                pool.spawn(
                    self._grind, report, server, random.Random(f"{seed} {slot}"), count // SLOTS, secrets
                )
            pool.join(raise_error=True)

    def _grind(
        self, report: Report, server: Server, chance: random.Random, count: int, secrets: set[str]
    ) -> None:
        pair = meet(server)
        secrets |= {pair.ada, pair.bob}
        line: Line | None = None
        for data, _ in zip(FrameMill(chance), range(count), strict=False):
            report.tried += 1
            line = line or greet(server, pair)
            try:
                line = self._send(report, line, data)
            except TimeoutError:
                report.complain("hangs", repr(data))
                line = None
        if line is not None:
            line.talk.close()

    def _send(self, report: Report, line: Line, data: bytes) -> Line | None:
        """Send it, compare what becomes of the connection, and return it if it is still of use."""
        expected = judge(data)
        line.talk.say(data + (PROBE if expected == ALIVE else b""))
        if expected == ALIVE:
            is_alive = line.hear(ANSWERED)
            report.expect(is_alive, "closed for nothing", f"{line.code} {data!r}")
            if is_alive:
                return line
            line.talk.close()
            return None
        if expected == WAITS:
            line.talk.half_close()
        with line.talk:
            line.hear()
        # What is wrong in the head of a frame is refused before the rest of it is there.
        right = (None, PROTOCOL_ERROR, TOO_BIG) if expected == WAITS else (expected,)
        report.expect(line.code in right, "another code", f"{line.code}, not {expected}: {data!r}")
        return None


def shake_hands(talk: Talk) -> Line:
    """Return the WebSocket that ``talk`` has become."""
    upgrade = request_bytes("GET", "/v1/socket")
    talk.say(upgrade.replace(b"\r\n\r\n", b"\r\n" + UPGRADE.encode() + b"\r\n"))
    assert talk.hear_until(b"\r\n\r\n"), "no answer to a handshake"
    talk.heard = talk.heard.partition(b"\r\n\r\n")[2]
    return Line(talk)


def say_hello(line: Line, session: str, cursor: str) -> bool:
    """Say who one is; return whether one is welcome."""
    hello = {"type": "hello", "token": session, "cursor": cursor}
    line.talk.say(frame(json.dumps(hello).encode()))
    return line.hear(b'"welcome"')


def greet(server: Server, pair: Pair) -> Line:
    """Return a WebSocket of bob's that has been welcomed."""
    line = shake_hands(Talk(server.port))
    assert say_hello(line, pair.bob, START), "not welcomed"
    return line
