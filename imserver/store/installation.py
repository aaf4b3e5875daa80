"""Secrets of the installation itself: what it signs with, whoever the site is."""

from collections.abc import Callable
from os import urandom

from gevent.lock import BoundedSemaphore

from imserver.store.database import Database, Transaction, first_row

SECRET_BYTES = 32


class Installation:
    """Every worker and every box has the same secrets, because the database keeps them."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._known: dict[str, bytes] = {}
        self._looking = BoundedSemaphore(1)

    def secret(self, name: str) -> bytes:
        """Return 32 bytes that are this name's for ever; they are made when they are first asked for."""
        if name not in self._known:
            # Many may want it for the first time at once.
            with self._looking:
                if name not in self._known:
                    found = self._database.read(lambda tx: _find(tx, name))
                    self._known[name] = found or self._database.write(lambda tx: self._find_or_make(tx, name))
        return self._known[name]

    def _find_or_make(self, tx: Transaction, name: str) -> bytes:
        found = _find(tx, name)
        if found is not None:
            return found
        fresh = urandom(SECRET_BYTES)
        # Who loses the race tries again, and finds the other's.
        tx.run("insert_secret", name=name, secret=fresh, now=self._now_ms())
        return fresh


def _find(tx: Transaction, name: str) -> bytes | None:
    row = first_row(tx.rows("find_secret", name=name))
    return bytes(row[0]) if row is not None else None
