"""The server knows which modules of the widget belong together, and has their answers ready."""

from pathlib import Path

import pytest

from imserver.errors import NotFound
from imserver.handlers.assets import AssetTree, read_asset
from imserver.handlers.shelf import Shelf
from imserver.protocol.requests import PlainRequest, read_request


def tree_of(folder: Path, files: dict[str, str]) -> AssetTree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return AssetTree(folder)


def test_a_module_comes_with_all_that_it_imports_each_once(tmp_path: Path) -> None:
    files = {
        "a.js": "import { b } from './b.js';\nimport './sub/c.js';\n",
        "b.js": "import { d } from './sub/d.js';\nimport { a } from './a.js';\n",
        "sub/c.js": "import { d } from './d.js';\nimport { b } from '../b.js';\n",
        "sub/d.js": "export const d = 1;\n",
    }
    assert tree_of(tmp_path, files).modules("a.js") == ["a.js", "b.js", "sub/c.js", "sub/d.js"]


def test_what_is_imported_later_does_not_count(tmp_path: Path) -> None:
    files = {"a.js": "const b = () => import('./b.js');\n/** @type {import('./c.js').C} */\n", "b.js": ""}
    assert tree_of(tmp_path, files).modules("a.js") == ["a.js"]


def test_an_import_of_what_is_not_there_stops_the_server(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        tree_of(tmp_path, {"a.js": "import './gone.js';\n"}).modules("a.js")


def plain(path: str, *lines: str) -> PlainRequest:
    found = read_request("\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *lines, "", ""]).encode())
    assert isinstance(found, PlainRequest)
    return found


def test_a_file_is_answered_as_it_is_asked_for_and_kept_ready(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {"a.js": "import './b.js';\n" * 100, "b.js": "1;\n"})
    shelf = Shelf(tree, {"im.js": read_asset(tmp_path / "b.js")})
    long, short = f"{tree.base}/a.js", f"{tree.base}/b.js"
    assert [path in shelf for path in (long, short, "/im.js", "/b.js", "/a/0/a.js")] == [True] * 3 + [
        False
    ] * 2
    for path, is_compressed in ((long, True), (short, False)):
        gzipped = shelf.answer(plain(path, "Accept-Encoding: gzip"), keep_alive=True)
        assert (b"Content-Encoding: gzip" in gzipped) is is_compressed
        assert shelf.answer(plain(path, "Accept-Encoding: gzip"), keep_alive=True) is gzipped
    whole = shelf.answer(plain(long), keep_alive=False)
    assert whole.endswith(b"\r\n\r\n" + b"import './b.js';\n" * 100)
    assert b"Connection: close" in whole
    assert b"Access-Control-Allow-Origin: *" in shelf.answer(plain("/im.js"), keep_alive=True)


def test_who_has_a_file_is_told_so_without_it(tmp_path: Path) -> None:
    shelf = Shelf(tree_of(tmp_path, {"a.js": "1;\n"}), {"im.js": read_asset(tmp_path / "a.js")})
    etag = read_asset(tmp_path / "a.js").etag
    known = shelf.answer(plain("/im.js", f'If-None-Match: "{etag}"'), keep_alive=True)
    assert known.startswith(b"HTTP/1.1 304 Not Modified\r\n")
    assert known.endswith(b"\r\n\r\n")
    other = shelf.answer(plain("/im.js", f'If-None-Match: "{etag}-gz"'), keep_alive=True)
    assert other.startswith(b"HTTP/1.1 200 OK\r\n")
