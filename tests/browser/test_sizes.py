"""What a host page pays for the widget, in bytes as they are shipped."""

import gzip
import re
from pathlib import Path

from imserver.handlers.assets import STATIC_IMPORT, AssetTree
from imserver.handlers.pages import modules_of

ASSETS = Path(__file__).resolve().parents[2] / "assets"
APP = ASSETS / "app"
LOADER_BYTES = 2_560
FIRST_PAINT_BYTES = 35_840
MODULE_LINES = 400
PARSES_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
)
IMPORT = re.compile(r"^import\b", re.MULTILINE)


def size(path: Path) -> int:
    """Return the bytes of the gzip form."""
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def test_the_loader_is_small() -> None:
    assert size(ASSETS / "im.js") <= LOADER_BYTES


def test_the_first_paint_is_small() -> None:
    files = [*modules_of(AssetTree(APP)).first, "app.css", "frame.html"]
    assert sum(size(APP / name) for name in files) <= FIRST_PAINT_BYTES


def test_what_paints_the_bar_does_not_wait_for_what_is_behind_it() -> None:
    modules = modules_of(AssetTree(APP))
    assert {"main.js", "bar.js", "dom.js"} <= set(modules.first)
    assert {"client.js", "dock.js", "chat.js", "panel.js", "connection.js"} <= set(modules.later)


def test_every_import_is_seen_by_the_server() -> None:
    for module in APP.rglob("*.js"):
        text = module.read_text()
        assert len(IMPORT.findall(text)) == len(STATIC_IMPORT.findall(text)), module.name


def test_no_module_is_long() -> None:
    for path in [*(path for path in APP.rglob("*") if path.is_file()), ASSETS / "im.js"]:
        assert len(path.read_text().splitlines()) <= MODULE_LINES, path.name


def test_nothing_parses_markup() -> None:
    for module in [*APP.rglob("*.js"), ASSETS / "im.js"]:
        assert not PARSES_MARKUP.search(module.read_text()), module.name
