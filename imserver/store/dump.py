"""A copy of all that a database holds, as of one moment; and a database made of such a copy.

design: SQLite copies itself, page by page, while others write. A server's tables are read in one transaction
that sees one moment, and written as rows, so no program of the server's is needed, nor its version. Both say
what they hold in all, counted at the same moment, and a restored database is counted again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import msgspec

from imserver.errors import Conflict, StoreError
from imserver.store.store import mysql_address, sqlite_path

DATABASE = "database.db"
# Proofs of sign-in stay behind: one that was revoked after the cut must not be good again.
NOT_RESTORED = frozenset({"sessions", "tickets", "owner_sessions"})


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What there is at one moment: every message that was acknowledged before ``at`` is among it."""

    at: int
    conversations: int
    messages: int
    streams: int
    heads_total: int
    migrations: tuple[str, ...]


class Dump(Protocol):
    """One engine's way. ``folder`` is the copy's."""

    engine: str

    def write(self, folder: Path) -> Cut:
        """Write the database into an empty folder; raise StoreError for one that is damaged."""

    def check_empty(self) -> None:
        """Raise Conflict if the database holds anything."""

    def read(self, folder: Path) -> Cut:
        """Make an empty database of the copy; return what it holds then."""


def open_dump(store_url: str, *, now_ms: Callable[[], int]) -> Dump:
    """Return the way of the engine; raise SettingsError for a strange URL."""
    path = sqlite_path(store_url)
    if path is not None:
        return SqliteDump(Path(path), now_ms=now_ms)
    from imserver.store.dump_mysql import MysqlDump

    return MysqlDump(mysql_address(store_url), now_ms=now_ms)


_COUNTS = (
    "SELECT COUNT(*) FROM conversations",
    "SELECT COUNT(*) FROM messages",
    "SELECT COUNT(*) FROM streams",
    "SELECT COALESCE(SUM(head), 0) FROM streams",
)
_MIGRATIONS = "SELECT version, name FROM schema_migrations ORDER BY version"


def count_all(ask: Callable[[str], list[Any]], *, at: int) -> Cut:
    """Return the cut of the moment that ``ask`` sees."""
    conversations, messages, streams, heads_total = (int(ask(text)[0][0]) for text in _COUNTS)
    migrations = tuple(f"{version:04d}_{_text(name)}" for version, name in ask(_MIGRATIONS))
    return Cut(at, conversations, messages, streams, heads_total, migrations)


def _text(cell: str | bytes) -> str:
    return cell.decode() if isinstance(cell, bytes) else cell


class SqliteDump:
    """One file, copied by SQLite itself; others write on meanwhile."""

    engine = "sqlite"

    def __init__(self, path: Path, *, now_ms: Callable[[], int]) -> None:
        self._path = path
        self._now_ms = now_ms

    def write(self, folder: Path) -> Cut:
        """See ``Dump``."""
        if not self._path.exists():
            raise StoreError(f"there is no database {self._path}")
        target = folder / DATABASE
        at = self._now_ms()
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise StoreError(f"{self._path} is damaged: PRAGMA quick_check says so")
            return count_all(lambda text: copy.execute(text).fetchall(), at=at)

    def check_empty(self) -> None:
        """See ``Dump``."""
        if not self._path.exists():
            return
        with closing(sqlite3.connect(self._path)) as there:
            if there.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() != (0,):
                raise Conflict(f"{self._path} holds a database already; restore into an empty place")

    def read(self, folder: Path) -> Cut:
        """See ``Dump``."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(folder / DATABASE)) as copy,
            closing(sqlite3.connect(self._path)) as target,
        ):
            copy.backup(target)
            for (table,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                if table in NOT_RESTORED:
                    target.execute(f"DELETE FROM {table}")  # noqa: S608 - one of three names
            target.commit()
            target.execute("PRAGMA journal_mode=WAL")
            return count_all(lambda text: target.execute(text).fetchall(), at=0)


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
