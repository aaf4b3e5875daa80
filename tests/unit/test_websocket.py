"""What a browser sends: whole, in pieces, two at once or wrong; never an exception, and nothing is kept."""

import random
import struct
from collections.abc import Callable, Iterator

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from imserver.transports.resting import REST_SECONDS, Resting
from imserver.transports.stream import Stage, Stream
from imserver.transports.websocket import FRAME_BYTES, WebSocketReader
from tests.services import wait_until
from tests.unit.stream_desk import Listener, StreamDesk

FRAMES_PER_SECOND = 100


class Reading:
    """A stream, its reader, and what was read of it."""

    def __init__(self, desk: StreamDesk) -> None:
        self.desk = desk
        self.texts: list[bytes] = []
        self.waking: list[Callable[[], None]] = []
        self.reader = WebSocketReader(
            desk.streams,
            lambda stream, text: self.texts.append(text),
            frames_per_second=FRAMES_PER_SECOND,
            resting=Resting(
                desk.lot, clock=desk.clock, spawn_later=lambda _seconds, act: self.waking.append(act)
            ),
            clock=desk.clock,
        )
        desk.streams.on_bytes = self.reader
        desk.streams.on_left = self.reader.forget
        self.stream: Stream
        self.listener: Listener
        self.connect()

    def connect(self) -> None:
        self.stream, self.listener = self.desk.open()

    def read(self, data: bytes) -> None:
        """Let the reader have what a peer sent."""
        if self.stream.stage is not Stage.DONE:
            self.reader(self.stream, data)

    def is_clean(self) -> bool:
        """Tell whether nothing is kept of a connection that is silent."""
        return not self.reader._unfinished and not self.reader._odd

    def code(self) -> int:
        """Return the code with which the connection was closed."""
        wait_until(lambda: self.listener.listen() and self.listener.is_ended)
        code = self.listener.frames()[-1]
        assert isinstance(code, int)
        assert self.is_clean()
        assert not self.reader._counts
        return code


@pytest.fixture
def reading() -> Iterator[Reading]:
    desk = StreamDesk()
    yield Reading(desk)
    desk.close()


