"""Where connections wait for a whole request, fresh ones and those that have had their answer.

# design: A connection that has not said everything costs a place in the parking lot and nothing else: its
# bytes stay in the kernel and are only looked at. Two tenants stand for all of a listening socket's
# connections: the Door for those that have had an answer and are silent, the Threshold for the fresh ones and
# those in the middle of a request. Whoever takes longer than ``head_seconds`` over one is closed, so slow
# attackers cost little; for a fresh connection that time begins when it is accepted.
# When the worker stops, nobody is shut out at once: a request may be on its way to a connection that looks
# idle. For LINGER_SECONDS it is still answered, and that answer is the connection's last.
"""

import errno
import logging
import os
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

import gevent

from imserver.errors import RequestTimeout
from imserver.parking import ParkingLot
from imserver.protocol.answers import error_answer
from imserver.protocol.http import json_answer
from imserver.protocol.requests import Look, PlainRequest
from imserver.transports.sockets import PEER_GONE, close_socket
from imserver.transports.takeover import Home

log = logging.getLogger(__name__)

# Out of descriptors or memory: those who wait are accepted when there are some again.
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE_SECONDS = 0.1
# A worker that is alone takes what has queued up; one of several leaves some to the others: it takes one for
# each millisecond that its last turn has taken. With one for each turn the last of 255 who came at once to
# two busy workers was let in after 2.3 s.
ACCEPTS_PER_TURN, ACCEPTS_PER_SECOND = 64, 1_000
# Nothing that lies longer back is the last turn: nobody had come for a while.
TURN_SECONDS = 2.0
_UNREAD_BYTES = 65_536
# Longer than a round trip, and than a client needs for its next request; short beside graceful_seconds.
LINGER_SECONDS = 1.0
_NOT_WHOLE = (Look.NOTHING, Look.PARTIAL, Look.HEADED)


class Server(Protocol):
    """Who answers requests. ``look`` and ``serve`` as in ``handlers.quick.QuickDoor``."""

    def look(self, fd: int) -> PlainRequest | Look: ...
    def serve(self, fd: int, request: PlainRequest, home: Home | None) -> None: ...


class Door:
    """The home of one listening socket's connections. ``hand_over`` gives a socket to the web server."""

    stays: Literal[False] = False

    def __init__(
        self,
        lot: ParkingLot,
        server: Server,
        *,
        hand_over: Callable[[int], object],
        is_open: Callable[[], bool],
        keepalive_seconds: float,
        head_seconds: float,
    ) -> None:
        self._lot = lot
        self._server = server
        self._hand_over = hand_over
        self._keepalive_seconds = keepalive_seconds
        self._head_seconds = head_seconds
        self._threshold = Threshold(self.on_more, self.on_late, self.linger)
        self._leaving = Threshold(self.on_more, self.shut, self.shut)
        self.is_open = is_open

    def admit(self, fd: int) -> None:
        """Take a fresh connection in: whoever connects has something to say soon. Never blocks.

        Its first request has to be there ``head_seconds`` from now, whenever the first byte of it comes.
        """
        found = self._server.look(fd)
        if found in _NOT_WHOLE:
            self._wait_for_more(fd)
        else:
            self._enter(fd, found)

    def give_back(self, fd: int) -> None:
        """Let a connection that has its answer wait for its next request. Never blocks.

        One whose answer said that it was the last is closed, unless the next request is there already.
        """
        if self.is_open():
            self._lot.park(fd, self, seconds=self._keepalive_seconds)
            return
        found = self._server.look(fd)
        self._enter(fd, Look.GONE if found in _NOT_WHOLE else found)

    def keep(self, fd: int) -> None:
        """Do the same for a connection whose answer promised to take another request."""
        if self.is_open():
            self._lot.park(fd, self, seconds=self._keepalive_seconds)
        else:
            self.on_drain(fd)

    def on_readable(self, fd: int) -> None:
        found = self._server.look(fd)
        if found is Look.PARTIAL or found is Look.HEADED:
            self._wait_for_more(fd)
        elif found is Look.NOTHING:
            self._lot.park(fd, self, seconds=self._keepalive_seconds)
        else:
            self._enter(fd, found)

    def on_expired(self, fd: int) -> None:
        close_socket(fd)

    def on_drain(self, fd: int) -> None:
        """Answer what has been asked already, or is on its way, as the last answer of this connection."""
        found = self._server.look(fd)
        if found in _NOT_WHOLE:
            self._lot.stay(fd, self._leaving, seconds=LINGER_SECONDS, reads=False)
        else:
            self._enter(fd, found)

    # -- in the middle of a request

    def on_more(self, fd: int) -> None:
        """More of a request has arrived on a connection that stays on the threshold."""
        found = self._server.look(fd)
        if found in _NOT_WHOLE:
            return
        self._lot.leave(fd)
        self._enter(fd, found)

    def on_late(self, fd: int) -> None:
        """A request took too long to arrive. Whoever sent its head is told so."""
        self._lot.leave(fd)
        if self._server.look(fd) is Look.HEADED:
            _say_too_late(fd)
        close_socket(fd)

    def linger(self, fd: int) -> None:
        """The worker stops: the rest of a request may be on its way."""
        self._lot.leave(fd)
        self.on_drain(fd)

    def shut(self, fd: int) -> None:
        """Close a connection from which nothing more came."""
        self._lot.leave(fd)
        close_socket(fd)

    def _wait_for_more(self, fd: int) -> None:
        self._lot.stay(fd, self._threshold, seconds=self._head_seconds, reads=False)

    def _enter(self, fd: int, found: PlainRequest | Look) -> None:
        if found is Look.GONE:
            close_socket(fd)
        elif isinstance(found, PlainRequest):
            self._server.serve(fd, found, self if self.is_open() else None)
        else:
            self._hand_over(fd)


