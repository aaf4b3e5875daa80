"""The same tests on both pairs of engines: SQLite with the in-process cache, MariaDB with memcached."""

from collections.abc import Iterator

import pytest

from imserver.store import Store, open_store
from tests.store.town import Clock, Town


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "mysql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store_url(engine: str, request: pytest.FixtureRequest) -> str:
    """Give the URL of a database with every table and no row."""
    fixture = "migrated_sqlite_url" if engine == "sqlite" else "migrated_mariadb_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def cache_url(engine: str, request: pytest.FixtureRequest) -> str:
    return "memory:" if engine == "sqlite" else str(request.getfixturevalue("memcached_url"))


@pytest.fixture
def store(store_url: str, cache_url: str, cache_prefix: str, clock: Clock) -> Iterator[Store]:
    """Give a store with its tables."""
    store = open_store(store_url=store_url, cache_url=cache_url, cache_prefix=cache_prefix, now_ms=clock)
    yield store
    store.close()


@pytest.fixture
def second_store(
    store: Store, store_url: str, cache_url: str, cache_prefix: str, clock: Clock
) -> Iterator[Store]:
    """Give what another worker has: the same database, another writer."""
    other = open_store(store_url=store_url, cache_url=cache_url, cache_prefix=cache_prefix, now_ms=clock)
    yield other
    other.close()


@pytest.fixture
def town(store: Store, clock: Clock) -> Town:
    """Give a site with ada, bob and cyd."""
    town = Town(store, clock)
    for user_id in ("ada", "bob", "cyd"):
        town.add(user_id)
    return town
