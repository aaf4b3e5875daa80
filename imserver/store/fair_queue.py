"""What waits for the writer: one line per site, served in turn, so that a flood of one delays no other.

# design: Each site has its own line; a batch takes from them in turn, so whoever is alone in a line is in the
# next batch, however long the others' are. While more than one site sends, none gets more than a few dozen
# places of a batch: a batch that is full of a flood would make the others wait for its whole commit. On a
# machine that is so busy that a commit takes long whatever is in it, there are more places, or the lines of
# sites that flood nobody would grow without an end. When there is no room left, the longest line gives its
# last place up; in a queue full of one site's jobs that is the one who floods.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

# Sites that sent within this time share the batches. Shorter, and one who sends every few seconds would meet
# batches that were filled as if the flood were alone.
SHARED_SECONDS = 30.0
# Of one site in one commit while others send, too: 16 messages take 3 ms, and a stranger waits for two such
# commits at the most. One site alone still stores 5,000 a second that way.
SITE_WEIGHT = 16
# And for each second that the last commit took: a quarter of what would have filled it at 0.2 ms a message.
# With 16, two sites that sent 350 a second each in all waited for 9 s when a commit took 0.15 s.
SITE_WEIGHT_PER_SECOND = 1_250
BURST_SECONDS = 1.0
# Whoever has been quiet for longer than a second owes nothing and need not be kept.
SITES_KEPT = 10_000


class SitePace:
    """How much one site may send while others send, too: ``per_second`` and a second's worth at once; 0: all.

    A time for each site says until when what it sent would have taken at that rate.
    """

    def __init__(self, *, per_second: int, clock: Callable[[], float]) -> None:
        self._each_seconds = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def take(self, site_id: str, count: int) -> float:
        """Spend ``count``; return 0, or how many seconds are missing, and spend nothing."""
        if not self._each_seconds:
            return 0.0
        now = self._clock()
        start = max(now, self._until.pop(site_id, 0.0))
        until = start + count * self._each_seconds
        late = until - now - BURST_SECONDS
        # More than a second holds at once passes when nothing is owed, or it could never be sent.
        is_late = late > 0 and start > now
        self._until[site_id] = start if is_late else until
        if len(self._until) > SITES_KEPT:
            self._until.popitem(last=False)
        return late if is_late else 0.0


class Taken(NamedTuple):
    """How much one batch may hold: so many jobs, and jobs of so much weight together."""

    jobs: int
    weight: int


class FairQueue(Generic[T]):
    """``limit`` jobs of all sites together; ``weigh`` says how much of a batch one takes."""

    def __init__(self, *, limit: int, weigh: Callable[[T], int], clock: Callable[[], float]) -> None:
        self._limit = limit
        self._weigh = weigh
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

    def take(self, most: Taken, *, commit_seconds: float = 0.0) -> list[T]:
        """Return the next jobs, each site's in their order; all of them if they are few.

        ``commit_seconds``: how long the last batch took.
        """
        self._note_active()
        fair = max(SITE_WEIGHT, int(commit_seconds * SITE_WEIGHT_PER_SECOND))
        each = fair if self.is_shared() else most.weight
        taken: list[T] = []
        left = most.weight
        for site_id in list(self._lines):
            if left <= 0 or len(taken) >= most.jobs:
                break
            left -= self._take_line(site_id, taken, jobs=most.jobs - len(taken), weight=min(each, left))
        return taken

    def _take_line(self, site_id: str, taken: list[T], *, jobs: int, weight: int) -> int:
        """Move jobs of one site to ``taken``; return what they weigh. The rest stands behind the others."""
        line = self._lines[site_id]
        spent = count = 0
        while line and count < jobs and spent < weight:
            job = line.popleft()
            taken.append(job)
            count += 1
            spent += self._weigh(job)
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
