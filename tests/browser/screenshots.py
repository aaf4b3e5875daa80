"""Makes the pictures of every screen, see ``python -m tests.browser.screenshots --help``."""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.console import Console
from tests.browser.console_pictures import CONSOLE_SCREENS, ConsoleScreen, take_console
from tests.browser.messenger import ROOT, Messenger
from tests.browser.screens import SCREENS, Scene, Screen
from tests.browser.stage import LOOKS, OTHERS, TALK, Stage, shoot
from tests.services import CHROMIUM, require_program

FOLDER = ROOT / "docs" / "img" / "screens"
PAGE = ROOT / "docs" / "screens.md"
HEAD = """# Screens

Every screen of the widget in light and dark, on a phone, and written from right to left, and those
of the owner console; made by `python -m tests.browser.screenshots` from the demo community. axe looks
them over in `tests/browser/test_access.py` and `tests/browser/test_console.py`.
"""
TITLES = {"light": "Light", "dark": "Dark", "phone": "Phone", "rtl": "Right to left"}


def set_scene(stage: Stage) -> None:
    """Let one evening on Lantern Hill be said."""
    stage.set_status("bob", "online", "")
    stage.set_status("chloe", "away", "pruning")
    stage.set_status("dmitri", "dnd", "in the greenhouse")
    stage.play(OTHERS)
    stage.play(TALK)


def take(stage: Stage, screen: Screen, look: str, folder: Path) -> None:
    """Bring ``screen`` up in a fresh browser and take its picture."""
    window = stage.open("ada", **LOOKS[look])
    try:
        window.connected()
        window.page.mouse.move(4, 4)
        screen.show(Scene(stage, window, look))
        shoot(window.page, folder / f"{screen.name}-{look}.webp")
    finally:
        window.page.context.close()


def section(screen: Screen | ConsoleScreen) -> str:
    """Return what docs/screens.md has of one screen."""
    lines = [f"## {screen.caption}", ""]
    for look in screen.looks:
        width = 240 if look == "phone" else 480
        lines.append(
            f'<img src="img/screens/{screen.name}-{look}.webp" width="{width}" alt="{TITLES[look]}">'
        )
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """Return what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", default="", help="only screens whose names contain one of these, by commas")
    parser.add_argument("--looks", default=",".join(LOOKS))
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    return parser.parse_args()


def take_consoles(chromium: Browser, messenger: Messenger, wanted: argparse.Namespace) -> None:
    """Take the pictures of the owner console that are wanted."""
    screens = [
        one for one in CONSOLE_SCREENS.values() if any(part in one.name for part in wanted.k.split(","))
    ]
    if not screens:
        return
    console = Console(chromium, messenger)
    console.set_up()
    console.seed_usage(days=30)
    console.seed_community()
    for screen in screens:
        for look in set(screen.looks) & set(wanted.looks.split(",")):
            take_console(console, screen, look, wanted.folder)


def main() -> None:
    """Serve the demo from a fresh store and take the pictures."""
    wanted = arguments()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    screens = [one for one in SCREENS.values() if any(part in one.name for part in wanted.k.split(","))]
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        messenger = Messenger(Path(scratch))
        messenger.start()
        chromium = playwright.chromium.launch(
            executable_path=require_program(*CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            stage = Stage(chromium, messenger.url)
            set_scene(stage)
            for screen in screens:
                for look in set(screen.looks) & set(wanted.looks.split(",")):
                    take(stage, screen, look, wanted.folder)
            take_consoles(chromium, messenger, wanted)
        finally:
            chromium.close()
            messenger.close()
    if wanted.folder == FOLDER:
        everything = (*SCREENS.values(), *CONSOLE_SCREENS.values())
        PAGE.write_text("\n".join([HEAD, *(section(one) + "\n" for one in everything)]))


if __name__ == "__main__":
    main()
