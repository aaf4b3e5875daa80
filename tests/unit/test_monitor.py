"""The monitor goes on while the database is away, and makes good for it afterwards."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from imserver.errors import Unavailable
from imserver.metrics import Metrics
from imserver.monitor import Monitor, Periods
from imserver.presence import Announcer, ChangeLog
from imserver.router import Router
from tests.services import wait_until


class Presence:
    """The store's leases, with a database that can be away."""

    def __init__(self) -> None:
        self.is_away = True
        self.beats: list[str] = []

    def beat(self, worker_id: str, now: int) -> bool:
        if self.is_away:
            raise Unavailable
        self.beats.append(worker_id)
        return True

    def bury_dead(self, now: int, dead_after_ms: int) -> list[Any]:
        return []


@pytest.fixture
def presence() -> Presence:
    return Presence()


@pytest.fixture
def monitor(presence: Presence) -> Iterator[Monitor]:
    store: Any = SimpleNamespace(presence=presence)
    transport: Any = SimpleNamespace(session_keys=list)
    monitor = Monitor(
        store,
        Router(linger_seconds=45, clock=lambda: 0.0),
        transport=transport,
        announcer=Announcer(change_seconds=10),
        changes=ChangeLog(epoch="e"),
        tell_presence=lambda changes: None,
        metrics=Metrics(),
        worker_id="worker",
        periods=Periods(sweep=60, batch=60, beat=0.02, buried=45),
        now_ms=lambda: 0,
    )
    yield monitor
    monitor.stop()


def test_a_worker_that_starts_while_the_database_is_away_beats_once_it_is_back(
    monitor: Monitor, presence: Presence
) -> None:
    monitor.start()
    assert presence.beats == []
    presence.is_away = False
    wait_until(lambda: presence.beats)


def test_the_first_beat_is_written_before_anybody_can_arrive(monitor: Monitor, presence: Presence) -> None:
    presence.is_away = False
    monitor.start()
    assert presence.beats == ["worker"]
