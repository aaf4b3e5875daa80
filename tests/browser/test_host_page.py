"""The host page is left alone: its policy, its clicks, its scrolling, its title."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import open_chromium
from tests.browser.gateway import Gateway
from tests.browser.hosts import Club, Host
from tests.browser.messenger import Messenger
from tests.browser.person import DEVICES, Person, Window
from tests.services import WHOLE_CHROMIUM

Sit = Callable[..., Person]
COUNT_CLICKS = """() => {
  window.clicks = [];
  document.addEventListener('click', (event) => window.clicks.push([event.clientX, event.clientY]));
}"""
MARGIN_PX = 16
CACHE_OFF = "--disable-back-forward-cache"
NOTE = """() => {
  window.heard = [];
  im('on', 'message', (message) => window.heard.push(message.text));
  addEventListener('pageshow', (event) => { window.shownAgain = event.persisted; });
}"""


@pytest.fixture
def bob(sit_down: Sit) -> Person:
    person = sit_down("bob")
    expect(person.window.bar).to_be_visible()
    return person


def cards(window: Window) -> list[dict[str, float]]:
    """Where the visible parts of the messenger are."""
    boxes = [card.bounding_box() for card in window.frame.locator(".card:visible").all()]
    return [dict(box) for box in boxes if box]


def test_the_strictest_policy_is_enough(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.put_page(csp=ada.host.strict_csp())
    window = ada.open_window()
    window.open_chat("Bob")
    window.say("Bob", "through a needle's eye")
    window.expect_settled("Bob")
    window.page.reload()
    window.expect_said("Bob", ["through a needle's eye"])
    assert window.complaints == []
    assert bob.window.complaints == []


def test_clicks_beside_the_widget_reach_the_host(sit_down: Sit, bob: Person) -> None:
    window = sit_down("ada").window
    window.page.evaluate(COUNT_CLICKS)
    window.open_chat("Bob")
    window.chat("Bob").get_by_role("button", name="Minimise").click()
    expect(window.box("Bob")).to_be_hidden()
    chat, panel = cards(window)
    points = [
        (chat["x"] + chat["width"] / 2, chat["y"] - MARGIN_PX),
        (chat["x"] - MARGIN_PX, chat["y"] + 10),
        (panel["x"] + panel["width"] / 2, panel["y"] - MARGIN_PX),
        (20, 780),
        (640, 300),
    ]
    for x, y in points:
        window.page.mouse.click(x, y)
    assert window.page.evaluate("window.clicks") == [pytest.approx(point, abs=1) for point in points]
    window.page.mouse.click(chat["x"] + 60, chat["y"] + 20)
    expect(window.box("Bob")).to_be_visible()
    assert len(window.page.evaluate("window.clicks")) == len(points)


def test_a_second_tag_changes_nothing(sit_down: Sit, messenger: Messenger) -> None:
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    add = """([src, site]) => new Promise((done) => {
      const tag = document.createElement('script');
      Object.assign(tag, {src, onload: done}).dataset.site = site;
      document.body.append(tag);
    })"""
    ada.window.page.evaluate(add, [f"{messenger.url}/im.js", ada.club.site])
    expect(ada.window.bar).to_be_visible()
    assert ada.window.page.locator("iframe").count() == 1


def test_calls_made_before_the_loader_came_are_carried_out(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    early = """<script>
      window.im = window.im || function () { (im.q = im.q || []).push(arguments); };
      im('on', 'ready', (detail) => { document.body.dataset.ready = detail.user; });
      im('open', {user: 'bob'});
    </script>"""
    ada.put_page(markup=early)
    ada.window.page.reload()
    expect(ada.window.box("Bob")).to_be_visible()
    expect(ada.window.page.locator("body")).to_have_attribute("data-ready", "ada")


def test_destroy_leaves_nothing_and_boot_starts_again(sit_down: Sit) -> None:
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    ada.window.page.evaluate("im('destroy')")
    assert ada.window.page.locator("iframe").count() == 0
    again = {"site": ada.club.site, "token": ada.club.token("ada")}
    ada.window.page.evaluate("options => im('boot', options)", again)
    expect(ada.window.bar).to_be_visible()
    assert ada.window.page.locator("iframe").count() == 1


@pytest.mark.parametrize("transport", ["ws", "poll"])
def test_the_page_is_kept_for_going_back_and_then_goes_on(
    browser: Browser, host: Host, club: Club, bob: Person, gateway: Gateway, transport: str
) -> None:
    # Playwright turns the cache off; this browser is started with it on.
    chromium = open_chromium(browser.browser_type, names=WHOLE_CHROMIUM, ignore_default_args=[CACHE_OFF])
    ada = Person(chromium, host, club, "ada", via=gateway.url, transports=transport)
    ada.window.connected(transport)
    ada.window.open_chat("Bob")
    ada.window.say("Bob", "before")
    ada.window.expect_settled("Bob")
    ada.window.chat("Bob").get_by_role("button", name="Close chat").click()
    ada.window.page.evaluate(NOTE)
    host.put_page("/plain", site=club.site)
    ada.window.page.goto(f"{host.url}/plain")
    bob.window.open_panel()
    bob.window.row("Conversations", "Ada").click()
    bob.window.say("Ada", "while you were away")
    # Playwright loses sight of a frame that comes back, so the host page itself says what it hears.
    ada.window.page.go_back(wait_until="commit")
    expect(ada.window.page).to_have_title("(1) A club")
    bob.window.say("Ada", "and now")
    expect(ada.window.page).to_have_title("(2) A club")
    assert ada.window.page.evaluate("[window.shownAgain, window.heard.at(-1)]") == [True, "and now"]
    # A page with an open socket is not kept: it was closed, and another one opened.
    assert gateway.upgrades == (2 if transport == "ws" else 0)
    assert ada.window.connected(transport)["role"] == "leader"
    chromium.close()


def test_on_a_phone_the_chat_takes_the_whole_screen(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada", **DEVICES["phone"])
    expect(ada.window.bar).to_be_visible()
    closed = ada.window.bar.bounding_box()
    assert closed is not None
    assert closed["width"] <= 64
    box = ada.window.open_chat("Bob")
    (whole,) = cards(ada.window)
    assert (whole["width"], whole["height"]) == pytest.approx((390, 844), abs=1)
    assert float(box.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")) >= 16
    ada.window.say("Bob", "from the bus")
    ada.window.expect_settled("Bob")
    ada.window.chat("Bob").get_by_role("button", name="Back").click()
    expect(ada.window.row("Conversations", "Bob")).to_be_visible()
