"""What members see of those who look after their site."""

import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Locator, expect

from tests.browser.hosts import Club
from tests.browser.messenger import Messenger
from tests.browser.person import DEVICES, PHONE, Person, Window, meet, wait_until_kept
from tests.services import wait_until

Sit = Callable[..., Person]
# Lets the first message of every kept log be two days old.
LONG_AGO = """() => {
  for (const [key, value] of Object.entries(localStorage)) {
    if (!key.includes('/log/')) continue;
    localStorage[key] = value.replace(/("created_at":)(\\d+)/, (_, name, at) => name + (at - 2 * 86_400_000));
  }
}"""
MODERATE = Path(__file__).with_name("moderate.py")


def read_frame(messenger: Messenger, club: Club) -> str:
    """The page of the frame, as the worker writes it by the rules that it knows."""
    with urllib.request.urlopen(f"{messenger.url}/frame?site={club.site}", timeout=5) as answer:  # noqa: S310 - http
        return str(answer.read().decode())


def entry(window: Window, name: str, text: str) -> Locator:
    """The message with ``text`` in the conversation with ``name``."""
    return window.log(name).get_by_role("article").filter(has_text=text)


def test_a_message_that_waits_for_a_moderator_says_so_until_it_is_decided(
    sit_down: Sit, messenger: Messenger, club: Club
) -> None:
    messenger.run(MODERATE, "hold", club.site, "meet me")
    ada, bob = meet(sit_down)
    ada.say("Bob", "meet me at noon")
    expect(entry(ada, "Bob", "at noon")).to_contain_text("Waits for a moderator")
    ada.say("Bob", "something else")
    bob.expect_said("Ada", ["hello", "something else"])
    ada.page.reload()
    expect(entry(ada, "Bob", "at noon")).to_contain_text("Waits for a moderator")

    messenger.run(MODERATE, "decide", club.site, "approve")
    bob.expect_said("Ada", ["hello", "something else", "meet me at noon"])
    expect(ada.log("Bob").locator("[data-mark=held]")).to_have_count(0)
    ada.expect_said("Bob", ["hello", "something else", "meet me at noon"])

    ada.say("Bob", "meet me tonight")
    expect(entry(ada, "Bob", "tonight")).to_contain_text("Waits for a moderator")
    messenger.run(MODERATE, "decide", club.site, "refuse")
    expect(entry(ada, "Bob", "tonight")).to_contain_text("Not let through")
    expect(entry(ada, "Bob", "tonight").get_by_role("button", name="Retry")).to_have_count(0)


def test_a_warning_stays_until_it_is_read(sit_down: Sit, messenger: Messenger, club: Club) -> None:
    ada = sit_down("ada", **DEVICES["phone"]).window
    ada.connected()
    messenger.run(MODERATE, "warn", club.site, "ada", "Be kind, please.")
    dialog = ada.frame.get_by_role("dialog", name="A message from the moderators")
    expect(dialog).to_contain_text("Be kind, please.")
    # On a phone it is a sheet at the lower edge, as high as its words.
    box = dialog.bounding_box()
    assert box
    assert box["height"] < PHONE["height"] / 2
    assert round(box["y"] + box["height"]) == PHONE["height"]
    messenger.run(MODERATE, "warn", club.site, "ada", "The second time.")
    # It comes back on every page until it is closed, and the next one after it.
    ada.page.reload()
    expect(dialog).to_contain_text("Be kind, please.")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_contain_text("The second time.")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def test_a_warning_waits_for_who_is_away_and_is_closed_on_all_devices(
    sit_down: Sit, messenger: Messenger, club: Club
) -> None:
    window = sit_down("ada").window
    window.connected()
    window.page.close()
    messenger.run(MODERATE, "warn", club.site, "ada", "Be kind, please.")
    laptop, phone = sit_down("ada").window, sit_down("ada").window
    dialogs = [
        window.frame.get_by_role("dialog", name="A message from the moderators") for window in (laptop, phone)
    ]
    for dialog in dialogs:
        expect(dialog).to_contain_text("Be kind, please.")
    dialogs[0].get_by_role("button", name="OK").click()
    for dialog in dialogs:
        expect(dialog).to_have_count(0)
    laptop.page.reload()
    laptop.connected()
    expect(dialogs[0]).to_have_count(0)


def test_a_program_of_the_site_is_told_from_a_member_however_long_its_name_is(
    sit_down: Sit, messenger: Messenger, club: Club
) -> None:
    ada = sit_down("ada").window
    ada.connected()
    messenger.run(MODERATE, "speak", club.site, "ada", "A question!")
    ada.open_panel()
    row = ada.row("Conversations", "Quiz of the Lantern Hill")
    expect(row).to_contain_text("A question!")
    expect(row.locator(".sign")).to_have_text("Bot")
    expect(row).to_have_accessible_description(re.compile("Bot, Writes for this site"))
    row.click()
    head = ada.chat("Quiz of the Lantern Hill").locator(".head")
    expect(head.locator(".sign")).to_be_in_viewport(ratio=1)
    expect(head).to_contain_text("Writes for this site")
    expect(head).not_to_contain_text("Offline")


def test_history_says_that_there_was_more_than_the_site_keeps(
    sit_down: Sit, messenger: Messenger, club: Club
) -> None:
    _, bob = meet(sit_down)
    expect(bob.log("Ada")).to_contain_text("This is the beginning of your conversation.")
    messenger.run(MODERATE, "forget", club.site)
    bob.say("Ada", "still here")
    bob.expect_settled("Ada")
    elsewhere = sit_down("ada").window
    elsewhere.open_chat("Bob")
    elsewhere.expect_said("Bob", ["still here"])
    expect(elsewhere.log("Bob")).to_contain_text("Older messages are not kept.")
    expect(elsewhere.log("Bob")).not_to_contain_text("This is the beginning")


def test_a_browser_shows_no_longer_what_the_site_keeps_no_longer(
    sit_down: Sit, messenger: Messenger, club: Club
) -> None:
    ada, bob = meet(sit_down)
    bob.say("Ada", "today")
    ada.expect_said("Bob", ["hello", "today"])
    wait_until_kept(ada, "/log/", "today")
    messenger.populate("rules", club.site, "retention_days=1")
    wait_until(lambda: "retention_days&quot;: 1" in read_frame(messenger, club))
    home = ada.page.url
    # Where no widget is that would keep it anew: the hello was said the day before yesterday.
    ada.page.goto(urljoin(home, "/favicon.ico"))
    ada.page.evaluate(LONG_AGO)
    ada.page.goto(home)
    ada.expect_said("Bob", ["today"])
    expect(ada.log("Bob")).to_contain_text("Older messages are not kept.")
