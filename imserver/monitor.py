"""The periodic work of a worker: the sweep, presence leases, announcements, upkeep.

# design: Each job has its own greenlet and a period that does not drift; a job that fails is logged and
# comes again, because the next turn repairs what this one could not. Nothing here is needed for a
# message to arrive at once, and everything here is needed for it to arrive at all when a hint was lost.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

import gevent
from gevent.event import Event

from imserver.errors import ServiceError
from imserver.metrics import Metrics
from imserver.presence import Announcer, Change, ChangeLog, Heartbeats
from imserver.router import Mailbox, Router, Waiter
from imserver.store import Store
from imserver.store.values import PresenceChangeRow

log = logging.getLogger(__name__)

# How soon somebody who came is seen by others, and how many of a storm's arrivals are written together:
# more at once would only raise the peak of memory.
ARRIVALS_SECONDS = 0.25
UPKEEP_SECONDS = 300.0
LAG_SECONDS = 0.5
SHARE_SECONDS = 1.0
READERS_SECONDS = 1.5
GROWN_SECONDS = 1.0
COUNTS_SECONDS = 1.0
# Who is put out of a room is told by a hint; that it may be lost is looked after once in so many sweeps.
FOLLOWERS_SWEEPS = 6
INDEX_SECONDS = 1.0
USAGE_SECONDS = 60.0
# A few milliseconds of rows, answers to polls, dict entries or presence rows: then the loop serves others.
WAITERS_PER_TURN = 250
TOLD_PER_TURN = 100
NOTED_PER_TURN = 5_000
PEOPLE_PER_TURN = 250
# A storm of gaps asks for sweeps all the time; it gets them, but neither back to back nor for more than a
# fifth of the time.
SWEEP_PAUSE_SECONDS = 0.5
SWEEP_PAUSE_RATIO = 4
# One that comes in its time is in no hurry: the 80 slices of 10,000 people are spread over this part of the
# period, so that messages need not queue behind them, until a gap asks for a sweep.
SWEEP_SPREAD = 0.5
SWEEP_REST_SECONDS = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """In seconds. ``buried``: how long after its last beat a worker's users are offline."""

    sweep: float
    batch: float
    beat: float
    buried: float

    @property
    def blind(self) -> float:
        """How long a look at the others' beats may fail before what was seen of them says nothing.

        While the database is away nobody can beat; when it is back, nobody is dead for that.
        """
        return max(1.5 * self.beat, self.buried - 2 * self.beat)


class Unseen(NamedTuple):
    """Of whom nobody here may be told: ``walls`` between two people, ``private`` ones who see nobody."""

    walls: set[tuple[str, str, str]]
    private: set[tuple[str, str]]

    def holds(self, change: Change, viewer: tuple[str, str]) -> bool:
        """Tell whether the viewer may not know of the change, or is not the one whom it is for."""
        if viewer in self.private or not change.is_for(viewer):
            return True
        return not change.viewer and (*change.user, viewer[1]) in self.walls


class Parked(Protocol):
    """What the sweep needs of a transport besides its waiters."""

    def session_keys(self) -> Iterable[tuple[str, bytes]]: ...
    def end_session(self, session_id: bytes, /) -> None: ...


class Following(Protocol):
    """Those who hear rooms."""

    def hearings(self) -> Iterable[tuple[str, str, str]]: ...
    def stop(self, site_id: str, user_id: str, room: str, /) -> None: ...


