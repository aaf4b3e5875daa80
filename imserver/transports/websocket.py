"""WebSocket frames out of a stream's bytes.

# design: Nearly all that clients send are whole, final, masked text frames, and those are read here: 1 us.
# Building websockets' ServerProtocol costs 6 us and a frame through it 9.5 us, so it is made on demand, for
# whatever else there is (fragments, control frames, everything that is wrong), is fed whole frames only,
# and is kept no longer than a fragmented message lasts. What is left of a frame that has not arrived whole
# waits in a dict; an idle connection is in none.
"""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.speedups import apply_mask

from imserver.protocol.closing import RATE
from imserver.transports.resting import Resting
from imserver.transports.stream import Stage, Stream
from imserver.transports.streams import Streams

FRAME_BYTES = 65_536
PLAIN_TEXT = 0x81
_MASKED = 0x80
_CONTROL = 0x08
# Text, binary and their continuations, whole and in parts; close, ping, pong. Anything else is wrong at once.
_BEGINNINGS = frozenset((0x00, 0x01, 0x02, 0x80, PLAIN_TEXT, 0x82, 0x88, 0x89, 0x8A))
# A length from here on takes bytes of its own.
_EXTENDED = 126
_EXTENDED_BODY = 8
_PROTOCOL_ERROR, _UNSUPPORTED, _NOT_UTF8, _TOO_BIG = 1002, 1003, 1007, 1009
_WHOLE_FRAGMENTS = 1_000


class Cut(NamedTuple):
    """Where a frame's payload begins and ends; ``end`` is 0 while the frame has not arrived whole."""

    body: int
    end: int
    is_plain: bool


@dataclass(slots=True)
class _Odd:
    """A connection in the middle of a fragmented message, or of a frame that needs the library."""

    protocol: ServerProtocol
    opcode: Opcode | None = None
    pieces: list[bytes] = field(default_factory=list)


