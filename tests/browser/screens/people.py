"""Who people are to each other: cards, settings, requests, blocked people, reports."""

from playwright.sync_api import expect

from tests.browser.screens import Scene, screen
from tests.browser.screens.base import open_chat, open_panel


def choose(scene: Scene, action: str) -> None:
    """Choose from the menu of the conversation that is open."""
    scene.window.frame.locator(".chat .head [aria-haspopup=menu]").first.click()
    scene.window.frame.locator(f"[data-action={action}]").click()


def go_to(scene: Scene, folder: str) -> None:
    """Choose from the menu of the panel."""
    open_panel(scene)
    scene.window.frame.locator(".panel .search-tools [aria-haspopup=menu]").click()
    scene.window.frame.locator(f"[data-action={folder}]").click()


@screen("profile", "Who somebody is, and what can be done.")
def profile(scene: Scene) -> None:
    open_chat(scene, "bob")
    choose(scene, "profile")
    expect(scene.window.frame.locator(".profile-card .card-tools .option").last).to_be_visible()


@screen("settings", "What a person decides for themselves.")
def settings(scene: Scene) -> None:
    go_to(scene, "settings")
    expect(scene.window.frame.locator(".settings .switch").last).to_be_visible()


@screen("blocked-people", "Whom one has blocked.")
def blocked(scene: Scene) -> None:
    scene.stage.call("ada", "PUT", "/v1/blocks/linh")
    go_to(scene, "settings")
    scene.window.frame.locator(".settings > .option").click()
    expect(scene.window.frame.locator(".cards .asked").first).to_be_visible()


@screen("report", "Telling those who look after the site.")
def report(scene: Scene) -> None:
    open_chat(scene, "bob")
    choose(scene, "report")
    expect(scene.window.frame.locator(".reasons")).to_be_visible()


@screen("blocked", "A conversation with somebody whom one has blocked.", looks=("light", "dark", "rtl"))
def blocked_window(scene: Scene) -> None:
    scene.stage.call("ada", "PUT", "/v1/blocks/kwame")
    open_chat(scene, "kwame")
    expect(scene.window.frame.locator(".threshold")).to_be_visible()
