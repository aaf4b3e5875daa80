"""How many connections a worker takes, and how it shares them with the others."""

import logging
from collections.abc import Iterator

import pytest

from imserver.capacity import WARN_SECONDS, Capacity
from imserver.shares import HEARD_SECONDS, Shares
from imserver.transports.shedding import LATELY_TURNS, SHED_PER_SECOND, TURN_SECONDS, Shedder
from tests.unit.poll_desk import Clock, Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_nobody_waits_above_nine_tenths_and_nobody_is_accepted_above_all():
    held: list[int] = []
    capacity = Capacity(lambda: len(held), connections=20, clock=Clock())
    found = []
    for _ in range(21):
        found.append((capacity.is_full(), capacity.has_room()))
        held.append(1)
    assert found == [(False, True)] * 18 + [(True, True)] * 2 + [(True, False)]


def test_the_log_says_it_once_a_minute(caplog):
    clock = Clock()
    capacity = Capacity(lambda: 20, connections=20, clock=clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            capacity.is_full()
            capacity.has_room()
            clock.now += WARN_SECONDS / 60
    assert len(caplog.records) == 2


def test_a_poll_of_a_full_worker_is_told_to_come_back_and_its_connection_ends(desk):
    transport = desk.build((20.0, 28.0), capacity=0)
    peer = desk.peer()
    desk.transport = transport
    status, body = desk.poll(peer)
    assert status == 200
    assert body["retry_ms"] > 0


# -- sharing


def shedder(desk: Desk, *, held: int, others: int) -> Shedder:
    shares = Shares()
    shares.note("other", others, desk.clock())
    return Shedder(desk.transport, shares, held=lambda: held, clock=desk.clock)


def test_a_heavy_worker_sends_those_away_whose_wait_is_nearly_over(desk):
    later = [desk.park(session=f"s{number}") for number in range(40)]
    desk.clock.now -= 10
    peers = [desk.park(session=f"s{number}") for number in range(40, 60)]
    heavy = shedder(desk, held=60, others=20)
    heavy.turn()
    assert heavy.is_heavy
    assert len(desk.transport) == 40
    for peer in peers:
        status, body = peer.answer()
        assert (status, body["events"]) == (200, [])
        assert body["retry_ms"] >= 0
        assert peer.socket.recv(1) == b""
    assert not any(peer.has_more() for peer in later[:2])


def test_no_more_are_sent_away_at_once_than_the_others_can_take(desk):
    heavy = shedder(desk, held=5_000, others=0)
    for number in range(80):
        desk.park(session=f"s{number}")
    heavy.turn()
    assert heavy.shed_count == SHED_PER_SECOND * TURN_SECONDS
    assert len(desk.transport) == 80 - heavy.shed_count


def test_a_worker_that_only_grows_as_fast_as_the_others_is_not_heavy(desk):
    held = 0
    shares = Shares()
    one = Shedder(desk.transport, shares, held=lambda: held, clock=desk.clock)
    for _ in range(5):
        for _ in range(round(1 / TURN_SECONDS)):
            one.turn()
            held += 100
            desk.clock.now += TURN_SECONDS
            assert not one.is_heavy
        shares.note("other", held - 50, desk.clock())


def test_what_was_too_much_is_too_much_no_longer_when_the_other_has_gone(desk):
    heavy = shedder(desk, held=100, others=10)
    heavy.turn()
    assert heavy.is_heavy
    desk.clock.now += HEARD_SECONDS + LATELY_TURNS
    heavy.turn()
    assert not heavy.is_heavy
