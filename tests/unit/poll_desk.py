"""A long-poll transport over a log in memory, and its browsers; hooks in the log force the races."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
import msgspec

from imserver.metrics import Metrics
from imserver.parking import ParkingLot
from imserver.presence import ChangeLog
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import Poll, Presence, ResetReason
from imserver.router import Letter, Router
from imserver.store.values import Backlog, Head, PresenceState, Reset, Session
from imserver.transports.poll import PollTransport
from imserver.transports.sessions import WaitingSessions
from imserver.transports.watching import Watching

ADA, BOB = ("demo", "ada"), ("demo", "bob")
POLL_SECONDS = (20.0, 28.0)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def nothing() -> None:
    """What happens in the middle of a read, unless a test says otherwise."""


@dataclass
class FakeLog:
    """One user's log in memory; a test may act before and after a read, or let reads fail."""

    letters: list[Letter] = field(default_factory=list)
    before_head: Callable[[], object] = nothing
    after_head: Callable[[], object] = nothing
    before_backlog: Callable[[], object] = nothing
    after_backlog: Callable[[], object] = nothing
    reset: ResetReason | None = None
    backlog_reads: int = 0

    def append(self, text: str) -> Letter:
        """Store an event; nobody is told."""
        useq = len(self.letters) + 1
        after_tag = self.letters[-1].tag if self.letters else 0
        event = b'{"type":"typing","cursor":"%d","text":"%b"}' % (useq, text.encode())
        self.letters.append(Letter(useq, useq * 7, event, after_tag))
        return self.letters[-1]

    def head(self) -> Cursor:
        return Cursor(self.letters[-1].useq, self.letters[-1].tag) if self.letters else START

    def fetch_head(self, site_id: str, user_id: str) -> Head:
        self._once("before_head")
        head = self.head()
        self._once("after_head")
        return Head(head.useq, head.tag, 0)

    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset:
        self.backlog_reads += 1
        self._once("before_backlog")
        if self.reset is not None:
            return Reset(self.reset)
        events = [letter.event for letter in self.letters[cursor.useq :]]
        found = Backlog(events, self.head(), more=False)
        self._once("after_backlog")
        return found

    def _once(self, name: str) -> None:
        act = getattr(self, name)
        setattr(self, name, nothing)
        act()


class FakeHome:
    """Where answered sockets go."""

    def __init__(self) -> None:
        self.given_back: list[int] = []

    def give_back(self, fd: int) -> None:
        self.given_back.append(fd)

    def is_open(self) -> bool:
        return True


class Peer:
    """A browser's connection, and the offer of its request to be taken over."""

    def __init__(self, home: FakeHome | None, *, buffer_bytes: int = 0) -> None:
        self.socket, server = socket.socketpair()
        if buffer_bytes:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
        server.setblocking(False)
        self.fd = server.detach()
        self.home = home
        self.when_taken: Callable[[], object] = nothing
        self.possible = True
        self._heard = b""

    def fileno(self) -> int:
        return self.fd

    def is_possible(self) -> bool:
        return self.possible

    def take(self) -> int:
        self.when_taken()
        return self.fd

    def answer(self) -> tuple[int, Any]:
        """Wait for one whole answer; return its status and its JSON."""
        with gevent.Timeout(5):
            while b"\r\n\r\n" not in self._heard:
                self._hear()
            head, _, body = self._heard.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            while len(body) < length:
                self._hear()
                body = self._heard.partition(b"\r\n\r\n")[2]
        self._heard = body[length:]
        return int(head.split()[1]), msgspec.json.decode(body[:length])

    def has_more(self) -> bool:
        """Tell whether bytes have come that no answer was made of."""
        with gevent.Timeout(0.05, False):
            return bool(self._heard or self.socket.recv(1, socket.MSG_PEEK))
        return False

    def _hear(self) -> None:
        data = self.socket.recv(65_536)
        assert data, "closed in the middle of an answer"
        self._heard += data


class Desk:
    """A transport with everything that it needs, and the peers that use it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log: Any = self.make_log()
        # Rooms that ada may not hear.
        self.unreadable: set[str] = set()
        self.lot = ParkingLot(clock=self.clock)
        self.router = Router(linger_seconds=45, clock=self.clock)
        self.changes = ChangeLog(epoch="now")
        self.home = FakeHome()
        self.sessions = WaitingSessions()
        self.states = {"bob": PresenceState("bob", Presence.AWAY, "lunch")}
        self.watching = Watching(self.changes, self._load_states)
        self.peers: list[Peer] = []
        self.transport = self.build(POLL_SECONDS)

    def make_log(self) -> Any:
        """Make the log that all share."""
        return FakeLog()

    def build(self, poll_seconds: tuple[float, float], *, capacity: int = 100) -> PollTransport:
        """Make a transport over the same router, log and lot."""
        return PollTransport(
            self.router,
            self.log,
            lot=self.lot,
            sessions=self.sessions,
            watching=self.watching,
            metrics=Metrics(),
            find_readable=lambda site_id, user_id, rooms: set(rooms) - self.unreadable,
            poll_seconds=poll_seconds,
            is_full=lambda: len(self.lot) >= capacity,
        )

    def _load_states(self, site_id: str, viewer_id: str, user_ids: list[str]) -> dict[str, PresenceState]:
        return {user_id: self.states[user_id] for user_id in user_ids if user_id in self.states}

    def peer(self, *, keep_alive: bool = True, buffer_bytes: int = 0) -> Peer:
        """Connect a browser."""
        self.peers.append(Peer(self.home if keep_alive else None, buffer_bytes=buffer_bytes))
        return self.peers[-1]

    def poll(
        self, peer: Peer | None, *, session: str = "s1", cursor: Cursor = START, **fields: Any
    ) -> tuple[int, Any] | None:
        """Poll as ada; return the answer that came at once, None for a parked poll."""
        who = Session(*ADA, session.encode(), "", 0)
        request = Poll(token="", cursor=str(cursor), **fields)
        outcome = self.transport.poll(who, request, origin=None, takeover=peer)
        return None if outcome is None else (outcome[0], msgspec.json.decode(outcome[1]))

    def park(self, **fields: Any) -> Peer:
        """Poll and be parked."""
        peer = self.peer()
        assert self.poll(peer, cursor=fields.pop("cursor", self.log.head()), **fields) is None
        return peer

    def commit(self, text: str) -> Letter:
        """Store an event and tell the router."""
        letter = self.log.append(text)
        self.router.send(ADA, letter)
        return letter

    def is_empty(self) -> bool:
        """Tell whether nothing is left of any poll."""
        kept = len(self.transport), len(self.lot), len(self.transport._settled)
        return not any(kept) and not any(self.router.waiters())

    def close(self) -> None:
        """Answer what waits and close every connection."""
        self.transport.drain(0.1)
        self.lot.close()
        for peer in self.peers:
            peer.socket.close()


def texts(answer: tuple[int, Any] | None) -> list[str]:
    """Return the texts of the events in an answer, which must be an OK."""
    assert answer is not None
    status, body = answer
    assert status == 200, body
    return [event["text"] for event in body["events"]]
