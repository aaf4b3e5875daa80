"""Groups: made, joined, talked in, ruled and left, over a socket and by post, on a desk and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person, Window

Sit = Callable[..., Person]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
TRANSPORTS = pytest.mark.parametrize("transports", ["ws", "poll"])
NAME = "Saturday crew"


def sit(sit_down: Sit, user: str, **options: Any) -> Window:
    window = sit_down(user, **options).window
    window.connected(options.get("transports", ""))
    return window


def dialog(window: Window, name: str) -> Locator:
    return window.frame.get_by_role("dialog", name=name)


def pick(window: Window, *names: str) -> None:
    """Choose people in the picker that is open."""
    box = window.frame.get_by_role("searchbox", name="Search people").last
    for name in names:
        box.fill(name)
        found = window.frame.get_by_role("list", name="People").get_by_role("checkbox")
        # The rows of the whole list make room for those that were found.
        expect(found).to_have_count(1)
        expect(found).to_have_accessible_name(name)
        found.click()


def make_group(window: Window, *names: str, called: str = NAME) -> None:
    """Make a group and ask ``names`` into it; its window is open then."""
    window.open_panel()
    window.frame.get_by_role("button", name="New group").click()
    window.frame.get_by_role("textbox", name="Name").fill(called)
    pick(window, *names)
    dialog(window, "New group").get_by_role("button", name="Create").click()
    expect(window.box(called)).to_be_visible()


def accept(window: Window, name: str = NAME) -> None:
    """Accept the invitation, found by the line in the panel."""
    window.open_panel()
    window.frame.locator("[data-folder=invitations]").click()
    dialog(window, "Invitations").get_by_role("button", name=f"Accept: {name}").click()
    expect(window.chat(name)).to_be_visible()


def open_info(window: Window, name: str = NAME) -> Locator:
    """Open what there is to know about a group whose window is open."""
    window.chat(name).get_by_role("button", name="More").first.click()
    window.frame.get_by_role("menuitem", name="Members and more").click()
    return dialog(window, "Group")


def act_on(window: Window, person: str, action: str) -> None:
    """Choose something from a member's menu."""
    window.frame.get_by_role("button", name=f"More about {person}").click()
    window.frame.get_by_role("menuitem", name=action).click()


@TRANSPORTS
def test_three_people_talk_in_a_group(sit_down: Sit, transports: str) -> None:
    bob = sit(sit_down, "bob", transports=transports)
    cyd = sit(sit_down, "cyd", transports=transports)
    ada = sit(sit_down, "ada", transports=transports)
    make_group(ada, "Bob", "Cyd")
    for window in (bob, cyd):
        accept(window)
    ada.say(NAME, "welcome")
    bob.say(NAME, "hello")
    cyd.say(NAME, "hi")
    for window in (ada, bob, cyd):
        for text in ("welcome", "hello", "hi"):
            expect(window.log(NAME).get_by_text(text, exact=True)).to_be_visible()
        window.expect_settled(NAME)
        assert window.complaints == []
    ada.open_panel()
    expect(ada.row("Conversations", NAME)).to_contain_text("Cyd: hi")


def test_a_member_is_shown_with_a_card_and_written_to_from_there(sit_down: Sit) -> None:
    bob = sit(sit_down, "bob")
    ada = sit(sit_down, "ada")
    make_group(ada, "Bob")
    accept(bob)
    open_info(ada).get_by_role("list", name="Members").get_by_role("button", name="Bob", exact=True).click()
    card = dialog(ada, "Profile")
    expect(card).to_contain_text("Bob")
    card.get_by_role("button", name="Message").click()
    expect(ada.box("Bob")).to_be_visible()
    expect(dialog(ada, "Group")).to_have_count(0)


@TRANSPORTS
def test_an_invitation_shows_and_may_be_declined(sit_down: Sit, transports: str) -> None:
    bob = sit(sit_down, "bob", transports=transports)
    ada = sit(sit_down, "ada", transports=transports)
    make_group(ada, "Bob")
    bob.open_panel()
    line = bob.frame.locator("[data-folder=invitations]")
    expect(line).to_contain_text("1")
    line.click()
    expect(dialog(bob, "Invitations")).to_contain_text("Ada")
    dialog(bob, "Invitations").get_by_role("button", name=f"Decline: {NAME}").click()
    expect(dialog(bob, "Invitations").get_by_text("Nothing waits for your answer")).to_be_visible()
    bob.page.keyboard.press("Escape")
    expect(line).to_be_hidden()
    expect(bob.row("Conversations", NAME)).to_have_count(0)


