"""Every screen, looked over by axe: nothing serious stands between it and anybody (WCAG 2.2, level AA)."""

from collections.abc import Callable, Iterator
from importlib import resources

import pytest
from playwright.sync_api import Browser, Frame, expect

from tests.browser.messenger import Messenger
from tests.browser.person import Window
from tests.browser.screens import SCREENS, Scene
from tests.browser.screenshots import set_scene
from tests.browser.stage import LOOKS, Stage

# What axe knows of WCAG 2.2 A and AA, and what it calls good practice beyond that.
# By the rules that are named only, if some are.
RUN = """async (only) => {
  const options = {resultTypes: ['violations'], ...(only && {runOnly: {type: 'rule', values: only}}), rules: {
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
# What looks different in the dark is looked over again where the light goes out before the screen.
COLOURS = ["color-contrast", "link-in-text-block"]
CASES = [
    pytest.param(name, look, id=f"{name}-{look}")
    for name, screen in SCREENS.items()
    for look in screen.looks
    if look != "rtl" and not (look == "dark" and "light" in screen.looks)
]
# Before anything of a page runs: what was open on the one before it does not open again.
FORGET = "try { localStorage.clear(); } catch {}"
GREY = """() => {
  const grey = document.body.appendChild(document.createElement('p'));
  Object.assign(grey.style, {color: '#777', backgroundColor: '#666', position: 'fixed', top: 0, left: 0});
  grey.textContent = 'grey on grey';
}"""
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


def troubles(window: Window, only: list[str] | None = None) -> list[str]:
    """Return what axe finds in the messenger, the serious and the critical; by the rules ``only``."""
    frame = frame_of(window)
    if not frame.evaluate("'axe' in window"):
        source = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
        frame.evaluate(source + "\n;undefined")
    found: list[str] = frame.evaluate(RUN, only)
    return found


def put_out_the_light(window: Window) -> None:
    window.page.emulate_media(color_scheme="dark")
    expect(window.frame.locator("body")).to_have_attribute("data-theme", "dark")


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


@pytest.fixture(scope="module")
def ada_in(stage: Stage) -> Iterator[Callable[[str], Window]]:
    """Give a function that opens Ada's page in a look, as if for the first time: a browser for each look."""
    windows: dict[str, Window] = {}

    def open_in(look: str) -> Window:
        if look not in windows:
            windows[look] = stage.open("ada", reduced_motion="reduce", **LOOKS[look])
            windows[look].page.add_init_script(FORGET)
            return windows[look]
        page = windows[look].page
        page.emulate_media(color_scheme=LOOKS[look].get("color_scheme", "light"))
        page.goto(page.url)
        expect(windows[look].frame.locator(".bar")).to_be_visible()
        return windows[look]

    yield open_in
    for window in windows.values():
        window.page.context.close()


@pytest.fixture
def ada(ada_in: Callable[[str], Window], request: pytest.FixtureRequest) -> Window:
    return ada_in(request.node.callspec.params["look"])


@pytest.mark.parametrize(("name", "look"), CASES)
def test_nothing_serious_stands_in_the_way(stage: Stage, ada: Window, name: str, look: str) -> None:
    SCREENS[name].show(Scene(stage, ada, look))
    assert troubles(ada) == []
    if look == "phone":
        assert frame_of(ada).evaluate(SMALL, FINGER_PX) == [], "a finger hits what it wants"
    if look == "light" and "dark" in SCREENS[name].looks:
        put_out_the_light(ada)
        assert troubles(ada, COLOURS) == [], "in the dark"


def test_axe_would_say_if_there_were_something(stage: Stage) -> None:
    window = stage.open("ada")
    frame_of(window).evaluate(
        "() => document.body.append(Object.assign(document.createElement('button'), {className: 'round'}))"
    )
    assert any(trouble.startswith("button-name") for trouble in troubles(window))
    put_out_the_light(window)
    assert troubles(window, COLOURS) == []
    frame_of(window).evaluate(GREY)
    assert any(trouble.startswith("color-contrast") for trouble in troubles(window, COLOURS))
    window.page.context.close()
