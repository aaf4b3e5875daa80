"""Writes that somebody has to hear of, one transaction each; plain sends and read marks are the writer's."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from imserver.store.appending import StreamEvent, append_events
from imserver.store.database import Database, Transaction
from imserver.store.values import Delivery

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Changes:
    """``on_commit`` is told every committed event; it must not block."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self.on_commit: Callable[[list[Delivery]], None] = lambda deliveries: None
        self._database = database
        self._now_ms = now_ms

    def commit(
        self,
        work: Callable[[Transaction, int], tuple[T, Sequence[StreamEvent]]],
        *,
        forget: Callable[[T], object] = lambda answer: None,
    ) -> T:
        """Run ``work(tx, now)``, append the events that it returns, commit, tell; return its answer.

        ``forget`` is given the answer after the commit and before anybody hears of it: who is told and reads
        again must not read what a cache still has.

        ``work`` may be run again from the start, so it changes nothing but the transaction. It locks in the
        order of all writes: conversations, then participants and its own tables; the streams come after it.
        Raises what ``work`` raises, and then nothing is written.
        """
        now = self._now_ms()

        def write(tx: Transaction) -> tuple[T, list[Delivery]]:
            answer, events = work(tx, now)
            return answer, append_events(tx, events, now=now)

        answer, deliveries = self._database.write(write)
        forget(answer)
        self._tell(deliveries)
        return answer

    def _tell(self, deliveries: list[Delivery]) -> None:
        if not deliveries:
            return
        try:
            self.on_commit(deliveries)
        except Exception:
            # The sweep delivers what was not told; whoever asked must be answered all the same.
            logger.exception("telling of a change failed")
