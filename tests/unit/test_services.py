"""The services that other tests stand on."""

from collections.abc import Callable
from contextlib import closing

import pymysql
import pytest

from imserver.store import open_store
from tests.schemas import EmptiedDatabase
from tests.services import MariaDB, Memcached


def connect(mariadb: MariaDB) -> pymysql.Connection:
    return pymysql.connect(unix_socket=str(mariadb.socket), user="root", connect_timeout=5, ssl_disabled=True)


def test_every_database_is_new(make_database: Callable[[], str]) -> None:
    assert make_database() != make_database()


def test_the_database_flushes_at_every_commit_as_in_production(mariadb: MariaDB) -> None:
    with connect(mariadb) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@innodb_flush_log_at_trx_commit")
        assert cursor.fetchone() == (1,)


def test_a_killed_database_comes_back_with_its_data(mariadb: MariaDB, mariadb_url: str) -> None:
    mariadb.kill()
    assert not mariadb.answers()
    mariadb.start()
    with connect(mariadb) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES")
        assert (mariadb_url.partition("?")[0].rpartition("/")[2],) in cursor.fetchall()


def test_a_stopped_memcached_refuses_and_starts_again(memcached: Memcached) -> None:
    memcached.stop()
    assert not memcached.answers()
    memcached.start()
    memcached.flush()


def change_nothing_but_rows(cursor: pymysql.cursors.Cursor) -> None:
    cursor.execute("INSERT INTO sites (site_id, name, origins, created_at) VALUES ('s', 'S', '[]', 1)")


def change_a_table(cursor: pymysql.cursors.Cursor) -> None:
    cursor.execute("ALTER TABLE sites ADD COLUMN more INTEGER")


def forget_a_migration(cursor: pymysql.cursors.Cursor) -> None:
    cursor.execute("DELETE FROM schema_migrations WHERE version = 3")


@pytest.mark.parametrize(
    ("change", "is_kept"),
    [(change_nothing_but_rows, True), (change_a_table, False), (forget_a_migration, False)],
)
def test_a_database_that_goes_from_test_to_test_is_as_new(
    mariadb: MariaDB, change: Callable[[pymysql.cursors.Cursor], None], *, is_kept: bool
) -> None:
    database = EmptiedDatabase(mariadb)
    first = database.take()
    name = first.partition("?")[0].rpartition("/")[2]
    with connect(mariadb) as connection, connection.cursor() as cursor:
        connection.select_db(name)
        change(cursor)
        connection.commit()
    second = database.take()
    assert (second == first) == is_kept
    with closing(open_store(store_url=second)) as store:
        assert store.sites.list_sites() == []
        assert store.plan() == []
    database.drop()
