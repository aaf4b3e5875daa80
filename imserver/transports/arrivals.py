"""Where polls arrive: those of a few milliseconds together, in one greenlet, however many they are.

# design: 10,000 clients that come back in one second must not become 10,000 greenlets and 20,000 queries.
# What arrives is gathered for five milliseconds and handed on by the hundred; all waiters are registered
# before one query reads all heads. Only who has missed something takes a greenlet of a small crew.
# Those who are in the middle of something, such as a send, go before all who come back and look around.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import gevent

from imserver.errors import InternalError, NotFound, ServiceError
from imserver.logs import about
from imserver.presence import UserKey
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Poll
from imserver.store.values import Head, Session
from imserver.transports.poll import PollTransport
from imserver.transports.takeover import Home
from imserver.transports.waiter import PollWaiter

log = logging.getLogger(__name__)
T = TypeVar("T")

# Short against a round trip of the network, long enough that a storm shares its queries. Two milliseconds
# cost a tenth more CPU at 500 messages/s, where a batch is two or three.
GATHER_SECONDS = 0.005
# Five hundred were handled in 50 ms in which the loop stood still, longer beside three other workers.
TOGETHER = 100
# At 2,000 arrivals a second these take a few seconds; who comes behind them is told to come back.
WAITING_LIMIT = 5_000
# Two keep a worker busy; six in each of four let commits wait for seconds behind pages of the log.
CREW = 2
# Large pages of the log hold up everybody who talks, the more so where workers outnumber cores: whoever has
# read one, behind which the loop was late, rests for some times as long. Storms consist of small ones.
LARGE_BYTES = 65_536
LATE_SECONDS, REST_RATIO, REST_SECONDS = 0.02, 5.0, 0.5


class Gatherer(Generic[T]):
    """Hands what was added within a few milliseconds to ``handle``, in a greenlet of its own.

    One batch is handled at a time, so a slow database makes batches larger and not more.
    """

    def __init__(self, handle: Callable[[list[T]], object], *, limit: int = WAITING_LIMIT) -> None:
        self._handle = handle
        self._limit = limit
        self._urgent: list[T] = []
        self._waiting: list[T] = []
        self._is_running = False

    def __len__(self) -> int:
        return len(self._urgent) + len(self._waiting)

    def add(self, item: T, *, is_urgent: bool = False) -> bool:
        """Take ``item`` in, unless too many of its kind wait already. Never blocks.

        Those that are urgent are handed on before the others, however many of these wait.
        """
        line = self._urgent if is_urgent else self._waiting
        if len(line) >= self._limit:
            return False
        line.append(item)
        if not self._is_running:
            self._is_running = True
            gevent.spawn_later(GATHER_SECONDS, self._run)
        return True

    def _run(self) -> None:
        try:
            while len(self):
                self._handle_or_log(self._next())
                gevent.sleep(GATHER_SECONDS if len(self) < TOGETHER else 0)
        finally:
            self._is_running = False

    def _next(self) -> list[T]:
        urgent, self._urgent = self._urgent[:TOGETHER], self._urgent[TOGETHER:]
        left = TOGETHER - len(urgent)
        others, self._waiting = self._waiting[:left], self._waiting[left:]
        return urgent + others

    def _handle_or_log(self, batch: list[T]) -> None:
        # Those who wait behind a batch that failed must not wait for ever.
        try:
            self._handle(batch)
        except Exception:
            log.exception("a batch of arrivals failed")


class Crew:
    """Does jobs that block, a few at a time, in the order of their coming."""

    def __init__(
        self,
        work: Callable[..., object],
        *,
        size: int = CREW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._work = work
        self._size = size
        self._clock = clock
        self._busy = 0
        self._jobs: deque[tuple[Any, ...]] = deque()

    def __len__(self) -> int:
        return len(self._jobs) + self._busy

    def add(self, *job: Any) -> None:
        """Let ``work(*job)`` be called soon. Never blocks."""
        self._jobs.append(job)
        if self._busy < self._size:
            self._busy += 1
            gevent.spawn(self._run)

    def rest_after(self, page_bytes: int) -> None:
        """Let others go on before this one's next page, if it was large and they are late. Blocks."""
        if page_bytes < LARGE_BYTES:
            return
        began = self._clock()
        gevent.sleep(0)
        late = self._clock() - began
        if late > LATE_SECONDS:
            gevent.sleep(min(REST_RATIO * late, REST_SECONDS))

    def _run(self) -> None:
        try:
            while self._jobs:
                self._work(*self._jobs.popleft())
        finally:
            self._busy -= 1


