"""Long polls that end early: replaced, revoked, drained, or left by a peer that hangs up or reads slowly."""

import os
from collections.abc import Iterator

import gevent
import pytest

from imserver.errors import Replaced, Unavailable
from imserver.transports import sockets
from imserver.transports.waiter import DRAIN_RETRY_MS
from tests.services import wait_until
from tests.unit.poll_desk import POLL_SECONDS, Desk, texts

SMALL_BUFFER_BYTES = 4_096


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


# -- ended by others


def test_a_newer_poll_supersedes_the_older_one(desk):
    older, newer = desk.park(), desk.park()
    status, body = older.answer()
    assert (status, body["error"]["code"]) == (409, "replaced")
    desk.commit("hello")
    assert texts(newer.answer()) == ["hello"]


def test_a_poll_that_was_cut_off_before_it_was_looked_at_supersedes_nobody(desk):
    newer, older = desk.park(), desk.peer()
    older.socket.close()
    with pytest.raises(Replaced):
        desk.poll(older)
    desk.commit("hello")
    assert texts(newer.answer()) == ["hello"]


def test_a_newer_poll_supersedes_one_that_still_looks(desk):
    desk.log.before_head = lambda: desk.park()
    status, body = desk.poll(desk.peer())
    assert (status, body["error"]["code"]) == (409, "replaced")
    assert len(desk.transport) == 1


def test_the_end_of_a_session_is_told_to_its_poll(desk):
    peer, other = desk.park(), desk.park(session="s2")
    desk.sessions.end_session(b"s1")
    desk.sessions.end_session(b"unknown")
    status, body = peer.answer()
    assert (status, body["error"]["code"]) == (401, "session_ended")
    assert not other.has_more()


def test_a_session_that_ends_while_its_poll_looks_is_told_so(desk):
    desk.log.before_head = lambda: desk.sessions.end_session(b"s1")
    status, body = desk.poll(desk.peer())
    assert (status, body["error"]["code"]) == (401, "session_ended")
    assert desk.is_empty()


def test_a_session_that_ends_while_its_poll_fails_to_look_leaves_nothing_behind(desk):
    def end_and_fail() -> None:
        desk.sessions.end_session(b"s1")
        raise Unavailable

    desk.log.before_head = end_and_fail
    with pytest.raises(Unavailable):
        desk.poll(desk.peer())
    assert desk.is_empty()


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


def test_slow_readers_are_cut_off_when_too_much_waits_for_them(desk, monkeypatch):
    monkeypatch.setattr(sockets, "SLOW_WRITE_BYTES", 300_000)
    first, second = (desk.peer(buffer_bytes=SMALL_BUFFER_BYTES) for _ in range(2))
    desk.poll(first, session="s1")
    desk.poll(second, session="s2")
    desk.commit("x" * 200_000)
    gevent.sleep(0.02)
    assert texts(first.answer()) == ["x" * 200_000]
    with pytest.raises(AssertionError, match="closed in the middle"):
        second.answer()
    # What was taken is free again.
    third = desk.peer(buffer_bytes=SMALL_BUFFER_BYTES)
    assert texts(desk.poll(third, session="s2") or third.answer()) == ["x" * 200_000]


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
