"""What a signed address leads to: the bytes of a file, and headers that leave a browser nothing to run.

design: only pictures (which we have drawn), sound and films are named by their type; everything else is
``application/octet-stream`` and is saved, never shown. Sandbox and ``nosniff`` stand behind that, should a
browser see more in the bytes than we do.
"""

import errno
from collections.abc import Iterator

import gevent
from flask import Blueprint, Response, request
from werkzeug.http import quote_etag, unquote_etag

from imserver.errors import NotFound, RangeRefused
from imserver.files.links import Link
from imserver.files.names import disposition
from imserver.services.files import FILE, THUMB, Files, Opened

CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"
# A peer that takes nothing for so long is gone, or holds a greenlet on purpose.
SEND_SECONDS = 30.0


def build_files(files: Files) -> Blueprint:
    """Return the route of signed addresses."""
    blueprint = Blueprint("files", __name__)

    @blueprint.get("/f/<site_id>/<file_id>/<name>")
    def file(site_id: str, file_id: str, name: str) -> Response:
        opened = files.open(_link(site_id, file_id, name), request.args.get("s", ""))
        return _answer(opened)

    return blueprint


def _link(site_id: str, file_id: str, name: str) -> Link:
    expires_at, part = request.args.get("e", ""), request.args.get("p", "")
    if part not in (FILE, THUMB) or not (expires_at.isascii() and expires_at.isdigit()):
        raise NotFound
    return Link(
        site_id=site_id,
        conversation_id=request.args.get("c", ""),
        file_id=file_id,
        name=name,
        part=part,
        expires_at=int(expires_at[:12]),
    )


def _answer(opened: Opened) -> Response:
    if request.if_none_match.contains(opened.etag):
        return _dressed(Response(status=304), opened)
    start, stop = _asked_range(opened)
    is_part = (start, stop) != (0, opened.size)
    body = iter(()) if request.method == "HEAD" else _paced(opened.read(start, stop))
    response = Response(body, status=206 if is_part else 200, direct_passthrough=True)
    response.headers["Content-Length"] = str(stop - start)
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{opened.size}"
    return _dressed(response, opened)


def _asked_range(opened: Opened) -> tuple[int, int]:
    """Return the part that is asked for; all of it for several parts, or of another state of the file."""
    asked = request.range
    whole = 0, opened.size
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    unchanged = request.headers.get("If-Range")
    if unchanged is not None and unquote_etag(unchanged) != (opened.etag, False):
        return whole
    found = asked.range_for_length(opened.size)
    if found is None:
        raise RangeRefused
    return found


def _dressed(response: Response, opened: Opened) -> Response:
    headers = response.headers
    headers["Content-Type"] = opened.type if opened.is_inline else "application/octet-stream"
    headers["Content-Disposition"] = disposition(opened.name, is_inline=opened.is_inline)
    headers["Content-Security-Policy"] = CSP
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Accept-Ranges"] = "bytes"
    headers["ETag"] = quote_etag(opened.etag)
    headers["Cache-Control"] = f"private, max-age={opened.lives_seconds}, immutable"
    return response


def _paced(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces; each has to be taken in time. The server sends in the greenlet that asks for more."""
    gone = ConnectionResetError(errno.ECONNRESET, "the peer takes nothing")
    for piece in pieces:
        with gevent.Timeout(SEND_SECONDS, gone):
            yield piece
