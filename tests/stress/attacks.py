"""A2 and A24: many who connect and say nothing whole, and very many who come, ask and go."""

import contextlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator

import gevent
from gevent.pool import Group

from tests.sessions import open_session
from tests.stress.client import START
from tests.stress.crowd import SESSION_MS
from tests.stress.http_wire import Address, Cut, HttpConnection, open_connection, request_bytes
from tests.stress.ledger import quantile
from tests.stress.row import Result, Row
from tests.stress.scene import Scene
from tests.stress.waits import UPGRADE
from tests.stress.websocket import TEXT, frame

OTHERS_P99_SECONDS = 0.3
# 15 s for the head and 5 s for the hello are the server's own; the rest is for looking.
CLOSED_SECONDS = 20.0
HANDSHAKE = f"{UPGRADE}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
HEAD_SECONDS = {"full": 15.0, "short": 3.0}


class Slowloris:
    """One connection that says ``prefix`` at once and the rest byte by byte, two in a second."""

    def __init__(self, address: Address, prefix: bytes, rest: bytes, *, kind: str) -> None:
        self.kind = kind
        self.closed_after = 0.0
        self._rest = itertools.cycle(rest)
        self._sock = open_connection(address)
        self._began = time.monotonic()
        self._sock.sendall(prefix)
        self._sock.setblocking(False)

    def say_a_byte(self) -> None:
        """Go on; note when the server has closed it."""
        if self.closed_after:
            return
        try:
            if self._is_at_end():
                self.closed_after = time.monotonic() - self._began
            else:
                self._sock.send(bytes([next(self._rest)]))
        except BlockingIOError:
            return
        except OSError:
            self.closed_after = time.monotonic() - self._began

    def close(self) -> None:
        self._sock.close()

    def _is_at_end(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            while True:
                if not self._sock.recv(65_536):
                    return True
        return False


def half_said(session: str) -> dict[str, tuple[bytes, bytes]]:
    """Return what slow ones say: at once, and then without an end, byte by byte."""
    poll = request_bytes("POST", "/v1/poll", {"token": session, "cursor": START})
    body = b"POST /v1/poll HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"
    frame_head = b"\x81\xfe\xff\xff\x00\x00\x00\x00"
    return {
        "silent": (b"", b"G"),
        "headers": (b"GET /v1/state HTTP/1.1\r\n", b"X-Slow: 1\r\n"),
        "half a head": (poll[:60], b"x"),
        "a body": (body + b'{"token":"', b"x"),
        # The frame begins when the handshake has been answered; what comes earlier is refused.
        "a hello": (request_bytes("GET", "/v1/socket", headers=HANDSHAKE), frame_head + b"x" * 100),
    }


class SlowRequests(Row):
    row_id, title = "A2", "slowloris x 5,000"

    def settings(self, scene: Scene) -> dict[str, str]:
        return {"IM_SERVER_HEAD_SECONDS": f"{HEAD_SECONDS[scene.profile.name]:g}"}

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, CLOSED_SECONDS)

    def fault(self, scene: Scene) -> None:
        kinds = list(half_said(scene.crowd.clients[0].session).items())
        count = scene.profile.scaled(5_000, least=200)
        self._from = time.monotonic()
        self._slow: list[Slowloris] = []
        scene.closers.append(lambda: [slow.close() for slow in self._slow])
        for number in range(count):
            kind, said = kinds[number % len(kinds)]
            self._slow.append(Slowloris(scene.route.address, *said, kind=kind))
        until = time.monotonic() + CLOSED_SECONDS + 1.0
        while time.monotonic() < until and not all(slow.closed_after for slow in self._slow):
            for slow in self._slow:
                slow.say_a_byte()
            gevent.sleep(0.5)
        self._until = time.monotonic()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        closed = [slow.closed_after for slow in self._slow if slow.closed_after]
        result.notes.append(
            f"{len(closed)} of {len(self._slow)} closed, the last after {max(closed, default=0):.1f} s"
        )
        late = Counter(
            slow.kind
            for slow in self._slow
            if not 0 < slow.closed_after <= self._closed_seconds(scene, slow.kind)
        )
        if late:
            yield f"still open in time: slow requests {dict(late)}"
        yield from others_p99(scene, since=self._from, until=self._until)

    def _closed_seconds(self, scene: Scene, kind: str) -> float:
        """Return the limit: 5 s more than a head may take; for a long body that is no setting."""
        if kind == "a body":
            return CLOSED_SECONDS
        return CLOSED_SECONDS - HEAD_SECONDS["full"] + HEAD_SECONDS[scene.profile.name]


def others_p99(scene: Scene, *, since: float, until: float) -> Iterator[str]:
    """Yield a complaint when those who do nothing wrong waited too long for their messages."""
    seen = quantile(scene.latencies(since=since, until=until), 0.99)
    if seen > scene.limit(OTHERS_P99_SECONDS):
        yield f"p99 of the others {seen * 1000:.0f} ms"


POLLS, CONNECTS = 1_000_000, 100_000
# The short profile takes a tenth of its share of everything.
SHORT_DIVISOR = {"full": 1, "short": 10}
# So many ask at a time that the server gathers their questions; each way has sessions of its own, because a
# newer connection of a session supersedes the older one.
VISITORS = 100
POLLS_PER_CONNECTION = 100
RSS_GROWTH = 0.03
# Before anything is counted, so much of everything fills the pools of a young worker.
WARM_SHARE = {"full": 0.1, "short": 1.0}
KEEPALIVE_SECONDS = 3.0
# A worker gives freed memory back every 5 s; then it is weighed.
TRIMMED_SECONDS = 6.0
# Connections to database (8), cache (4) and the bus are opened when they are first needed, and kept.
POOLED_LIMIT = 20
QUIET_SECONDS = 20.0
# An idle connection of the crowd's may end between two looks, and the look itself holds one.
LOOKS = 3
Counts = dict[int, tuple[int, int]]


