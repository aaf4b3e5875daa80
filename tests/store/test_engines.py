"""What is special to each database: pools, threads, migrations."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from imserver.errors import Conflict, InvalidRequest, SettingsError, StoreError, Unavailable
from imserver.store import Store, open_store
from imserver.store.database import Transaction
from imserver.store.mysql import MysqlDatabase
from imserver.store.sqlite import SqliteDatabase
from tests.services import MariaDB, wait_until
from tests.store.town import Town


@pytest.fixture
def mysql(migrated_mariadb_url: str) -> Iterator[Store]:
    store = open_store(store_url=migrated_mariadb_url, pool_size=2)
    yield store
    store.close()


@pytest.fixture
def new_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database without tables."""
    return str(request.getfixturevalue("mariadb_url")) if engine == "mysql" else f"sqlite:///{tmp_path}/im.db"


def idle(store: Store) -> int:
    assert isinstance(store.database, MysqlDatabase)
    return len(store.database._pool._idle)


def sleep_in_database(seconds: float) -> Callable[[Transaction], None]:
    return lambda tx: tx.script(f"DO SLEEP({seconds})")


@pytest.mark.parametrize("killer", ["timeout", "kill"])
def test_a_connection_whose_borrower_was_interrupted_is_never_lent_again(mysql: Store, killer: str) -> None:
    mysql.ping()
    assert idle(mysql) == 1
    if killer == "timeout":
        with gevent.Timeout(0.1, False):
            mysql.database.read(sleep_in_database(5))
    else:
        borrower = gevent.spawn(mysql.database.read, sleep_in_database(5))
        gevent.sleep(0.1)
        borrower.kill()
    assert idle(mysql) == 0
    assert mysql.database.read(lambda tx: tx.rows("ping")) == [(1,)]


def test_an_error_of_ones_own_rolls_back_and_keeps_the_connection(mysql: Store) -> None:
    town = Town(mysql)

    def fail(tx: Transaction) -> None:
        tx.run("set_origins", site_id=town.site_id, origins="[]")
        raise LookupError

    with pytest.raises(LookupError):
        mysql.database.write(fail)
    assert idle(mysql) == 1
    assert mysql.sites.list_sites()[0].origins == ("https://town.example",)


def test_a_borrower_waits_for_a_free_connection(mysql: Store) -> None:
    jobs = [gevent.spawn(mysql.database.read, sleep_in_database(0.1)) for _ in range(6)]
    gevent.joinall(jobs, raise_error=True)
    assert idle(mysql) == 2


