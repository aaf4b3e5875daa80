"""A copy of all that a database holds, as of one moment; and a database made of such a copy.

design: SQLite copies itself, page by page, while others write. A server's tables are read in one transaction
that sees one moment, and written as rows, so no program of the server's is needed, nor its version. Both say
what they hold in all, counted at the same moment, and a restored database is counted again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from imserver.store.cut import Cut
from imserver.store.dump_mysql import MysqlDump
from imserver.store.dump_sqlite import SqliteDump
from imserver.store.store import mysql_address, sqlite_path


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
    return MysqlDump(mysql_address(store_url), now_ms=now_ms)
