"""The bus between boxes: Redis dies, stands still and comes back, and nobody waits for it."""

import itertools
from collections.abc import Iterator

import pytest

from imserver.bus import redis as redis_bus
from imserver.bus.redis import OUTGOING_BYTES, RedisBus
from tests.bus.test_bus import End, introduce
from tests.redis_server import Redis
from tests.services import wait_until

_channels = itertools.count(1)


@pytest.fixture
def channel() -> str:
    return f"redis-test-{next(_channels)}"


@pytest.fixture
def ends(redis: Redis, channel: str) -> Iterator[list[End]]:
    """Give the only workers of two boxes that know each other."""
    ends = [End(box(redis, channel, name, worker_id=name)) for name in "ab"]
    for end in ends:
        end.bus.open()
    introduce(ends)
    yield ends
    for end in ends:
        end.bus.close()


def box(redis: Redis, channel: str, box_id: str, *, worker_id: str) -> RedisBus:
    return RedisBus(redis.url, channel=channel, box_id=lambda: box_id, worker_id=worker_id)


def is_connected(end: End) -> bool:
    assert isinstance(end.bus, RedisBus)
    return end.bus._is_connected


def test_workers_of_one_box_do_not_hear_each_other(redis: Redis, channel: str, ends: list[End]) -> None:
    neighbour = End(box(redis, channel, "a", worker_id="neighbour"))
    neighbour.bus.open()
    wait_until(lambda: not neighbour.bus.is_alone(), what="it has heard the other box")
    ends[0].bus.publish(b"for the other box")
    ends[1].bus.publish(b"for this box")
    wait_until(lambda: neighbour.hints and ends[1].hints)
    assert (neighbour.hints, ends[1].hints) == ([b"for this box"], [b"for the other box"])
    neighbour.bus.close()


def test_a_redis_that_died_and_came_back_is_a_gap_for_everybody(redis: Redis, ends: list[End]) -> None:
    a, b = ends
    redis.kill()
    wait_until(lambda: not is_connected(a) and not is_connected(b))
    a.bus.publish(b"into the void")
    redis.start()
    wait_until(lambda: a.gaps and b.gaps)
    introduce(ends)
    a.bus.publish(b"again")
    wait_until(lambda: b.hints)
    assert b.hints == [b"again"]


def test_a_loss_at_the_end_is_noticed_by_the_next_beat(ends: list[End]) -> None:
    a, b = ends
    assert isinstance(a.bus, RedisBus)
    a.bus._number += 1
    wait_until(lambda: b.gaps)
    assert b.hints == []


def test_a_redis_that_stands_still_blocks_nobody_and_fills_nothing(redis: Redis, ends: list[End]) -> None:
    a, b = ends
    assert isinstance(a.bus, RedisBus)
    redis.freeze()
    try:
        hint = b"x" * 10_000
        # Twice the bound, without a turn of the loop in between: if it waited, this would never end.
        for _ in range(2 * OUTGOING_BYTES // len(hint)):
            a.bus.publish(hint)
        assert a.bus._outgoing_bytes <= OUTGOING_BYTES
        assert a.bus.lost_count() >= OUTGOING_BYTES // len(hint)
        wait_until(lambda: not is_connected(a), what="it is noticed that nobody answers")
        assert a.bus._outgoing == []
    finally:
        redis.thaw()
    wait_until(lambda: b.gaps, what="what was dropped is a gap")


def test_what_did_not_fit_is_a_gap(ends: list[End], monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = ends
    monkeypatch.setattr(redis_bus, "OUTGOING_BYTES", 100)
    a.bus.publish(b"x" * 90)
    a.bus.publish(b"y" * 90)
    wait_until(lambda: b.hints)
    wait_until(lambda: b.gaps)
    assert (len(b.hints), a.bus.lost_count()) == (1, 1)


def test_opening_and_closing_do_not_wait_for_a_redis_that_is_away(channel: str) -> None:
    bus = RedisBus("unix:///nowhere/redis.sock", channel=channel, box_id=lambda: "a", worker_id="a")
    bus.open()
    bus.publish(b"nobody hears")
    assert bus.is_alone()
    bus.close()


def test_a_box_that_went_is_forgotten(ends: list[End], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_bus, "ALONE_SECONDS", 0.0)
    ends[1].bus.close()
    wait_until(ends[0].bus.is_alone)


def test_meeting_again_is_a_gap_because_nothing_was_said_meanwhile(
    ends: list[End], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever is not heard of in this very moment is gone, and is met again at the next beat.
    monkeypatch.setattr(redis_bus, "ALONE_SECONDS", 0.0)
    wait_until(lambda: ends[0].gaps and ends[1].gaps)
