"""The server knows which modules of the widget belong together."""

from pathlib import Path

import pytest

from imserver.errors import NotFound
from imserver.handlers.assets import AssetTree


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
