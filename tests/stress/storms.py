"""F22 and F23: everybody comes back at once; a worker dies with its people; some flap all the time."""

import itertools
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator

import gevent
from gevent.pool import Group

from tests.property.oracle import User
from tests.stress.client import Client
from tests.stress.installation import worker_of_ports
from tests.stress.ledger import quantile
from tests.stress.load import wait_until
from tests.stress.row import Result, Row
from tests.stress.rows_audit import query
from tests.stress.scene import Scene
from tests.stress.senders import Senders

SERVED_SECONDS = 30.0
STORM_SECONDS = 1.0
ANSWERED_P99_SECONDS = 1.0
# Whoever sends has a connection for it, as a browser keeps one besides that on which it waits: for all that
# are sent in a second. A new one would have to stand in the line of those who come back.
KEPT_CONNECTIONS = 500


class Storm(Row):
    """Everybody's waiting connection is cut; what they say goes over others that are kept.

    Their first poll looks and does not wait, so that it shows when each is served again.
    """

    row_id, title = "F22", "10,000 reconnects in 1 s"

    def clients(self, scene: Scene) -> int:
        return scene.profile.scaled(10_000)

    def rate(self, scene: Scene) -> float:
        """Leave the sending to a program of its own."""
        return 0.0

    def prepare(self, scene: Scene) -> None:
        scene.crowd.habits.looks_first = True
        self._served: dict[Client, float] = {}

    def fault(self, scene: Scene) -> None:
        senders = Senders(scene.crowd, scene.ledger, kept=scene.profile.scaled(KEPT_CONNECTIONS))
        scene.closers.append(senders.close)
        wait_until(senders.begin(rate=scene.profile.rate, seconds=self.seconds(scene)) + 1.0)
        scene.load.watch(gevent.spawn(senders.hear))
        began = time.monotonic()
        clients = random.sample(scene.crowd.clients, len(scene.crowd.clients))
        for number, client in enumerate(clients):
            wait_until(began + number * STORM_SECONDS / len(clients))
            client.on_served = lambda one: self._served.setdefault(one, time.monotonic() - began)
            client.hang_up()
        self._began, self._storm_seconds = began, time.monotonic() - began
        scene.wait_until(lambda: len(self._served) == len(clients), seconds=SERVED_SECONDS)

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        missing = len(scene.crowd.clients) - len(self._served)
        if missing:
            yield f"{missing} were not served within {SERVED_SECONDS:g} s"
        last = max(self._served.values(), default=0.0)
        waits = [s.answered_at - s.due_at for s in scene.ledger.acknowledged() if s.due_at >= self._began]
        seen = quantile(waits, 0.99)
        result.notes.append(
            f"{len(self._served)} cut within {self._storm_seconds:.1f} s, served again within {last:.1f} s, "
            f"sends p99 {seen * 1000:.0f} ms"
        )
        if seen > scene.limit(ANSWERED_P99_SECONDS):
            yield f"sends p99 {seen * 1000:.0f} ms"


# What the limits of F23 are made of, with the settings' own defaults, and for a row of half a minute.
LEASES = {
    "full": {"offline": 45.0, "change": 10.0, "batch": 1.5, "beat": 5.0, "dead": 15.0},
    "short": {"offline": 5.0, "change": 2.0, "batch": 0.2, "beat": 1.0, "dead": 3.0},
}
# 45 s until somebody is offline, 15 s until everybody who looks knows: three beats in either profile.
BEATS_TO_BURY = 3
LEAVER_EVERY = 5
FLAP_SECONDS = 0.5
WATCHED_LIMIT = 40


