"""Profile cards, blocks, switches, requests, mutes and reports, as people see them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.messenger import Messenger
from tests.browser.person import TRANSPORTS, Person, Window, meet
from tests.browser.test_groups import NAME, accept, make_group, sit

Sit = Callable[..., Person]


@pytest.fixture
def pair(sit_down: Sit, everywhere: dict[str, Any]) -> tuple[Window, Window]:
    """ada and bob, each with the other's window open."""
    return meet(sit_down, **everywhere)


def dialog(window: Window, name: str) -> Locator:
    return window.frame.get_by_role("dialog", name=name)


def choose(window: Window, name: str, action: str) -> None:
    """Open the menu of the conversation with ``name``, and choose what it offers."""
    window.chat(name).locator(".head").get_by_role("button", name="More").click()
    window.frame.get_by_role("menuitem", name=action, exact=True).click()


def go_to(window: Window, folder: str) -> None:
    """Choose what the panel's menu leads to."""
    window.open_panel()
    window.frame.locator(".panel").get_by_role("button", name="More").click()
    window.frame.get_by_role("menuitem", name=folder, exact=True).click()


def block(window: Window, name: str) -> None:
    choose(window, name, "Block")
    dialog(window, f"Block {name}?").get_by_role("button", name="Block").click()
    expect(window.chat(name).locator(".threshold")).to_contain_text("You have blocked")


