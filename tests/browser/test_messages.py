"""What is done with messages: the bar over them, the menu, the keyboard."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.person import Person, Window, meet
from tests.services import wait_until

Sit = Callable[..., Person]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def message(window: Window, name: str, text: str) -> Locator:
    """The message with ``text`` in the conversation with ``name``."""
    return window.log(name).get_by_role("article").filter(has_text=text)


def open_menu(window: Window, name: str, text: str) -> Locator:
    """Open the menu of a message with the mouse; return it."""
    message(window, name, text).locator(".text").hover()
    window.log(name).get_by_role("button", name="More").click()
    return window.chat(name).get_by_role("menu", name="Message actions")


def read_clipboard(window: Window) -> str:
    text: str = window.page.evaluate("navigator.clipboard.readText()")
    return text


def test_the_bar_over_a_message_opens_its_menu(pair: tuple[Window, Window]) -> None:
    ada, _ = pair
    ada.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_menu(ada, "Bob", "hello").get_by_role("menuitem", name="Copy text").click()
    ada.page.bring_to_front()
    ada.page.mouse.click(100, 400)
    wait_until(lambda: read_clipboard(ada) == "hello")
    expect(ada.frame.get_by_role("menu")).to_have_count(0)


def test_arrow_keys_go_through_the_messages_and_enter_opens_the_menu(pair: tuple[Window, Window]) -> None:
    ada, bob = pair
    bob.say("Ada", "second")
    ada.expect_said("Bob", ["hello", "second"])
    ada.log("Bob").focus()
    ada.log("Bob").press("ArrowUp")
    expect(message(ada, "Bob", "second")).to_be_focused()
    expect(message(ada, "Bob", "second")).to_have_accessible_name(re.compile("^Bob, .*: second$"))
    ada.page.keyboard.press("ArrowUp")
    expect(message(ada, "Bob", "hello")).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.frame.get_by_role("menuitem").first).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(message(ada, "Bob", "hello")).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.box("Bob")).to_be_focused()


def test_a_long_press_opens_the_menu_on_a_phone(sit_down: Sit) -> None:
    _, bob = meet(sit_down)
    phone = sit_down("ada", **PHONE).window
    phone.open_panel()
    phone.row("Conversations", "Bob").tap()
    phone.expect_said("Bob", ["hello"])
    text = message(phone, "Bob", "hello").locator(".text")
    box = text.bounding_box()
    assert box is not None
    touch = phone.page.context.new_cdp_session(phone.page)
    point = {"x": box["x"] + 10, "y": box["y"] + 10}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(phone.chat("Bob").get_by_role("menu", name="Message actions")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(phone.chat("Bob").get_by_role("menu", name="Message actions")).to_be_visible()
    assert bob.complaints == phone.complaints == []
