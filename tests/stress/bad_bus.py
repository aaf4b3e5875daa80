"""A bus that drops, doubles and reorders hints; it stands between the real bus and who listens to it."""

import random
from collections.abc import Callable
from typing import Any

import gevent

# A hint that is overtaken arrives so much later.
LATE_SECONDS = (0.01, 0.3)


def spoil(bus: Any, faults: str) -> None:
    """Spoil what ``bus`` hands on. ``faults`` is such as ``drop=0.5,double=0.2,reorder=0.2``."""
    shares = {name: float(share) for name, _, share in (part.partition("=") for part in faults.split(","))}
    assert shares.keys() <= {"drop", "double", "reorder"}, faults
    hand_on: Callable[[bytes], None] = bus.on_hint

    def receive(hint: bytes) -> None:
        if random.random() < shares.get("drop", 0.0):
            return
        times = 2 if random.random() < shares.get("double", 0.0) else 1
        for _ in range(times):
            if random.random() < shares.get("reorder", 0.0):
                gevent.spawn_later(random.uniform(*LATE_SECONDS), hand_on, hint)
            else:
                hand_on(hint)

    bus.on_hint = receive
