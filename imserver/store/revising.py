"""One stored message: found for somebody, changed, and told as it is then."""

from typing import Any

import msgspec

from imserver.errors import Forbidden, MessageDeleted, NotFound
from imserver.protocol.events import MESSAGE_CHANGED
from imserver.protocol.types import Message
from imserver.store.appending import StreamEvent
from imserver.store.database import Row, Transaction, first_row
from imserver.store.message_rows import Extra, extra_column, extra_of, read_messages
from imserver.store.talks import Talk, message_events

# What a change answers: the message as the person sees it, and what is told.
Revised = tuple[Message, list[StreamEvent]]


class Stored(msgspec.Struct, frozen=True):
    """A row of messages."""

    seq: int
    sender_id: str
    client_id: bytes
    text: str
    created_at: int
    extra: Extra
    version: int

    @property
    def columns(self) -> Row:
        """The columns that messages are read by."""
        extra = extra_column(self.extra)
        return (
            self.seq,
            self.sender_id,
            self.client_id,
            self.text,
            self.created_at,
            extra,
            self.version,
        )


def find_message(tx: Transaction, talk: Talk, seq: int, *, user_id: str) -> Stored:
    """Return a message of the held conversation that the person may see; raise NotFound."""
    row = first_row(tx.rows("load_message", **talk.key, seq=seq))
    if row is None:
        raise NotFound
    stored = Stored(row[0], row[1], bytes(row[2]), row[3], row[4], extra_of(row[5]), row[6])
    if user_id in stored.extra.hidden_from:
        raise NotFound
    return stored


def find_written(tx: Transaction, talk: Talk, seq: int, *, user_id: str) -> Stored:
    """Return one that somebody wrote and that is still there: raise Forbidden for a line, MessageDeleted."""
    stored = find_message(tx, talk, seq, user_id=user_id)
    if stored.extra.line is not None:
        raise Forbidden
    if stored.extra.deleted:
        raise MessageDeleted
    return stored


def as_seen(tx: Transaction, talk: Talk, stored: Stored, *, by: str) -> Message:
    """Return the message as the person sees it."""
    return read_messages(tx, talk.site_id, by, [(talk.conversation_id, stored.columns)])[0]


def revise(tx: Transaction, talk: Talk, stored: Stored, *, by: str, **changes: Any) -> Revised:
    """Save the next version of the message; return it as ``by`` sees it, and what is told."""
    changed = msgspec.structs.replace(stored, version=stored.version + 1, **changes)
    _, _, _, text, _, extra, version = changed.columns
    tx.run("save_message", **talk.key, seq=stored.seq, body=text, extra=extra, version=version)
    events = message_events(tx, talk, changed.columns, kind=MESSAGE_CHANGED, by=by)
    return as_seen(tx, talk, changed, by=by), events
