"""A copy of a server's database: the statements that make its tables, and their rows.

Tables are asked for by the names that the server gives, which no parameter can stand for; that is why these
few statements are here and not in ``sql/``.
"""

import gzip
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pymysql
from pymysql.cursors import SSCursor

from imserver.errors import Conflict, StoreError
from imserver.store.cut import NOT_RESTORED, Cut, chunks_of, count_all
from imserver.store.mysql_pool import SQL_MODE, Address, connect_plain

SCHEMA = "schema.json"
ROWS_SUFFIX = ".rows.gz"
ROWS_PER_CHUNK = 1_000
# A chunk is less than this, or the file is not one of ours.
CHUNK_BYTES = 256 << 20
# A table of a hundred million rows is read for so long, with something to read all the time.
READ_SECONDS = 3_600.0
_DEFINER = re.compile(r"DEFINER=\S+\s+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The statements that make tables and views, and each table's columns in the order of the rows."""

    tables: dict[str, str]
    views: dict[str, str]
    columns: dict[str, list[str]]


class MysqlDump:
    """See ``dump.Dump``."""

    engine = "mysql"

    def __init__(self, address: Address, *, now_ms: Callable[[], int]) -> None:
        self._address = address
        self._now_ms = now_ms

    def write(self, folder: Path) -> Cut:
        """See ``Dump``; all is read in one transaction that sees one moment."""
        with closing(self._connect()) as connection:
            at = self._now_ms()
            _ask(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            _ask(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            schema = _schema(connection)
            (folder / SCHEMA).write_bytes(msgspec.json.format(msgspec.json.encode(schema)))
            for table in schema.tables:
                _write_table(connection, folder / f"{table}{ROWS_SUFFIX}", table, schema.columns[table])
            return count_all(lambda text: _ask(connection, text), at=at)

    def check_empty(self) -> None:
        """See ``Dump``."""
        with closing(self._connect()) as connection:
            if _ask(connection, "SHOW TABLES"):
                raise Conflict(
                    f"the database {self._address.database} is not empty; restore into an empty one"
                )

    def read(self, folder: Path) -> Cut:
        """See ``Dump``."""
        schema = msgspec.json.decode((folder / SCHEMA).read_bytes(), type=Schema)
        names = [*schema.tables, *schema.views, *(name for part in schema.columns.values() for name in part)]
        if not all(_NAME.fullmatch(name) for name in names):
            raise StoreError("the copy has names that no table of ours has")
        with closing(self._connect()) as connection:
            for statement in schema.tables.values():
                _ask(connection, statement)
            for table, columns in schema.columns.items():
                if table in NOT_RESTORED:
                    continue
                _read_table(connection, folder / f"{table}{ROWS_SUFFIX}", table, columns)
            for statement in schema.views.values():
                _ask(connection, statement)
            return count_all(lambda text: _ask(connection, text), at=0)

    def _connect(self) -> "pymysql.Connection[Any]":
        return connect_plain(self._address, read_seconds=READ_SECONDS, sql_mode=SQL_MODE)


def _ask(connection: "pymysql.Connection[Any]", text: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return list(cursor.fetchall())


def _schema(connection: "pymysql.Connection[Any]") -> Schema:
    tables: dict[str, str] = {}
    views: dict[str, str] = {}
    columns: dict[str, list[str]] = {}
    for name, kind in _ask(connection, "SHOW FULL TABLES"):
        statement = str(_ask(connection, f"SHOW CREATE TABLE `{name}`")[0][1])
        if kind == "VIEW":
            views[name] = _DEFINER.sub("", statement)
            continue
        tables[name] = statement
        columns[name] = [row[0] for row in _ask(connection, f"SHOW COLUMNS FROM `{name}`")]
    return Schema(tables, views, columns)


def _write_table(connection: "pymysql.Connection[Any]", path: Path, table: str, columns: list[str]) -> None:
    names = ", ".join(f"`{column}`" for column in columns)
    with gzip.open(path, "wb", compresslevel=1) as file, connection.cursor(SSCursor) as cursor:
        cursor.execute(f"SELECT {names} FROM `{table}`")  # noqa: S608 - names that the server gave
        for chunk in chunks_of(iter(cursor.fetchone, None), ROWS_PER_CHUNK):
            data = msgspec.msgpack.encode(chunk)
            file.write(struct.pack(">I", len(data)) + data)


def _read_table(connection: "pymysql.Connection[Any]", path: Path, table: str, columns: list[str]) -> None:
    names = ", ".join(f"`{column}`" for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    text = f"INSERT INTO `{table}` ({names}) VALUES ({marks})"  # noqa: S608 - names that were checked
    with connection.cursor() as cursor:
        for rows in _chunks(path):
            cursor.executemany(text, rows)
            connection.commit()


def _chunks(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    with gzip.open(path, "rb") as file:
        while head := file.read(4):
            (length,) = struct.unpack(">I", head)
            if length > CHUNK_BYTES:
                raise StoreError(f"{path.name} is not a file of ours")
            yield msgspec.msgpack.decode(file.read(length), type=list[tuple[Any, ...]])
