"""Bytes on their way to sockets that stay open: gathered, written, and held back for slow readers.

# design: What is said to one socket within a turn of the hub is written by one system call at its end. What
# the socket does not take waits here, in whole pieces, so that a connection can still be closed with a
# proper last word. The limits are promises about memory: whoever exceeds them is told to the transport,
# which closes the connection; its client comes back with its cursor and has lost nothing.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Callable

import gevent

from imserver.parking import ParkingLot

log = logging.getLogger(__name__)

# Who has not taken a byte for so long is not reading any more.
STALLED_SECONDS = 12.0
LOOK_SECONDS = 1.0
# Above this a connection gets its events from the log, as fast as it reads them.
FULL_BYTES = 32_768
# What a slow reader may still be given before its last word, beyond all limits: ten thousand of them are
# closed together, and each that does not read keeps a greenlet for some seconds.
LAST_WORDS_BYTES = 1_024
_PIECE_BYTES = 65_536


class Rest:
    """What one socket has not taken yet. ``pieces`` are whole but for the first, once that ``is_begun``."""

    __slots__ = ("is_begun", "moved_at", "pieces", "size_bytes")

    def __init__(self, piece: bytes, now: float, *, is_begun: bool) -> None:
        self.pieces = deque([piece])
        self.is_begun = is_begun
        self.size_bytes = len(piece)
        self.moved_at = now


class Outbox:
    """One worker's.

    ``on_slow`` and ``on_gone`` close a connection; ``on_drained`` tells that everything has been written.
    """

    def __init__(
        self,
        lot: ParkingLot,
        *,
        socket_bytes: int,
        worker_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.on_slow: Callable[[int], None] = lambda fd: None
        self.on_gone: Callable[[int], None] = lambda fd: None
        self.on_drained: Callable[[int], None] = lambda fd: None
        self.waiting_bytes = 0
        self._lot = lot
        self._socket_bytes = socket_bytes
        self._worker_bytes = worker_bytes
        self._clock = clock
        self._gathered: dict[int, bytes] = {}
        self._rests: dict[int, Rest] = {}
        self._loop = gevent.get_hub().loop
        self._timer = self._loop.timer(LOOK_SECONDS, repeat=LOOK_SECONDS)
        self._is_looking = False

    def put(self, fd: int, data: bytes) -> None:
        """Write ``data`` at the end of this turn. Never blocks."""
        gathered = self._gathered
        if not gathered:
            self._loop.run_callback(self.flush)
        before = gathered.get(fd)
        gathered[fd] = data if before is None else before + data

    def is_full(self, fd: int) -> bool:
        """Tell whether the socket has so much to take that more should not be made."""
        waiting = len(self._gathered.get(fd, b""))
        if self._rests and fd in self._rests:
            waiting += self._rests[fd].size_bytes
        return waiting > FULL_BYTES

    def take(self, fd: int) -> bytes:
        """Return what ``fd`` has not been given yet, and forget the socket."""
        data = self._gathered.pop(fd, b"")
        rest = self._forget(fd)
        return data if rest is None else b"".join(rest.pieces) + data

    def take_begun(self, fd: int) -> bytes | None:
        """Return the end of what ``fd`` was given half of, None if it is long; forget the rest."""
        self._gathered.pop(fd, None)
        rest = self._forget(fd)
        begun = rest.pieces[0] if rest is not None and rest.is_begun else b""
        return begun if len(begun) <= LAST_WORDS_BYTES else None

    def flush(self) -> None:
        """Write what was gathered."""
        gathered = self._gathered
        try:
            while gathered:
                # One at a time: closing one connection may take what another was to be given.
                fd, data = gathered.popitem()
                rest = self._rests.get(fd)
                if rest is None:
                    self._write(fd, data)
                else:
                    self._append(fd, rest, data)
        finally:
            if gathered:
                # One connection's bug must not keep what the others are to be told, now and for ever.
                self._loop.run_callback(self.flush)

    def on_writable(self, fd: int) -> None:
        """The socket takes bytes again."""
        rest = self._rests[fd]
        while rest.pieces:
            piece = rest.pieces[0]
            written = self._try(fd, piece[:_PIECE_BYTES])
            if written is None:
                return
            rest.size_bytes -= written
            self.waiting_bytes -= written
            if written:
                rest.moved_at = self._clock()
            if written < len(piece):
                rest.pieces[0] = piece[written:]
                rest.is_begun = rest.is_begun or written > 0
                return
            rest.pieces.popleft()
            rest.is_begun = False
        self._forget(fd)
        self._lot.hear_writable(fd, wanted=False)
        self.on_drained(fd)

    def close(self) -> None:
        """Stop looking for readers that stand still."""
        self._timer.stop()

    def _write(self, fd: int, data: bytes) -> None:
        written = self._try(fd, data)
        if written is None:
            return
        if written == len(data):
            if written > FULL_BYTES:
                # So much was gathered in one turn that its readers were stopped.
                self.on_drained(fd)
            return
        rest = self._rests[fd] = Rest(data[written:], self._clock(), is_begun=written > 0)
        self.waiting_bytes += rest.size_bytes
        self._lot.hear_writable(fd, wanted=True)
        if not self._is_looking:
            self._is_looking = True
            self._timer.start(self._look)
        self._check(fd, rest)

    def _try(self, fd: int, data: bytes) -> int | None:
        try:
            return os.write(fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            # Besides those that a peer causes there are those of the network, such as EHOSTUNREACH.
            log.debug("a peer cannot be written to: %s", error)
            self.on_gone(fd)
            return None

    def _append(self, fd: int, rest: Rest, data: bytes) -> None:
        rest.pieces.append(data)
        rest.size_bytes += len(data)
        self.waiting_bytes += len(data)
        self._check(fd, rest)

    def _check(self, fd: int, rest: Rest) -> None:
        if rest.size_bytes > self._socket_bytes:
            self.on_slow(fd)
        while self.waiting_bytes > self._worker_bytes and self._rests:
            self.on_slow(max(self._rests, key=lambda each: self._rests[each].size_bytes))

    def _look(self) -> None:
        stalled_since = self._clock() - STALLED_SECONDS
        for fd in [fd for fd, rest in self._rests.items() if rest.moved_at <= stalled_since]:
            self.on_slow(fd)
        if not self._rests:
            self._is_looking = False
            self._timer.stop()

    def _forget(self, fd: int) -> Rest | None:
        rest = self._rests.pop(fd, None)
        if rest is not None:
            self.waiting_bytes -= rest.size_bytes
        return rest
