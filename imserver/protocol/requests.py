"""The requests that chat and its files consist of, recognised in a socket's unread bytes without any doubt.

# design: A request that is not of the plainest shape is OTHER: it stays where it is, and gunicorn and Flask,
# which know all of HTTP, answer it. So every request has one meaning, and this file decides nothing but
# whether it is certain of it. Whatever a proxy in front could read in another way (a length given twice,
# a chunked body, a folded line, a bare line feed, an underscore in a name) is never certain.
"""

import enum
import re
from typing import NamedTuple

# More of a request than this is not looked at: its head is too large, or its body is no chat.
PEEK_BYTES = 16_384
# gunicorn refuses more and longer fields, and a longer first line; so many and so long are its business.
FIELDS = 60
FIELD_BYTES = 8_000
LINE_BYTES = 4_000

POLL = "poll"
SEND = "send"
STREAM = "stream"
FILE = "file"

_HEAD_END = b"\r\n\r\n"
_TOKEN = rb"[0-9A-Za-z!#$%&'*+\-.^`|~]"
_START = re.compile(rb"POST /v1/(?:(poll|stream)|conversations/([0-9A-Za-z-]{1,32})/messages) HTTP/1\.1\r\n")
_FILE = re.compile(rb"GET (/[0-9a-z]{1,16}\.js|/a/[0-9a-f]{16}/[0-9A-Za-z._/-]{1,128}) HTTP/1\.1\r\n")
# Without weights; and one strong name of a file, as we give them.
_ENCODINGS = re.compile(rb"(?:[0-9a-z]++(?:[ \t]*+,[ \t]*+[0-9a-z]++)*+)?")
_ETAG = re.compile(rb'"([0-9a-z-]{1,64})"')
# Visible ASCII, with blanks inside: no control character, no obs-text, no folded line.
_FIELDS = re.compile(
    rb"(?:" + _TOKEN + rb"++:[ \t]*+(?:[\x21-\x7e]++(?:[ \t]++[\x21-\x7e]++)*+)?[ \t]*+\r\n)++"
)
# No stricter than gunicorn: it is only given half a head when it refuses what it sees.
_REQUEST_LINE = re.compile(rb"[0-9A-Z!$%&'*+\-.^_`|~]{3,20} [\x21-\x7e]++ HTTP/1\.[0-9]\r\n")
_LENGTH = re.compile(rb"0|[1-9][0-9]{0,5}")
_HOST = re.compile(rb"[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?(?::[1-9][0-9]{0,4})?")
_BEARER = re.compile(rb"Bearer ([0-9A-Za-z._-]{1,256})")
_FORWARDED = b"x-forwarded-proto"
_KEPT = frozenset(
    {
        b"host",
        b"content-length",
        b"content-type",
        b"origin",
        b"authorization",
        b"connection",
        b"accept-encoding",
        b"if-none-match",
        b"x-request-id",
        _FORWARDED,
    }
)
_CONNECTIONS = frozenset({b"keep-alive", b"close"})
# Whatever changes how a request is read, or lets it mean more than its first line says.
_NOT_PLAIN = frozenset(
    {
        b"transfer-encoding",
        b"trailer",
        b"te",
        b"expect",
        b"upgrade",
        b"http2-settings",
        b"proxy-connection",
        b"keep-alive",
        b"x-http-method-override",
        b"range",
        b"if-range",
        b"if-match",
        b"if-modified-since",
        b"if-unmodified-since",
    }
)
_DEFAULT_PORT = b":80"


class Look(enum.Enum):
    """What lies in a socket, when it is not a request of chat."""

    NOTHING = enum.auto()
    PARTIAL = enum.auto()
    HEADED = enum.auto()
    OTHER = enum.auto()
    GONE = enum.auto()


class PlainRequest(NamedTuple):
    """One whole request. ``own_origin`` is the origin of a page that this same host served over HTTP;

    ``is_forwarded``: a proxy says over what the page was really served. ``request_id`` is what somebody calls
    the request, who need not be a proxy. A FILE has a ``path``; ``etag`` is the one that the asker has.
    """

    kind: str
    conversation_id: str
    body: bytes
    size_bytes: int
    origin: str | None
    own_origin: str
    secret: str
    keep_alive: bool
    is_forwarded: bool
    request_id: str = ""
    path: str = ""
    takes_gzip: bool = False
    etag: str = ""


