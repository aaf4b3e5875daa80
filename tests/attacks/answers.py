"""What a server has said on one connection, read without any mercy."""

import contextlib
import json
import re
import socket
from dataclasses import dataclass
from typing import Any

# Longer than any honest wait of these servers; whatever takes this long hangs.
HANG_SECONDS = 15.0
_STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9]{2}) [A-Za-z -]+\r\n")


class Broken(Exception):
    """Bytes between, in or behind answers that belong to none."""


@dataclass(frozen=True, slots=True)
class Said:
    """One complete answer; one that never ends by itself has what was said until the end as its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"

    def meaning(self) -> tuple[Any, ...]:
        """Return what must be the same whichever way a request took."""
        return self.status, self.closes, self.headers.get("access-control-allow-origin"), _gist(self.body)


def _gist(body: bytes) -> Any:
    try:
        told = json.loads(body)
    except ValueError:
        return body
    if isinstance(told, dict) and "error" in told:
        return told["error"]["code"]
    # Marks, numbers and times differ from one moment to the next.
    return sorted(told) if isinstance(told, dict) else told


def read_answers(data: bytes) -> list[Said]:
    """Return the answers in ``data``; raise Broken for anything that is none."""
    answers: list[Said] = []
    while data:
        head, mark, rest = data.partition(b"\r\n\r\n")
        match = _STATUS.match(data)
        if match is None or not mark:
            raise Broken(data[:120])
        if match[1] == b"100":
            data = rest
            continue
        fields = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, _, value in fields}
        length = int(headers.get("content-length", "0"))
        if "content-length" not in headers and match[1] not in (b"204", b"304"):
            length = len(rest)
        if len(rest) < length:
            raise Broken(f"an answer without its end: {data[:120]!r}")
        answers.append(Said(int(match[1]), headers, rest[:length]))
        data = rest[length:]
    return answers


class Talk:
    """One connection; what it is told collects in ``heard``."""

    def __init__(self, port: int) -> None:
        self.heard = b""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Talk":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def say(self, data: bytes) -> None:
        """Write; a server that has closed already is no failure."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(data)

    def hear(self) -> bool:
        """Read once; return whether there may be more. Raises TimeoutError for a server that hangs."""
        try:
            piece = self._socket.recv(65_536)
        except ConnectionError:
            return False
        self.heard += piece
        return bool(piece)

    def hear_until(self, mark: bytes) -> bool:
        """Read until ``mark`` has been heard; return False when the end came first."""
        while mark not in self.heard:
            if not self.hear():
                return False
        return True

    def half_close(self) -> None:
        """Say that nothing more comes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def finish(self) -> bytes:
        """Say that nothing more comes, read to the end, and return all that was heard."""
        self.half_close()
        while self.hear():
            pass
        return self.heard


def ask(port: int, data: bytes) -> bytes:
    """Return everything that a server says to ``data`` and its end."""
    with Talk(port) as talk:
        talk.say(data)
        return talk.finish()
