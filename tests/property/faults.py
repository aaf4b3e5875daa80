"""What goes wrong on purpose: commits, the bus between workers, and reads that are held up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from gevent.event import Event

from imserver.errors import OutcomeUnknown, Unavailable
from imserver.protocol.cursor import Cursor
from imserver.store.database import Database, Transaction
from imserver.store.log import Log
from imserver.store.values import Backlog, Head, Reset

T = TypeVar("T")
CommitFault = Literal["", "rolled back", "answer lost"]
BusFault = Literal["", "lose", "hold", "double"]


class FaultyDatabase:
    """A database whose next commit may be rolled back, or succeed with nobody told so."""

    def __init__(self, database: Database) -> None:
        self.inner = database
        self.fault: CommitFault = ""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Commit ``work`` unless the fault is in the way; it happens once."""
        fault, self.fault = self.fault, ""
        if fault == "rolled back":
            return self.inner.write(lambda tx: _undo(work(tx)))
        result = self.inner.write(work)
        if fault == "answer lost":
            raise OutcomeUnknown
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def _undo(_: object) -> Any:
    raise Unavailable("The test has rolled this back.")


class GatedLog:
    """The log as a poll sees it; a closed gate holds a look up before or after it has read the head."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.place: Literal["before", "after"] = "before"
        self.open = Event()
        self.open.set()
        self.waiting_count = 0

    def close(self, place: Literal["before", "after"]) -> None:
        """Hold up every look from now on, at ``place``."""
        self.place = place
        self.open.clear()

    def fetch_head(self, site_id: str, user_id: str) -> Head:
        """Read the head, on the gate's terms."""
        if self.place == "before":
            self._pass()
            return self._log.fetch_head(site_id, user_id)
        head = self._log.fetch_head(site_id, user_id)
        self._pass()
        return head

    @property
    def database(self) -> Database:
        """Give what the log reads from, for a mutant that reads more."""
        return self._log._database

    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset:
        """Read the events after the cursor."""
        return self._log.read_backlog(site_id, user_id, cursor)

    def _pass(self) -> None:
        self.waiting_count += 1
        try:
            self.open.wait()
        finally:
            self.waiting_count -= 1


@dataclass(slots=True)
class Network:
    """The bus between workers. ``missed`` holds the workers that lack a hint and have not swept since."""

    fault: BusFault = ""
    held: list[tuple[str, bytes]] = field(default_factory=list)
    missed: set[str] = field(default_factory=set)

    def post(self, target: str, hint: bytes, deliver: Callable[[bytes], None]) -> None:
        """Bring ``hint`` to ``target``, as the fault of the moment allows."""
        if self.fault in ("lose", "hold"):
            self.missed.add(target)
        if self.fault == "hold":
            self.held.append((target, hint))
        if self.fault in ("", "double"):
            deliver(hint)
        if self.fault == "double":
            deliver(hint)

    def take_held(self) -> list[tuple[str, bytes]]:
        """Return, once, what was held back."""
        held, self.held = self.held, []
        return held
