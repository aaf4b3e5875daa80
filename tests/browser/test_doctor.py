"""im('doctor') tells the truth about the connection, to the host page and to the person."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window

Sit = Callable[..., Person]


def consulted(window: Window) -> Locator:
    """The dialog, once it is there."""
    window.page.evaluate("im('doctor')")
    dialog = window.frame.get_by_role("dialog", name="Connection check")
    expect(dialog).to_be_visible()
    return dialog


def test_the_host_gets_a_report(sit_down: Sit, messenger: Messenger) -> None:
    ada = sit_down("ada", transports="poll")
    expect(ada.window.bar).to_be_visible()
    report = ada.window.connected("poll")
    assert report["role"] == "leader"
    assert [one["transport"] for one in report["passed_over"]] == ["ws", "sse"]
    assert {one["reason"] for one in report["passed_over"]} == {"the page does not allow it"}
    assert report["round_trip_ms"] > 0
    assert report["storage"] is True
    assert report["page_origin"] == ada.host.url
    assert report["server_url"] == messenger.url
    assert report["signed_in"] is True
    expect(ada.window.frame.get_by_role("dialog")).to_have_count(0)


def test_the_dialog_is_used_with_the_keyboard_and_gives_the_page_back(sit_down: Sit) -> None:
    bob = sit_down("bob").window
    expect(bob.bar).to_be_visible()
    ada = sit_down("ada").window
    ada.open_chat("Bob")
    ada.connected()
    dialog = consulted(ada)
    expect(dialog.get_by_role("status")).to_have_text("Connected")
    expect(dialog.get_by_role("button", name="Copy")).to_be_focused()
    ada.page.keyboard.press("Shift+Tab")
    expect(dialog.get_by_role("button", name="Check again")).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Connected")
    ada.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(ada.box("Bob")).to_be_focused()
    ada.expect_uncovered()


def test_the_report_is_copied_as_json(sit_down: Sit) -> None:
    ada = sit_down("ada")
    ada.context.grant_permissions(["clipboard-read"])
    ada.window.connected()
    dialog = consulted(ada.window)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    ada.window.page.keyboard.press("Escape")
    copied = json.loads(ada.window.page.evaluate("navigator.clipboard.readText()"))
    assert copied["role"] == "leader"
    assert "session" not in json.dumps(copied)


def test_a_tab_that_follows_tells_of_the_one_that_leads(sit_down: Sit) -> None:
    ada = sit_down("ada")
    assert ada.window.connected()["role"] == "leader"
    second = ada.open_window()
    report = second.connected()
    assert report["role"] == "follower"
    assert report["transport"] == ada.window.examine()["transport"]


@pytest.mark.parametrize("storage", ["available", "blocked"])
def test_it_says_whether_there_is_storage(sit_down: Sit, storage: str) -> None:
    ada = sit_down("ada")
    if storage == "blocked":
        ada.context.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full'); };")
    window = ada.open_window()
    assert window.examine()["storage"] is (storage == "available")


def test_without_a_token_it_says_that_nobody_is_signed_in(sit_down: Sit) -> None:
    ada = sit_down("ada")
    ada.host.put_page("/nobody", site=ada.club.site)
    window = ada.open_window("/nobody")
    expect(consulted(window).get_by_role("status")).to_have_text("Nobody is signed in")
    window.page.keyboard.press("Escape")
    window.expect_uncovered()
