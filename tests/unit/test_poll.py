"""Long polls: the races between looks, hints, waits that end and peers that leave, forced one by one."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
import msgspec
import pytest
from gevent.event import Event

from imserver.errors import InvalidCursor, NotFound, Unavailable
from imserver.metrics import Metrics
from imserver.parking import ParkingLot
from imserver.presence import Change, ChangeLog
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import Poll, Presence, ResetReason
from imserver.router import BEST_EFFORT, Letter, Router
from imserver.store.log import BYTES_PER_ANSWER
from imserver.store.values import Backlog, Head, PresenceState, Reset, Session
from imserver.transports import sockets
from imserver.transports.poll import FULL_RETRY_MS, PollTransport
from imserver.transports.waiter import DRAIN_RETRY_MS
from tests.services import wait_until

ADA, BOB = ("demo", "ada"), ("demo", "bob")
POLL_SECONDS = (20.0, 28.0)
SMALL_BUFFER_BYTES = 4_096


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
        self.log = FakeLog()
        self.lot = ParkingLot(clock=self.clock)
        self.router = Router(linger_seconds=45, clock=self.clock)
        self.changes = ChangeLog(epoch="now")
        self.home = FakeHome()
        self.states = {"bob": PresenceState("bob", Presence.AWAY, "lunch")}
        self.peers: list[Peer] = []
        self.transport = self.build(POLL_SECONDS)

    def build(self, poll_seconds: tuple[float, float], *, capacity: int = 100) -> PollTransport:
        """Make a transport over the same router, log and lot."""
        return PollTransport(
            self.router,
            self.log,
            lot=self.lot,
            load_states=lambda site_id, user_ids: {u: self.states[u] for u in user_ids if u in self.states},
            changes=self.changes,
            metrics=Metrics(),
            poll_seconds=poll_seconds,
            capacity=capacity,
        )

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
        return not len(self.transport) and not len(self.lot) and not self.router.waiting_users()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.transport.drain(0.1)
    desk.lot.close()
    for peer in desk.peers:
        peer.socket.close()


def texts(answer: tuple[int, Any] | None) -> list[str]:
    """Return the texts of the events in an answer, which must be an OK."""
    assert answer is not None
    status, body = answer
    assert status == 200, body
    return [event["text"] for event in body["events"]]


# -- looking


def test_news_is_answered_at_once(desk):
    desk.log.append("one")
    desk.log.append("two")
    answer = desk.poll(desk.peer())
    assert texts(answer) == ["one", "two"]
    assert answer[1]["cursor"] == str(desk.log.head())
    assert desk.is_empty()


def test_a_quiet_poll_is_parked_without_a_greenlet(desk):
    peer = desk.park()
    assert peer.fd in desk.lot
    assert len(desk.transport) == 1
    assert not peer.has_more()


def test_an_event_between_registering_and_looking_is_in_the_answer(desk):
    desk.log.before_head = lambda: desk.commit("in between")
    assert texts(desk.poll(desk.peer())) == ["in between"]


def test_an_event_while_the_head_is_read_makes_it_look_again(desk):
    def land() -> None:
        desk.commit("in between")
        gevent.sleep(0)

    desk.log.after_head = land
    assert texts(desk.poll(desk.peer())) == ["in between"]


def test_an_event_between_looking_and_parking_is_delivered(desk):
    peer = desk.peer()
    peer.when_taken = lambda: desk.commit("in between")
    assert desk.poll(peer) is None
    assert texts(peer.answer()) == ["in between"]


def test_a_poll_that_does_not_wait_is_answered_at_once(desk):
    assert texts(desk.poll(desk.peer(), wait=False)) == []
    assert desk.is_empty()


def test_a_reset_says_why_and_keeps_the_cursor(desk):
    desk.log.reset = ResetReason.AHEAD
    status, body = desk.poll(desk.peer(), cursor=Cursor(9, 9))
    assert (status, body["reset"], body["cursor"]) == (200, "ahead", str(Cursor(9, 9)))
    assert desk.is_empty()


@pytest.mark.parametrize("error", [Unavailable, NotFound])
def test_a_look_that_fails_leaves_nothing_behind(desk, error):
    def fail() -> None:
        raise error

    desk.log.before_head = fail
    with pytest.raises(error):
        desk.poll(desk.peer())
    assert desk.is_empty()


def test_a_cursor_that_is_none_is_refused_before_anything_is_registered(desk):
    with pytest.raises(InvalidCursor):
        desk.transport.poll(
            Session(*ADA, b"s1", "", 0), Poll(token="", cursor="x"), origin=None, takeover=None
        )
    assert desk.is_empty()


def test_a_full_lot_answers_at_once_and_asks_to_come_back_later(desk):
    desk.transport = desk.build(POLL_SECONDS, capacity=1)
    desk.park()
    _, body = desk.poll(desk.peer(), session="s2")
    assert FULL_RETRY_MS[0] <= body["retry_ms"] <= FULL_RETRY_MS[1]
    assert len(desk.transport) == 1


# -- parked


def test_an_event_is_written_to_the_parked_socket_which_then_goes_home(desk):
    peer = desk.park()
    desk.commit("hello")
    assert texts(peer.answer()) == ["hello"]
    assert desk.home.given_back == [peer.fd]
    assert desk.is_empty()


def test_a_connection_that_may_not_stay_is_closed_after_its_answer(desk):
    peer = desk.peer(keep_alive=False)
    desk.poll(peer)
    desk.commit("hello")
    assert texts(peer.answer()) == ["hello"]
    assert peer.socket.recv(1) == b""


def test_both_devices_of_a_person_are_told(desk):
    phone, other = desk.park(session="phone"), desk.park(session="desk")
    desk.commit("hello")
    assert texts(phone.answer()) == texts(other.answer()) == ["hello"]


def test_one_device_that_has_it_already_does_not_hold_the_other_up(desk):
    desk.log.append("one")
    ahead, behind = desk.park(session="phone"), desk.peer()
    # The sweep has not come by yet: this one stands before the event, and was parked before it.
    desk.log.letters, kept = [], desk.log.letters
    desk.poll(behind, session="desk", cursor=START)
    desk.log.letters = kept
    desk.router.send(ADA, kept[0])
    assert texts(behind.answer()) == ["one"]
    assert not ahead.has_more()
    desk.commit("two")
    assert texts(ahead.answer()) == ["two"]


def test_an_event_that_no_log_keeps_is_told_to_those_who_wait(desk):
    peer = desk.park()
    desk.router.send(ADA, Letter(BEST_EFFORT, 0, b'{"type":"typing","text":"..."}'))
    status, body = peer.answer()
    assert (status, body["events"][0]["type"], body["cursor"]) == (200, "typing", str(START))


def test_a_gap_is_filled_from_the_log(desk):
    peer = desk.park()
    desk.log.append("its hint was lost")
    desk.commit("its hint arrived")
    assert texts(peer.answer()) == ["its hint was lost", "its hint arrived"]
    assert desk.log.backlog_reads == 1


def test_more_than_an_answer_may_hold_is_read_from_the_log(desk):
    peer = desk.park()
    for _ in range(3):
        desk.commit("x" * (BYTES_PER_ANSWER // 2))
    peer.answer()
    assert desk.log.backlog_reads == 1


def test_a_wait_that_is_over_is_answered_with_nothing(desk):
    peer = desk.park()
    desk.clock.now += POLL_SECONDS[0] - 1
    desk.lot.expire()
    assert not peer.has_more()
    desk.clock.now += POLL_SECONDS[1]
    desk.lot.expire()
    assert texts(peer.answer()) == []
    assert desk.is_empty()


def test_a_wait_that_ends_while_the_log_is_read_is_answered_once(desk):
    peer, reading = desk.park(), Event()
    desk.log.before_backlog = reading.wait
    desk.log.append("lost hint")
    desk.commit("gap")
    wait_until(lambda: desk.log.backlog_reads)
    desk.clock.now += POLL_SECONDS[1] + 1
    desk.lot.expire()
    assert texts(peer.answer()) == []
    reading.set()
    assert not peer.has_more()
    assert desk.home.given_back == [peer.fd]


def test_an_event_that_lands_while_the_log_is_read_is_not_missed(desk):
    peer = desk.park()

    def land() -> None:
        desk.commit("in between")
        gevent.sleep(0)

    desk.log.after_backlog = land
    next(iter(desk.router.waiters()))[1].read_log()
    assert texts(peer.answer()) == ["in between"]


def test_the_sweep_answers_what_the_database_could_not(desk):
    def fail() -> None:
        raise Unavailable

    peer = desk.park()
    desk.log.before_backlog = fail
    desk.log.append("lost hint")
    desk.commit("gap")
    wait_until(lambda: desk.log.backlog_reads)
    assert not peer.has_more()
    assert len(desk.transport) == 1
    for waiter in desk.router.compare({ADA: desk.log.head()}):
        waiter.read_log()
    assert texts(peer.answer()) == ["lost hint", "gap"]


def test_a_restored_database_resets_a_poll_that_waits(desk):
    desk.log.append("one")
    peer = desk.park()
    desk.log.reset = ResetReason.TAG
    desk.router.send(ADA, Letter(2, 14, b"{}", after_tag=99))
    status, body = peer.answer()
    assert (status, body["reset"], body["events"]) == (200, "tag", [])


# -- ended by others


def test_a_newer_poll_supersedes_the_older_one(desk):
    older, newer = desk.park(), desk.park()
    status, body = older.answer()
    assert (status, body["error"]["code"]) == (409, "replaced")
    desk.commit("hello")
    assert texts(newer.answer()) == ["hello"]


def test_a_newer_poll_supersedes_one_that_still_looks(desk):
    desk.log.before_head = lambda: desk.park()
    status, body = desk.poll(desk.peer())
    assert (status, body["error"]["code"]) == (409, "replaced")
    assert len(desk.transport) == 1


def test_the_end_of_a_session_is_told_to_its_poll(desk):
    peer, other = desk.park(), desk.park(session="s2")
    desk.transport.end_session(b"s1")
    desk.transport.end_session(b"unknown")
    status, body = peer.answer()
    assert (status, body["error"]["code"]) == (401, "session_ended")
    assert not other.has_more()


def test_a_drain_answers_everybody_with_another_time_to_come_back(desk):
    peers = [desk.park(session=f"s{number}") for number in range(20)]
    desk.transport.drain(1)
    waits = [peer.answer()[1]["retry_ms"] for peer in peers]
    assert all(DRAIN_RETRY_MS[0] <= wait <= DRAIN_RETRY_MS[1] for wait in waits)
    assert len(set(waits)) > 1
    assert desk.is_empty()


def test_a_poll_that_arrives_during_a_drain_is_not_parked(desk):
    desk.transport.drain(0.1)
    desk.log.append("news")
    assert texts(desk.poll(desk.peer())) == ["news"]
    _, body = desk.poll(desk.peer(), cursor=desk.log.head())
    assert DRAIN_RETRY_MS[0] <= body["retry_ms"] <= DRAIN_RETRY_MS[1]


# -- the peer


def test_a_peer_that_leaves_is_forgotten_and_its_descriptor_closed(desk):
    peer = desk.park()
    peer.socket.close()
    wait_until(desk.is_empty)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(peer.fd)


def test_the_next_request_waits_until_this_one_is_answered(desk):
    peer = desk.park()
    peer.socket.sendall(b"POST /v1/poll HTTP/1.1\r\n")
    gevent.sleep(0.02)
    assert peer.fd in desk.lot
    desk.commit("hello")
    assert texts(peer.answer()) == ["hello"]
    assert desk.home.given_back == [peer.fd]


def test_a_peer_that_sends_something_and_leaves_is_forgotten(desk):
    peer = desk.park()
    peer.socket.sendall(b"GET / HTTP/1.1\r\n")
    gevent.sleep(0.02)
    peer.socket.close()
    wait_until(desk.is_empty, seconds=1)


def test_bytes_do_not_make_the_wait_longer_than_a_poll(desk):
    peer = desk.park()
    peer.socket.sendall(b"x")
    gevent.sleep(0.02)
    desk.clock.now += POLL_SECONDS[1] + 1
    desk.lot.expire()
    assert texts(peer.answer()) == []


def test_a_quiet_peer_is_not_gone(desk):
    peer = desk.peer()
    with gevent.Timeout(1):
        assert not sockets.is_gone(peer.fd)
    os.close(peer.fd)


def test_a_slow_reader_gets_the_rest_from_a_greenlet_and_goes_home_after(desk):
    peer = desk.peer(buffer_bytes=SMALL_BUFFER_BYTES)
    desk.poll(peer)
    desk.commit("x" * 200_000)
    gevent.sleep(0.02)
    assert desk.home.given_back == []
    assert texts(peer.answer()) == ["x" * 200_000]
    wait_until(lambda: desk.home.given_back == [peer.fd])


def test_a_reader_that_does_not_read_is_closed(desk, monkeypatch):
    monkeypatch.setattr(sockets, "SLOW_WRITE_SECONDS", 0.05)
    peer = desk.peer(buffer_bytes=SMALL_BUFFER_BYTES)
    desk.poll(peer)
    desk.commit("x" * 200_000)
    gevent.sleep(0.02)
    desk.transport.drain(5)
    assert desk.home.given_back == []
    while peer.socket.recv(65_536):
        pass


# -- presence


def change(presence: Presence) -> Change:
    return Change(BOB, presence, "")


def test_a_change_of_somebody_on_the_screen_is_told(desk):
    desk.changes.append([change(Presence.ONLINE)])
    peer = desk.park(watch=["bob"], presence=desk.changes.mark)
    desk.changes.append([change(Presence.DND)])
    for waiter in list(desk.router.watchers(BOB)):
        waiter.on_presence([change(Presence.DND)])
    _, body = peer.answer()
    assert body["events"][0]["changes"] == [{"user_id": "bob", "presence": "dnd", "status_text": ""}]
    assert body["presence"] == desk.changes.mark
    assert list(desk.router.watchers(BOB)) == []


def test_what_changed_between_two_polls_is_told_by_the_mark(desk):
    mark = desk.changes.mark
    desk.changes.append([change(Presence.DND), change(Presence.ONLINE)])
    _, body = desk.poll(desk.peer(), watch=["bob"], presence=mark)
    assert body["events"][0]["changes"] == [{"user_id": "bob", "presence": "online", "status_text": ""}]
    assert desk.poll(desk.peer(), watch=["bob"], presence=body["presence"]) is None


@pytest.mark.parametrize("mark", ["", "another.3", "now.99", "now.x"])
def test_a_mark_of_another_worker_is_answered_with_what_everybody_is(desk, mark):
    _, body = desk.poll(desk.peer(), watch=["bob", "nobody"], presence=mark)
    assert body["events"][0]["changes"] == [{"user_id": "bob", "presence": "away", "status_text": "lunch"}]
    assert body["presence"] == desk.changes.mark


# -- without takeover


@pytest.mark.parametrize("takeover", ["none", "impossible"])
def test_a_blocking_poll_is_answered_by_an_event(desk, takeover):
    peer = None if takeover == "none" else desk.peer()
    if peer is not None:
        peer.possible = False
    gevent.spawn_later(0.02, desk.commit, "hello")
    assert texts(desk.poll(peer)) == ["hello"]
    assert desk.is_empty()


def test_a_blocking_poll_is_answered_with_nothing_in_the_end(desk):
    desk.transport = desk.build((0.02, 0.03))
    assert texts(desk.poll(None)) == []
    assert desk.is_empty()


def test_a_blocking_poll_that_is_cut_off_leaves_nothing_behind(desk):
    waiting = gevent.spawn(desk.poll, None)
    wait_until(lambda: len(desk.transport))
    waiting.kill()
    assert desk.is_empty()
