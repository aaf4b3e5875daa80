"""What is read through the cache: sessions and the beginning of friends' lists. Never old, never forged."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from imserver.errors import FOR_EVER_MS, SessionEnded, Unavailable
from imserver.protocol.types import ChosenPresence, ContactPage
from imserver.store import Store, first_friends, open_store
from imserver.store.bulk_roster import load_friends
from imserver.store.kept_sessions import KEPT_SECONDS, SECRET_NAME
from imserver.store.people import ChangedPeople, save_people
from imserver.store.roster import change_roster
from imserver.store.site_friends import FriendsChange
from imserver.store.values import Person, Session, UserKey
from tests.services import MariaDB, Memcached
from tests.sessions import open_session
from tests.store.town import Clock, Town

PREFIX = "kept"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def store_url(mariadb_server: MariaDB) -> Iterator[str]:
    """Give one database for all of these tests, each of which has a site of its own."""
    url = mariadb_server.create_database()
    yield url
    mariadb_server.drop_database(url)


@pytest.fixture(scope="module")
def workers(store_url: str, memcached_server: Memcached, clock: Clock) -> Iterator[list[Store]]:
    """Give what two workers have: their own connections to one database and one cache."""
    stores = [
        open_store(store_url=store_url, cache_url=memcached_server.url, cache_prefix=PREFIX, now_ms=clock)
        for _ in range(2)
    ]
    stores[0].migrate()
    yield stores
    for store in stores:
        store.close()


@pytest.fixture
def store(workers: list[Store]) -> Store:
    return workers[0]


@pytest.fixture
def second_store(workers: list[Store]) -> Store:
    return workers[1]


@pytest.fixture(params=["sqlite", "mysql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Town]:
    """Give a site on either engine."""
    if request.param == "mysql":
        yield request.getfixturevalue("town")
        return
    store = open_store(store_url=f"sqlite:///{tmp_path}/im.db", now_ms=clock)
    store.migrate()
    yield Town(store, clock)
    store.close()


@pytest.fixture
def reads(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a list that grows by one for each time that the database is read."""
    reads: list[int] = []
    for name in ("read", "snapshot"):
        real = getattr(town.store.database, name)
        monkeypatch.setattr(town.store.database, name, lambda work, real=real: reads.append(1) or real(work))
    return reads


def come_in(town: Town, user_id: str = "ada") -> tuple[str, Session]:
    return open_session(town.store, town.site_id, user_id, origin="", lifetime_ms=3_600_000)


def test_a_session_is_looked_up_once_in_a_few_seconds(town: Town, reads: list[int]) -> None:
    secret, session = come_in(town)
    assert town.store.sessions.require_session(secret) == session
    reads.clear()
    assert [town.store.sessions.require_session(secret) for _ in range(3)] == [session] * 3
    assert reads == []
    town.clock.pass_seconds(KEPT_SECONDS)
    assert town.store.sessions.require_session(secret) == session
    assert reads == [1]


def test_a_kept_session_expires_when_it_expires(town: Town) -> None:
    secret, _ = open_session(town.store, town.site_id, "ada", origin="", lifetime_ms=1_000)
    town.store.sessions.require_session(secret)
    town.clock.pass_seconds(1)
    with pytest.raises(SessionEnded):
        town.store.sessions.require_session(secret)


