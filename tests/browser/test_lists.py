"""Long histories and long rosters."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.hosts import Club
from tests.browser.messenger import Messenger
from tests.browser.person import Person

Sit = Callable[..., Person]
LINES = 130
FRIENDS = 1_000
WRITE = """async ({site, token, user, count}) => {
  const headers = (secret) =>
    ({'Content-Type': 'application/json', ...(secret && {Authorization: `Bearer ${secret}`})});
  const post = async (path, body, secret) =>
    (await fetch(path, {method: 'POST', body: JSON.stringify(body), headers: headers(secret)})).json();
  const {session} = await post('/v1/sessions', {site, token});
  const {id} = await post('/v1/conversations', {user_id: user}, session);
  const line = (at) => ({text: `line ${at}`, client_id: at.toString(16).padStart(32, '0')});
  for (let at = 0; at < count; at += 10) {
    const messages = Array.from({length: 10}, (_, n) => line(at + n));
    await post(`/v1/conversations/${id}/messages`, {messages}, session);
  }
}"""
UNTIL_FIRST = """async ({site, token, user, turns}) => {
  const headers = {'Content-Type': 'application/json'};
  const signed = await fetch('/v1/sessions', {method: 'POST', headers, body: JSON.stringify({site, token})});
  const {session} = await signed.json();
  for (let turn = 0; turn < turns; turn += 1) {
    const answer = await fetch('/v1/contacts?limit=1', {headers: {Authorization: `Bearer ${session}`}});
    if ((await answer.json()).data[0].id === user) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${user} is not the first`);
}"""
# Each row on the screen: its place in the list, and whose it is.
SHOWN = """list => [...list.querySelectorAll('[role=listitem]:not([hidden]):not(.waiting)')].map((row) =>
  `${String(row.ariaPosInSet - 1).padStart(5, '0')} ${row.querySelector('.name').textContent}`)"""
# Follows one message on the screen, frame by frame, while the page before it is loaded.
MEASURE_JUMP = """async (log) => {
  const frame = () => new Promise(requestAnimationFrame);
  log.scrollTop = 100;
  const row = [...log.querySelectorAll('[data-seq]')].find((one) => one.offsetTop > log.scrollTop);
  const place = () => row.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const before = place();
  let worst = 0;
  for (let turn = 0, left = 5; turn < 300 && left; turn += 1) {
    await frame();
    worst = Math.max(worst, Math.abs(place() - before));
    if (log.querySelectorAll('.text').length >= 100) left -= 1;
  }
  return worst;
}"""


def write_history(person: Person, count: int) -> None:
    """Send ``count`` messages as fast as the page's own session can."""
    frame = next(frame for frame in person.window.page.frames if "/frame?" in frame.url)
    frame.evaluate(
        WRITE,
        {"site": person.club.site, "token": person.club.token(person.user), "user": "bob", "count": count},
    )


def test_scrolling_up_loads_history_without_a_jump(sit_down: Sit) -> None:
    expect(sit_down("bob").window.bar).to_be_visible()
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    write_history(ada, LINES)
    ada.window.open_chat("Bob")
    log = ada.window.log("Bob")
    expect(log.get_by_text(f"line {LINES - 1}", exact=True)).to_be_in_viewport()
    expect(log.locator(".text")).to_have_count(50)
    moved = log.evaluate(MEASURE_JUMP)
    expect(log.locator(".text")).to_have_count(100)
    assert moved <= 1
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log.get_by_text("line 0", exact=True)).to_be_attached()
    expect(log.locator(".text")).to_have_count(LINES)


def test_new_messages_do_not_move_someone_who_reads_the_history(sit_down: Sit) -> None:
    bob = sit_down("bob")
    expect(bob.window.bar).to_be_visible()
    ada = sit_down("ada")
    expect(ada.window.bar).to_be_visible()
    write_history(ada, LINES)
    ada.window.open_chat("Bob")
    log = ada.window.log("Bob")
    expect(log.get_by_text(f"line {LINES - 1}", exact=True)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = log.scrollHeight / 2; }")
    jump = ada.window.chat("Bob").get_by_role("button", name="Go to the newest")
    expect(jump).to_be_visible()
    before = log.evaluate("log => log.scrollTop")
    bob.window.page.evaluate("im('open', {user: 'ada'})")
    bob.window.say("Ada", "down here")
    expect(jump).to_have_accessible_name("Go to the newest, 1 new")
    assert log.evaluate("log => log.scrollTop") == before
    jump.click()
    expect(log.get_by_text("down here")).to_be_in_viewport()


def test_who_comes_later_shows_up_in_a_panel_that_is_open(sit_down: Sit) -> None:
    bob = sit_down("bob").window
    bob.open_panel()
    expect(bob.frame.get_by_text("Nobody here yet")).to_be_visible()
    sit_down("ada")
    expect(bob.row("Contacts", "Ada")).to_be_visible()


def test_a_thousand_friends_take_a_few_rows(sit_down: Sit, messenger: Messenger) -> None:
    ada = sit_down("ada")
    messenger.populate("friends", ada.club.site, "ada", str(FRIENDS))
    ada.window.page.reload()
    ada.window.open_panel()
    contacts = ada.window.frame.get_by_role("list", name="Contacts")
    expect(contacts.get_by_role("button", name="Member 00000")).to_be_visible()
    rows = contacts.get_by_role("listitem")
    expect(rows.first).to_have_attribute("aria-setsize", str(FRIENDS))
    asked: list[str] = []
    ada.window.page.on("request", lambda request: asked.append(request.url))
    # To the end by the scroll bar, and into the middle: what lies between is not asked for.
    contacts.evaluate("list => { list.parentElement.scrollTop = list.scrollHeight; }")
    expect(contacts.get_by_role("button", name=f"Member {FRIENDS - 1:05}")).to_be_visible()
    contacts.evaluate("list => { list.parentElement.scrollTop = list.scrollHeight / 2; }")
    expect(contacts.get_by_role("button", name=f"Member {FRIENDS // 2:05}")).to_be_in_viewport()
    assert len([url for url in asked if "/v1/contacts" in url]) <= 4, asked
    assert rows.count() < 40
    # From there on upwards, without anybody twice or left out.
    shown: set[str] = set()
    for _ in range(30):
        shown |= set(contacts.evaluate(SHOWN))
        contacts.evaluate("list => { list.parentElement.scrollTop -= 224; }")
        expect(contacts.locator(".waiting:not([hidden])")).to_have_count(0)
    numbers = sorted(shown)
    assert len(numbers) > 100
    assert all(
        place == name.removeprefix("Member ") for place, name in (one.split(" ", 1) for one in numbers)
    )
    search = ada.window.frame.get_by_role("searchbox", name="Search people")
    search.fill("00777")
    expect(contacts.get_by_role("button", name="Member 00777")).to_be_visible()
    expect(rows.filter(visible=True)).to_have_count(1)
    search.fill("nobody at all")
    expect(ada.window.frame.get_by_text("Nobody by that name")).to_be_visible()


def test_somebody_who_comes_between_two_pages_is_neither_doubled_nor_lost(
    sit_down: Sit, messenger: Messenger
) -> None:
    ada = sit_down("ada")
    messenger.populate("friends", ada.club.site, "ada", "400")
    ada.window.page.reload()
    ada.window.open_panel()
    contacts = ada.window.frame.get_by_role("list", name="Contacts")
    expect(contacts.get_by_role("button", name="Member 00000")).to_be_visible()
    sit_down("m00300").window.connected()
    frame = next(frame for frame in ada.window.page.frames if "/frame?" in frame.url)
    frame.evaluate(
        UNTIL_FIRST, {"site": ada.club.site, "token": ada.club.token("ada"), "user": "m00300", "turns": 200}
    )
    # The second page is asked for after they have moved to the front, the first was before.
    contacts.evaluate("list => { list.parentElement.scrollTop = 100 * 56 - 200; }")
    expect(contacts.get_by_role("button", name="Member 00101")).to_be_visible()
    twice = contacts.get_by_role("button", name="Member 00099").filter(visible=True)
    expect(contacts.get_by_role("button", name="Member 00098").filter(visible=True)).to_have_count(1)
    expect(twice).to_have_count(1)


def test_friends_whom_the_site_adds_and_takes_away_are_seen_at_once(
    sit_down: Callable[..., Person], messenger: Messenger, club: Club
) -> None:
    """The site's own server says so, while the list is open; nobody reloads anything."""
    ada = sit_down("ada").window
    ada.open_panel()
    key = messenger.populate("key", club.site)["key"]

    def put(path: str, body: dict[str, object]) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        answer = ada.page.request.put(f"{messenger.url}/server/v1{path}", headers=headers, data=body)
        assert answer.ok, answer.text()

    put("/users/bob", {"name": "Bob"})
    put("/friends/ada", {"friends": ["bob"]})
    expect(ada.row("Contacts", "Bob")).to_be_visible()
    put("/friends/ada", {"friends": []})
    expect(ada.row("Contacts", "Bob")).to_be_hidden()
