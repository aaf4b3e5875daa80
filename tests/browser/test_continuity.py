"""What a person began goes on: over page loads, crashes, lost networks, and from one device to the next."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, expect

from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window, meet, wait_until_kept
from tests.browser.test_groups import PHONE, make_group, sit
from tests.browser.test_lists import write_history

Sit = Callable[..., Person]
TRANSPORTS = pytest.mark.parametrize("transports", ["ws", "poll"])
LINES = 130
TOP_OF = """(log, seq) => {
  const row = log.querySelector(`[data-seq="${seq}"]`);
  return row ? Math.round(row.getBoundingClientRect().top - log.getBoundingClientRect().top) : null;
}"""
FIRST_IN_VIEW = """log => [...log.querySelectorAll('[data-seq]')]
  .find((row) => row.offsetTop > log.scrollTop).dataset.seq"""

# What is kept of a place names the first message of which anything is seen.
FIRST_IN_PART = """log => [...log.querySelectorAll('[data-seq]')]
  .find((row) => row.offsetTop + row.offsetHeight > log.scrollTop).dataset.seq"""


def crash(window: Window) -> None:
    """Let the tab die as it does when its memory is gone."""
    with pytest.raises(Error):
        window.page.goto("chrome://crash")
    window.page.close()


def kept(window: Window, part: str) -> list[str]:
    """What the page's storage holds under keys with ``part`` in them."""
    found: list[str] = window.page.evaluate(
        "part => Object.entries(localStorage).filter(([key]) => key.includes(part)).map((pair) => pair[1])",
        part,
    )
    return found


@TRANSPORTS
def test_windows_drafts_and_their_order_survive_a_walk_through_pages(sit_down: Sit, transports: str) -> None:
    bob = sit_down("bob", transports=transports)
    cyd = sit_down("cyd", transports=transports)
    ada = sit_down("ada", transports=transports)
    for person in (bob, cyd, ada):
        person.window.connected(transports)
    window = ada.window
    for name in ("bob", "cyd"):
        window.page.evaluate("user => im('open', {user})", name)
        window.box(name.capitalize()).fill(f"dear {name}")
    window.chat("Bob").get_by_role("button", name="Minimise").click()
    wait_until_kept(window, "dock", '"small":true')
    ada.host.put_page(f"{ada.path}/next", **ada.tag)
    for _ in range(3):
        window.page.goto(f"{ada.host.url}{ada.path}/next")
        expect(window.box("Cyd")).to_have_value("dear cyd")
        expect(window.box("Bob")).to_be_hidden()
        window.page.goto(ada.host.url + ada.path)
        expect(window.box("Cyd")).to_have_value("dear cyd")
    window.chat("Bob").locator(".who").click()
    expect(window.box("Bob")).to_have_value("dear bob")
    window.chat("Cyd").get_by_role("button", name="Close chat").click()
    wait_until_kept(window, "dock", "cyd", kept=False)
    window.page.reload()
    expect(window.box("Bob")).to_have_value("dear bob")
    expect(window.chat("Cyd")).to_have_count(0)


@TRANSPORTS
def test_a_crash_of_the_tab_costs_no_draft_no_window_and_no_message(sit_down: Sit, transports: str) -> None:
    bob = sit(sit_down, "bob", transports=transports)
    ada = sit_down("ada", transports=transports)
    ada.window.connected(transports)
    ada.window.page.evaluate("im('open', {user: 'bob'})")
    ada.window.say("Bob", "before")
    ada.window.expect_settled("Bob")
    ada.context.set_offline(True)
    for number in range(3):
        ada.window.say("Bob", f"unsent {number}")
    ada.window.box("Bob").fill("half a")
    wait_until_kept(ada.window, "/draft", "half a")
    wait_until_kept(ada.window, "/out/", "unsent 2")
    crash(ada.window)
    ada.context.set_offline(False)
    again = ada.open_window()
    expect(again.box("Bob")).to_have_value("half a")
    again.expect_said("Bob", ["before", "unsent 0", "unsent 1", "unsent 2"])
    again.expect_settled("Bob")
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.expect_said("Ada", ["before", "unsent 0", "unsent 1", "unsent 2"])
    assert kept(again, "/out/") == []


@TRANSPORTS
def test_what_was_written_offline_in_several_windows_leaves_in_order(sit_down: Sit, transports: str) -> None:
    bob = sit(sit_down, "bob", transports=transports)
    ada = sit(sit_down, "ada", transports=transports)
    make_group(ada, called="Just me")
    ada.page.evaluate("im('open', {user: 'bob'})")
    expect(ada.box("Bob")).to_be_visible()
    ada.page.context.set_offline(True)
    for number in range(5):
        ada.say("Bob", f"to bob {number}")
        ada.say("Just me", f"to me {number}")
    ada.page.context.set_offline(False)
    for name in ("Bob", "Just me"):
        ada.expect_settled(name)
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.expect_said("Ada", [f"to bob {number}" for number in range(5)])
    said = [text for text in ada.said("Just me") if text.startswith("to me")]
    assert said == [f"to me {number}" for number in range(5)]


