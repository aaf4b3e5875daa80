"""bin/im audit, on a store of its own."""

from pathlib import Path

import pytest

from imserver.commands import im
from imserver.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("IM_CONFIG", raising=False)
    monkeypatch.setenv("IM_STORE_URL", f"sqlite:///{tmp_path}/im.db")
    store = open_store(store_url=f"sqlite:///{tmp_path}/im.db", now_ms=lambda: 1_700_000_000_000)
    store.migrate()
    store.sites.insert_site(site_id="town", name="Town", origins=())
    return store


def test_it_shows_what_was_done_the_latest_first(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.audit.append(site_id="town", actor="owner:eve", act="ban.added", about="bob", detail={"until": 0})
    store.audit.append(site_id="town", actor="owner:eve", act="ban.lifted", about="bob")
    assert im.main(["audit", "show", "town"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2\t2023-11-14 22:13:20Z\towner:eve\tban.lifted\tbob",
        '1\t2023-11-14 22:13:20Z\towner:eve\tban.added\tbob\t{"until": 0}',
    ]
    assert im.main(["audit", "show", "town", "--about", "cyd"]) == 0
    assert capsys.readouterr().out == ""


def test_it_names_the_first_broken_entry(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        store.audit.append(site_id="town", actor="owner:eve", act="report.viewed")
    assert im.main(["audit", "verify", "town"]) == 0
    assert "3 entries, all as written" in capsys.readouterr().out
    store.database.write(lambda tx: tx.script("UPDATE audit SET about = 'x' WHERE n = 2"))
    assert im.main(["audit", "verify", "town"]) == 1
    assert "BROKEN: entry 2 was changed; the 1 before it are whole" in capsys.readouterr().out


def test_a_site_that_is_not_there_is_said_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert im.main(["audit", "verify", "nowhere"]) == 1
    assert capsys.readouterr().err.startswith("im: ")
