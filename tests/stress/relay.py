"""A relay of bytes between two sockets; what a row wants to go wrong on the way is a subclass of Link."""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import gevent
from gevent import socket as gevent_socket
from gevent.server import StreamServer

from tests.services import make_folder

PIECE_BYTES = 65_536


class Link:
    """One connection through a relay: ``near`` has dialled, ``far`` is whom it wanted."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near = near
        self.far = far

    def up(self, data: bytes) -> None:
        """Bytes of the near side have come."""
        self.far.sendall(data)

    def down(self, data: bytes) -> None:
        """Bytes of the far side have come."""
        self.near.sendall(data)

    def carry(self) -> None:
        """Carry both ways until either side ends, then close both."""
        upward = gevent.spawn(_pump, self.near, self.up)
        downward = gevent.spawn(_pump, self.far, self.down)
        gevent.joinall([upward, downward], count=1)
        gevent.killall([upward, downward])
        self.close()

    def close(self) -> None:
        for sock in (self.near, self.far):
            sock.close()


def _pump(source: socket.socket, take: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(PIECE_BYTES):
            take(data)


class Relay:
    """Listens and carries; ``address`` is a path or a host with a port, and so is ``target``."""

    def __init__(self, target: "str | tuple[str, int]", make_link: Callable[..., Link]) -> None:
        self.links: set[Link] = set()
        self.is_shut = False
        self._target = target
        self._make_link = make_link
        listener = _listen(target)
        self.address = listener.getsockname()
        self._server = StreamServer(listener, self._serve)
        self._server.start()

    def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        self.is_shut = True
        for link in list(self.links):
            link.close()

    def open(self) -> None:
        """Let connections pass again."""
        self.is_shut = False

    def close(self) -> None:
        """End for good."""
        self.shut()
        self._server.stop(timeout=0.1)

    def _serve(self, near: socket.socket, _: object) -> None:
        if self.is_shut:
            return
        try:
            far = _dial(self._target)
        except OSError:
            return
        link = self._make_link(near, far)
        self.links.add(link)
        try:
            link.carry()
        finally:
            self.links.discard(link)


def _listen(target: "str | tuple[str, int]") -> socket.socket:
    if isinstance(target, str):
        listener = gevent_socket.socket(socket.AF_UNIX)
        listener.bind(str(make_folder(Path("/tmp")) / "relay.sock"))
    else:
        listener = gevent_socket.socket()
        listener.bind(("127.0.0.1", 0))
    listener.listen(1_024)
    return listener  # type: ignore[no-any-return]


def _dial(target: "str | tuple[str, int]") -> socket.socket:
    sock = gevent_socket.socket(socket.AF_UNIX if isinstance(target, str) else socket.AF_INET)
    try:
        sock.connect(target)
    except OSError:
        sock.close()
        raise
    return sock  # type: ignore[no-any-return]
