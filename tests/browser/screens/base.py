"""The bar, the panel, a conversation: what everybody sees every day."""

from playwright.sync_api import expect

from tests.browser.screens import Scene, screen


def open_panel(scene: Scene) -> None:
    """Open the panel, in whatever language it speaks."""
    scene.window.frame.locator(".bar").click()
    expect(scene.window.frame.locator(".panel .row.me")).to_be_visible()
    expect(scene.window.frame.locator(".contacts .row").first).to_be_visible()


def open_chat(scene: Scene, user: str) -> None:
    """Open the window with ``user`` as the host page would."""
    scene.window.page.evaluate("user => im('open', {user})", user)
    expect(scene.window.frame.locator(".chat .log").first).to_be_visible()


@screen("bar", "The bar, with what has not been read.", looks=("light", "dark", "phone", "rtl"))
def bar(scene: Scene) -> None:
    expect(scene.window.frame.locator(".hub .badge").first).to_be_visible()


@screen("panel", "The panel: conversations, and who is here.")
def panel(scene: Scene) -> None:
    open_panel(scene)


@screen("status", "How others see me.")
def status(scene: Scene) -> None:
    open_panel(scene)
    scene.window.frame.locator(".row.me").click()
    expect(scene.window.frame.locator(".status .menu")).to_be_visible()


@screen("people", "Looking for somebody.")
def people(scene: Scene) -> None:
    open_panel(scene)
    scene.window.frame.locator(".search .field").fill("de la")
    expect(scene.window.frame.locator(".contacts .row").first).to_contain_text("Esperanza")


@screen("conversation", "A conversation beside the panel.")
def conversation(scene: Scene) -> None:
    if not scene.phone:
        open_panel(scene)
    open_chat(scene, "bob")
    expect(scene.window.frame.get_by_text("🫖").first).to_be_visible()


@screen("two-windows", "Two conversations, one with a very long name.", looks=("light", "dark", "rtl"))
def two_windows(scene: Scene) -> None:
    open_chat(scene, "bob")
    open_chat(scene, "esperanza")
    expect(scene.window.frame.get_by_text("lemons").first).to_be_visible()


@screen("first-words", "A conversation in which nothing has been said yet.")
def first_words(scene: Scene) -> None:
    open_chat(scene, "chloe")
    expect(scene.window.frame.locator(".beginning")).to_be_visible()


@screen("doctor", "How the connection is, and why.", looks=("light", "dark", "phone"))
def doctor(scene: Scene) -> None:
    scene.window.connected()
    scene.window.page.evaluate("() => { im('doctor'); }")
    expect(scene.window.frame.get_by_role("dialog")).to_be_visible()
