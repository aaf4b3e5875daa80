"""The form that CONTRIBUTING.md promises: sizes, names, and what is never written."""

import ast
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

import pytest

from tests.guardians.commands import ask_for_help

ROOT = Path(__file__).resolve().parent.parent.parent
FILE_LINES = 400
FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 8
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
FILES = [path for path in LISTED if (ROOT / path).is_file()]
PYTHON = [path for path in FILES if path.endswith(".py")]
SOURCES = [path for path in PYTHON if path.startswith("imserver/")]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the tests below ask of a file: its functions with their lengths, and its handlers of errors."""

    functions: tuple[tuple[str, int], ...]
    handlers: tuple[ast.ExceptHandler, ...]


@cache
def outline(path: str) -> Outline:
    """Parse a file, once for all tests."""
    nodes = list(ast.walk(ast.parse(read(path), path)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return Outline(
        tuple((node.name, length(node)) for node in functions),
        tuple(node for node in nodes if isinstance(node, ast.ExceptHandler)),
    )


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_no_file_is_too_long() -> None:
    sources = [path for path in FILES if path.endswith((".py", ".js", ".css", ".sql"))]
    assert len(sources) > 100
    assert [path for path in sources if len(read(path).splitlines()) > FILE_LINES] == []


def test_no_function_is_too_long() -> None:
    every = [(path, *function) for path in PYTHON for function in outline(path).functions]
    assert len(every) > 1_000
    assert [(path, name) for path, name, lines in every if lines > FUNCTION_LINES] == []


def test_most_functions_are_short() -> None:
    assert median(lines for path in SOURCES for _, lines in outline(path).functions) <= MEDIAN_FUNCTION_LINES


def test_file_names_say_what_is_inside() -> None:
    assert [path for path in FILES if Path(path).stem in FORBIDDEN_NAMES] == []


def test_nothing_is_patched_inside_the_package() -> None:
    assert [path for path in SOURCES if re.search(r"\bpatch_[a-z]+\(|gevent.monkey import", read(path))] == []


def test_no_error_is_swallowed_unseen() -> None:
    handlers = [(path, node) for path in PYTHON for node in outline(path).handlers]
    assert len(handlers) > 20
    assert [(path, node.lineno) for path, node in handlers if node.type is None] == []
    assert [(path, node.lineno) for path, node in handlers if _is_broad(node) and _does_nothing(node)] == []


def _is_broad(node: ast.ExceptHandler) -> bool:
    return isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}


def _does_nothing(node: ast.ExceptHandler) -> bool:
    return all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)


@pytest.mark.parametrize("path", ["conf/gunicorn.py", "bin/serve.py", "bin/im.py", "bin/doctor.py"])
def test_programs_patch_before_anything_else(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").split()
    assert lines[:5] == ["from", "gevent", "import", "monkey", "monkey.patch_all()"]


def test_the_changelog_has_a_place_for_the_next_line() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_programs_can_be_run_and_say_what_they_do() -> None:
    programs = [path for path in FILES if path.startswith("bin/") and "." not in Path(path).name]
    assert {"bin/serve", "bin/test", "bin/lint", "bin/im"} <= set(programs)
    for path in programs:
        assert (ROOT / path).stat().st_mode & 0o111, path
        done = ask_for_help(Path(path).name)
        assert done.returncode == 0, path
        assert len(done.stdout) > 40, path
