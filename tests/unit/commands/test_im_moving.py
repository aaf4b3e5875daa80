"""bin/im import, export, erase, backup and restore, as they are typed."""

import csv
import io
import os
import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest

from imserver.commands import im
from imserver.commands.imports.command import REFUSED_SOME
from imserver.store import Store, open_store

USERS = "user_id,name\nada,Ada\nbob,Bob\n"
ROSTER = "user_id,friend_id\nada,bob\nada,ada\nbob,ada\n"
MESSAGES = [
    {
        "id": "1",
        "sender_id": "ada",
        "participants": ["bob"],
        "created_at": 1_600_000_000,
        "text": "old times",
    },
    {
        "id": "2",
        "sender_id": "bob",
        "participants": ["ada"],
        "created_at": 1_600_000_060,
        "text": "good times",
    },
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with an installation of one site, ``town``, and files to import."""
    for name in [name for name in os.environ if name.startswith("IM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for name in ("here", "there"):
        (tmp_path / f"{name}.toml").write_text(
            f'[store]\nurl = "sqlite:///{tmp_path}/{name}.db"\n[files]\nfolder = "{tmp_path}/{name}"\n'
        )
    (tmp_path / "users.csv").write_text(USERS)
    (tmp_path / "roster.csv").write_text(ROSTER)
    lines = b"".join(msgspec.json.encode(message) + b"\n" for message in MESSAGES)
    (tmp_path / "messages.ndjson").write_bytes(lines)
    assert (
        im.main(
            ["--config", "here.toml", "site", "add", "Town", "--origin", "https://a.example", "--id", "town"]
        )
        == 0
    )
    return tmp_path


def run(*words: str, config: str = "here.toml") -> int:
    return im.main(["--config", config, *words])


def bring_in() -> None:
    assert run("import", "users", "users.csv", "--site", "town") == 0
    assert run("import", "roster", "roster.csv", "--site", "town") == REFUSED_SOME
    assert run("import", "messages", "messages.ndjson", "--site", "town") == 0


def opened(folder: Path, name: str = "here") -> Store:
    return open_store(store_url=f"sqlite:///{folder}/{name}.db")


def texts(folder: Path, name: str = "here") -> list[str]:
    store = opened(folder, name)
    try:
        conversation = store.conversations.open_direct("town", "ada", "bob")
        return [message.text for message in store.history.page("town", "ada", conversation.id, limit=9).data]
    finally:
        store.close()


def test_files_are_imported_and_bad_lines_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in()
    printed = capsys.readouterr().out
    assert "users: 2 lines taken, 2 rows new, 0 refused" in printed
    assert (
        f"the refused lines, each with its number and the reason, are in {folder}/roster.csv.refused.csv"
        in printed
    )
    with (folder / "roster.csv.refused.csv").open() as file:
        assert list(csv.reader(file))[1:] == [["3", "nobody is their own friend", "ada,ada"]]
    assert texts(folder) == ["old times", "good times"]
    assert run("import", "roster", "roster.csv", "--site", "town") == 0
    assert "imported already, 2 lines; --again does it anew" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["users.csv", "--site", "nowhere"], "there is no site nowhere"),
        (["-", "--site", "town", "--format", "csv"], "standard input needs --refused FILE"),
        (["here.toml", "--site", "town"], "say --format csv or --format ndjson"),
        (["roster.csv", "--site", "town"], "the first line names the columns: user_id, name and"),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    capsys.readouterr()
    assert run("import", "users", *words) == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_standard_input_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(USERS.encode())))
    words = ["-", "--format", "csv", "--refused", "bad.csv", "--site", "town"]
    assert run("import", "users", *words) == 0
    store = opened(folder)
    assert set(store.people.fetch_people("town", ["ada", "bob"])) == {"ada", "bob"}
    store.close()


def test_a_member_is_exported_and_erased(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in()
    assert run("export", "member", "--site", "town", "--user", "ada", "ada.zip") == 0
    with zipfile.ZipFile(folder / "ada.zip") as archive:
        lines = [msgspec.json.decode(line) for line in archive.read("export.ndjson").splitlines()]
    assert [line["data"]["text"] for line in lines if line["kind"] == "message"] == [
        "old times",
        "good times",
    ]
    assert (folder / "ada.zip").stat().st_mode & 0o077 == 0
    assert run("export", "member", "--site", "town", "--user", "ada", "ada.zip") == 1
    assert run("export", "member", "--site", "town", "--user", "nobody", "nobody") == 1
    assert not (folder / "nobody").exists()
    assert run("erase", "member", "--site", "town", "--user", "ada", "--yes") == 0
    assert run("erase", "member", "--site", "town", "--user", "ada", "--yes") == 1
    assert "nothing is known of a member ada" in capsys.readouterr().err
    store = opened(folder)
    acts = [(entry.actor, entry.act, entry.about) for entry in store.audit.page("town")]
    store.close()
    # What was refused handed nothing out.
    assert acts == [("admin", "member.erased", "ada"), ("admin", "member.exported", "ada")]


def test_a_site_is_exported_and_erased(folder: Path) -> None:
    bring_in()
    assert run("export", "site", "--site", "town", "town") == 0
    lines = [msgspec.json.decode(line) for line in (folder / "town/export.ndjson").read_bytes().splitlines()]
    assert {line["kind"] for line in lines} >= {"users", "roster", "messages"}
    assert run("erase", "site", "--site", "town", "--yes", "other") == 1
    assert texts(folder) == ["old times", "good times"]
    assert run("erase", "site", "--site", "town", "--yes", "town") == 0
    store = opened(folder)
    assert store.sites.list_sites() == []
    store.close()


def test_a_backup_is_restored_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_in()
    assert run("backup", "copy") == 0
    assert "2 messages in 1 conversations" in capsys.readouterr().out
    assert {path.stat().st_mode & 0o077 for path in (folder / "copy").rglob("*")} == {0}
    assert run("restore", "copy", config="there.toml") == 0
    assert texts(folder, "there") == ["old times", "good times"]
    assert run("restore", "copy", config="there.toml") == 1
    assert "restore into an empty place" in capsys.readouterr().err
    assert run("backup", "copy") == 1


def test_a_damaged_backup_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("backup", "copy") == 0
    for damage in ("database", "manifest", "name", "link", "missing"):
        copy = shutil.copytree(folder / "copy", folder / damage)
        _damage(copy, damage)
        assert run("restore", damage, config="there.toml") == 1, damage
        assert "damaged" in capsys.readouterr().err
        assert not (folder / "there.db").exists()
        assert not (folder / "there").exists()


def _damage(copy: Path, damage: str) -> None:
    database, manifest = copy / "database/database.db", copy / "manifest.json"
    if damage == "database":
        data = bytearray(database.read_bytes())
        data[5000] ^= 1
        database.write_bytes(data)
    elif damage == "manifest":
        manifest.write_bytes(manifest.read_bytes()[:-9])
    elif damage == "name":
        manifest.write_text(
            manifest.read_text().replace("database/database.db", "../copy/database/database.db")
        )
    elif damage == "link":
        database.rename(copy / "elsewhere")
        database.symlink_to(copy / "elsewhere")
    else:
        database.unlink()
