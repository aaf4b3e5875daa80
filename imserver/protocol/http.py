"""Whole HTTP/1.1 answers as bytes, for connections that wait outside any WSGI request."""

from http import HTTPStatus

_HEAD = (
    "HTTP/1.1 {status} {phrase}\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: {length}\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: {connection}\r\n"
    "{cors}\r\n"
)


def cors_headers(origin: str | None) -> dict[str, str]:
    """The headers that let a page of ``origin`` read the answer; none for our own pages (None)."""
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def json_answer(
    body: bytes, *, status: int = 200, keep_alive: bool = True, origin: str | None = None
) -> bytes:
    """Return the complete answer, ready to be written to a socket that carries nothing else."""
    head = _HEAD.format(
        status=status,
        phrase=HTTPStatus(status).phrase,
        length=len(body),
        connection="keep-alive" if keep_alive else "close",
        cors="".join(f"{name}: {value}\r\n" for name, value in cors_headers(origin).items()),
    )
    return head.encode("latin-1") + body
