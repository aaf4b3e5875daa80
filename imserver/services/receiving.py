"""What devices say that they have received: gathered for a moment, for nobody waits for an answer.

# design: A device that hears ten messages in a second says so ten times, and a receipt is worth one write,
# not ten. Only the highest mark of a person in a conversation is kept. The writer gets the marks when it has
# little else to do, and one that is dropped loses nothing: the next receipt, or reading, says as much.
"""

import logging
from collections.abc import Callable

import gevent

from imserver.errors import ServiceError
from imserver.store.values import Session
from imserver.store.writer import Writer

GATHER_SECONDS = 1.0
# Beyond this many there is no time for receipts.
MARKS_KEPT = 20_000
# The writer's queue above which receipts wait for their turn, and then are dropped: messages come first.
BUSY_JOBS = 1_000
log = logging.getLogger(__name__)
Key = tuple[str, str, str]


class Receiving:
    """Nothing here blocks. ``spawn_later`` starts the look after so many seconds."""

    def __init__(self, writer: Writer, *, spawn_later: Callable[..., object] = gevent.spawn_later) -> None:
        self._writer = writer
        self._spawn_later = spawn_later
        self._marks: dict[Key, int] = {}

    def note(self, session: Session, conversation_id: str, seq: int) -> None:
        """Remember that one of the person's devices has all messages up to ``seq``."""
        key = session.site_id, conversation_id, session.user_id
        if key not in self._marks and len(self._marks) >= MARKS_KEPT:
            return
        if not self._marks:
            self._spawn_later(GATHER_SECONDS, self.hand_over)
        self._marks[key] = max(seq, self._marks.get(key, 0))

    def hand_over(self) -> None:
        """Leave what was gathered with the writer, unless it has too much to do."""
        marks, self._marks = self._marks, {}
        if self._writer.waiting_count() > BUSY_JOBS:
            log.info("no time for %d receipts", len(marks))
            return
        for (site_id, conversation_id, user_id), seq in marks.items():
            try:
                self._writer.submit_delivered(site_id, user_id, conversation_id, seq, _drop_answer)
            except ServiceError as error:
                log.debug("a receipt was dropped: %s", error.code)
                return


def _drop_answer(answer: object) -> None:
    """A wrong mark, or one of a conversation that the person has left, is nobody's concern."""
