"""A bucket lets a burst through, then the rate, and says how long to wait."""

import pytest

from imserver.errors import RateLimited
from imserver.limits import Bucket


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_the_rate():
    clock = Clock()
    bucket = Bucket(per_minute=60, clock=clock)
    bucket.take("ada", count=60)
    with pytest.raises(RateLimited) as refusal:
        bucket.take("ada", count=3)
    assert refusal.value.retry_after == 3.0
    clock.now += 3
    bucket.take("ada", count=3)


def test_a_refusal_spends_nothing_and_others_are_not_touched():
    bucket = Bucket(per_minute=10, clock=Clock())
    bucket.take("ada", count=9)
    for _ in range(3):
        with pytest.raises(RateLimited):
            bucket.take("ada", count=2)
    bucket.take("ada")
    bucket.take("bob", count=10)


def test_zero_is_no_limit():
    Bucket(per_minute=0, clock=Clock()).take("ada", count=10**9)
