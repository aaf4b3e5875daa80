"""The monitor goes on while the database is away, sweeps in slices, and tells in slices."""

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from gevent.event import Event

from imserver.errors import Unavailable
from imserver.metrics import Metrics
from imserver.monitor import PEOPLE_PER_TURN, TOLD_PER_TURN, WAITERS_PER_TURN, Monitor, Periods
from imserver.presence import Announcer, Change, ChangeLog
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Presence as Shown
from imserver.router import Letter, Mailbox, Router
from imserver.store.values import Head, UserKey
from tests.services import wait_until

ROOM = ("site", "\x1froom")


class Presence:
    """The store's leases, with a database that can be away."""

    def __init__(self) -> None:
        self.is_away = True
        self.beats: list[str] = []
        self.arrivals: list[list[tuple[str, str]]] = []
        self.fails_after = -1

    def beat(self, worker_id: str, now: int) -> bool:
        if self.is_away:
            raise Unavailable
        self.beats.append(worker_id)
        return True

    def arrive(self, worker_id: str, users: list[tuple[str, str]], *, now: int) -> list[Any]:
        if self.fails_after == len(self.arrivals):
            raise Unavailable
        self.arrivals.append(users)
        return []

    def load_beats(self) -> dict[str, int]:
        return dict.fromkeys(self.beats, 0)

    def bury(self, dead: dict[str, int], *, now: int) -> list[Any]:
        return []

    def load_private(self, site_ids: Iterable[str]) -> set[tuple[str, str]]:
        return set()

    def find_strangers(self, pairs: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        return set()

    def load_walls(self, users: Iterable[tuple[str, str]]) -> set[tuple[str, str, str]]:
        return set()


class Waiter:
    """A connection that waits at useq 1."""

    def __init__(self, user: tuple[str, str] = ("site", "viewer")) -> None:
        self.mailbox = Mailbox(user)
        self.cursor = Cursor(1, 7)
        self.heard = self.reads = 0
        self.told: list[list[Change]] = []

    def hear(self, letter: Letter) -> bool:
        return False

    def __call__(self, mailbox: object) -> None:
        raise AssertionError("nothing is sent here")

    def read_log(self) -> None:
        self.reads += 1

    def on_presence(self, changes: list[Change]) -> None:
        self.told.append(changes)


class Log:
    """The heads of everybody; ``ahead`` have one event more than their waiters know of."""

    def __init__(self) -> None:
        self.ahead: set[tuple[str, str]] = set()
        self.asked: list[int] = []
        self.open = Event()
        self.open.set()

    def load_heads(self, users: Iterable[tuple[str, str]]) -> dict[UserKey, Head]:
        keys = [UserKey(*user) for user in users]
        self.asked.append(len(keys))
        self.open.wait()
        return {key: Head(2, 8, 0) if key in self.ahead else Head(1, 7, 0) for key in keys}


class Sessions:
    """Every session lives, but for those that ended."""

    def __init__(self) -> None:
        self.ended: set[tuple[str, bytes]] = set()
        self.asked: list[int] = []

    def live_sessions(self, keys: list[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
        self.asked.append(len(keys))
        return set(keys) - self.ended


class Transport:
    """What the sweep needs of one."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, bytes]] = []
        self.ended: list[bytes] = []

    def session_keys(self) -> list[tuple[str, bytes]]:
        return self.keys

    def end_session(self, session_id: bytes) -> None:
        self.ended.append(session_id)


@pytest.fixture
def presence() -> Presence:
    return Presence()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def transport() -> Transport:
    return Transport()


@pytest.fixture
def router() -> Router:
    return Router(linger_seconds=45, clock=lambda: 0.0)


@pytest.fixture
def announcer() -> Announcer:
    return Announcer(change_seconds=10)


@pytest.fixture
def changes() -> ChangeLog:
    return ChangeLog(epoch="e")


class Following:
    """Who hears which room, and who of them may."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.allowed: set[tuple[str, str, str]] = set()
        self.stopped: list[tuple[str, str, str]] = []

    def hearings(self) -> list[tuple[str, str, str]]:
        return self.heard

    def find_hearing(self, hearings: list[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        return self.allowed & set(hearings)

    def stop(self, site_id: str, user_id: str, room: str) -> None:
        self.stopped.append((site_id, user_id, room))


@pytest.fixture
def following() -> Following:
    return Following()


@pytest.fixture
def monitor(
    presence: Presence,
    log: Log,
    sessions: Sessions,
    transport: Transport,
    router: Router,
    announcer: Announcer,
    changes: ChangeLog,
    following: Following,
) -> Iterator[Monitor]:
    members = SimpleNamespace(find_hearing=following.find_hearing)
    store: Any = SimpleNamespace(
        presence=presence, blocks=presence, reach=presence, log=log, sessions=sessions, members=members
    )
    monitor = Monitor(
        store,
        router,
        transport=transport,
        following=following,
        announcer=announcer,
        changes=changes,
        tell_presence=lambda changes: None,
        metrics=Metrics(),
        worker_id="worker",
        periods=Periods(sweep=60, batch=60, beat=0.02, buried=45),
        now_ms=lambda: 0,
    )
    yield monitor
    log.open.set()
    monitor.stop()


class Turns:
    """Counts how often the loop came round to somebody else."""

    def __init__(self) -> None:
        self.count = 0
        self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            self.count += 1
            gevent.sleep(0)

    def stop(self) -> None:
        self._greenlet.kill()


@pytest.fixture
def turns() -> Iterator[Turns]:
    turns = Turns()
    yield turns
    turns.stop()


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


def park(router: Router, count: int) -> list[Waiter]:
    waiters = [Waiter() for _ in range(count)]
    for number, waiter in enumerate(waiters):
        router.login(("site", f"u{number}"), waiter)
    return waiters


def test_a_sweep_goes_in_slices_and_lets_others_run(
    monitor: Monitor, router: Router, log: Log, sessions: Sessions, transport: Transport, turns: Turns
) -> None:
    slices = 4
    waiters = park(router, slices * WAITERS_PER_TURN)
    transport.keys = [("site", b"%d" % number) for number in range(len(waiters))]
    log.ahead = {("site", "u0"), ("site", f"u{len(waiters) - 1}")}
    assert monitor.sweep() == 2
    assert log.asked == sessions.asked == [WAITERS_PER_TURN] * slices
    assert [waiter.reads for waiter in waiters].count(1) == 2
    assert waiters[0].reads == waiters[-1].reads == 1
    assert turns.count >= 2 * slices


def test_a_sweep_in_its_time_rests_between_slices_until_one_is_asked_for(
    monitor: Monitor, router: Router, log: Log, turns: Turns
) -> None:
    park(router, 3 * WAITERS_PER_TURN)
    sweep = gevent.spawn(monitor.sweep, rest_seconds=60.0)
    wait_until(lambda: len(log.asked) == 1)
    before = turns.count
    wait_until(lambda: turns.count > before + 20)
    assert len(log.asked) == 1
    monitor.sweep_soon()
    assert sweep.get(timeout=5) == 0
    assert len(log.asked) == 3


def test_a_sweep_finds_rooms_too_and_several_waiters_of_one_stream(
    monitor: Monitor, router: Router, log: Log
) -> None:
    followers = [Waiter(), Waiter()]
    for follower in followers:
        router.login(ROOM, follower)
    log.ahead = {ROOM}
    assert monitor.sweep() == 2
    assert [follower.reads for follower in followers] == [1, 1]
    assert log.asked == [1]


def test_whoever_moved_while_the_heads_were_read_is_left_alone(
    monitor: Monitor, router: Router, log: Log
) -> None:
    moved, stayed = park(router, 2)
    log.ahead = {("site", "u0"), ("site", "u1")}
    log.open.clear()
    sweep = gevent.spawn(monitor.sweep)
    wait_until(lambda: log.asked)
    moved.cursor = Cursor(3, 9)
    log.open.set()
    assert sweep.get(timeout=5) == 1
    assert (moved.reads, stayed.reads) == (0, 1)


def test_a_session_that_ended_is_told_so(monitor: Monitor, transport: Transport, sessions: Sessions) -> None:
    transport.keys = [("site", b"live"), ("site", b"dead")]
    sessions.ended = {("site", b"dead")}
    monitor.sweep()
    assert transport.ended == [b"dead"]


def test_gaps_during_a_sweep_make_one_more_and_not_at_once(
    monitor: Monitor, presence: Presence, router: Router, log: Log, turns: Turns
) -> None:
    presence.is_away = False
    park(router, 1)
    log.open.clear()
    monitor.start()
    monitor.sweep_soon()
    wait_until(lambda: len(log.asked) == 1)
    for _ in range(100):
        monitor.sweep_soon()
    log.open.set()
    before = turns.count
    wait_until(lambda: turns.count > before + 50)
    assert len(log.asked) == 1, "the second sweep waits for the pause to pass"
    wait_until(lambda: len(log.asked) == 2)


def test_telling_goes_in_slices_and_nobody_who_comes_meanwhile_misses_a_change(
    monitor: Monitor,
    presence: Presence,
    router: Router,
    announcer: Announcer,
    changes: ChangeLog,
    turns: Turns,
) -> None:
    ada = ("site", "ada")
    presence.is_away = False
    watchers = [Waiter() for _ in range(3 * TOLD_PER_TURN)]
    for watcher in watchers:
        router.watch([ada], watcher)
    old = changes.mark
    seen: list[str] = []
    watchers[TOLD_PER_TURN].on_presence = lambda changes_told: seen.append(changes.mark)  # type: ignore[method-assign]
    announcer.add([Change(ada, Shown.AWAY, "")])
    before = turns.count
    monitor.announce()
    assert turns.count >= before + 3
    assert sum(len(watcher.told) for watcher in watchers) == len(watchers) - 1
    assert seen == [changes.mark] != [old], "who is told has the new mark"
    assert changes.since(old, frozenset({ada})) == [Change(ada, Shown.AWAY, "")]


def test_arrivals_are_written_in_slices_and_the_rest_again_after_a_failure(
    monitor: Monitor, presence: Presence, router: Router
) -> None:
    park(router, 2 * PEOPLE_PER_TURN + 1)
    presence.fails_after = 1
    with pytest.raises(Unavailable):
        monitor.note_arrivals()
    presence.fails_after = -1
    monitor.note_arrivals()
    assert [len(users) for users in presence.arrivals] == [PEOPLE_PER_TURN, PEOPLE_PER_TURN, 1]
    assert len({user for users in presence.arrivals for user in users}) == 2 * PEOPLE_PER_TURN + 1


def test_who_may_no_longer_hear_a_room_is_stopped(monitor: Monitor, following: Following) -> None:
    following.heard = [("site", f"u{n}", "r1") for n in range(600)]
    following.allowed = {hearing for hearing in following.heard if hearing[1] != "u7"}
    monitor.end_following()
    assert following.stopped == [("site", "u7", "r1")]
