"""The stored log of each person's events, and each room's: how far it goes, and what comes after a cursor."""

from collections.abc import Iterable

from imserver.errors import NotFound
from imserver.protocol.cursor import Cursor
from imserver.protocol.events import MESSAGE_KINDS, event_bytes, message_body, room_body
from imserver.protocol.types import Message, ResetReason
from imserver.store.coalesce import KEYS_PER_QUERY, Coalescer
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.message_rows import Extra, extra_column, read_messages
from imserver.store.values import Backlog, Head, Reset, UserKey, is_room_stream

# One answer: what a phone on a bad line still gets in one piece.
EVENTS_PER_ANSWER = 200
BYTES_PER_ANSWER = 256 * 1024
# Reading the state anew is cheaper for both sides than more than ten answers of backlog.
BEHIND_LIMIT = 2_000
# The columns of a message that its site keeps no longer: the log has its place, and a client counts on that.
TRIMMED = ("", bytes(16), "", 0, extra_column(Extra(deleted=True)), 0)


class Log:
    """Reads only; the writer appends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arriving: Coalescer[tuple[str, str], Head] = Coalescer(self._load_chunk)

    def fetch_head(self, site_id: str, user_id: str) -> Head:
        """Return the newest event; calls of the same few milliseconds share a query. Raises NotFound."""
        head = self._arriving.load((site_id, user_id))
        if head is None:
            raise NotFound
        return head

    def load_heads(self, users: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
        """Return the heads of those who exist, for the sweep of parked connections."""
        keys = list(users)
        heads: dict[tuple[str, str], Head] = {}
        for start in range(0, len(keys), KEYS_PER_QUERY):
            heads.update(self._load_chunk(keys[start : start + KEYS_PER_QUERY]))
        return heads

    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset:
        """Return the events after the cursor, oldest first, or why that cannot be done.

        The cursor's own row is read too and its tag compared: a database that was restored from a backup
        may hold another event under the same number. Raises NotFound.
        """
        return self._database.read(lambda tx: _read_backlog(tx, UserKey(site_id, user_id), cursor))

    def _load_chunk(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Head]:
        rows = self._database.read(lambda tx: tx.rows("load_heads", pairs=keys))
        return {(site_id, user_id): Head(useq, tag, floor) for site_id, user_id, useq, tag, floor in rows}


def load_head(tx: Transaction, site_id: str, user_id: str) -> Head:
    """Return the newest event within a transaction; raise NotFound."""
    row = first_row(tx.rows("load_head", site_id=site_id, user_id=user_id))
    if row is None:
        raise NotFound
    return Head(*row)


def _read_backlog(tx: Transaction, user: UserKey, cursor: Cursor) -> Backlog | Reset:
    head = load_head(tx, *user)
    reason = _why_not(head, cursor)
    if reason is not None:
        return Reset(reason)
    if cursor == head.cursor:
        return Backlog([], cursor, more=False)
    # The row of the cursor, the events, and one more to know whether there are more.
    rows = tx.rows("load_backlog", **user._asdict(), from_useq=cursor.useq, limit=EVENTS_PER_ANSWER + 2)
    if not rows or rows[0][0] != max(cursor.useq, 1):
        return Reset(ResetReason.FLOOR)  # trimmed between the two statements
    if cursor.useq == 0:
        return _cut(tx, rows, cursor, user)
    return _cut(tx, rows[1:], cursor, user) if rows[0][1] == cursor.tag else Reset(ResetReason.TAG)


def _why_not(head: Head, cursor: Cursor) -> ResetReason | None:
    """Judge by the numbers alone. The newest row is never trimmed, so floor < head unless both are 0."""
    if cursor.useq > head.useq:
        return ResetReason.AHEAD
    if cursor.useq == head.useq:
        return None if cursor.tag == head.tag else ResetReason.TAG
    if cursor.useq == 0 and cursor.tag:
        return ResetReason.TAG
    if cursor.useq <= head.floor and head.floor:
        return ResetReason.FLOOR
    return ResetReason.BEHIND if head.useq - cursor.useq > BEHIND_LIMIT else None


def _cut(tx: Transaction, rows: list[Row], cursor: Cursor, user: UserKey) -> Backlog:
    messages = _messages(tx, rows[:EVENTS_PER_ANSWER], user)
    in_room = is_room_stream(user.user_id)
    events: list[bytes] = []
    size_bytes = 0
    for row in rows[:EVENTS_PER_ANSWER]:
        place = Cursor(row[0], row[1])
        event = _event(row, place, messages.get(row[0]), in_room=in_room)
        size_bytes += len(event)
        if events and size_bytes > BYTES_PER_ANSWER:
            break
        events.append(event)
        cursor = place
    return Backlog(events, cursor, more=len(events) < len(rows))


def _messages(tx: Transaction, rows: list[Row], user: UserKey) -> dict[int, Message]:
    """Return, by useq, the messages that the events refer to, as they are now."""
    referring = [row for row in rows if row[2] in MESSAGE_KINDS]
    found = [(row[3], (row[4], *(row[6:] if row[6] is not None else TRIMMED))) for row in referring]
    messages = read_messages(tx, user.site_id, user.user_id, found)
    return {row[0]: message for row, message in zip(referring, messages, strict=True)}


def _event(row: Row, cursor: Cursor, message: Message | None, *, in_room: bool) -> bytes:
    _, _, kind, conversation_id, _, payload, *_ = row
    if message is None:
        return event_bytes(kind, bytes(payload), cursor)
    body = message_body(message)
    return event_bytes(kind, room_body(conversation_id, body) if in_room else body, cursor)