class Threshold:
    """The tenant of a door's connections that have a request to finish, or to begin at all."""

    __slots__ = ("on_drain", "on_expired", "on_readable")
    stays: Literal[True] = True

    def __init__(
        self,
        on_readable: Callable[[int], None],
        on_expired: Callable[[int], None],
        on_drain: Callable[[int], None],
    ) -> None:
        self.on_readable = on_readable
        self.on_expired = on_expired
        self.on_drain = on_drain

    def on_writable(self, fd: int) -> None:
        """Nobody asked to hear this."""


class Acceptor:
    """Accepts one listening socket's connections, and none while ``has_room`` says no."""

    def __init__(
        self,
        listener: Any,
        admit: Callable[[int], object],
        *,
        has_room: Callable[[], bool],
        is_alone: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._admit = admit
        self._has_room = has_room
        self._is_alone = is_alone
        self._clock = clock
        self._looked_at = clock()
        loop = gevent.get_hub().loop
        self._watcher = loop.io(listener.fileno(), 1)
        self._timer = loop.timer(PAUSE_SECONDS)
        self._is_finished = False

    def start(self) -> None:
        """Accept connections from now on."""
        self._watcher.start(self._accept_some)

    def finish(self) -> None:
        """Admit who has connected already, then close the listening socket."""
        self._is_finished = True
        self._watcher.stop()
        self._timer.stop()
        while (fd := self._accept()) >= 0:
            self._admit(fd)
        self._listener.close()

    def pause(self) -> None:
        """Leave those who connect to the other workers, or in the queue, for a moment."""
        if self._is_finished:
            return
        self._watcher.stop()
        self._timer.stop()
        self._timer.start(self.start)

    def _accept_some(self) -> None:
        for _ in range(self._take_count()):
            if not self._has_room():
                self.pause()
                return
            fd = self._accept()
            if fd < 0:
                return
            self._admit(fd)

    def _take_count(self) -> int:
        """Return how many are taken in this turn, if they are there."""
        if self._is_alone:
            return ACCEPTS_PER_TURN
        before, self._looked_at = self._looked_at, self._clock()
        turn_seconds = self._looked_at - before
        if turn_seconds > TURN_SECONDS:
            return 1
        return min(ACCEPTS_PER_TURN, 1 + int(turn_seconds * ACCEPTS_PER_SECOND))

    def _accept(self) -> int:
        """Return a connection in non-blocking mode; -1 when there is none."""
        try:
            fd, _ = self._listener._accept()
        except BlockingIOError:
            return -1
        except OSError as error:
            if error.errno in EXHAUSTED:
                log.warning("no connection can be accepted: %s", error.strerror)
                self.pause()
            return -1
        os.set_blocking(fd, False)
        return int(fd)


def _say_too_late(fd: int) -> None:
    error = RequestTimeout()
    try:
        os.write(fd, json_answer(error_answer(error), status=error.status, keep_alive=False))
        # Closing a socket with unread bytes makes the kernel drop the answer.
        os.read(fd, _UNREAD_BYTES)
    except (*PEER_GONE, BlockingIOError) as gone:
        log.debug("a peer left before its answer: %s", gone)
