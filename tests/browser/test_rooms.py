"""Rooms: found, joined, read without joining, heard over every transport, ruled, and of any size."""

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.gateway import Gateway
from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window
from tests.browser.test_groups import PHONE, act_on, dialog, sit

Sit = Callable[..., Person]
EVERY_TRANSPORT = pytest.mark.parametrize("transports", ["ws", "sse", "poll"])
NAME = "Potting shed"
CROWD = 100_000
PAUSE_SECONDS = 4


def open_rooms(window: Window) -> Locator:
    """Open the list of public rooms."""
    window.open_panel()
    window.frame.locator(".search-tools").get_by_role("button", name="More").click()
    window.frame.get_by_role("menuitem", name="Rooms").click()
    return dialog(window, "Rooms")


def make_room(window: Window, called: str = NAME, topic: str = "") -> None:
    """Make a public room; its window is open then."""
    open_rooms(window).get_by_role("button", name="New room").click()
    form = dialog(window, "New room")
    form.get_by_role("textbox", name="Name").fill(called)
    form.get_by_role("textbox", name="Topic").fill(topic)
    form.get_by_role("button", name="Create").click()
    expect(window.box(called)).to_be_visible()


def look_into(window: Window, name: str = NAME) -> Locator:
    """Open a public room without joining it."""
    open_rooms(window).get_by_role("button", name=name, exact=True).click()
    return window.chat(name)


def join(window: Window, name: str = NAME) -> None:
    look_into(window, name).get_by_role("button", name="Join").click()
    expect(window.box(name)).to_be_visible()


def open_members(window: Window, name: str = NAME) -> Locator:
    window.chat(name).get_by_role("button", name="More").first.click()
    window.frame.get_by_role("menuitem", name="Members and more").click()
    return dialog(window, "Room")


@EVERY_TRANSPORT
def test_a_room_is_found_joined_and_talked_in(sit_down: Sit, transports: str) -> None:
    ada = sit(sit_down, "ada", transports=transports)
    bob = sit(sit_down, "bob", transports=transports)
    make_room(ada, topic="Seeds and soil")
    join(bob)
    for number in range(3):
        ada.say(NAME, f"ada {number}")
        bob.say(NAME, f"bob {number}")
    for window in (ada, bob):
        window.expect_settled(NAME)
        for number in range(3):
            for who in ("ada", "bob"):
                expect(window.log(NAME).get_by_text(f"{who} {number}", exact=True)).to_have_count(1)
        assert window.complaints == []
    assert ada.said(NAME) == bob.said(NAME)


@EVERY_TRANSPORT
def test_a_room_is_read_without_joining(sit_down: Sit, transports: str) -> None:
    ada = sit(sit_down, "ada", transports=transports)
    bob = sit(sit_down, "bob", transports=transports)
    make_room(ada)
    chat = look_into(bob)
    expect(chat.get_by_text("Join the room to write in it.")).to_be_visible()
    expect(bob.box(NAME)).to_be_hidden()
    ada.say(NAME, "heard by who looks in")
    expect(bob.log(NAME).get_by_text("heard by who looks in")).to_be_visible()
    bob.open_panel()
    expect(bob.row("Conversations", NAME)).to_have_count(0)


@EVERY_TRANSPORT
def test_a_room_that_is_opened_while_the_state_is_read_stays_and_is_heard(
    sit_down: Sit, transports: str
) -> None:
    ada = sit(sit_down, "ada")
    make_room(ada)
    bob = sit(sit_down, "bob", transports=transports)
    held: list[Route] = []
    bob.page.route("**/v1/state", lambda route: held.append(route))
    with bob.page.expect_request("**/v1/state"):
        bob.page.reload()
    with bob.page.expect_event("requestfinished", lambda request: request.url.endswith("/rooms.js")):
        chat = look_into(bob)
    # The program has noted by now that it is to hear the room, and has no connection yet.
    expect(chat.get_by_role("button", name="Join")).to_be_visible()
    bob.page.route("**/v1/conversations/r*", lambda route: held.append(route))
    with bob.page.expect_request(re.compile("/v1/conversations/[^/]+$")):
        held[0].continue_()
    expect(chat.get_by_role("button", name="Join")).to_be_visible()
    expect(bob.box(NAME)).to_be_hidden()
    bob.page.unroute("**/v1/conversations/r*")
    for route in held[1:]:
        route.continue_()
    ada.say(NAME, "heard by who looks in")
    expect(bob.log(NAME).get_by_text("heard by who looks in")).to_be_visible()


