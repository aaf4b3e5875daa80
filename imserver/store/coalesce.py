"""Look-ups that arrive together become one query."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import gevent
from gevent.event import AsyncResult

K = TypeVar("K")
V = TypeVar("V")

# Short against a round trip of the network, long enough that 10,000 reconnecting polls share 20 queries.
TICK_SECONDS = 0.002
KEYS_PER_QUERY = 500


class Coalescer(Generic[K, V]):
    """Folds the calls of one tick into one call of ``load_many``; nothing is remembered afterwards."""

    def __init__(
        self, load_many: Callable[[list[K]], Mapping[K, V]], *, tick_seconds: float = TICK_SECONDS
    ) -> None:
        self._load_many = load_many
        self._tick_seconds = tick_seconds
        self._waiting: dict[K, AsyncResult[V | None]] = {}

    def load(self, key: K) -> V | None:
        """Return the value or None; raise what the query raised.

        The query begins after the call, so a value that was committed before is seen.
        """
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = AsyncResult()
            if len(self._waiting) == 1:
                gevent.spawn_later(self._tick_seconds, self._flush)
        return answer.get()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, {}
        keys = list(waiting)
        for start in range(0, len(keys), KEYS_PER_QUERY):
            chunk = keys[start : start + KEYS_PER_QUERY]
            self._answer({key: waiting[key] for key in chunk})

    def _answer(self, waiting: dict[K, "AsyncResult[V | None]"]) -> None:
        try:
            found = self._load_many(list(waiting))
        except BaseException as error:
            for answer in waiting.values():
                answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for key, answer in waiting.items():
            answer.set(found.get(key))
