"""Connections that are not read from for a moment, because their site sends more than its share.

# design: Refusing a message costs half of what storing it does, so a flood that is refused as fast as it
# comes leaves others little. A connection that was refused rests instead: its bytes stay in the kernel, and
# once that is full, its peer waits. All rest equally long, so the first to rest is the first to wake: one
# line and one greenlet for all of them.
"""

import logging
import time
from collections import deque
from collections.abc import Callable

import gevent

from imserver.parking import ParkingLot
from imserver.transports.stream import Stream

log = logging.getLogger(__name__)

# As long as a site that is too fast is told to wait.
REST_SECONDS = 1.0
# A thousand that rest together would hold the loop for 100 ms if they went on together.
WOKEN_PER_TURN, TURN_SECONDS = 20, 0.005


class Resting:
    """``on_wake`` gets each stream that has rested; it must not block. ``spawn_later`` starts the wake-up."""

    def __init__(
        self,
        lot: ParkingLot,
        *,
        on_wake: Callable[[Stream], None] = lambda stream: None,
        clock: Callable[[], float] = time.monotonic,
        spawn_later: Callable[..., object] = gevent.spawn_later,
    ) -> None:
        self.on_wake = on_wake
        self._lot = lot
        self._clock = clock
        self._spawn_later = spawn_later
        self._streams: dict[int, Stream] = {}
        self._line: deque[tuple[float, Stream]] = deque()

    def __contains__(self, stream: Stream) -> bool:
        return stream.fd in self._streams

    def __len__(self) -> int:
        return len(self._streams)

    def add(self, stream: Stream) -> None:
        """Let the stream rest; one that rests already, or has ended, does not rest longer. Never blocks."""
        if stream.fd in self._streams or stream.fd not in self._lot:
            return
        self._lot.hear_bytes(stream.fd, wanted=False)
        self._streams[stream.fd] = stream
        if not self._line:
            self._spawn_later(REST_SECONDS, self.wake)
        self._line.append((self._clock() + REST_SECONDS, stream))

    def forget(self, fd: int) -> None:
        """The connection has ended."""
        self._streams.pop(fd, None)

    def wake(self) -> None:
        """Read again from those that have rested, a few in a turn: others are served between them."""
        now, left = self._clock(), WOKEN_PER_TURN
        while left and self._line and self._line[0][0] <= now:
            left -= 1
            _, stream = self._line.popleft()
            # Another connection may have the descriptor by now.
            if self._streams.get(stream.fd) is stream:
                del self._streams[stream.fd]
                self._lot.hear_bytes(stream.fd, wanted=True)
                self._tell(stream)
        if self._line:
            self._spawn_later(max(TURN_SECONDS, self._line[0][0] - self._clock()), self.wake)

    def _tell(self, stream: Stream) -> None:
        try:
            self.on_wake(stream)
        except Exception:
            # The others in the line wait for their turn.
            log.exception("a connection that had rested could not go on")
