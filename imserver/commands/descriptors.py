"""How many connections the limit on open files allows; some machines fix it low."""

import logging
import resource

log = logging.getLogger(__name__)

# Database and cache connections, log, listening sockets, the bus, epoll, and room for a reload.
RESERVED_DESCRIPTORS = 200
LEAST_CONNECTIONS = 16


def raise_limit() -> int:
    """Raise this process's soft limit to the hard one; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def cap_connections(wanted: int, *, descriptors: int) -> int:
    """Return how many connections a worker may hold; a lower number than ``wanted`` is logged."""
    possible = max(LEAST_CONNECTIONS, descriptors - RESERVED_DESCRIPTORS)
    if wanted <= possible:
        return wanted
    log.warning(
        "server.connections = %d needs more open files than this machine allows (%d); each worker takes %d",
        wanted,
        descriptors,
        possible,
    )
    return possible
