"""OpenAPI 3.1 for API v1, made from the route table and the wire types, so it cannot drift from them.

``python -m imserver.handlers.openapi > docs/openapi.json`` writes the copy that people read.
"""

import json
import re
import sys
from typing import Any

import msgspec
from flask import Blueprint, Response

from imserver import __version__
from imserver.handlers.api import ROUTES
from imserver.handlers.routes import JSON, Route
from imserver.handlers.server.api import SERVER_ROUTES
from imserver.handlers.wire import raw_json_response
from imserver.protocol.types import ErrorAnswer
from imserver.protocol.types.hooks import WebhookBody
from imserver.services.signing import HEADER

SWITCHING_PROTOCOLS = 101
_REF = "#/components/schemas/{name}"


def build_openapi() -> Blueprint:
    """Return the route of the document."""
    blueprint = Blueprint("openapi", __name__)
    document = msgspec.json.encode(describe())

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return raw_json_response(document)

    return blueprint


def describe() -> dict[str, Any]:
    """Return the whole document."""
    routes = [*ROUTES, *SERVER_ROUTES]
    types = {t for route in routes for t in (route.takes, route.gives) if t is not None}
    ordered = sorted({*types, ErrorAnswer, WebhookBody}, key=lambda t: t.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, Any] = {}
    for route in routes:
        scheme = "api_key" if route in SERVER_ROUTES else "session"
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, scheme=scheme)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "imserver",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "webhooks": {"events": {"post": _webhook()}},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer"},
                "api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "imk_…"},
            },
        },
    }


def pretty_document() -> str:
    """Return the document as it is committed."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


def _operation(route: Route, *, scheme: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": (route.handler.__doc__ or "").strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {str(route.status): _success(route), **_errors(route)},
    }
    if route.takes is not None:
        operation["requestBody"] = {"required": True} | _content(route.takes, "")
    if route.is_raw:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": binary}}
    if route.signed_in and "token" not in getattr(route.takes, "__struct_fields__", ()):
        operation["security"] = [{scheme: []}]
    return operation


def _errors(route: Route) -> dict[str, Any]:
    """Return the answers of calls that fail, by status; what each means, its code says."""
    # 414 and 431: lines of HTTP that are too long, whatever they ask.
    statuses = {400, 401, 403, 404, 409, 414, 429, 431, 500, 503}
    if route.is_raw or route.takes is not None:
        statuses |= {408, 413}
    if route.is_raw:
        statuses.add(415)
    if route.websocket:
        statuses.add(426)
    return {str(status): _content(ErrorAnswer, "An error.") for status in sorted(statuses)}


def _webhook() -> dict[str, Any]:
    """Return what a site's own server is sent, where it wants to be."""
    signature = {"name": HEADER, "in": "header", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": "webhook",
        "summary": "Events of the site, signed with the webhook's secret.",
        "parameters": [signature],
        "requestBody": {"required": True} | _content(WebhookBody, ""),
        "responses": {"200": {"description": "Any status from 200 to 299 says that the events are taken."}},
    }


def _success(route: Route) -> dict[str, Any]:
    if route.media_type != JSON:
        return {"description": "Line by line.", "content": {route.media_type: {"schema": {"type": "string"}}}}
    if route.status == SWITCHING_PROTOCOLS:
        return {"description": "From here on the connection is a WebSocket."}
    if route.gives is None:
        return {"description": "Done."}
    return _content(route.gives, "The answer.")


def _content(wire_type: type, description: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=wire_type.__name__)}
    content: dict[str, Any] = {"content": {"application/json": {"schema": schema}}}
    return {"description": description} | content if description else content


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    _, schemas = msgspec.json.schema_components([route.query], ref_template=_REF)
    query = schemas[route.query.__name__]
    required = query.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in query["properties"].items()
    ]


if __name__ == "__main__":
    sys.stdout.write(pretty_document())