class Monitor:
    """One worker's periodic greenlets.

    ``tell_presence`` takes changes that all workers must know; ``tell_share`` says how many connections we
    hold, ``tell_readers`` who follows which room; ``tell_grown`` tells members what they do not follow;
    ``keep_counts`` leaves what was counted where a worker that is killed does not take it along.
    """

    def __init__(
        self,
        store: Store,
        router: Router,
        *,
        transport: Parked,
        following: Following,
        announcer: Announcer,
        changes: ChangeLog,
        tell_presence: Callable[[list[Change]], None],
        tell_share: Callable[[], None] = lambda: None,
        tell_readers: Callable[[], None] = lambda: None,
        tell_grown: Callable[[], None] = lambda: None,
        keep_counts: Callable[[], None] = lambda: None,
        metrics: Metrics,
        worker_id: str,
        periods: Periods,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._router = router
        self._transport = transport
        self._following = following
        self._announcer = announcer
        self._changes = changes
        self._tell_presence = tell_presence
        self._tell_share = tell_share
        self._tell_readers = tell_readers
        self._tell_grown = tell_grown
        self._keep_counts = keep_counts
        self._metrics = metrics
        self._worker_id = worker_id
        self._periods = periods
        self._now_ms = now_ms
        self._heartbeats = Heartbeats(dead_seconds=periods.buried, gap_seconds=periods.blind)
        # Who keeps sessions hears which of them the sweep has found live.
        self.on_live_sessions: Callable[[Iterable[bytes]], None] = lambda session_ids: None
        # What others want done from time to time; each fails alone.
        self.chores: list[Callable[[], object]] = []
        self._sweep_now = Event()
        self._rested_seconds = 0.0
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def start(self) -> None:
        """Begin; the first beat is written before anybody can arrive.

        While the database is away it is tried again at its time: a beat that finds this worker unknown
        takes the leases of everybody who has come meanwhile.
        """
        self._attempt(self.beat)
        jobs = (
            (self.beat, self._periods.beat),
            (self.note_arrivals, ARRIVALS_SECONDS),
            (self.announce, self._periods.batch),
            (self.tidy, UPKEEP_SECONDS),
            (self.share, SHARE_SECONDS),
            (self._tell_readers, READERS_SECONDS),
            (self._tell_grown, GROWN_SECONDS),
            (self.keep_counts, COUNTS_SECONDS),
            (self.index, INDEX_SECONDS),
            (self.count, USAGE_SECONDS),
            (self._measure_lag, LAG_SECONDS),
            (self.end_following, FOLLOWERS_SWEEPS * self._periods.sweep),
        )
        self._greenlets = [gevent.spawn(self._repeat, job, seconds) for job, seconds in jobs]
        self._greenlets.append(gevent.spawn(self._sweep_on_time_or_demand))

    def stop(self) -> None:
        """End the greenlets; a job that is under way is cut off."""
        gevent.killall(self._greenlets)

    def sweep_soon(self) -> None:
        """Ask for a sweep now: the bus has noticed that it lost something."""
        self._sweep_now.set()

    def sweep(self, *, rest_seconds: float = 0.0) -> int:
        """Compare the cursors of those who wait with the log; return how many were behind.

        Rooms have streams as people have. Everything goes in slices with a turn of the loop between them, so
        that 15,000 waiting connections stop nobody, and a rest, unless another sweep has been asked for.
        """
        behind = 0
        for waiters in _slices(self._router.waiters(), WAITERS_PER_TURN):
            behind += self._sweep_slice(waiters)
            self._rest(rest_seconds)
        self._metrics.sweep_finds.inc(behind)
        for waiting in _slices(self._transport.session_keys(), WAITERS_PER_TURN):
            self._end_revoked_sessions(waiting)
            self._rest(rest_seconds)
        return behind

    def end_following(self) -> None:
        """Let nobody hear a room who may not: whoever was put out, and the hint of it was lost."""
        for hearings in _slices(self._following.hearings(), WAITERS_PER_TURN):
            for hearing in set(hearings) - self._store.members.find_hearing(hearings):
                self._following.stop(*hearing)

    def beat(self) -> None:
        """Say that this worker lives; take the leases of workers that do not."""
        now = self._now_ms()
        if not self._store.presence.beat(self._worker_id, now):
            # Others buried us while we stood still, and our users with us.
            self._router.put_back_arrived(self._router.users())
        dead = self._heartbeats.find_silent(self._store.presence.load_beats(), now=time.monotonic())
        dead.pop(self._worker_id, None)
        self._tell(self._store.presence.bury(dead, now=now))

    def note_arrivals(self) -> None:
        """Write who came and who has been away for long enough."""
        arrived, departed = self._router.take_arrived(), self._router.take_departed()
        if arrived:
            self._note_arrived(arrived)
        if departed:
            self._tell(self._store.presence.leave(self._worker_id, departed, now=self._now_ms()))
        self._metrics.users.set(len(self._router))

    def announce(self) -> None:
        """Tell those who watch what has changed since the last batch."""
        due = self._announcer.due(time.monotonic())
        try:
            unseen = self._load_unseen(due)
        except ServiceError:
            self._announcer.put_back(due)
            raise
        self._metrics.presence_changes.inc(len(due))
        self._changes.begin(due)
        try:
            for told in _slices(self._by_watcher(due, unseen).items(), TOLD_PER_TURN):
                with self._changes.telling():
                    for waiter, changes in told:
                        waiter.on_presence(changes)
        finally:
            self._changes.settle()

    def share(self) -> None:
        """Say how many connections we hold, so that the workers of a box can share them fairly."""
        self._tell_share()

    def keep_counts(self) -> None:
        """Leave the numbers of this worker for /metrics of the others."""
        self._keep_counts()

    def index(self) -> None:
        """Take messages into the search index, behind the sends and slower than they are."""
        self._store.search_index.work()

    def count(self) -> None:
        """Write what this worker has counted of each site's usage."""
        self._attempt(self._store.usage.flush)

    def tidy(self) -> None:
        """Delete what is past its time."""
        self._store.upkeep.trim(self._now_ms())
        self._store.retention.trim()
        self._store.upkeep.delete_expired_sessions()
        self._store.upkeep.delete_expired_tickets()
        for chore in self.chores:
            self._attempt(chore)

    def _note_arrived(self, arrived: list[tuple[str, str]]) -> None:
        for start in range(0, len(arrived), PEOPLE_PER_TURN):
            try:
                chunk = arrived[start : start + PEOPLE_PER_TURN]
                changes = self._store.presence.arrive(self._worker_id, chunk, now=self._now_ms())
            except BaseException:
                self._router.put_back_arrived(arrived[start:])
                raise
            self._tell(changes)

    def _load_unseen(self, changes: list[Change]) -> Unseen:
        """Ask the database who may not know of these changes; of those that anybody here watches."""
        watched = [change.user for change in changes if self._router.watchers(change.user)]
        if not watched:
            return Unseen(set(), set())
        walls = self._store.blocks.load_walls(watched)
        walls |= self._store.reach.find_strangers(
            (*user, waiter.mailbox.user[1]) for user in watched for waiter in self._router.watchers(user)
        )
        return Unseen(walls, self._store.presence.load_private(site_id for site_id, _ in watched))

    def _by_watcher(self, changes: Iterable[Change], unseen: Unseen) -> dict[Waiter, list[Change]]:
        told: dict[Waiter, list[Change]] = {}
        noted = 0
        for change in changes:
            for waiter in self._router.watchers(change.user):
                if not unseen.holds(change, waiter.mailbox.user):
                    told.setdefault(waiter, []).append(change)
                noted += 1
            # Fifty people whom everybody has on the screen are half a million of these.
            if noted > NOTED_PER_TURN:
                noted = 0
                gevent.sleep(0)
        return told

    def _sweep_slice(self, waiting: list[tuple[Mailbox, Waiter]]) -> int:
        cursors = [(waiter, mailbox.user, waiter.cursor) for mailbox, waiter in waiting]
        heads = self._store.log.load_heads({user for _, user, _ in cursors})
        behind = 0
        for waiter, user, cursor in cursors:
            head = heads.get(user)
            # Whoever moved during the query is served by hints. A cursor ahead of its head is behind, too:
            # the database was restored.
            if head is not None and cursor != head.cursor and waiter.cursor == cursor:
                waiter.read_log()
                behind += 1
        return behind

    def _end_revoked_sessions(self, waiting: list[tuple[str, bytes]]) -> None:
        live = self._store.sessions.live_sessions(waiting)
        self.on_live_sessions(session_id for _, session_id in live)
        for _, session_id in set(waiting) - live:
            self._transport.end_session(session_id)

    def _tell(self, rows: Iterable[PresenceChangeRow]) -> None:
        for chunk in _slices(rows, WAITERS_PER_TURN):
            key = self._router.key
            self._tell_presence(
                [Change(key(row.site_id, row.user_id), row.presence, row.status_text) for row in chunk]
            )

    def _measure_lag(self) -> None:
        before = time.monotonic()
        gevent.sleep(0.05)
        self._metrics.loop_lag_seconds.observe(max(0.0, time.monotonic() - before - 0.05))

    def _sweep_on_time_or_demand(self) -> None:
        period = self._periods.sweep
        due = time.monotonic() + period
        while True:
            is_asked = self._sweep_now.wait(timeout=max(0.0, due - time.monotonic()))
            self._sweep_now.clear()
            began, self._rested_seconds = time.monotonic(), 0.0
            self._attempt(self.sweep if is_asked else self._sweep_slowly)
            took, due = time.monotonic() - began, began + period
            pause = max(SWEEP_PAUSE_SECONDS, SWEEP_PAUSE_RATIO * (took - self._rested_seconds))
            gevent.sleep(min(pause, max(0.0, period - took)))

    def _sweep_slowly(self) -> None:
        slices_count = 1 + 2 * len(self._router) // WAITERS_PER_TURN
        spread_seconds = SWEEP_SPREAD * self._periods.sweep
        self.sweep(rest_seconds=min(SWEEP_REST_SECONDS, spread_seconds / slices_count))

    def _rest(self, seconds: float) -> None:
        if seconds and not self._sweep_now.is_set():
            began = time.monotonic()
            self._sweep_now.wait(timeout=seconds)
            self._rested_seconds += time.monotonic() - began

    def _repeat(self, job: Callable[[], object], seconds: float) -> None:
        due = time.monotonic() + seconds
        while True:
            gevent.sleep(max(0.0, due - time.monotonic()))
            self._attempt(job)
            # A turn that took longer than the period is not made up for.
            due = max(due + seconds, time.monotonic())

    def _attempt(self, job: Callable[[], object]) -> None:
        try:
            job()
        except ServiceError as error:
            log.warning("%s will be tried again: %s", job.__name__, error.code)
        except Exception:
            log.exception("%s failed", job.__name__)


def _slices(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield ``things`` in lists of at most ``size``, with a turn of the loop after each."""
    rest = iter(things)
    while taken := list(islice(rest, size)):
        yield taken
        gevent.sleep(0)
