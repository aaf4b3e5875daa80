"""A bucket lets a burst through, then the rate, and says how long to wait."""

import pytest

from imserver.errors import RateLimited
from imserver.limits import Bucket, Limits, subscriber_of


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


def test_whoever_was_quiet_for_a_minute_takes_no_room_any_more():
    clock = Clock()
    bucket = Bucket(per_minute=2, clock=clock)
    for number in range(100):
        bucket.take(number)
    clock.now += 59
    bucket.take("ada")
    assert len(bucket) == 101
    clock.now += 1
    bucket.take("ada")
    assert len(bucket) == 1
    with pytest.raises(RateLimited):
        bucket.take("ada")


def test_more_than_are_kept_are_forgotten_the_longest_quiet_first():
    bucket = Bucket(per_minute=1, clock=Clock(), kept=3)
    for name in ("ada", "bob", "cyd", "dan"):
        bucket.take(name)
    assert len(bucket) == 3
    for name in ("bob", "cyd", "dan"):
        with pytest.raises(RateLimited):
            bucket.take(name)
    bucket.take("ada")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_subscriber_is_counted_once_whatever_address_they_take(address, counted):
    assert subscriber_of(address) == counted


def test_sign_ins_of_one_network_are_counted_together():
    limits = Limits(messages_per_minute=0, sign_ins_per_minute=2, clock=Clock())
    limits.sign_in("2001:db8::1")
    limits.sign_in("2001:db8::2")
    with pytest.raises(RateLimited):
        limits.sign_in("2001:db8::3")
    limits.sign_in("2001:db8:0:1::3")
