"""The quick path: polls, sends and files whose requests lie whole and plain in a socket.

# design: The worker asks ``look`` what lies in a socket that has become readable and, if it is a request of
# chat or for one of its files, ``serve`` to answer it; everything else is gunicorn's and Flask's. Both ways
# call the same services and answer the same bytes. Both calls come from the hub and never block: what must
# look into the database goes through the Gatherer, where the requests of a few milliseconds share one query
# and one greenlet.
"""

import _socket
import errno
import logging
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import gevent

from imserver.errors import InternalError, ServiceError, SiteBusy, Unavailable
from imserver.handlers.frames import FULL_RETRY_SECONDS
from imserver.handlers.request_ids import RequestIds, peer_of
from imserver.handlers.routes import Services
from imserver.handlers.shelf import Shelf
from imserver.handlers.wire import decode_body, foreign
from imserver.logs import about
from imserver.protocol import types
from imserver.protocol.answers import encode, error_answer
from imserver.protocol.cursor import Cursor
from imserver.protocol.http import event_stream_head, fresh_request_id, json_answer
from imserver.protocol.requests import FILE, PEEK_BYTES, POLL, SEND, STREAM, Look, PlainRequest, read_request
from imserver.services.recent import RecentSessions
from imserver.store.values import Session
from imserver.transports.arrivals import Arrival, ArrivalsDesk, Gatherer
from imserver.transports.resting import REST_SECONDS
from imserver.transports.sockets import AnswerWriter, is_gone
from imserver.transports.takeover import Home

log = logging.getLogger(__name__)

DRAIN_LOOK_SECONDS = 0.01
_UNFINISHED = (Look.PARTIAL, Look.HEADED)


class Exchange:
    """One request on its way to its answer. ``cors`` is what the answer allows once the session is known.

    ``given_id`` is what a proxy calls the request.
    """

    __slots__ = ("body", "cors", "fd", "given_id", "home", "request", "secret", "session")

    def __init__(self, fd: int, request: PlainRequest, home: Home | None) -> None:
        self.fd = fd
        self.request = request
        self.home = home
        self.body: Any = None
        self.secret = request.secret
        self.cors: str | None = None
        self.session: Session | None = None
        self.given_id = ""

    @property
    def request_id(self) -> str:
        """What this request is called; made when nobody has said it and somebody wants to know."""
        self.given_id = self.given_id or fresh_request_id()
        return self.given_id


