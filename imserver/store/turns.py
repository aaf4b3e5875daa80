"""Work that one worker does for all: whose turn it is, and until when.

A turn that is not renewed in time goes to whoever asks next. The clocks of two boxes may differ and a
worker may stand still, so two may believe for a moment that it is theirs: what is written under a turn is
written in a transaction that holds its row (``require_turn``), or says what it expects to find.
"""

from collections.abc import Callable

from imserver.errors import Unavailable
from imserver.store.database import Database, Transaction, first_row


class Turns:
    """``holder`` names a worker."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def take(self, name: str, holder: str, *, for_ms: int) -> bool:
        """Take the turn, or keep it; return whether it is ``holder``'s, for at least half of this time."""
        now = self._now_ms()
        seen = first_row(self._database.read(lambda tx: tx.rows("look_at_turn", name=name)))
        if seen is not None and seen[0] != holder and seen[1] > now:
            return False
        if seen is not None and seen[0] == holder and seen[1] - now > for_ms / 2:
            return True  # there is time to renew it

        def work(tx: Transaction) -> bool:
            row = first_row(tx.rows("find_turn", name=name))
            turn = {"name": name, "holder": holder, "until_ms": now + for_ms}
            if row is None:
                tx.run("insert_turn", **turn)
                return True
            if row[0] != holder and row[1] > now:
                return False
            tx.run("take_turn", **turn)
            return True

        return self._database.write(work)

    def give(self, name: str, holder: str) -> None:
        """Let somebody else have it at once."""

        def work(tx: Transaction) -> None:
            row = first_row(tx.rows("find_turn", name=name))
            if row is not None and row[0] == holder:
                tx.run("take_turn", name=name, holder=holder, until_ms=0)

        self._database.write(work)


def require_turn(tx: Transaction, name: str, holder: str) -> None:
    """Hold the turn's row until the end of the transaction; raise Unavailable if it is somebody else's."""
    row = first_row(tx.rows("find_turn", name=name))
    if row is None or row[0] != holder:
        raise Unavailable("Another worker does this now.")
