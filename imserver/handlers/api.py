"""The blueprint of API v1: from the table of calls to Flask's views."""

from typing import Any

from flask import Blueprint, Response, g, request

from imserver.handlers import calls  # noqa: F401 - declares them
from imserver.handlers.routes import (
    ROUTES,
    Call,
    NoQuery,
    Route,
    Services,
)
from imserver.handlers.wire import (
    foreign,
    json_response,
    own_origin,
    read_body,
    read_query,
)
from imserver.protocol import types
from imserver.protocol.http import cors_headers, preflight_headers
from imserver.store.values import Session


def build_api(services: Services) -> Blueprint:
    """Return the blueprint with every route of the table."""
    blueprint = Blueprint("api", __name__)
    blueprint.before_request(lambda: _answer_preflight(services))
    for route in ROUTES:
        view = _view(services, route)
        blueprint.add_url_rule(route.rule, route.name, view, methods=[route.method])
        if route.websocket:
            # Werkzeug keeps requests that ask for an upgrade apart.
            blueprint.add_url_rule(route.rule, route.name, view, methods=[route.method], websocket=True)
    return blueprint


def find_reader(services: Services) -> str | None:
    """Return the origin whose pages may read an error, or make calls: one of any site, and not our own."""
    return services.identity.find_reader(
        request.headers.get("Origin"), own_origin=own_origin(services.public_url)
    )


def _answer_preflight(services: Services) -> Response | None:
    """Answer a browser that asks whether a page may call; for a page of no site's it is any other request."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    origin = find_reader(services)
    return None if origin is None else Response(status=204, headers=preflight_headers(origin))


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
    # Whose error it is, if it becomes one.
    g.site_id = session.site_id
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
        return Response(status=route.status, headers=cors_headers(g.get("cors_origin")))
    return json_response(answer, status=route.status)


__all__ = ["ROUTES", "NoQuery", "Services", "build_api", "find_reader"]