class QuickDoor:
    """Answers requests of chat. ``load_heads`` reads the newest event of many people at once.

    While it is not ``is_on`` every request is gunicorn's, which can log each of them.
    """

    def __init__(
        self,
        services: Services,
        recent: RecentSessions,
        *,
        load_heads: Callable[..., Any],
        is_on: bool = True,
    ) -> None:
        self._is_on = is_on
        self._services = services
        self._recent = recent
        # Files are the web server's as long as nobody has put any here.
        self.shelf: Shelf | None = None
        self._ids = RequestIds(services.trusted_proxies)
        self._desk = ArrivalsDesk(services.poll, load_heads, refuse=self._refuse_arrival)
        self._gatherer: Gatherer[Exchange] = Gatherer(self._handle)
        self._writer = AnswerWriter()
        self._buffer = bytearray(PEEK_BYTES)
        self._view = memoryview(self._buffer)
        self._sends_count = self._refusing_count = 0
        requests = services.metrics.requests
        self._counters = {
            POLL: requests.labels("poll"),
            SEND: requests.labels("send_messages"),
            STREAM: requests.labels("open_stream"),
        }

    def __len__(self) -> int:
        """Return how many requests have no answer yet and wait for no news."""
        return len(self._gatherer) + len(self._desk) + self._sends_count + self._refusing_count

    def look(self, fd: int) -> PlainRequest | Look:
        """Return what lies in the socket and leave it there. Never blocks, never raises for the peer."""
        peer = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM, 0, fd)
        try:
            size_bytes = peer.recv_into(self._buffer, 0, _socket.MSG_PEEK)
        except BlockingIOError:
            return Look.NOTHING
        except OSError as error:
            log.debug("a peer left: %s", errno.errorcode.get(error.errno or 0))
            return Look.GONE
        finally:
            peer.detach()
        if not size_bytes:
            return Look.GONE
        found = read_request(bytes(self._view[:size_bytes]))
        if found in _UNFINISHED and is_gone(fd):
            return Look.GONE
        return Look.OTHER if isinstance(found, PlainRequest) and self._is_doubtful(found) else found

    def serve(self, fd: int, request: PlainRequest, home: Home | None) -> None:
        """Take ``request`` out of the socket and answer it; then ``fd`` goes home. Never blocks."""
        os.read(fd, request.size_bytes)
        home = home if request.keep_alive else None
        if request.kind == FILE:
            self._serve_file(fd, request, home)
            return
        exchange = Exchange(fd, request, home)
        if request.request_id:
            exchange.given_id = self._ids.given(request.request_id, peer=peer_of(fd))
        self._guard(self._begin, exchange)

    def drain(self, seconds: float) -> None:
        """Wait until every request that was taken has its answer, for at most ``seconds``."""
        looks = round(seconds / DRAIN_LOOK_SECONDS)
        while len(self) and looks > 0:
            gevent.sleep(DRAIN_LOOK_SECONDS)
            looks -= 1
        self._writer.join(seconds)

    def _is_doubtful(self, request: PlainRequest) -> bool:
        if not self._is_on:
            return True
        if request.kind == FILE:
            return self.shelf is None or request.path not in self.shelf
        # Only a proxy knows over what the page was served, and only gunicorn knows which proxies to believe.
        return request.is_forwarded and request.origin is not None and not self._services.public_url

    def _serve_file(self, fd: int, request: PlainRequest, home: Home | None) -> None:
        assert self.shelf is not None  # noqa: S101 - ``look`` has seen the file on it
        keep_alive = home is not None and home.is_open()
        self._writer.write(fd, self.shelf.answer(request, keep_alive=keep_alive), home=home)

    def _guard(self, act: Callable[[Exchange], None], exchange: Exchange) -> None:
        try:
            act(exchange)
        except SiteBusy as error:
            # Whoever floods waits for the answer, too: at once it would be asked again at once.
            self._refusing_count += 1
            gevent.spawn_later(REST_SECONDS, self._refuse_rested, exchange, error)
        except ServiceError as error:
            self._refuse(exchange, error)
        except Exception:
            log.exception("a request failed: %s", exchange.request.kind, extra=about(exchange.request_id))
            self._refuse(exchange, InternalError())

    def _begin(self, exchange: Exchange) -> None:
        request = exchange.request
        self._counters[request.kind].inc()
        if request.kind == SEND:
            exchange.body = decode_body(request.body, types.SendMessages)
        else:
            exchange.body = decode_body(request.body, types.Poll)
            exchange.secret = exchange.body.token
        session = self._recent.find(exchange.secret, origin=request.origin)
        if session is not None and self._begin_at_once(exchange, session):
            return
        exchange.session = session
        if not self._gatherer.add(exchange, is_urgent=request.kind == SEND):
            raise Unavailable(retry_after=2.0)

    def _begin_at_once(self, exchange: Exchange, session: Session) -> bool:
        if exchange.request.kind == POLL:
            return self._desk.receive_at_once(self._arrival(exchange, session))
        self._guard(partial(self._go_on, session=session), exchange)
        return True

    def _go_on(self, exchange: Exchange, session: Session) -> None:
        if exchange.request.kind == SEND:
            self._send(exchange, session)
        else:
            self._open_stream(exchange, session)

    def _handle(self, exchanges: list[Exchange]) -> None:
        unknown = [exchange for exchange in exchanges if exchange.session is None]
        for exchange, found in zip(unknown, self._require_many(unknown), strict=True):
            if isinstance(found, Session):
                exchange.session = found
            else:
                self._refuse(exchange, found)
        known = [(exchange, exchange.session) for exchange in exchanges if exchange.session is not None]
        for exchange, session in known:
            if exchange.request.kind != POLL:
                self._guard(partial(self._go_on, session=session), exchange)
        self._desk.receive(
            self._arrival(exchange, session) for exchange, session in known if exchange.request.kind == POLL
        )

    def _require_many(self, exchanges: list[Exchange]) -> list[Session | ServiceError]:
        if not exchanges:
            return []
        asked = [(exchange.secret, exchange.request.origin) for exchange in exchanges]
        try:
            return self._recent.require_many(asked)
        except Exception:
            log.exception("sessions could not be looked up")
            return [InternalError()] * len(exchanges)

    def _allow(self, exchange: Exchange) -> None:
        request = exchange.request
        exchange.cors = foreign(request.origin, self._own_origin(exchange))

    def _own_origin(self, exchange: Exchange) -> str:
        return self._services.public_url or exchange.request.own_origin

    def _arrival(self, exchange: Exchange, session: Session) -> Arrival:
        self._allow(exchange)
        request_id = exchange.given_id
        return Arrival(session, exchange.body, exchange.fd, exchange.home, exchange.cors, request_id)

    def _open_stream(self, exchange: Exchange, session: Session) -> None:
        self._allow(exchange)
        body, origin = exchange.body, exchange.request.origin
        cursor = Cursor.parse(body.cursor)
        rooms = {room: Cursor.parse(place) for room, place in body.rooms.items()}
        if self._services.is_full():
            raise Unavailable(retry_after=FULL_RETRY_SECONDS)
        streams = self._services.event_streams
        stream = streams.admit(exchange.fd, origin=origin, seconds=self._services.hello_seconds)
        stream.request_id = exchange.given_id
        streams.answer(stream, event_stream_head(exchange.cors))
        streams.begin_soon(stream, session, cursor=cursor, watch=body.watch, mark=body.presence, rooms=rooms)

    def _send(self, exchange: Exchange, session: Session) -> None:
        self._allow(exchange)
        services, messages = self._services, exchange.body.messages
        services.limits.send((session.site_id, session.user_id), count=len(messages), guest=session.guest)
        services.conversations.submit_send(
            session, exchange.request.conversation_id, messages, partial(self._answer_send, exchange)
        )
        self._sends_count += 1

    def _answer_send(self, exchange: Exchange, answer: types.SentMessages | Exception) -> None:
        self._sends_count -= 1
        if isinstance(answer, ServiceError):
            self._refuse(exchange, answer)
        elif isinstance(answer, Exception):
            log.error("a send failed", exc_info=answer, extra=about(exchange.request_id))
            self._refuse(exchange, InternalError())
        else:
            home = exchange.home
            keep_alive = home is not None and home.is_open()
            data = json_answer(encode(answer), keep_alive=keep_alive, origin=exchange.cors)
            self._writer.write(exchange.fd, data, home=home)

    def _refuse_arrival(self, arrival: Arrival, error: ServiceError) -> None:
        self._write_error(arrival.fd, error, arrival.request_id, home=arrival.home, origin=arrival.origin)

    def _refuse(self, exchange: Exchange, error: ServiceError) -> None:
        origin = exchange.request.origin
        if exchange.cors is not None or origin is None or self._own_origin(exchange) == origin:
            self._write_refusal(exchange, error)
            return
        # Whether that page may read what is wrong is for the database to say.
        self._refusing_count += 1
        gevent.spawn(self._refuse_foreign, exchange, error)

    def _refuse_rested(self, exchange: Exchange, error: ServiceError) -> None:
        self._refusing_count -= 1
        self._refuse(exchange, error)

    def _refuse_foreign(self, exchange: Exchange, error: ServiceError) -> None:
        try:
            exchange.cors = self._services.identity.find_reader(
                exchange.request.origin, own_origin=self._own_origin(exchange)
            )
        finally:
            self._refusing_count -= 1
            self._write_refusal(exchange, error)

    def _write_refusal(self, exchange: Exchange, error: ServiceError) -> None:
        self._write_error(exchange.fd, error, exchange.request_id, home=exchange.home, origin=exchange.cors)

    def _write_error(
        self, fd: int, error: ServiceError, request_id: str, *, home: Home | None, origin: str | None
    ) -> None:
        self._services.metrics.errors.labels(str(error.status)).inc()
        data = json_answer(
            error_answer(error),
            status=error.status,
            keep_alive=home is not None and home.is_open(),
            origin=origin,
            retry_after=error.retry_after,
            request_id=request_id,
        )
        self._writer.write(fd, data, home=home)
