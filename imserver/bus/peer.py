"""The way to one other worker of this box: a socket, and what it has not taken yet."""

from collections import deque

import gevent
from gevent import socket

# A worker that stands still takes ten datagrams (net.unix.max_dgram_qlen), 20 ms of a busy chat; what comes
# then waits here, and is the same bytes for every peer. Two seconds at 10,000 hints a second.
WAITING_BYTES = 4_194_304
WAITING_DATAGRAMS = 4_096


class Peer:
    """Raises OSError from the start on when nobody is there; afterwards ``is_lost`` says so."""

    __slots__ = ("_socket", "_waiting", "_waiting_bytes", "_watcher", "is_lost")

    def __init__(self, path: str) -> None:
        self.is_lost = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._watcher = gevent.get_hub().loop.io(self._socket.fileno(), 2)

    def send(self, datagram: bytes) -> bool:
        """Send now, or as soon as there is room; False for what was dropped. Never blocks."""
        if self._waiting:
            return self._wait_with(datagram)
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            self._watcher.start(self._send_waiting)
            return self._wait_with(datagram)
        except OSError:
            self.is_lost = True
            return False
        return True

    def close(self) -> None:
        """Let go; what still waits is lost."""
        self._watcher.stop()
        self._watcher.close()
        self._socket.close()
        self._waiting.clear()

    def _wait_with(self, datagram: bytes) -> bool:
        has_room = (
            len(self._waiting) < WAITING_DATAGRAMS and self._waiting_bytes + len(datagram) <= WAITING_BYTES
        )
        if has_room or not self._waiting:
            self._waiting.append(datagram)
            self._waiting_bytes += len(datagram)
            return True
        return False

    def _send_waiting(self) -> None:
        try:
            while self._waiting:
                self._socket.send(self._waiting[0])
                self._waiting_bytes -= len(self._waiting.popleft())
        except BlockingIOError:
            return
        except OSError:
            self.is_lost = True
            self._waiting.clear()
            self._waiting_bytes = 0
        self._watcher.stop()
