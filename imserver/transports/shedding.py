"""A worker that holds many more connections than the others sends some of its polls to them.

# design: The kernel gives a new connection to whichever worker asks first, and after a restart the one that
# was up first holds everybody. A heavy worker accepts nobody for the moment, and answers those of its polls
# whose wait is nearly over a little early, as the last answer of their connection: they come back at
# once, and somebody else accepts them. Nothing is lost by that, for a poll is answered in 28 s anyway.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import gevent

from imserver.shares import Shares
from imserver.transports.waiter import PollWaiter

# So many a second that 10,000 are spread in a minute, and the others hardly notice.
SHED_PER_SECOND = 200
TURN_SECONDS = 0.25
LATELY_TURNS = 6
RETRY_MS = (0, 250)


class Waiting(Protocol):
    """The polls of this worker, as a ``PollTransport`` has them."""

    def nearly_over(self, count: int) -> Iterable[PollWaiter]: ...
    def send_away(self, waiter: PollWaiter, *, retry_ms: int) -> None: ...


class Shedder:
    """``held`` counts this worker's connections; ``clock`` is the one that ``shares`` was told by."""

    def __init__(
        self, polls: Waiting, shares: Shares, *, held: Callable[[], int], clock: Callable[[], float]
    ) -> None:
        self._polls = polls
        self._shares = shares
        self._held = held
        self._clock = clock
        # What the others say is up to a second old; while everybody grows, ours of now would seem too much.
        self._held_lately: deque[int] = deque(maxlen=LATELY_TURNS)
        self.is_heavy = False
        self.shed_count = 0
        self._timer = gevent.get_hub().loop.timer(TURN_SECONDS, repeat=TURN_SECONDS)

    def start(self) -> None:
        """Look again and again from now on."""
        self._timer.start(self.turn)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def turn(self) -> None:
        """Compare what we hold with the others, and send some polls away when it is too much."""
        self._held_lately.append(self._held())
        excess = self._shares.excess(min(self._held_lately), self._clock())
        self.is_heavy = excess > 0
        count = min(excess, int(SHED_PER_SECOND * TURN_SECONDS))
        if not count:
            return
        for waiter in self._polls.nearly_over(count):
            self._polls.send_away(waiter, retry_ms=random.randint(*RETRY_MS))  # noqa: S311
            self.shed_count += 1
