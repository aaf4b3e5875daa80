"""How often somebody may do something: token buckets in a worker's memory.

A limit guards the service against one who floods it, so it need not survive a restart and each worker
may count alone; what must never be exceeded is counted inside the send transaction instead.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from ipaddress import IPv4Address, ip_address, ip_network

from imserver.errors import RateLimited

# Whoever has been quiet for so long has a full bucket, which need not be kept.
FULL_SECONDS = 60.0
# 290 bytes each. Strangers from more addresses than that in a minute make the first of them forgotten.
BUCKETS_KEPT = 50_000


class Bucket:
    """``per_minute`` actions, all of which may be spent at once; 0 means without limit.

    At most ``kept`` are remembered, and nobody who has done nothing for a minute.
    """

    def __init__(self, *, per_minute: int, clock: Callable[[], float], kept: int = BUCKETS_KEPT) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._kept = kept
        # The latest last.
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, key: Hashable, *, count: int = 1) -> None:
        """Spend ``count`` actions of ``key``; raise RateLimited, and spend nothing, when there are fewer."""
        if not self._per_minute:
            return
        now = self._clock()
        left = self._refilled(key, now)
        allowed = left >= count
        self._left.pop(key, None)
        self._left[key] = (left - count if allowed else left, now)
        self._forget(now)
        if not allowed:
            raise self._refusal(left, count)

    def check(self, key: Hashable) -> None:
        """Raise RateLimited when ``key`` has no action left; spend nothing."""
        if self._per_minute and (left := self._refilled(key, self._clock())) < 1:
            raise self._refusal(left, 1)

    def _refilled(self, key: Hashable, now: float) -> float:
        left, at = self._left.get(key, (float(self._per_minute), now))
        return min(float(self._per_minute), left + (now - at) * self._per_minute / 60)

    def _refusal(self, left: float, count: int) -> RateLimited:
        return RateLimited(retry_after=round((count - left) * 60 / self._per_minute, 1))

    def _forget(self, now: float) -> None:
        """Give up the buckets that are full again, and the oldest when there are too many."""
        left = self._left
        while len(left) > self._kept or next(iter(left.values()))[1] <= now - FULL_SECONDS:
            left.popitem(last=False)


class Limits:
    """Sends, searches, changes and reports per person, sign-ins per address."""

    def __init__(
        self,
        *,
        messages_per_minute: int,
        sign_ins_per_minute: int,
        searches_per_minute: int = 0,
        guest_messages_per_minute: int = 0,
        changes_per_minute: int = 0,
        reports_per_minute: int = 0,
        clock: Callable[[], float],
    ) -> None:
        self._sends = Bucket(per_minute=messages_per_minute, clock=clock)
        self._guest_sends = Bucket(per_minute=guest_messages_per_minute, clock=clock)
        self._sign_ins = Bucket(per_minute=sign_ins_per_minute, clock=clock)
        self._searches = Bucket(per_minute=searches_per_minute, clock=clock)
        self._changes = Bucket(per_minute=changes_per_minute, clock=clock)
        self._reports = Bucket(per_minute=reports_per_minute, clock=clock)

    def send(self, user: tuple[str, str], *, count: int, guest: bool = False) -> None:
        """Raise RateLimited when this person sends too much."""
        (self._guest_sends if guest else self._sends).take(user, count=count)

    def report(self, user: tuple[str, str]) -> None:
        """Raise RateLimited when this person reports too often."""
        self._reports.take(user)

    def search(self, user: tuple[str, str]) -> None:
        """Raise RateLimited when this person searches too much."""
        self._searches.take(user)

    def change(self, user: tuple[str, str], *, count: int = 1) -> None:
        """Raise RateLimited when this person changes conversations or relations too often."""
        self._changes.take(user, count=count)

    def sign_in(self, address: str) -> None:
        """Raise RateLimited when there are too many sign-ins from this address; see ``subscriber_of``."""
        self._sign_ins.take(subscriber_of(address))


def subscriber_of(address: str) -> str:
    """Return what is counted as one visitor: an IPv4 address, or the /64 of an IPv6 one.

    A subscriber has 2**64 addresses of the latter. What is no address stands for itself.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))