def test_waiting_for_a_connection_is_bounded(mysql: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(mysql.database, MysqlDatabase)
    monkeypatch.setattr(mysql.database._pool, "_wait_seconds", 0.1)
    jobs = [gevent.spawn(mysql.database.read, sleep_in_database(1)) for _ in range(2)]
    gevent.sleep(0.01)
    with pytest.raises(Unavailable):
        mysql.ping()
    gevent.joinall(jobs, raise_error=True)


def test_connections_that_the_server_closed_are_replaced_without_an_error(
    mysql: Store, mariadb: MariaDB
) -> None:
    jobs = [gevent.spawn(mysql.database.read, sleep_in_database(0.05)) for _ in range(2)]
    gevent.joinall(jobs, raise_error=True)
    mariadb.stop()
    mariadb.start()
    assert idle(mysql) == 2
    assert mysql.database.write(lambda tx: tx.rows("ping")) == [(1,)]


def test_a_deadlock_is_run_again(mysql: Store) -> None:
    town = Town(mysql)
    for user_id in ("ada", "bob"):
        town.add(user_id)
    keys = [(town.site_id, "ada"), (town.site_id, "bob")]
    arrived: list[int] = []

    def cross(first: int) -> None:
        def work(tx: Transaction) -> None:
            arrived.append(first)
            tx.rows("lock_streams", pairs=[keys[first]])
            wait_until(lambda: len(arrived) >= 2)  # both hold one lock: only a deadlock can follow
            tx.rows("lock_streams", pairs=[keys[1 - first]])

        mysql.database.write(work)

    gevent.joinall([gevent.spawn(cross, 0), gevent.spawn(cross, 1)], raise_error=True)
    assert len(arrived) >= 3


def test_reads_of_one_snapshot_see_one_moment(mysql: Store) -> None:
    town = Town(mysql)
    counts = []

    def look(tx: Transaction) -> None:
        counts.append(len(tx.rows("list_sites")))
        gevent.spawn(mysql.sites.insert_site, name="meanwhile", origins=()).get()
        counts.append(len(tx.rows("list_sites")))

    mysql.database.snapshot(look)
    assert counts == [1, 1]
    assert len(town.store.sites.list_sites()) == 2


# -- SQLite


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    store = open_store(store_url=f"sqlite:///{tmp_path}/im.db")
    store.migrate()
    yield store
    store.close()


def test_sqlite_is_durable_and_its_readers_never_wait(sqlite: Store, tmp_path: Path) -> None:
    def pragmas(tx: Transaction) -> list[object]:
        connection = tx._connection  # type: ignore[attr-defined]
        return [
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        ]

    assert sqlite.database.write(pragmas) == ["wal", 2]
    other = sqlite3.connect(tmp_path / "im.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    sqlite.ping()  # who waits for the lock is refused in the end
    other.execute("ROLLBACK")
    other.close()


def test_a_lock_held_by_another_process_does_not_stop_the_hub(sqlite: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "im.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    job = gevent.spawn(sqlite.sites.insert_site, site_id="s1", name="S", origins=())
    ticks = 0
    for _ in range(20):
        gevent.sleep(0.01)
        ticks += 1
    assert not job.ready()
    assert ticks == 20
    other.execute("COMMIT")
    other.close()
    assert job.get(timeout=10).site_id == "s1"


def test_a_read_that_yields_is_caught(sqlite: Store) -> None:
    def yields(tx: Transaction) -> None:
        gevent.sleep(0.01)

    first = gevent.spawn(sqlite.database.read, yields)
    gevent.sleep(0)
    with pytest.raises(StoreError):
        sqlite.ping()
    first.get()
    sqlite.ping()


def test_a_row_that_stays_in_the_way_is_named_in_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    town = Town(store)
    again = {"worker_id": "w", "now": 1}
    with pytest.raises(Conflict):
        store.database.write(lambda tx: tx.together([("beat_worker", again), *_twice(town.site_id)]))
    assert [record.getMessage() for record in caplog.records if "in the way" in record.getMessage()]
    assert "insert_streams" in caplog.text


def _twice(site_id: str) -> list[tuple[str, dict[str, object]]]:
    return [("insert_streams", {"rows": [(site_id, "somebody")]})] * 2


def test_a_killed_caller_leaves_the_thread_in_order(sqlite: Store) -> None:
    def slow(tx: Transaction) -> None:
        tx.run("insert_site", site_id="kept", name="S", origins="[]", now=1)

    caller = gevent.spawn(sqlite.database.write, slow)
    gevent.sleep(0)
    caller.kill()
    sqlite.database.write(lambda tx: tx.rows("ping"))
    assert [site.site_id for site in sqlite.sites.list_sites()] in ([], ["kept"])


# -- both


def test_closing_refuses_later_work(new_url: str) -> None:
    store = open_store(store_url=new_url)
    store.migrate()
    store.close()
    store.close()
    with pytest.raises(Unavailable):
        store.ping()
    with pytest.raises(Unavailable):
        store.sites.insert_site(name="late", origins=())


def test_text_that_is_not_unicode_is_the_requests_fault(store: Store) -> None:
    with pytest.raises(InvalidRequest):
        store.presence.load_states("\ud800", "x", ["x"])


@pytest.mark.parametrize(
    "url", ["", "sqlite:", "sqlite://", "postgres://x/y", "mysql://localhost", "/var/im.db", "memcached://x"]
)
def test_a_strange_store_url_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError):
        open_store(store_url=url)


@pytest.mark.parametrize("url", ["", "redis://x", "memcached://", "memory"])
def test_a_strange_cache_url_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError):
        open_store(store_url="sqlite:///x.db", cache_url=url)


def test_migrating_twice_applies_once_and_the_plan_says_so(new_url: str) -> None:
    store = open_store(store_url=new_url)
    plan = store.plan()
    assert plan[0] == "0001_sites"
    assert store.migrate() == plan
    assert store.plan() == store.migrate() == []
    store.close()


def test_processes_that_migrate_at_once_apply_each_step_once(new_url: str) -> None:
    stores = [open_store(store_url=new_url) for _ in range(3)]
    jobs = [gevent.spawn(store.migrate) for store in stores]
    gevent.joinall(jobs, raise_error=True)
    applied = [label for job in jobs for label in job.value]
    assert len(applied) == len(set(applied)) >= 14
    for store in stores:
        store.close()


def test_a_migration_that_was_edited_after_it_was_applied_is_refused(store: Store) -> None:
    store.database.write(
        lambda tx: tx.script("UPDATE schema_migrations SET checksum = 'x' WHERE version = 3")
    )
    for call in (store.migrate, store.plan):
        with pytest.raises(StoreError, match="0003_users"):
            call()


def test_the_planner_uses_an_index_for_every_page_of_people(sqlite: Store) -> None:
    assert isinstance(sqlite.database, SqliteDatabase)
    statements = sqlite.database._statements
    values = {"site_id": "s", "viewer_id": "v", "name_folded": "", "user_id": "", "limit": 50}
    for name in ("page_online", "page_everyone"):
        sql, arguments = statements[name].render(values)
        plan = sqlite.database.read(
            lambda tx, sql=sql, arguments=arguments: tx._connection.execute(  # type: ignore[misc]
                "EXPLAIN QUERY PLAN " + sql, arguments
            ).fetchall()
        )
        assert not [row for row in plan if "SCAN" in row[3] or "TEMP B-TREE" in row[3]], plan
