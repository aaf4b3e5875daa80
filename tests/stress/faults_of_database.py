"""F6-F10: everything that happens to the database server, and between it and us."""

import time
from collections.abc import Iterator

import gevent

from tests.stress.faults_of_workers import WorkersKilled
from tests.stress.mysql_relay import Harm, put_between
from tests.stress.row import Result, Row
from tests.stress.scene import Scene

# What a send may be told while the database is away.
MAY_BE_TOLD = {0, 200, 429, 503}
LAG_SECONDS = 0.1
LEAST_RATE = 100.0
# How often a sender may have to repeat itself among deadlocks.
RETRIES = 3


def told_only_to_retry(scene: Scene) -> Iterator[str]:
    """Yield a complaint unless sends got 503 or an answer, and waits no 5xx."""
    told = {status for _, _, status in scene.load.tries} - MAY_BE_TOLD
    if told:
        yield f"sends were told {sorted(told)}"
    if scene.ledger.met["a wait got 5xx"]:
        yield f"a wait got 5xx x{scene.ledger.met['a wait got 5xx']}"


class DatabaseRestarted(Row):
    row_id, title = "F6", "database restarted (5 s)"
    away_seconds = 5.0

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, self.away_seconds + 3.0)

    def fault(self, scene: Scene) -> None:
        gevent.sleep(1.5)
        scene.mariadb.stop()
        gevent.sleep(self.away_seconds)
        scene.mariadb.start()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        yield from told_only_to_retry(scene)


class DatabaseKilled(Row):
    row_id, title = "F7", "database kill -9, 5 times"
    times = 5

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, 8.0)

    def fault(self, scene: Scene) -> None:
        every = self.seconds(scene) / (self.times + 1)
        for _ in range(self.times):
            gevent.sleep(every)
            scene.mariadb.kill()
            scene.mariadb.start()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        # stored = acknowledged + unknown, and inbox rows match messages: the audit of every row says so.
        yield from told_only_to_retry(scene)


class DatabaseStalled(Row):
    row_id, title = "F8", "database stalled 8 s, then 5 % deadlocks"
    stalled_seconds = 8.0
    # What the stall held up is behind us when the deadlocks are counted.
    calm_seconds = 3.0
    deadlock_share = 0.05

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, self.stalled_seconds + 2 * self.calm_seconds + 4.0)

    def prepare(self, scene: Scene) -> None:
        self._harm = Harm()
        put_between(scene, self._harm)

    def fault(self, scene: Scene) -> None:
        began = time.monotonic()
        gevent.sleep(1.5)
        scene.mariadb.freeze()
        gevent.sleep(self.stalled_seconds)
        scene.mariadb.thaw()
        gevent.sleep(self.calm_seconds)
        self._harm.deadlock, self._since = self.deadlock_share, time.monotonic()
        gevent.sleep(max(0.0, began + self.seconds(scene) - time.monotonic()))
        self._harm.stop()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        yield from told_only_to_retry(scene)
        yield from self._check_deadlocks(scene, result)
        for pid, told in scene.installation.observe().items():
            seen = lag_quantile(told["lag"], 0.99)
            if seen > scene.limit(LAG_SECONDS):
                yield f"loop lag p99 of worker {pid} {seen * 1000:.0f} ms"

    def _check_deadlocks(self, scene: Scene, result: Result) -> Iterator[str]:
        result.notes.append(f"deadlocks {self._harm.done['deadlock']}")
        if not self._harm.done["deadlock"]:
            yield "no deadlock was injected"
        tries = [send.tries for send in scene.ledger.sends.values() if send.due_at >= self._since]
        if max(tries, default=0) > 1 + RETRIES:
            yield f"a send needed {max(tries)} tries among deadlocks"


def lag_quantile(buckets: list[list], share: float) -> float:
    """Return the upper edge of the histogram's bucket in which the quantile lies."""
    total = buckets[-1][1]
    return next((float(edge) for edge, count in buckets if count >= share * total), 0.0)


class CutAtCommit(Row):
    row_id, title = "F9", "connection cut at COMMIT, 10 %"
    cut_share = 0.10

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, 6.0)

    def prepare(self, scene: Scene) -> None:
        self._harm = Harm()
        put_between(scene, self._harm)

    def fault(self, scene: Scene) -> None:
        self._harm.cut_at_commit = self.cut_share
        gevent.sleep(self.seconds(scene))
        self._harm.stop()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        yield from told_only_to_retry(scene)
        result.notes += [f"{what} x{count}" for what, count in sorted(self._harm.done.items())]
        if len(self._harm.done) < 2:
            yield "not both kinds of cut happened"
        if unresolved := scene.ledger.unknown():
            yield f"{len(unresolved)} sends never got a final answer"


class SqliteWriters(WorkersKilled):
    row_id, title = "F10", "SQLite, two writers, F1"
    database = "sqlite"
    p99_seconds = None

    def settings(self, scene: Scene) -> dict[str, str]:
        return {"IM_SERVER_WORKERS": "2"}

    def rate(self, scene: Scene) -> float:
        # What has to be reached is offered, and a tenth more.
        return 1.1 * LEAST_RATE

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        answered = sorted(send.answered_at for send in scene.ledger.acknowledged())
        if len(answered) > 1:
            rate = len(answered) / (answered[-1] - min(s.due_at for s in scene.ledger.sends.values()))
            result.notes.append(f"{rate:.0f} messages/s")
            if rate < LEAST_RATE / scene.profile.latency_factor:
                yield f"{rate:.0f} messages/s, not {LEAST_RATE:g}"
        yield from told_only_to_retry(scene)
        if "database is locked" in scene.installation.log.read_text(errors="replace"):
            yield "the log says: database is locked"


ROWS = (DatabaseRestarted, DatabaseKilled, DatabaseStalled, CutAtCommit, SqliteWriters)
