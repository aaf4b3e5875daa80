"""Events as the bytes of a WebSocket frame or of an SSE block. Pure: whoever writes them is elsewhere.

An answer that is not an event has the same content in both: a JSON object, told apart by ``type`` in a
WebSocket's frame and by ``event:`` in a stream of server-sent events.
"""

import struct
from typing import Protocol

from imserver.errors import ServiceError
from imserver.protocol.answers import encode, error_answer
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import ResetReason

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
# Beyond these the length takes two or eight bytes of its own (RFC 6455, 5.2).
SHORT_BYTES, LONG_BYTES = 125, 65_535


class Framing(Protocol):
    """How one transport says things. ``says_cursor``: an event's cursor stands outside of it as well."""

    says_cursor: bool

    def event(self, event: bytes, cursor: Cursor | None) -> bytes:
        """Return an event; ``cursor`` is None for one that no log keeps."""

    def welcome(self, cursor: Cursor, mark: str) -> bytes:
        """Return the first thing that is said."""

    def reset(self, reason: ResetReason, room: str) -> bytes:
        """Return that the cursor of the own stream, or of ``room``, cannot be caught up with."""

    def followed(self, room: str, cursor: Cursor) -> bytes:
        """Return that a room is heard from ``cursor`` on."""

    def bye(self, retry_ms: int) -> bytes:
        """Return that the server is about to close."""

    def error(self, error: ServiceError) -> bytes:
        """Return an error that answers nothing in particular."""

    def idle(self) -> bytes:
        """Return what is said to keep a silent connection open."""

    def end(self, code: int, reason: str) -> bytes:
        """Return the last thing that is said."""


def ws_frame(payload: bytes, head: int = TEXT) -> bytes:
    """Return one unmasked, final frame."""
    size = len(payload)
    if size <= SHORT_BYTES:
        return bytes((head, size)) + payload
    if size <= LONG_BYTES:
        return struct.pack("!BBH", head, 126, size) + payload
    return struct.pack("!BBQ", head, 127, size) + payload


class WebSocketFraming:
    """One frame for each thing that is said."""

    says_cursor = False

    def event(self, event: bytes, cursor: Cursor | None) -> bytes:
        return ws_frame(event)

    def welcome(self, cursor: Cursor, mark: str) -> bytes:
        return ws_frame(b'{"type":"welcome",' + _place(cursor, mark))

    def reset(self, reason: ResetReason, room: str) -> bytes:
        told = {"type": "reset", "reason": reason.value}
        return ws_frame(encode({**told, "room": room} if room else told))

    def followed(self, room: str, cursor: Cursor) -> bytes:
        return ws_frame(encode({"type": "followed", "conversation_id": room, "cursor": str(cursor)}))

    def bye(self, retry_ms: int) -> bytes:
        return ws_frame(b'{"type":"bye","retry_ms":%d}' % retry_ms)

    def error(self, error: ServiceError) -> bytes:
        return ws_frame(b'{"type":"error",' + error_answer(error)[1:])

    def idle(self) -> bytes:
        return ws_frame(b"", PING)

    def end(self, code: int, reason: str) -> bytes:
        return ws_frame(struct.pack("!H", code) + reason.encode(), CLOSE)


class SseFraming:
    """One block for each thing that is said; the id of an event is its cursor."""

    says_cursor = True

    def event(self, event: bytes, cursor: Cursor | None) -> bytes:
        if cursor is None:
            return b"data: %b\n\n" % event
        return b"id: %b\ndata: %b\n\n" % (str(cursor).encode(), event)

    def welcome(self, cursor: Cursor, mark: str) -> bytes:
        return b"event: welcome\ndata: {%b\n\n" % _place(cursor, mark)

    def reset(self, reason: ResetReason, room: str) -> bytes:
        told = {"reason": reason.value}
        return b"event: reset\ndata: %b\n\n" % encode({**told, "room": room} if room else told)

    def followed(self, room: str, cursor: Cursor) -> bytes:
        told = encode({"conversation_id": room, "cursor": str(cursor)})
        return b"event: followed\ndata: %b\n\n" % told

    def bye(self, retry_ms: int) -> bytes:
        return b'event: bye\ndata: {"retry_ms":%d}\n\n' % retry_ms

    def error(self, error: ServiceError) -> bytes:
        return b"event: error\ndata: %b\n\n" % error_answer(error)

    def idle(self) -> bytes:
        return b":\n\n"

    def end(self, code: int, reason: str) -> bytes:
        # The end of the stream is what EventSource reconnects after; what it was for was said before.
        return b""


def answer_frame(kind: bytes, request_id: int, answer: bytes) -> bytes:
    """Return the frame that answers a request: ``answer`` is a JSON object with at least one field."""
    return ws_frame(b'{"type":"%b","id":%d,%b' % (kind, request_id, answer[1:]))


def _place(cursor: Cursor, mark: str) -> bytes:
    return f'"cursor":"{cursor}","presence":"{mark}"}}'.encode()
