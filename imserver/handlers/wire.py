"""Requests to values and values to answers; every error leaves through here in its one shape."""

import logging
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import gevent
import msgspec
from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as HTTPMethodNotAllowed

from imserver.errors import (
    BodyTooLarge,
    InternalError,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    RequestTimeout,
    ServiceError,
    UnknownField,
)
from imserver.metrics import Metrics
from imserver.protocol.answers import encode, error_answer
from imserver.protocol.http import cors_headers, retry_after_seconds

log = logging.getLogger(__name__)
T = TypeVar("T")

# A body is one or two packets; who needs longer is broken or holds the connection on purpose.
BODY_SECONDS = 15.0
# What a client sent comes back in an error's text, but never more of it than helps.
ECHO_CHARACTERS = 200
_READ_BYTES = 65_536
# No page of ours has a form with more.
FORM_FIELDS = 200


class TakenOver(Response):
    """The answer of a request whose socket went to the parking lot: nothing more is written to it."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return environ["imserver.takeover"].already_handled


def foreign(origin: str | None, own: str) -> str | None:
    """Return the origin that an answer must allow explicitly; None for our own pages."""
    return None if origin == own else origin


def own_origin(public_url: str) -> str:
    """Return the origin that this messenger's own pages have."""
    return public_url or f"{request.scheme}://{request.host}"


def read_body(body_type: type[T], *, limit_bytes: int) -> T:
    """Return the request's JSON as ``body_type``, whatever its content type says.

    Raises BodyTooLarge, RequestTimeout, MalformedJson, UnknownField or InvalidRequest.
    """
    return decode_body(_read_bytes(request, limit_bytes), body_type)


def read_form(*, limit_bytes: int) -> dict[str, str]:
    """Return the fields of a plain HTML form, whatever its content type says; the first of each name counts.

    Raises BodyTooLarge, RequestTimeout or InvalidRequest. Flask's own reader takes a chunked body of any
    size, for any time.
    """
    raw = _read_bytes(request, limit_bytes)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS)
    except ValueError as error:
        raise InvalidRequest("The form cannot be read.") from error
    return dict(reversed(pairs))


def decode_body(raw: bytes, body_type: type[T]) -> T:
    """Return JSON as ``body_type``; raise MalformedJson, UnknownField or InvalidRequest."""
    try:
        return msgspec.json.decode(raw, type=body_type)
    except msgspec.ValidationError as error:
        raise refusal(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJson from error


def read_query(query_type: type[T]) -> T:
    """Return the request's query as ``query_type``; a name that comes twice is refused."""
    if any(len(values) > 1 for values in request.args.listvalues()):
        raise InvalidRequest("A query parameter comes twice.")
    try:
        return msgspec.convert(request.args.to_dict(), query_type, strict=False)
    except msgspec.ValidationError as error:
        raise refusal(error) from error


def json_response(value: object, *, status: int = 200) -> Response:
    """Return an answer of API v1."""
    return raw_json_response(encode(value), status=status)


def raw_json_response(body: bytes, *, status: int = 200) -> Response:
    """Return JSON that is encoded already."""
    response = Response(body, status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.update(cors_headers(g.get("cors_origin")))
    return response


def client_address(trusted_proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return who asks: the peer, or whom a trusted proxy names in X-Real-IP, if that is one address.

    A peer without an address came through a unix socket, which only a proxy of this box can.
    """
    peer = request.remote_addr or ""
    is_trusted = not peer or any(ip_address(peer) in network for network in trusted_proxies)
    return _one_address(request.headers.get("X-Real-IP", "")) or peer if is_trusted else peer


def _one_address(text: str) -> str:
    # Where a proxy adds its word to a visitor's own instead of setting it, there are two, with a comma.
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def install_errors(app: Flask, metrics: Metrics, *, find_reader: Callable[[], str | None]) -> None:
    """Let every failure leave as the one error shape; what nobody meant is logged with its traceback.

    ``find_reader`` says which origin's page may read it where the request had no session to say so.
    """

    def count(response: Response) -> Response:
        if response.status_code >= 400:
            metrics.errors.labels(str(response.status_code)).inc()
        return response

    def readable(answer: Callable[[Any], Response]) -> Callable[[Any], Response]:
        def answer_readably(error: Any) -> Response:
            if g.get("cors_origin") is None:
                g.cors_origin = find_reader()
            return answer(error)

        return answer_readably

    app.after_request(count)
    app.register_error_handler(ServiceError, readable(_service_error))
    app.register_error_handler(HTTPException, readable(_http_error))
    app.register_error_handler(Exception, readable(_unexpected))


def _service_error(error: ServiceError) -> Response:
    response = raw_json_response(error_answer(error), status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(retry_after_seconds(error.retry_after))
    return response


def _http_error(error: HTTPException) -> Response:
    known: dict[int | None, type[ServiceError]] = {404: NotFound, 405: MethodNotAllowed, 413: BodyTooLarge}
    meant = known.get(error.code, InvalidRequest if (error.code or 500) < 500 else InternalError)
    response = _service_error(meant())
    if isinstance(error, HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.valid_methods or ())
    return response


def _unexpected(error: Exception) -> Response:
    log.error("a request failed: %s %s", request.method, request.url_rule, exc_info=error)
    return _service_error(InternalError())


def _read_bytes(incoming: Request, limit_bytes: int) -> bytes:
    if (incoming.content_length or 0) > limit_bytes:
        raise BodyTooLarge
    pieces: list[bytes] = []
    left = limit_bytes + 1
    with gevent.Timeout(BODY_SECONDS, RequestTimeout):
        while left > 0 and (piece := read_piece(incoming.stream, left)):
            pieces.append(piece)
            left -= len(piece)
    if left <= 0:
        raise BodyTooLarge
    return b"".join(pieces)


def read_piece(stream: Any, most: int) -> bytes:
    """Return up to ``most`` bytes of a body; raise InvalidRequest when the peer left in the middle."""
    try:
        piece: bytes = stream.read(min(most, _READ_BYTES))
    except OSError as error:
        raise InvalidRequest("The body ended too early.") from error
    return piece


def refusal(error: msgspec.ValidationError) -> InvalidRequest:
    """Return what a client is told of JSON that is not what a call takes."""
    text = str(error)[:ECHO_CHARACTERS]
    if text.startswith("Object contains unknown field"):
        return UnknownField(text)
    return InvalidRequest(text)
