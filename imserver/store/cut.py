"""What a copy of a database holds, counted the same way whichever engine made it."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

# Proofs of sign-in stay behind: one that was revoked after the cut must not be good again.
NOT_RESTORED = frozenset({"sessions", "tickets", "owner_sessions"})
_COUNTS = (
    "SELECT COUNT(*) FROM conversations",
    "SELECT COUNT(*) FROM messages",
    "SELECT COUNT(*) FROM streams",
    "SELECT COALESCE(SUM(head), 0) FROM streams",
)
_MIGRATIONS = "SELECT version, name FROM schema_migrations ORDER BY version"


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What there is at one moment: every message that was acknowledged before ``at`` is among it."""

    at: int
    conversations: int
    messages: int
    streams: int
    heads_total: int
    migrations: tuple[str, ...]


def count_all(ask: Callable[[str], list[Any]], *, at: int) -> Cut:
    """Return the cut of the moment that ``ask`` sees."""
    conversations, messages, streams, heads_total = (int(ask(text)[0][0]) for text in _COUNTS)
    migrations = tuple(f"{version:04d}_{_text(name)}" for version, name in ask(_MIGRATIONS))
    return Cut(at, conversations, messages, streams, heads_total, migrations)


def _text(cell: str | bytes) -> str:
    return cell.decode() if isinstance(cell, bytes) else cell


def chunks_of(rows: Iterator[tuple[Any, ...]], most: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield lists of at most ``most`` rows."""
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == most:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
