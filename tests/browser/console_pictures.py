"""Pictures of the owner console, for docs/screens.md: taken by ``python -m tests.browser.screenshots``."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.console import Console
from tests.browser.hosts import Answer, Host
from tests.browser.stage import LOOKS, shoot

CONSOLE_LOOKS = ("light", "dark", "phone")


@dataclass(frozen=True, slots=True)
class ConsoleScreen:
    """``show`` does on the page at ``path`` what is to be seen."""

    name: str
    caption: str
    path: str
    show: Callable[[Page, str], None] = lambda page, host_url: None
    looks: tuple[str, ...] = CONSOLE_LOOKS


def _check(page: Page, host_url: str) -> None:
    page.get_by_label("A page with the tag").fill(f"{host_url}/forum")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("heading", name="What we found").scroll_into_view_if_needed()
    page.mouse.wheel(0, 220)


def _preview(page: Page, _host_url: str) -> None:
    page.get_by_label("Accent", exact=True).fill("#0f766e")
    page.get_by_label("Corners").fill("8px")
    page.wait_for_timeout(2_500)


def _opened(page: Page, _host_url: str) -> None:
    if page.get_by_role("button", name="Open the report").count():
        page.get_by_role("button", name="Open the report").click()


def _masked(page: Page, _host_url: str) -> None:
    page.get_by_label("A message").fill("Oh darn, the d a r n frost again.")
    page.get_by_role("button", name="Try", exact=True).click()
    page.get_by_role("status").scroll_into_view_if_needed()


def _tried(page: Page, _host_url: str) -> None:
    page.get_by_role("button", name="Try on the last 7 days").click()


def _read(page: Page, _host_url: str) -> None:
    page.get_by_role("button", name="Read the message of Nadia").click()


def _verified(page: Page, _host_url: str) -> None:
    page.get_by_role("button", name="Verify the chain").click()


def _called(page: Page, host_url: str) -> None:
    """Let two webhooks have been tried: one that answers, one that does not."""
    if page.get_by_role("button", name="Send a test").count():
        return
    for path in ("/im-webhook", "/gone"):
        page.get_by_label("Address on your server").fill(host_url + path)
        page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Send a test").last.click()
    page.get_by_role("button", name="Send a test").first.click()
    page.goto(page.url.removesuffix("/test"))


CONSOLE_SCREENS = {
    one.name: one
    for one in (
        ConsoleScreen("console-sign-in", "The owner console: signing in.", "sign-in"),
        ConsoleScreen("console-usage", "The owner console: usage.", "usage?span=month"),
        ConsoleScreen("console-install", "The owner console: installing it.", "install"),
        ConsoleScreen("console-checker", "The owner console: what the checker finds.", "install", _check),
        ConsoleScreen("console-appearance", "The owner console: the widget's colours.", "theme", _preview),
        ConsoleScreen("console-settings", "The owner console: settings.", "settings"),
        ConsoleScreen("console-keys", "The owner console: keys.", "keys"),
        ConsoleScreen("console-webhooks", "The owner console: webhooks.", "webhooks", _called),
        ConsoleScreen("console-members", "Moderating: members.", "members"),
        ConsoleScreen("console-member", "Moderating: one member.", "{member}"),
        ConsoleScreen(
            "console-conversations", "Moderating: conversations, by their figures.", "conversations"
        ),
        ConsoleScreen("console-reports", "Moderating: the queue of reports.", "reports"),
        ConsoleScreen("console-report", "Moderating: a report that was opened.", "{report}", _opened),
        ConsoleScreen("console-held", "Moderating: a message that waits, read.", "held", _read),
        ConsoleScreen("console-bans", "Moderating: bans.", "bans"),
        ConsoleScreen("console-words", "Moderating: the word filter, tried.", "words", _masked),
        ConsoleScreen("console-newcomers", "Moderating: limits for newcomers, tried.", "newcomers", _tried),
        ConsoleScreen("console-audit", "Moderating: the record, verified.", "audit", _verified),
    )
}


def take_console(console: Console, screen: ConsoleScreen, look: str, folder: Path) -> None:
    """Bring ``screen`` up in a fresh browser and take its picture."""
    host = Host(console.messenger.url)
    host.answers["/im-webhook"] = Answer("thanks", kind="text/plain")
    host.put_page("/forum", csp="default-src 'self'; frame-src 'none'", site="lantern-hil", token="TOKEN")
    options = {name: value for name, value in LOOKS[look].items() if name != "language"}
    options = {"viewport": {"width": 1120, "height": 720}, **options}
    signed_in = screen.name != "console-sign-in"
    path = f"sites/{console.site}/{screen.path}" if signed_in else screen.path
    path = path.format_map(console.places)
    page = console.open(path, signed_in=signed_in, **options)
    try:
        screen.show(page, host.url)
        shoot(page, folder / f"{screen.name}-{look}.webp")
    finally:
        page.context.close()
        host.close()
