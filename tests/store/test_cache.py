"""The cache, by the same tests in the process and in memcached; and memcached when it fails."""

import hashlib
import secrets
import socket
from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Pool

from imserver.store import open_store
from imserver.store.cache import Aside, Backend, MemoryBackend, open_cache
from imserver.store.cache.aside import TOMBSTONE
from imserver.store.cache.backend import VALUE_LIMIT_BYTES, safe_key
from imserver.store.cache.memcached import MemcachedBackend
from tests.services import Memcached, wait_until
from tests.store.town import Town

Key = tuple[str, str]


@pytest.fixture
def cache(cache_url: str) -> Iterator[Backend]:
    backend = open_cache(cache_url)
    yield backend
    backend.close()


def aside(cache: Backend, prefix: str, load: object) -> Aside[Key, str]:
    return Aside(cache, load, prefix=prefix, kind=str, parts=lambda key: key)  # type: ignore[arg-type]


def ask(memcached: Memcached, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(memcached.socket))
        client.sendall(command)
        return client.recv(65_536)


def test_values_come_back_as_they_were_and_are_counted(cache: Backend, cache_prefix: str) -> None:
    values = {f"{cache_prefix}:{n}": secrets.token_bytes(n * 100) for n in range(20)}
    for key, value in values.items():
        assert cache.set(key, value, ttl_seconds=60)
    assert cache.get_many([*values, f"{cache_prefix}:none"]) == values
    assert (cache.hits, cache.misses, cache.failures) == (20, 1, 0)


def test_add_does_not_overwrite_and_delete_makes_room(cache: Backend, cache_prefix: str) -> None:
    assert cache.add(cache_prefix, b"first", ttl_seconds=60)
    assert not cache.add(cache_prefix, b"second", ttl_seconds=60)
    assert cache.get_many([cache_prefix]) == {cache_prefix: b"first"}
    assert cache.delete(cache_prefix)
    assert cache.add(cache_prefix, b"second", ttl_seconds=60)


def test_a_value_that_is_too_large_is_refused_aloud(cache: Backend, cache_prefix: str) -> None:
    assert not cache.set(cache_prefix, b"x" * (VALUE_LIMIT_BYTES + 1), ttl_seconds=60)
    assert cache.get_many([cache_prefix]) == {}


def test_a_value_gets_old(cache: Backend, cache_prefix: str) -> None:
    cache.set(cache_prefix, b"x", ttl_seconds=1)
    wait_until(lambda: not cache.get_many([cache_prefix]), seconds=5)


def test_an_invalidated_value_cannot_be_added_back_by_a_slow_reader(
    cache: Backend, cache_prefix: str
) -> None:
    stored = {"row": "old"}
    reading, go_on = Event(), Event()

    def load(keys: list[Key]) -> dict[Key, str]:
        value = stored["row"]
        if not reading.is_set():
            reading.set()
            go_on.wait()
        return dict.fromkeys(keys, value)

    people = aside(cache, cache_prefix, load)
    slow = gevent.spawn(people.fetch, ("s", "u"))
    reading.wait()
    stored["row"] = "new"
    people.forget([("s", "u")])
    assert people.fetch(("s", "u")) == "new"  # a load that began before the change is not shared
    go_on.set()
    assert slow.get() == "old"
    assert people.fetch(("s", "u")) == "new"


def test_many_who_miss_the_same_key_share_one_load(cache: Backend, cache_prefix: str) -> None:
    loads: list[list[Key]] = []

    def load(keys: list[Key]) -> dict[Key, str]:
        loads.append(keys)
        gevent.sleep(0.01)
        return dict.fromkeys(keys, "value")

    people = aside(cache, cache_prefix, load)
    jobs = [gevent.spawn(people.fetch_many, [("s", "a"), ("s", str(n % 3))]) for n in range(30)]
    gevent.joinall(jobs, raise_error=True)
    assert sorted(key for keys in loads for key in keys) == [("s", "0"), ("s", "1"), ("s", "2"), ("s", "a")]


