"""Devices that are told by WebSocket and by server-sent events, over pairs of sockets."""

import base64
import json
import os
import re
import socket
from collections.abc import Iterator
from typing import Any

import gevent
from werkzeug.test import create_environ

from tests.app.member import Member

PATIENCE_SECONDS = 20.0
_MASKED = 0x80
_TEXT = 1


class Offer:
    """What the worker puts into a request's environ, for one end of a pair of sockets."""

    home = None
    already_handled: tuple[bytes, ...] = ()

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def is_possible(self) -> bool:
        return True

    def take(self) -> int:
        self._end.setblocking(False)
        return self._end.detach()


class Device:
    """One open connection of a member; ``kind`` is ws or sse."""

    def __init__(self, kind: str, member: Member, *, cursor: str, watch: list[str]) -> None:
        self.kind = kind
        self._socket, end = socket.socketpair()
        self._data = b""
        hello = {"token": member.session, "cursor": cursor, "watch": watch}
        if kind == "sse":
            self._open(member, end, "POST", "/v1/stream", json.dumps(hello).encode())
        else:
            self._open(member, end, "GET", "/v1/socket", None)
            self._socket.sendall(_masked(json.dumps({"type": "hello"} | hello).encode()))
        self._data = self._await_head()
        # Registered, and told where it stands.
        self.hear_until(lambda told: "welcome" in told)

    def hear_until(self, is_last: Any) -> list[str]:
        """Return everything that is said, up to and with what ``is_last`` is true of."""
        told: list[str] = []
        while not (told and is_last(told[-1])):
            told.append(self._next())
        return told

    def close(self) -> None:
        self._socket.close()

    def _open(self, member: Member, end: socket.socket, method: str, path: str, body: bytes | None) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
        }
        headers = upgrade if method == "GET" else {}
        environ = create_environ(path, method=method, data=body, headers=headers)
        environ["imserver.takeover"] = Offer(end)
        # A server that has given its socket away is not told what to answer.
        assert list(member.app.wsgi_app(environ, _nothing)) == []

    def _await_head(self) -> bytes:
        while b"\r\n\r\n" not in self._data:
            self._receive()
        head, _, rest = self._data.partition(b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 (101|200) ", head), head
        return rest

    def _next(self) -> str:
        """Return the next thing that is said: a frame's payload, or a block of lines without its id."""
        split = self._block if self.kind == "sse" else self._frame
        while (found := split()) is None:
            self._receive()
        return found

    def _block(self) -> str | None:
        block, mark, rest = self._data.partition(b"\n\n")
        if not mark:
            return None
        self._data = rest
        return block.decode()

    def _frame(self) -> str | None:
        data, at = self._data, 2
        if len(data) < at:
            return None
        size = data[1]
        if size > 125:
            at, size = (4, int.from_bytes(data[2:4])) if size == 126 else (10, int.from_bytes(data[2:10]))
        if len(data) < at + size:
            return None
        self._data = data[at + size :]
        return data[at : at + size].decode() if data[0] & 15 == _TEXT else f"frame {data[0] & 15}"

    def _receive(self) -> None:
        with gevent.Timeout(PATIENCE_SECONDS):
            data = self._socket.recv(1 << 18)
        assert data, f"the {self.kind} was closed"
        self._data += data


def event_in(told: str) -> dict[str, Any]:
    """Return the event of a frame or block; an empty one for what is none."""
    for line in told.splitlines():
        text = line.removeprefix("data: ")
        if text.startswith("{"):
            event: dict[str, Any] = json.loads(text)
            return event
    return {}


def watchers(member: Any, *, cursor: str, watch: list[str]) -> Iterator[Device]:
    """Open a device of each kind, each signed in by itself; ``member`` makes one."""
    for kind in ("ws", "sse"):
        yield Device(kind, member(), cursor=cursor, watch=watch)


def _masked(payload: bytes) -> bytes:
    size = len(payload)
    head = bytes((0x80 | _TEXT, _MASKED | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2)
    return head + bytes(4) + payload


def _nothing(status: str, headers: Any, *_error: Any) -> Any:
    raise AssertionError(f"the server itself was to answer {status}")