WAYS_OUT: dict[str, Callable[[Town, Session], object]] = {
    "signing out": lambda town, session: town.store.sessions.revoke_session(session),
    "all devices": lambda town, session: town.store.sessions.revoke_user(town.site_id, "ada"),
    "suspension": lambda town, session: town.store.sessions.revoke_site(town.site_id),
    "a moderator": lambda town, session: town.store.bans.end_sessions(town.site_id, "ada", actor="eve"),
    "a ban": lambda town, session: town.store.bans.add(
        town.site_id, "ada", until_ms=FOR_EVER_MS, reason="", actor="eve"
    ),
    "erasure": lambda town, session: town.store.erasing.end_sessions(UserKey(town.site_id, "ada")),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_session_that_has_been_ended_is_of_no_use_on_any_worker(
    town: Town, second_store: Store, way: str
) -> None:
    secret, session = come_in(town)
    for store in (town.store, second_store):
        assert store.sessions.require_session(secret) == session
    WAYS_OUT[way](town, session)
    for store in (second_store, town.store):
        with pytest.raises(SessionEnded):
            store.sessions.require_session(secret)


def test_who_read_a_session_before_it_ended_cannot_keep_it(
    town: Town, second_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, session = come_in(town)
    has_read, go_on = Event(), Event()
    real = second_store.database.read

    def slow(work: Callable[..., object]) -> object:
        found = real(work)
        has_read.set()
        go_on.wait()
        return found

    second_store.installation.secret(SECRET_NAME)
    monkeypatch.setattr(second_store.database, "read", slow)
    late = gevent.spawn(second_store.sessions.require_session, secret)
    has_read.wait()
    town.store.sessions.revoke_session(session)
    go_on.set()
    assert late.get() == session
    with pytest.raises(SessionEnded):
        second_store.sessions.require_session(secret)


def test_whoever_writes_to_the_cache_makes_no_session(town: Town) -> None:
    secret, session = come_in(town)
    forged_secret, forged = come_in(town, "bob")
    town.store.sessions.require_session(secret)
    cache = town.store.cache
    keys = (f"{PREFIX}:session:{town.site_id}:{one.session_id.hex()}" for one in (session, forged))
    name, other = keys
    kept = cache.get_many([name])[name]
    assert b"ada" in kept
    town.store.sessions.revoke_session(forged)
    for lie in (kept, kept.replace(b"ada", b"bob"), kept[:16], b"", kept[:16] + b"\x92"):
        cache.set(other, lie, ttl_seconds=60)
        with pytest.raises(SessionEnded):
            town.store.sessions.require_session(forged_secret)
        cache.set(name, lie.replace(b"ada", b"eve"), ttl_seconds=60)
        assert town.store.sessions.require_session(secret).user_id == "ada"


def page(store: Store, town: Town, user_id: str = "ada", limit: int = 50) -> ContactPage:
    return store.contacts.page_friends(town.site_id, user_id, limit=limit)


def befriend(town: Town, *friend_ids: str, user_id: str = "ada") -> None:
    """Let them be friends for a long time: a list that has just changed is not kept for 12 s."""
    key, now = UserKey(town.site_id, user_id), town.clock.now_ms
    town.store.database.write(lambda tx: change_roster(tx, key, add=sorted(friend_ids), remove=[], now=now))


def names(found: ContactPage) -> list[str]:
    return [contact.name for contact in found.data]


def test_the_first_page_costs_one_query_and_is_a_hit(town: Town, reads: list[int]) -> None:
    befriend(town, "bob", "cyd")
    first = page(town.store, town)
    reads.clear()
    hits, misses = town.store.cache.hits, town.store.cache.misses
    assert page(town.store, town) == first
    assert reads == [1]
    assert (town.store.cache.hits - hits, town.store.cache.misses - misses) == (2, 0)
    town.store.usage.flush()
    hour = town.store.usage.load(town.site_id, first_hour=0, end_hour=2**31)[0]
    assert (hour.cache_hits, hour.cache_misses) == (1, 1)


def test_the_first_page_is_what_the_database_would_sort(either: Town, clock: Clock) -> None:
    town, site, store = either, either.site_id, either.store
    town.add("ada")
    for number in range(30):
        town.add(f"u{number:02}", name=f"{'ZyxAba'[number % 6]} {number % 7}")
    befriend(town, *(f"u{number:02}" for number in range(30)), "nobody-yet")
    store.presence.beat("w1", clock.now_ms)
    here = [(site, f"u{number:02}") for number in range(0, 30, 3)]
    store.presence.arrive("w1", [*here, (site, "ada")], now=clock.now_ms)
    store.presence.choose(site, "u03", presence=ChosenPresence.AWAY, status_text="tea")
    store.presence.choose(site, "u06", presence=ChosenPresence.INVISIBLE, status_text="hidden")
    store.blocks.block(site, "ada", "u09")
    store.blocks.block(site, "u12", "ada")
    finder = store.contacts._first
    for limit in (1, 7, 9, 10, 30, 50):
        finder._is_kept = False
        sorted_by_database = page(store, town, limit=limit)
        finder._is_kept = True
        assert [page(store, town, limit=limit) for _ in range(2)] == [sorted_by_database] * 2
    assert sorted_by_database.total == 30
    assert [contact.presence for contact in sorted_by_database.data].count("offline") == 23


def test_who_sees_nobodys_presence_sees_friends_offline(town: Town, clock: Clock) -> None:
    befriend(town, "bob")
    town.store.presence.beat("w1", clock.now_ms)
    town.store.presence.arrive("w1", [(town.site_id, "bob")], now=clock.now_ms)
    assert page(town.store, town).data[0].presence == "online"
    town.store.database.write(lambda tx: tx.script("UPDATE presence SET private = 1 WHERE user_id = 'ada'"))
    assert page(town.store, town).data[0].presence == "offline"


def rename(town: Town, *, name: str = "Bobby", avatar: str = "") -> None:
    town.store.people.save_person(Person(town.site_id, "bob", name, avatar))


def load_roster(town: Town) -> None:
    rows = [("ada", "dan", 1)]
    town.store.database.write(lambda tx: load_friends(tx, town.site_id, rows))
    town.store.first_friends.forget_site(town.site_id)


CHANGES: dict[str, tuple[Callable[[Town], object], list[str]]] = {
    "a friend more": (
        lambda town: town.store.roster.add_friends(town.site_id, "ada", ["cyd"]),
        ["Bob", "Cyd"],
    ),
    "a friend less": (lambda town: town.store.roster.remove_friends(town.site_id, "ada", ["bob"]), []),
    "another name": (rename, ["Bobby"]),
    "the site's list": (
        lambda town: town.store.site_friends.replace(town.site_id, "ada", ["bob", "cyd"]),
        ["Bob", "Cyd"],
    ),
    "the site's change": (
        lambda town: town.store.site_friends.change(town.site_id, [FriendsChange("ada", ["cyd"], ["bob"])]),
        ["Cyd"],
    ),
    "one who comes": (lambda town: town.add("dan"), ["Bob", "Dan"]),
    "an import": (lambda town: (town.add("dan"), load_roster(town)), ["Bob", "Dan"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once_on_another_worker(town: Town, second_store: Store, change: str) -> None:
    befriend(town, "bob", *(["dan"] if change == "one who comes" else []))
    hits = second_store.cache.hits
    for store in (town.store, second_store):
        assert names(page(store, town)) == ["Bob"]
    assert second_store.cache.hits == hits + 2
    make, expected = CHANGES[change]
    make(town)
    for store in (second_store, town.store):
        assert names(page(store, town)) == expected
        assert page(store, town).total == len(expected)


def test_who_is_told_of_new_friends_reads_no_old_list(town: Town, second_store: Store) -> None:
    befriend(town, "bob")
    seen: list[list[str]] = []
    page(second_store, town)
    town.store.changes.on_commit = lambda told: seen.append(names(page(second_store, town)))
    town.store.site_friends.replace(town.site_id, "ada", ["cyd"])
    assert seen == [["Cyd"]]


def test_only_what_shows_in_a_list_makes_it_old(town: Town, reads: list[int]) -> None:
    befriend(town, "bob")
    page(town.store, town)
    bob = Person(town.site_id, "bob", "Bob", posts=7, email="bob@example.com")
    assert town.store.people.save_person(bob)
    reads.clear()
    page(town.store, town)
    assert reads == [1]
    rename(town, name="Bob", avatar="https://x/bob.png")
    assert page(town.store, town).data[0].avatar == "https://x/bob.png"


def test_a_person_who_is_in_very_many_lists_makes_all_of_the_site_old(
    town: Town, second_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_friends, "LISTS_FORGOTTEN", 1)
    other = Town(town.store)
    for user_id in ("ada", "cyd"):
        befriend(town, "bob", user_id=user_id)
        page(second_store, town, user_id)
    other.add("bob")
    befriend(other, "bob")
    assert names(second_store.contacts.page_friends(other.site_id, "ada")) == ["Bob"]
    rename(town)
    for user_id in ("ada", "cyd"):
        assert [names(page(second_store, town, user_id)) for _ in range(3)] == [["Bobby"]] * 3
    misses = town.store.cache.misses + second_store.cache.misses
    second_store.contacts.page_friends(other.site_id, "ada")
    assert town.store.cache.misses + second_store.cache.misses == misses


def test_a_database_that_fails_after_a_commit_leaves_no_old_list(
    town: Town, second_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    befriend(town, "bob")
    page(second_store, town)
    bob, now = Person(town.site_id, "bob", "Bobby"), town.clock.now_ms
    saved = town.store.database.write(lambda tx: save_people(tx, [bob], now=now))

    def fail(_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(town.store.database, "read", fail)
        town.store.people.forget(saved)
    assert names(page(second_store, town)) == ["Bobby"]


def test_who_has_very_many_friends_is_served_by_the_database(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_friends, "FRIENDS_KEPT", 1)
    befriend(town, "bob")
    assert (names(page(town.store, town)), page(town.store, town).total) == (["Bob"], 1)
    town.store.roster.add_friends(town.site_id, "ada", ["cyd"])
    assert (names(page(town.store, town)), page(town.store, town).total) == (["Bob", "Cyd"], 2)


def test_one_who_has_gone_is_in_no_list(town: Town, second_store: Store) -> None:
    befriend(town, "bob", "cyd")
    assert names(page(second_store, town)) == ["Bob", "Cyd"]
    bob = UserKey(town.site_id, "bob")
    town.store.erasing.finish(bob)
    town.store.people.forget_gone(bob)
    assert names(page(second_store, town)) == ["Cyd"]


@pytest.fixture
def lonely(store_url: str, clock: Clock) -> Iterator[Store]:
    """Give a worker that cannot reach the cache."""
    store = open_store(store_url=store_url, cache_url="memcached:///nowhere.sock", now_ms=clock)
    yield store
    store.close()


def test_without_the_cache_everything_is_read_from_the_database(town: Town, lonely: Store) -> None:
    befriend(town, "bob")
    secret, session = come_in(town)
    for _ in range(3):
        assert lonely.sessions.require_session(secret) == session
        assert names(page(lonely, town)) == ["Bob"]
    lonely.people.forget(ChangedPeople([], [UserKey(town.site_id, "bob")]))
    lonely.sessions.revoke_session(session)
    with pytest.raises(SessionEnded):
        lonely.sessions.require_session(secret)


def test_a_cache_of_each_workers_own_keeps_neither(town: Town, store_url: str, clock: Clock) -> None:
    alone = open_store(store_url=store_url, now_ms=clock)
    befriend(town, "bob")
    secret, _ = come_in(town)
    for _ in range(2):
        alone.sessions.require_session(secret)
        page(alone, town)
    assert (alone.cache.hits, alone.cache.misses) == (0, 0)
    alone.close()
