"""Files: upload, addresses, take back."""

import contextlib
import time
from typing import Any

import gevent
from flask import request
from msgspec import UNSET

from imserver.errors import InvalidRequest, RequestTimeout, ServiceError
from imserver.handlers.routes import Call, Services, UploadQuery, call
from imserver.handlers.wire import read_piece
from imserver.protocol import types
from imserver.services.files import Hints

# A body may be slow, as from a train, but it may not hold its place without moving.
PIECE_BYTES = 16_384
PIECE_SECONDS = 15.0
HEAD_START_SECONDS, LEAST_BYTES_PER_SECOND = 30.0, 4_096
# A browser that is still sending does not hear the answer of a connection that is closed on it.
DROPPED_BYTES, DROPPED_SECONDS = 8_000_000, 2.0
LOUDEST = 100


class Body:
    """The body of this request, read in pieces, each of which has to come in time."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._bytes = 0

    def read(self, most: int) -> bytes:
        """Return up to ``most`` bytes, nothing at the end; raise RequestTimeout, InvalidRequest."""
        late = self._began + HEAD_START_SECONDS + self._bytes / LEAST_BYTES_PER_SECOND
        seconds = min(PIECE_SECONDS, max(0.001, late - time.monotonic()))
        with gevent.Timeout(seconds, RequestTimeout):
            piece = read_piece(self._stream, min(most, PIECE_BYTES))
        self._bytes += len(piece)
        return piece

    def drop_rest(self) -> None:
        """Read on for a moment, so that the sender comes to hear the answer."""
        left = DROPPED_BYTES
        with contextlib.suppress(ServiceError), gevent.Timeout(DROPPED_SECONDS, RequestTimeout):
            while left > 0 and (piece := read_piece(self._stream, PIECE_BYTES)):
                left -= len(piece)


@call("POST", "/v1/files", query=UploadQuery, gives=types.File, status=201, is_raw=True)
def upload_file(services: Services, call: Call) -> types.File:
    """Upload a file, the body as it is, to be sent in a conversation within a day."""
    body = Body(request.stream)
    try:
        services.guests.require_may_upload(call.session)
        return services.files.upload(
            call.session,
            call.query.conversation_id,
            name=call.query.name,
            read=body.read,
            announced_bytes=request.content_length,
            hints=_hints(call.query),
        )
    except ServiceError:
        body.drop_rest()
        raise


@call("GET", "/v1/files/limits", gives=types.FileLimits)
def get_file_limits(services: Services, call: Call) -> types.FileLimits:
    """Read what may be uploaded, and how much room is left."""
    return services.files.limits(call.session)


@call("POST", "/v1/files/urls", takes=types.FileUrlsRequest, gives=types.FileUrls)
def make_file_urls(services: Services, call: Call) -> types.FileUrls:
    """Get addresses of files of a conversation, which expire."""
    return services.files.urls(call.session, call.body.conversation_id, call.body.file_ids)


@call("DELETE", "/v1/files/{file_id}", status=204)
def delete_file(services: Services, call: Call) -> None:
    """Take back an own file that was not sent."""
    services.files.delete(call.session, call.path["file_id"])


def _hints(query: UploadQuery) -> Hints:
    levels = [int(level) for level in (query.waveform or "").split(",") if level]
    if any(level > LOUDEST for level in levels):
        raise InvalidRequest("The levels of a waveform are from 0 to 100.")
    duration = UNSET if query.duration_ms is None else query.duration_ms
    return Hints(duration_ms=duration, waveform=levels or UNSET)
