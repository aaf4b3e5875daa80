"""bin/im config: where settings come from, all that is wrong with them, and no secret."""

from pathlib import Path

import pytest

from imserver.commands import im
from imserver.commands.refusal import ExitCode
from imserver.errors import SettingsError
from imserver.settings import examine, load_settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("IM_CONFIG", raising=False)
    path = tmp_path / "im.toml"
    path.write_text('[server]\nworkers = 3\n[store]\nurl = "mysql://im:hushhush@db:3306/im"\n')
    return path


def test_what_is_set_is_shown_with_its_place_and_without_secrets(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IM_LOG_LEVEL", "debug")
    assert im.main(["config", "show", "--config", str(config)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"# file: {config}"
    assert f"server.workers = 3  # {config}" in lines
    assert 'log.level = "debug"  # IM_LOG_LEVEL' in lines
    assert f'store.url = "(not shown)"  # {config}' in lines
    assert "hushhush" not in "".join(lines)
    assert not any(line.startswith("server.backlog") for line in lines)


def test_the_defaults_are_shown_when_asked_for(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert im.main(["config", "show", "--all", "--config", str(config)]) == 0
    assert "server.backlog = 2048  # default" in capsys.readouterr().out


def test_everything_that_is_wrong_is_said_at_once(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text('[servr]\nx = 1\n[log]\nlevel = "loud"\nformt = "text"\n')
    monkeypatch.setenv("IM_SERVER_WORKRS", "2")
    assert im.main(["config", "check", "--config", str(config)]) == ExitCode.SETTINGS
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    for said in ("did you mean server?", "log.level is 'loud'", "log.format", "IM_SERVER_WORKERS"):
        assert any(said in line for line in lines), said


def test_a_wrong_secret_is_not_repeated(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('[store]\nurl = "postgres://im:hushhush@db/im"\n')
    assert im.main(["config", "check", "--config", str(config)]) == ExitCode.SETTINGS
    assert "hushhush" not in capsys.readouterr().err


def test_nothing_wrong_is_said_in_one_line(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert im.main(["config", "check", "--config", str(config)]) == 0
    assert capsys.readouterr().out == f"{config}: nothing is wrong\n"


@pytest.mark.parametrize(
    "text", ["[server\n", "server = 1\n", "[delivery]\npoll_min_seconds = 30\npoll_max_seconds = 20\n"]
)
def test_what_loading_refuses_is_found_and_the_other_way_round(config: Path, text: str) -> None:
    config.write_text(text)
    problems = examine(environ={}, config_path=config).problems
    with pytest.raises(SettingsError) as refused:
        load_settings(environ={}, config_path=config)
    assert problems == (str(refused.value),)
