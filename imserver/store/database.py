"""What the parts of the store ask of a database, whichever it is.

design: a transaction is a function of its ``Transaction`` that may be run again from the start. That lets
the database retry a deadlock or a lost connection without its callers knowing, and run SQLite's writes in
another thread. So such a function is pure: it changes nothing but the database, and waits for nothing else.
"""

import logging
import random
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import gevent

from imserver.errors import Unavailable

logger = logging.getLogger(__name__)
T = TypeVar("T")
Row = tuple[Any, ...]
# The name of a statement and its parameters.
Call = tuple[str, dict[str, Any]]

# A deadlock's victim and its killer meet again unless one waits; three tries end 5 % injected deadlocks.
WRITE_TRIES = 4
RETRY_SECONDS = (0.005, 0.05)


class Transaction(Protocol):
    """Runs named statements inside one transaction."""

    def rows(self, name: str, /, **parameters: Any) -> list[Row]:
        """Return all rows of the statement."""

    def run(self, name: str, /, **parameters: Any) -> int:
        """Run the statement; return how many rows it changed.

        Raises Duplicate when a unique key is in the way: then it has changed nothing, and the transaction
        goes on. Uncaught, it makes ``write`` try again.
        """

    def together(self, calls: Iterable[Call]) -> list[list[Row]]:
        """Run statements in their order; return the rows of each, none of one that has no rows to give.

        The database may work on one while the next call is made: what they say must not depend on answers.
        Raises as ``run``, after the last one; what ran beside the failing one is done.
        """

    def run_all(self, calls: Iterable[Call]) -> int:
        """Run statements as ``together`` does; return how many rows they changed in all."""

    def script(self, sql: str) -> None:
        """Run one statement as it stands; for migrations."""


class Database(Protocol):
    """The whole contract; ``read`` and ``snapshot`` never write.

    ``writes_at_once``: how many transactions can write side by side.
    """

    writes_at_once: int

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``; each of its statements sees what was committed when it began."""

    def snapshot(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``; all of its statements see the same moment."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` and commit.

        Raises OutcomeUnknown when the connection was lost during COMMIT, Unavailable when the database
        cannot be reached or stays locked, Conflict when a unique key stays in the way after retries.
        """

    def migrate(self, *, now_ms: int) -> list[str]:
        """Apply what is missing; return the names of what was applied."""

    def plan(self) -> list[str]:
        """Return the names of the migrations that ``migrate`` would apply."""

    def close(self) -> None:
        """Close every connection; later calls raise Unavailable."""


class Duplicate(Exception):
    """A row of the statement has a key that is taken. ``statement`` is its name, or several."""

    def __init__(self, statement: str) -> None:
        super().__init__(statement)
        self.statement = statement


class TryAgain(Exception):
    """The transaction left nothing behind and may be run again; ``answer`` is raised when tries run out."""

    def __init__(self, answer: Exception) -> None:
        super().__init__(str(answer))
        self.answer = answer


def with_retries(attempt: Callable[[], T], *, tries: int = WRITE_TRIES) -> T:
    """Call ``attempt`` until it does not raise TryAgain, with jitter between the calls."""
    for left in range(tries - 1, -1, -1):
        try:
            return attempt()
        except TryAgain as signal:
            if not left:
                _log_duplicate(signal.__cause__)
                raise signal.answer from signal
        gevent.sleep(random.uniform(*RETRY_SECONDS))  # noqa: S311 - jitter needs no secrecy
    raise Unavailable


def _log_duplicate(cause: BaseException | None) -> None:
    """Say whose row was there already: a conflict that no other try can end is a fault of ours."""
    if isinstance(cause, Duplicate):
        logger.warning("a row stays in the way of %s", cause.statement)


def first_row(rows: list[Row]) -> Row | None:
    """Return the only row of a look-up by key, or None."""
    return rows[0] if rows else None
