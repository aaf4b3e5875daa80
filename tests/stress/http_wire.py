"""HTTP/1.1 on a bare socket: nothing retries, follows or forgets unless a client here decides so."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gevent import socket as gevent_socket
from gevent.event import Event
from gevent.lock import BoundedSemaphore

ANSWER_SECONDS = 40.0
CONNECT_SECONDS = 10.0
# An end of the stream sooner than this after a request is the race of every kept connection, not a cut wait.
RACE_SECONDS = 1.0
Address = tuple[str, int]


class Cut(ConnectionError):
    """The connection ended before the answer did. ``waited_seconds``: since the request was written."""

    def __init__(self, waited_seconds: float, *, partial: bool) -> None:
        super().__init__(f"cut after {waited_seconds:.1f} s")
        self.waited_seconds = waited_seconds
        self.partial = partial


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete HTTP answer. ``waited_seconds``: since the request was written."""

    status: int
    headers: dict[str, str]
    body: bytes
    waited_seconds: float

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def stays_open(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


def open_connection(address: Address) -> gevent_socket.socket:
    """Connect to an address of numbers.

    ``create_connection`` would look each up in one of ten threads: 10,000 at once came at 500 in a second,
    and a send that needed a connection stood in that line for 12 s.
    """
    sock = gevent_socket.socket()
    _connect(sock, address)
    return sock


def narrow_connection(address: Address) -> gevent_socket.socket:
    """Connect as over a long road: small segments, a small window.

    On the loopback the kernels would take megabytes for a reader that has stopped.
    """
    sock = gevent_socket.socket()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    _connect(sock, address)
    return sock


def _connect(sock: gevent_socket.socket, address: Address) -> None:
    sock.settimeout(CONNECT_SECONDS)
    try:
        # On the loopback it is there at once: whoever looks again needs no turn of a busy loop.
        sock._sock.connect_ex(address)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise


class HttpConnection:
    """One connection that is used for one request at a time; it reads while ``gate`` is open."""

    def __init__(
        self,
        address: Address,
        *,
        seconds: float = ANSWER_SECONDS,
        gate: Event | None = None,
        is_narrow: bool = False,
    ) -> None:
        self.sock = narrow_connection(address) if is_narrow else open_connection(address)
        self._gate = gate
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(seconds)
        self.asked_at = 0.0
        # A WebSocket is written to by whoever sends and by whoever waits, and a full one lets both wait.
        self._writing = BoundedSemaphore()
        self._read = b""

    @property
    def port(self) -> int:
        """The local port, by which the worker at the other end can be found."""
        return int(self.sock.getsockname()[1])

    def ask(
        self, method: str, path: str, body: Any = None, *, session: str = "", headers: str = ""
    ) -> Answer:
        """Send one request and return its answer; raise Cut when the stream ends first."""
        self.write(request_bytes(method, path, body, session=session, headers=headers))
        return self.answer()

    def write(self, data: bytes) -> None:
        self.asked_at = time.monotonic()
        try:
            with self._writing:
                self.sock.sendall(data)
        except ConnectionError as error:
            raise Cut(0.0, partial=False) from error

    def answer(self) -> Answer:
        """Return the next complete answer."""
        status, headers = self.head()
        length = int(headers.get("content-length", "0"))
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return Answer(status, headers, body, time.monotonic() - self.asked_at)

    def head(self) -> tuple[int, dict[str, str]]:
        """Return status and headers; what follows is in ``rest``, ``lines`` or ``answer``."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return int(status_line.split()[1]), headers

    def lines(self) -> Iterator[str]:
        """Yield the lines of an endless body; raise Cut at its end."""
        while True:
            while b"\n" not in self._read:
                self._more()
            line, _, self._read = self._read.partition(b"\n")
            yield line.rstrip(b"\r").decode()

    def exactly(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        while len(self._read) < count:
            self._more()
        data, self._read = self._read[:count], self._read[count:]
        return data

    def close(self) -> None:
        self.sock.close()

    def _more(self) -> None:
        if self._gate is not None:
            self._gate.wait()
        try:
            piece = self.sock.recv(65_536)
        except ConnectionError:
            piece = b""
        if not piece:
            raise Cut(time.monotonic() - self.asked_at, partial=bool(self._read))
        self._read += piece


def request_bytes(method: str, path: str, body: Any = None, *, session: str = "", headers: str = "") -> bytes:
    """Return one HTTP/1.1 request; ``headers`` are whole lines."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"Content-Length: {len(data)}"] if body is not None else []
    lines += [f"Authorization: Bearer {session}"] if session else []
    return "\r\n".join([*lines, headers.strip(), ""] if headers else [*lines, ""]).encode() + b"\r\n" + data


# The server closes an idle connection after 20 s. A browser asks again by itself when that crosses its
# question; a client that leaves old connections alone needs not.
IDLE_SECONDS = 15.0


class Pool:
    """Kept connections for calls that do not wait, as a browser keeps some."""

    def __init__(self, address: Address, *, seconds: float = 12.0) -> None:
        self.address = address
        self._seconds = seconds
        # The one that was used last is the last.
        self._idle: list[HttpConnection] = []

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        session: str = "",
        note: Callable[[int], None] = lambda port: None,
    ) -> Answer:
        """Ask on a kept connection or a new one; one that failed is not used again.

        ``note`` is told the local port before the question is written.
        """
        connection = self._take()
        try:
            note(connection.port)
            answer = connection.ask(method, path, body, session=session)
        except BaseException:
            connection.close()
            raise
        if answer.stays_open:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def keep(self, count: int) -> None:
        """Have ``count`` connections that have had an answer and wait for their next question."""
        fresh = [HttpConnection(self.address, seconds=self._seconds) for _ in range(count)]
        for connection in fresh:
            connection.ask("GET", "/healthz")
        self._idle += fresh

    def _take(self) -> HttpConnection:
        if self._idle and time.monotonic() - self._idle[-1].asked_at > IDLE_SECONDS:
            self.close()
        return self._idle.pop() if self._idle else HttpConnection(self.address, seconds=self._seconds)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
