"""When nothing may ring: in quiet hours, and in a conversation that is muted."""

import datetime
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Response, expect

from tests.browser.person import Person, Window
from tests.browser.test_attention import keep_notes, look_away, notes, talk, wait_for_notes
from tests.browser.test_people import choose, dialog, go_to
from tests.browser.test_tabs import COUNT_SOUNDS, sounds

Sit = Callable[..., Person]
# Neither the server's zone nor this machine's.
ZONE = "Asia/Tokyo"
HOUR = datetime.timedelta(hours=1)
BADGE = ".hub .badge"


@pytest.fixture
def evening(sit_down: Sit, everywhere: dict[str, Any]) -> tuple[Person, Window]:
    """Ada, who hears and is shown everything and looks at something else, and Bob who writes to her."""
    ada, bob = talk(sit_down, timezone_id=ZONE, **everywhere)
    ada.context.add_init_script(COUNT_SOUNDS)
    ada.window.page.reload()
    ada.window.connected()
    ada.window.open_panel()
    ada.window.frame.get_by_role("button", name="Sound off").click()
    expect(ada.window.frame.get_by_role("button", name="Sound on")).to_be_visible()
    return ada, bob


def is_kept(answer: Response) -> bool:
    return answer.url.endswith("/v1/settings") and answer.request.method == "PUT"


def set_quiet(window: Window, first: datetime.timedelta, last: datetime.timedelta) -> None:
    """Have quiet hours from ``first`` to ``last``, told from now."""
    now = datetime.datetime.now(ZoneInfo(ZONE))
    go_to(window, "Settings")
    for label, when in (("From", first), ("Until", last)):
        with window.page.expect_response(is_kept):
            dialog(window, "Settings").get_by_label(label).fill((now + when).strftime("%H:%M"))
    dialog(window, "Settings").get_by_role("button", name="Close").click()
    look_away(window)


def test_in_quiet_hours_nothing_sounds_or_shows_and_after_them_it_does(
    evening: tuple[Person, Window],
) -> None:
    ada, bob = evening
    set_quiet(ada.window, -HOUR, HOUR)
    before = sounds(ada.window)
    bob.say("Ada", "are you asleep?")
    expect(ada.window.page).to_have_title("(1) A club")
    set_quiet(ada.window, HOUR, 2 * HOUR)
    bob.say("Ada", "good morning")
    assert [body for _, body, _ in wait_for_notes(ada.window, 1)] == ["good morning"]
    assert sounds(ada.window) - before == 1


def test_a_muted_conversation_counts_in_its_row_and_nowhere_else(
    evening: tuple[Person, Window], sit_down: Sit
) -> None:
    ada, bob = evening
    ada.window.page.evaluate("im('open', {user: 'bob'})")
    choose(ada.window, "Bob", "Mute")
    before = sounds(ada.window)
    with ada.window.page.expect_response(re.compile("/mute$")):
        ada.window.frame.get_by_role("menuitem", name="For 8 hours").click()
    ada.window.chat("Bob").get_by_role("button", name=re.compile("^(Close chat|Back)$")).filter(
        visible=True
    ).click()
    look_away(ada.window)
    bob.say("Ada", "one")
    ada.window.open_panel()
    row = ada.window.row("Conversations", "Bob")
    expect(row.locator(".badge.hushed")).to_have_text("1")
    assert (sounds(ada.window), notes(ada.window)) == (before, [])
    other = sit_down("ada")
    keep_notes(other.window)
    for window in (ada.window, other.window):
        expect(window.page).to_have_title("A club")
        expect(window.frame.locator(BADGE).first).to_be_hidden()
    row.click()
    choose(ada.window, "Bob", "Unmute")
    expect(other.window.page).to_have_title("(1) A club")
    bob.say("Ada", "two")
    expect(other.window.page).to_have_title("(2) A club")
    assert [body for _, body, _ in wait_for_notes(other.window, 1)] == ["two"]
