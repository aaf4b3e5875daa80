"""bin/test: which processes it starts, and what it makes of their sums."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EVERYTHING = ["SQLite", "MariaDB", "memcached", "Redis", "Chromium"]


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bin_test", ROOT / "bin" / "test.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(ROOT)
    return module


def tally(passed: int, *, failed: int = 0, skipped: int = 0) -> dict[str, object]:
    return {"passed": passed, "failed": failed, "skipped": skipped, "ran_on": EVERYTHING}


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["server", "app", "programs", "browser"]),
        (["-k", "cursor"], ["server", "app", "programs", "browser"]),
        (["tests"], ["server", "browser"]),
        (["tests/unit", "-x"], ["server"]),
        (["tests/unit/test_logs.py::test_name"], ["server"]),
        (["tests/process"], ["server"]),
        (["tests/browser"], ["browser"]),
        (["tests/browser", "tests/unit"], ["server", "browser"]),
    ],
)
def test_only_the_needed_processes_run(program: ModuleType, arguments: list[str], parts: list[str]) -> None:
    assert [part.name for part in program.parts(arguments)] == parts


def test_the_parts_are_the_whole(program: ModuleType) -> None:
    folders = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").iterdir() if path.is_dir()}
    server, *others, browser = program.PARTS
    named = {argument for part in others for argument in part.arguments if not argument.startswith("--")}
    assert folders > {*named, str(program.BROWSER)}
    elsewhere = [file for part in others for file in _files(part.arguments) - _ignored(part.arguments)]
    assert sorted(elsewhere) == sorted(_ignored(server.arguments)), "each once, and none left out"
    assert browser is program.BROWSERS


def _ignored(arguments: tuple[str, ...]) -> set[Path]:
    ignored = "--ignore="
    return _files(tuple(each.removeprefix(ignored) for each in arguments if each.startswith(ignored)))


def _files(arguments: tuple[str, ...]) -> set[Path]:
    named = [ROOT / argument for argument in arguments if not argument.startswith("--")]
    return {file for path in named for file in ([path] if path.is_file() else path.rglob("test_*.py"))}


def test_the_last_line_is_the_plain_sum(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.sum_up([tally(3), tally(2)], everything=True) == 0
    assert capsys.readouterr().out.splitlines() == [
        "test: ran on SQLite, MariaDB + memcached, Redis, Chromium",
        "5 passed, 0 failed",
    ]


def test_a_skipped_test_counts_as_failed(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.sum_up([tally(3, skipped=2)], everything=False) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 2 failed"


def test_a_full_run_that_left_a_service_out_fails(
    program: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    without = tally(3) | {"ran_on": ["SQLite", "Chromium"]}
    assert program.sum_up([without], everything=True) == 1
    assert "nothing ran on MariaDB, Redis, memcached" in capsys.readouterr().out
    assert program.sum_up([without], everything=False) == 0


def test_nothing_that_ran_is_not_a_success(program: ModuleType) -> None:
    assert program.sum_up([tally(0)], everything=False) == 1


def test_a_run_that_breaks_before_its_tests_is_a_failure(program: ModuleType, tmp_path: Path) -> None:
    (counts,) = program.run_all([program.Run(["--no-such-option"], tmp_path, program.SERVER)])
    assert counts["failed"] == 1


def test_the_second_of_two_runs_speaks_when_it_is_done(
    program: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    both = [program.Run(["--version"], tmp_path, part) for part in (program.SERVER, program.BROWSERS)]
    program.run_all(both)
    assert "pytest" in both[1].output.read_text()
    assert capfd.readouterr().out.count("pytest") == 2


# What pyproject.toml leaves out of every run, which this one does not read: importing it takes seconds.
WITHOUT_PLUGINS = ["-p", "no:schemathesis", "-p", "no:anyio"]
FLAKY = """
from pathlib import Path

def test_passes_at_the_second_try():
    tried = Path(__file__).with_name("tried")
    was_tried = tried.exists()
    tried.touch()
    assert was_tried
"""


@pytest.mark.parametrize(
    ("code", "failed", "said"),
    [
        (FLAKY, 0, "passed only when alone: "),
        ("def test_fails():\n    assert False", 1, "are tried once more"),
        ("\n".join(f"def test_{n}():\n    assert False" for n in range(6)), 6, "6 failed"),
    ],
)
def test_the_few_that_fail_are_tried_once_more_alone_and_named(
    program: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str], code: str, failed: int, said: str
) -> None:
    tests = tmp_path / "test_it.py"
    tests.write_text(code)
    options = ["-p", "tests.conftest", "-c", "/dev/null", *WITHOUT_PLUGINS]
    run = program.Run([*options, str(tests)], tmp_path, program.SERVER)
    (counts,) = program.run_all([run])
    assert counts["failed"] == failed
    assert said in capfd.readouterr().out


def test_a_run_that_hangs_is_ended(
    program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "RUN_SECONDS", 0.2)
    run = program.Run([], tmp_path, program.SERVER)
    run.command = ["sleep", "60"]
    assert program.run_all([run])[0]["failed"] == 1


def test_what_is_missing_is_named_with_its_package(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "PACKAGES", {"no-such-program": "some-package", "sh": "dash"})
    monkeypatch.setattr(program, "FONTS", {"/no/such/font.ttf": "some-font"})
    assert program.missing_packages() == ["some-package", "some-font"]


def test_what_php_lacks_is_installed_with_it(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "is_installed", lambda name: name != "php")
    assert {"php-cli", "php-mysql", "php-sqlite3"} <= set(program.missing_packages())
    monkeypatch.setattr(program, "is_installed", lambda _: True)
    monkeypatch.setattr(program, "php_modules", lambda: ["Core", "mysqli"])
    assert [name for name in program.missing_packages() if name.startswith("php")] == ["php-sqlite3"]
