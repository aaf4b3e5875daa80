"""What a conversation shows beside words: quotes, reactions, code, changes, pins, and the menus."""

from playwright.sync_api import Locator, expect

from tests.browser.screens import Scene, screen
from tests.browser.screens.base import open_chat

CODE = "Try `bed --cover` first, then:\n```py\nfor bed in beds:\n    bed.cover(until='Saturday')\n```"


def prepare(scene: Scene) -> Locator:
    """Let Bob and Ada have said things with everything to them; return the last message."""
    stage = scene.stage
    conversation: str = stage.call("ada", "POST", "/v1/conversations", {"user_id": "dmitri"})["id"]
    address = f"/v1/conversations/{conversation}"
    if stage.call("ada", "GET", f"{address}/messages")["data"]:
        return show(scene)
    stage.write("dmitri", conversation, CODE)
    stage.write("ada", conversation, "Half of it works. A line across bed three, as if drawn with a ruler.")
    stage.write("dmitri", conversation, "Which half?", reply_to=2)
    stage.write("ada", conversation, "The wrong one.")
    stage.call("ada", "PATCH", f"{address}/messages/4", {"text": "The shady one. See you at ten!"})
    stage.write("dmitri", conversation, "Never mind")
    stage.call("dmitri", "DELETE", f"{address}/messages/5")
    stage.write("dmitri", conversation, "Ten it is")
    for user, emoji in (("ada", "❤️"), ("dmitri", "❤️"), ("ada", "😂")):
        stage.call(user, "PUT", f"{address}/messages/3/reactions", {"emoji": emoji, "on": True})
    stage.call("ada", "PUT", f"{address}/pins/4")
    return show(scene)


def show(scene: Scene) -> Locator:
    open_chat(scene, "dmitri")
    last = scene.window.frame.locator(".chat .message").last
    expect(last).to_contain_text("Ten it is")
    return last


def press(scene: Scene, locator: Locator) -> None:
    locator.focus()
    scene.window.page.keyboard.press("Enter")


@screen("messages", "Code, a quote, reactions, a change, a deletion, a pinned message.")
def messages(scene: Scene) -> None:
    prepare(scene)
    expect(scene.window.frame.locator(".pinned .words")).to_be_visible()


@screen("message-menu", "What may be done with a message.")
def message_menu(scene: Scene) -> None:
    press(scene, prepare(scene))
    expect(scene.window.frame.locator(".popup .quick")).to_be_visible()


@screen("emoji", "The emoji picker.")
def emoji(scene: Scene) -> None:
    prepare(scene)
    scene.window.frame.locator("[data-action=emoji]").first.click()
    expect(scene.window.frame.locator(".emojis .glyph").first).to_be_visible()


@screen("shortcodes", "A shortcode that completes itself, in an answer.")
def shortcodes(scene: Scene) -> None:
    press(scene, prepare(scene))
    scene.window.frame.locator(".popup [data-action=reply]").click()
    scene.window.frame.locator(".write").first.press_sequentially(":sm")
    expect(scene.window.frame.locator(".completion .offer").first).to_be_visible()


@screen("pins", "All pinned messages.")
def pins(scene: Scene) -> None:
    prepare(scene)
    scene.window.frame.locator(".chat .head [aria-haspopup=menu]").first.click()
    scene.window.frame.locator(".popup [data-action=pins]").click()
    expect(scene.window.frame.locator(".row.pin").first).to_be_visible()
