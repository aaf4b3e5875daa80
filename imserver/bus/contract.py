"""What every bus promises; the same tests run on each of them."""

from collections.abc import Callable
from typing import Protocol

OnHint = Callable[[bytes], None]
OnGap = Callable[[], None]


class Bus(Protocol):
    """One worker's end.

    ``on_hint`` gets each hint of another worker, in the order of its publishing, and ``on_gap`` is called
    when some were, or may have been, lost. Both are called from greenlets of the bus and may not block.
    """

    on_hint: OnHint
    on_gap: OnGap

    def open(self) -> None:
        """Begin to listen and send. What the bus runs on may be away; it is then waited for."""

    def close(self) -> None:
        """Send what is gathered, then leave; doing so twice is harmless."""

    def publish(self, hint: bytes) -> None:
        """Send ``hint`` to every other worker soon. Never blocks, and never grows without bound."""

    def publish_near(self, hint: bytes) -> None:
        """Send ``hint`` to the other workers of this box only."""

    def is_alone(self) -> bool:
        """Tell whether there is nobody to tell, so that no hint need be made. Costs next to nothing."""

    def lost_count(self) -> int:
        """Return how many hints could not be sent, each counted once per worker that lacks it."""


def ignore_hint(hint: bytes) -> None:
    """Stand where nobody listens yet."""


def ignore_gap() -> None:
    """Stand where nobody listens yet."""
