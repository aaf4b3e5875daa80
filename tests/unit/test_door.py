"""Doors: connections wait without a greenlet, are served when they have said all, else shut."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent import monkey

from imserver.parking import ParkingLot
from imserver.protocol.requests import Look, PlainRequest, read_request
from imserver.transports.door import LINGER_SECONDS, PAUSE_SECONDS, Acceptor, Door
from tests.services import wait_until
from tests.unit.poll_desk import Clock

WHOLE = b"POST /v1/poll HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
OTHER = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
KEEPALIVE_SECONDS, HEAD_SECONDS = 20.0, 15.0


class House:
    """A door, and what became of those who knocked."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.lot = ParkingLot(clock=self.clock)
        self.is_open = True
        self.served: list[tuple[int, bool]] = []
        self.handed_over: list[int] = []
        self.peers: list[socket.socket] = []
        self.door = Door(
            self.lot,
            self,
            hand_over=self.handed_over.append,
            is_open=lambda: self.is_open,
            keepalive_seconds=KEEPALIVE_SECONDS,
            head_seconds=HEAD_SECONDS,
        )

    def look(self, fd: int) -> PlainRequest | Look:
        # The patched socket would wait, and the hub that calls this cannot.
        peer = monkey.get_original("socket", "socket")(fileno=fd)
        try:
            data = peer.recv(65_536, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return Look.NOTHING
        finally:
            peer.detach()
        return read_request(data) if data else Look.GONE

    def serve(self, fd: int, request: PlainRequest, home: Any) -> None:
        os.read(fd, request.size_bytes)
        self.served.append((fd, home is not None))

    def enter(self, data: bytes = b"") -> tuple[socket.socket, int]:
        """Connect, say something, and be admitted."""
        peer, server = socket.socketpair()
        server.setblocking(False)
        peer.sendall(data)
        self.peers.append(peer)
        fd = server.detach()
        self.door.admit(fd)
        return peer, fd

    def pass_by(self, seconds: float) -> None:
        self.clock.now += seconds
        self.lot.expire()

    def close(self) -> None:
        self.lot.close()
        for peer in self.peers:
            peer.close()


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def is_shut(peer: socket.socket) -> bool:
    try:
        with gevent.Timeout(0.5, TimeoutError):
            return peer.recv(1) == b""
    except ConnectionResetError:
        # Bytes lay there that nobody had read.
        return True


def test_a_whole_request_is_served_and_another_is_handed_over(house):
    _, first = house.enter(WHOLE)
    _, second = house.enter(OTHER)
    assert (house.served, house.handed_over) == ([(first, True)], [second])
    assert not len(house.lot)


def test_half_a_request_waits_for_its_other_half(house):
    peer, fd = house.enter(WHOLE[:20])
    assert fd in house.lot
    for byte in WHOLE[20:]:
        peer.sendall(bytes([byte]))
        gevent.sleep(0)
    wait_until(lambda: house.served == [(fd, True)], what="it was served")
    assert not len(house.lot)


@pytest.mark.parametrize("data", [b"", b"P", WHOLE[:30]], ids=["nothing", "a letter", "half a head"])
def test_who_does_not_say_what_it_wants_is_shut_out(house, data):
    peer, _ = house.enter(data)
    house.pass_by(HEAD_SECONDS - 2)
    if data:
        peer.sendall(b"\r")
    gevent.sleep(0.01)
    assert len(house.lot) == 1
    house.pass_by(3)
    assert is_shut(peer)
    assert not len(house.lot)


def test_a_late_first_byte_gives_no_more_time(house):
    peer, fd = house.enter()
    house.pass_by(HEAD_SECONDS - 2)
    peer.sendall(b"P")
    gevent.sleep(0.01)
    assert fd in house.lot
    house.pass_by(3)
    assert is_shut(peer)


def test_who_had_an_answer_has_the_whole_time_for_its_next_request(house):
    peer, fd = house.enter(WHOLE)
    house.door.give_back(fd)
    house.pass_by(KEEPALIVE_SECONDS - 2)
    peer.sendall(b"P")
    gevent.sleep(0.01)
    house.pass_by(HEAD_SECONDS - 2)
    assert fd in house.lot
    house.pass_by(3)
    assert is_shut(peer)


def test_who_sent_a_head_but_no_body_is_told_so(house):
    peer, _ = house.enter(WHOLE[:-1])
    house.pass_by(HEAD_SECONDS + 1)
    assert peer.recv(999).startswith(b"HTTP/1.1 408 ")
    assert is_shut(peer)


def test_who_leaves_is_forgotten(house):
    peer, _ = house.enter()
    peer.close()
    wait_until(lambda: not len(house.lot), what="it is forgotten")
    assert (house.served, house.handed_over) == ([], [])


def test_an_idle_connection_is_closed_in_the_end(house):
    peer, fd = house.enter(WHOLE)
    house.door.give_back(fd)
    house.pass_by(KEEPALIVE_SECONDS - 2)
    assert fd in house.lot
    house.pass_by(3)
    assert is_shut(peer)


# -- the end


def test_what_is_on_its_way_at_the_end_is_served_as_the_last(house):
    peer, fd = house.enter()
    house.is_open = False
    house.lot.drain()
    peer.sendall(WHOLE)
    wait_until(lambda: house.served == [(fd, False)], what="it was served")


def test_who_says_nothing_at_the_end_is_shut_out_after_a_moment(house):
    peers = [house.enter(data)[0] for data in (b"", b"P", WHOLE[:-1])]
    house.is_open = False
    house.lot.drain()
    assert len(house.lot) == 3
    house.pass_by(LINGER_SECONDS + 1)
    assert all(is_shut(peer) for peer in peers)
    assert not len(house.lot)


def test_a_connection_that_was_told_its_end_is_closed_at_once(house):
    told, first = house.enter(WHOLE)
    promised, second = house.enter(WHOLE)
    house.is_open = False
    house.door.give_back(first)
    house.door.keep(second)
    assert is_shut(told)
    assert second in house.lot
    promised.sendall(OTHER)
    wait_until(lambda: house.handed_over == [second], what="it was handed over")


def test_a_request_behind_the_last_answer_is_served(house):
    _, fd = house.enter(WHOLE + WHOLE)
    house.is_open = False
    house.door.give_back(fd)
    assert house.served == [(fd, True), (fd, False)]


# -- accepting


class Listener:
    """A listening socket that may run out of descriptors."""

    def __init__(self) -> None:
        self._socket = gevent.socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = self._socket.getsockname()
        self.error: OSError | None = None
        self.fileno = self._socket.fileno
        self.close = self._socket.close

    def _accept(self) -> Any:
        if self.error is not None:
            raise self.error
        return self._socket._accept()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def test_nobody_is_accepted_while_there_is_no_room(listener):
    has_room, admitted = False, []
    acceptor = Acceptor(listener, admitted.append, has_room=lambda: has_room, is_alone=True)
    acceptor.start()
    with socket.create_connection(listener.address):
        gevent.sleep(PAUSE_SECONDS / 4)
        assert not admitted
        has_room = True
        wait_until(lambda: admitted, what="it was accepted when there was room")
    acceptor.finish()
    os.close(admitted[0])


def test_a_shortage_of_descriptors_is_waited_for(listener, caplog):
    admitted: list[int] = []
    listener.error = OSError(errno.EMFILE, "Too many open files")
    acceptor = Acceptor(listener, admitted.append, has_room=lambda: True, is_alone=False)
    acceptor.start()
    with socket.create_connection(listener.address):
        wait_until(lambda: caplog.records, what="it was said")
        listener.error = None
        wait_until(lambda: admitted, what="it was accepted in the end")
    assert len(caplog.records) < 10
    acceptor.finish()
    os.close(admitted[0])


@pytest.mark.parametrize(("turn_seconds", "taken"), [(0.0001, 1), (0.0042, 5), (0.5, 8), (60.0, 1)])
def test_one_of_several_workers_takes_as_many_as_its_turn_was_long(listener, turn_seconds, taken):
    admitted: list[int] = []
    now = 0.0
    acceptor = Acceptor(listener, admitted.append, has_room=lambda: True, is_alone=False, clock=lambda: now)
    with contextlib.ExitStack() as guests:
        for _ in range(8):
            guests.enter_context(socket.create_connection(listener.address))
        now = turn_seconds
        acceptor._accept_some()
        assert len(admitted) == taken
        acceptor.finish()
    for fd in admitted:
        os.close(fd)


def test_who_has_connected_before_the_end_is_admitted(listener):
    admitted: list[int] = []
    acceptor = Acceptor(listener, admitted.append, has_room=lambda: True, is_alone=False)
    with socket.create_connection(listener.address), socket.create_connection(listener.address):
        acceptor.finish()
    assert len(admitted) == 2
    for fd in admitted:
        os.close(fd)