@pytest.mark.parametrize("how", ["reload", "crash"])
def test_the_place_in_a_long_log_is_found_again(sit_down: Sit, how: str) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada")
    ada.window.connected()
    write_history(ada, LINES)
    ada.window.open_chat("Bob")
    log = ada.window.log("Bob")
    expect(log.get_by_text(f"line {LINES - 1}", exact=True)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log.get_by_text("line 50", exact=True)).to_be_attached()
    log.evaluate("log => { log.scrollTop = 400; }")
    seq = log.evaluate(FIRST_IN_VIEW)
    top = log.evaluate(TOP_OF, seq)
    # And not the place on the way to it.
    wait_until_kept(ada.window, "/place/", f'"seq":{log.evaluate(FIRST_IN_PART)},')
    if how == "crash":
        crash(ada.window)
        window = ada.open_window()
    else:
        window = ada.window
        window.page.reload()
    again = window.log("Bob")
    expect(again.locator(f'[data-seq="{seq}"]')).to_be_in_viewport()
    assert again.evaluate(TOP_OF, seq) == pytest.approx(top, abs=4)


def test_what_is_read_on_the_phone_is_read_on_the_desk(sit_down: Sit) -> None:
    bob = sit(sit_down, "bob")
    desk = sit(sit_down, "ada")
    phone = sit(sit_down, "ada", **PHONE)
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.say("Ada", "are you there?")
    desk.open_panel()
    expect(desk.row("Conversations", "Bob")).to_have_accessible_description("1 unread, Online")
    phone.open_panel()
    phone.row("Conversations", "Bob").click()
    phone.expect_said("Bob", ["are you there?"])
    expect(desk.row("Conversations", "Bob")).to_have_accessible_description("Online")
    expect(desk.frame.locator("#unread")).to_have_count(0)
    phone.say("Bob", "from the train")
    desk.row("Conversations", "Bob").click()
    desk.expect_said("Bob", ["are you there?", "from the train"])


def test_a_device_that_slept_comes_back_in_step(sit_down: Sit, messenger: Messenger) -> None:
    bob = sit(sit_down, "bob")
    desk = sit(sit_down, "ada")
    laptop = sit(sit_down, "ada")
    make_group(desk, called="Short lived")
    laptop.open_panel()
    expect(laptop.row("Conversations", "Short lived")).to_be_visible()
    laptop.page.context.set_offline(True)
    desk.chat("Short lived").get_by_role("button", name="More").first.click()
    desk.frame.get_by_role("menuitem", name="Members and more").click()
    desk.frame.get_by_role("button", name="Leave group").click()
    desk.frame.get_by_role("dialog", name="Leave Short lived?").get_by_role("button", name="Leave").click()
    expect(desk.chat("Short lived")).to_have_count(0)
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.say("Ada", "while it slept")
    bob.expect_settled("Ada")
    laptop.page.context.set_offline(False)
    expect(laptop.row("Conversations", "Short lived")).to_have_count(0)
    expect(laptop.row("Conversations", "Bob")).to_contain_text("while it slept")


@TRANSPORTS
def test_a_room_and_a_group_survive_the_killing_of_the_server(
    sit_down: Sit, messenger: Messenger, transports: str
) -> None:
    ada = sit(sit_down, "ada", transports=transports)
    bob = sit(sit_down, "bob", transports=transports)
    make_group(ada, "Bob")
    bob.open_panel()
    bob.frame.locator("[data-folder=invitations]").click()
    bob.frame.get_by_role("button", name="Accept: Saturday crew").click()
    bob.say("Saturday crew", "one")
    bob.expect_settled("Saturday crew")
    messenger.kill_worker()
    ada.say("Saturday crew", "two")
    bob.say("Saturday crew", "three")
    for window in (ada, bob):
        window.expect_settled("Saturday crew")
        for text in ("one", "two", "three"):
            expect(window.log("Saturday crew").get_by_text(text, exact=True)).to_have_count(1)


def test_a_kept_window_opens_without_the_server(sit_down: Sit, messenger: Messenger) -> None:
    ada, bob = meet(sit_down)
    bob.say("Ada", "kept for you")
    ada.expect_said("Bob", ["hello", "kept for you"])
    wait_until_kept(ada, "/log/", "kept for you")
    wait_until_kept(ada, "/snapshot", "kept for you")
    ada.page.route("**/v1/**", lambda route: route.abort())
    ada.page.reload()
    ada.expect_said("Bob", ["hello", "kept for you"])
