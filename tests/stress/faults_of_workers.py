"""F0-F5: nothing, then everything that happens to processes of the server."""

import itertools
import signal
import time
from collections.abc import Iterator

import gevent

from tests.stress.installation import worker_of_ports
from tests.stress.ledger import quantile
from tests.stress.row import Result, Row
from tests.stress.rows_audit import query
from tests.stress.scene import Scene

ANSWERED_SECONDS = 5.0
ANSWERED_SHARE = 0.99
SLOPE_PER_TEN_MINUTES = 0.01
# The memory of a young worker still grows into its pools; the slope is taken behind that.
SLOPE_LEAST_SECONDS = 120.0


class Nothing(Row):
    row_id, title = "F0", "none"
    p50_seconds, p99_seconds = 0.050, 0.250

    def fault(self, scene: Scene) -> None:
        self._rss: list[tuple[float, int]] = []
        until = time.monotonic() + self.seconds(scene)
        while time.monotonic() < until:
            self._rss.append((time.monotonic(), sum(scene.installation.rss_bytes().values())))
            gevent.sleep(1.0)

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        allowed = ("page crashed", "event known already")
        for word, count in scene.ledger.met.items():
            if word not in allowed:
                yield f"{word} x{count}"
        if self.seconds(scene) >= SLOPE_LEAST_SECONDS:
            slope = slope_per_second(self._rss[len(self._rss) // 2 :]) * 600 / self._rss[-1][1]
            result.notes.append(f"RSS slope {slope:.2%} in 10 min")
            if slope > SLOPE_PER_TEN_MINUTES:
                yield f"RSS grows {slope:.1%} in 10 min"


def slope_per_second(points: list[tuple[float, int]]) -> float:
    """Return the least-squares slope."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


class WorkersKilled(Row):
    row_id, title = "F1", "kill -9 a worker every 2 s"
    p99_seconds = 6.0
    every_seconds = 2.0

    def fault(self, scene: Scene) -> None:
        until = time.monotonic() + self.seconds(scene)
        for turn in itertools.count():
            gevent.sleep(min(self.every_seconds, max(0.0, until - time.monotonic())))
            if time.monotonic() >= until:
                return
            workers = scene.installation.workers()
            if workers:
                scene.installation.signal(signal.SIGKILL, pid=workers[turn % len(workers)])

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        yield from answered_in_time(scene)


def answered_in_time(scene: Scene) -> Iterator[str]:
    """Yield a complaint unless nearly all sends got their final answer in time."""
    sends = scene.ledger.sends.values()
    limit = scene.limit(ANSWERED_SECONDS)
    in_time = sum(bool(s.answered_at) and s.answered_at - s.due_at <= limit for s in sends)
    if in_time < ANSWERED_SHARE * len(sends):
        yield f"only {in_time} of {len(sends)} sends were answered within {limit:g} s"


class MasterKilled(Row):
    row_id, title = "F2", "kill -9 the master, start again"
    settle_seconds = 20.0

    def fault(self, scene: Scene) -> None:
        gevent.sleep(self.seconds(scene) / 3)
        orphans = scene.installation.workers()
        scene.installation.signal(signal.SIGKILL)
        scene.installation.wait_for_end(5.0)
        # The orphans notice and go by themselves; a service manager would kill them with the group.
        for pid in orphans:
            scene.installation.signal(signal.SIGKILL, pid=pid)
        scene.installation.start()


class Reloaded(Row):
    row_id, title = "F3", "HUP every 10 s"
    every_seconds = 10.0
    gone_seconds = 30.0

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, 4.0)

    def fault(self, scene: Scene) -> None:
        until = time.monotonic() + self.seconds(scene)
        every = min(self.every_seconds, self.seconds(scene) / 2)
        self._old: list[tuple[float, set[int]]] = []
        while time.monotonic() + every / 2 < until:
            self._old.append((time.monotonic(), set(scene.installation.workers())))
            scene.installation.signal(signal.SIGHUP)
            gevent.sleep(every)

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        yield from no_bare_ends(scene)
        started, old = self._old[-1]
        left = max(0.0, started + self.gone_seconds - time.monotonic())
        if not scene.wait_until(lambda: not old & set(scene.installation.workers()), seconds=left):
            yield f"old workers are still there after {self.gone_seconds:g} s"


def no_bare_ends(scene: Scene) -> Iterator[str]:
    """Yield a complaint for each way in which a wait ended without an answer."""
    for word in ("bare end of a wait", "cut inside an answer", "a wait got 5xx"):
        if scene.ledger.met[word]:
            yield f"{word} x{scene.ledger.met[word]}"


class StoppedAndStarted(Row):
    row_id, title = "F4", "SIGTERM, start again"
    settle_seconds = 15.0

    def fault(self, scene: Scene) -> None:
        gevent.sleep(self.seconds(scene) / 3)
        # Whoever has waited for a while is owed a complete answer.
        scene.installation.signal(signal.SIGTERM)
        self._ended = scene.installation.wait_for_end(40.0)
        scene.installation.start()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        yield from no_bare_ends(scene)
        if not self._ended:
            yield "gunicorn did not end within 40 s of SIGTERM"


class WorkerFrozen(Row):
    row_id, title = "F5", "SIGSTOP a worker 10 s"
    frozen_seconds = 10.0

    def settings(self, scene: Scene) -> dict[str, str]:
        return {"IM_SERVER_STALL_SECONDS": "30"}

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, self._frozen(scene) + 2.0)

    def fault(self, scene: Scene) -> None:
        gevent.sleep(1.0)
        victim = scene.installation.workers()[0]
        self._held = set(worker_of_ports([victim], server_port=scene.installation.port))
        self._on_victim = {
            client.diary.name
            for client in scene.crowd.clients
            if client.connection is not None and client.connection.port in self._held
        }
        self._offline: list[str] = []
        scene.installation.signal(signal.SIGSTOP, pid=victim)
        self._from = time.monotonic()
        while time.monotonic() < self._from + self._frozen(scene):
            gevent.sleep(1.0)
            self._offline += [row[0] for row in offline_people(scene)]
        scene.installation.signal(signal.SIGCONT, pid=victim)
        self._until = time.monotonic()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        others = [
            took
            for send, took, name in scene.ledger.deliveries
            if self._from + 1 <= send.due_at < self._until
            and name not in self._on_victim
            and send.port not in self._held
        ]
        result.notes.append(f"{len(self._on_victim)} clients on the frozen worker")
        seen = quantile(others, 0.99)
        if seen > scene.limit(0.5):
            yield f"p99 of the others {seen * 1000:.0f} ms"
        if self._offline:
            yield f"{len(self._offline)} times somebody was shown offline, such as {self._offline[0]}"

    def _frozen(self, scene: Scene) -> float:
        return self.frozen_seconds if scene.profile.name == "full" else 3.0


def offline_people(scene: Scene) -> list[tuple]:
    """Return everybody who is shown as offline."""
    return query(scene.installation.store_url, "SELECT user_id FROM presence WHERE shown = 'offline'")


ROWS = (Nothing, WorkersKilled, MasterKilled, Reloaded, StoppedAndStarted, WorkerFrozen)
