"""What the workers of a box have counted together."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import gevent
import pytest

from imserver import tallies
from imserver.errors import Unavailable
from imserver.metrics import Family, Metrics
from imserver.tallies import LOCK, PAST, Tallies, birth_of
from tests.services import wait_until

# A worker of a process of its own, which leaves its tally and waits to be killed.
OTHER = """
import sys, time
from pathlib import Path
from imserver.metrics import Metrics
from imserver.tallies import Tallies
metrics = Metrics()
metrics.resets.labels("behind").inc(5)
metrics.users.set(100)
Tallies(folder=Path(sys.argv[1]), worker_id=sys.argv[2], read=metrics.read).write()
print("left", flush=True)
time.sleep(60)
"""


class Desk:
    """A worker of this process."""

    def __init__(self, folder: Path, worker_id: str = "own") -> None:
        self.metrics = Metrics()
        self.tallies = Tallies(folder=folder, worker_id=worker_id, read=self.metrics.read)

    def sum(self) -> dict[str, float]:
        return {
            reading.name: reading.value
            for family in self.tallies.sum()
            for reading in family.readings
            if reading.name in {"imserver_workers", "imserver_users", "imserver_resets_total"}
        }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "counts"


def leave_and_die(folder: Path, worker_id: str) -> None:
    """Run a worker in a process of its own until it has left its tally; then kill it."""
    with subprocess.Popen([sys.executable, "-c", OTHER, folder, worker_id], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"left\n"
        other.send_signal(signal.SIGKILL)


def test_any_worker_tells_for_all(folder: Path) -> None:
    first, second = Desk(folder, "first"), Desk(folder, "second")
    first.metrics.users.set(3)
    second.metrics.users.set(4)
    second.tallies.write()
    assert first.sum() == {"imserver_workers": 2, "imserver_users": 7}
    first.metrics.users.set(5)
    # The first's tally of a moment ago is all that the second can know.
    assert second.sum()["imserver_users"] == 7
    assert first.sum()["imserver_users"] == 9


def test_what_a_killed_worker_counted_stays_and_what_it_held_goes(folder: Path) -> None:
    desk = Desk(folder)
    desk.metrics.resets.labels("behind").inc(1)
    desk.metrics.users.set(2)
    for number in range(3):
        leave_and_die(folder, f"dead-{number}")
    for _ in range(2):
        assert desk.sum() == {"imserver_workers": 1, "imserver_users": 2, "imserver_resets_total": 16}
    assert sorted(path.name for path in folder.iterdir()) == [LOCK, "own.tally", PAST]


def test_a_burial_that_was_broken_off_counts_nobody_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(folder)
    leave_and_die(folder, "dead")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        desk.sum()
    assert (folder / "dead.tally").exists()
    assert desk.sum()["imserver_resets_total"] == 5
    assert not (folder / "dead.tally").exists()
    leave_and_die(folder, "next")
    assert desk.sum()["imserver_resets_total"] == 10


def test_a_process_that_took_over_the_number_is_not_the_worker(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, desk = Desk(folder, "before"), Desk(folder)
    before.metrics.users.set(50)
    monkeypatch.setattr(tallies, "birth_of", lambda pid: 1)
    before.tallies.write()
    monkeypatch.undo()
    assert desk.sum() == {"imserver_workers": 1, "imserver_users": 0}


def test_a_worker_that_stops_holds_nothing_any_more(folder: Path) -> None:
    stopping, desk = Desk(folder, "stopping"), Desk(folder)
    stopping.metrics.users.set(9)
    stopping.metrics.resets.labels("behind").inc(2)
    stopping.tallies.write()
    assert desk.sum()["imserver_users"] == 9
    stopping.tallies.close()
    summed = desk.sum()
    assert (summed["imserver_users"], summed["imserver_resets_total"]) == (0, 2)


def test_a_file_that_nobody_understands_is_cleared_away(folder: Path) -> None:
    desk = Desk(folder)
    desk.tallies.write()
    (folder / "older.tally").write_bytes(b"\xc1 of another release")
    assert desk.sum()["imserver_workers"] == 1
    assert not (folder / "older.tally").exists()


def test_who_sums_waits_for_another_without_holding_the_loop(folder: Path) -> None:
    desk = Desk(folder)
    desk.tallies.write()
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        summing = gevent.spawn(desk.tallies.sum)
        gevent.sleep(0)
        assert not summing.ready()
    found: list[Family] = wait_until(lambda: summing.value)
    assert found[0].name == "imserver_workers"


def test_a_folder_that_takes_nothing_is_said_as_an_outage(tmp_path: Path) -> None:
    (tmp_path / "counts").write_text("no folder")
    with pytest.raises(Unavailable, match="numbers of a worker"):
        Desk(tmp_path / "counts").tallies.write()


def test_a_process_is_known_by_its_birth() -> None:
    assert birth_of(os.getpid()) == birth_of(os.getpid()) > 0
    assert birth_of(2**22 + 1) == 0
