"""What waits for the writer: one line per site, served in turn, so that a flood of one delays no other.

# design: Each site has its own line; a batch takes from them in turn, so whoever is alone in a line is in the
# next batch, however long the others' are. While more than one site sends, none gets more than a few places
# of a batch, and no more in a second than its pace: batches that hold nothing but a flood, one right behind
# the other, would let whoever comes meet one of them always, and wait for it. On a machine that is so busy
# that a commit takes long whatever is in it, there are more places, or the lines of sites that flood nobody
# would grow without an end. When there is no room left, the longest line gives its last place up; in a queue
# full of one site's jobs that is the one who floods.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from math import inf
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

# Sites that sent within this time share the batches. Shorter, and one who sends every few seconds would meet
# batches that were filled as if the flood were alone.
SHARED_SECONDS = 30.0
# Of one site in one commit while others send, too: 16 messages beside one make a commit of 3 ms one of 6.
SITE_WEIGHT = 16
# And for each second that the last commit took: a quarter of what would have filled it at 0.2 ms a message.
# With 16, two sites that sent 350 a second each in all waited for 9 s when a commit took 0.15 s.
SITE_WEIGHT_PER_SECOND = 1_250
# A site that is over its pace is in no commit until so many of its messages may go: one by one they would
# fill the time with commits, and make those of others longer.
WORTH_A_COMMIT = 8
# Whoever has been quiet for longer than a second owes nothing and need not be kept.
SITES_KEPT = 10_000


class SitePace:
    """How much one site may send while others send, too: ``per_second``, and some ``at_once``; 0: all.

    A time for each site says until when what it sent would have taken at that rate.
    """

    def __init__(self, *, per_second: int, clock: Callable[[], float]) -> None:
        self._each_seconds = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def take(self, site_id: str, count: int, *, at_once: int) -> float:
        """Spend ``count``; return 0, or how many seconds are missing, and spend nothing."""
        # More than goes at once passes when nothing is owed, or it could never be sent.
        late = self.seconds_until(site_id, min(count, at_once), at_once=at_once)
        if not late:
            self.spend(site_id, count)
        return late

    def room(self, site_id: str, *, at_once: int) -> float:
        """Return how many messages the site may send now; below 0 when the last were more than it might."""
        if not self._each_seconds:
            return at_once
        owed_seconds = max(0.0, self._until.get(site_id, 0.0) - self._clock())
        return at_once - owed_seconds / self._each_seconds

    def seconds_until(self, site_id: str, count: int, *, at_once: int) -> float:
        """Return how long it takes until there is room for ``count``, at most ``at_once``; 0: there is."""
        missing = count - self.room(site_id, at_once=at_once)
        return missing * self._each_seconds if missing > 0 else 0.0

    def spend(self, site_id: str, count: int) -> None:
        """Count what the site sends, whether or not there is room for it."""
        if not self._each_seconds:
            return
        until = max(self._clock(), self._until.pop(site_id, 0.0))
        self._until[site_id] = until + count * self._each_seconds
        if len(self._until) > SITES_KEPT:
            self._until.popitem(last=False)

    def lift(self) -> None:
        """Hold nobody back from now on."""
        self._each_seconds = 0.0


class Taken(NamedTuple):
    """How much one batch may hold: so many jobs, and jobs of so much weight together."""

    jobs: int
    weight: int


class FairQueue(Generic[T]):
    """``limit`` jobs of all sites together; ``weigh`` says how much of a batch one takes.

    ``messages`` says how many messages a job sends: of those, no site gets more than ``per_second`` into the
    batches while others send, too; 0 is no limit.
    """

    def __init__(
        self,
        *,
        limit: int,
        weigh: Callable[[T], int],
        messages: Callable[[T], int],
        per_second: int,
        clock: Callable[[], float],
    ) -> None:
        self._limit = limit
        self._weigh = weigh
        self._messages = messages
        self._pace = SitePace(per_second=per_second, clock=clock)
        self._clock = clock
        self._lines: OrderedDict[str, deque[T]] = OrderedDict()
        self._count = 0
        # Who sent when, the latest last.
        self._active: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return self._count

    def is_shared(self) -> bool:
        """Tell whether more than one site has sent lately."""
        return len(self._active) > 1

    def add(self, site_id: str, job: T) -> T | None:
        """Queue the job; return the one that there is no room for, if so: another, or itself."""
        lost: T | None = None
        if self._count >= self._limit:
            longest = max(self._lines, key=lambda each: len(self._lines[each]), default=site_id)
            if len(self._lines.get(site_id, ())) >= len(self._lines.get(longest, ())):
                return job
            lost = self._lines[longest].pop()
            self._count -= 1
        self._lines.setdefault(site_id, deque()).append(job)
        self._count += 1
        return lost

    def pause_seconds(self) -> float:
        """Return how long the next batch has to wait, because all who are queued are over their pace."""
        if not self.is_shared():
            return 0.0
        shortest = inf
        for site_id, line in self._lines.items():
            pause = self._pause_of(site_id, line)
            if not pause:
                return 0.0
            shortest = min(shortest, pause)
        return shortest if self._lines else 0.0

    def hurry(self) -> None:
        """Hold nobody back from now on: what waits is to be stored before the end."""
        self._pace.lift()

    def take(
        self, most: Taken, *, commit_seconds: float = 0.0, is_free: Callable[[T], bool] | None = None
    ) -> list[T]:
        """Return the next jobs, each site's in their order; all of them if they are few.

        Nothing, though somebody waits, only when ``pause_seconds`` is not 0, or none ``is_free``: who is not
        stays where it was. ``commit_seconds``: how long the last batch took.
        """
        self._note_active()
        is_shared = self.is_shared()
        fair = max(SITE_WEIGHT, int(commit_seconds * SITE_WEIGHT_PER_SECOND))
        taken: list[T] = []
        left = most.weight
        for site_id in list(self._lines):
            if left <= 0 or len(taken) >= most.jobs:
                break
            if is_shared and self._pause_of(site_id, self._lines[site_id]):
                continue
            weight = min(left, int(self._pace.room(site_id, at_once=fair))) if is_shared else left
            before = len(taken)
            left -= self._take_line(site_id, taken, jobs=most.jobs - before, weight=weight, is_free=is_free)
            if is_shared:
                self._pace.spend(site_id, sum(map(self._messages, taken[before:])))
        return taken

    def _pause_of(self, site_id: str, line: deque[T]) -> float:
        return self._pace.seconds_until(site_id, min(len(line), WORTH_A_COMMIT), at_once=SITE_WEIGHT)

    def _take_line(
        self,
        site_id: str,
        taken: list[T],
        *,
        jobs: int,
        weight: int,
        is_free: Callable[[T], bool] | None,
    ) -> int:
        """Move jobs of one site to ``taken``; return what they weigh. The rest stands behind the others."""
        line = self._lines[site_id]
        passed_over: list[T] = []
        spent = count = 0
        while line and count < jobs and spent < weight and len(passed_over) < jobs:
            job = line.popleft()
            if is_free is not None and not is_free(job):
                passed_over.append(job)
                continue
            taken.append(job)
            count += 1
            spent += self._weigh(job)
        line.extendleft(reversed(passed_over))
        self._count -= count
        if line:
            self._lines.move_to_end(site_id)
        else:
            del self._lines[site_id]
        return spent

    def _note_active(self) -> None:
        now = self._clock()
        for site_id in self._lines:
            self._active[site_id] = now
            self._active.move_to_end(site_id)
        while self._active and next(iter(self._active.values())) < now - SHARED_SECONDS:
            self._active.popitem(last=False)
