"""docs/keyboard.md, walked: everything is done without a pointer, and what has the focus shows it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person, Window

Sit = Callable[..., Person]
TABS = 30
SHOWN = """element => {
  const {boxShadow, outlineStyle, outlineWidth} = getComputedStyle(element);
  const around = getComputedStyle(element.querySelector('.bubble') || element.closest('.box') || element);
  const outlined = outlineStyle !== 'none' && outlineWidth !== '0px';
  return boxShadow !== 'none' || around.boxShadow !== 'none' || outlined;
}"""


def tab_to(window: Window, wanted: Locator, *, key: str = "Tab") -> None:
    """Press Tab until ``wanted`` has the focus; everything on the way shows that it has it."""
    for _ in range(TABS):
        window.page.keyboard.press(key)
        focused = window.frame.locator(":focus")
        if focused.count():
            assert focused.evaluate(SHOWN), focused.evaluate("element => element.outerHTML.slice(0, 300)")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("Tab does not lead there")


@pytest.fixture
def ada(sit_down: Sit) -> Window:
    bob = sit_down("bob").window
    expect(bob.bar).to_be_visible()
    window: Window = sit_down("ada").window
    window.connected()
    return window


def test_from_the_host_page_to_a_message_that_is_sent(ada: Window) -> None:
    keyboard = ada.page.keyboard
    tab_to(ada, ada.bar)
    keyboard.press("Enter")
    expect(ada.row("Contacts", "Bob")).to_be_visible()
    tab_to(ada, ada.row("Contacts", "Bob"))
    keyboard.press("Enter")
    expect(ada.box("Bob")).to_be_focused()
    keyboard.type("first line")
    keyboard.press("Shift+Enter")
    keyboard.type("second line")
    keyboard.press("Enter")
    expect(ada.log("Bob").locator(".text")).to_have_text(["first line\nsecond line"])
    expect(ada.box("Bob")).to_be_focused()


def test_f6_goes_round_the_cards(ada: Window) -> None:
    ada.open_chat("Bob")
    expect(ada.box("Bob")).to_be_focused()
    ada.page.keyboard.press("F6")
    expect(ada.frame.locator(".hub :focus")).to_have_count(1)
    ada.page.keyboard.press("F6")
    expect(ada.box("Bob")).to_be_focused()
    ada.page.keyboard.press("Shift+F6")
    expect(ada.frame.locator(".hub :focus")).to_have_count(1)


def test_escape_closes_one_thing_after_the_other(ada: Window) -> None:
    expect(ada.open_chat("Bob")).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.chat("Bob")).to_have_count(0)
    search = ada.frame.locator(".panel input[type=search]")
    search.fill("bo")
    ada.page.keyboard.press("Escape")
    expect(search).to_have_value("")
    ada.page.keyboard.press("Escape")
    expect(ada.bar).to_have_attribute("aria-expanded", "false")
    expect(ada.bar).to_be_focused()


def test_arrow_keys_go_through_lists_and_messages(ada: Window, sit_down: Sit) -> None:
    for name in ("carl", "dora"):
        expect(sit_down(name).window.bar).to_be_visible()
    for name in ("Bob", "Carl", "Dora"):
        ada.page.evaluate("user => im('open', {user})", name.lower())
        expect(ada.box(name)).to_be_visible()
        ada.say(name, f"hello {name}")
        ada.say(name, "and again")
        ada.expect_settled(name)
    ada.open_panel()
    keyboard = ada.page.keyboard
    ada.row("Conversations", "Dora").focus()
    keyboard.press("ArrowDown")
    expect(ada.row("Conversations", "Carl")).to_be_focused()
    keyboard.press("End")
    expect(ada.row("Conversations", "Bob")).to_be_focused()
    keyboard.press("Home")
    keyboard.press("Enter")
    expect(ada.box("Dora")).to_be_focused()
    tab_to(ada, ada.log("Dora"), key="Shift+Tab")
    keyboard.press("ArrowUp")
    expect(ada.log("Dora").locator(".message:focus .text")).to_have_text("and again")
    keyboard.press("ArrowUp")
    expect(ada.log("Dora").locator(".message:focus .text")).to_have_text("hello Dora")
    keyboard.press("Enter")
    expect(ada.frame.get_by_role("menu")).to_be_visible()
    keyboard.press("Escape")
    expect(ada.frame.get_by_role("menu")).to_have_count(0)
    expect(ada.log("Dora").locator(".message:focus .text")).to_have_text("hello Dora")
    keyboard.press("Escape")
    expect(ada.box("Dora")).to_be_focused()


def test_a_status_is_chosen_by_arrow_keys(ada: Window) -> None:
    ada.open_panel()
    ada.frame.get_by_role("button", name="Your status").focus()
    keyboard = ada.page.keyboard
    keyboard.press("Enter")
    expect(ada.frame.get_by_role("radio", name="Online")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(ada.frame.get_by_role("button", name="Your status")).to_be_focused()
    expect(ada.frame.locator(".me .line")).to_have_text("Do not disturb")


def test_only_new_messages_are_read_out(ada: Window, sit_down: Sit) -> None:
    live = ada.frame.locator("[aria-live=polite]").first
    bob = sit_down("bob").window
    bob.open_chat("Ada")
    bob.say("Ada", "before it is open")
    bob.expect_settled("Ada")
    ada.open_chat("Bob")
    ada.expect_said("Bob", ["before it is open"])
    expect(live).to_have_text("")
    ada.say("Bob", "my own")
    ada.expect_settled("Bob")
    expect(live).to_have_text("")
    bob.say("Ada", "something new")
    expect(live).to_have_text("Bob: something new")
    assert ada.log("Bob").get_attribute("aria-live") == "off"
