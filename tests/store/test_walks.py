"""Walks through all sites: each page begins where the last one ended, and reads no row before it."""

import sqlite3
from collections import defaultdict
from typing import Any

import pymysql
import pytest

from imserver.store import Store, open_store
from imserver.store.statements import MYSQL, SQLITE, load_statements
from tests.services import MariaDB

# Many of the one site, few of the others: a page that began at its site's beginning would read hundreds.
PEOPLE = {"a": 3, "b": 600, "c": 0, "d": 5}
LIMIT = 50
# By name: the table, its key behind the site, and the columns that have no default.
WALKS = {
    "page_streams": ("streams", "user_id", {}),
    "page_search_marks": (
        "conversations",
        "conversation_id",
        {"kind": "direct", "last_at": 1, "created_at": 1},
    ),
    "page_webhook_outbox": (
        "webhook_outbox",
        "stream",
        {"place": 1, "type": "message.created", "created_at": 1},
    ),
}
WALKED = pytest.mark.parametrize("name", list(WALKS))


def fill(store: Store, name: str) -> list[tuple[str, str]]:
    """Write the rows; return their keys in order."""
    table, column, rest = WALKS[name]
    keys = [(site_id, f"{number:04}") for site_id, count in PEOPLE.items() for number in range(count)]
    values = ", ".join(repr(value) for value in rest.values())
    rows = ", ".join(f"('{site}', '{one}'{', ' + values if values else ''})" for site, one in keys)
    columns = ", ".join(["site_id", column, *rest])
    store.database.write(lambda tx: tx.script(f"INSERT INTO {table} ({columns}) VALUES {rows}"))
    return keys


@WALKED
def test_all_are_met_once_and_in_order(store: Store, name: str) -> None:
    keys, column = fill(store, name), WALKS[name][1]
    met: list[tuple[str, str]] = []
    while True:
        place = dict(zip(("site_id", column), met[-1] if met else ("", ""), strict=True))
        page = store.database.read(lambda tx, place=place: tx.rows(name, **place, limit=LIMIT))  # type: ignore[misc]
        if not page:
            break
        met += [(row[0], row[1]) for row in page]
    assert met == keys


@WALKED
def test_mariadb_reads_the_page_and_nothing_before_it(
    mariadb: MariaDB, migrated_mariadb_url: str, name: str
) -> None:
    store = open_store(store_url=migrated_mariadb_url)
    fill(store, name)
    store.close()
    place = {"site_id": "b", WALKS[name][1]: "0500"}
    sql, arguments = load_statements(MYSQL)[name].render({**place, "limit": LIMIT})
    schema = migrated_mariadb_url.partition("?")[0].rpartition("/")[2]
    connection: Any = pymysql.connect(unix_socket=str(mariadb.socket), user="root", database=schema)
    with connection, connection.cursor() as cursor:
        cursor.execute("FLUSH STATUS")
        assert cursor.execute(sql, arguments) == LIMIT
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read_next'")
        assert int(cursor.fetchone()[1]) <= LIMIT


@WALKED
def test_sqlite_begins_at_the_place(migrated_sqlite_url: str, name: str) -> None:
    sql, arguments = load_statements(SQLITE)[name].render(defaultdict(int))
    with sqlite3.connect(migrated_sqlite_url.removeprefix("sqlite:///")) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)]
    assert f"((site_id,{WALKS[name][1]})>(?,?))" in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step]
