"""What comes over a WebSocket: each frame becomes one service call and, where it asks for one, an answer.

# design: Called by the hub, so nothing here blocks. Sends and read marks are left with the writer, which
# calls back after its commit; typing is told from memory when it can be. The rest looks into the database
# and takes a greenlet of a small crew, so that a storm of hellos is served in order and not all at once.
"""

import logging
from collections.abc import Callable
from functools import partial

import msgspec

from imserver.errors import (
    InternalError,
    InvalidRequest,
    MalformedJson,
    ServiceError,
    SiteBusy,
    Unavailable,
)
from imserver.handlers.routes import Services
from imserver.handlers.wire import refusal
from imserver.logs import about
from imserver.protocol import frames
from imserver.protocol.answers import encode, error_answer
from imserver.protocol.cursor import Cursor
from imserver.protocol.frames import AnyFrame, decode_frame
from imserver.protocol.framing import answer_frame, ws_frame
from imserver.store.values import Session
from imserver.transports.arrivals import Crew
from imserver.transports.stream import Stage, Stream
from imserver.transports.streams import Streams

log = logging.getLogger(__name__)

# Each hello waits for two queries that it shares with the others of the same milliseconds.
GREETERS = 64
FULL_RETRY_SECONDS = 5.0
Act = Callable[[Stream, AnyFrame], None]
PONG = ws_frame(b'{"type":"pong"}')


