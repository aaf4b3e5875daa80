"""A wall clock that is wrong by other amounts from time to time; what runs on it is not told."""

import time

STEP_SECONDS = 2.0


def spoil_clock(offsets: str, *, worker: int) -> None:
    """Let this process read the time with one of ``offsets`` (seconds, by commas) after the other.

    Workers are in different places of the list, so their clocks differ all the time.
    """
    steps_ns = [int(offset) * 1_000_000_000 for offset in offsets.split(",")]
    real_ns = time.time_ns

    def wrong_ns() -> int:
        turn = int(time.monotonic() / STEP_SECONDS) + worker
        return real_ns() + steps_ns[turn % len(steps_ns)]

    time.time_ns = wrong_ns
    time.time = lambda: wrong_ns() / 1e9
