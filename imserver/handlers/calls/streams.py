"""The calls that keep their connection: WebSockets, server-sent events, and the tickets for these."""

import logging
import os
from collections.abc import Iterable, Mapping

from flask import Response, g, request

from imserver.errors import InvalidRequest, Unavailable, UpgradeRequired
from imserver.handlers.frames import FULL_RETRY_SECONDS
from imserver.handlers.routes import Call, Services, StreamQuery, call
from imserver.handlers.wire import TakenOver, foreign, own_origin
from imserver.protocol import types
from imserver.protocol.cursor import Cursor
from imserver.protocol.http import event_stream_head
from imserver.store.values import Session
from imserver.transports.takeover import Takeover
from imserver.transports.websocket import accept

log = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"


@call("GET", "/v1/socket", signed_in=False, websocket=True, status=101)
def open_socket(services: Services, call: Call) -> Response:
    """Upgrade to a WebSocket, on which the first frame is a hello; see docs/api.md."""
    status, answer = accept(request.full_path, list(request.headers.items()))
    if status == 426:
        raise UpgradeRequired
    if status != 101:
        raise InvalidRequest("This is not a WebSocket's handshake.")
    fd = _take(services, answer)
    stream = services.sockets.admit(fd, origin=call.origin, seconds=services.hello_seconds)
    stream.request_id = g.given_request_id
    return TakenOver()


@call("POST", "/v1/stream", takes=types.Poll, media_type=EVENT_STREAM)
def open_stream(services: Services, call: Call) -> Response:
    """Hear events as text/event-stream until the connection ends; the body is that of a poll."""
    body = call.body
    rooms = {room: Cursor.parse(cursor) for room, cursor in body.rooms.items()}
    seen = {"watch": body.watch, "mark": body.presence, "rooms": rooms}
    return _stream(services, call.session, call.origin, cursor=body.cursor, **seen)


@call("GET", "/v1/stream", query=StreamQuery, signed_in=False, media_type=EVENT_STREAM)
def open_event_source(services: Services, call: Call) -> Response:
    """Hear events with a ticket instead of a body, for EventSource. Last-Event-ID goes before `cursor`."""
    # Before the ticket is used up: who mistyped a room may try again.
    rooms = _rooms(call.query.rooms)
    session = services.identity.redeem_ticket(call.query.ticket, origin=call.origin)
    g.cors_origin = foreign(call.origin, own_origin(services.public_url))
    cursor = request.headers.get("Last-Event-ID") or call.query.cursor
    return _stream(services, session, call.origin, cursor=cursor, rooms=rooms)


@call("POST", "/v1/tickets", gives=types.Ticket, status=201)
def open_ticket(services: Services, call: Call) -> types.Ticket:
    """Get a ticket that opens one event stream within 30 seconds: an address is no place for a session."""
    ticket, expires_at = services.identity.open_ticket(call.session)
    return types.Ticket(ticket=ticket, expires_at=expires_at)


@call("PUT", "/v1/conversations/{conversation_id}/typing", takes=types.SetTyping, status=204)
def set_typing(services: Services, call: Call) -> None:
    """Tell the others of a conversation that one types, or does no longer."""
    session = call.session
    services.typing.tell(
        session.site_id, session.user_id, call.path["conversation_id"], typing=call.body.typing
    )


def _rooms(text: str) -> dict[str, Cursor | None]:
    """Return what a query names, each from a cursor or from now."""
    places = [part.partition(":") for part in text.split(",") if part]
    rooms = {room: Cursor.parse(cursor) if colon else None for room, colon, cursor in places}
    if len(rooms) > types.ROOMS_FOLLOWED:
        raise InvalidRequest(f"A connection follows at most {types.ROOMS_FOLLOWED} rooms.")
    return rooms


def _stream(
    services: Services,
    session: Session,
    origin: str | None,
    *,
    cursor: str,
    watch: Iterable[str] = (),
    mark: str = "",
    rooms: Mapping[str, Cursor | None] | None = None,
) -> Response:
    place = Cursor.parse(cursor)
    fd = _take(services, event_stream_head(g.get("cors_origin")))
    stream = services.event_streams.admit(fd, origin=origin, seconds=services.hello_seconds)
    stream.request_id = g.given_request_id
    services.event_streams.begin_soon(
        stream, session, cursor=place, watch=watch, mark=mark, rooms=rooms or {}
    )
    return TakenOver()


def _take(services: Services, answer: bytes) -> int:
    """Answer the request outside of the web server; return its socket, which is ours from now on."""
    takeover: Takeover | None = request.environ.get("imserver.takeover")
    if takeover is None:
        raise Unavailable("This web server cannot keep connections open; poll instead.", retry_after=None)
    if not takeover.is_possible():
        raise InvalidRequest("Something was sent before the answer.")
    if services.is_full():
        raise Unavailable(retry_after=FULL_RETRY_SECONDS)
    fd = takeover.take()
    try:
        os.write(fd, answer)
    except OSError as error:
        log.debug("a peer left before its answer: %s", error)
        # Whoever reads it next finds the same out, and closes it.
        return fd
    return fd
