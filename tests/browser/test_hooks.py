"""Elements of the host page that name a member, a count or a room come alive, and leave nothing behind."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.hosts import Host
from tests.browser.person import Person, Window

Sit = Callable[..., Person]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
MARKUP = """
<p>By <a id="writer" href="/profile/bob" data-im-user="bob">Bob the Builder</a>,
  <span id="plain" data-im-user="bob">Bob</span></p>
<p>You have <b id="count" data-im-unread>some</b> new messages.</p>"""
STRANGER = '<a id="nobody" href="#nobody" data-im-user="nobody">Nobody</a>'
# Counts what a page holds on to: listeners that no signal has ended, observers at work, timers to come.
COUNT_HOLDINGS = """() => {
  const held = window.held = {listeners: 0, observers: new Set(), timers: new Set()};
  const {addEventListener, removeEventListener} = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (name, react, how) {
    if (this instanceof AbortSignal) return addEventListener.call(this, name, react, how);
    if (how?.once) return addEventListener.call(this, name, react, how);
    held.listeners += 1;
    how?.signal?.addEventListener('abort', () => { held.listeners -= 1; });
    return addEventListener.call(this, name, react, how);
  };
  EventTarget.prototype.removeEventListener = function (...rest) {
    held.listeners -= 1;
    return removeEventListener.apply(this, rest);
  };
  for (const kind of ['MutationObserver', 'IntersectionObserver', 'ResizeObserver']) {
    const {observe, disconnect} = window[kind].prototype;
    window[kind].prototype.observe = function (...rest) {
      held.observers.add(this);
      return observe.apply(this, rest);
    };
    window[kind].prototype.disconnect = function () {
      held.observers.delete(this);
      return disconnect.call(this);
    };
  }
  const {setTimeout, setInterval, clearTimeout} = window;
  window.setTimeout = (act, ms) => {
    const id = setTimeout(() => { held.timers.delete(id); act(); }, ms);
    held.timers.add(id);
    return id;
  };
  window.setInterval = (...rest) => { const id = setInterval(...rest); held.timers.add(id); return id; };
  window.clearTimeout = window.clearInterval = (id) => { held.timers.delete(id); clearTimeout(id); };
  window.holdings = () => ({
    listeners: held.listeners, observers: held.observers.size, timers: held.timers.size,
    nodes: document.querySelectorAll('*').length, sheets: document.adoptedStyleSheets.length,
    attributes: [...document.querySelectorAll('*')].reduce((sum, one) => sum + one.attributes.length, 0),
  });
}"""
UNTIL_AS_BEFORE = """async ([before, turns]) => {
  for (let turn = 0; ; turn += 1) {
    const now = JSON.stringify(window.holdings());
    if (now === JSON.stringify(before) || turn === turns) return JSON.parse(now);
    await new Promise((done) => requestAnimationFrame(done));
  }
}"""
BOOT_AGAIN = """async ([options, times]) => {
  const ready = () => new Promise((done) => document.addEventListener('im:ready', done, {once: true}));
  for (let time = 0; time < times; time += 1) {
    im('boot', options);
    if (time % 10 === 0) await ready();
    im('destroy');
  }
}"""


def sit_at(
    sit_down: Sit, markup: str = MARKUP, *, csp: str = "", user: str = "ada", **options: Any
) -> Window:
    """Sit down in front of a page with hooks in it."""
    person = sit_down(user, **options)
    person.put_page(markup=markup, csp=csp)
    person.window.page.reload()
    expect(person.window.bar).to_be_visible()
    return person.window


def hook(window: Window, name: str) -> Locator:
    return window.page.locator(f"#{name}")


@pytest.fixture
def bob(sit_down: Sit) -> Window:
    window = sit_down("bob").window
    expect(window.bar).to_be_visible()
    return window


@pytest.mark.parametrize("transports", ["ws", "poll"])
def test_a_name_on_the_page_shows_presence_and_opens_the_chat(
    sit_down: Sit, bob: Window, transports: str
) -> None:
    ada = sit_at(sit_down, transports=transports)
    writer = hook(ada, "writer")
    expect(writer).to_have_attribute("data-im-presence", "online")
    expect(writer).to_have_role("button")
    expect(writer).to_have_accessible_name("Chat with Bob, Online")
    expect(writer).to_have_text("Bob the Builder")
    bob.page.evaluate("im('setPresence', {presence: 'dnd'})")
    # He has just come, and nobody's presence is told anew before 10 s are over.
    expect(writer).to_have_attribute("data-im-presence", "dnd")
    expect(writer).to_have_accessible_name("Chat with Bob, Do not disturb")
    writer.click()
    expect(ada.box("Bob")).to_be_focused()
    assert ada.page.url.endswith("/ada")
    assert ada.complaints == []


def test_the_keyboard_presses_what_was_no_button(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down)
    plain = hook(ada, "plain")
    expect(plain).to_have_role("button")
    plain.focus()
    plain.press("Space")
    expect(ada.box("Bob")).to_be_focused()


def test_on_a_phone_a_name_opens_the_chat_over_the_page(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down, **PHONE)
    expect(hook(ada, "writer")).to_have_attribute("data-im-presence", "online")
    hook(ada, "writer").tap()
    expect(ada.box("Bob")).to_be_visible()


def test_who_is_no_member_stays_what_the_page_made_of_it(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down, MARKUP + STRANGER)
    expect(hook(ada, "writer")).to_have_attribute("data-im-presence", "online")
    nobody = hook(ada, "nobody")
    assert nobody.get_attribute("role") is None
    nobody.click()
    assert ada.page.url.endswith("#nobody")


@pytest.mark.parametrize("transports", ["ws", "poll"])
def test_the_count_of_unread_messages_follows(sit_down: Sit, bob: Window, transports: str) -> None:
    ada = sit_at(sit_down, transports=transports)
    count = hook(ada, "count")
    expect(count).to_be_hidden()
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.say("Ada", "one")
    bob.say("Ada", "two")
    expect(count).to_have_text("2")
    expect(count).to_be_visible()
    hook(ada, "writer").click()
    expect(count).to_be_hidden()


def test_what_the_page_puts_in_later_comes_alive_and_what_it_takes_is_let_go(
    sit_down: Sit, bob: Window
) -> None:
    ada = sit_at(sit_down, "<main></main>")
    ada.page.evaluate("document.querySelector('main').innerHTML = '<i id=late data-im-user=bob>B</i>'")
    late = hook(ada, "late")
    expect(late).to_have_attribute("data-im-presence", "online")
    ada.page.evaluate("late.removeAttribute('data-im-user')")
    expect(late).not_to_have_attribute("role", "button")
    expect(late).not_to_have_attribute("data-im-presence", "online")


def test_hooks_need_no_more_of_the_policy_than_the_widget(sit_down: Sit, host: Host, bob: Window) -> None:
    ada = sit_at(sit_down, csp=host.strict_csp())
    writer = hook(ada, "writer")
    expect(writer).to_have_attribute("data-im-presence", "online")
    dot = "one => getComputedStyle(one, '::after').backgroundColor"
    assert writer.evaluate(dot) == "rgb(23, 165, 92)"
    writer.click()
    expect(ada.box("Bob")).to_be_visible()
    assert ada.complaints == []


def test_destroy_puts_everything_back(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down)
    before = MARKUP.count("data-im-")
    expect(hook(ada, "writer")).to_have_attribute("data-im-presence", "online")
    ada.page.evaluate("im('destroy')")
    expect(hook(ada, "writer")).not_to_have_attribute("data-im-presence", "online")
    expect(hook(ada, "count")).to_have_text("some")
    assert ada.page.locator("[data-im-user], [data-im-unread]").count() == before
    assert ada.page.locator("[role], [tabindex], [aria-label], [data-im-presence]").count() == 0


def test_after_fifty_boots_and_destroys_the_page_holds_nothing_more(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down)
    site, token = ada.page.evaluate(
        "(({site, token}) => [site, token])(document.querySelector('script').dataset)"
    )
    ada.page.evaluate("im('destroy')")
    ada.page.evaluate(COUNT_HOLDINGS)
    options = {"site": site, "token": token}
    before = ada.page.evaluate("window.holdings()")
    ada.page.evaluate(BOOT_AGAIN, [options, 50])
    assert ada.page.evaluate(UNTIL_AS_BEFORE, [before, 600]) == before
    ada.page.evaluate("options => im('boot', options)", options)
    expect(hook(ada, "writer")).to_have_attribute("data-im-presence", "online")


def test_on_and_off(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down)
    ada.page.evaluate("""() => {
      window.heard = [];
      const hear = (message) => { window.heard.push(message.text); im('off', 'message', hear); };
      im('on', 'message', hear);
      document.addEventListener('im:message', ({detail}) => { document.body.dataset.last = detail.text; });
    }""")
    # What is there when she comes is no news.
    ada.connected()
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.say("Ada", "first")
    body = ada.page.locator("body")
    expect(body).to_have_attribute("data-last", "first")
    bob.say("Ada", "second")
    expect(body).to_have_attribute("data-last", "second")
    assert ada.page.evaluate("window.heard") == ["first"]


def test_signing_out_leaves_the_elements_to_the_page(sit_down: Sit, bob: Window) -> None:
    ada = sit_at(sit_down)
    expect(hook(ada, "writer")).to_have_attribute("data-im-presence", "online")
    ada.page.evaluate("im('logout')")
    expect(hook(ada, "writer")).not_to_have_attribute("data-im-presence", "online")
    assert hook(ada, "writer").get_attribute("role") is None
