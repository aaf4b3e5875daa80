"""The demo community with a few of its members at their desks, to take pictures of and to look over."""

import base64
import html
import json
import re
import secrets
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.person import PHONE, Window

# How a screen may be looked at; ``language`` is what the host's page is written in.
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "rtl": {"language": "ar"},
    # What is left of a screen at 200 %, and what forced colours leave of ours.
    "zoom": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "forced": {"forced_colors": "active"},
}
DESK = {"width": 1120, "height": 720}
TOKEN = re.compile(r'data-site="([^"]+)" data-token="([^"]+)"')
LANGUAGE = """if (self === top) document.addEventListener('DOMContentLoaded', () => {
  document.documentElement.lang = '%s';
});"""
TALK = (
    ("bob", "ada", "Did the fleece hold?"),
    ("ada", "bob", "Half of it. There is a line across bed three as if somebody had drawn it with a ruler."),
    ("ada", "bob", "Kale looks smug."),
    ("bob", "ada", "Kale always looks smug 🥬"),
    ("bob", "ada", "This is the vent I meant: https://example.org/workshop/vents"),
    ("ada", "bob", "Six euros? I am in."),
    ("bob", "ada", "Bring a spanner on Saturday, I bring the tea"),
    ("ada", "bob", "🫖"),
)
OTHERS = (
    ("grace", "ada", "Your envelope is in the seed library, top shelf."),
    ("farid", "ada", "هل نجا الياسمين عندك من الصقيع؟"),
    ("esperanza", "ada", "The lemons have taken over the hall."),
)


class Stage:
    """Opens the demo as anybody, and does over HTTP what somebody else is to have done."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._sessions: dict[str, str] = {}
        self._desks: list[Window] = []

    def open(self, user: str, *, page: str = "/demo", language: str = "", **options: Any) -> Window:
        """Open the demo as ``user`` in a browser of its own, which the caller closes."""
        context = self._browser.new_context(**{"viewport": DESK, **options})
        if language:
            context.add_init_script(LANGUAGE % language)
        window = Window(context.new_page())
        window.page.goto(f"{self._url}{page}?user={user}")
        expect(window.frame.locator(".bar")).to_be_visible()
        return window

    def sign_in(self, user: str) -> str:
        """Return a session of ``user``, as the widget would get one."""
        if user not in self._sessions:
            with urllib.request.urlopen(f"{self._url}/demo?user={user}", timeout=10) as answer:  # noqa: S310 - http
                found = TOKEN.search(answer.read().decode())
            assert found, "the demo page has no tag"
            site, token = (html.unescape(part) for part in found.groups())
            self._sessions[user] = self._ask("POST", "/v1/sessions", {"site": site, "token": token})[
                "session"
            ]
        return self._sessions[user]

    def call(self, user: str, method: str, path: str, body: Any = None) -> Any:
        """Let ``user`` make one call of the API; return its answer. HTTPError for anything but a yes."""
        return self._ask(method, path, body, session=self.sign_in(user))

    def upload(self, user: str, path: str, data: bytes, *, kind: str) -> Any:
        """Let ``user`` send ``data`` as the body of one call; return its answer."""
        return self._send(
            "POST", path, data, {"Content-Type": kind, "Authorization": f"Bearer {self.sign_in(user)}"}
        )

    def _ask(self, method: str, path: str, body: Any, *, session: str = "") -> Any:
        headers = {"Content-Type": "application/json"}
        if session:
            headers["Authorization"] = f"Bearer {session}"
        return self._send(method, path, None if body is None else json.dumps(body).encode(), headers)

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Any:
        wanted = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - http
        with urllib.request.urlopen(wanted, timeout=10) as answer:  # noqa: S310 - http
            said = answer.read()
        return json.loads(said) if said else None

    def conversation(self, user: str, other: str) -> str:
        """Return the id of the direct conversation of these two."""
        answer: str = self.call(user, "POST", "/v1/conversations", {"user_id": other})["id"]
        return answer

    def write(self, user: str, conversation_id: str, *texts: str, **fields: Any) -> list[int]:
        """Let ``user`` say ``texts``; return their seqs. ``fields`` are those of the last message."""
        seqs = []
        for text in texts:
            message = {"client_id": secrets.token_hex(16), "text": text}
            if text == texts[-1]:
                message |= fields
            path = f"/v1/conversations/{conversation_id}/messages"
            seqs.append(self.call(user, "POST", path, {"messages": [message]})["messages"][0]["seq"])
        return seqs

    def play(self, lines: tuple[tuple[str, str, str], ...]) -> None:
        """Let everybody say their lines."""
        for sender, recipient, text in lines:
            self.write(sender, self.conversation(sender, recipient), text)

    def set_status(self, user: str, presence: str, text: str) -> None:
        """Let ``user`` be here, and be seen as something else than online."""
        self._desks.append(self.open(user))
        self.call(user, "PUT", "/v1/presence", {"presence": presence, "status_text": text})

    def close(self) -> None:
        """Send everybody home."""
        for desk in self._desks:
            desk.page.context.close()


def shoot(page: Page, path: Path, *, quality: int = 72) -> None:
    """Wait until everything has come to rest, and take the picture as WebP."""
    page.wait_for_timeout(1_200)
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
    path.write_bytes(base64.b64decode(taken["data"]))
