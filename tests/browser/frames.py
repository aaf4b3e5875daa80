"""How the lists of 100,000 open, jump and scroll in Chromium: python -m tests.browser.frames [--write].

A person with so many friends opens the panel, and the members of a room of as many. Both lists are scrolled
by the wheel while Chromium writes a trace; the times between the frames that it drew are read from that.
"""

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Locator, sync_playwright

from imserver.commands.bench.machine import machine_line
from imserver.commands.bench.report import FIGURES, put_section
from tests.browser.hosts import Club, Host
from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window
from tests.browser.test_rooms import NAME, make_room
from tests.services import CHROMIUM, require_program

JUMPS = 5
FRAME_MS = 1_000 / 60
# Frames come at a 60th of a second, give or take what the clock is read late by.
LATE_MS = 1.5 * FRAME_MS
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
]
TITLE = "Lists of 100,000 in the browser"
# From the click, or the jump of the scroll bar, to the frame in which all the rows in view are somebody.
WATCH = """([name, act]) => new Promise((done, fail) => {
  const list = () => document.querySelector(`[role=list][aria-label="${name}"]`);
  const all = () => [...(list()?.querySelectorAll('.slot') || [])];
  const rows = () => all().filter((row) => !row.hidden && row.offsetParent);
  const began = performance.now();
  if (act === null) document.querySelector('[data-measured]').click();
  else list().parentElement.scrollTop = act * (list().scrollHeight - list().parentElement.clientHeight);
  const look = () => {
    const view = rows();
    const spent = performance.now() - began;
    if (view.length > 3 && view.every((row) => !row.classList.contains('waiting'))) done(spent);
    else if (spent > 20000) fail(new Error(`${view.length} rows`));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


@dataclass(frozen=True, slots=True)
class Scroll:
    """What a trace says of one scroll: times between frames, and how long the page itself was busy."""

    label: str
    gaps_ms: list[float]
    tasks_ms: list[float]

    def line(self) -> str:
        """Return its row of the table."""
        gaps = sorted(self.gaps_ms)
        late = sum(gap > LATE_MS for gap in gaps) / len(gaps)
        busy = sum(task > FRAME_MS for task in self.tasks_ms)
        cells = [
            f"{1_000 * len(gaps) / sum(gaps):.1f}",
            f"{statistics.median(gaps):.1f}",
            f"{gaps[int(0.95 * len(gaps))]:.1f}",
            f"{gaps[-1]:.1f}",
            f"{100 * late:.1f} %",
            f"{busy} of {len(self.tasks_ms)}, longest {max(self.tasks_ms):.1f} ms",
        ]
        return f"| {self.label} | {' | '.join(cells)} |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """The wheel, turned over a list."""

    speed: int
    seconds: float


class Theatre:
    """One person in front of the browser, and the stopwatch."""

    def __init__(self, browser: Browser, person: Person) -> None:
        self._browser = browser
        self._window = person.window
        self.frame = _frame_of(person.window)

    def time_click(self, label: str, listed: str, button: Locator) -> str:
        """Return the row of a list that ``button`` opens."""
        button.evaluate("one => { one.dataset.measured = ''; }")
        spent = float(self.frame.evaluate(WATCH, [listed, None]))
        self.frame.evaluate(
            "document.querySelectorAll('[data-measured]').forEach((one) => delete one.dataset.measured)"
        )
        return f"| {label} | {spent:.0f} | {spent:.0f} |"

    def time_jumps(self, label: str, listed: str, part: float) -> str:
        """Return the row of jumps to this part of a list, each to people who are not there yet."""
        parts = [part - step / 100 for step in range(JUMPS)]
        times = [float(self.frame.evaluate(WATCH, [listed, each])) for each in parts]
        return f"| {label} | {statistics.median(times):.0f} | {max(times):.0f} |"

    def scroll(self, label: str, place: Locator, gesture: Gesture) -> Scroll:
        """Turn the wheel over ``place`` while Chromium writes down what it does."""
        box = place.bounding_box()
        assert box, "there is no list on the screen"
        session = self._window.page.context.new_cdp_session(self._window.page)
        self._browser.start_tracing(categories=CATEGORIES)
        session.send(
            "Input.synthesizeScrollGesture",
            {
                "x": box["x"] + box["width"] / 2,
                "y": box["y"] + 120,
                "yDistance": -gesture.speed * gesture.seconds,
                "speed": gesture.speed,
                "preventFling": True,
                "gestureSourceType": "mouse",
            },
        )
        events = json.loads(self._browser.stop_tracing())["traceEvents"]
        scrolled = float(place.evaluate("list => list.scrollTop"))
        assert scrolled > 0.9 * gesture.speed * gesture.seconds, f"the wheel only came to {scrolled}"
        return read_trace(label, events)


def read_trace(label: str, events: list[dict[str, Any]]) -> Scroll:
    """Return the frames of the process that drew the most of them, and the tasks of its main thread."""
    drawn: dict[int, list[float]] = {}
    for event in events:
        if event["name"] == "DrawFrame":
            drawn.setdefault(event["pid"], []).append(event["ts"] / 1_000)
    pid, at_ms = max(drawn.items(), key=lambda one: len(one[1]))
    at_ms.sort()
    main = {e["tid"] for e in events if e["pid"] == pid and e["name"] == "EventDispatch"}
    tasks = [
        event["dur"] / 1_000
        for event in events
        if event["pid"] == pid and event["tid"] in main and event["name"] == "RunTask" and "dur" in event
    ]
    return Scroll(label, [later - earlier for earlier, later in pairwise(at_ms)], tasks or [0.0])


def _frame_of(window: Window) -> Frame:
    return next(frame for frame in window.page.frames if "/frame?" in frame.url)


def play(browser: Browser, person: Person, messenger: Messenger, wanted: argparse.Namespace) -> list[str]:
    """Measure everything; return the section's lines."""
    window, gesture = person.window, Gesture(speed=wanted.speed, seconds=wanted.seconds)
    window.connected()
    messenger.populate("friends", person.club.site, "ada", str(wanted.people))
    theatre = Theatre(browser, person)
    times = [theatre.time_click("the panel, by a click on the bar", "Contacts", window.bar)]
    contacts = window.frame.get_by_role("list", name="Contacts")
    scrolls = [theatre.scroll("the friends", contacts.locator(".."), gesture)]
    times += _jumps(theatre, "friends", "Contacts")
    make_room(window)
    messenger.populate("crowd", person.club.site, NAME, str(wanted.people))
    window.chat(NAME).get_by_role("button", name="More").first.click()
    item = window.frame.get_by_role("menuitem", name="Members and more")
    times.append(theatre.time_click("the members, by a click in the menu", "Members", item))
    members = window.frame.get_by_role("list", name="Members")
    scrolls.append(theatre.scroll("the members", members.locator(".."), gesture))
    times += _jumps(theatre, "members", "Members")
    return _lines(times, scrolls, gesture)


