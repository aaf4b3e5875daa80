"""Every bus: hints reach every other worker, in order, and what is lost is noticed."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imserver.bus import Bus, UnixBus, make_bus
from imserver.bus.both import BothBuses
from imserver.bus.redis import RedisBus
from tests.redis_server import Redis
from tests.services import make_folder, wait_until

_channels = itertools.count(1)


class End:
    """A bus with what it received."""

    def __init__(self, bus: Bus) -> None:
        self.hints: list[bytes] = []
        self.gaps = 0
        self.bus = bus
        self.bus.on_hint = self.hints.append
        self.bus.on_gap = self._count_gap

    def _count_gap(self) -> None:
        self.gaps += 1


Make = Callable[[str], Bus]


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = make_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["unix", "redis", "both"])
def make(request: pytest.FixtureRequest, folder: Path) -> Make:
    """Give a function that builds the bus of one worker; with both, "a" and "b" are in one box."""
    if request.param == "unix":
        return lambda name: UnixBus(folder=folder / "bus", worker_id=name)
    redis: Redis = request.getfixturevalue("redis")
    channel = f"test-{next(_channels)}"
    if request.param == "redis":
        return lambda name: RedisBus(redis.url, channel=channel, box_id=lambda: name, worker_id=name)
    return lambda name: make_bus(
        folder=folder / ("box1" if name in "ab" else "box2"), worker_id=name, url=redis.url, channel=channel
    )


@pytest.fixture
def ends(make: Make) -> Iterator[list[End]]:
    """Give three workers that know each other."""
    ends = [End(make(name)) for name in "abc"]
    for end in ends:
        end.bus.open()
    introduce(ends)
    yield ends
    for end in ends:
        end.bus.close()


def introduce(ends: list[End]) -> None:
    """Let everybody have heard of everybody; what was heard is forgotten."""

    def all_heard() -> bool:
        for number, end in enumerate(ends):
            end.bus.publish(b"I am %d" % number)
        return all(len(set(end.hints)) == len(ends) - 1 for end in ends)

    wait_until(all_heard, what="everybody has heard everybody")
    for end in ends:
        # In order, so nothing from before can follow.
        end.bus.publish(b"end of introduction")
    wait_until(lambda: all(end.hints.count(b"end of introduction") == len(ends) - 1 for end in ends))
    for end in ends:
        end.hints.clear()
        end.gaps = 0


def test_a_hint_reaches_every_other_worker_once_and_not_oneself(ends: list[End]) -> None:
    a, b, c = ends
    a.bus.publish(b"hint")
    a.bus.publish(b"last")
    wait_until(lambda: b"last" in b.hints and b"last" in c.hints)
    assert (a.hints, b.hints, c.hints) == ([], [b"hint", b"last"], [b"hint", b"last"])


def test_many_hints_arrive_in_order_without_a_gap(ends: list[End]) -> None:
    a, b, c = ends
    hints = [b"%05d" % n + b"x" * 300 for n in range(1_000)]
    for hint in hints:
        a.bus.publish(hint)
    wait_until(lambda: len(b.hints) == len(c.hints) == len(hints))
    assert b.hints == c.hints == hints
    assert b.gaps == c.gaps == 0


def test_a_hint_larger_than_a_batch_arrives(ends: list[End]) -> None:
    a, b, c = ends
    large = [b"before", b"x" * 150_000, b"after"]
    for hint in large:
        a.bus.publish(hint)
    wait_until(lambda: len(b.hints) == len(c.hints) == 3)
    assert b.hints == c.hints == large


def test_a_lost_batch_is_noticed_at_the_next_one(ends: list[End]) -> None:
    a, b, c = ends
    for bus in parts(a.bus):
        bus._number += 1
    a.bus.publish(b"3")
    wait_until(lambda: b.hints and c.hints)
    wait_until(lambda: b.gaps and c.gaps)


def test_a_hint_that_cannot_be_applied_harms_no_other(
    ends: list[End], caplog: pytest.LogCaptureFixture
) -> None:
    a, b, c = ends

    def fail(hint: bytes) -> None:
        c.hints.append(hint)
        raise ValueError(hint)

    c.bus.on_hint = fail
    a.bus.publish(b"1")
    a.bus.publish(b"2")
    wait_until(lambda: len(b.hints) == len(c.hints) == 2)
    assert "could not be applied" in caplog.text


def test_who_comes_later_is_heard_and_hears_and_sweeps_once(ends: list[End], make: Make) -> None:
    late = End(make("d"))
    late.bus.open()
    introduce([*ends, late])
    ends[0].bus.publish(b"welcome")
    wait_until(lambda: late.hints)
    assert late.hints == [b"welcome"]
    late.bus.close()


def test_what_was_published_before_a_close_still_arrives(ends: list[End]) -> None:
    a, b, c = ends
    a.bus.publish(b"farewell")
    a.bus.close()
    wait_until(lambda: b.hints and c.hints)
    assert b.hints == c.hints == [b"farewell"]


def test_closing_twice_is_harmless_and_nobody_is_alone_before(ends: list[End]) -> None:
    assert not any(end.bus.is_alone() for end in ends)
    ends[0].bus.close()
    ends[0].bus.close()


def test_a_worker_without_others_is_alone(make: Make) -> None:
    bus = make("a")
    bus.open()
    bus.publish(b"nobody hears")
    assert bus.is_alone()
    bus.close()


def parts(bus: Bus) -> list[Bus]:
    """Return the simple buses that ``bus`` is made of."""
    return [bus._near, bus._far] if isinstance(bus, BothBuses) else [bus]
