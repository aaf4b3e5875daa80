"""Why a connection is closed, and what its client does then. One table; docs/api.md prints it."""

from typing import NamedTuple

from imserver.errors import (
    Forbidden,
    InternalError,
    RateLimited,
    Replaced,
    ServiceError,
    Unauthenticated,
    Unavailable,
)


class Closing(NamedTuple):
    """A WebSocket close code with its reason; ``reconnects``: whether a client comes back by itself."""

    code: int
    reason: str
    reconnects: bool


RESTART = Closing(1012, "restart", True)
FULL = Closing(1013, "full", True)
PROTOCOL = Closing(4400, "protocol", False)
UNAUTHENTICATED = Closing(4401, "unauthenticated", False)
FORBIDDEN = Closing(4403, "forbidden", False)
SLOW = Closing(4408, "slow", True)
REPLACED = Closing(4409, "replaced", False)
RATE = Closing(4429, "rate", True)

_BY_ERROR: tuple[tuple[type[ServiceError], Closing], ...] = (
    (Unauthenticated, UNAUTHENTICATED),
    (Forbidden, FORBIDDEN),
    (Replaced, REPLACED),
    (RateLimited, RATE),
    (Unavailable, FULL),
    # A bug of ours is no reason never to come back.
    (InternalError, FULL),
)


def closing_for(error: ServiceError) -> Closing:
    """Return how a connection ends that ends with ``error``."""
    return next((closing for kind, closing in _BY_ERROR if isinstance(error, kind)), PROTOCOL)
