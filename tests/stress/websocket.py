"""WebSocket frames as a client writes and reads them; nothing more than RFC 6455 needs."""

import os
import struct
from collections.abc import Callable

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NO_CODE = 1005


def frame(opcode: int, data: bytes) -> bytes:
    """Return one final frame, masked as a client must."""
    mask = os.urandom(4)
    if len(data) < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(data))
    elif len(data) < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(data))
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, len(data))
    return head + mask + masked(data, mask)


def masked(data: bytes, mask: bytes) -> bytes:
    """Return ``data`` XORed with the repeated mask; as one big number, because byte by byte is slow."""
    repeated = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")


def read_frame(exactly: Callable[[int], bytes]) -> tuple[int, bool, bytes]:
    """Return (opcode, whether it ends its message, payload) of the next frame."""
    first, second = exactly(2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", exactly(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", exactly(8))
    return first & 0x0F, bool(first & 0x80), exactly(length)


def close_code(data: bytes) -> int:
    """Return the code of a close frame's payload."""
    return int.from_bytes(data[:2], "big") if len(data) >= 2 else NO_CODE
