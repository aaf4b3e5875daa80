"""Fixtures of the browser tests: one server and one Chromium, a site of its own for every test."""

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

from tests.browser.gateway import Gateway
from tests.browser.hosts import Club, Host
from tests.browser.messenger import Messenger
from tests.browser.person import DEVICES, TRANSPORTS, Person, Window, meet
from tests.services import CHROMIUM, require_program

SITES = 1_000
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
    # A microphone that beeps, and whoever is asked for it says yes.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def open_chromium(
    kind: BrowserType, *more: str, names: tuple[str, ...] = CHROMIUM, **options: Any
) -> Browser:
    """Start a Chromium, with ``more`` arguments than usual and with Playwright's own options."""
    path = require_program(*names)
    return kind.launch(executable_path=path, args=[*CHROMIUM_ARGUMENTS, *more], **options)


@pytest.fixture(scope="session")
def messenger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Messenger]:
    server = Messenger(tmp_path_factory.mktemp("im"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def host(messenger: Messenger) -> Iterator[Host]:
    server = Host(messenger.url)
    yield server
    server.close()


@pytest.fixture(scope="session")
def clubs(messenger: Messenger, host: Host) -> Iterator[Club]:
    secrets = messenger.populate("sites", str(SITES), host.url)
    return itertools.starmap(Club, iter(secrets.items()))


@pytest.fixture
def club(clubs: Iterator[Club]) -> Club:
    return next(clubs)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = open_chromium(playwright.chromium)
        yield chromium
        chromium.close()


@pytest.fixture
def sit_down(browser: Browser, host: Host, club: Club) -> Iterator[Callable[..., Person]]:
    """Open a browser of somebody's own on a page of the club; all of them are closed after the test."""
    people: list[Person] = []

    def sit(user: str, **options: object) -> Person:
        person = Person(browser, host, club, user, **options)
        people.append(person)
        return person

    yield sit
    for person in people:
        person.context.close()


# Each transport and each device once; TEST_EVERYWHERE=1 takes every pair, which doubles the time.
PLACES = [("ws", "desktop"), ("poll", "phone")]
if os.environ.get("TEST_EVERYWHERE") == "1":
    PLACES = list(itertools.product(TRANSPORTS, DEVICES))


@pytest.fixture(params=PLACES, ids="-".join)
def everywhere(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Over a socket and by long polls, on a desk and on a phone: ``sit_down(user, **everywhere)``."""
    transport, device = request.param
    return {"transports": transport, **DEVICES[device]}


@pytest.fixture
def gateway(messenger: Messenger) -> Iterator[Gateway]:
    """A proxy in front of the messenger; whoever sits down ``via`` it sees what it does."""
    proxy = Gateway(messenger.port)
    yield proxy
    proxy.close()


@pytest.fixture
def pair_by_post(sit_down: Callable[..., Person]) -> tuple[Window, Window]:
    """The same two, where nothing but requests and answers gets through."""
    return meet(sit_down, transports="poll")


@pytest.fixture
def pair(sit_down: Callable[..., Person]) -> tuple[Window, Window]:
    """Ada and Bob, each with the other's window open."""
    return meet(sit_down)
