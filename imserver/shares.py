"""How the connections of a box are spread over its workers. Pure state, no I/O.

# design: All workers accept from one listening socket, and the kernel does not care who holds how many. Each
# says once a second what it holds; one that holds much more than the mean sends some of its own away.
"""

# A worker says what it holds once a second; one that was not heard of for so long is gone or stands still.
HEARD_SECONDS = 3.0
# Below this the differences are chance and cost nobody anything.
FLOOR_CONNECTIONS = 50
HEAVY_RATIO = 1.25


class Shares:
    """What the workers of a box hold. ``now`` is in seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[int, float]] = {}

    def note(self, worker_id: str, connections: int, now: float) -> None:
        """Take in what ``worker_id``, another worker, says that it holds."""
        self._heard[worker_id] = connections, now

    def mean(self, own: int, now: float) -> float:
        """Return the mean over us, who hold ``own``, and those who were heard of lately."""
        self._forget_silent(now)
        return (own + sum(count for count, _ in self._heard.values())) / (1 + len(self._heard))

    def is_heavy(self, own: int, now: float) -> bool:
        """Tell whether we hold so much more than the mean that others should take over."""
        return own >= FLOOR_CONNECTIONS and own > HEAVY_RATIO * self.mean(own, now)

    def excess(self, own: int, now: float) -> int:
        """Return how many connections we hold above the mean; 0 unless we are heavy."""
        return int(own - self.mean(own, now)) if self.is_heavy(own, now) else 0

    def _forget_silent(self, now: float) -> None:
        silent = [worker for worker, (_, at) in self._heard.items() if now - at > HEARD_SECONDS]
        for worker_id in silent:
            del self._heard[worker_id]
