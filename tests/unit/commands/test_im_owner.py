"""bin/im owner: accounts of the console come by links, and no password is typed at a command line."""

import re
from pathlib import Path

import pytest

from imserver.commands import im
from imserver.services.passwords import hash_password
from imserver.store import open_store

LINK = re.compile(r"https://im\.example\.com/console/join#([A-Za-z0-9_-]{43})\n")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("IM_CONFIG", "IM_STORE_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    path = tmp_path / "im.toml"
    path.write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/im.db"\n[server]\npublic_url = "https://im.example.com"\n'
    )
    return str(path)


def run(config: str, *arguments: str) -> int:
    return im.main(["owner", *arguments, "--config", config])


def follow(config: str, secret: str) -> None:
    """Do what the page behind the link does."""
    store = open_store(store_url=f"sqlite:///{Path(config).parent}/im.db")
    store.owner_links.use(secret, name="Ada", password=hash_password("a lantern on the hill"))
    store.close()


def test_an_admin_is_made_of_a_link(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "add", "Ada@Example.org", "--admin") == 0
    link = LINK.fullmatch(capsys.readouterr().out)
    assert link
    assert run(config, "list") == 0
    assert capsys.readouterr().out == "", "nobody has followed it yet"
    follow(config, link[1])
    run(config, "list")
    assert capsys.readouterr().out == "ada@example.org\tAda\tadmin\tsecond step off\n"


def test_an_owner_of_a_site_is_listed_with_it(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    im.main(["site", "add", "A", "--id", "a", "--origin", "https://a.example", "--config", config])
    capsys.readouterr()
    run(config, "add", "bob@example.org", "--site", "a")
    follow(config, LINK.fullmatch(capsys.readouterr().out)[1])  # type: ignore[index]
    run(config, "list")
    assert "bob@example.org\tAda\towner of a\t" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "ada@example.org"), "either --admin or --site"),
        (("add", "ada@example.org", "--admin", "--site", "a"), "either --admin or --site"),
        (("add", "ada", "--admin"), "not an e-mail address"),
        (("add", "ada@example.org", "--site", "nosuch"), "im: "),
        (("reset", "nobody@example.org"), "no account of nobody@example.org"),
        (("remove", "nobody@example.org"), "no account of nobody@example.org"),
    ],
)
def test_what_cannot_be_done_is_said(
    config: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(config, *arguments) != 0
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_a_reset_gives_a_new_password_and_a_removal_takes_everything(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(config, "add", "ada@example.org", "--admin")
    follow(config, LINK.fullmatch(capsys.readouterr().out)[1])  # type: ignore[index]
    assert run(config, "reset", "ada@example.org") == 0
    assert LINK.fullmatch(capsys.readouterr().out)
    assert run(config, "remove", "ada@example.org") == 0
    capsys.readouterr()
    run(config, "list")
    assert capsys.readouterr().out == ""
