"""Two people talk."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window

Sit = Callable[..., Person]


def test_two_members_of_the_demo_talk_both_ways(browser: Browser, messenger: Messenger) -> None:
    windows = {}
    for user in ("ada", "bob"):
        context = browser.new_context()
        windows[user] = Window(context.new_page())
        windows[user].page.goto(f"{messenger.url}/demo?user={user}")
    ada, bob = windows["ada"], windows["bob"]
    ada.open_chat("Bob")
    ada.say("Bob", "Is the tank frozen?")
    bob.open_panel()
    bob.row("Conversations", "Ada").click()
    bob.expect_said("Ada", ["Is the tank frozen?"])
    bob.box("Ada").fill("Solid.")
    bob.chat("Ada").get_by_role("button", name="Send").click()
    ada.expect_said("Bob", ["Is the tank frozen?", "Solid."])
    assert ada.complaints == bob.complaints == []
    for window in windows.values():
        window.page.context.close()


def test_everything_is_found_by_role(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    frame = ada.frame
    for name in ("Contacts", "Conversations"):
        item = frame.get_by_role("list", name=name).get_by_role("listitem").filter(has_text="Bob")
        expect(item.get_by_role("button", name="Bob")).to_be_visible()
    expect(ada.log("Bob")).to_be_visible()
    expect(frame.get_by_role("button", name="Messenger")).to_have_attribute("aria-expanded", "true")
    # The history is not read out while it loads; what is new is announced outside it.
    expect(ada.log("Bob")).to_have_attribute("aria-live", "off")


def test_what_comes_in_is_announced_outside_the_log(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    bob.say("Ada", "anybody there?")
    expect(ada.frame.locator("[aria-live=polite]")).to_have_text("Bob: anybody there?")


def test_unread_is_counted_in_the_title_and_ends_when_it_is_read(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    ada.chat("Bob").get_by_role("button", name="Close chat").click()
    bob.say("Ada", "one")
    bob.say("Ada", "two")
    expect(ada.page).to_have_title("(2) A club")
    expect(ada.bar).to_have_accessible_description("2 unread")
    ada.row("Conversations", "Bob").click()
    expect(ada.chat("Bob").get_by_role("separator").filter(has_text="New")).to_be_visible()
    expect(ada.page).to_have_title("A club")
    ada.page.reload()
    expect(ada.bar).to_be_visible()
    expect(ada.page).to_have_title("A club")


def test_shift_enter_makes_a_line_and_a_half_composed_word_is_not_sent(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    box = ada.box("Bob")
    box.fill("")
    box.press_sequentially("first")
    box.press("Shift+Enter")
    box.press_sequentially("second")
    for event in ({"isComposing": True}, {"keyCode": 229}):
        box.dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, **event})
    ada.expect_said("Bob", ["hello"])
    box.press("Enter")
    ada.expect_said("Bob", ["hello", "first\nsecond"])


def test_what_looks_like_markup_is_shown_as_text(sit_down: Sit) -> None:
    name = "<img src=x onerror=alert(1)>"
    text = "<script>alert(2)</script> \"'&lt; javascript:alert(3) https://example.com/?a=<b>"
    eve = sit_down("eve")
    eve.put_page(token=eve.club.token("eve", name=name))
    eve.window.page.reload()
    expect(eve.window.bar).to_be_visible()
    ada = sit_down("ada").window
    dialogs: list[object] = []
    ada.page.on("dialog", lambda dialog: dialogs.append(dialog))
    ada.open_chat(name)
    eve.window.open_chat("Ada")
    eve.window.say("Ada", text)
    ada.expect_said(name, [text])
    links = ada.log(name).get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(links).to_have_attribute("href", "https://example.com/?a=")
    assert dialogs == []
    assert ada.complaints == []


def test_a_message_that_is_too_long_cannot_be_sent(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    ada.box("Bob").fill("x" * 4_001)
    expect(ada.chat("Bob").get_by_role("button", name="Send")).to_be_disabled()
    expect(ada.chat("Bob").get_by_text(re.compile("1 characters? too many"))).to_be_visible()
    ada.box("Bob").fill("🙂" * 4_000)
    expect(ada.chat("Bob").get_by_role("button", name="Send")).to_be_enabled()


def test_escape_closes_a_window_and_gives_the_focus_back(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    ada.box("Bob").press("Escape")
    expect(ada.chat("Bob")).to_have_count(0)
    expect(ada.bar).to_be_focused()


def test_presence_and_status_text_reach_those_who_watch(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    bob.frame.get_by_role("button", name="Your status").click()
    bob.frame.get_by_role("textbox", name="Status text").fill("in the greenhouse")
    bob.frame.get_by_role("textbox", name="Status text").press("Enter")
    expect(ada.chat("Bob").get_by_text("in the greenhouse")).to_be_visible(timeout=20_000)
    bob.frame.get_by_role("button", name="Your status").click()
    bob.frame.get_by_role("radio", name="Invisible").click()
    expect(ada.chat("Bob").get_by_text("Offline")).to_be_visible(timeout=20_000)
