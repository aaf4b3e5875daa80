"""Every screen, looked over by axe: nothing serious stands between it and anybody (WCAG 2.2, level AA)."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame

from tests.browser.messenger import Messenger
from tests.browser.person import Window
from tests.browser.screens import SCREENS, Scene
from tests.browser.screenshots import set_scene
from tests.browser.stage import LOOKS, Stage

# What axe knows of WCAG 2.2 A and AA, and what it calls good practice beyond that.
RUN = """async () => {
  const options = {resultTypes: ['violations'], rules: {
    'target-size': {enabled: true},
    // A frame inside the host's page is no page of its own.
    'page-has-heading-one': {enabled: false}, 'landmark-one-main': {enabled: false}, region: {enabled: false},
  }};
  const {violations} = await axe.run(document, options);
  // A list of suggestions is walked from the text that they are for, and has no stop of its own.
  const exempt = (id, {html}) => id === 'scrollable-region-focusable' && html.includes('role="listbox"');
  const serious = violations.filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => ({id, nodes: nodes.filter((node) => !exempt(id, node))}))
    .filter(({nodes}) => nodes.length);
  const told = ({html, failureSummary}) => `${html.slice(0, 200)} ${failureSummary}`;
  return serious.map(({id, nodes}) => `${id}: ${nodes.map(told).join(' | ')}`);
}"""
CASES = [
    pytest.param(name, look, id=f"{name}-{look}")
    for name, screen in SCREENS.items()
    for look in screen.looks
    if look != "rtl"
]
# Where fingers are used; what stands inside messages, banners and emoji is held to the 24 px of axe.
FINGER_PX = 40
SMALL = """(least) => [...document.querySelectorAll('button, input, select, [role=button], [tabindex="0"]')]
  .filter((one) => !one.closest('.log .message, .log > *, .pinned, .emojis, .hush, [disabled]'))
  .filter((one) => one.getClientRects().length)
  .map((one) => [one.closest('label') || one, one])
  .filter(([target]) => target.getBoundingClientRect().height < least)
  .map(([, one]) => one.outerHTML.slice(0, 160))"""


def frame_of(window: Window) -> Frame:
    return next(frame for frame in window.page.frames if "/frame?" in frame.url)


def troubles(window: Window) -> list[str]:
    """Return what axe finds in the messenger, the serious and the critical."""
    source = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
    frame = frame_of(window)
    frame.evaluate(source + "\n;undefined")
    found: list[str] = frame.evaluate(RUN)
    return found


@pytest.fixture(scope="module")
def messenger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Messenger]:
    """Give one of its own: what is said at the demo for these pictures would be in the others' way."""
    server = Messenger(tmp_path_factory.mktemp("im"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def stage(browser: Browser, messenger: Messenger) -> Iterator[Stage]:
    evening = Stage(browser, messenger.url)
    set_scene(evening)
    yield evening
    evening.close()


@pytest.fixture
def ada(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Window]:
    look: Any = request.node.callspec.params["look"]
    window = stage.open("ada", reduced_motion="reduce", **LOOKS[look])
    yield window
    window.page.context.close()


@pytest.mark.parametrize(("name", "look"), CASES)
def test_nothing_serious_stands_in_the_way(stage: Stage, ada: Window, name: str, look: str) -> None:
    SCREENS[name].show(Scene(stage, ada, look))
    assert troubles(ada) == []
    if look == "phone":
        assert frame_of(ada).evaluate(SMALL, FINGER_PX) == [], "a finger hits what it wants"


def test_axe_would_say_if_there_were_something(stage: Stage) -> None:
    window = stage.open("ada")
    frame_of(window).evaluate(
        "() => document.body.append(Object.assign(document.createElement('button'), {className: 'round'}))"
    )
    assert any(trouble.startswith("button-name") for trouble in troubles(window))
    window.page.context.close()