def _jumps(theatre: Theatre, what: str, listed: str) -> list[str]:
    parts = {"the middle": 0.5, "the end": 1.0}
    return [
        theatre.time_jumps(f"a jump of the {what} to {where}", listed, part) for where, part in parts.items()
    ]


def _lines(times: list[str], scrolls: list[Scroll], gesture: Gesture) -> list[str]:
    return [
        "| until all rows in view are there | median ms | longest ms |",
        "|---|---|---|",
        *times,
        "",
        f"The wheel turns {gesture.speed:,} px a second for {gesture.seconds:g} s; from Chromium's trace:",
        "",
        "| scrolled | frames/s | median ms | p95 ms | longest ms | later than 25 ms | tasks over 16.7 ms |",
        "|---|---|---|---|---|---|---|",
        *(scroll.line() for scroll in scrolls),
    ]


def arguments() -> argparse.Namespace:
    """Return what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--speed", type=int, default=3_000, help="pixels a second")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--write", action="store_true", help="put the section into docs/figures.md")
    return parser.parse_args()


def main() -> None:
    """Serve a club from a fresh store and look at it."""
    wanted = arguments()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        messenger = Messenger(Path(scratch))
        messenger.start()
        host = Host(messenger.url)
        chromium = playwright.chromium.launch(
            executable_path=require_program(*CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            ((site, secret),) = messenger.populate("sites", "1", host.url).items()
            person = Person(chromium, host, Club(site, secret), "ada")
            lines = play(chromium, person, messenger, wanted)
            about = f"`python -m tests.browser.frames`: {machine_line()}, {chromium.version}, SQLite, no GPU."
        finally:
            chromium.close()
            host.close()
            messenger.close()
    section = "\n".join([f"## {TITLE}", "", about, "", *lines, ""])
    print(section)  # noqa: T201
    if wanted.write:
        FIGURES.write_text(put_section(FIGURES.read_text(encoding="utf-8"), section), encoding="utf-8")


if __name__ == "__main__":
    main()
