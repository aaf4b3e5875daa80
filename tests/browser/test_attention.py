"""What calls for attention: notifications only by a button and from one tab, the title, quiet hours."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.person import Person, Window

Sit = Callable[..., Person]
BUTTON = "Desktop notifications"
# A real browser under test shows nothing; this keeps what the page asks it to show.
KEEP_NOTES = """() => {
  window.notes = [];
  // Chromium under test has every page in focus.
  Document.prototype.hasFocus = () => false;
  window.asked = 0;
  let state = window.name === 'granted' ? 'granted' : 'default';
  window.Notification = class {
    static get permission() { return state; }
    static async requestPermission() { window.asked += 1; return state = 'granted'; }
    constructor(title, options) { Object.assign(this, options, {title, open: true}); notes.push(this); }
    close() { this.open = false; this.onclose?.(); }
  };
}"""
NOTES = "() => notes.map(({title, body, open}) => [title, body, open])"
# The tabs of a browser ask each other who has the person before them; `answered` is kept once one said so.
HEAR_ANSWER = """(name) => {
  const channel = new BroadcastChannel(JSON.stringify(name));
  window.answered = new Promise((done) => {
    channel.onmessage = ({data}) => data.type === 'i look' && done(true);
  });
}"""


def keep_notes(window: Window, *, granted: bool = True) -> None:
    """Let the host page keep its notifications, and load it again."""
    page = window.page
    page.add_init_script(f"({KEEP_NOTES})()")
    page.evaluate("state => { window.name = state; }", "granted" if granted else "")
    page.reload()
    window.connected()


def notes(window: Window) -> list[list[Any]]:
    return list(window.page.evaluate(NOTES))


def wait_for_notes(window: Window, count: int) -> list[list[Any]]:
    """Return the notifications once there are so many; the page itself waits."""
    window.page.evaluate(
        """async (count) => {
          for (let turn = 0; notes.length < count; turn += 1) {
            if (turn === 100) throw new Error(`${notes.length} notifications`);
            await new Promise((done) => setTimeout(done, 100));
          }
        }""",
        count,
    )
    return notes(window)


def look_away(window: Window) -> None:
    window.page.evaluate("dispatchEvent(new Event('blur'))")


def look_here(window: Window) -> None:
    window.page.evaluate("dispatchEvent(new Event('focus'))")


def talk(sit_down: Sit, **options: Any) -> tuple[Person, Window]:
    """Let Ada and Bob have talked; Ada's page keeps its notifications, and she looks at something else."""
    ada = sit_down("ada", **options)
    keep_notes(ada.window)
    bob = sit_down("bob", **options)
    bob.window.connected()
    bob.window.page.evaluate("im('open', {user: 'ada'})")
    expect(bob.window.box("Ada")).to_be_visible()
    look_away(ada.window)
    return ada, bob.window


def test_nobody_is_asked_but_by_the_button(sit_down: Sit, everywhere: dict[str, Any]) -> None:
    ada = sit_down("ada", **everywhere).window
    keep_notes(ada, granted=False)
    ada.open_panel()
    ada.frame.get_by_role("button", name="More").click()
    ada.frame.get_by_role("menuitem", name=BUTTON).click()
    dialog = ada.frame.get_by_role("dialog", name=BUTTON)
    expect(dialog).to_contain_text("Your browser will ask you")
    assert ada.page.evaluate("asked") == 0
    dialog.get_by_role("button", name="Allow").click()
    expect(dialog).to_contain_text("This browser shows a notification")
    assert ada.page.evaluate("asked") == 1
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_one_tab_tells_of_a_message_and_a_click_opens_its_window(
    sit_down: Sit, everywhere: dict[str, Any]
) -> None:
    ada, bob = talk(sit_down, **everywhere)
    second = ada.open_window()
    keep_notes(second)
    look_away(second)
    bob.say("Ada", "are you\nthere <b>?")
    assert wait_for_notes(ada.window, 1) == [["Bob", "are you there <b>?", True]]
    expect(second.bar).to_be_visible()
    assert notes(second) == []
    ada.window.page.evaluate("notes[0].onclick()")
    ada.window.expect_said("Bob", ["are you\nthere <b>?"])
    assert notes(ada.window)[0][2] is False


def test_whoever_looks_at_another_tab_is_not_told(sit_down: Sit) -> None:
    ada, bob = talk(sit_down)
    second = ada.open_window()
    keep_notes(second)
    look_here(second)
    frame = next(frame for frame in second.page.frames if "/frame?" in frame.url)
    frame.evaluate(HEAR_ANSWER, ["im", ada.club.site, ada.host.url, "ada"])
    bob.say("Ada", "seen")
    frame.evaluate("answered")
    look_away(second)
    bob.say("Ada", "unseen")
    assert [body for _, body, _ in wait_for_notes(ada.window, 1)] == ["unseen"]
    expect(ada.window.page).to_have_title(re.compile(r"^\(2\) "))


def test_a_notification_goes_when_the_message_is_read_on_another_device(sit_down: Sit) -> None:
    ada, bob = talk(sit_down)
    bob.say("Ada", "anybody?")
    wait_for_notes(ada.window, 1)
    phone = sit_down("ada")
    phone.window.page.evaluate("im('open', {user: 'bob'})")
    phone.window.expect_said("Bob", ["anybody?"])
    ada.window.page.evaluate(
        """async () => {
          for (let turn = 0; notes[0].open; turn += 1) {
            if (turn === 100) throw new Error('still open');
            await new Promise((done) => setTimeout(done, 100));
          }
        }"""
    )
