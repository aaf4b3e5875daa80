"""The emoji picker, shortcodes, and what text may look like."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import Window


def open_picker(window: Window, name: str) -> Locator:
    """Open the picker of the conversation with ``name``."""
    window.chat(name).get_by_role("button", name="Emoji").click()
    return window.chat(name).get_by_role("dialog", name="Emoji")


def test_an_emoji_is_found_by_name_and_put_where_the_caret_is(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    ada.box("Bob").fill("ab")
    ada.box("Bob").press("ArrowLeft")
    picker = open_picker(ada, "Bob")
    picker.get_by_role("searchbox", name="Search emoji").fill("rolling laughing")
    picker.get_by_role("button", name="rolling on the floor laughing").click()
    expect(ada.box("Bob")).to_have_value("a🤣b")
    picker.get_by_role("searchbox").press("Escape")
    expect(picker).to_have_count(0)
    expect(ada.chat("Bob")).to_be_visible()


def test_the_picker_is_used_by_keyboard(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    picker = open_picker(ada, "Bob")
    picker.get_by_role("searchbox").press("ArrowDown")
    expect(picker.get_by_role("button", name="grinning face", exact=True)).to_be_focused()
    ada.page.keyboard.press("ArrowRight")
    expect(picker.get_by_role("button", name="grinning face with big eyes")).to_be_focused()
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("ArrowUp")
    expect(picker.get_by_role("button", name="grinning face with big eyes")).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.box("Bob")).to_have_value("😃")
    ada.page.keyboard.press("ArrowUp")
    expect(picker.get_by_role("searchbox")).to_be_focused()


def test_skin_tone_and_the_last_used_are_remembered(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    picker = open_picker(ada, "Bob")
    picker.get_by_role("button", name="Skin tone").click()
    picker.get_by_role("button", name="Dark", exact=True).click()
    picker.get_by_role("searchbox").fill("thumbs up")
    picker.get_by_role("searchbox").press("Enter")
    expect(ada.box("Bob")).to_have_value("👍🏿")
    ada.page.reload()
    picker = open_picker(ada, "Bob")
    recent = picker.get_by_role("group", name="Recently used").get_by_role("button")
    expect(recent).to_have_text(["👍🏿"])


def test_a_shortcode_is_completed_and_replaced(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    box = ada.box("Bob")
    box.press_sequentially("well :tad")
    offers = ada.chat("Bob").get_by_role("listbox", name="Suggestions")
    expect(offers.get_by_role("option", name="party popper")).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("well 🎉")
    ada.expect_said("Bob", ["hello"])
    box.press_sequentially(" :heart:")
    expect(box).to_have_value("well 🎉 ❤️")
    box.press_sequentially(" 10:30:45 :nonsense:")
    expect(box).to_have_value("well 🎉 ❤️ 10:30:45 :nonsense:")
    box.press("Enter")
    ada.expect_said("Bob", ["hello", "well 🎉 ❤️ 10:30:45 :nonsense:"])


def test_code_stands_apart_and_can_be_copied(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    ada.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.say("Bob", "run `make <all>` or:\n```py\nif a < b:\n    print('*')\n```\nthen wait")
    for window, name in ((ada, "Bob"), (bob, "Ada")):
        log = window.log(name)
        expect(log.locator("code").first).to_have_text("make <all>")
        expect(log.locator("pre")).to_have_text("if a < b:\n    print('*')")
    ada.log("Bob").get_by_role("button", name="Copy code").click()
    expect(ada.log("Bob").locator(".code .done")).to_be_visible()
    ada.page.mouse.click(100, 400)
    assert ada.page.evaluate("navigator.clipboard.readText()") == "if a < b:\n    print('*')"


def test_pictures_alone_are_large_and_backticks_alone_are_text(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    texts = ["🇩🇪👩🏽‍🚀 1️⃣", "123", "``` ```", "a ` b", "see https://example.com/`x`"]
    for text in texts:
        ada.say("Bob", text)
        ada.expect_settled("Bob")
    ada.expect_said("Bob", ["hello", *[re.sub("`x`", "x", text) for text in texts]])
    expect(ada.log("Bob").locator(".jumbo")).to_have_text(["🇩🇪👩🏽‍🚀 1️⃣"])