@EVERY_TRANSPORT
def test_a_joined_room_counts_what_is_new_while_its_window_is_closed(sit_down: Sit, transports: str) -> None:
    ada = sit(sit_down, "ada", transports=transports)
    bob = sit(sit_down, "bob", transports=transports)
    make_room(ada)
    join(bob)
    bob.chat(NAME).get_by_role("button", name="Close chat").click()
    ada.say(NAME, "psst")
    row = bob.row("Conversations", NAME)
    expect(row).to_contain_text("psst")
    expect(row).to_have_accessible_description("1 unread")


@EVERY_TRANSPORT
def test_a_room_is_caught_up_with_after_a_cut(sit_down: Sit, gateway: Gateway, transports: str) -> None:
    ada = sit(sit_down, "ada")
    bob = sit(sit_down, "bob", transports=transports, via=gateway.url)
    make_room(ada)
    join(bob)
    ada.say(NAME, "before")
    expect(bob.log(NAME).get_by_text("before", exact=True)).to_be_visible()
    bob.page.context.set_offline(True)
    gateway.cut()
    for number in range(5):
        ada.say(NAME, f"meanwhile {number}")
    ada.expect_settled(NAME)
    bob.page.context.set_offline(False)
    for number in range(5):
        expect(bob.log(NAME).get_by_text(f"meanwhile {number}", exact=True)).to_have_count(1)
    ada.say(NAME, "after")
    expect(bob.log(NAME).get_by_text("after", exact=True)).to_have_count(1)


def test_two_tabs_hear_one_room(sit_down: Sit) -> None:
    ada = sit(sit_down, "ada")
    person = sit_down("bob")
    first = person.window
    first.connected()
    make_room(ada)
    join(first)
    second = person.open_window()
    expect(second.box(NAME)).to_be_visible()
    ada.say(NAME, "to both tabs")
    for window in (first, second):
        expect(window.log(NAME).get_by_text("to both tabs")).to_have_count(1)
    second.say(NAME, "from the second")
    for window in (first, ada):
        expect(window.log(NAME).get_by_text("from the second")).to_have_count(1)


@EVERY_TRANSPORT
def test_who_is_banned_loses_the_room_at_once(sit_down: Sit, transports: str) -> None:
    ada = sit(sit_down, "ada", transports=transports)
    bob = sit(sit_down, "bob", transports=transports)
    make_room(ada)
    join(bob)
    open_members(ada)
    act_on(ada, "Bob", "Ban")
    ada.frame.get_by_role("dialog", name="Ban Bob?").get_by_role("button", name="Ban").click()
    expect(bob.chat(NAME)).to_have_count(0)
    expect(bob.row("Conversations", NAME)).to_have_count(0)
    rooms = open_rooms(bob)
    expect(rooms.get_by_text("No rooms here")).to_be_visible()


def test_slow_mode_is_set_and_told(sit_down: Sit) -> None:
    ada = sit(sit_down, "ada")
    make_room(ada)
    open_members(ada).get_by_role("combobox", name="Slow mode").select_option("60")
    dialog(ada, "Room").get_by_role("button", name="Close").click()
    again = open_members(ada)
    expect(again.get_by_role("combobox", name="Slow mode")).to_have_value("60")


def quicken(route: Route) -> None:
    """Make the shortest pause that is offered short enough for a test."""
    body = route.request.post_data_json
    if body and body.get("slow_seconds"):
        route.continue_(post_data=json.dumps({"slow_seconds": PAUSE_SECONDS}))
    else:
        route.continue_()


@pytest.mark.parametrize("transports", ["ws", "poll"])
def test_what_slow_mode_holds_back_says_when_it_goes_out_and_does(sit_down: Sit, transports: str) -> None:
    ada = sit(sit_down, "ada", transports=transports)
    bob = sit(sit_down, "bob", transports=transports)
    make_room(ada)
    ada.page.route("**/v1/conversations/*", quicken)
    with ada.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        open_members(ada).get_by_role("combobox", name="Slow mode").select_option("10")
    join(bob)
    bob.say(NAME, "one")
    bob.expect_settled(NAME)
    for text in ("two", "never mind", "three"):
        bob.say(NAME, text)
    waiting = bob.log(NAME).locator("[data-mark=pending]")
    expect(waiting.filter(has_text="two").get_by_role("timer")).to_have_text(
        re.compile(r"^Goes out in 0:0[0-4]$")
    )
    expect(waiting.filter(has_text="two")).to_have_count(0)
    waiting.filter(has_text="never mind").get_by_role("button", name="Delete").click()
    bob.expect_settled(NAME)
    for window in (ada, bob):
        window.expect_said(NAME, ["one", "two", "three"])


