"""F20: the workers' clocks are wrong, each by something else, and jump. Nothing is ordered by them."""

import time
from collections.abc import Iterator

import gevent

from tests.stress.crowd import SITES, person
from tests.stress.row import Result, Row
from tests.stress.rows_audit import query
from tests.stress.scene import Scene

HOUR, DAY = 3_600, 86_400
TIMER_SECONDS = 1.0
LONELY_COUNT = 4
# Their workers say that they live so often, and take others for dead after some times as long.
BEAT_SECONDS, DEAD_SECONDS = 0.5, 3.0
# Every so many a client leaves and comes back to a backlog, again and again.
RESTLESS_EVERY = 3
AWAY_SECONDS = 1.0
LOOK_SECONDS = 0.1
# The server's defaults, where the profile does not say otherwise.
POLL_SECONDS = {"IM_DELIVERY_POLL_MIN_SECONDS": "20", "IM_DELIVERY_POLL_MAX_SECONDS": "28"}


class ClocksWrong(Row):
    """Besides the crowd there are people without a conversation, whose polls nothing ends but their time."""

    row_id, title = "F20", "clocks ±1 h, -1 d, and jumping"

    def settings(self, scene: Scene) -> dict[str, str]:
        return {
            "STRESS_CLOCKS": f"{HOUR},{-HOUR},0,{-DAY}",
            "IM_PRESENCE_BEAT_SECONDS": str(BEAT_SECONDS),
            "IM_PRESENCE_DEAD_SECONDS": str(DEAD_SECONDS),
            "IM_PRESENCE_OFFLINE_SECONDS": str(DEAD_SECONDS),
        }

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, _poll_seconds(scene)[1] + 4.0)

    def prepare(self, scene: Scene) -> None:
        store = scene.installation.open_store()
        people = [(SITES[0], f"lonely{number}") for number in range(LONELY_COUNT)]
        for user in people:
            store.people.save_person(person(user))
        self._lonely = [scene.crowd.sign_in(store, user, kind="poll") for user in people]
        store.close()

    def fault(self, scene: Scene) -> None:
        for client in self._lonely:
            scene.closers.append(client.stop)
            client.start()
        restless = scene.crowd.clients[::RESTLESS_EVERY]
        scene.wait_until(lambda: not self._count_offline(scene), seconds=DEAD_SECONDS)
        self._looks = self._gone = 0
        for _ in range(int(self.seconds(scene) / (2 * AWAY_SECONDS))):
            for act in ("stop", "start"):
                for client in restless:
                    getattr(client, act)()
                self._watch(scene, AWAY_SECONDS)

    def _watch(self, scene: Scene, seconds: float) -> None:
        """Look whether those who are there all the time are taken for gone."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            gevent.sleep(LOOK_SECONDS)
            self._looks += 1
            self._gone += bool(self._count_offline(scene))

    def _count_offline(self, scene: Scene) -> int:
        sql = "SELECT COUNT(*) FROM presence WHERE user_id LIKE CONCAT('lonely', CHAR(37)) AND connected = 0"
        return int(query(scene.installation.store_url, sql)[0][0])

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        result.notes.append(f"somebody who was there was offline at {self._gone} of {self._looks} looks")
        if self._gone:
            yield f"somebody who was there was offline at {self._gone} of {self._looks} looks"
        shortest, longest = _poll_seconds(scene)
        waits = sorted(scene.ledger.empty_waits)
        if not waits:
            yield "no poll waited to its end"
            return
        result.notes.append(f"{len(waits)} polls waited to their end, {waits[0]:.1f}-{waits[-1]:.1f} s")
        if waits[0] < shortest - TIMER_SECONDS or waits[-1] > longest + scene.limit(TIMER_SECONDS):
            yield f"polls waited {waits[0]:.1f}-{waits[-1]:.1f} s, not {shortest:g}-{longest:g} s"


def _poll_seconds(scene: Scene) -> tuple[float, float]:
    said = POLL_SECONDS | dict(scene.profile.settings)
    shortest, longest = (float(said[name]) for name in POLL_SECONDS)
    return shortest, longest


ROWS = (ClocksWrong,)
