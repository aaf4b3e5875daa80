"""Connections that rest: not read from for a second, and then a few at a time."""

from types import SimpleNamespace
from typing import Any

from imserver.transports.resting import REST_SECONDS, WOKEN_PER_TURN, Resting


class Bed:
    """A lot that only notes who is deaf, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.deaf: set[int] = set()
        self.later: list[Any] = []
        self.woken: list[int] = []
        self.resting = Resting(
            self,  # type: ignore[arg-type]
            on_wake=lambda stream: self.woken.append(stream.fd),
            clock=lambda: self.now,
            spawn_later=lambda _seconds, act: self.later.append(act),
        )

    def __contains__(self, fd: int) -> bool:
        return True

    def hear_bytes(self, fd: int, *, wanted: bool) -> None:
        (self.deaf.discard if wanted else self.deaf.add)(fd)

    def pass_time(self) -> None:
        self.now += REST_SECONDS
        self.later.pop(0)()


def stream(fd: int) -> Any:
    return SimpleNamespace(fd=fd)


def test_who_rests_is_deaf_for_a_second_and_not_longer_when_refused_again() -> None:
    bed, one = Bed(), stream(7)
    bed.resting.add(one)
    bed.resting.add(one)
    assert (bed.deaf, len(bed.later)) == ({7}, 1)
    bed.pass_time()
    assert (bed.deaf, bed.woken, len(bed.resting)) == (set(), [7], 0)


def test_many_go_on_a_few_at_a_time() -> None:
    bed = Bed()
    for fd in range(WOKEN_PER_TURN + 5):
        bed.resting.add(stream(fd))
    bed.pass_time()
    assert bed.woken == list(range(WOKEN_PER_TURN))
    bed.later.pop(0)()
    assert len(bed.woken) == WOKEN_PER_TURN + 5
    assert (bed.later, bed.deaf) == ([], set())


def test_another_connection_with_the_same_descriptor_is_not_woken_for_the_first() -> None:
    bed = Bed()
    bed.resting.add(stream(7))
    bed.resting.forget(7)
    bed.now += REST_SECONDS / 2
    bed.resting.add(stream(7))
    bed.now += REST_SECONDS / 2
    bed.later.pop(0)()
    assert bed.woken == []
    bed.pass_time()
    assert bed.woken == [7]
