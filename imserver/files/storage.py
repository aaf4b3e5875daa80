"""What keeps files; ``disk`` and ``s3`` are two of it, and one set of tests holds both."""

from collections.abc import Iterator
from os import urandom
from pathlib import Path
from typing import Protocol

# Enough that reading is cheap, and little enough that 100 downloads hold 13 MB.
PIECE_BYTES = 131_072


class Storage(Protocol):
    """Keeps files under places. No call stops the hub; each raises Unavailable when the storage is away."""

    def put(self, place: str, path: Path) -> None:
        """Keep the file at ``path``; it is durable when this returns. ``path`` may be gone afterwards."""

    def read(self, place: str, *, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes from ``start`` to before ``stop`` in pieces; raise NotFound without such a file.

        The file is open from the call on, so what is deleted meanwhile is read to its end.
        """

    def delete(self, place: str) -> None:
        """Forget the file; it is no error if there is none."""

    def note(self, line: bytes) -> None:
        """Keep a line beside the files, where a lost database does not take it along; durable on return."""

    def notes(self) -> list[bytes]:
        """Return all lines that were noted, in any order."""


def fresh_place() -> str:
    """Return a place that nobody can guess and nothing follows from."""
    return urandom(20).hex()
