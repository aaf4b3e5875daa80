"""bin/im: one command for everything; errors are one line and an exit code."""

from pathlib import Path

import click
import pytest

from imserver.commands import im
from imserver.commands.opened import current_settings, with_settings, with_store
from imserver.commands.refusal import ExitCode, Refusal
from imserver.errors import Conflict
from imserver.settings import ROOT, Settings
from imserver.store import Store


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("IM_CONFIG", "IM_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "im.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/im.db"\n')
    return "im.toml"


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Add a command ``try`` with a group of its own; what it saw is in the list."""
    seen: list[object] = []

    @click.group()
    def group() -> None:
        pass

    @group.command()
    @click.argument("file", type=click.Path(resolve_path=True))
    @with_store
    def look(store: Store, settings: Settings, *, file: str) -> int:
        seen.extend([store.sites.list_sites(), settings.store.url, file, Path.cwd()])
        return 7

    @group.command()
    @click.argument("kind")
    @with_settings
    def fail(_settings: Settings, *, kind: str) -> None:
        raise {"typed": Conflict("It is taken."), "refusal": Refusal(ExitCode.ADDRESS, "no")}[kind]

    monkeypatch.setattr(im, "COMMANDS", im.COMMANDS | {"try": "tests.unit.commands.test_im:try_group"})
    monkeypatch.setattr(im, "import_module", lambda _name: type("module", (), {"try_group": group}))
    return seen


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert im.main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in im.COMMANDS)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_settings_are_named_wherever_they_stand(config: str, place: int) -> None:
    words = ["site", "list"]
    words[place:place] = ["--config", config]
    assert im.main(words) == 0


def test_a_command_is_given_the_store_and_the_place_of_the_procfile(
    config: str, tmp_path: Path, added: list[object]
) -> None:
    assert im.main(["--config", config, "try", "look", "here.csv"]) == 7
    assert added == [[], f"sqlite:///{tmp_path}/im.db", str(tmp_path / "here.csv"), ROOT]
    assert Path.cwd() == tmp_path


@pytest.mark.parametrize(
    ("kind", "code", "line"), [("typed", 1, "im: It is taken."), ("refusal", ExitCode.ADDRESS, "im: no")]
)
def test_what_went_wrong_is_one_line(
    config: str,
    added: list[object],
    kind: str,
    code: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert im.main(["try", "fail", kind, "--config", config]) == code
    assert capsys.readouterr().err.splitlines() == [line]
    assert added == []


def test_a_wrong_setting_is_said_and_nothing_is_opened(
    tmp_path: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "im.toml").write_text("[stor]\n")
    assert im.main(["site", "list", "--config", config]) == ExitCode.SETTINGS
    assert "did you mean store?" in capsys.readouterr().err


def test_a_database_that_cannot_be_opened_is_a_refusal(
    tmp_path: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "im.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/nowhere/im.db"\n')
    assert im.main(["site", "list", "--config", config]) == ExitCode.STORE
    assert "im: the database cannot be used" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert im.main(["sites"]) == 2
    assert "sites" in capsys.readouterr().err


def test_settings_need_no_command_to_be_read(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IM_CONFIG", config)
    assert current_settings().store.url.endswith("/im.db")


def test_programs_of_their_own_are_handed_their_options(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert im.main(["--config", config, "settings"]) == 0
    assert "im.toml and the environment" in capsys.readouterr().out
    assert im.main(["settings", "--markdown", "--config", config]) == 0
    assert "## [server]" in capsys.readouterr().out
