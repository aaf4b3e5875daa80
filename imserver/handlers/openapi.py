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
from imserver.handlers.wire import raw_json_response
from imserver.protocol.types import ErrorAnswer

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
    types = {t for route in ROUTES for t in (route.takes, route.gives) if t is not None}
    ordered = sorted({*types, ErrorAnswer}, key=lambda t: t.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "imserver",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def pretty_document() -> str:
    """Return the document as it is committed."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": (route.handler.__doc__ or "").strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {str(route.status): _success(route), "default": _content(ErrorAnswer, "An error.")},
    }
    if route.takes is not None:
        operation["requestBody"] = {"required": True} | _content(route.takes, "")
    if route.is_raw:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": binary}}
    if route.signed_in and "token" not in getattr(route.takes, "__struct_fields__", ()):
        operation["security"] = [{"session": []}]
    return operation


def _success(route: Route) -> dict[str, Any]:
    if route.media_type != JSON:
        return {"description": "Events.", "content": {route.media_type: {"schema": {"type": "string"}}}}
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
