"""Is the process up, can it serve, and what does it count."""

from collections.abc import Callable, Iterable, Iterator

import gevent
from flask import Blueprint, Response, request
from gevent.lock import BoundedSemaphore

from imserver.errors import NotFound, Unavailable
from imserver.handlers.wire import json_response
from imserver.metrics import Family, exposition

LOOPBACK = frozenset({"127.0.0.1", "::1", ""})
# Two words with a pause, so that somebody outside sees what a proxy holds back. Anybody may ask, so few may
# at once: each holds a greenlet for the pause.
DRIP_SECONDS = 1.0
DRIPS_AT_ONCE = 4


def build_health(ping: Callable[[], None], count: Callable[[], Iterable[Family]]) -> Blueprint:
    """Return the routes of probes; ``ping`` raises Unavailable while the database cannot be reached.

    ``count`` returns the numbers of all workers of this box.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return json_response({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        ping()
        return json_response({"status": "ready"})

    drips = BoundedSemaphore(DRIPS_AT_ONCE)

    @blueprint.get("/healthz/drip")
    def drip() -> Response:
        if drips.locked():
            raise Unavailable(retry_after=DRIP_SECONDS)
        response = Response(_two_words(drips), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response

    @blueprint.get("/metrics")
    def scrape() -> Response:
        # They tell how many members are here: for this box's own scraper, not for a proxy's visitors.
        if (request.remote_addr or "") not in LOOPBACK or "X-Forwarded-For" in request.headers:
            raise NotFound
        return Response(exposition(count()), content_type="text/plain; version=0.0.4; charset=utf-8")

    return blueprint


def _two_words(drips: BoundedSemaphore) -> Iterator[bytes]:
    with drips:
        yield b": first\n\n"
        gevent.sleep(DRIP_SECONDS)
        yield b": second\n\n"