class FrameDesk:
    """The ``on_text`` of a worker's WebSockets.

    ``refuse_text`` closes one that sent no UTF-8; ``rest`` reads nothing for a moment of one whose site sends
    more than its share.
    """

    def __init__(self, services: Services, streams: Streams) -> None:
        self.refuse_text: Callable[[Stream], None] = lambda stream: None
        self.rest: Callable[[Stream], None] = lambda stream: None
        self._services = services
        self._streams = streams
        self._crew = Crew(self._do, size=GREETERS)
        self._at_once: dict[type, Act] = {
            frames.Send: self._send,
            frames.Read: self._read,
            frames.Delivered: self._deliver,
            frames.Typing: self._type,
            frames.Unfollow: self._unfollow,
            frames.Ping: self._pong,
        }
        self._slowly: dict[type, Act] = {
            frames.Watch: self._watch,
            frames.Follow: self._follow,
            frames.Resume: self._resume,
        }

    def __call__(self, stream: Stream, payload: bytes) -> None:
        """Act on one message."""
        try:
            frame = decode_frame(payload)
        except msgspec.ValidationError as error:
            self._refuse_bytes(stream, payload, refusal(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refuse_bytes(stream, payload, MalformedJson())
        else:
            self._take(stream, frame)

    def _take(self, stream: Stream, frame: AnyFrame) -> None:
        at_once = self._at_once.get(type(frame))
        if at_once is not None and stream.session_id:
            self._guard(at_once, stream, frame)
        elif isinstance(frame, frames.Hello):
            if stream.stage is Stage.GREETING:
                self._streams.hear_hello(stream)
                self._crew.add(stream, frame)
        elif not stream.session_id:
            self._streams.refuse(stream, InvalidRequest("A connection begins with a hello."))
        else:
            self._crew.add(stream, frame)

    def _do(self, stream: Stream, frame: AnyFrame) -> None:
        if stream.stage is Stage.DONE:
            return
        if isinstance(frame, frames.Hello):
            self._greet(stream, frame)
        else:
            self._guard(self._slowly[type(frame)], stream, frame)

    def _guard(self, act: Act, stream: Stream, frame: AnyFrame) -> None:
        try:
            act(stream, frame)
        except ServiceError as error:
            self._say_error(stream, getattr(frame, "id", None), error)
            if isinstance(error, SiteBusy):
                self.rest(stream)
        except Exception:
            log.exception("a frame failed: %s", type(frame).__name__, extra=about(stream.request_id))
            self._say_error(stream, getattr(frame, "id", None), InternalError())

    # -- beginning

    def _greet(self, stream: Stream, hello: frames.Hello) -> None:
        try:
            if self._services.is_full():
                raise Unavailable(retry_after=FULL_RETRY_SECONDS)
            session = self._services.identity.require_session(hello.token, origin=stream.origin)
            cursor = Cursor.parse(hello.cursor)
            self._streams.begin(stream, session, cursor=cursor, watch=hello.watch, mark=hello.presence)
        except ServiceError as error:
            self._streams.refuse(stream, error)
        except Exception:
            log.exception("a hello failed", extra=about(stream.request_id))
            self._streams.refuse(stream, InternalError())

    # -- at once

    def _send(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Send)  # noqa: S101 - the table says so
        session = session_of(stream)
        self._services.limits.send(
            (session.site_id, session.user_id), count=len(frame.messages), guest=session.guest
        )
        self._services.conversations.submit_send(
            session, frame.conversation_id, frame.messages, partial(self._answer, stream, frame.id)
        )

    def _read(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Read)  # noqa: S101 - the table says so
        self._services.conversations.submit_read(
            session_of(stream), frame.conversation_id, frame.seq, partial(self._answer, stream, frame.id)
        )

    def _deliver(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Delivered)  # noqa: S101 - the table says so
        self._services.receiving.note(session_of(stream), frame.conversation_id, frame.seq)

    def _type(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Typing)  # noqa: S101 - the table says so
        site_id, user_id = stream.mailbox.user
        self._services.typing.submit(
            site_id,
            user_id,
            frame.conversation_id,
            typing=frame.typing,
            on_answer=partial(self._refuse_typing, stream),
        )

    def _refuse_typing(self, stream: Stream, error: ServiceError | None) -> None:
        if error is not None:
            self._say_error(stream, None, error)

    def _unfollow(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Unfollow)  # noqa: S101 - the table says so
        self._streams.rooms.leave(stream, frame.conversation_id)

    def _pong(self, stream: Stream, frame: AnyFrame) -> None:
        self._streams.answer(stream, PONG)

    # -- in a greenlet

    def _watch(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Watch)  # noqa: S101 - the table says so
        self._streams.watch(stream, frame.user_ids)

    def _follow(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Follow)  # noqa: S101 - the table says so
        cursor = None if frame.cursor is None else Cursor.parse(frame.cursor)
        self._streams.rooms.follow(stream, frame.conversation_id, cursor)

    def _resume(self, stream: Stream, frame: AnyFrame) -> None:
        assert isinstance(frame, frames.Resume)  # noqa: S101 - the table says so
        self._streams.resume(stream, Cursor.parse(frame.cursor))

    # -- answering

    def _answer(self, stream: Stream, request_id: int, answer: object) -> None:
        if isinstance(answer, ServiceError):
            self._say_error(stream, request_id, answer)
        elif isinstance(answer, Exception):
            log.error("a send failed", exc_info=answer, extra=about(stream.request_id))
            self._say_error(stream, request_id, InternalError())
        else:
            self._streams.answer(stream, answer_frame(b"ack", request_id, encode(answer)))

    def _say_error(self, stream: Stream, request_id: int | None, error: ServiceError) -> None:
        self._services.metrics.errors.labels(str(error.status)).inc()
        if request_id is None:
            self._streams.answer(stream, self._streams.framing.error(error))
        else:
            self._streams.answer(stream, answer_frame(b"error", request_id, error_answer(error)))

    def _complain(self, stream: Stream, error: ServiceError, payload: bytes) -> None:
        if not stream.session_id:
            self._streams.refuse(stream, error)
            return
        self._say_error(stream, _request_id(payload), error)

    def _refuse_bytes(self, stream: Stream, payload: bytes, error: ServiceError) -> None:
        try:
            payload.decode()
        except UnicodeDecodeError:
            self.refuse_text(stream)
        else:
            self._complain(stream, error, payload)


class _Numbered(msgspec.Struct):
    id: int


def _request_id(payload: bytes) -> int | None:
    """Return the id of a frame that is wrong otherwise, so that whoever waits for its answer gets one."""
    try:
        return msgspec.json.decode(payload, type=_Numbered).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def session_of(stream: Stream) -> Session:
    """Return whose stream it is; the sweep has looked within seconds whether the session lives."""
    site_id, user_id = stream.mailbox.user
    return Session(site_id, user_id, stream.session_id, stream.origin or "", 0, stream.is_guest)
