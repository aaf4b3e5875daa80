"""F13 and F14: the cache forgets, dies, hangs. It may make the messenger slower and nothing else."""

import time
from collections.abc import Iterator

import gevent

from tests.stress.ledger import quantile
from tests.stress.row import Result, Row
from tests.stress.rows_audit import query
from tests.stress.scene import Scene

QUERIES_FACTOR = 3.0
BREAKER_SECONDS = 2.0


class CacheFlushed(Row):
    row_id, title = "F13", "memcached flushed every 1 s"
    p99_seconds = 0.5

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, 6.0)

    def fault(self, scene: Scene) -> None:
        half = self.seconds(scene) / 2
        before = questions(scene)
        gevent.sleep(half)
        self._quiet = questions(scene) - before
        until = time.monotonic() + half
        before = questions(scene)
        while time.monotonic() < until:
            scene.installation.memcached.flush()
            gevent.sleep(1.0)
        self._flushed = questions(scene) - before

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        result.notes.append(f"database statements {self._quiet} before, {self._flushed} while flushed")
        if self._flushed > QUERIES_FACTOR * self._quiet:
            yield f"{self._flushed} statements instead of {self._quiet}"


def questions(scene: Scene) -> int:
    """Return how many statements the database server has been asked."""
    (row,) = query(scene.installation.store_url, "SHOW GLOBAL STATUS LIKE 'Questions'")
    return int(row[1])


class CacheGone(Row):
    row_id, title = "F14", "memcached killed, then stopped"
    slower_seconds = 0.050

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, 10.0)

    def fault(self, scene: Scene) -> None:
        third = self.seconds(scene) / 3
        cache = scene.installation.memcached
        self._starts = [time.monotonic()]
        gevent.sleep(third)
        self._starts.append(time.monotonic())
        cache.kill()
        gevent.sleep(third)
        cache.start()
        self._starts.append(time.monotonic())
        cache.freeze()
        gevent.sleep(third)
        self._ended = time.monotonic()
        cache.thaw()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        usual = quantile(scene.latencies(since=self._starts[0], until=self._starts[1]), 0.99)
        for name, start, end in (
            ("killed", self._starts[1], self._starts[2]),
            ("stopped", self._starts[2], self._ended),
        ):
            seen = quantile(scene.latencies(since=start + BREAKER_SECONDS, until=end), 0.99)
            result.notes.append(f"p99 {usual * 1000:.0f} ms, {name} {seen * 1000:.0f} ms")
            if seen > usual + scene.limit(self.slower_seconds):
                yield f"p99 {seen * 1000:.0f} ms while it was {name}, {usual * 1000:.0f} ms before"
        if bad := [s for _, _, s in (*scene.load.tries, *scene.load.profiles) if s >= 500]:
            yield f"{len(bad)} answers were 5xx"


ROWS = (CacheFlushed, CacheGone)
