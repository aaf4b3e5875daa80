"""The place of the reader: long logs, the way back to what was said, and where a window was left."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window

Sit = Callable[..., Person]
LONG = 100_000
# Opening takes milliseconds; a page that fetched or drew all of it would take minutes.
MOST_DRAWN = 400

PLACE_IS_KEPT = """async ([from, to]) => {
  for (let turn = 0; turn < 100; turn += 1) {
    const name = Object.keys(localStorage).find((one) => one.includes('/place/'));
    const { seq } = JSON.parse((name && localStorage[name]) || 'null') || { seq: 0 };
    if (seq >= from && seq <= to) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the place is not kept');
}"""


def talk(sit_down: Sit, messenger: Messenger, count: int = 1_000) -> Person:
    """Sit Ada down in front of what she and Bob have said, which is ``count`` lines."""
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    messenger.populate("talk", ada.club.site, "ada", "bob", str(count))
    ada.window.page.reload()
    ada.window.open_panel()
    ada.window.row("Conversations", "Bob").click()
    expect(line(ada.window, count)).to_be_in_viewport()
    return ada


def line(window: Window, seq: int) -> Locator:
    return window.log("Bob").get_by_text(f"Line {seq}", exact=True)


SCROLL_UP = """log => {
  const first = log.querySelector('[data-seq]').dataset.seq;
  log.scrollTop = 0;
  return Number(first);
}"""
SCROLL_DOWN = """log => {
  log.scrollTop = log.scrollHeight;
  return [...log.querySelectorAll('[data-seq]')].map((one) => Number(one.dataset.seq));
}"""


def go_back_to(window: Window, seq: int) -> None:
    """Scroll up until a line is there."""
    log = window.log("Bob")
    while (first := int(log.evaluate(SCROLL_UP))) > seq:
        expect(log.locator("[data-seq]").first).not_to_have_attribute("data-seq", str(first))
    line(window, seq).scroll_into_view_if_needed()


def test_a_hundred_thousand_messages_are_never_all_there(sit_down: Sit, messenger: Messenger) -> None:
    window = talk(sit_down, messenger, LONG).window
    go_back_to(window, LONG - 700)
    assert window.log("Bob").locator(".message").count() <= MOST_DRAWN
    expect(line(window, LONG)).to_have_count(0)
    window.chat("Bob").get_by_role("button", name="Go to the newest").click()
    expect(line(window, LONG)).to_be_in_viewport()
    assert window.complaints == []


def test_a_quote_leads_to_what_is_far_away_and_the_log_joins_again(
    sit_down: Sit, messenger: Messenger
) -> None:
    window = talk(sit_down, messenger).window
    go_back_to(window, 700)
    line(window, 700).hover()
    window.log("Bob").get_by_role("button", name="Reply").click()
    window.say("Bob", "About that")
    expect(window.log("Bob").get_by_text("About that")).to_be_in_viewport()
    window.page.reload()
    expect(window.log("Bob").get_by_text("About that")).to_be_in_viewport()
    window.log("Bob").locator(".quote").click()
    expect(line(window, 700)).to_be_in_viewport()
    expect(window.log("Bob").get_by_text("About that")).to_have_count(0)
    while (drawn := window.log("Bob").evaluate(SCROLL_DOWN))[-1] < 1_001:
        assert drawn == list(range(drawn[0], drawn[-1] + 1))
        last = window.log("Bob").locator("[data-seq]").last
        expect(last).not_to_have_attribute("data-seq", str(drawn[-1]))
    expect(window.log("Bob").get_by_text("About that")).to_be_in_viewport()


def test_a_window_reopens_where_it_was_left(sit_down: Sit, messenger: Messenger) -> None:
    window = talk(sit_down, messenger).window
    go_back_to(window, 850)
    window.page.evaluate(PLACE_IS_KEPT, [830, 850])
    window.page.reload()
    expect(line(window, 850)).to_be_in_viewport()
    window.chat("Bob").get_by_role("button", name="Go to the newest").click()
    expect(line(window, 1_000)).to_be_in_viewport()


def test_there_is_a_way_to_the_first_unread_message(sit_down: Sit) -> None:
    bob = sit_down("bob").window
    expect(bob.bar).to_be_visible()
    ada = sit_down("ada").window
    ada.open_chat("Bob")
    for number in range(30):
        ada.say("Bob", f"Line {number}")
    ada.expect_settled("Bob")
    bob.open_panel()
    bob.row("Conversations", "Ada").click()
    expect(bob.log("Ada").get_by_text("Line 29", exact=True)).to_be_in_viewport()
    bob.chat("Ada").get_by_role("button", name=re.compile("^30 new messages")).click()
    expect(bob.log("Ada").get_by_role("separator").filter(has_text="New")).to_be_in_viewport()
    expect(bob.log("Ada").get_by_text("Line 0", exact=True)).to_be_in_viewport()
    expect(bob.chat("Ada").get_by_role("button", name=re.compile("new messages$"))).to_have_count(0)
