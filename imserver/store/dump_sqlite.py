"""A copy of an embedded database: one file, which SQLite makes itself."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from imserver.errors import Conflict, StoreError
from imserver.store.cut import NOT_RESTORED, Cut, count_all

DATABASE = "database.db"


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
