"""The parking lot tells each tenant once, and forgets what has left."""

import os
import socket
from collections.abc import Iterator

import gevent
import pytest

from imserver.parking import ParkingLot


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """A tenant that writes down what it is told."""

    stays = False

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def on_readable(self, fd: int) -> None:
        self.told.append(("readable", fd))

    def on_expired(self, fd: int) -> None:
        self.told.append(("expired", fd))

    def on_drain(self, fd: int) -> None:
        self.told.append(("drain", fd))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lot(clock: Clock) -> Iterator[ParkingLot]:
    lot = ParkingLot(clock=clock)
    yield lot
    lot.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def tenant() -> Recorder:
    return Recorder()


class Resident(Recorder):
    """A tenant that stays, and reads what it is told of."""

    stays = True

    def on_readable(self, fd: int) -> None:
        super().on_readable(fd)
        os.read(fd, 100)

    def on_writable(self, fd: int) -> None:
        self.told.append(("writable", fd))


def turn() -> None:
    """Let the hub run its callbacks."""
    gevent.sleep(0.01)


def test_bytes_are_told_once_and_the_socket_has_left(lot, pair, tenant):
    ours, theirs = pair
    lot.park(ours.fileno(), tenant, seconds=5)
    theirs.send(b"x")
    turn()
    turn()
    assert tenant.told == [("readable", ours.fileno())]
    assert len(lot) == 0


def test_the_end_of_the_stream_is_readable(lot, pair, tenant):
    ours, theirs = pair
    lot.park(ours.fileno(), tenant, seconds=5)
    theirs.close()
    turn()
    assert tenant.told == [("readable", ours.fileno())]


def test_bytes_are_not_told_to_a_tenant_that_only_minds_the_end(lot, pair, tenant):
    ours, theirs = pair
    lot.park(ours.fileno(), tenant, seconds=5, hear_bytes=False)
    theirs.send(b"x")
    turn()
    assert tenant.told == []
    theirs.close()
    turn()
    assert tenant.told == [("readable", ours.fileno())]


def test_a_wait_is_over_at_its_time_and_not_before(lot, clock, pair, tenant):
    lot.park(pair[0].fileno(), tenant, seconds=20)
    clock.now += 19
    lot.expire()
    assert tenant.told == []
    clock.now += 2
    lot.expire()
    assert tenant.told == [("expired", pair[0].fileno())]


def test_a_long_stall_expires_everything_that_is_due(lot, clock, pair, tenant):
    lot.park(pair[0].fileno(), tenant, seconds=20)
    lot.park(pair[1].fileno(), tenant, seconds=30)
    clock.now += 100_000
    lot.expire()
    assert {what for what, _ in tenant.told} == {"expired"}
    assert len(lot) == 0


def test_leaving_gives_the_tenant_back_and_is_told_nothing_more(lot, clock, pair, tenant):
    ours, theirs = pair
    lot.park(ours.fileno(), tenant, seconds=5)
    assert lot.leave(ours.fileno()) is tenant
    assert lot.leave(ours.fileno()) is None
    theirs.send(b"x")
    clock.now += 60
    lot.expire()
    turn()
    assert tenant.told == []


def test_a_number_that_is_used_again_belongs_to_the_new_tenant(lot, clock, tenant):
    first, second = Recorder(), Recorder()
    ours, theirs = socket.socketpair()
    lot.park(ours.fileno(), first, seconds=5)
    lot.leave(ours.fileno())
    lot.park(ours.fileno(), second, seconds=10)
    clock.now += 7
    lot.expire()
    assert (first.told, second.told) == ([], [])
    theirs.send(b"x")
    turn()
    assert second.told == [("readable", ours.fileno())]
    ours.close()
    theirs.close()


def test_a_deadline_that_was_put_off_or_given_up_is_not_told(lot, clock, pair, tenant):
    fd, other = pair[0].fileno(), pair[1].fileno()
    lot.park(fd, tenant, seconds=5)
    lot.leave(fd)
    lot.park(fd, tenant, seconds=5)
    resident = Resident()
    lot.stay(other, resident, seconds=5)
    lot.postpone(other, seconds=60)
    clock.now += 6
    lot.expire()
    assert tenant.told == [("expired", fd)]
    assert resident.told == []


def test_drain_tells_everybody(lot, pair, tenant):
    for sock in pair:
        lot.park(sock.fileno(), tenant, seconds=5)
    assert lot.drain() == 2
    assert sorted(tenant.told) == sorted(("drain", sock.fileno()) for sock in pair)


