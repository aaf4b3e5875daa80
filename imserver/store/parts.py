"""Long lists in lengths that a statement takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_parts(items: Sequence[T], most: int) -> Iterator[list[T]]:
    """Yield lists of at most ``most`` items, in their order."""
    return (list(items[start : start + most]) for start in range(0, len(items), most))
