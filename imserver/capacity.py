"""How many connections a worker holds, and what follows from that: who may wait, and who is accepted."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

# Above this nobody else may wait here: what is left is for questions, which are answered and go.
FULL_RATIO = 0.9
# What nobody can mend within a minute need not be said more often.
WARN_SECONDS = 60.0


class Capacity:
    """``held`` counts the connections of now, ``connections`` is how many there may be."""

    def __init__(
        self,
        held: Callable[[], int],
        *,
        connections: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._held = held
        self._connections = connections
        self._full_at = int(connections * FULL_RATIO)
        self._clock = clock
        self._warned_at = float("-inf")

    def is_full(self) -> bool:
        """Tell whether polls must be answered at once and streams refused. Cheap, so ask every time."""
        if self._held() < self._full_at:
            return False
        self._warn("nobody else may wait")
        return True

    def has_room(self) -> bool:
        """Tell whether a connection may be accepted at all."""
        if self._held() < self._connections:
            return True
        self._warn("nobody is accepted")
        return False

    def _warn(self, consequence: str) -> None:
        now = self._clock()
        if now - self._warned_at < WARN_SECONDS:
            return
        self._warned_at = now
        log.warning(
            "this worker holds %d of server.connections = %d: %s",
            self._held(),
            self._connections,
            consequence,
        )
