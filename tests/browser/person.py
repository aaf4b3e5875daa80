"""Somebody in front of a browser, who sees and does what people do: by role and by name."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.browser.hosts import Club, Host

PATIENCE_MS = 20_000
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# What a test may be run on: ``sit_down(user, **DEVICES[name])``.
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}
TRANSPORTS = ("ws", "poll")
expect.set_options(timeout=PATIENCE_MS)
# A tab that is asked before it is known which one leads waits for 2 s for that one's answer.
UNTIL_CONNECTED = """async ([transport, turns]) => {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const leads = async () => !navigator.locks || (await navigator.locks.query()).held.length;
  for (let turn = 0; turn < 20 && !await leads(); turn += 1) await pause(50);
  for (let turn = 0; ; turn += 1) {
    const report = await im('doctor', {show: false});
    if (report.state === 'open' && report.transport === (transport || report.transport)) return report;
    if (turn === turns) throw new Error(JSON.stringify(report));
    await pause(100);
  }
}"""

UNTIL_UNCOVERED = """async (turns) => {
  for (let turn = 0; document.elementFromPoint(40, 40).tagName === 'IFRAME'; turn += 1) {
    if (turn === turns) throw new Error('the frame still takes the clicks');
    await new Promise((done) => setTimeout(done, 100));
  }
}"""


class Window:
    """One page with the messenger in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location['url']}")

    @property
    def frame(self) -> FrameLocator:
        """The messenger."""
        return self.page.frame_locator("iframe[title=Messenger]")

    @property
    def bar(self) -> Locator:
        """The button that opens the panel."""
        return self.frame.get_by_role("button", name="Messenger")

    def open_panel(self) -> None:
        """Open the panel if it is closed; on a phone, after the chat that takes the screen."""
        while self.frame.get_by_role("button", name="Back", exact=True).filter(visible=True).count():
            self.frame.get_by_role("button", name="Back", exact=True).filter(visible=True).first.click()
        if self.bar.get_attribute("aria-expanded") == "false":
            self.bar.click()

    def row(self, listed: str, name: str) -> Locator:
        """The button of ``name`` in one of the two lists."""
        return self.frame.get_by_role("list", name=listed).get_by_role("button", name=name)

    def chat(self, name: str) -> Locator:
        """The window of the conversation with ``name``."""
        return self.frame.get_by_role("region", name=f"Chat with {name}")

    def open_chat(self, name: str) -> Locator:
        """Open the conversation with a contact; return its textbox."""
        self.open_panel()
        self.row("Contacts", name).click()
        return self.box(name)

    def box(self, name: str) -> Locator:
        """The textbox of the conversation with ``name``."""
        return self.chat(name).get_by_role("textbox", name="Message")

    def log(self, name: str) -> Locator:
        """The messages of the conversation with ``name``."""
        return self.chat(name).get_by_role("log")

    def said(self, name: str) -> list[str]:
        """The texts in the log, from top to bottom."""
        return self.log(name).locator(".text").all_inner_texts()

    def examine(self) -> dict[str, Any]:
        """What the doctor tells the host page, with nothing shown."""
        report: dict[str, Any] = self.page.evaluate("im('doctor', {show: false})")
        return report

    def connected(self, transport: str = "", *, patience_ms: float = PATIENCE_MS) -> dict[str, Any]:
        """Wait until there is a connection, over ``transport`` if it is named; return the doctor's report."""
        report: dict[str, Any] = self.page.evaluate(UNTIL_CONNECTED, [transport, patience_ms // 100])
        return report

    def expect_covered(self) -> None:
        """The whole page is the messenger's for a while."""
        self.page.wait_for_function("document.elementFromPoint(40, 40).tagName === 'IFRAME'")

    def expect_uncovered(self) -> None:
        """Clicks in the middle of nowhere are the host page's."""
        self.page.evaluate(UNTIL_UNCOVERED, PATIENCE_MS // 100)

    def say(self, name: str, text: str) -> None:
        """Write to ``name`` and press Enter."""
        box = self.box(name)
        box.fill(text)
        box.press("Enter")

    def expect_said(self, name: str, texts: list[str], *, patience_ms: float = PATIENCE_MS) -> None:
        """The log holds exactly these, in this order."""
        exactly = [re.compile(f"^{re.escape(text)}$") for text in texts]
        expect(self.log(name).locator(".text")).to_have_text(exactly, timeout=patience_ms)

    def expect_settled(self, name: str) -> None:
        """Nothing is on its way any more."""
        expect(self.log(name).locator("[data-mark=pending]")).to_have_count(0)


class Person:
    """A user with a browser of their own; ``window`` is the first page that they opened."""

    def __init__(
        self,
        browser: Browser,
        host: Host,
        club: Club,
        user: str,
        *,
        transports: str = "",
        via: str = "",
        **options: Any,
    ) -> None:
        self.host = host
        self.club = club
        self.user = user
        self.path = f"/{club.site}/{user}"
        self.tag = {"site": club.site, "token": club.token(user)}
        if transports:
            self.tag["transports"] = transports
        if via:
            self.tag["via"] = via
        self.put_page()
        # Nothing glides: what only looks nice would be a fifth of the time.
        self.context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        self.window = self.open_window()

    def put_page(self, *, markup: str = "<p>Read me.</p>", csp: str = "", **changed: str) -> None:
        """Change what the host serves to this person."""
        self.host.put_page(self.path, markup=markup, csp=csp, **{**self.tag, **changed})

    def open_window(self, path: str | None = None) -> Window:
        """Open another page in the same browser."""
        window = Window(self.context.new_page())
        window.page.goto(self.host.url + (path or self.path))
        return window


def meet(sit_down: Callable[..., Person], **options: Any) -> tuple[Window, Window]:
    """Let Ada and Bob sit down, each with the other's window open and one hello said."""
    bob: Window = sit_down("bob", **options).window
    # Who has not signed in yet is in nobody's list.
    bob.connected()
    ada: Window = sit_down("ada", **options).window
    ada.open_chat("Bob")
    ada.say("Bob", "hello")
    bob.open_panel()
    bob.row("Conversations", "Ada").click()
    bob.expect_said("Ada", ["hello"])
    return ada, bob


def wait_until_kept(window: Window, part: str, text: str, *, kept: bool = True) -> None:
    """Wait until the page's storage says so, or no longer: only then may the page be let die."""
    window.page.evaluate(
        """async ([part, text, kept]) => {
          const holds = () => Object.entries(localStorage)
            .some(([key, value]) => key.includes(part) && value.includes(text));
          while (holds() !== kept) await new Promise(requestAnimationFrame);
        }""",
        [part, text, kept],
    )
