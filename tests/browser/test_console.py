"""The owner console in a real browser: looked over by axe, by phone and in the dark, and its policy kept."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from imserver.handlers.console import blueprint  # noqa: F401 - declares the pages
from imserver.handlers.console.table import PAGES
from tests.browser.console import EMAIL, PASSWORD, Console
from tests.browser.gateway import Gateway
from tests.browser.messenger import Messenger
from tests.browser.stage import LOOKS
from tests.browser.test_access import COLOURS, SMALL

# By the rules that are named only, if some are.
RUN = """async (only) => {
  const rules = only && {runOnly: {type: 'rule', values: only}};
  const {violations} = await axe.run(document, {resultTypes: ['violations'], ...rules});
  return violations.filter(({impact}) => ['serious', 'critical'].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 160)).join(' | ')}`);
}"""
OVERFLOWS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Every page that one can look at with a link, and what it is for.
PATHS = sorted(
    {page.path.removeprefix("/console/") for page in PAGES if page.method == "GET" and not page.raw}
    - {"code", "join", "sites/<site_id>", "sites/<site_id>/theme/preview"}
)
PATHS = [path for path in PATHS if path.count("<") <= 1]
FINGER_PX = 32
DARK_GROUND = """() => {
  const ground = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number);
  return Math.max(...ground) < 100;
}"""
FORGE = """() => {
  try { document.body.innerHTML += '<b>x</b>'; } catch (error) { console.error(String(error)); }
}"""


@pytest.fixture(scope="module")
def messenger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Messenger]:
    """Give one of its own, whose console has its one admin."""
    server = Messenger(tmp_path_factory.mktemp("im"))
    server.start()
    yield server
    # The checker has requests that wait for 28 s on purpose, and an orderly end waits for them.
    server.crash()
    server.close()


@pytest.fixture(scope="module")
def console(browser: Browser, messenger: Messenger) -> Console:
    console = Console(browser, messenger)
    console.set_up()
    console.seed_usage(days=1)
    console.seed_community()
    return console


def complaints(page: Page) -> list[str]:
    """Collect what the browser says of the page's policy and its errors from now on."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text or "Trusted" in message.text:
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def in_the_dark(page: Page) -> list[str]:
    """Put out the light and return what is serious about the colours; everything else is the same."""
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(DARK_GROUND), "the page is still light"
    found = [f"in the dark: {trouble}" for trouble in page.evaluate(RUN, COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("look", ["light", "phone"])
def test_nothing_serious_stands_in_the_way(console: Console, look: str) -> None:
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
    options: dict[str, Any] = {key: value for key, value in LOOKS[look].items() if key != "language"}
    page = console.open("", **options)
    said = complaints(page)
    troubles: dict[str, Any] = {}
    for path in [*PATHS, *(f"sites/<site_id>/{place}" for place in console.places.values())]:
        page.goto(f"{console.messenger.url}/console/{path.replace('<site_id>', console.site)}")
        expect(page.get_by_role("main")).to_be_visible()
        page.evaluate(axe + "\n;undefined")
        found = page.evaluate(RUN)
        if look == "phone":
            found += page.evaluate(SMALL, FINGER_PX)
            found += ["wider than the phone"] * (page.evaluate(OVERFLOWS) > 0)
        else:
            found += in_the_dark(page)
        if found:
            troubles[path] = found
    page.context.close()
    assert troubles == {}
    assert said == [], "the policy forbids what a page does"


def test_a_report_is_opened_and_decided_by_hand(console: Console) -> None:
    page = console.site_page("reports")
    page.get_by_role("link", name="Look at the report about Cheap Seeds 99").click()
    expect(page.get_by_role("main")).not_to_contain_text("CHEAP SEEDS, click here")
    page.get_by_role("button", name="Open the report").click()
    expect(page.get_by_label("The reported message")).to_contain_text("CHEAP SEEDS, click here")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Ban", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("They are banned")
    page.get_by_role("link", name="Audit").first.click()
    expect(page.get_by_role("main")).to_contain_text("report.viewed")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_role("status")).to_contain_text("entries are as they were written")
    page.context.close()


def test_a_forgery_of_a_page_would_be_seen(console: Console) -> None:
    page = console.open("")
    said = complaints(page)
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate(FORGE)
    expect(page.locator("main")).to_be_visible()
    page.context.close()
    assert len(said) >= 2


def test_the_checker_says_what_a_proxy_does_to_the_connection(console: Console, messenger: Messenger) -> None:
    gateway = Gateway(messenger.port)
    gateway.refuses_upgrades = gateway.cuts_waits = True
    page = console.open("", signed_in=False)
    page.goto(f"{gateway.url}/console/sites/{console.site}/install")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Try the connection").click()
    expect(page.locator("[data-probe=socket]")).to_contain_text("WebSockets do not get through")
    expect(page.locator("[data-probe=stream]")).to_contain_text("Streams arrive as they are sent")
    expect(page.locator("[data-probe=poll]")).to_contain_text("A waiting request is cut off early")
    gateway.refuses_upgrades = gateway.cuts_waits = False
    gateway.buffers_streams = True
    page.reload()
    page.get_by_role("button", name="Try the connection").click()
    expect(page.locator("[data-probe=socket]")).to_contain_text("WebSockets get through")
    expect(page.locator("[data-probe=stream]")).to_contain_text(
        "A proxy keeps answers back until they are whole"
    )
    # A poll that is let wait takes its 28 s; the server's part of that is in tests/app.
    expect(page.locator("[data-probe=poll]")).to_contain_text("Trying")
    page.context.close()
    gateway.close()


def test_a_colour_is_seen_in_the_preview_before_it_is_saved(console: Console) -> None:
    page = console.site_page("theme")
    said = complaints(page)
    page.get_by_label("Accent", exact=True).fill("#b00020")
    preview = page.frame_locator("#preview")
    expect(preview.locator("html")).to_have_attribute("style", "--im-accent: #b00020;")
    widget = preview.frame_locator("iframe")
    expect(widget.locator("body")).to_have_css("--im-fill", "rgb(176 0 32)")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_label("Accent", exact=True)).to_have_value("#b00020")
    page.context.close()
    assert said == []
