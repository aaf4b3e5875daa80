"""Bytes to sockets that no greenlet waits on, and what is heard from them."""

import logging
import os
import select
import socket
from collections.abc import Callable

import gevent
from gevent import monkey
from gevent.pool import Group

from imserver.transports.takeover import Home

log = logging.getLogger(__name__)

# gevent's own close() waits until the loop lets go of the descriptor, with an Event for each. Ours were only
# ever in the lot's epoll object, which forgets what is closed; and an idle hub would keep them open.
close_socket: Callable[[int], None] = monkey.get_original("os", "close")
PEER_GONE = (BrokenPipeError, ConnectionResetError, TimeoutError)
# What the socket's buffer does not take at once is written by a greenlet, for so long.
SLOW_WRITE_SECONDS = 15.0
# And so much of it may wait for all of them; who comes then is cut off, and asks again for what it has not
# got. A page of the log is 256 KB, and thousands of slow readers may ask for one at the same time.
SLOW_WRITE_BYTES = 8 * 2**20
# The kernel gives up on bytes that nobody acknowledges: what a vanished peer of a silent kind is found by.
UNACKNOWLEDGED_MS = 30_000
# Who goes on sending while its connection is closed is not waited for.
_DISCARDS, _DISCARDED_BYTES = 16, 65_536


class AnswerWriter:
    """Writes whole answers to parked sockets and sends the sockets home."""

    def __init__(self) -> None:
        self._slow = Group()
        self._slow_bytes = 0

    def write(self, fd: int, data: bytes, *, home: Home | None) -> None:
        """Write ``data``; then ``fd`` goes to ``home``, or is closed. Never blocks.

        A peer that has left is not an error: it comes back with its cursor.
        """
        try:
            written = os.write(fd, data)
        except BlockingIOError:
            written = 0
        except PEER_GONE as error:
            log.debug("a peer left before its answer: %s", error)
            close_socket(fd)
            return
        rest = data[written:]
        if not rest:
            _send_home(fd, home)
        elif self._slow_bytes + len(rest) > SLOW_WRITE_BYTES:
            log.debug("too much waits for slow readers")
            close_socket(fd)
        else:
            self._slow_bytes += len(rest)
            self._slow.spawn(self._write_slowly, fd, rest, home)

    def join(self, seconds: float) -> None:
        """Wait until the slow readers have their answers, for at most ``seconds``."""
        self._slow.join(timeout=seconds)

    def _write_slowly(self, fd: int, rest: bytes, home: Home | None) -> None:
        peer = gevent.socket.socket(fileno=fd)
        try:
            with gevent.Timeout(SLOW_WRITE_SECONDS, TimeoutError):
                peer.sendall(rest)
        except PEER_GONE as error:
            log.debug("a slow reader was closed: %s", error)
            peer.close()
            return
        finally:
            self._slow_bytes -= len(rest)
        _send_home(peer.detach(), home)


def is_gone(fd: int) -> bool:
    """Tell whether the peer has closed its end, whatever bytes lie there before it. Never blocks."""
    # The patched poll() and recv() would switch to the hub, from which this is called.
    poll = monkey.get_original("select", "poll")()
    poll.register(fd, select.POLLRDHUP)
    return bool(poll.poll(0))


def tune_socket(fd: int) -> None:
    """Let small frames go at once, and a peer that vanished be found. Never blocks."""
    peer = socket.socket(fileno=fd)
    try:
        # Behind a proxy of this box it may be a unix socket, which knows neither.
        if peer.family != socket.AF_UNIX:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        log.debug("a peer has left already: %s", error)
    finally:
        peer.detach()


def discard_input(fd: int) -> None:
    """Read what lies there: closing a socket with unread bytes makes the kernel drop our last words."""
    try:
        for _ in range(_DISCARDS):
            if len(os.read(fd, _DISCARDED_BYTES)) < _DISCARDED_BYTES:
                return
    except OSError as error:
        log.debug("nothing to discard: %s", error)


def _send_home(fd: int, home: Home | None) -> None:
    if home is None:
        close_socket(fd)
        return
    home.give_back(fd)