class PeopleOfADeadWorker(Row):
    """A fifth of the dead worker's people stay away; nobody may see the others offline."""

    row_id, title = "F23", "a worker with 1,000 users killed, 100 flapping"

    def settings(self, scene: Scene) -> dict[str, str]:
        leases = self._leases(scene)
        return {f"IM_PRESENCE_{name.upper()}_SECONDS": str(seconds) for name, seconds in leases.items()}

    def clients(self, scene: Scene) -> int:
        return scene.profile.scaled(1_000) * scene.profile.workers

    def seconds(self, scene: Scene) -> float:
        return self._ghost_seconds(scene) + 2.0

    def prepare(self, scene: Scene) -> None:
        """Choose who flaps; everybody of their community who watches sees them and some others."""
        clients = scene.crowd.clients
        devices: defaultdict[User, int] = defaultdict(int)
        for client in clients:
            devices[client.diary.user] += 1
        alone = [client for client in clients if devices[client.diary.user] == 1]
        self._flappers = alone[: scene.profile.scaled(100, least=6)]
        self._alone = set(alone) - set(self._flappers)
        # Whoever flaps looks anew each time and sees how things stand; who stays is told so often at most.
        stay = [client for client in clients if client not in self._flappers]
        for client in stay[::10]:
            site_id = client.diary.user[0]
            watched = [one.diary.user[1] for one in alone if one.diary.user[0] == site_id]
            client.watch = watched[:WATCHED_LIMIT]

    def fault(self, scene: Scene) -> None:
        self._wrongly_offline: set[User] = set()
        gevent.sleep(2.0)
        leavers = self._kill_one(scene)
        self._killed_at = time.monotonic()
        jobs = Group()
        for client in self._flappers:
            jobs.spawn(self._flap, scene, client)
        gone = {client.diary.user for client in leavers}
        self._watch_rows(scene, gone)
        jobs.kill()
        self._ghosts = gone - offline_users(scene)
        self._left = len(gone)
        # Everything that was said to them meanwhile is with them in the end, as with everybody.
        for client in leavers:
            client.start()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        changes = list(self._told(scene))
        result.notes.append(
            f"{self._left} left for good, {len(changes)} changes were seen by those who watch"
        )
        if not self._left:
            yield "nobody left, so nothing is proven"
        if self._wrongly_offline:
            yield f"shown offline, and back: {sorted(self._wrongly_offline)[:3]}"
        if self._ghosts:
            limit = self._ghost_seconds(scene)
            yield f"ghosts after {limit:g} s: {len(self._ghosts)}, such as {min(self._ghosts)}"
        yield from self._too_often(scene, changes)

    def _kill_one(self, scene: Scene) -> list[Client]:
        """Kill a worker and keep a fifth of its people away; return those."""
        victim = scene.installation.workers()[0]
        ports = worker_of_ports([victim], server_port=scene.installation.port)
        held = [c for c in scene.crowd.clients if c.connection is not None and c.connection.port in ports]
        leavers = [client for client in held if client in self._alone][::LEAVER_EVERY]
        scene.installation.signal(signal.SIGKILL, pid=victim)
        for client in leavers:
            client.stop()
        return leavers

    def _watch_rows(self, scene: Scene, gone: set[User]) -> None:
        while time.monotonic() < self._killed_at + self._ghost_seconds(scene):
            gevent.sleep(0.5)
            self._wrongly_offline |= offline_users(scene) - gone

    def _flap(self, scene: Scene, client: Client) -> None:
        """Choose to be away and back, and lose the connection, again and again."""
        for chosen in itertools.cycle(("away", "online")):
            try:
                scene.crowd.pool.ask("PUT", "/v1/presence", {"presence": chosen}, session=client.session)
            except OSError as error:
                client.ledger.met[f"presence without an answer: {type(error).__name__}"] += 1
            client.hang_up()
            gevent.sleep(random.uniform(0.5, 1.5) * FLAP_SECONDS)

    def _told(self, scene: Scene) -> Iterator[tuple[str, str, float]]:
        """Yield (watcher, whom, when) of each change that somebody saw after the first look."""
        for client in scene.crowd.clients:
            last: dict[str, str] = {}
            for when, user_id, presence in client.presences:
                if last.get(user_id, presence) != presence:
                    yield client.diary.name, user_id, when
                last[user_id] = presence

    def _too_often(self, scene: Scene, changes: list[tuple[str, str, float]]) -> Iterator[str]:
        period = self._leases(scene)["change"]
        times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for watcher, user_id, when in changes:
            times[watcher, user_id].append(when)
        for (watcher, user_id), seen in times.items():
            # One more for where the periods begin, and one for a look of a watcher that had to reconnect.
            allowed = (seen[-1] - seen[0]) / period + 3
            if len(seen) > allowed:
                yield f"{watcher} saw {len(seen)} changes of {user_id} in {seen[-1] - seen[0]:.1f} s"
                return

    def _leases(self, scene: Scene) -> dict[str, float]:
        return LEASES[scene.profile.name]

    def _ghost_seconds(self, scene: Scene) -> float:
        leases = self._leases(scene)
        return leases["offline"] + BEATS_TO_BURY * leases["beat"]


def offline_users(scene: Scene) -> set[User]:
    """Return everybody who is shown as offline."""
    sql = "SELECT site_id, user_id FROM presence WHERE shown = 'offline'"
    return {(site_id, user_id) for site_id, user_id in query(scene.installation.store_url, sql)}


ROWS = (Storm, PeopleOfADeadWorker)
