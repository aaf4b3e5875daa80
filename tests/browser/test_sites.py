"""What a site's owner decides is what its members see; a site out of service says so and keeps nobody."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.hosts import Club
from tests.browser.messenger import Messenger
from tests.browser.person import Person

Sit = Callable[..., Person]
ACCENT, THEIRS = "rgb(10 112 84)", "rgb(150 20 90)"
CLOSED = "This chat is closed for now"


@pytest.fixture
def decide(messenger: Messenger, club: Club) -> Callable[..., None]:
    """Give a function that lets the owner decide, and waits until the server has heard of it."""

    def decide(*pairs: str) -> None:
        messenger.populate("rules", club.site, *pairs)

    return decide


def colour(person: Person) -> str:
    """Return the colour of what can be pressed."""
    body = person.window.frame.locator("body")
    found: str = body.evaluate("(body) => getComputedStyle(body).getPropertyValue('--im-fill')")
    return found


def test_the_owners_theme_and_language_hold_where_the_page_says_nothing(
    sit_down: Sit, decide: Callable[..., None]
) -> None:
    decide(f"theme.accent={ACCENT}", "language=de")
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    expect(ada.window.frame.locator("html")).to_have_attribute("lang", "de")
    assert colour(ada) == ACCENT
    ada.put_page(markup=f"<style>:root {{ --im-accent: {THEIRS} }}</style>")
    ada.window.page.reload()
    expect(ada.window.bar).to_be_visible()
    assert colour(ada) == THEIRS


def test_what_is_switched_off_is_not_offered(sit_down: Sit, decide: Callable[..., None]) -> None:
    decide("rooms=off", "uploads=off")
    expect(sit_down("bob").window.bar).to_be_visible()
    window = sit_down("ada").window
    window.open_chat("Bob")
    window.say("Bob", "words alone")
    expect(window.chat("Bob").get_by_role("button", name="Emoji")).to_be_visible()
    for name in ("Add photos or files", "Record a voice message"):
        expect(window.chat("Bob").get_by_role("button", name=name)).to_have_count(0)
    panel = window.frame.get_by_role("region", name="People and conversations")
    panel.get_by_role("button", name="More", exact=True).click()
    expect(window.frame.get_by_role("menuitem", name="Settings")).to_be_visible()
    expect(window.frame.get_by_role("menuitem", name="Rooms")).to_have_count(0)


def test_a_site_out_of_service_says_so_and_lets_its_members_go(
    sit_down: Sit, messenger: Messenger, club: Club
) -> None:
    window = sit_down("ada").window
    window.bar.click()
    expect(window.frame.get_by_text("Contacts")).to_be_visible()
    messenger.populate("suspend", club.site)
    banner = window.frame.locator(".banner")
    expect(banner).to_have_text(CLOSED, timeout=15_000)
    late = sit_down("bob").window
    late.bar.click()
    expect(late.frame.locator(".banner")).to_have_text(CLOSED)
    expect(late.frame.get_by_text("Contacts")).to_be_hidden()
