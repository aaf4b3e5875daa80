"""One migrated store per engine for all of these tests: each has a site of its own."""

from collections.abc import Iterator

import pytest

from imserver.store import Store, open_store
from tests.services import MariaDB, Memcached, make_folder
from tests.store.town import Clock


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def store_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{make_folder() / 'im.db'}"
        return
    mariadb: MariaDB = request.getfixturevalue("mariadb_server")
    url = mariadb.create_database()
    yield url
    mariadb.drop_database(url)


@pytest.fixture(scope="module")
def store(engine: str, store_url: str, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Store]:
    cache_url = "memory:"
    if engine == "mysql":
        memcached: Memcached = request.getfixturevalue("memcached_server")
        cache_url = memcached.url
    store = open_store(store_url=store_url, cache_url=cache_url, cache_prefix="moving", now_ms=clock)
    store.migrate()
    yield store
    store.close()
