"""What figures were measured on, and how fast it was at that moment."""

import os
import platform
import time
from collections.abc import Callable

from imserver.commands.bench.services import version
from imserver.commands.load.processes import processor

SQUARES, CALLS = 1_000_000, 100_000
# The best of so many: what else the machine did in these milliseconds is not its speed.
TRIES = 3


def machine_line() -> str:
    """Return cores, programs and speed, for the line above a table.

    The speed, because the same rows took twice as much of a core on one machine with two as on another:
    tables can be compared only where these are alike.
    """
    return (
        f"{os.cpu_count()} cores ({processor()}; Python adds a million squares in {squares_ms():.0f} ms, "
        f"100,000 pairs of write and read take {calls_ms():.0f}), Python {platform.python_version()}, "
        f"MariaDB {version('mariadbd') or 'absent'}, memcached {version('memcached') or 'absent'}, "
        f"Linux {platform.release().partition('-')[0]}"
    )


def squares_ms() -> float:
    """Return how long Python takes to add up a million squares."""

    def add() -> None:
        total = 0
        for number in range(SQUARES):
            total += number * number

    return min(_timed(add) for _ in range(TRIES))


def calls_ms() -> float:
    """Return how long 100,000 bytes take through a pipe, each alone: what system calls cost."""
    reader, writer = os.pipe()

    def call() -> None:
        for _ in range(CALLS):
            os.write(writer, b".")
            os.read(reader, 1)

    try:
        return min(_timed(call) for _ in range(TRIES))
    finally:
        os.close(reader)
        os.close(writer)


def _timed(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return 1_000 * (time.perf_counter() - began)
