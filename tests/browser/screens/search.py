"""Messages that were found."""

from playwright.sync_api import expect

from tests.browser.screens import Scene, screen
from tests.browser.screens.base import open_chat, open_panel


@screen("search", "People and messages that were found.")
def search(scene: Scene) -> None:
    open_panel(scene)
    scene.window.frame.locator(".search .field").fill("kale")
    expect(scene.window.frame.locator(".found .hit mark").first).to_be_visible()


@screen("search-chat", "A search within a conversation.")
def search_chat(scene: Scene) -> None:
    open_chat(scene, "bob")
    scene.window.frame.locator(".chat .head [aria-haspopup=menu]").first.click()
    scene.window.frame.locator("[data-action=search]").click()
    scene.window.frame.locator(".seek .field").fill("the")
    expect(scene.window.frame.locator(".chat .found .hit mark").first).to_be_visible()