def test_a_profile_card_says_who_somebody_is_and_what_they_are_now(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    choose(ada, "Bob", "Profile")
    card = dialog(ada, "Profile")
    expect(card.locator(".profile .name")).to_have_text("Bob")
    expect(card.locator(".profile .line")).to_have_text("Online")
    for offer in ("Write a message", "Mute", "Block", "Report"):
        expect(card.get_by_role("button", name=offer, exact=True)).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_face_in_the_log_leads_to_the_card(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    bob.say("Ada", "look at me")
    ada.expect_said("Bob", ["hello", "look at me"])
    ada.log("Bob").locator(".message .face").last.click()
    expect(dialog(ada, "Profile").locator(".profile .name")).to_have_text("Bob")


def test_who_is_blocked_cannot_tell_and_is_not_heard(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    block(ada, "Bob")
    expect(ada.box("Bob")).to_be_hidden()
    bob.say("Ada", "are you there?")
    bob.expect_said("Ada", ["hello", "are you there?"])
    bob.expect_settled("Ada")
    expect(bob.chat("Ada").locator(".head")).to_contain_text("Offline")
    ada.expect_said("Bob", ["hello"])
    ada.chat("Bob").locator(".threshold").get_by_role("button", name="Unblock").click()
    expect(ada.box("Bob")).to_be_visible()
    bob.say("Ada", "and now?")
    ada.expect_said("Bob", ["hello", "and now?"])


def test_blocked_people_are_listed_and_let_go(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    block(ada, "Bob")
    ada.open_panel()
    expect(ada.row("Conversations", "Bob")).to_have_count(0)
    go_to(ada, "Settings")
    dialog(ada, "Settings").get_by_role("button", name="Blocked people").click()
    people = dialog(ada, "Blocked people")
    people.get_by_role("button", name="Unblock: Bob").click()
    expect(people.get_by_text("Nobody is blocked")).to_be_visible()
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.press("Escape")
    expect(ada.row("Conversations", "Bob")).to_be_visible()


def test_switches_are_kept_and_followed_on_other_devices(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    desk, phone = (sit_down("ada", **everywhere).window for _ in range(2))
    for window in (desk, phone):
        go_to(window, "Settings")
        expect(dialog(window, "Settings").get_by_role("switch", name="Typing")).to_be_checked()
    dialog(desk, "Settings").get_by_role("switch", name="Typing").click()
    expect(dialog(phone, "Settings").get_by_role("switch", name="Typing")).not_to_be_checked()
    expect(dialog(phone, "Settings").get_by_role("switch", name="Online status")).to_be_checked()
    desk.page.reload()
    go_to(desk, "Settings")
    expect(dialog(desk, "Settings").get_by_role("switch", name="Typing")).not_to_be_checked()


def test_quiet_hours_are_kept(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada = sit_down("ada", **everywhere).window
    go_to(ada, "Settings")
    dialog(ada, "Settings").get_by_label("From").fill("22:30")
    dialog(ada, "Settings").get_by_label("From").press("Tab")
    dialog(ada, "Settings").get_by_label("Until").fill("07:00")
    with ada.page.expect_response(lambda answer: answer.url.endswith("/v1/settings")):
        dialog(ada, "Settings").get_by_label("Until").press("Tab")
    ada.page.reload()
    go_to(ada, "Settings")
    expect(dialog(ada, "Settings").get_by_label("From")).to_have_value("22:30")
    expect(dialog(ada, "Settings").get_by_label("Until")).to_have_value("07:00")


def test_a_stranger_asks_first_and_is_let_in(
    sit_down: Sit, everywhere: dict[str, Any], messenger: Messenger
) -> None:
    ada = sit_down("ada", **everywhere)
    messenger.populate("requests", ada.club.site)
    bob = sit_down("bob", **everywhere).window
    bob.open_chat("Ada")
    bob.say("Ada", "you do not know me")
    ada.window.open_panel()
    ada.window.frame.locator("[data-folder=requests]").click()
    waiting = dialog(ada.window, "Message requests")
    expect(waiting.get_by_text("you do not know me")).to_be_visible()
    expect(ada.window.row("Conversations", "Bob")).to_have_count(0)
    waiting.get_by_role("button", name="Accept: Bob").click()
    expect(waiting.get_by_text("Nobody is waiting")).to_be_visible()
    ada.window.page.keyboard.press("Escape")
    expect(ada.window.row("Conversations", "Bob")).to_be_visible()


def test_a_stranger_who_is_put_away_stays_away(
    sit_down: Sit, everywhere: dict[str, Any], messenger: Messenger
) -> None:
    ada = sit_down("ada", **everywhere)
    messenger.populate("requests", ada.club.site)
    bob = sit_down("bob", **everywhere).window
    bob.open_chat("Ada")
    bob.say("Ada", "buy this")
    ada.window.open_panel()
    ada.window.frame.locator("[data-folder=requests]").click()
    dialog(ada.window, "Message requests").locator(".asked .row").click()
    threshold = ada.window.chat("Bob").locator(".threshold")
    expect(threshold).to_contain_text("would like to write to you")
    threshold.get_by_role("button", name="Decline: Bob").click()
    expect(ada.window.chat("Bob")).to_have_count(0)
    bob.say("Ada", "buy that")
    bob.expect_settled("Ada")
    ada.window.page.reload()
    ada.window.open_panel()
    expect(ada.window.row("Contacts", "Bob")).to_be_visible()
    expect(ada.window.frame.locator("[data-folder=requests]")).to_have_count(0)
    expect(ada.window.row("Conversations", "Bob")).to_have_count(0)


def test_a_mute_is_shown_in_the_list_and_taken_back(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    choose(ada, "Bob", "Mute")
    ada.frame.get_by_role("menuitem", name="For 8 hours").click()
    ada.open_panel()
    expect(ada.row("Conversations", "Bob").locator(".signs .icon")).to_be_visible()
    ada.row("Conversations", "Bob").click()
    choose(ada, "Bob", "Unmute")
    ada.open_panel()
    expect(ada.row("Conversations", "Bob").locator(".signs .icon")).to_have_count(0)


def test_a_message_is_reported_with_a_reason(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    bob.say("Ada", "something rude")
    ada.expect_said("Bob", ["hello", "something rude"])
    choose(ada, "Bob", "Report")
    form = dialog(ada, "Report Bob")
    send = form.get_by_role("button", name="Report", exact=True)
    expect(send).to_be_disabled()
    form.get_by_label("Insults or threats").check()
    form.get_by_label("Anything to add?").fill("twice already")
    with ada.page.expect_response(lambda answer: answer.url.endswith("/v1/reports")) as told:
        send.click()
    assert told.value.status == 201
    expect(form).to_be_hidden()
    expect(ada.frame.get_by_text("Thank you for your report.")).to_be_visible()
    assert not [line for line in ada.complaints if "report" in line.lower()]


@pytest.mark.parametrize("transports", TRANSPORTS)
def test_what_a_blocked_person_says_among_others_is_folded_away(sit_down: Sit, transports: str) -> None:
    bob, ada = (sit(sit_down, name, transports=transports) for name in ("bob", "ada"))
    make_group(ada, "Bob")
    accept(bob)
    bob.say(NAME, "I had to say it")
    ada.expect_said(NAME, ["I had to say it"])
    ada.open_chat("Bob")
    block(ada, "Bob")
    said = ada.log(NAME).get_by_text("I had to say it")
    expect(said).to_be_hidden()
    ada.log(NAME).get_by_role("button", name="Message from somebody you have blocked").click()
    expect(said).to_be_visible()