@TRANSPORTS
def test_who_is_removed_loses_the_window_and_the_row(sit_down: Sit, transports: str) -> None:
    bob = sit(sit_down, "bob", transports=transports)
    ada = sit(sit_down, "ada", transports=transports)
    make_group(ada, "Bob")
    accept(bob)
    open_info(ada)
    act_on(ada, "Bob", "Remove")
    ada.frame.get_by_role("dialog", name="Remove Bob?").get_by_role("button", name="Remove").click()
    expect(bob.chat(NAME)).to_have_count(0)
    expect(bob.row("Conversations", NAME)).to_have_count(0)


def test_a_group_that_is_left_here_is_gone_on_the_other_device(sit_down: Sit) -> None:
    desk = sit(sit_down, "ada")
    make_group(desk, called="Just me")
    phone = sit(sit_down, "ada", **PHONE)
    phone.open_panel()
    phone.row("Conversations", "Just me").click()
    expect(phone.box("Just me")).to_be_visible()
    open_info(desk, "Just me").get_by_role("button", name="Leave group").click()
    desk.frame.get_by_role("dialog", name="Leave Just me?").get_by_role("button", name="Leave").click()
    for window in (desk, phone):
        expect(window.chat("Just me")).to_have_count(0)
        expect(window.row("Conversations", "Just me")).to_have_count(0)


@TRANSPORTS
def test_a_new_name_and_a_new_role_reach_everybody(sit_down: Sit, transports: str) -> None:
    bob = sit(sit_down, "bob", transports=transports)
    ada = sit(sit_down, "ada", transports=transports)
    make_group(ada, "Bob")
    accept(bob)
    open_info(ada)
    act_on(ada, "Bob", "Make a moderator")
    expect(ada.frame.get_by_role("list", name="Members").get_by_text("Moderator")).to_be_visible()
    dialog(ada, "Group").get_by_role("button", name="Close").click()
    info = open_info(bob)
    info.get_by_role("button", name="Name and topic").click()
    bob.frame.get_by_role("textbox", name="Name").fill("Sunday crew")
    bob.frame.get_by_role("textbox", name="Topic").fill("Beds one to four")
    bob.frame.get_by_role("dialog", name="Name and topic").get_by_role("button", name="Save").click()
    expect(ada.chat("Sunday crew")).to_be_visible()
    expect(ada.chat("Sunday crew")).to_contain_text("Beds one to four")


def test_somebody_is_asked_in_later_and_banned(sit_down: Sit) -> None:
    cyd = sit(sit_down, "cyd")
    ada = sit(sit_down, "ada")
    make_group(ada)
    open_info(ada).get_by_role("button", name="Invite people").click()
    pick(ada, "Cyd")
    dialog(ada, "Invite people").get_by_role("button", name="Invite", exact=True).click()
    accept(cyd)
    dialog(ada, "Group").get_by_role("button", name="Close").click()
    open_info(ada)
    act_on(ada, "Cyd", "Ban")
    ada.frame.get_by_role("dialog", name="Ban Cyd?").get_by_role("button", name="Ban").click()
    expect(cyd.chat(NAME)).to_have_count(0)


def test_a_group_on_a_phone(sit_down: Sit) -> None:
    bob = sit(sit_down, "bob", **PHONE)
    ada = sit(sit_down, "ada", **PHONE)
    make_group(ada, "Bob")
    accept(bob)
    bob.say(NAME, "from my pocket")
    expect(ada.log(NAME).get_by_text("from my pocket")).to_be_visible()
    info = open_info(ada)
    expect(info.get_by_role("list", name="Members").get_by_role("button", name="Bob").first).to_be_visible()


def test_a_group_window_survives_a_reload_with_its_draft(sit_down: Sit) -> None:
    ada = sit(sit_down, "ada")
    make_group(ada, called="Draft club")
    ada.say("Draft club", "one")
    ada.expect_settled("Draft club")
    ada.box("Draft club").fill("half a sent")
    ada.page.reload()
    expect(ada.box("Draft club")).to_have_value("half a sent")
    expect(ada.log("Draft club").get_by_text("one", exact=True)).to_be_visible()


def test_a_group_needs_a_name(sit_down: Sit) -> None:
    ada = sit(sit_down, "ada")
    ada.open_panel()
    ada.frame.get_by_role("button", name="New group").click()
    dialog(ada, "New group").get_by_role("button", name="Create").click()
    expect(dialog(ada, "New group")).to_contain_text("It needs a name.")