def read_request(data: bytes) -> PlainRequest | Look:
    """Return the request of chat or for a file that ``data`` begins with, whole; or what else lies there.

    PARTIAL lacks the end of the head, HEADED only that of the body. Never raises.
    """
    end = data.find(_HEAD_END)
    if end < 0:
        return _without_end(data)
    start = _START.match(data) or _FILE.match(data)
    if start is None or not _FIELDS.fullmatch(data, start.end(), end + 2):
        return Look.OTHER
    fields = _read_fields(data[start.end() : end])
    if fields is None:
        return Look.OTHER
    if start.re is _FILE:
        return _assemble_file(end + 4, start[1], fields)
    return _assemble(data, end + 4, start, fields)


def _without_end(data: bytes) -> Look:
    # A beginning that nobody understands is refused now, not when its deadline comes.
    start = data.removeprefix(b"\r\n")
    line_end = start.find(b"\r\n")
    if len(data) >= PEEK_BYTES or data.count(b"\n") != data.count(b"\r\n"):
        return Look.OTHER
    if line_end > LINE_BYTES or (line_end < 0 and len(data) > LINE_BYTES):
        return Look.OTHER
    if line_end >= 0 and not _REQUEST_LINE.match(start):
        return Look.OTHER
    return Look.PARTIAL


def _read_fields(block: bytes) -> dict[bytes, bytes] | None:
    lines = block.split(b"\r\n")
    if len(lines) > FIELDS:
        return None
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        name = name.lower()
        if len(line) > FIELD_BYTES:
            return None
        if name in _KEPT:
            if name in fields:
                return None
            fields[name] = value.strip(b" \t")
        elif name in _NOT_PLAIN:
            return None
    return fields


def _assemble(
    data: bytes, body_start: int, start: re.Match[bytes], fields: dict[bytes, bytes]
) -> PlainRequest | Look:
    length, host = fields.get(b"content-length", b""), fields.get(b"host", b"")
    connection = fields.get(b"connection", b"keep-alive").lower()
    if not (_LENGTH.fullmatch(length) and _HOST.fullmatch(host)) or connection not in _CONNECTIONS:
        return Look.OTHER
    bearer = _BEARER.fullmatch(fields.get(b"authorization", b""))
    waits, conversation_id = start[1], start[2]
    if conversation_id is not None and bearer is None:
        return Look.OTHER
    size_bytes = body_start + int(length)
    if size_bytes > PEEK_BYTES:
        return Look.OTHER
    if size_bytes > len(data):
        return Look.HEADED
    origin = fields.get(b"origin")
    return PlainRequest(
        kind=SEND if waits is None else waits.decode(),
        conversation_id="" if conversation_id is None else conversation_id.decode(),
        body=data[body_start:size_bytes],
        size_bytes=size_bytes,
        origin=None if origin is None else origin.decode(),
        own_origin="http://" + host.removesuffix(_DEFAULT_PORT).decode(),
        secret="" if bearer is None else bearer[1].decode(),
        keep_alive=connection == b"keep-alive",
        is_forwarded=_FORWARDED in fields,
        request_id=fields.get(b"x-request-id", b"").decode(),
    )


def _assemble_file(size_bytes: int, path: bytes, fields: dict[bytes, bytes]) -> PlainRequest | Look:
    connection = fields.get(b"connection", b"keep-alive").lower()
    encodings = fields.get(b"accept-encoding", b"")
    known = fields.get(b"if-none-match")
    etag = known and _ETAG.fullmatch(known)
    has_body = fields.get(b"content-length", b"0") != b"0"
    if has_body or connection not in _CONNECTIONS or not _HOST.fullmatch(fields.get(b"host", b"")):
        return Look.OTHER
    if (known is not None and not etag) or not _ENCODINGS.fullmatch(encodings):
        return Look.OTHER
    return PlainRequest(
        kind=FILE,
        conversation_id="",
        body=b"",
        size_bytes=size_bytes,
        origin=None,
        own_origin="",
        secret="",
        keep_alive=connection == b"keep-alive",
        is_forwarded=False,
        path=path.decode(),
        takes_gzip=b"gzip" in re.split(rb"[ \t,]+", encodings),
        etag=etag[1].decode() if etag else "",
    )
