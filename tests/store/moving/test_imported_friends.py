"""Friends in bulk stand under the names that they have, whoever changes one meanwhile."""

from collections.abc import Callable, Iterable
from typing import Any

import gevent

from imserver.store import open_store
from imserver.store.bulk_roster import load_friends
from imserver.store.database import Call, Row, Transaction
from imserver.store.values import Person
from tests.app.tables import read_rows
from tests.services import wait_until
from tests.store.town import Town


def befriend(town: Town, *friendships: tuple[str, str, int]) -> int:
    return town.store.database.write(lambda tx: load_friends(tx, town.site_id, friendships))


def names_in_lists(town: Town, store_url: str) -> set[tuple[Any, ...]]:
    wanted = "SELECT friend_id, name_folded FROM roster WHERE site_id = '{}'"
    return set(read_rows(store_url, wanted.format(town.site_id)))


def test_who_gets_a_name_between_two_batches_stands_under_it(town: Town, store_url: str) -> None:
    befriend(town, ("ada", "bob", 1), ("ada", "later", 1))
    assert names_in_lists(town, store_url) == {("bob", "bob"), ("later", None)}
    town.store.people.save_person(Person(town.site_id, "bob", "Robert"))
    town.add("later")
    befriend(town, ("cyd", "bob", 1), ("cyd", "later", 1))
    assert names_in_lists(town, store_url) == {("bob", "robert"), ("later", "later")}


def test_who_gets_a_name_within_a_batch_stands_under_it(migrated_mariadb_url: str) -> None:
    """SQLite has one writer: there nobody comes in between."""
    store = open_store(store_url=migrated_mariadb_url)
    town = Town(store)
    town.add("bob")
    renamings: list[gevent.Greenlet[..., None]] = []

    def load(tx: Transaction) -> int:
        return load_friends(_Interrupted(tx, meanwhile), town.site_id, [("ada", "bob", 1), ("ada", "new", 1)])

    def meanwhile() -> None:
        town.add("new")
        bob = Person(town.site_id, "bob", "Robert")
        renamings.append(gevent.spawn(store.people.save_person, bob))
        waiting = "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        wait_until(lambda: read_rows(migrated_mariadb_url, waiting) or renamings[0].ready())

    assert store.database.write(load) == 2
    gevent.joinall(renamings, raise_error=True)
    assert names_in_lists(town, migrated_mariadb_url) == {("bob", "robert"), ("new", "new")}
    store.close()


class _Interrupted:
    """Something happens once the names have been read."""

    def __init__(self, tx: Transaction, act: Callable[[], None]) -> None:
        self._tx = tx
        self._acts = [act]

    def together(self, calls: Iterable[Call]) -> list[list[Row]]:
        found = self._tx.together(calls)
        if self._acts:
            self._acts.pop()()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)
