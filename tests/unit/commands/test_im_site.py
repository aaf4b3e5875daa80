"""bin/im site: sites, origins and keys from the command line."""

import io
from pathlib import Path

import pytest

from imserver.commands import im, site
from imserver.errors import InvalidRequest


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("IM_CONFIG", "IM_STORE_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "im.toml"
    path.write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/im.db"\n[server]\npublic_url = "https://im.example.com"\n'
        f'[files]\nfolder = "{tmp_path}/files"\n'
    )
    return str(path)


def test_a_new_site_prints_what_its_owner_needs(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--config",
        config,
        "add",
        "My forum",
        "--id",
        "forum",
        "--origin",
        "https://forum.example.com",
    ]
    assert im.main(["site", *arguments]) == 0
    printed = capsys.readouterr().out
    secret = next(line.split()[1] for line in printed.splitlines() if line.startswith("secret"))
    assert len(secret) >= 32
    assert '<script async src="https://im.example.com/im.js" data-site="forum"' in printed


def test_the_list_names_sites_and_keeps_secrets(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    secret = next(
        line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("secret")
    )
    assert im.main(["site", "list", "--config", config]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("a\tA\thttps://a.example\t")
    assert secret not in printed


def test_origins_are_replaced(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    new = ["--origin", "https://b.example", "--origin", "http://localhost:8000/"]
    assert im.main(["site", "origins", "a", *new, "--config", config]) == 0
    capsys.readouterr()
    im.main(["site", "list", "--config", config])
    assert "\thttps://b.example http://localhost:8000\t" in capsys.readouterr().out


def test_a_key_is_changed_without_a_gap(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> str:
        assert im.main(["site", *arguments, "--config", config]) == 0
        return capsys.readouterr().out

    old = run("add", "A", "--id", "a", "--origin", "https://a.example").split("key id")[1].split()[0]
    added = run("add-key", "a").split()
    new, secret = added[2], added[4]
    assert len(secret) >= 32
    assert run("list").split("keys: ")[1].split() == [old, new]
    assert im.main(["site", "add-key", "a", "--config", config]) == 1
    assert "two live keys" in capsys.readouterr().err
    run("retire-key", "a", old)
    assert run("list").split("keys: ")[1].split() == [new]
    assert im.main(["site", "retire-key", "a", new, "--config", config]) == 1
    assert "only key" in capsys.readouterr().err


def test_the_rules_of_a_site_are_set_and_taken_back(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> str:
        capsys.readouterr()
        assert im.main(["site", *arguments, "--config", config]) == 0
        return capsys.readouterr().out

    run("add", "A", "--id", "a", "--origin", "https://a.example")
    assert run("set", "a", "guests=off", "limits.members=500") == "guests = off\nlimits.members = 500\n"
    shown = run("show", "a")
    assert "members       0 of 500\n" in shown
    assert "rule          guests = off\n" in shown
    assert "guests_create" not in shown
    assert "guests = off\n    People without an account may come in. On or off." in run("set", "a")
    run("set", "a", "guests=on", "limits.members=0")
    assert "rule " not in run("show", "a")


def test_a_wrong_rule_changes_nothing(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    for wrong, said in (
        ("guest=off", "did you mean guests?"),
        ("rooms", "KEY=VALUE"),
        ("rooms=9", "on or off"),
    ):
        capsys.readouterr()
        assert im.main(["site", "set", "a", "uploads=off", wrong, "--config", config]) == 1
        assert said in capsys.readouterr().err
    im.main(["site", "show", "a", "--config", config])
    assert "uploads" not in capsys.readouterr().out


def test_a_site_is_shown_without_secrets(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    secret = capsys.readouterr().out.split("secret")[1].split()[0]
    assert im.main(["site", "show", "a", "--config", config]) == 0
    shown = capsys.readouterr().out
    assert secret not in shown
    assert "made today" in shown
    assert "origin        https://a.example\n" in shown


def test_a_site_is_deleted_when_its_id_is_typed_again(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for site_id in ("a", "b"):
        im.main(["site", "add", "A", "--id", site_id, "--origin", "https://a.example", "--config", config])
    for typed, code in (("b\n", 1), ("a\n", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert im.main(["site", "delete", "a", "--config", config]) == code
    assert "nothing was erased" in capsys.readouterr().err
    assert im.main(["site", "delete", "b", "--yes", "--config", config]) == 0
    assert "b\terased: 0 members" in capsys.readouterr().out
    im.main(["site", "list", "--config", config])
    assert capsys.readouterr().out == ""


def test_a_site_is_suspended_and_works_again(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    for command, state in (("suspend", "suspended"), ("resume", "works")):
        assert im.main(["site", command, "a", "--config", config]) == 0
        capsys.readouterr()
        im.main(["site", "show", "a", "--config", config])
        assert f"state         {state}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["add-key", "none"],
        ["retire-key", "none", "k_1"],
        ["set", "none", "rooms=off"],
        ["set", "none"],
        ["show", "none"],
        ["suspend", "none"],
        ["delete", "none", "--yes"],
        ["resume", "none"],
        ["origins", "none", "--origin", "https://a.example"],
        ["add", "A", "--origin", "a.example"],
        ["add", "A", "--id", "Not An Id", "--origin", "https://a.example"],
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    config: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert im.main(["site", *arguments, "--config", config]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_id_that_is_taken_is_refused(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["add", "A", "--id", "a", "--origin", "https://a.example", "--config", config]
    assert [im.main(["site", *arguments]), im.main(["site", *arguments])] == [0, 1]
    assert "this id" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Forum.Example.com:443/", "https://forum.example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origins_are_written_as_browsers_write_them(text: str, origin: str) -> None:
    assert site.checked_origin(text) == origin


@pytest.mark.parametrize(
    "text", ["*", "null", "ftp://a", "https://a/b", "https://u@a", "https://", "http://[x", "http://a:b"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="not an origin"):
        site.checked_origin(text)


def test_what_an_admin_does_is_in_the_sites_record(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    key = capsys.readouterr().out.split("key id")[1].split()[0]
    for words in (
        ["set", "a", "guests=off"],
        ["origins", "a", "--origin", "https://b.example"],
        ["add-key", "a"],
        ["retire-key", "a", key],
        ["suspend", "a"],
        ["resume", "a"],
    ):
        assert im.main(["site", *words, "--config", config]) == 0
    capsys.readouterr()
    assert im.main(["audit", "show", "a", "--config", config]) == 0
    shown = capsys.readouterr().out
    acts = ("rules", "origins", "key_added", "key_retired", "suspended", "resumed")
    assert [act for act in acts if f"site.{act}" not in shown] == []
