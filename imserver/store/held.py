"""Messages that wait for a moderator: who wrote to whom is listed, what they say is read on the record."""

from collections.abc import Callable
from dataclasses import dataclass

from imserver.errors import Conflict, NotFound
from imserver.protocol.events import MESSAGE_REFUSED, refused_body
from imserver.store.appending import StreamEvent
from imserver.store.audit import append
from imserver.store.changes import Changes
from imserver.store.conduct import APPROVED, REFUSED, WAITING, read_dressing, read_files
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.jobs import NewText

DECIDED_KEPT_MS = 30 * 86_400_000
DELETED_PER_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A held message without its words. ``reason``: ``words`` or ``first``."""

    held_id: str
    sender_id: str
    conversation_id: str
    kind: str
    reason: str
    state: str
    created_at: int
    name: str


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """One with its words, as its sender wrote them."""

    held_id: str
    sender_id: str
    conversation_id: str
    reason: str
    created_at: int
    message: NewText


class HeldMessages:
    """The writer puts them in; here they are looked at and decided."""

    def __init__(self, database: Database, changes: Changes, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._changes = changes
        self._now_ms = now_ms

    def page(self, site_id: str, *, after: tuple[int, str] = (0, ""), limit: int = 50) -> list[HeldLine]:
        """Return those that wait, the oldest first, after a place in that order."""
        place = {"created_at": after[0], "held_id": after[1]}
        rows = self._database.read(
            lambda tx: tx.rows("page_held", site_id=site_id, state=WAITING, **place, limit=limit)
        )
        return [HeldLine(*row) for row in rows]

    def count(self, site_id: str) -> int:
        """Return how many wait."""
        rows = self._database.read(lambda tx: tx.rows("count_held", site_id=site_id, state=WAITING))
        return int(rows[0][0])

    def look(self, site_id: str, held_id: str, *, actor: str) -> HeldMessage:
        """Record that ``actor`` looks, and then return what it says. Raises NotFound, Conflict."""
        now = self._now_ms()

        def write(tx: Transaction) -> HeldMessage:
            held = _require_waiting(tx, site_id, held_id)
            detail = {"conversation": held.conversation_id, "reason": held.reason, "held": held_id}
            about = held.sender_id
            append(tx, site_id=site_id, actor=actor, act="held.viewed", about=about, detail=detail, now=now)
            return held

        return self._database.write(write)

    def require(self, site_id: str, held_id: str) -> HeldMessage:
        """Return one for the program itself to send on. Raises NotFound, Conflict if it was decided."""
        return self._database.read(lambda tx: _require_waiting(tx, site_id, held_id))

    def approve(self, site_id: str, held_id: str, *, actor: str) -> None:
        """Record that it was let pass, once it is stored among the messages. Raises NotFound, Conflict."""
        self._changes.commit(lambda tx, now: (None, _decide(tx, site_id, held_id, APPROVED, actor, now)))

    def refuse(self, site_id: str, held_id: str, *, actor: str) -> None:
        """Keep it from everybody for good, and tell its sender. Raises NotFound, Conflict."""
        self._changes.commit(lambda tx, now: (None, _decide(tx, site_id, held_id, REFUSED, actor, now)))

    def delete_decided(self) -> int:
        """Delete a bounded number of those that were decided long ago; return how many that were."""
        before = self._now_ms() - DECIDED_KEPT_MS

        def delete(tx: Transaction) -> int:
            found = tx.rows("find_decided_held", before=before, limit=DELETED_PER_TRANSACTION)
            return tx.run("delete_held", pairs=found) if found else 0

        return self._database.write(delete)


def _decide(
    tx: Transaction, site_id: str, held_id: str, state: str, actor: str, now: int
) -> list[StreamEvent]:
    held = _require_waiting(tx, site_id, held_id)
    tx.run("decide_held", site_id=site_id, held_id=held_id, state=state)
    for file_id in sorted(read_files(held.message.dressing)) if state == REFUSED else ():
        tx.run("drop_kept_file", site_id=site_id, file_id=file_id, now=now)
    detail = {"conversation": held.conversation_id, "reason": held.reason, "held": held_id}
    about = held.sender_id
    append(tx, site_id=site_id, actor=actor, act=f"held.{state}", about=about, detail=detail, now=now)
    if state != REFUSED:
        return []
    body = refused_body(conversation_id=held.conversation_id, client_id=held.message.client_id.hex())
    return [((site_id, held.sender_id), MESSAGE_REFUSED, held.conversation_id, 0, body, body)]


def _require_waiting(tx: Transaction, site_id: str, held_id: str) -> HeldMessage:
    row = first_row(tx.rows("load_held", site_id=site_id, held_id=held_id))
    if row is None:
        raise NotFound
    if row[7] != WAITING:
        raise Conflict("Somebody has decided this already.")
    return _held(row)


def _held(row: Row) -> HeldMessage:
    held_id, sender_id, client_id, conversation_id, body, dressing, reason, _, created_at = row
    message = NewText(bytes(client_id), body, read_dressing(dressing))
    return HeldMessage(held_id, sender_id, conversation_id, reason, created_at, message)