def test_when_the_one_who_loads_is_killed_another_loads(cache: Backend, cache_prefix: str) -> None:
    started = Event()

    def load(keys: list[Key]) -> dict[Key, str]:
        first = not started.is_set()
        started.set()
        gevent.sleep(60 if first else 0)
        return dict.fromkeys(keys, "value")

    people = aside(cache, cache_prefix, load)
    leader = gevent.spawn(people.fetch, ("s", "u"))
    started.wait()
    follower = gevent.spawn(people.fetch, ("s", "u"))
    gevent.sleep(0)
    leader.kill()
    assert follower.get(timeout=5) == "value"


def test_what_does_not_exist_is_asked_for_once(cache: Backend, cache_prefix: str) -> None:
    loads: list[list[Key]] = []
    people = aside(cache, cache_prefix, lambda keys: loads.append(keys) or {})
    assert [people.fetch(("s", "ghost")) for _ in range(5)] == [None] * 5
    assert len(loads) == 1


def test_bytes_that_nobody_here_wrote_are_a_miss(cache: Backend, cache_prefix: str) -> None:
    people = aside(cache, cache_prefix, lambda keys: dict.fromkeys(keys, "true"))
    name = safe_key((cache_prefix, "s", "u"))
    for strange in (b"", b"\xff" * 10, b"\x80\x04K\x01.", b"\x92\x91\xa1x\xa1y", TOMBSTONE):
        cache.set(name, strange, ttl_seconds=60)
        assert people.fetch(("s", "u")) == "true"


def test_a_value_that_lies_under_the_wrong_key_is_a_miss(cache: Backend, cache_prefix: str) -> None:
    people = aside(cache, cache_prefix, lambda keys: {key: key[1] for key in keys})
    people.fetch(("s", "ada"))
    data = cache.get_many([safe_key((cache_prefix, "s", "ada"))]).popitem()[1]
    cache.set(safe_key((cache_prefix, "s", "bob")), data, ttl_seconds=60)
    assert people.fetch(("s", "bob")) == "bob"


