"""Makes the README's pictures from the real product: ``python -m tests.browser.screenshots [FOLDER]``."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.messenger import ROOT, Messenger
from tests.browser.person import Window

FOLDER = ROOT / "docs" / "img"
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
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
    """The demo community with a few of its members at their desks."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._windows: dict[str, Window] = {}

    def open(self, user: str, *, page: str = "/demo", **options: Any) -> Window:
        """Open the demo as ``user`` in a browser of its own."""
        window = Window(self._browser.new_context(**options).new_page())
        window.page.goto(f"{self._url}{page}?user={user}")
        expect(window.bar).to_be_visible()
        return window

    def desk(self, user: str) -> Window:
        """The window that ``user`` keeps open."""
        if user not in self._windows:
            self._windows[user] = self.open(user)
        return self._windows[user]

    def play(self, lines: tuple[tuple[str, str, str], ...]) -> None:
        """Let everybody say their lines, and wait until each is stored."""
        for sender, recipient, text in lines:
            window = self.desk(sender)
            window.page.evaluate("user => im('open', {user})", recipient)
            box = window.frame.get_by_role("textbox", name="Message").first
            box.fill(text)
            box.press("Enter")
            expect(window.frame.locator("[data-mark=pending]")).to_have_count(0)

    def set_status(self, user: str, choice: str, text: str) -> None:
        """Let ``user`` be seen as something else than online."""
        window = self.desk(user)
        window.open_panel()
        window.frame.get_by_role("button", name="Your status").click()
        window.frame.get_by_role("textbox", name="Status text").fill(text)
        window.frame.get_by_role("radio", name=choice).click()


def shoot(page: Page, path: Path) -> None:
    """Wait until everything has come to rest, and take the picture."""
    page.mouse.move(4, 4)
    page.wait_for_timeout(1_500)
    page.screenshot(path=path)


def shoot_all(stage: Stage, folder: Path) -> None:
    """Stage one evening on Lantern Hill and take the four pictures."""
    stage.set_status("chloe", "Away", "pruning")
    stage.set_status("dmitri", "Do not disturb", "in the greenhouse")
    stage.play(OTHERS)
    ada = stage.open("ada", **DESKTOP)
    shoot(ada.page, folder / "bar.png")
    ada.page.context.close()
    stage.play(TALK)
    for name, scheme in (("conversation", "light"), ("dark", "dark")):
        window = stage.open("ada", **DESKTOP, color_scheme=scheme)
        window.open_panel()
        window.row("Conversations", "Grace").click()
        window.row("Conversations", "Bob").click()
        expect(window.log("Bob").get_by_text("🫖")).to_be_visible()
        shoot(window.page, folder / f"{name}.png")
        window.page.context.close()
    phone = stage.open("ada", **PHONE)
    phone.open_panel()
    phone.row("Conversations", "Bob").click()
    expect(phone.log("Bob").get_by_text("🫖")).to_be_visible()
    shoot(phone.page, folder / "phone.png")


def main(folder: Path) -> None:
    """Serve the demo from a fresh store and take the pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        messenger = Messenger(Path(scratch))
        messenger.start()
        try:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            shoot_all(Stage(chromium, messenger.url), folder)
            chromium.close()
        finally:
            messenger.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