class ManyVisits(Row):
    """Everything that was opened for them is gone afterwards: descriptors and greenlets are as before."""

    row_id, title = "A24", "1,000,000 polls and 100,000 connects"

    def settings(self, scene: Scene) -> dict[str, str]:
        return {"IM_SERVER_KEEPALIVE_SECONDS": f"{KEEPALIVE_SECONDS:g}"}

    def seconds(self, scene: Scene) -> float:
        return 2.0

    def prepare(self, scene: Scene) -> None:
        """Sign the visitors in, for each way: people of the crowd with sessions of their own."""
        store = scene.installation.open_store()
        users = list(scene.crowd.conversations)
        sessions = [
            open_session(store, *users[number % len(users)], origin="", lifetime_ms=SESSION_MS)[0]
            for number in range(2 * VISITORS)
        ]
        store.close()
        self._pollers, self._comers = sessions[:VISITORS], sessions[VISITORS:]
        # How many polls had which status, and how many have connected.
        self._met: Counter[str] = Counter()

    def fault(self, scene: Scene) -> None:
        divisor = SHORT_DIVISOR[scene.profile.name]
        polls, connects = scene.profile.scaled(POLLS) // divisor, scene.profile.scaled(CONNECTS) // divisor
        gevent.sleep(self.seconds(scene))
        warm = WARM_SHARE[scene.profile.name]
        self._visit(scene, int(polls * warm), int(connects * warm))
        gevent.sleep(TRIMMED_SECONDS)
        self._before, rss = self._least(scene), scene.installation.rss_bytes()
        self._met.clear()
        began = time.monotonic()
        self._visit(scene, polls, connects)
        self._visits, self._took = (polls, connects), time.monotonic() - began
        scene.wait_until(lambda: not self._grown(self._least(scene)), seconds=QUIET_SECONDS)
        gevent.sleep(TRIMMED_SECONDS)
        self._after = self._least(scene)
        now = scene.installation.rss_bytes()
        self._rss_growth = max(now.get(pid, 0) / before - 1 for pid, before in rss.items())

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        polls, connects = self._visits
        result.notes.append(
            f"{polls} polls, {connects} connects in {self._took:.0f} s, RSS {self._rss_growth:+.1%}"
        )
        if self._met != {"200": polls, "connected": connects}:
            yield f"not all were answered: {dict(self._met)}"
        if self._before.keys() != self._after.keys():
            yield "a worker has gone"
        if self._pooled > POOLED_LIMIT:
            yield f"connections to database and cache: {self._pooled}"
        for pid in self._grown(self._after):
            yield f"descriptors and greenlets {self._before.get(pid)} before, {self._after[pid]} after"
        if self._rss_growth > RSS_GROWTH:
            yield f"RSS grew by {self._rss_growth:.1%}"

    def _visit(self, scene: Scene, polls: int, connects: int) -> None:
        """Let all visitors poll and connect; return when all have left."""
        visitors = Group()
        for number in range(VISITORS):
            visitors.spawn(self._poll, scene, self._pollers[number], _share(polls, number))
            visitors.spawn(self._connect, scene, self._comers[number], _share(connects, number))
        visitors.join()

    def _poll(self, scene: Scene, session: str, count: int) -> None:
        """Look for news again and again, each time from where the last look has led."""
        question = {"token": session, "cursor": START, "wait": False}
        for start in range(0, count, POLLS_PER_CONNECTION):
            connection = HttpConnection(scene.route.address)
            try:
                for _ in range(min(POLLS_PER_CONNECTION, count - start)):
                    answer = connection.ask("POST", "/v1/poll", question)
                    self._met[str(answer.status)] += 1
                    question["cursor"] = answer.json().get("cursor", question["cursor"])
            finally:
                connection.close()

    def _connect(self, scene: Scene, session: str, count: int) -> None:
        """Come in each way in turn, and go without a word."""
        waiting = {"token": session, "cursor": START}
        ways = (
            b"",
            request_bytes("POST", "/v1/poll", waiting),
            request_bytes("POST", "/v1/stream", waiting),
            request_bytes("GET", "/v1/socket", headers=HANDSHAKE)
            + frame(TEXT, json.dumps({"type": "hello"} | waiting).encode()),
            request_bytes("POST", "/v1/poll", waiting)[:-10],
        )
        for number in range(count):
            connection = HttpConnection(scene.route.address)
            connection.write(ways[number % len(ways)])
            if number % 2:
                with contextlib.suppress(TimeoutError, Cut):
                    connection.sock.settimeout(0.05)
                    connection.head()
            connection.close()
            self._met["connected"] += 1

    def _grown(self, now: Counts) -> list[int]:
        """Return the workers that hold more than they did."""
        return [
            pid
            for pid, counts in now.items()
            if any(count > was for count, was in zip(counts, self._before.get(pid, (0, 0)), strict=True))
        ]

    def _least(self, scene: Scene) -> Counts:
        """Return the least (descriptors, greenlets) of each worker in a few looks."""
        looks = [scene.installation.observe() for _ in range(LOOKS)]
        self._pooled = max(told["pooled"] for told in looks[-1].values())
        living = set.intersection(*(set(look) for look in looks))
        return {
            pid: (
                min(look[pid]["descriptors"] - look[pid]["pooled"] for look in looks),
                min(look[pid]["greenlets"] for look in looks),
            )
            for pid in living
        }


def _share(count: int, visitor: int) -> int:
    """Return how many of ``count`` are this visitor's, so that all of them make ``count``."""
    return count // VISITORS + (visitor < count % VISITORS)


ROWS = (SlowRequests, ManyVisits)
