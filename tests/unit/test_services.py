"""The services that other tests stand on."""

from collections.abc import Callable

import pymysql

from tests.services import MariaDB, Memcached


def connect(mariadb: MariaDB) -> pymysql.Connection:
    return pymysql.connect(unix_socket=str(mariadb.socket), user="root", connect_timeout=5)


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
