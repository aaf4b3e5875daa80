"""Is the process up, can it serve, and what does it count."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from imserver.errors import NotFound
from imserver.handlers.wire import json_response
from imserver.metrics import Metrics

LOOPBACK = frozenset({"127.0.0.1", "::1", ""})


def build_health(ping: Callable[[], None], metrics: Metrics) -> Blueprint:
    """Return the routes of probes; ``ping`` raises Unavailable while the database cannot be reached."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return json_response({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        ping()
        return json_response({"status": "ready"})

    @blueprint.get("/metrics")
    def scrape() -> Response:
        # They tell how many members are here: for this box's own scraper, not for a proxy's visitors.
        if (request.remote_addr or "") not in LOOPBACK or "X-Forwarded-For" in request.headers:
            raise NotFound
        return Response(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return blueprint
