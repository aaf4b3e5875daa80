"""A messenger for what the example communities sign."""

from collections.abc import Iterator

import pytest
from flask import Flask

from imserver.app import create_app
from imserver.settings import (
    BusSettings,
    CacheSettings,
    FilesSettings,
    LimitsSettings,
    Settings,
    StoreSettings,
)
from imserver.store import open_store
from tests.app.member import Host, engine_of
from tests.services import make_folder


@pytest.fixture(scope="session")
def messenger() -> Iterator[Flask]:
    """The whole application on a store of its own, without a web server."""
    folder = make_folder()
    settings = Settings(
        store=StoreSettings(url=f"sqlite:///{folder}/im.db"),
        cache=CacheSettings(url="memory:"),
        bus=BusSettings(folder=str(folder)),
        files=FilesSettings(folder=str(folder / "files")),
        limits=LimitsSettings(sign_ins_per_minute=0),
    )
    store = open_store(store_url=settings.store.url)
    store.migrate()
    store.close()
    app = create_app(settings)
    engine_of(app).start()
    yield app
    engine_of(app).close()


@pytest.fixture
def host(messenger: Flask) -> Host:
    """Give a new site's host."""
    site = engine_of(messenger).store.sites.insert_site(
        name="Lantern Hill", origins=("http://localhost:8000",)
    )
    return Host(messenger, site)
