"""Databases with every table and no row, for tests that begin with an empty installation.

Creating the tables takes longer than most tests, so it is done once for a whole run: a SQLite file is copied,
and one database of the server is emptied from test to test.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pymysql
import pytest

from imserver.store import open_store
from tests.services import MariaDB, make_folder

# A table that the last test has not let go is no longer waited for: a new database takes less.
LOCK_SECONDS = 2
# The server counts these statements. Whoever gives one may have changed a table for those who come later.
TABLE_CHANGES = tuple(
    f"Com_{what}"
    for what in (
        "alter_table",
        "create_index",
        "create_table",
        "create_view",
        "drop_index",
        "drop_table",
        "drop_view",
        "rename_table",
    )
)


def migrated(url: str) -> str:
    """Return ``url`` after creating the tables there."""
    store = open_store(store_url=url)
    store.migrate()
    store.close()
    return url


class EmptiedDatabase:
    """A database of the server that tests have one after the other; each finds it as if it were new.

    A new one takes its place when a test changed its tables or the record of its migrations, or holds locks.
    """

    def __init__(self, server: MariaDB) -> None:
        self._server = server
        self._url = ""
        self._was: object = None

    def take(self) -> str:
        """Return its URL; nobody else may be using it."""
        if not self._url or not self._is_emptied():
            self.drop()
            self._url = migrated(self._server.create_database())
            with closing(self._connect()) as connection, connection.cursor() as cursor:
                assert _filled(cursor) == ["schema_migrations"], (
                    "a migration inserts rows: truncating loses them"
                )
                self._was = _state(cursor)
        return self._url

    def drop(self) -> None:
        """Drop it."""
        if self._url:
            self._server.drop_database(self._url)
        self._url = ""

    def _is_emptied(self) -> bool:
        try:
            with closing(self._connect()) as connection, connection.cursor() as cursor:
                for table in _filled(cursor):
                    if table != "schema_migrations":
                        cursor.execute(f"TRUNCATE TABLE {table}")
                return _state(cursor) == self._was
        except pymysql.MySQLError:
            return False

    def _connect(self) -> pymysql.Connection:
        name = self._url.partition("?")[0].rpartition("/")[2]
        patience = f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}"
        return pymysql.connect(
            unix_socket=str(self._server.socket),
            user="root",
            database=name,
            init_command=patience,
            ssl_disabled=True,
        )


def _filled(cursor: pymysql.cursors.Cursor) -> list[str]:
    """Return the names of the tables that have rows."""
    cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    tables = [name for name, _ in cursor.fetchall()]
    one = "SELECT '{0}' FROM DUAL WHERE EXISTS (SELECT 1 FROM {0})"
    cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
    return [name for (name,) in cursor.fetchall()]


def _state(cursor: pymysql.cursors.Cursor) -> object:
    """Return what is another after a table was changed, or after a migration was forgotten."""
    names = ", ".join(f"'{name}'" for name in TABLE_CHANGES)
    cursor.execute(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")
    counted = cursor.fetchall()
    cursor.execute("SELECT * FROM schema_migrations ORDER BY version")
    return counted, cursor.fetchall()


@pytest.fixture(scope="session")
def migrated_file(services_folder: Path) -> Path:
    """Give a SQLite file with every table, to copy."""
    path = services_folder / "migrated.db"
    migrated(f"sqlite:///{path}")
    assert not path.with_name("migrated.db-wal").exists(), "what was written is in the file"
    return path


@pytest.fixture
def migrated_sqlite_url(migrated_file: Path) -> Iterator[str]:
    """Give the URL of a SQLite database with every table and no row."""
    folder = make_folder(migrated_file.parent)
    yield f"sqlite:///{shutil.copy(migrated_file, folder / 'im.db')}"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def emptied_database(mariadb_server: MariaDB) -> Iterator[EmptiedDatabase]:
    database = EmptiedDatabase(mariadb_server)
    yield database
    database.drop()


@pytest.fixture
def migrated_mariadb_url(mariadb: MariaDB, emptied_database: EmptiedDatabase) -> Iterator[str]:
    """Give the URL of a database of the server with every table and no row."""
    yield emptied_database.take()
    mariadb.start()
