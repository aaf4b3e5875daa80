"""A1: people whose programs stop reading while messages go to them."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import gevent
from gevent.event import Event

from tests.property.oracle import Conversation, User
from tests.stress.attacks import OTHERS_P99_SECONDS
from tests.stress.client import Client, Habits
from tests.stress.installation import worker_of_ports
from tests.stress.load import wait_until
from tests.stress.neighbours import Neighbours
from tests.stress.row import Result, Row
from tests.stress.scene import CONNECT_SECONDS, Scene

SOCKETS = 10_000
DEVICES_EACH = 10
KINDS = ("ws", "sse", "poll")
# Sixteen of the largest messages are 256 KB to each socket: more than the kernel and the server hold.
MESSAGES_EACH = 16
TEXT = "\N{GRINNING FACE}" * 4_000
RATE = {"full": 200.0, "short": 60.0}
# 12 s without a byte taken, and a second until that is seen. A few that stand between two frames are given
# their last words, for which a socket has 15 s more.
CLOSED_SECONDS, GRACE_SECONDS = 15.0, 15.0
GRACE_SHARE = 0.1
RSS_BYTES = 64 * 2**20


class SlowReaders(Row):
    """Sockets of each transport; in the end they read again, and have missed nothing."""

    row_id, title = "A1", "10,000 slow readers, 200 messages/s to them"
    # All have to recover; in the full row that is 2.5 GB, for which there is no time but that it ends.
    settle_seconds = float("inf")
    waits_for_progress = True

    def seconds(self, scene: Scene) -> float:
        return self._sending_seconds(scene) + CLOSED_SECONDS

    def prepare(self, scene: Scene) -> None:
        """Give some people ten more devices each, which will stop reading."""
        crowd, self._gate = scene.crowd, Event()
        self._gate.set()
        store = scene.installation.open_store()
        self._people = list(crowd.conversations)[: self._people_count(scene)]
        self._slow = [
            crowd.sign_in(store, user, kind=KINDS[number % len(KINDS)])
            for user in self._people
            for number in range(DEVICES_EACH)
        ]
        store.close()
        for client in self._slow:
            client.habits = Habits(gate=self._gate, is_narrow=True)
        scene.closers.append(lambda: [client.stop() for client in self._slow])

    def fault(self, scene: Scene) -> None:
        neighbours = Neighbours(scene.installation)
        scene.closers.append(neighbours.close)
        for client in self._slow:
            client.start()
        scene.wait_until(lambda: all(client.is_connected() for client in self._slow), seconds=CONNECT_SECONDS)
        before = scene.installation.rss_bytes()
        self._gate.clear()
        sending = gevent.spawn(self._send, scene)
        self._others = gevent.spawn(neighbours.talk, self._sending_seconds(scene) + CLOSED_SECONDS / 2)
        self._rss_growth = 0
        gevent.sleep(self._sending_seconds(scene) * 0.75)
        # A poll that waits is answered with what there is, once; one that comes late gets a whole page.
        for client in self._slow[2 :: len(KINDS)]:
            client.stop()
            client.start()
        self._watch_memory(scene, before, until=sending.ready)
        ports = {client.connection.port for client in self._slow if client.connection is not None}
        ended = time.monotonic()
        self._stalled = len(ports)
        self._open_count = []
        for limit in (ended + CLOSED_SECONDS, ended + CLOSED_SECONDS + GRACE_SECONDS):
            self._watch_memory(scene, before, until=partial(self._is_over, scene, ports, limit))
            self._open_count.append(len(self._open(scene, ports)))
        self._closed_after = time.monotonic() - ended
        # They come back on a better road.
        for client in self._slow:
            client.habits.is_narrow = False
        self._gate.set()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        result.notes.append(
            f"{self._stalled} stalled, closed within {self._closed_after:.1f} s of the last message, "
            f"RSS of a worker at most {self._rss_growth / 2**20:+.1f} MB, "
            f"all had everything {result.settled:.0f} s later"
        )
        late, never = self._open_count
        if late > GRACE_SHARE * self._stalled or never:
            yield f"slow readers still open: {late} of {self._stalled}, {never} behind the grace"
        if self._rss_growth > RSS_BYTES:
            yield f"RSS of a worker grew by {self._rss_growth / 2**20:.0f} MB"
        others = self._others.get(timeout=CONNECT_SECONDS)
        seen = others["send_to_delivery"]["p99_ms"] / 1000
        result.notes.append(f"neighbours: {others['delivered']} messages, p99 {seen * 1000:.0f} ms")
        if others["lost"] or others["doubled"]:
            yield f"of the neighbours' messages {others['lost']} were lost, {others['doubled']} doubled"
        if seen > scene.limit(OTHERS_P99_SECONDS):
            yield f"p99 of the others {seen * 1000:.0f} ms"

    def _send(self, scene: Scene) -> None:
        """Let somebody whom each slow person knows tell them a lot."""
        clients = {client.diary.user: client for client in scene.crowd.clients}
        began, rate = time.monotonic(), RATE[scene.profile.name]
        for number in range(len(self._people) * MESSAGES_EACH):
            sender, conversation = self._peer(scene, self._people[number % len(self._people)], clients)
            due = began + number / rate
            wait_until(due)
            scene.load.send(sender, due_at=due, text=TEXT, conversation_id=conversation[1])

    def _peer(self, scene: Scene, user: User, clients: dict[User, Client]) -> tuple[Client, Conversation]:
        conversation = scene.crowd.conversations[user][0]
        (peer,) = scene.ledger.oracle.members[conversation] - {user}
        return clients[peer], conversation

    def _watch_memory(self, scene: Scene, before: dict[int, int], *, until: Callable[[], bool]) -> None:
        while not until():
            now = scene.installation.rss_bytes()
            growths = [now.get(pid, 0) - was for pid, was in before.items()]
            self._rss_growth = max(self._rss_growth, *growths)
            gevent.sleep(0.5)

    def _is_over(self, scene: Scene, ports: set[int], limit: float) -> bool:
        return time.monotonic() > limit or not self._open(scene, ports)

    def _open(self, scene: Scene, ports: set[int]) -> set[int]:
        """Return which of the sockets the server still holds."""
        held = worker_of_ports(scene.installation.workers(), server_port=scene.installation.port)
        return ports & held.keys()

    def _people_count(self, scene: Scene) -> int:
        return scene.profile.scaled(SOCKETS) // DEVICES_EACH

    def _sending_seconds(self, scene: Scene) -> float:
        return self._people_count(scene) * MESSAGES_EACH / RATE[scene.profile.name]


ROWS = (SlowReaders,)
