"""How much of everything: the full programme of an evening, and the short one that runs with the tests."""

import os
from dataclasses import dataclass
from fractions import Fraction

# On two cores the clients, the server and the database share what the limits were written for.
SHARED_CORES = 2
SHARED_FACTOR = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The base load and the sizes of the rows. Times in seconds, rates per second."""

    name: str
    workers: int
    clients: int
    rate: float
    seconds: float
    # Of ten clients, how many wait by long poll, by SSE, by WebSocket.
    shares: tuple[int, int, int] = (6, 2, 2)
    # Everything that a row multiplies, such as the million polls of A24.
    scale: Fraction = Fraction(1)
    latency_factor: float = 1.0
    # Shorter waits of the server where a row would otherwise wait for minutes.
    settings: tuple[tuple[str, str], ...] = ()
    on_disk: bool = False
    # Of MariaDB. The 256 MB of messages that A1 writes do not fit into 64.
    log_megabytes: int = 16
    pool_megabytes: int = 64

    def scaled(self, count: int, *, least: int = 1) -> int:
        """Return ``count`` in this profile's scale."""
        return max(least, int(count * self.scale))


FULL = Profile(
    name="full",
    workers=4,
    clients=2_000,
    rate=500.0,
    seconds=60.0,
    on_disk=True,
    log_megabytes=256,
    pool_megabytes=1_024,
)
SHORT = Profile(
    name="short",
    workers=2,
    clients=60,
    rate=40.0,
    seconds=4.0,
    scale=Fraction(3, 100),
    settings=(
        ("IM_DELIVERY_POLL_MIN_SECONDS", "2"),
        ("IM_DELIVERY_POLL_MAX_SECONDS", "3"),
        ("IM_SERVER_KEEPALIVE_SECONDS", "3"),
        ("IM_SERVER_GRACEFUL_SECONDS", "6"),
        ("IM_DELIVERY_SWEEP_SECONDS", "1"),
    ),
)


def usual_latency_factor() -> float:
    """Return by what the limits on latency are multiplied on this machine; the zeros never are."""
    return SHARED_FACTOR if (os.cpu_count() or 1) <= SHARED_CORES else 1.0
