"""Searching people and messages in the panel, and within a conversation, with a jump to the place."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.person import Person, Window, meet
from tests.browser.test_lists import write_history

Sit = Callable[..., Person]
SEARCH = "Search people and messages"
HERE = "Search this conversation"
LINES = 130
ROW_PX = 56


def found(window: Window) -> Locator:
    """The messages that were found."""
    return window.frame.get_by_role("list", name="Messages").get_by_role("button")


def search_in_chat(window: Window, name: str, words: str) -> Locator:
    """Open the search of a conversation, type; return the field."""
    window.chat(name).get_by_role("button", name="More").click()
    window.frame.get_by_role("menuitem", name=HERE).click()
    field = window.chat(name).get_by_role("searchbox", name=HERE)
    expect(field).to_be_focused()
    field.fill(words)
    return field


def test_the_panel_finds_people_and_messages_and_opens_the_place(
    sit_down: Sit, everywhere: dict[str, Any]
) -> None:
    ada, bob = meet(sit_down, **everywhere)
    bob.say("Ada", "The café opens at <b>nine</b>")
    ada.expect_said("Bob", ["hello", "The café opens at <b>nine</b>"])
    ada.open_panel()
    ada.frame.get_by_role("searchbox", name=SEARCH).fill("CAFE nin")
    expect(found(ada)).to_have_count(1)
    expect(found(ada).locator("mark")).to_have_text(["café", "nin"])
    expect(found(ada)).to_have_accessible_name(re.compile(r"Bob, .*: The café opens at <b>nine</b>"))
    found(ada).click()
    expect(ada.log("Bob").get_by_text("The café opens")).to_be_in_viewport()
    assert ada.complaints == []


def top_of(locator: Locator) -> float:
    """Where it begins, in pixels from the top."""
    box = locator.bounding_box()
    assert box
    return box["y"]


def test_who_and_what_is_not_there_is_said(sit_down: Sit) -> None:
    ada, _ = meet(sit_down)
    field = ada.frame.get_by_role("searchbox", name=SEARCH)
    ada.open_panel()
    field.fill("xyzzy")
    expect(ada.frame.get_by_text("Nobody by that name")).to_be_visible()
    expect(ada.frame.get_by_text("No message with these words")).to_be_visible()
    field.fill("hel")
    expect(found(ada)).to_have_count(1)
    expect(ada.frame.get_by_text("No message with these words")).to_be_hidden()
    # What was found stands right under the line that there is nobody of that name.
    nobody, heading = ada.frame.get_by_text("Nobody by that name"), ada.frame.locator(".found-part h2")
    expect(nobody).to_be_visible()
    expect(heading).to_be_visible()
    assert 0 < top_of(heading) - top_of(nobody) < ROW_PX
    field.fill("")
    expect(ada.frame.get_by_role("list", name="Messages")).to_be_hidden()
    expect(ada.row("Conversations", "Bob")).to_be_visible()


def test_a_hit_far_back_is_fetched_and_shown(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada", **everywhere)
    expect(ada.window.bar).to_be_visible()
    write_history(ada, LINES)
    window = ada.window
    window.page.evaluate("im('open', {user: 'bob'})")
    expect(window.log("Bob").get_by_text(f"line {LINES - 1}", exact=True)).to_be_in_viewport()
    field = search_in_chat(window, "Bob", "line 7")
    expect(found(window)).to_have_count(11)
    field.press("Enter")
    expect(window.log("Bob").get_by_text("line 79", exact=True)).to_be_in_viewport()
    expect(window.chat("Bob").get_by_text("1 of 11")).to_be_visible()
    for _ in range(10):
        window.chat("Bob").get_by_role("button", name="Older result").click()
    expect(window.log("Bob").get_by_text("line 7", exact=True)).to_be_in_viewport()
    expect(window.chat("Bob").get_by_text("11 of 11")).to_be_visible()
    expect(window.chat("Bob").get_by_role("button", name="Older result")).to_be_disabled()
    window.chat("Bob").get_by_role("button", name="Newer result").click()
    expect(window.log("Bob").get_by_text("line 70", exact=True)).to_be_in_viewport()


def test_the_keyboard_is_enough(sit_down: Sit) -> None:
    ada, bob = meet(sit_down)
    for number in range(3):
        bob.say("Ada", f"apple {number}")
    ada.expect_said("Bob", ["hello", "apple 0", "apple 1", "apple 2"])
    field = search_in_chat(ada, "Bob", "apple")
    expect(found(ada)).to_have_count(3)
    field.press("ArrowDown")
    expect(found(ada).nth(0)).to_be_focused()
    ada.page.keyboard.press("ArrowDown")
    expect(found(ada).nth(1)).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.chat("Bob").get_by_text("2 of 3")).to_be_visible()
    expect(ada.frame.get_by_role("list", name="Messages")).to_be_hidden()
    field.focus()
    expect(found(ada).nth(0)).to_be_hidden()
    field.press("ArrowDown")
    expect(found(ada).nth(0)).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(ada.box("Bob")).to_be_focused()


def test_long_lists_come_in_pages(sit_down: Sit) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    write_history(ada, LINES)
    ada.window.open_panel()
    ada.window.frame.get_by_role("searchbox", name=SEARCH).fill("line")
    expect(found(ada.window).first).to_contain_text(f"line {LINES - 1}")
    assert found(ada.window).count() <= 40
    while (count := found(ada.window).count()) < LINES:
        found(ada.window).last.scroll_into_view_if_needed()
        expect(found(ada.window).nth(count)).to_be_attached()
    expect(found(ada.window)).to_have_count(LINES)
