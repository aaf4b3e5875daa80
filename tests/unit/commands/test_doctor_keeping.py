"""What the doctor says of disks, backups, clocks, copies of conf/, and of the way from outside."""

import json
import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.socket import socket as Socket

from imserver.commands.doctor import keeping
from imserver.commands.doctor.findings import Finding, Verdict
from imserver.commands.doctor.installed import COPIES, look_at_copies
from imserver.commands.doctor.keeping import DAY_MS, look_at_keeping
from imserver.commands.doctor.outside import look_from_outside
from imserver.settings import ROOT, BusSettings, FilesSettings, Settings, StoreSettings
from tests.services import free_port

CONF = ROOT / "conf"
NOW_MS = 1_800_000_000_000
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        store=StoreSettings(url=f"sqlite:///{tmp_path}/var/im.db"),
        files=FilesSettings(folder=str(tmp_path / "files")),
        bus=BusSettings(folder=str(tmp_path / "bus")),
    )


def look(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_at_keeping(settings, now_ms=NOW_MS)}


@pytest.mark.parametrize(
    ("free", "verdict"), [(3_000_000_000, "fine"), (1_000_000_000, "better"), (1_000_000, "wrong")]
)
def test_room_on_each_disk_is_judged_where_the_folder_will_be(
    settings: Settings, free: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def disk_usage(path: Path) -> Usage:
        asked.append(path)
        return Usage(10 * free, 9 * free, free)

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    found = look(settings)
    assert {found[f"disk of {name}"].verdict for name in ("the database", "files", "the bus")} == {verdict}
    assert all(path.exists() for path in asked)


def test_files_in_a_bucket_need_no_disk(settings: Settings) -> None:
    assert "disk of files" not in look(Settings(files=FilesSettings(bucket="messenger")))


@pytest.mark.parametrize(("days", "verdict"), [(0.5, "fine"), (7.9, "fine"), (8.1, "wrong"), (400, "wrong")])
def test_a_backup_that_is_old_is_wrong(
    settings: Settings, days: float, verdict: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "last-backup.json"
    told.write_text(json.dumps({"finished_at": round(NOW_MS - days * DAY_MS), "to": "/mnt/backups/1.tar"}))
    monkeypatch.setattr(keeping, "LAST_BACKUP", told)
    finding = look(settings)["backup"]
    assert finding.verdict == verdict
    assert "/mnt/backups/1.tar" in finding.found


def test_a_backup_that_was_made_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(keeping, "LAST_BACKUP", tmp_path / "var" / "last-backup.json")
    keeping.note_backup(Path("/mnt/backups/1"), at_ms=NOW_MS - DAY_MS)
    keeping.note_backup(Path("/mnt/backups/2"), at_ms=NOW_MS)
    finding = look(settings)["backup"]
    assert (finding.verdict, finding.found) == (
        Verdict.FINE,
        "the newest is 0.0 days old: /mnt/backups/2",
    )


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"finished_at": "yesterday", "to": ""}'])
def test_without_a_backup_there_is_something_to_do(
    settings: Settings, text: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "last-backup.json"
    if text is not None:
        told.write_text(text)
    monkeypatch.setattr(keeping, "LAST_BACKUP", told)
    finding = look(settings)["backup"]
    assert (finding.verdict, "bin/im backup" in finding.remedy) == (Verdict.BETTER, True)


@pytest.mark.parametrize(("state", "verdict"), [(0, "fine"), (1, "fine"), (5, "better")])
def test_a_clock_that_nobody_sets_could_be_better(
    settings: Settings, state: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keeping._clock_state() in range(6)
    monkeypatch.setattr(keeping, "_clock_state", lambda: state)
    assert look(settings)["who sets the clock"].verdict == verdict


# -- copies of conf/


def copies(root: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_at_copies(root=root, conf=CONF)}


def test_copies_that_are_as_shipped_are_fine_and_others_are_named(tmp_path: Path) -> None:
    assert copies(tmp_path) == {}
    for name, place in COPIES.items():
        copy = tmp_path / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONF / name, copy)
    found = copies(tmp_path)
    assert {finding.verdict for finding in found.values()} == {Verdict.FINE}
    assert len(found) == len(COPIES)
    unit = tmp_path / COPIES["imserver.service"]
    unit.write_text("# mine\n" + unit.read_text().replace("LimitNOFILE=65536", "LimitNOFILE=1024"))
    finding = copies(tmp_path)["/etc/systemd/system/imserver.service"]
    assert (finding.verdict, "LimitNOFILE=65536" in finding.found) == (Verdict.BETTER, True)


# -- from outside


class Site:
    """What stands at the public address; the flags say what is wrong with it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.health = 200
        self.metrics = 404
        self.holds_back = False
        self.upgrades = True
        self.listener = Socket()
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen()
        self._accepting = gevent.spawn(self._accept)

    def close(self) -> None:
        self._accepting.kill()
        self.listener.close()

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            gevent.spawn(self._answer, client)

    def _answer(self, client: Socket) -> None:
        path = client.recv(4_096).split()[1].decode()
        first = {
            "/healthz": f"HTTP/1.1 {self.health} X",
            "/v1/socket": "HTTP/1.1 101 Switching Protocols" if self.upgrades else "HTTP/1.1 426 Upgrade",
            "/metrics": f"HTTP/1.1 {self.metrics} X",
            "/healthz/drip": "HTTP/1.1 200 OK",
        }[path]
        client.sendall(f"{first}\r\n\r\n".encode())
        if path == "/healthz/drip":
            client.sendall(b": first\n\n" + (b": second\n\n" if self.holds_back else b""))
            # Until the other side has heard enough.
            client.recv(1)
        client.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def outside(site: Site) -> dict[str, Verdict]:
    found = look_from_outside(f"http://127.0.0.1:{site.port}")
    return {finding.name.partition(" http")[0]: finding.verdict for finding in found}


def test_a_proxy_that_passes_everything_on_is_fine(site: Site) -> None:
    assert outside(site) == dict.fromkeys(
        ["from outside", "WebSocket through the proxy", "buffering of the proxy", "numbers from outside"],
        Verdict.FINE,
    )


def test_what_a_proxy_does_to_answers_is_named(site: Site) -> None:
    site.holds_back, site.upgrades, site.metrics = True, False, 200
    assert outside(site) == {
        "from outside": Verdict.FINE,
        "WebSocket through the proxy": Verdict.BETTER,
        "buffering of the proxy": Verdict.BETTER,
        "numbers from outside": Verdict.WRONG,
    }


def test_where_nobody_or_somebody_else_answers_nothing_more_is_asked(site: Site) -> None:
    site.health = 502
    assert outside(site) == {"from outside": Verdict.WRONG}
    (finding,) = look_from_outside(f"http://127.0.0.1:{free_port()}")
    assert (finding.verdict, "cannot be reached" in finding.found) == (Verdict.WRONG, True)
