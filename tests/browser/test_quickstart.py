"""docs/quickstart.md, followed to the letter, ends with two members who chat."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.messenger import free_port
from tests.browser.person import DESKTOP, Window
from tests.browser.quickstart import PAGE, Follower, copy_repository, read_steps
from tests.services import make_folder

WORDS = PAGE.read_text(encoding="utf-8")


@pytest.fixture
def follower() -> Iterator[Follower]:
    folder = copy_repository(make_folder(), fresh=False)
    someone = Follower(folder, {"8080": free_port(), "8000": free_port()})
    yield someone
    someone.close()


def said(words: str) -> str:
    """Return ``words``, which the page tells the reader to press or to look for."""
    assert f"**{words}**" in WORDS, words
    return words


def sign_in(browser: Browser, url: str, button: str) -> Window:
    window = Window(browser.new_context(viewport=DESKTOP, reduced_motion="reduce").new_page())
    window.page.goto(url)
    with window.page.expect_navigation():
        window.page.get_by_role("button", name=said(button)).click()
    window.connected()
    return window


def test_two_members_chat_at_the_end_of_the_quick_start(browser: Browser, follower: Follower) -> None:
    steps = read_steps(WORDS)
    assert len(steps) == WORDS.count("\n```") / 2
    follower.follow(steps)

    ada = sign_in(browser, follower.url("8000"), "I am Ada")
    bob = sign_in(browser, follower.url("8000"), "I am Bob")
    bob.page.get_by_role("button", name="Ada").click()
    bob.say("Ada", "The lanterns are up.")
    bob.expect_said("Ada", ["The lanterns are up."])

    ada.open_panel()
    ada.frame.get_by_role("button", name=said("Message requests")).click()
    ada.frame.get_by_role("button", name=said("Accept")).click()
    ada.page.keyboard.press("Escape")
    ada.row("Conversations", "Bob").click()
    ada.say("Bob", "I can see them from here.")
    for window, name in ((ada, "Bob"), (bob, "Ada")):
        window.expect_said(name, ["The lanterns are up.", "I can see them from here."])
        # Ada's page named Bob before he had signed in for the first time.
        assert [each for each in window.complaints if "/v1/users/2" not in each] == []
        window.page.context.close()
    assert {"site", "key id", "secret"} == set(follower.values)