def frame(payload: bytes = b"{}", opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    """Return a frame as a browser sends it."""
    return Frame(opcode, payload, fin).serialize(mask=True, extensions=[])


def test_a_whole_frame_is_read_without_the_library(reading, monkeypatch):
    monkeypatch.setattr(reading.reader, "_feed", lambda *_: pytest.fail("not needed"))
    for size in (0, 1, 125, 126, 127, 65_535, FRAME_BYTES):
        reading.read(frame(b"x" * size))
        assert reading.texts.pop() == b"x" * size
    assert reading.is_clean()


@pytest.mark.parametrize("size", [0, 3, 125, 126, 300])
def test_a_frame_may_come_byte_by_byte(reading, size):
    for byte in frame(b"y" * size):
        assert reading.texts == []
        reading.read(bytes([byte]))
    assert reading.texts == [b"y" * size]
    assert reading.is_clean()


def test_two_frames_and_a_half_may_come_in_one_piece(reading):
    third = frame(b"three")
    reading.read(frame(b"one") + frame(b"two") + third[:4])
    assert reading.texts == [b"one", b"two"]
    reading.read(third[4:])
    assert reading.texts == [b"one", b"two", b"three"]
    assert reading.is_clean()


def test_a_message_in_fragments_with_a_ping_between_them(reading):
    reading.read(frame(b"one ", fin=False) + frame(b"ping", Opcode.PING))
    assert reading.listener.kinds()[-1] == "pong"
    reading.read(frame(b"two ", Opcode.CONT, fin=False))
    assert reading.texts == []
    reading.read(frame(b"three", Opcode.CONT) + frame(b"next"))
    assert reading.texts == [b"one two three", b"next"]
    assert reading.is_clean()


def test_fragments_together_are_no_larger_than_one_frame(reading):
    reading.read(frame(b"x" * 40_000, fin=False))
    reading.read(frame(b"x" * 40_000, Opcode.CONT))
    assert reading.code() == 1009


def test_a_message_in_very_many_fragments_is_refused(reading):
    for _ in range(1_100):
        reading.desk.clock.now += 1
        reading.read(frame(b"", Opcode.CONT if reading.reader._odd else Opcode.TEXT, fin=False))
    assert reading.code() == 1009


WRONG = {
    "too large": (b"\x81\xff" + struct.pack("!Q", FRAME_BYTES + 1) + b"mask", 1009),
    "unbelievably large": (b"\x81\xff" + b"\xff" * 8 + b"mask", 1009),
    "unmasked": (b"\x81\x02{}", 1002),
    "a reserved bit": (b"\xc1\x82mask{}", 1002),
    "a reserved bit, not whole": (b"\xc1\xfe\x10\x00", 1002),
    "an unknown opcode": (b"\x83\x80mask", 1002),
    "an unknown opcode, not whole": (b"\x83\xc1ma", 1002),
    "a long ping, not whole": (b"\x89\xfe\x00\x80mask", 1002),
    "a fragmented close, not whole": (b"\x08\x82m", 1002),
    "a long ping": (frame(b"", Opcode.PING)[:1] + b"\xfe\x00\x80mask" + b"x" * 128, 1002),
    "a fragmented ping": (b"\x09\x80mask", 1002),
    "a continuation of nothing": (frame(b"x", Opcode.CONT), 1002),
    "binary": (frame(b"x", Opcode.BINARY), 1003),
    "a close without a code": (frame(b"", Opcode.CLOSE), 1005),
    "a proper close": (frame(struct.pack("!H", 1000), Opcode.CLOSE), 1000),
    "a close with a forbidden code": (frame(struct.pack("!H", 1005), Opcode.CLOSE), 1002),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_closed_with_its_code(reading, name):
    data, code = WRONG[name]
    reading.read(data)
    if code == 1005:
        wait_until(lambda: reading.listener.listen() and reading.listener.is_ended)
        assert reading.listener.heard.endswith(b"\x88\x00")
    else:
        assert reading.code() == code
    assert reading.texts == []


def test_text_that_is_not_utf8_has_a_code_of_its_own(reading):
    reading.reader.refuse_text(reading.stream)
    assert reading.code() == 1007


def test_more_frames_than_anybody_means_end_the_connection(reading):
    reading.read(frame() * FRAMES_PER_SECOND)
    assert reading.stream.stage is Stage.LIVE
    reading.desk.clock.now += 1
    reading.read(frame() * (FRAMES_PER_SECOND + 50))
    assert reading.code() == 4429
    assert len(reading.texts) == 2 * FRAMES_PER_SECOND


def test_a_connection_that_takes_the_number_of_one_that_was_too_busy_starts_anew(reading):
    reading.read(frame() * (FRAMES_PER_SECOND + 1))
    assert reading.code() == 4429
    reading.connect()
    reading.read(frame() * FRAMES_PER_SECOND)
    assert reading.stream.stage is Stage.LIVE


def _mutate(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(changed))
        kind = dice.randrange(3)
        if kind == 0:
            changed[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del changed[at : at + dice.randint(1, 4)]
        else:
            changed[at:at] = dice.randbytes(dice.randint(1, 4))
        if not changed:
            return b"\x00"
    return bytes(changed)


def test_ten_thousand_mutated_frames_raise_nothing_and_leave_nothing(reading):
    dice = random.Random(7)
    opcodes = [Opcode.TEXT, Opcode.TEXT, Opcode.CONT, Opcode.BINARY, Opcode.PING, Opcode.PONG, Opcode.CLOSE]
    for _ in range(10_000):
        reading.desk.clock.now += 1
        opcode = dice.choice(opcodes)
        fin = opcode >= Opcode.CLOSE or dice.random() < 0.8
        sent = frame(dice.randbytes(dice.randrange(120)), opcode, fin=fin)
        reading.read(_mutate(sent, dice))
        if reading.stream.stage is Stage.DONE or dice.random() < 0.2:
            if reading.stream.stage is not Stage.DONE:
                reading.desk.streams.vanish(reading.stream)
            reading.listener.socket.close()
            assert reading.is_clean()
            reading.desk.listeners.clear()
            reading.connect()
    assert len(reading.desk.lot) == 1
    assert len(reading.desk.streams) == 1


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(st.text(max_size=300), max_size=8), data=st.data())
def test_however_the_bytes_are_cut_the_messages_are_the_same(reading, messages, data):
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
    for message in messages:
        half = data.draw(st.integers(0, len(message)), label="fragment")
        if half:
            client.send_text(message[:half].encode(), fin=False)
            client.send_continuation(message[half:].encode(), fin=True)
        else:
            client.send_text(message.encode())
    sent = b"".join(client.data_to_send())
    reading.desk.clock.now += 1
    reading.texts.clear()
    reading.desk.streams.vanish(reading.stream)
    reading.connect()
    at = 0
    while at < len(sent):
        size = data.draw(st.integers(1, 200), label="piece")
        reading.read(sent[at : at + size])
        at += size
    assert [text.decode() for text in reading.texts] == messages
    assert reading.is_clean()


def rest_after_each(reading: Reading) -> None:
    """Let every message be one that is refused because its site sends too much."""

    def refuse(stream: Stream, text: bytes) -> None:
        reading.texts.append(text)
        reading.reader.rest(stream)

    reading.reader._on_text = refuse


def wake(reading: Reading) -> None:
    """Let the time pass for which connections rest."""
    reading.desk.clock.now += REST_SECONDS
    reading.waking.pop(0)()


def test_who_rests_is_read_again_where_it_stopped(reading):
    rest_after_each(reading)
    reading.read(frame(b"one") + frame(b"two") + frame(b"three")[:5])
    assert reading.texts == [b"one"]
    wake(reading)
    assert reading.texts == [b"one", b"two"]
    wake(reading)
    assert reading.texts == [b"one", b"two"]
    assert len(reading.reader._resting) == 0


def test_bytes_of_one_who_rests_stay_in_the_socket(reading):
    rest_after_each(reading)
    reading.listener.say(frame(b"one"))
    wait_until(lambda: reading.texts == [b"one"])
    reading.listener.say(frame(b"two"))
    for _ in range(5):
        gevent.sleep(0)
    assert reading.texts == [b"one"]
    wake(reading)
    wait_until(lambda: reading.texts == [b"one", b"two"])


def test_one_who_ends_while_resting_is_forgotten(reading):
    rest_after_each(reading)
    reading.read(frame(b"one") + frame(b"two"))
    reading.desk.streams.vanish(reading.stream)
    wake(reading)
    assert reading.texts == [b"one"]
    assert reading.is_clean()
    assert len(reading.reader._resting) == 0