def test_a_room_on_a_phone(sit_down: Sit) -> None:
    ada = sit(sit_down, "ada")
    bob = sit(sit_down, "bob", **PHONE)
    make_room(ada)
    join(bob)
    bob.say(NAME, "from a phone")
    expect(ada.log(NAME).get_by_text("from a phone")).to_be_visible()
    members = open_members(bob).get_by_role("list", name="Members")
    expect(members.get_by_role("button", name="Ada", exact=True)).to_be_visible()


PAGE_MARKUP = '<p><a id="talk" data-im-room="page"></a></p>'


@EVERY_TRANSPORT
def test_a_page_has_a_room_of_its_own(sit_down: Sit, transports: str) -> None:
    people = [sit_down(user, transports=transports) for user in ("ada", "bob")]
    page = f"/{people[0].club.site}/article"
    ada, bob = (person.window for person in people)
    visit(people[0], f"{page}?utm_source=letter#comments")
    visit(people[1], page).click()
    bob.frame.get_by_role("button", name="Join").click()
    bob.frame.get_by_role("textbox", name="Message").fill("first!")
    bob.frame.get_by_role("textbox", name="Message").press("Enter")
    talk = ada.page.locator("#talk")
    expect(talk).to_have_role("button")
    talk.click()
    said = ada.frame.get_by_role("article").filter(has_text="first!")
    expect(said).to_be_visible()
    expect(said.get_by_role("button", name="Bob")).to_be_visible()


def visit(person: Person, page: str) -> Locator:
    """Let somebody open a page that has a room; return its sign."""
    person.path = urlsplit(page).path
    # One page is there for one person at a time: the token stands in it.
    person.put_page(markup=PAGE_MARKUP, room="page")
    person.window.page.goto(f"{person.host.url}{page}")
    sign = person.window.frame.locator(".room-sign")
    expect(sign).to_be_visible()
    return sign


def test_the_sign_of_a_page_counts_who_has_it_open_and_not_who_is_elsewhere(sit_down: Sit) -> None:
    cyd, ada, bob = [sit_down(user) for user in ("cyd", "ada", "bob")]
    page, elsewhere = f"/{ada.club.site}/article", cyd.path
    visit(cyd, page).click()
    cyd.window.frame.get_by_role("button", name="Join").click()
    expect(cyd.window.frame.get_by_role("textbox", name="Message")).to_be_visible()
    cyd.window.frame.get_by_role("button", name="Close chat").click()
    cyd.path = elsewhere
    cyd.put_page()
    cyd.window.page.goto(f"{cyd.host.url}{elsewhere}")
    cyd.window.connected()
    visit(ada, page)
    sign = visit(bob, page)
    expect(sign).to_have_text("2 here now", timeout=30_000)
    # Who is in it, but elsewhere, hears of it all the same.
    sign.click()
    bob.window.frame.get_by_role("button", name="Join").click()
    bob.window.frame.get_by_role("textbox", name="Message").fill("psst")
    bob.window.frame.get_by_role("textbox", name="Message").press("Enter")
    cyd.window.open_panel()
    rows = cyd.window.frame.get_by_role("list", name="Conversations").get_by_role("button")
    expect(rows.first).to_have_accessible_description(re.compile("unread"), timeout=30_000)
    # How far it has come, that is: what was said they read when they open it.
    expect(rows.first).to_contain_text(re.compile(r"\d new message"))
    rows.first.click()
    expect(cyd.window.frame.get_by_role("log").get_by_text("psst")).to_be_visible()
    cyd.window.frame.get_by_role("button", name="Close chat").click()
    expect(rows.first).to_contain_text("Bob: psst")


def test_a_room_of_a_hundred_thousand_opens_and_scrolls(sit_down: Sit, messenger: Messenger) -> None:
    person = sit_down("ada")
    ada = person.window
    ada.connected()
    make_room(ada)
    messenger.populate("crowd", person.club.site, NAME, str(CROWD))
    info = open_members(ada)
    expect(info).to_contain_text("100,001 members")
    members = info.get_by_role("list", name="Members")
    rows = members.get_by_role("listitem")
    expect(rows.first).to_contain_text("Ada")
    for part, number in ((1, 99_999), (0.5, 50_000), (1, 99_998)):
        members.evaluate("(list, part) => { list.parentElement.scrollTop = part * list.scrollHeight; }", part)
        expect(members.get_by_role("button", name=f"Member {number:06}", exact=True)).to_be_visible()
    assert rows.count() < 40
    info.get_by_role("searchbox", name="Search members").fill("Member 077777")
    expect(members.get_by_role("button", name="Member 077777", exact=True)).to_be_visible()