def hostile_keys(count: int) -> list[Key]:
    shapes = [
        "{}", " {}", "{}\r\nset x 0 0 1\r\n1", "\x00{}", "s:{}", "{}:", "~{}", "é{}", "😀{}", "../{}",
        "x" * 300 + "{}", "{}\n", "get {}", "{} noreply", "\t{}",
    ]  # fmt: skip
    return [
        (shapes[n % len(shapes)].format(n), shapes[n // 7 % len(shapes)].format(n % 50)) for n in range(count)
    ]


def test_ten_thousand_hostile_keys_never_read_one_another(cache: Backend, cache_prefix: str) -> None:
    keys = list(dict.fromkeys(hostile_keys(10_000)))
    people = aside(cache, cache_prefix, lambda wanted: {key: _mark(key) for key in wanted})
    for _ in range(2):
        chunks = [keys[n : n + 50] for n in range(0, len(keys), 50)]
        answers = Pool(8).imap_unordered(people.fetch_many, chunks)
        found = {key: value for answer in answers for key, value in answer.items()}
        assert found == {key: _mark(key) for key in keys}
    assert cache.hits >= len(keys) * 0.9


def _mark(key: Key) -> str:
    return hashlib.sha256(repr(key).encode()).hexdigest()


def test_different_keys_have_different_names_of_plain_ascii() -> None:
    keys = list(dict.fromkeys(hostile_keys(10_000)))
    names = {safe_key(("prefix", *key)) for key in keys}
    assert len(names) == len(keys)
    assert all(
        name.isascii() and name.isprintable() and " " not in name and len(name) < 250 for name in names
    )


# -- memcached alone


@pytest.fixture
def remote(memcached: Memcached) -> Iterator[MemcachedBackend]:
    backend = open_cache(memcached.url)
    assert isinstance(backend, MemcachedBackend)
    yield backend
    memcached.thaw()
    backend.close()


def test_a_thousand_greenlets_share_four_connections(
    remote: MemcachedBackend, memcached: Memcached, cache_prefix: str
) -> None:
    def connections() -> int:
        stats = ask(memcached, b"stats\r\n")
        return int(stats.partition(b"STAT curr_connections ")[2].split()[0])

    # A fresh one: memcached counts connections of earlier tests until it has seen them close.
    memcached.kill()
    memcached.start()
    before = connections()
    values = {f"{cache_prefix}{n}": str(n).encode() for n in range(1_000)}
    writes = [gevent.spawn(remote.set, key, value, ttl_seconds=60) for key, value in values.items()]
    gevent.joinall(writes, raise_error=True)
    jobs = {key: gevent.spawn(remote.get_many, [key]) for key in values}
    gevent.joinall(jobs.values(), raise_error=True)
    assert {key: job.value for key, job in jobs.items()} == {key: {key: values[key]} for key in values}
    assert connections() == before + 4


@pytest.mark.parametrize("flags", [1, 2, 4, 8, 16, 32, 9])
def test_what_is_not_plain_bytes_is_a_miss_whatever_its_flags(
    remote: MemcachedBackend, memcached: Memcached, cache_prefix: str, flags: int
) -> None:
    payload = b"cos\nsystem\n(S'exit 1'\ntR."
    ask(memcached, b"set %b %d 60 %d\r\n%b\r\n" % (cache_prefix.encode(), flags, len(payload), payload))
    found = remote.get_many([cache_prefix])
    assert found.get(cache_prefix, b"") == b""
    assert remote.set(cache_prefix, b"fine", ttl_seconds=60)
    assert remote.get_many([cache_prefix]) == {cache_prefix: b"fine"}


def test_memcached_killed_and_started_again_gives_no_old_value(
    remote: MemcachedBackend, memcached: Memcached, cache_prefix: str
) -> None:
    remote.set(cache_prefix, b"old", ttl_seconds=60)
    memcached.kill()
    assert remote.get_many([cache_prefix]) == {}
    remote.invalidate(cache_prefix, TOMBSTONE, ttl_seconds=12)
    memcached.start()
    wait_until(lambda: remote.get_many([cache_prefix]) == {cache_prefix: TOMBSTONE}, seconds=10)


def test_an_invalidation_that_a_frozen_server_missed_is_replayed_before_it_is_trusted(
    remote: MemcachedBackend, memcached: Memcached, cache_prefix: str
) -> None:
    remote.set(cache_prefix, b"old", ttl_seconds=60)
    memcached.freeze()
    remote.invalidate(cache_prefix, TOMBSTONE, ttl_seconds=12)
    seen = []
    memcached.thaw()
    wait_until(
        lambda: seen.append(remote.get_many([cache_prefix]).get(cache_prefix)) or seen[-1] is not None,
        seconds=10,
    )
    assert set(seen) <= {None, TOMBSTONE}


def test_a_frozen_server_costs_little_once_it_is_known(
    remote: MemcachedBackend, memcached: Memcached, cache_prefix: str
) -> None:
    memcached.freeze()
    for _ in range(3):  # what waits together fails together: as one look-up
        jobs = [gevent.spawn(remote.get_many, [f"{cache_prefix}{n}"]) for n in range(100)]
        gevent.joinall(jobs, raise_error=True)
    assert (failures := remote.failures) >= 3
    for _ in range(1_000):
        assert remote.get_many([cache_prefix]) == {}
    # Nobody has been waited for.
    assert remote.failures == failures
    memcached.thaw()
    assert remote.servers[0].breaker.is_open
    wait_until(lambda: not remote.servers[0].breaker.is_open, seconds=10)


def test_the_store_goes_on_without_memcached_and_never_answers_wrongly(
    memcached: Memcached, mariadb_url: str, cache_prefix: str
) -> None:
    store = open_store(store_url=mariadb_url, cache_url=memcached.url, cache_prefix=cache_prefix)
    store.migrate()
    town = Town(store)
    for user_id in ("ada", "bob"):
        town.add(user_id)
    for round_name in ("first", "second"):
        memcached.kill()
        for n in range(5):
            town.add("bob", f"Bob {round_name} {n}")
            assert store.people.require_person(town.site_id, "bob").name == f"Bob {round_name} {n}"
        memcached.start()
        town.add("bob", f"Bob {round_name}")
        assert store.people.require_person(town.site_id, "bob").name == f"Bob {round_name}"
    town.say("ada", town.open("ada", "bob").id, "still here")
    store.close()


def test_the_memory_backend_stays_within_its_bounds() -> None:
    backend = MemoryBackend(entries_limit=100, bytes_limit=50_000)
    for n in range(1_000):
        backend.set(str(n), b"x" * (n % 900), ttl_seconds=60)
        assert backend.total_bytes <= 50_000
    kept = backend.get_many([str(n) for n in range(1_000)])
    assert 0 < len(kept) <= 100
    assert "999" in kept
