"""Who is told of a change of presence: what the database says of those who watch, when they are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from imserver.errors import Unavailable
from imserver.metrics import Metrics
from imserver.monitor import Monitor, Periods
from imserver.presence import Announcer, Change, ChangeLog
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Presence
from imserver.router import Letter, Mailbox, Router

ADA = ("site", "ada")
AWAY = Change(ADA, Presence.AWAY, "")


@dataclass
class Rows:
    """What the database says."""

    is_away: bool = False
    private: set[tuple[str, str]] = field(default_factory=set)
    walls: set[tuple[str, str, str]] = field(default_factory=set)
    strangers: set[tuple[str, str, str]] = field(default_factory=set)

    def load_private(self, site_ids: Iterable[str]) -> set[tuple[str, str]]:
        if self.is_away:
            raise Unavailable
        return {user for user in self.private if user[0] in set(site_ids)}

    def find_strangers(self, pairs: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        return {pair for pair in pairs if pair in self.strangers}

    def load_walls(self, users: Iterable[tuple[str, str]]) -> set[tuple[str, str, str]]:
        return {wall for wall in self.walls if wall[:2] in set(users)}


class Watcher:
    """A connection of somebody who has ada on the screen."""

    def __init__(self, router: Router, user_id: str) -> None:
        self.mailbox = Mailbox(("site", user_id))
        self.cursor = Cursor(1, 7)
        self.heard = 0
        self.told: list[list[Change]] = []
        router.watch([ADA], self)

    def hear(self, letter: Letter) -> bool:
        return False

    def __call__(self, mailbox: object) -> None:
        raise AssertionError("nothing is sent here")

    def read_log(self) -> None:
        raise AssertionError("nothing was lost here")

    def on_presence(self, changes: list[Change]) -> None:
        self.told.append(changes)


class Scene:
    def __init__(self) -> None:
        self.rows, self.announcer = Rows(), Announcer(change_seconds=10)
        router = Router(linger_seconds=45, clock=lambda: 0.0)
        self.bob, self.cyd, self.dan = (Watcher(router, name) for name in ("bob", "cyd", "dan"))
        store: Any = SimpleNamespace(presence=self.rows, blocks=self.rows, reach=self.rows)
        nothing: Any = SimpleNamespace()
        self.monitor = Monitor(
            store,
            router,
            transport=nothing,
            following=nothing,
            announcer=self.announcer,
            changes=ChangeLog(epoch="e"),
            tell_presence=lambda changes: None,
            metrics=Metrics(),
            worker_id="worker",
            periods=Periods(sweep=60, batch=60, beat=60, buried=45),
            now_ms=lambda: 0,
        )

    def announce(self, change: Change) -> None:
        self.announcer.add([change])
        self.monitor.announce()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_change_is_told_to_nobody_behind_a_wall_or_without_presence(scene):
    scene.rows.walls = {("site", "ada", "bob")}
    scene.rows.private = {("site", "cyd")}
    scene.announce(AWAY)
    assert (scene.bob.told, scene.cyd.told, scene.dan.told) == ([], [], [[AWAY]])


def test_what_one_person_sees_of_another_is_told_to_that_one_only_and_through_the_wall(scene):
    scene.rows.walls = {("site", "ada", "bob")}
    gone = Change(ADA, Presence.OFFLINE, "", "bob")
    scene.announce(gone)
    assert (scene.bob.told, scene.cyd.told, scene.dan.told) == ([[gone]], [], [])


def test_what_cannot_be_judged_is_told_when_the_database_is_back(scene):
    scene.rows.is_away = True
    with pytest.raises(Unavailable):
        scene.announce(AWAY)
    assert scene.bob.told == []
    scene.rows.is_away = False
    scene.monitor.announce()
    assert scene.bob.told == [[AWAY]]


def test_a_change_is_told_to_nobody_who_does_not_meet_the_person(scene):
    scene.rows.strangers = {("site", "ada", "bob"), ("site", "ada", "dan")}
    scene.announce(AWAY)
    assert (scene.bob.told, scene.cyd.told, scene.dan.told) == ([], [[AWAY]], [])
