"""What the writer does when the database fails it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from imserver.errors import OutcomeUnknown, Unavailable
from imserver.store import Store, open_store
from imserver.store.database import Call, Database, Row, Transaction
from imserver.store.writer import Writer
from tests.services import MariaDB, make_folder
from tests.store.severed import CommitCutter
from tests.store.town import Clock, Town, new


class PoisonTransaction:
    """Refuses to store one text, the way a driver does: with an error for the whole statement."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def rows(self, name: str, /, **parameters: Any) -> list[Row]:
        return self._tx.rows(name, **parameters)

    def together(self, calls: Iterable[Call]) -> list[list[Row]]:
        return self._tx.together(self._checked(calls))

    def _checked(self, calls: Iterable[Call]) -> Iterator[Call]:
        for name, parameters in calls:
            if name == "insert_messages" and any("poison" in row for row in parameters["rows"]):
                raise RuntimeError("the driver chokes")
            yield name, parameters


class PoisonDatabase:
    """The real database behind a PoisonTransaction."""

    writes_at_once = 1

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, work: Callable[[Any], Any]) -> Any:
        return self._database.write(lambda tx: work(PoisonTransaction(tx)))


def stored(town: Town, conversation_id: str) -> list[str]:
    page = town.store.history.page(town.site_id, "bob", conversation_id, limit=100)
    return [message.text for message in page.data]


def test_a_poison_job_does_not_sink_its_neighbours(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    writer = Writer(PoisonDatabase(town.store.database), now_ms=clock)  # type: ignore[arg-type]
    jobs = [
        gevent.spawn(writer.send, town.site_id, "ada", talk.id, [new(text)])
        for text in ("one", "poison", "two", "three")
    ]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs] == [type(None), RuntimeError, type(None), type(None)]
    assert stored(town, talk.id) == ["one", "two", "three"]
    writer.close()


def test_a_full_queue_says_so(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    writer = Writer(town.store.database, now_ms=clock, queue_limit=2)
    waiting = [gevent.spawn(writer.send, town.site_id, "ada", talk.id, [new(str(n))]) for n in range(3)]
    gevent.joinall(waiting)
    assert [type(job.exception) for job in waiting] == [type(None), type(None), Unavailable]
    assert waiting[2].exception.retry_after
    writer.close()


def test_two_transactions_that_lock_crosswise_both_succeed(town: Town) -> None:
    """On MySQL one is the deadlock's victim and is run again; SQLite lets them in one after the other."""
    pairs = [[(town.site_id, "ada")], [(town.site_id, "bob")]]
    runs: list[int] = []

    def cross(first: int) -> None:
        def work(tx: Transaction) -> None:
            runs.append(first)
            tx.rows("lock_streams", pairs=pairs[first])
            if len(runs) <= 2:
                tx.rows("load_heads", pairs=pairs[first])
            tx.rows("lock_streams", pairs=pairs[1 - first])

        town.store.database.write(work)

    gevent.joinall([gevent.spawn(cross, n % 2) for n in range(8)], raise_error=True)
    assert len(runs) >= 8


@pytest.fixture
def cutter(mariadb: MariaDB) -> Iterator[CommitCutter]:
    folder = make_folder()
    cutter = CommitCutter(str(mariadb.socket), folder / "cut.sock")
    yield cutter
    cutter.close()


@pytest.fixture
def severed(cutter: CommitCutter, mariadb_url: str, clock: Clock) -> Iterator[Store]:
    url = mariadb_url.partition("?")[0] + f"?unix_socket={cutter.path}"
    store = open_store(store_url=url, now_ms=clock)
    store.migrate()
    yield store
    store.close()


@pytest.mark.parametrize(("mode", "kept"), [("before", False), ("after", True)])
def test_a_connection_cut_at_commit_is_never_answered_ok_and_a_retry_settles_it(
    severed: Store, cutter: CommitCutter, mode: str, kept: bool
) -> None:
    town = Town(severed)
    for user_id in ("ada", "bob"):
        town.add(user_id)
    talk = town.open("ada", "bob")
    messages = [new("one"), new("two")]
    cutter.mode = mode
    jobs = [
        gevent.spawn(severed.writer.send, town.site_id, "ada", talk.id, [message]) for message in messages
    ]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs] == [OutcomeUnknown, OutcomeUnknown]
    assert cutter.cuts_count == 1
    assert town.told == []

    cutter.mode = "pass"
    answers = [severed.writer.send(town.site_id, "ada", talk.id, [message]) for message in messages]
    assert [answer.messages[0].duplicate for answer in answers] == [kept, kept]
    assert stored(town, talk.id) == ["one", "two"]


def test_a_database_that_is_away_is_unavailable_and_comes_back(mariadb: MariaDB, mariadb_url: str) -> None:
    store = open_store(store_url=mariadb_url)
    store.migrate()
    town = Town(store)
    for user_id in ("ada", "bob"):
        town.add(user_id)
    talk = town.open("ada", "bob")
    mariadb.kill()
    with pytest.raises(Unavailable) as failure:
        town.say("ada", talk.id, "into the void")
    assert failure.value.retry_after
    with pytest.raises(Unavailable):
        store.ping()
    mariadb.start()
    town.say("ada", talk.id, "after")
    assert stored(town, talk.id) == ["after"]
    store.close()


def test_a_disk_that_is_full_is_unavailable_and_never_ok(tmp_path: Path) -> None:
    store = open_store(store_url=f"sqlite:///{tmp_path}/im.db")
    store.migrate()
    town = Town(store)
    for user_id in ("ada", "bob"):
        town.add(user_id)
    talk = town.open("ada", "bob")
    store.database.write(lambda tx: tx.script("PRAGMA max_page_count = 1"))  # SQLite raises it to the size
    with pytest.raises(Unavailable):
        town.say("ada", talk.id, *["x" * 4_000] * 20)
    kept = len(stored(town, talk.id))
    store.database.write(lambda tx: tx.script("PRAGMA max_page_count = 100000"))
    town.say("ada", talk.id, "room again")
    assert stored(town, talk.id)[-1] == "room again"
    assert town.store.log.fetch_head(town.site_id, "bob").useq == kept + 1
    store.close()
