"""System lines: messages that nobody wrote, in their place among the others."""

from os import urandom

from imserver.protocol.events import MESSAGE_CREATED
from imserver.protocol.types import Line
from imserver.store.appending import StreamEvent
from imserver.store.database import Transaction
from imserver.store.message_rows import Extra, extra_column
from imserver.store.talks import Talk, lock_talk, message_events
from imserver.store.values import ROOM


def add_line(
    tx: Transaction, site_id: str, conversation_id: str, line: Line, *, by: str, now: int
) -> list[StreamEvent]:
    """Write a line under the conversation's lock; return the events for those who take part by then.

    ``by`` stands as its sender. Whoever had read all before it has read the line too, so that nobody comes
    to see that somebody has joined; in a room that holds for ``by`` alone, for there may be thousands.
    """
    talk = lock_talk(tx, site_id, conversation_id, by)
    return add_line_to(tx, talk, line, by=by, now=now)


def add_line_to(tx: Transaction, talk: Talk, line: Line, *, by: str, now: int) -> list[StreamEvent]:
    """Write a line to a conversation that is held already, with ``last_seq`` as it is now."""
    hidden_from = tuple(user_id for user_id in talk.hiders() if user_id != by)
    extra = extra_column(Extra(line=line, hidden_from=hidden_from))
    seq, client_id = talk.last_seq + 1, urandom(16)
    row = (talk.site_id, talk.conversation_id, seq, by, client_id, "", now, extra)
    tx.run("insert_dressed_messages", rows=[row])
    tx.run("save_conversations", rows=[(talk.site_id, talk.conversation_id, seq, now, talk.kind, now)])
    if talk.kind == ROOM:
        tx.run("read_line_alone", **talk.key, user_id=by, seq=seq)
    else:
        tx.run("read_line", **talk.key, seq=seq)
    columns = (seq, by, client_id, "", now, extra, 0)
    return message_events(tx, talk, columns, kind=MESSAGE_CREATED, by=by)
