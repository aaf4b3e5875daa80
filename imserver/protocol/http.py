"""Whole HTTP/1.1 answers as bytes, for connections that wait outside any WSGI request."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus

_HEAD = (
    "HTTP/1.1 {status} {phrase}\r\n"
    "Content-Type: application/json\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: {connection}\r\n"
    "Content-Length: {length}\r\n"
    "{more}\r\n"
)
# Nearly every answer is this one, and formatting a head costs as much as writing it.
_USUAL_HEAD = (
    _HEAD.partition("{length}")[0].format(status=200, phrase="OK", connection="keep-alive").encode("latin-1")
)


# What describes bytes that an answer of 304 does not have.
_OF_THE_BODY = frozenset({"Content-Type", "Content-Encoding"})
# The name of a request, in the answer if that is an error and in the log.
REQUEST_ID = "X-Request-ID"
_REQUEST_ID_BYTES = 8


# Browsers keep an answer for two hours at most; an origin that is struck off cannot use its sessions anyway.
PREFLIGHT_SECONDS = 7_200


def cors_headers(origin: str | None) -> dict[str, str]:
    """The headers that let a page of ``origin`` read the answer; none for our own pages (None)."""
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def preflight_headers(origin: str) -> dict[str, str]:
    """The headers that let a page of ``origin`` make any call of the API; there are no cookies to allow."""
    return cors_headers(origin) | {
        "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }


def fresh_request_id() -> str:
    """Return a name that no other request has."""
    return secrets.token_hex(_REQUEST_ID_BYTES)


def retry_after_seconds(retry_after: float) -> int:
    """Return what the header Retry-After says: whole seconds, never none."""
    return max(1, round(retry_after))


def event_stream_head(origin: str | None) -> bytes:
    """Return the head of an answer that never ends by itself: server-sent events."""
    more = cors_headers(origin)
    # nginx would gather events until its buffer is full.
    more["X-Accel-Buffering"] = "no"
    fields = "".join(f"{name}: {value}\r\n" for name, value in more.items())
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        f"X-Content-Type-Options: nosniff\r\nConnection: close\r\n{fields}\r\n"
    ).encode("latin-1")


def json_answer(
    body: bytes,
    *,
    status: int = 200,
    keep_alive: bool = True,
    origin: str | None = None,
    retry_after: float | None = None,
    request_id: str = "",
) -> bytes:
    """Return the complete answer, ready to be written to a socket that carries nothing else.

    That of an error names its request, which has no name yet if ``request_id`` is empty.
    """
    if status == HTTPStatus.OK and keep_alive and origin is None:
        return b"%b%d\r\n\r\n%b" % (_USUAL_HEAD, len(body), body)
    more = cors_headers(origin)
    if status >= HTTPStatus.BAD_REQUEST:
        more[REQUEST_ID] = request_id or fresh_request_id()
    if retry_after is not None:
        more["Retry-After"] = str(retry_after_seconds(retry_after))
    head = _HEAD.format(
        status=status,
        phrase=HTTPStatus(status).phrase,
        length=len(body),
        connection="keep-alive" if keep_alive else "close",
        more="".join(f"{name}: {value}\r\n" for name, value in more.items()),
    )
    return head.encode("latin-1") + body


def file_answer(body: bytes | None, headers: Mapping[str, str], *, keep_alive: bool) -> bytes:
    """Return the complete answer with a file, or without for one who has it already (None)."""
    if body is None:
        status, headers = 304, {name: headers[name] for name in headers if name not in _OF_THE_BODY}
    else:
        status, headers = 200, {**headers, "Content-Length": str(len(body))}
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
    connection = f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n"
    return f"{first}{connection}{fields}\r\n".encode("latin-1") + (body or b"")
