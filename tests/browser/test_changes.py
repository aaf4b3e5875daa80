"""Messages that are answered, changed, deleted, reacted to and pinned, everywhere alike."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.person import Person, Window, meet
from tests.browser.test_groups import accept, make_group

Sit = Callable[..., Person]
CREW = "Saturday crew"


def message(window: Window, name: str, text: str) -> Locator:
    """The message with ``text`` in the conversation with ``name``."""
    return window.log(name).get_by_role("article").filter(has_text=text)


def choose(window: Window, name: str, text: str, action: str) -> None:
    """Pick from the menu of a message, by keyboard."""
    message(window, name, text).focus()
    window.page.keyboard.press("Enter")
    window.chat(name).get_by_role("menuitem", name=action, exact=True).click()


def react(window: Window, name: str, text: str, emoji: str) -> None:
    message(window, name, text).focus()
    window.page.keyboard.press("Enter")
    window.chat(name).get_by_role("group", name="React", exact=True).get_by_role("button", name=emoji).click()


def pill(window: Window, name: str, text: str) -> Locator:
    return message(window, name, text).get_by_role("group", name="Reactions").locator("[aria-pressed]")


def test_an_answer_carries_its_quote_and_the_quote_leads_back(
    sit_down: Sit, everywhere: dict[str, Any]
) -> None:
    ada, bob = meet(sit_down, **everywhere)
    choose(bob, "Ada", "hello", "Reply")
    expect(bob.box("Ada")).to_be_focused()
    bob.say("Ada", "hello yourself")
    quote = message(ada, "Bob", "hello yourself").locator(".quote")
    expect(quote).to_have_text(re.compile("You.*hello"))
    quote.click()
    expect(message(ada, "Bob", "hello").first).to_be_focused()
    assert ada.complaints == bob.complaints == []


def test_an_own_message_is_changed_for_both(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada, bob = meet(sit_down, **everywhere)
    choose(bob, "Ada", "hello", "Reply")
    bob.say("Ada", "yes?")
    expect(message(ada, "Bob", "yes?")).to_be_visible()
    ada.box("Bob").focus()
    ada.page.keyboard.press("ArrowUp")
    expect(ada.box("Bob")).to_have_value("hello")
    ada.say("Bob", "good evening")
    for window, name in ((ada, "Bob"), (bob, "Ada")):
        window.expect_said(name, ["good evening", "yes?"])
        expect(window.log(name).get_by_text("edited")).to_have_attribute("title", re.compile("^Edited"))
        expect(message(window, name, "yes?").locator(".quote")).to_have_text(re.compile("good evening"))
    bob.page.reload()
    expect(message(bob, "Ada", "yes?")).to_be_visible() if not everywhere.get("is_mobile") else None


def test_a_change_that_is_called_off_gives_the_draft_back(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    ada.box("Bob").fill("half a thought")
    choose(ada, "Bob", "hello", "Edit")
    expect(ada.box("Bob")).to_have_value("hello")
    ada.page.reload()
    expect(ada.box("Bob")).to_have_value("hello")
    expect(ada.chat("Bob").get_by_text("Editing message")).to_be_visible()
    ada.box("Bob").press("Escape")
    expect(ada.box("Bob")).to_have_value("half a thought")
    expect(ada.chat("Bob")).to_be_visible()


def test_a_deleted_message_leaves_its_place_to_both(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada, bob = meet(sit_down, **everywhere)
    choose(ada, "Bob", "hello", "Delete")
    ada.frame.get_by_role("dialog", name="Delete message?").get_by_role("button", name="Delete").click()
    for window, name in ((ada, "Bob"), (bob, "Ada")):
        window.expect_said(name, ["This message was deleted"])
    expect(bob.log("Ada").get_by_text("hello")).to_have_count(0)


def test_reactions_are_counted_and_taken_back(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada, bob = meet(sit_down, **everywhere)
    react(bob, "Ada", "hello", "❤️")
    expect(pill(ada, "Bob", "hello")).to_have_text(["❤️1"])
    expect(pill(ada, "Bob", "hello")).to_have_attribute("title", "Bob reacted with ❤️")
    pill(ada, "Bob", "hello").focus()
    ada.page.keyboard.press("Enter")
    for window, name in ((ada, "Bob"), (bob, "Ada")):
        expect(pill(window, name, "hello")).to_have_text(["❤️2"])
        expect(pill(window, name, "hello")).to_have_attribute("aria-pressed", "true")
    react(bob, "Ada", "hello", "❤️")
    expect(pill(ada, "Bob", "hello")).to_have_text(["❤️1"])
    pill(ada, "Bob", "hello").click()
    expect(pill(bob, "Ada", "hello")).to_have_count(0)


def test_any_emoji_may_be_a_reaction(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    message(ada, "Bob", "hello").locator(".text").hover()
    ada.log("Bob").get_by_role("button", name="React").first.click()
    ada.chat("Bob").get_by_role("button", name="All emoji").click()
    picker = ada.chat("Bob").get_by_role("dialog", name="Emoji")
    picker.get_by_role("searchbox").fill("lobster")
    picker.get_by_role("searchbox").press("Enter")
    expect(picker).to_have_count(0)
    expect(pill(bob, "Ada", "hello")).to_have_text(["🦞1"])


def test_pinned_messages_stand_on_top_for_both(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada, bob = meet(sit_down, **everywhere)
    choose(ada, "Bob", "hello", "Pin")
    for window, name in ((ada, "Bob"), (bob, "Ada")):
        expect(window.chat(name).locator(".pinned .words")).to_have_text("hello")
    bob.say("Ada", "second")
    bob.expect_settled("Ada")
    choose(bob, "Ada", "second", "Pin")
    expect(ada.chat("Bob").locator(".pinned")).to_have_text(re.compile("1 of 2.*second"))
    ada.chat("Bob").get_by_role("button", name="Pinned messages").last.click()
    rows = ada.frame.get_by_role("dialog", name="Pinned messages").get_by_role("listitem")
    expect(rows).to_have_count(2)
    rows.filter(has_text="hello").get_by_role("button").click()
    expect(message(ada, "Bob", "hello")).to_be_focused()
    choose(bob, "Ada", "second", "Unpin")
    expect(ada.chat("Bob").locator(".pinned .words")).to_have_text("hello")


def test_somebody_is_mentioned_by_completion(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada = sit_down("ada", **everywhere).window
    bob = sit_down("bob", **everywhere).window
    expect(bob.bar).to_be_visible()
    make_group(ada, "Bob", called=CREW)
    accept(bob, CREW)
    expect(ada.log(CREW).get_by_text("joined")).to_be_visible()
    box = ada.box(CREW)
    box.press_sequentially("who else, @bo")
    option = ada.chat(CREW).get_by_role("option", name="Bob")
    expect(option).to_have_attribute("aria-selected", "true")
    box.dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True, "isComposing": True})
    expect(option).to_be_visible()
    box.press("Tab")
    expect(box).to_have_value("who else, @Bob ")
    box.press("Enter")
    mention = bob.log(CREW).get_by_role("button", name="@Bob")
    expect(mention).to_have_class(re.compile("own"))
    expect(bob.log(CREW).locator(".sender").filter(visible=True)).to_have_text(["Ada"])
    assert ada.complaints == bob.complaints == []


def test_somebody_who_reads_is_seen_to_have_read(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada, bob = meet(sit_down, **everywhere)
    ada.say("Bob", "seen?")
    expect(message(ada, "Bob", "seen?")).to_have_attribute("data-mark", "read")
    bob.chat("Ada").get_by_role("button", name=re.compile("Close chat|Back")).filter(
        visible=True
    ).first.click()
    ada.say("Bob", "and now?")
    expect(message(ada, "Bob", "and now?")).to_have_attribute("data-mark", "delivered", timeout=15_000)


def test_a_conversation_is_left_for_later(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    ada.chat("Bob").get_by_role("button", name="More").first.click()
    ada.frame.get_by_role("menuitem", name="Mark as unread").click()
    expect(ada.chat("Bob")).to_have_count(0)
    item = ada.frame.get_by_role("list", name="Conversations").get_by_role("listitem")
    expect(item).to_have_class(re.compile("unread"))
    ada.row("Conversations", "Bob").click()
    expect(item).not_to_have_class(re.compile("unread"))
