"""What a host page pays for the widget, in bytes as they are shipped."""

import gzip
import re
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
APP = ASSETS / "app"
LOADER_BYTES = 2_560
FIRST_PAINT_BYTES = 35_840
MODULE_LINES = 400
PARSES_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
)
STATIC_IMPORT = re.compile(r"^import (?:.*? from )?'\./([\w.-]+)';$", re.MULTILINE)


def size(path: Path) -> int:
    """Return the bytes of the gzip form."""
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def static_modules(name: str, found: set[str] | None = None) -> set[str]:
    """Return ``name`` and every module that must be there before it runs."""
    found = set() if found is None else found
    if name not in found:
        found.add(name)
        for imported in STATIC_IMPORT.findall((APP / name).read_text()):
            static_modules(imported, found)
    return found


def named_in_frame() -> set[str]:
    return set(re.findall(r"\{\{base\}\}/([\w.-]+)", (APP / "frame.html").read_text()))


def test_the_loader_is_small() -> None:
    assert size(ASSETS / "im.js") <= LOADER_BYTES


def test_the_first_paint_is_small() -> None:
    files = static_modules("main.js") | {"app.css", "frame.html"}
    assert sum(size(APP / name) for name in files) <= FIRST_PAINT_BYTES


def test_all_modules_of_the_first_paint_are_fetched_at_once() -> None:
    assert named_in_frame() == static_modules("main.js") | {"app.css"}


def test_every_import_is_seen_by_these_tests() -> None:
    for module in APP.glob("*.js"):
        text = module.read_text()
        assert len(re.findall(r"^import\b", text, re.MULTILINE)) == len(STATIC_IMPORT.findall(text)), (
            module.name
        )


def test_no_module_is_long() -> None:
    for path in [*APP.glob("*"), ASSETS / "im.js"]:
        assert len(path.read_text().splitlines()) <= MODULE_LINES, path.name


def test_nothing_parses_markup() -> None:
    for module in [*APP.glob("*.js"), ASSETS / "im.js"]:
        assert not PARSES_MARKUP.search(module.read_text()), module.name
