"""One epoll object, timers, and connections that never block: what every client of a process shares."""

import errno
import heapq
import itertools
import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

# A page of history or a burst of events takes a few reads. More would be mapped and unmapped at each read:
# 262,144 bytes cost a tenth of the CPU of a run.
READ_BYTES = 16_384
# Short enough that a message leaves within a millisecond of its time.
TICK_SECONDS = 0.001
PEER_GONE = (BrokenPipeError, ConnectionResetError, TimeoutError)
_LOCAL_PORT_IN_BIND = 24  # IP_BIND_ADDRESS_NO_PORT: choose the port at connect, per destination


class Owner(Protocol):
    """What a connection tells its owner."""

    def on_data(self, line: "Line", data: bytes) -> None: ...
    def on_closed(self, line: "Line", reason: str) -> None: ...


class Line:
    """One TCP connection; bytes that the kernel does not take wait in ``_unsent``."""

    __slots__ = ("_loop", "_unsent", "client", "is_open", "owner", "socket")

    def __init__(self, loop: "Loop", owner: Owner, connection: socket.socket, first: bytes) -> None:
        self._loop = loop
        self._unsent = first
        self.owner = owner
        self.socket = connection
        self.is_open = True
        # Whose it is, for owners that have many.
        self.client: Any = None

    def write(self, data: bytes) -> None:
        """Send ``data``, or as much as goes, and the rest when there is room."""
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except PEER_GONE:
            self.close("lost")
            return
        if sent < len(data):
            self._unsent = data[sent:]
            self._loop.want_room(self, wanted=True)

    def on_event(self, events: int) -> None:
        """epoll said something."""
        if events & select.EPOLLOUT and self._unsent:
            self._flush()
        if events & ~select.EPOLLOUT and self.is_open:
            self._read()

    def close(self, reason: str) -> None:
        """Close it and tell the owner, once; an empty reason tells nobody."""
        if not self.is_open:
            return
        self.is_open = False
        self._loop.forget(self)
        if reason:
            self.owner.on_closed(self, reason)

    def _read(self) -> None:
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionRefusedError:
            self.close("refused")
            return
        except OSError:
            self.close("lost")
            return
        if data:
            self.owner.on_data(self, data)
        else:
            self.close("closed")

    def _flush(self) -> None:
        waiting, self._unsent = self._unsent, b""
        self._loop.want_room(self, wanted=False)
        self.write(waiting)


class Loop:
    """``addresses`` are the local addresses to connect from in turn; empty: the kernel's choice."""

    def __init__(self, target: tuple[str, int], *, addresses: list[str]) -> None:
        self._epoll = select.epoll()
        self._lines: dict[int, Line] = {}
        self._watched: dict[int, Callable[[int], None]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._target = target
        self._addresses = itertools.cycle(addresses) if addresses else None
        self._family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
        self.now = time.monotonic()

    def __len__(self) -> int:
        return len(self._lines)

    def connect(self, owner: Owner, first: bytes) -> Line:
        """Begin a connection that sends ``first`` once it stands.

        Raises OSError when the machine has no descriptor or no port for it.
        """
        connection = socket.socket(self._family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._addresses is not None:
                connection.setsockopt(socket.IPPROTO_IP, _LOCAL_PORT_IN_BIND, 1)
                connection.bind((next(self._addresses), 0))
            code = connection.connect_ex(self._target)
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, os.strerror(code))
            line = Line(self, owner, connection, first)
            self._epoll.register(connection.fileno(), select.EPOLLIN | select.EPOLLOUT)
        except OSError:
            connection.close()
            raise
        self._lines[connection.fileno()] = line
        return line

    def watch(self, descriptor: int, heard: Callable[[int], None]) -> None:
        """Call ``heard(events)`` when ``descriptor`` has something to read."""
        self._watched[descriptor] = heard
        self._epoll.register(descriptor, select.EPOLLIN)

    def want_room(self, line: Line, *, wanted: bool) -> None:
        """Be told when the kernel takes more bytes of ``line``."""
        events = select.EPOLLIN | (select.EPOLLOUT if wanted else 0)
        self._epoll.modify(line.socket.fileno(), events)

    def forget(self, line: Line) -> None:
        """Close the descriptor; epoll forgets it by itself."""
        self._lines.pop(line.socket.fileno(), None)
        line.socket.close()

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once after ``seconds``. It cannot be taken back: ``call`` looks whether it still applies."""
        heapq.heappush(self._timers, (self.now + seconds, next(self._numbers), call))

    def turn(self, seconds: float = TICK_SECONDS) -> None:
        """Wait at most so long for something to happen, and deal with all of it."""
        lines = self._lines
        for descriptor, events in self._epoll.poll(seconds, 1_024):
            line = lines.get(descriptor)
            if line is not None:
                line.on_event(events)
            elif descriptor in self._watched:
                self._watched[descriptor](events)
        self.now = time.monotonic()
        while self._timers and self._timers[0][0] <= self.now:
            heapq.heappop(self._timers)[2]()

    def run_until(self, fact: Callable[[], bool], *, deadline: float) -> bool:
        """Turn until ``fact()`` or the monotonic time ``deadline``; return the fact."""
        while not fact():
            if self.now > deadline:
                return False
            self.turn(0.01)
        return True

    def close(self) -> None:
        """Close every connection without telling the owners."""
        for line in list(self._lines.values()):
            line.close("")
        self._epoll.close()
