"""The owner console in a browser: an admin who has signed in, a site with a year of usage, every page."""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from imserver.store import open_store
from imserver.store.usage import HOUR_MS
from tests.browser.community import seed_community
from tests.browser.messenger import ROOT, Messenger

EMAIL, PASSWORD = "ada@example.org", "a lantern on the hill"
# What a day looks like: nobody at night, most in the evening.
WAVES = (2, 1, 1, 0, 0, 1, 4, 9, 14, 16, 18, 21, 24, 22, 19, 21, 25, 31, 42, 55, 61, 48, 26, 9)


@dataclass(slots=True)
class Console:
    """The console of one messenger, in which EMAIL is the admin; ``site`` is the one to look at."""

    browser: Browser
    messenger: Messenger
    site: str = "lantern"
    places: dict[str, str] = field(default_factory=dict)
    _state: Any = field(default=None, repr=False)

    def command(self, *arguments: str) -> str:
        """Run ``bin/im`` against the messenger; return what it printed."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "bin" / "im.py"), *arguments],
            cwd=ROOT, env=self.messenger.environ, check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.stdout

    def set_up(self, *, origin: str = "https://lantern-hill.example") -> None:
        """Create the site and the admin, who follows the link that is printed, as people do."""
        self.command("site", "add", "Lantern Hill", "--origin", origin, "--id", self.site)
        link = self.command("owner", "add", EMAIL, "--admin").strip()
        page = self.open("", signed_in=False)
        page.goto(link)
        page.get_by_label("Your name").fill("Ada Lindqvist")
        page.get_by_label("A new password").fill(PASSWORD)
        page.get_by_role("button", name="Set it").click()
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Your sites").wait_for()
        self._state = page.context.storage_state()
        page.context.close()

    def seed_usage(self, *, days: int) -> None:
        """Let the site have been in use for so long."""
        hour = time.time_ns() // 1_000_000 // HOUR_MS
        rows = [self._hour(hour - back, back) for back in range(24 * days)]
        store = open_store(store_url=self.messenger.environ["IM_STORE_URL"])
        try:
            store.database.write(lambda tx: tx.run("add_usage", rows=rows))
        finally:
            store.close()

    def seed_community(self) -> None:
        """Let there be members, and something to moderate; ``places`` knows where."""
        store = open_store(store_url=self.messenger.environ["IM_STORE_URL"])
        try:
            self.places = seed_community(store, self.site)
        finally:
            store.close()

    def _hour(self, hour: int, back: int) -> tuple[str | int, ...]:
        wave = WAVES[hour % 24] * (100 - 2 * (back // 24))
        return (
            self.site,
            hour,
            wave // 2,
            wave // 40,
            wave // 9,
            wave // 300,
            wave * 3,
            wave // 7,
            wave // 2,
            wave // 5,
            wave // 90,
        )

    def open(self, path: str, *, signed_in: bool = True, **options: Any) -> Page:
        """Open a page of the console in a browser of its own, which the caller closes."""
        options = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce", **options}
        if signed_in:
            options["storage_state"] = self._state
        page = self.browser.new_context(**options).new_page()
        page.goto(f"{self.messenger.url}/console/{path}")
        return page

    def site_page(self, name: str, **options: Any) -> Page:
        """Open a page of the site."""
        return self.open(f"sites/{self.site}/{name}", **options)
