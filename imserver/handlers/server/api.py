"""The blueprint of the server API: from its table of calls to Flask's views."""

from typing import Any, cast

from flask import Blueprint, Response, g, request

from imserver.errors import SiteSuspended, Unauthenticated
from imserver.handlers.routes import Route
from imserver.handlers.server import calls  # noqa: F401 - declares them
from imserver.handlers.server.routes import (
    CALLS_WHEN_SUSPENDED,
    SERVER_ROUTES,
    ServerCall,
    ServerHandler,
    ServerServices,
)
from imserver.handlers.wire import client_address, json_response, read_body, read_query

OUT_OF_SERVICE = (
    "This site is suspended. Its keys open the exports and the erasure of members, and nothing else; "
    "ask whoever runs the messenger."
)


def build_server_api(services: ServerServices) -> Blueprint:
    """Return the blueprint with every route of the table."""
    blueprint = Blueprint("server_api", __name__)
    for route in SERVER_ROUTES:
        blueprint.add_url_rule(route.rule, route.name, _view(services, route), methods=[route.method])
    return blueprint


def _view(services: ServerServices, route: Route) -> Any:
    handler = cast(ServerHandler, route.handler)

    def view(**path: str) -> Response:
        services.metrics.requests.labels(route.name).inc()
        # The key comes first: whoever has none is not listened to.
        key = services.gate.require(_bearer(), address=client_address(services.trusted_proxies))
        g.site_id = key.site_id
        services.usage.note_server_call(key.site_id)
        if key.suspended and route.name not in CALLS_WHEN_SUSPENDED:
            raise SiteSuspended(OUT_OF_SERVICE)
        services.calls.take((key.site_id, key.key_id))
        query = read_query(route.query)
        body = read_body(route.takes, limit_bytes=services.body_bytes) if route.takes else None
        call = ServerCall(body=body, query=query, path=path, site_id=key.site_id, key_id=key.key_id)
        return _response(route, handler(services, call))

    return view


def _bearer() -> str:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthenticated("Send one of the site's API keys: Authorization: Bearer imk_…")
    return text.strip()


def _response(route: Route, answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(status=route.status) if answer is None else json_response(answer, status=route.status)


__all__ = ["SERVER_ROUTES", "build_server_api"]