class WebSocketReader:
    """The ``on_bytes`` of the WebSockets of a worker; ``on_text`` gets each message."""

    def __init__(
        self,
        streams: Streams,
        on_text: Callable[[Stream, bytes], None],
        *,
        frames_per_second: int,
        resting: Resting,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._streams = streams
        self._resting = resting
        resting.on_wake = self._go_on
        self._on_text = on_text
        self._frames_per_second = frames_per_second
        self._clock = clock
        self._unfinished: dict[int, bytes] = {}
        self._odd: dict[int, _Odd] = {}
        # How many frames each connection has sent in this second: nothing is kept of those that are silent.
        self._counts: dict[int, int] = {}
        self._second = 0

    def __call__(self, stream: Stream, data: bytes) -> None:
        """Read what a peer has sent. Never blocks."""
        fd = stream.fd
        mask = _mask_of_whole(data)
        if mask:
            # One frame and nothing else: what a person's act is.
            left = self._left_in_this_second(fd)
            if left > 0 and not (fd in self._unfinished or fd in self._odd or stream in self._resting):
                self._counts[fd] = self._frames_per_second - left + 1
                self._on_text(stream, apply_mask(data[mask + 4 :], data[mask : mask + 4]))
                return
        if self._unfinished:
            data = self._unfinished.pop(fd, b"") + data
        if stream in self._resting:
            self._unfinished[fd] = data
        else:
            self._read_frames(stream, data)

    def _read_frames(self, stream: Stream, data: bytes) -> None:
        """Read one after the other, as long as the stream neither ends nor rests."""
        fd, at = stream.fd, 0
        left = self._left_in_this_second(fd)
        while at < len(data) and stream.stage is not Stage.DONE:
            if not left:
                self._streams.close(stream, RATE)
                break
            cut = cut_frame(data, at)
            if cut is None or not cut.end:
                break
            if cut.is_plain and fd not in self._odd:
                self._on_text(stream, apply_mask(data[cut.body : cut.end], data[cut.body - 4 : cut.body]))
            else:
                self._feed(stream, data[at : cut.end])
            at = cut.end
            left -= 1
            if stream in self._resting:
                break
        if stream.stage is Stage.DONE:
            return
        self._counts[fd] = self._frames_per_second - left
        if at < len(data):
            self._keep_rest(stream, data[at:], is_refused=cut is None)

    def forget(self, fd: int) -> None:
        """The connection has ended."""
        self._unfinished.pop(fd, None)
        self._odd.pop(fd, None)
        self._counts.pop(fd, None)
        self._resting.forget(fd)

    def rest(self, stream: Stream) -> None:
        """Read no more of the stream for a moment: what it has sent waits, and then its peer."""
        self._resting.add(stream)

    def _go_on(self, stream: Stream) -> None:
        if rest := self._unfinished.pop(stream.fd, b""):
            self(stream, rest)

    def _keep_rest(self, stream: Stream, rest: bytes, *, is_refused: bool) -> None:
        if not is_refused:
            self._unfinished[stream.fd] = rest
            return
        self._feed(stream, rest)
        if stream.stage is not Stage.DONE:
            # The library judges some of it only when it is whole, for which we do not wait.
            self._refuse(stream, _PROTOCOL_ERROR, "no such frame")

    def _left_in_this_second(self, fd: int) -> int:
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._counts.clear()
        return self._frames_per_second - self._counts.get(fd, 0)

    # -- what needs the library

    def _feed(self, stream: Stream, data: bytes) -> None:
        odd = self._odd.get(stream.fd)
        if odd is None:
            odd = self._odd[stream.fd] = _Odd(ServerProtocol(state=State.OPEN, max_size=FRAME_BYTES))
        protocol = odd.protocol
        protocol.receive_data(data)
        for frame in protocol.events_received():
            if isinstance(frame, Frame) and stream.stage is not Stage.DONE:
                self._take(stream, odd, frame)
        words = b"".join(protocol.data_to_send())
        if stream.stage is Stage.DONE:
            return
        if protocol.state is not State.OPEN:
            self._streams.finish(stream, words)
            return
        if words:
            self._streams.answer(stream, words)
        if odd.opcode is None:
            self._odd.pop(stream.fd, None)

    def _take(self, stream: Stream, odd: _Odd, frame: Frame) -> None:
        if frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            return
        if frame.opcode is not Opcode.CONT:
            odd.opcode = frame.opcode
        odd.pieces.append(bytes(frame.data))
        if not frame.fin:
            if len(odd.pieces) > _WHOLE_FRAGMENTS:
                self._fail(stream, odd, _TOO_BIG, "too many fragments")
            return
        whole, opcode = b"".join(odd.pieces), odd.opcode
        odd.pieces, odd.opcode = [], None
        if opcode is Opcode.BINARY:
            self._fail(stream, odd, _UNSUPPORTED, "text only")
        else:
            self._on_text(stream, whole)

    def refuse_text(self, stream: Stream) -> None:
        """Close a stream whose text was not UTF-8."""
        self._refuse(stream, _NOT_UTF8, "not UTF-8")

    def _refuse(self, stream: Stream, code: int, reason: str) -> None:
        self._fail(stream, _Odd(ServerProtocol(state=State.OPEN)), code, reason)

    def _fail(self, stream: Stream, odd: _Odd, code: int, reason: str) -> None:
        odd.protocol.fail(code, reason)
        self._streams.finish(stream, b"".join(odd.protocol.data_to_send()))


def _mask_of_whole(data: bytes) -> int:
    """Return where the mask begins if the bytes are one plain frame, neither more nor less; else 0."""
    if data[0] != PLAIN_TEXT or len(data) < _EXTENDED_BODY:
        return 0
    length, size = data[1], len(data) - 6
    if size < _EXTENDED:
        return 2 if length == _MASKED | size else 0
    is_whole = length == _MASKED | _EXTENDED and (data[2] << 8 | data[3]) == size - 2
    return 4 if is_whole else 0


def cut_frame(data: bytes, at: int) -> Cut | None:
    """Return where the frame at ``at`` lies; None for one that the library has to refuse at once."""
    if len(data) < at + 2:
        return Cut(0, 0, is_plain=False)
    head, size, body = data[at], data[at + 1], at + 6
    if head not in _BEGINNINGS or not size & _MASKED:
        return None
    size &= 0x7F
    if head & _CONTROL and size >= _EXTENDED:
        return None
    if size == 126:
        if len(data) < at + 4:
            return Cut(0, 0, is_plain=False)
        size, body = struct.unpack_from("!H", data, at + 2)[0], at + 8
    elif size == 127:
        return _cut_long(data, at)
    end = body + size
    return Cut(body, end if end <= len(data) else 0, is_plain=head == PLAIN_TEXT)


def _cut_long(data: bytes, at: int) -> Cut | None:
    if len(data) < at + 10:
        return Cut(0, 0, is_plain=False)
    size = struct.unpack_from("!Q", data, at + 2)[0]
    if size > FRAME_BYTES:
        return None
    end = at + 14 + size
    return Cut(at + 14, end if end <= len(data) else 0, is_plain=data[at] == PLAIN_TEXT)


def accept(path: str, headers: list[tuple[str, str]]) -> tuple[int, bytes]:
    """Judge a handshake as the library does; return the status and the bytes of the whole answer.

    No extension is ever agreed on: compression would cost 270 KB per connection.
    """
    response = ServerProtocol().accept(Request(path, Headers(headers)))
    return response.status_code, response.serialize()