class Arrival(NamedTuple):
    """A poll whose session is known and whose socket is ours; ``request_id`` is what a proxy calls it."""

    session: Session
    request: Poll
    fd: int
    home: Home | None
    origin: str | None
    request_id: str = ""


class ArrivalsDesk:
    """Registers polls, looks for all of them at once, then parks or answers each."""

    def __init__(
        self,
        polls: PollTransport,
        load_heads: Callable[[Iterable[tuple[str, str]]], Mapping[UserKey, Head]],
        *,
        refuse: Callable[[Arrival, ServiceError], object],
    ) -> None:
        self._polls = polls
        self._load_heads = load_heads
        self._refuse = refuse
        self._lookers = Crew(self._look)

    def __len__(self) -> int:
        return len(self._lookers)

    def receive_at_once(self, arrival: Arrival) -> bool:
        """Park a poll that comes back to where it left; False for one that must look. Never blocks.

        Raises InvalidCursor.
        """
        if not self._polls.has_missed_nothing(arrival.session, arrival.request):
            return False
        waiter = self._enter(arrival)
        if waiter is not None and not self._polls.settle(waiter, arrival.request, head=waiter.cursor):
            self._lookers.add(waiter, arrival.request)
        return True

    def receive(self, arrivals: Iterable[Arrival]) -> None:
        """Register all, then look. Blocks for one query; each poll is answered or parked soon after.

        Those who come back to where they left are parked first, and cost the query nothing.
        """
        behind = [arrival for arrival in arrivals if not self._is_done_at_once(arrival)]
        waiting = [(waiter, arrival) for arrival in behind if (waiter := self._enter(arrival)) is not None]
        if not waiting:
            return
        heads = self._heads_or_error([waiter.mailbox.user for waiter, _ in waiting])
        if isinstance(heads, ServiceError):
            for waiter, _ in waiting:
                self._polls.fail(waiter, heads)
            return
        for waiter, arrival in waiting:
            self._settle(waiter, arrival.request, heads.get(waiter.mailbox.user))

    def _is_done_at_once(self, arrival: Arrival) -> bool:
        try:
            return self.receive_at_once(arrival)
        except ServiceError as error:
            self._refuse(arrival, error)
            return True

    def _heads_or_error(self, users: list[UserKey]) -> Mapping[UserKey, Head] | ServiceError:
        try:
            return self._load_heads(users)
        except ServiceError as error:
            return error
        except Exception:
            log.exception("the heads of arrivals could not be read")
            return InternalError()

    def _enter(self, arrival: Arrival) -> PollWaiter | None:
        session, request, fd, home, origin, request_id = arrival
        try:
            waiter = self._polls.arrive(session, request, fd=fd, home=home, origin=origin)
        except ServiceError as error:
            self._refuse(arrival, error)
            return None
        waiter.request_id = request_id
        return waiter

    def _settle(self, waiter: PollWaiter, request: Poll, head: Head | None) -> None:
        if head is None:
            self._polls.fail(waiter, NotFound())
        elif not self._polls.settle(waiter, request, head=Cursor(head.useq, head.tag)):
            self._lookers.add(waiter, request)

    def _look(self, waiter: PollWaiter, request: Poll) -> None:
        try:
            self._lookers.rest_after(self._polls.look(waiter, request))
        except Exception:
            log.exception("a poll could not be looked after", extra=about(waiter.request_id))
            self._polls.fail(waiter, InternalError())
