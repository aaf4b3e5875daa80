"""Who may use one of a few things at a time, and who waits for it."""

from collections import deque

from gevent.event import Event


class Places:
    """So many at a time, in the order in which they came.

    gevent's semaphores are taken by whoever runs next: under load one that waited was overtaken for 2 s, and
    with it all whose look-ups had been folded into its own.
    """

    def __init__(self, count: int) -> None:
        self._free_count = count
        self._waiting: deque[Event] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for a place; return False when there was none in time."""
        if self._free_count:
            self._free_count -= 1
            return True
        mine = Event()
        self._waiting.append(mine)
        try:
            mine.wait(seconds)
        except BaseException:
            self._leave(mine)
            raise
        if not mine.is_set():
            self._waiting.remove(mine)
        return mine.is_set()

    def give_back(self) -> None:
        """Leave the place to whoever has waited longest."""
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free_count += 1

    def _leave(self, mine: Event) -> None:
        if mine.is_set():
            self.give_back()
        else:
            self._waiting.remove(mine)
