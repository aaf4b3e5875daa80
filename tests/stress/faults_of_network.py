"""F17 and F18: what happens between the clients and the server."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import gevent

from tests.stress.client import Client
from tests.stress.client_relay import HalfLink, Loss, LossyLink, put_before, watch_cut
from tests.stress.relay import Relay
from tests.stress.row import Result, Row
from tests.stress.scene import Scene

CUT_SECONDS = (1.0, 120.0)
CUT_SHARE = 1 / 3
RESUME_SECONDS = 3.0
FREED_SECONDS = 60.0
# Who is not back so long after the cut is not waited for.
PATIENCE_SECONDS = 30.0
LEAST_WATCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Absence:
    """When a client had its network again, and when the server served it."""

    back_at: float
    resumed_at: float


class NetworkCut(Row):
    """Half of those who are cut off leave the server with half of a connection."""

    row_id, title = "F17", "client network cut 1-120 s, half open"

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, self._longest(scene) + 3.0)

    def prepare(self, scene: Scene) -> None:
        scene.crowd.habits.looks_first = True
        self._halves: list[HalfLink] = []
        self._relay = Relay(scene.route.address, HalfLink)
        put_before(scene, self._relay)

    def fault(self, scene: Scene) -> None:
        clients = scene.crowd.clients
        chosen = random.sample(clients, int(len(clients) * CUT_SHARE))
        cuts = [
            gevent.spawn(self._cut_off, scene, client, is_half=number % 2 == 0)
            for number, client in enumerate(chosen)
        ]
        watch = gevent.spawn(self._watch, scene, cuts)
        self._absences = [cut.get() for cut in cuts]
        watch.get()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        took = sorted(absence.resumed_at - absence.back_at for absence in self._absences)
        freed = sorted(link.freed_at - link.cut_at for link in self._halves if link.freed_at)
        result.notes.append(
            f"{len(took)} cut off, resumed in {took[-1]:.2f} s at most; {len(self._halves)} half open, "
            f"{len(freed)} freed, after {max(freed, default=0):.1f} s at most"
        )
        late = [seconds for seconds in took if not 0 <= seconds <= scene.limit(RESUME_SECONDS)]
        if late:
            yield f"{len(late)} of {len(took)} did not resume within {RESUME_SECONDS:g} s"
        if not freed:
            yield "no half of a connection was freed"
        # In the short profile nobody waits for the last: what is younger than the limit is not judged.
        now = time.monotonic()
        stuck = [link for link in self._halves if (link.freed_at or now) > link.cut_at + FREED_SECONDS]
        if stuck:
            yield f"{len(stuck)} of {len(self._halves)} halves were not freed within {FREED_SECONDS:g} s"

    def _watch(self, scene: Scene, cuts: "list[gevent.Greenlet[..., Absence]]") -> None:
        def look(seconds: float) -> None:
            watch_cut(self._halves, server_port=scene.installation.port, seconds=seconds)

        while not all(cut.ready() for cut in cuts):
            look(0.1)
            gevent.sleep(0.1)
        scene.closers += [link.far.close for link in self._halves]
        look(max(LEAST_WATCH_SECONDS, (FREED_SECONDS + 5.0) * float(scene.profile.scale)))

    def _longest(self, scene: Scene) -> float:
        return max(2 * CUT_SECONDS[0], CUT_SECONDS[1] * float(scene.profile.scale))

    def _cut_off(self, scene: Scene, client: Client, *, is_half: bool) -> Absence:
        away = random.uniform(CUT_SECONDS[0], self._longest(scene))
        gevent.sleep(random.uniform(0.0, self._longest(scene) - away))
        link = self._link_of(client) if is_half else None
        if link is not None:
            link.cut()
            self._halves.append(link)
        client.stop()
        gevent.sleep(away)
        back_at = time.monotonic()
        client.start()
        scene.wait_until(lambda: client.served_at > back_at, seconds=PATIENCE_SECONDS)
        return Absence(back_at, client.served_at)

    def _link_of(self, client: Client) -> HalfLink | None:
        """Return what the client waits on; None while it is between two connections."""
        if client.connection is None:
            return None
        port = client.connection.port
        found = (link for link in self._relay.links if isinstance(link, HalfLink) and link.port == port)
        return next(found, None)


class AnswersLost(Row):
    row_id, title = "F18", "20 % of answers lost"
    lost_share = 0.20

    def prepare(self, scene: Scene) -> None:
        self._loss = Loss()
        relay = Relay(scene.route.address, lambda near, far: LossyLink(near, far, loss=self._loss))
        put_before(scene, relay)

    def fault(self, scene: Scene) -> None:
        self._loss.share = self.lost_share
        gevent.sleep(self.seconds(scene))
        self._loss.share = 0.0

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        again = sum(send.tries > 1 for send in scene.ledger.acknowledged())
        result.notes.append(
            f"{self._loss.count} answers lost, {again} messages acknowledged after a repetition"
        )
        if not again:
            yield "no message had to be repeated"


ROWS = (NetworkCut, AnswersLost)
