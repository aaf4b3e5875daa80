"""API v1: each handler parses nothing, decides nothing and makes one service call."""

from typing import Any

from flask import Blueprint, Response, g, request

from imserver.handlers import streams  # noqa: F401 - declares its calls
from imserver.handlers.routes import (
    ROUTES,
    Call,
    ContactQuery,
    HistoryQuery,
    NoQuery,
    PageQuery,
    Route,
    Services,
    call,
)
from imserver.handlers.wire import (
    TakenOver,
    client_address,
    foreign,
    json_response,
    own_origin,
    raw_json_response,
    read_body,
    read_query,
)
from imserver.protocol import types
from imserver.store.values import Session


def build_api(services: Services) -> Blueprint:
    """Return the blueprint with every route of the table."""
    blueprint = Blueprint("api", __name__)
    for route in ROUTES:
        view = _view(services, route)
        blueprint.add_url_rule(route.rule, route.name, view, methods=[route.method])
        if route.websocket:
            # Werkzeug keeps requests that ask for an upgrade apart.
            blueprint.add_url_rule(route.rule, route.name, view, methods=[route.method], websocket=True)
    return blueprint


def _view(services: Services, route: Route) -> Any:
    def view(**path: str) -> Response:
        services.metrics.requests.labels(route.name).inc()
        origin = request.headers.get("Origin")
        query = read_query(route.query)
        body = read_body(route.takes, limit_bytes=services.body_bytes) if route.takes else None
        session = _require_session(services, route, body, origin)
        answer = route.handler(
            services, Call(body=body, query=query, path=path, session=session, origin=origin)
        )
        return _response(route, answer)

    return view


def _require_session(services: Services, route: Route, body: Any, origin: str | None) -> Session:
    if not route.signed_in:
        return None  # type: ignore[return-value]
    session = services.identity.require_session(_secret(body), origin=origin)
    g.cors_origin = foreign(origin, own_origin(services.public_url))
    return session


def _secret(body: Any) -> str | None:
    if isinstance(body, types.Poll):
        return body.token
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _response(route: Route, answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=route.status)
    return json_response(answer, status=route.status)


# -- sessions


@call(
    "POST",
    "/v1/sessions",
    takes=types.OpenSession,
    gives=types.SessionAnswer,
    status=201,
    signed_in=False,
)
def open_session(services: Services, call: Call) -> types.SessionAnswer:
    """Exchange the host's signed token for a session."""
    services.limits.sign_in(client_address(services.trusted_proxies))
    own = own_origin(services.public_url)
    answer = services.identity.sign_in(call.body.site, call.body.token, origin=call.origin, own_origin=own)
    g.cors_origin = foreign(call.origin, own)
    return answer


@call("DELETE", "/v1/sessions/current", status=204)
def end_session(services: Services, call: Call) -> None:
    """Sign out; the session is of no use from now on, anywhere."""
    services.identity.sign_out(call.session)


# -- state and events


@call("GET", "/v1/state", gives=types.State)
def get_state(services: Services, call: Call) -> types.State:
    """Read one consistent snapshot, with the cursor to poll from."""
    return services.conversations.state(call.session)


@call("POST", "/v1/poll", takes=types.Poll, gives=types.PollAnswer)
def poll(services: Services, call: Call) -> Response:
    """Wait for events after the cursor; send it as text/plain from another origin, without a preflight."""
    answer = services.poll.poll(
        call.session,
        call.body,
        origin=g.get("cors_origin"),
        takeover=request.environ.get("imserver.takeover"),
    )
    if answer is None:
        return TakenOver()
    status, body = answer
    return raw_json_response(body, status=status)


# -- conversations


@call("GET", "/v1/conversations", query=PageQuery, gives=types.ConversationPage)
def list_conversations(services: Services, call: Call) -> types.ConversationPage:
    """List conversations that have messages, the most recent first."""
    return services.conversations.page(call.session, cursor=call.query.cursor, limit=call.query.limit)


@call("POST", "/v1/conversations", takes=types.OpenConversation, gives=types.Conversation)
def open_conversation(services: Services, call: Call) -> types.Conversation:
    """Open the direct conversation with a person, or find it."""
    return services.conversations.open_direct(call.session, call.body.user_id)


@call("GET", "/v1/conversations/{conversation_id}", gives=types.Conversation)
def get_conversation(services: Services, call: Call) -> types.Conversation:
    """Read one conversation."""
    return services.conversations.require(call.session, call.path["conversation_id"])


@call(
    "GET",
    "/v1/conversations/{conversation_id}/messages",
    query=HistoryQuery,
    gives=types.MessagePage,
)
def list_messages(services: Services, call: Call) -> types.MessagePage:
    """Read history before or after a seq, in ascending order; the newest without either."""
    return services.conversations.history(
        call.session,
        call.path["conversation_id"],
        before_seq=call.query.before_seq,
        after_seq=call.query.after_seq,
        limit=call.query.limit,
    )


@call(
    "POST",
    "/v1/conversations/{conversation_id}/messages",
    takes=types.SendMessages,
    gives=types.SentMessages,
)
def send_messages(services: Services, call: Call) -> types.SentMessages:
    """Store messages, all or none; repeat with the same client ids until there is an answer."""
    services.limits.send((call.session.site_id, call.session.user_id), count=len(call.body.messages))
    return services.conversations.send(call.session, call.path["conversation_id"], call.body.messages)


@call(
    "PUT",
    "/v1/conversations/{conversation_id}/read",
    takes=types.MarkRead,
    gives=types.ReadAnswer,
)
def mark_read(services: Services, call: Call) -> types.ReadAnswer:
    """Move the own read watermark up to a seq."""
    return services.conversations.mark_read(call.session, call.path["conversation_id"], call.body.seq)


# -- people


@call("GET", "/v1/contacts", query=ContactQuery, gives=types.ContactPage)
def list_contacts(services: Services, call: Call) -> types.ContactPage:
    """List friends (those online first), everyone online, or everyone; narrow by name."""
    query = call.query
    return services.people.page(call.session, query.filter, q=query.q, cursor=query.cursor, limit=query.limit)


@call("GET", "/v1/users/{user_id}", gives=types.Contact)
def get_user(services: Services, call: Call) -> types.Contact:
    """Read a person's profile and presence."""
    return services.people.require(call.session, call.path["user_id"])


@call("GET", "/v1/presence", gives=types.OwnPresence)
def get_presence(services: Services, call: Call) -> types.OwnPresence:
    """Read the own choice of presence."""
    return services.people.own_presence(call.session)


@call("PUT", "/v1/presence", takes=types.SetPresence, gives=types.OwnPresence)
def set_presence(services: Services, call: Call) -> types.OwnPresence:
    """Choose to be online, away, dnd or invisible, and set the status text."""
    return services.people.choose_presence(call.session, call.body)


__all__ = ["ROUTES", "NoQuery", "Services", "build_api"]
