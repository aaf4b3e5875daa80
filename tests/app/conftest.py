"""The whole application, over both kinds of store, without a web server."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from imserver.app import create_app
from imserver.settings import (
    BusSettings,
    CacheSettings,
    ConsoleSettings,
    DeliverySettings,
    FilesSettings,
    LimitsSettings,
    PresenceSettings,
    Settings,
    StoreSettings,
)
from imserver.store import open_store
from imserver.store.values import SiteRules
from tests.app.member import Host, engine_of
from tests.app.scene import Scene
from tests.app.tables import count_rows
from tests.services import OPEN, MariaDB, Memcached, make_folder

BACKENDS = ("sqlite+memory", "mysql+memcached")
ORIGIN = "https://community.example"
# The periods of production would make the tests wait; what they mean stays the same.
QUICK = {
    "delivery": DeliverySettings(poll_min_seconds=3.0, poll_max_seconds=4.0, sweep_seconds=0.2),
    "presence": PresenceSettings(
        offline_seconds=0.3, change_seconds=0.0, batch_seconds=0.05, beat_seconds=0.5, dead_seconds=5.0
    ),
    "console": ConsoleSettings(sign_ins_per_minute=10_000, tries_per_minute=1_000),
    # A test sends as fast as the machine can; tests/store/test_fair_writer.py has the share of a site.
    "limits": LimitsSettings(
        messages_per_minute=0,
        sign_ins_per_minute=0,
        changes_per_minute=0,
        wrong_keys_per_minute=0,
        site_messages_per_second=0,
    ),
}

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[tuple[StoreSettings, CacheSettings]]:
    """A migrated store and a cache; a site is all that two tests need to be apart."""
    if request.param == "sqlite+memory":
        store = StoreSettings(url=f"sqlite:///{make_folder() / 'im.db'}")
        cache = CacheSettings(url="memory:")
        _migrate(store)
        yield store, cache
        return
    mariadb: MariaDB = request.getfixturevalue("mariadb_server")
    memcached: Memcached = request.getfixturevalue("memcached_server")
    store = StoreSettings(url=mariadb.create_database())
    _migrate(store)
    yield store, CacheSettings(url=memcached.url, prefix="tests-app")
    mariadb.drop_database(store.url)


def _migrate(settings: StoreSettings) -> None:
    store = open_store(store_url=settings.url)
    store.migrate()
    store.close()


@pytest.fixture(scope="module")
def make_app(backend: tuple[StoreSettings, CacheSettings]) -> Iterator[MakeApp]:
    """Give a function that builds and starts an application with other settings."""
    store, cache = backend
    folder = make_folder()
    apps: list[Flask] = []

    def make(**changed: object) -> Flask:
        settings = Settings(
            store=store,
            cache=cache,
            bus=BusSettings(folder=str(folder)),
            **({"files": FilesSettings(folder=str(folder / "files"), per_minute=0)} | QUICK | changed),
        )
        apps.append(create_app(settings))
        engine_of(apps[-1]).start()
        return apps[-1]

    yield make
    for app in apps:
        engine_of(app).close()


@pytest.fixture(scope="module")
def app(make_app: MakeApp) -> Flask:
    """Give the application of one worker, started; every test has a site of its own on it."""
    return make_app()


@pytest.fixture
def host(app: Flask) -> Host:
    """Give a new site's host."""
    return new_host(app)


@pytest.fixture
def other_host(app: Flask) -> Host:
    """Give the host of another site on the same installation."""
    return new_host(app, origin="https://elsewhere.example")


def new_host(app: Flask, *, origin: str = ORIGIN, rules: SiteRules = OPEN) -> Host:
    """Create a site that no other test has."""
    site = engine_of(app).store.sites.insert_site(name="A community", origins=(origin,), rules=rules)
    return Host(app, site)


@pytest.fixture
def scene(host: Host, backend: tuple[StoreSettings, CacheSettings]) -> Iterator[Scene]:
    """After each test, every table has as many rows as before it."""
    ada = host.visit("ada")
    host.visit("bob")
    conversation_id = ada.open("bob")
    ada.send(conversation_id, "the only message")
    before = count_rows(backend[0].url)
    yield Scene(host, ada, conversation_id)
    assert count_rows(backend[0].url) == before
