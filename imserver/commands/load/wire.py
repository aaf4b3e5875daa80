"""The bytes of the three transports as a client writes and reads them. Pure: no sockets, no clock."""

import base64
import hashlib
import os
import struct
from collections.abc import Iterator

from websockets.speedups import apply_mask

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_ACCEPT_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# More than any answer of the server; what is longer is not HTTP.
HEAD_BYTES = 16_384


class WireError(Exception):
    """The peer said something that the protocol does not allow."""


def http_request(method: str, path: str, body: bytes = b"", *, host: str, session: str = "") -> bytes:
    """Return one HTTP/1.1 request that keeps the connection."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    if session:
        head += f"Authorization: Bearer {session}\r\n"
    if body:
        head += f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def read_head(buffer: bytes) -> tuple[int, bytes, int] | None:
    """Return (status, lower-case header block, bytes used), or None while it is not complete."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > HEAD_BYTES:
            raise WireError("an endless header")
        return None
    if not buffer.startswith(b"HTTP/1.") or not buffer[9:12].isdigit():
        raise WireError(f"no HTTP answer: {bytes(buffer[:40])!r}")
    return int(buffer[9:12]), bytes(buffer[12 : end + 2]).lower(), end + 4


def header(head: bytes, name: bytes) -> bytes:
    """Return a header's value of a block that ``read_head`` gave; empty when it is not there."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    return head[start : head.index(b"\r\n", start)].strip()


def read_answer(buffer: bytes) -> tuple[int, bytes, int] | None:
    """Return (status, body, bytes used) of one answer with a length, or None while it is not complete."""
    found = read_head(buffer)
    if found is None:
        return None
    status, head, used = found
    length = header(head, b"content-length")
    if not length and status not in (204, 304):
        raise WireError("an answer without a length")
    end = used + int(length or 0)
    return (status, bytes(buffer[used:end]), end) if len(buffer) >= end else None


# -- WebSocket


def upgrade_request(path: str, *, host: str, key: str) -> bytes:
    """Return the request that opens a WebSocket; compression is never offered."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def fresh_key() -> str:
    """Return a random Sec-WebSocket-Key."""
    return base64.b64encode(os.urandom(16)).decode()


def accept_of(key: str) -> bytes:
    """Return the Sec-WebSocket-Accept that answers ``key``."""
    return base64.b64encode(hashlib.sha1(key.encode() + _ACCEPT_SALT, usedforsecurity=False).digest())


def frame(payload: bytes, mask: bytes, *, opcode: int = TEXT) -> bytes:
    """Return one whole masked frame.

    RFC 6455 wants a fresh mask per frame so that a page cannot choose the bytes that a proxy sees; our
    payloads are our own, so a client keeps one mask for a run, and equal events are equal bytes.
    """
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + mask + apply_mask(payload, mask)
    if length < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 0xFE, length) + mask + apply_mask(payload, mask)
    return struct.pack("!BBQ", 0x80 | opcode, 0xFF, length) + mask + apply_mask(payload, mask)


def read_frame(buffer: bytes, start: int) -> tuple[int, int, int] | None:
    """Return (opcode, where the payload begins, where it ends), or None while it is not complete.

    Raises WireError for a fragment and for a masked frame: this server sends neither.
    """
    size = len(buffer)
    if size < start + 2:
        return None
    opcode, length, body = buffer[start], buffer[start + 1], start + 2
    if not opcode & 0x80 or opcode & 0x70 or length & 0x80:
        raise WireError(f"a frame that no server of ours sends: {opcode:02x} {length:02x}")
    if length >= 126:
        width = 2 if length == 126 else 8
        if size < body + width:
            return None
        length = int.from_bytes(buffer[body : body + width], "big")
        body += width
    return (opcode & 15, body, body + length) if size >= body + length else None


# -- SSE


def blocks(buffer: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield (block without its blank line, where the next begins) for each complete block."""
    start = 0
    while (end := buffer.find(b"\n\n", start)) >= 0:
        yield buffer[start:end], end + 2
        start = end + 2


def sse_fields(block: bytes) -> tuple[bytes, bytes]:
    """Return (event name or nothing, data) of a block; a comment has neither."""
    name = data = b""
    for line in block.split(b"\n"):
        if line.startswith(b"data: "):
            data = line[6:]
        elif line.startswith(b"event: "):
            name = line[7:]
    return name, data
