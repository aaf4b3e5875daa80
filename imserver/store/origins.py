"""All web origins that any site has, as requests know them that do not say their site."""

import time
from collections.abc import Callable

import msgspec
from gevent.lock import BoundedSemaphore

from imserver.store.database import Database

# As long as a site's record is kept; one look per worker and time, whoever asks from wherever.
KEPT_SECONDS = 5.0


class Origins:
    """Another worker's change is seen within five seconds, one's own at once."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._until = -1.0
        self._loading = BoundedSemaphore()

    def is_registered(self, origin: str) -> bool:
        """Tell whether some site has this origin; raise what the database raises when it has to be asked.

        While the database is away, what was known before counts.
        """
        with self._loading:
            if self._clock() >= self._until:
                # Before the look, so that a database that is away is not asked by everybody in turn, and that
                # what is forgotten meanwhile is read again.
                self._until = self._clock() + KEPT_SECONDS
                rows = self._database.read(lambda tx: tx.rows("list_origins"))
                self._known = frozenset(
                    origin for row in rows for origin in msgspec.json.decode(row[0], type=list[str])
                )
        return origin in self._known

    def forget(self) -> None:
        """Look again: a site's origins have been written."""
        self._until = -1.0
