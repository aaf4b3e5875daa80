"""Several tabs, several pages, several people in one browser."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, expect

from tests.browser.hosts import Answer
from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window, wait_until_kept
from tests.services import wait_until

Sit = Callable[..., Person]
COUNT_SOUNDS = """
  window.sounds = 0;
  const create = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.sounds += 1; return create.call(this); };
"""
NOTES_PER_SOUND = 2
UNTIL_FORGOTTEN = """async (prefix) => {
  const kept = () => Object.keys(localStorage).some((key) => key.startsWith(prefix));
  for (let turn = 0; turn < 100 && kept(); turn += 1) await new Promise((done) => setTimeout(done, 100));
  if (kept()) throw new Error(`still there: ${Object.keys(localStorage)}`);
}"""
# What a page on plain http, and one with all site data blocked, gets.
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined});"
NO_STORAGE = """Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('blocked', 'SecurityError'); },
});"""


@pytest.fixture
def bob(sit_down: Sit) -> Person:
    person = sit_down("bob")
    expect(person.window.bar).to_be_visible()
    return person


def frame_of(window: Window) -> Frame:
    """The frame itself, to look into its globals."""
    return next(frame for frame in window.page.frames if "/frame?" in frame.url)


def sounds(*windows: Window) -> int:
    """How often they have sounded, together."""
    return sum(int(frame_of(window).evaluate("window.sounds")) for window in windows) // NOTES_PER_SOUND


def test_two_tabs_share_one_connection_and_one_sound(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.context.add_init_script(COUNT_SOUNDS)
    first, second = ada.open_window(), ada.open_window()
    ada.window.page.close()
    first.open_panel()
    first.frame.get_by_role("button", name="Sound off").click()
    second.open_panel()
    second.frame.get_by_role("button", name="Your status").click()
    assert sorted(window.connected()["role"] for window in (first, second)) == ["follower", "leader"]
    before = sounds(first, second)
    bob.window.page.evaluate("im('open', {user: 'ada'})")
    bob.window.say("Ada", "ring")
    for window in (first, second):
        expect(window.row("Conversations", "Bob")).to_be_visible()
        expect(window.page).to_have_title("(1) A club")
    wait_until(lambda: sounds(first, second) > before)
    assert sounds(first, second) - before == 1


def test_a_follower_takes_over_when_the_leading_tab_closes(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob")
    ada.window.say("Bob", "one")
    second = ada.open_window()
    second.expect_said("Bob", ["one"])
    ada.window.page.close()
    second.say("Bob", "two")
    bob.window.open_panel()
    bob.window.row("Conversations", "Ada").click()
    bob.window.say("Ada", "three")
    second.expect_said("Bob", ["one", "two", "three"])


def test_a_message_sent_in_one_tab_shows_in_the_other(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob")
    second = ada.open_window()
    expect(second.box("Bob")).to_be_visible()
    second.say("Bob", "from the second")
    ada.window.say("Bob", "from the first")
    for window in (ada.window, second):
        window.expect_said("Bob", ["from the second", "from the first"])


def test_windows_and_drafts_survive_page_loads(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    box = ada.window.open_chat("Bob")
    ada.window.say("Bob", "sent")
    ada.window.expect_settled("Bob")
    box.press_sequentially("half a thou")
    wait_until_kept(ada.window, "/draft", "half a thou")
    ada.host.answers["/elsewhere"] = ada.host.answers[ada.path]
    ada.window.page.goto(f"{ada.host.url}/elsewhere")
    expect(ada.window.box("Bob")).to_have_value("half a thou")
    expect(ada.window.bar).to_have_attribute("aria-expanded", "true")
    ada.window.expect_said("Bob", ["sent"])
    ada.window.chat("Bob").get_by_role("button", name="Minimise").click()
    ada.window.page.reload()
    head = ada.window.chat("Bob").get_by_role("button", name="Bob")
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(ada.window.box("Bob")).to_be_hidden()


def test_another_person_at_the_same_browser_finds_nothing(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob").press_sequentially("a secret draft")
    ada.put_page(token=ada.club.token("carol"))
    ada.window.page.reload()
    expect(ada.window.bar).to_be_visible()
    expect(ada.window.chat("Bob")).to_have_count(0)
    ada.window.open_panel()
    expect(ada.window.frame.get_by_text("No conversations yet")).to_be_visible()
    ada.window.page.evaluate(UNTIL_FORGOTTEN, f"im:{ada.club.site}:ada/")
    assert "secret draft" not in ada.window.page.evaluate("JSON.stringify(localStorage)")


def test_two_people_may_use_one_browser_at_once(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob")
    ada.host.put_page("/carol", site=ada.club.site, token=ada.club.token("carol"))
    carol = ada.open_window("/carol")
    expect(carol.bar).to_be_visible()
    ada.window.say("Bob", "it is ada")
    ada.window.expect_settled("Bob")
    carol.open_panel()
    expect(carol.frame.get_by_text("No conversations yet")).to_be_visible()
    ada.window.page.reload()
    ada.window.expect_said("Bob", ["it is ada"])


def test_identify_with_another_person_starts_over(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob")
    ada.window.page.evaluate("token => im('identify', {token})", ada.club.token("carol"))
    expect(ada.window.chat("Bob")).to_have_count(0)
    ada.window.open_panel()
    expect(ada.window.frame.locator(".me")).to_contain_text("Carol")


def test_without_web_locks_every_tab_leads_itself(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.context.add_init_script(NO_LOCKS)
    first, second = ada.open_window(), ada.open_window()
    ada.window.page.close()
    first.open_chat("Bob")
    first.say("Bob", "from the first")
    second.open_chat("Bob")
    second.expect_said("Bob", ["from the first"])
    second.say("Bob", "from the second")
    for window in (first, second):
        window.expect_said("Bob", ["from the first", "from the second"])
        window.expect_settled("Bob")


def test_where_storage_is_blocked_the_chat_works_for_the_page(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.context.add_init_script(NO_STORAGE)
    window = ada.open_window()
    window.open_chat("Bob")
    window.say("Bob", "from memory")
    window.expect_said("Bob", ["from memory"])
    window.expect_settled("Bob")
    assert window.complaints == []


def test_an_expired_token_is_replaced_from_the_token_url(sit_down: Sit) -> None:
    ada = sit_down("ada")
    ada.host.answers["/im-token"] = Answer(ada.club.token("carol"), kind="text/plain")
    ada.put_page(token=ada.club.token("carol", seconds=-600), token_url="/im-token")
    ada.window.page.reload()
    ada.window.open_panel()
    expect(ada.window.frame.locator(".me")).to_contain_text("Carol")


def test_a_session_that_was_ended_is_renewed_unseen(sit_down: Sit, bob: Person, messenger: Messenger) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob")
    ada.window.say("Bob", "before")
    ada.window.expect_settled("Bob")
    kept = ada.window.page.evaluate("key => localStorage[key]", f"im:{ada.club.site}:ada/session")
    secret = json.loads(kept)["session"]
    ended = ada.context.request.delete(
        f"{messenger.url}/v1/sessions/current", headers={"Authorization": f"Bearer {secret}"}
    )
    assert ended.status == 204
    ada.window.say("Bob", "after")
    ada.window.expect_settled("Bob")
    ada.window.expect_said("Bob", ["before", "after"])
    bob.window.open_panel()
    bob.window.row("Conversations", "Ada").click()
    bob.window.say("Ada", "still here?")
    ada.window.expect_said("Bob", ["before", "after", "still here?"])


def test_without_a_fresh_token_the_widget_says_signed_out(sit_down: Sit) -> None:
    ada = sit_down("ada")
    ada.put_page(token=ada.club.token("carol", seconds=-600))
    ada.window.page.reload()
    ada.window.open_panel()
    expect(ada.window.frame.get_by_text("Signed out")).to_be_visible()


def test_logout_ends_the_session_and_forgets_the_person(sit_down: Sit, bob: Person) -> None:
    ada = sit_down("ada")
    ada.window.open_chat("Bob").press_sequentially("draft")
    ada.window.page.evaluate("im('logout')")
    expect(ada.window.bar).to_have_count(0)
    assert "draft" not in ada.window.page.evaluate("JSON.stringify(localStorage)")