def test_a_tenant_that_fails_does_not_stop_the_others(lot, pair, tenant, caplog):
    class Broken(Recorder):
        def on_drain(self, fd: int) -> None:
            raise ValueError("a bug")

    lot.park(pair[0].fileno(), Broken(), seconds=5)
    lot.park(pair[1].fileno(), tenant, seconds=5)
    lot.drain()
    assert tenant.told == [("drain", pair[1].fileno())]
    assert "a tenant of the parking lot failed" in caplog.text


def test_one_that_stays_is_told_of_each_arrival_and_keeps_its_place(lot, pair):
    ours, theirs = pair
    resident = Resident()
    lot.stay(ours.fileno(), resident, seconds=5)
    for _ in range(3):
        theirs.send(b"x")
        turn()
    assert resident.told == [("readable", ours.fileno())] * 3
    assert ours.fileno() in lot


def test_one_that_only_peeks_is_told_of_each_arrival_once(lot, pair):
    class Peeper(Resident):
        def on_readable(self, fd: int) -> None:
            Recorder.on_readable(self, fd)

    ours, theirs = pair
    peeper = Peeper()
    lot.stay(ours.fileno(), peeper, seconds=5, reads=False)
    theirs.send(b"x")
    turn()
    turn()
    assert len(peeper.told) == 1
    theirs.send(b"y")
    turn()
    assert len(peeper.told) == 2


def test_one_that_stays_is_told_when_it_may_write_only_while_it_wants_to_know(lot, pair):
    ours, _ = pair
    resident = Resident()
    lot.stay(ours.fileno(), resident, seconds=5)
    turn()
    assert resident.told == []
    lot.hear_writable(ours.fileno(), wanted=True)
    turn()
    assert ("writable", ours.fileno()) in resident.told
    lot.hear_writable(ours.fileno(), wanted=False)
    told = len(resident.told)
    turn()
    assert len(resident.told) == told


def test_one_that_is_deaf_hears_no_bytes_until_it_wants_to_and_writes_all_the_same(lot, pair):
    ours, theirs = pair
    fd, resident = ours.fileno(), Resident()
    lot.stay(fd, resident, seconds=5)
    lot.hear_bytes(fd, wanted=False)
    lot.hear_writable(fd, wanted=True)
    theirs.send(b"x")
    turn()
    assert {what for what, _ in resident.told} == {"writable"}
    lot.hear_writable(fd, wanted=False)
    resident.told.clear()
    turn()
    assert resident.told == []
    lot.hear_bytes(fd, wanted=True)
    turn()
    assert ("readable", fd) in resident.told


def test_one_that_stays_is_asked_again_until_it_postpones_or_leaves(lot, clock, pair):
    fd = pair[0].fileno()
    resident = Resident()
    lot.stay(fd, resident, seconds=5)
    clock.now += 6
    lot.expire()
    clock.now += 2
    lot.expire()
    assert resident.told == [("expired", fd)] * 2
    lot.postpone(fd, seconds=30)
    clock.now += 20
    lot.expire()
    assert len(resident.told) == 2
    assert lot.leave(fd) is resident
    clock.now += 60
    lot.expire()
    assert len(resident.told) == 2


def test_fifty_rounds_leave_no_descriptor_behind(tenant):
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        lot = ParkingLot()
        ours, theirs = socket.socketpair()
        lot.park(ours.fileno(), tenant, seconds=5)
        lot.drain()
        lot.close()
        ours.close()
        theirs.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_comes_while_one_is_away_is_told_when_it_is_back(lot, pair, tenant):
    ours, theirs = pair
    lot.park(ours.fileno(), tenant, seconds=60)
    lot.leave(ours.fileno())
    theirs.send(b"meanwhile")
    turn()
    assert tenant.told == []
    lot.park(ours.fileno(), tenant, seconds=60)
    turn()
    assert tenant.told == [("readable", ours.fileno())]


def test_one_that_was_parked_can_stay_and_one_that_stayed_can_be_parked(lot, pair, tenant):
    ours, theirs = pair
    resident = Resident()
    lot.park(ours.fileno(), tenant, seconds=60)
    lot.leave(ours.fileno())
    lot.stay(ours.fileno(), resident, seconds=60)
    for _ in range(2):
        theirs.send(b"x")
        turn()
    assert resident.told == [("readable", ours.fileno())] * 2
    lot.leave(ours.fileno())
    lot.park(ours.fileno(), tenant, seconds=60)
    theirs.send(b"y")
    turn()
    assert tenant.told == [("readable", ours.fileno())]


def test_the_number_of_a_closed_socket_is_heard_again_for_the_next_one(lot, tenant):
    number = -1
    for _ in range(3):
        ours, theirs = socket.socketpair()
        assert number in (-1, ours.fileno())
        number = ours.fileno()
        tenant.told.clear()
        lot.park(number, tenant, seconds=60)
        theirs.send(b"x")
        turn()
        assert tenant.told == [("readable", number)]
        ours.close()
        theirs.close()
