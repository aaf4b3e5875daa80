"""Messages that a conversation keeps in sight."""

import msgspec

from imserver.errors import Forbidden, NotFound, TooMany
from imserver.protocol.types import Line, LineKind, Message, MessagePage
from imserver.store.changes import Changes
from imserver.store.database import Database, Transaction
from imserver.store.lines import add_line_to
from imserver.store.members import may_read
from imserver.store.message_rows import read_messages
from imserver.store.revising import Revised, as_seen, find_message, find_written, revise
from imserver.store.talks import conversation_events, lock_talk

PINS_PER_CONVERSATION = 50


class Pins:
    """Both of a direct conversation pin; of a group or room those who keep its order.

    How many are pinned is said of the conversation, so whoever hears of it is let read that again.
    """

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def page(self, site_id: str, user_id: str, conversation_id: str) -> MessagePage:
        """Return all of them, the last pinned first. Raises NotFound unless the person may read there."""
        key = {"site_id": site_id, "conversation_id": conversation_id}

        def load(tx: Transaction) -> MessagePage:
            if not may_read(tx, site_id, user_id, conversation_id):
                raise NotFound
            rows = [(conversation_id, row) for row in tx.rows("list_pins", **key)]
            found = read_messages(tx, site_id, user_id, rows)
            return MessagePage(data=[message for message in found if not message.hidden], has_more=False)

        return self._database.read(load)

    def pin(self, site_id: str, user_id: str, conversation_id: str, *, seq: int) -> Message:
        """Pin a message and say so in a line; one that is pinned stays so, and is told to nobody.

        Raises NotFound, Blocked, Forbidden for those who may not and for lines, MessageDeleted, TooMany.
        """

        def work(tx: Transaction, now: int) -> Revised:
            talk = lock_talk(tx, site_id, conversation_id, user_id)
            talk.require_writer(user_id)
            stored = find_written(tx, talk, seq, user_id=user_id)
            if not talk.is_kept_by(user_id):
                raise Forbidden
            if stored.extra.pinned:
                return as_seen(tx, talk, stored, by=user_id), []
            if int(tx.rows("count_pins", **talk.key)[0][0]) >= PINS_PER_CONVERSATION:
                raise TooMany(f"A conversation has at most {PINS_PER_CONVERSATION} pinned messages.")
            tx.run("insert_pin", **talk.key, seq=seq, user_id=user_id, now=now)
            extra = msgspec.structs.replace(stored.extra, pinned=True)
            message, events = revise(tx, talk, stored, by=user_id, extra=extra)
            line = Line(what=LineKind.PINNED, seq=seq, by=user_id)
            events += add_line_to(tx, talk, line, by=user_id, now=now)
            return message, events + conversation_events(talk, by=user_id)

        return self._changes.commit(work)

    def unpin(self, site_id: str, user_id: str, conversation_id: str, *, seq: int) -> Message:
        """Pin a message no longer; as ``pin``, without a line."""

        def work(tx: Transaction, now: int) -> Revised:
            talk = lock_talk(tx, site_id, conversation_id, user_id)
            talk.require_writer(user_id)
            stored = find_message(tx, talk, seq, user_id=user_id)
            if not talk.is_kept_by(user_id):
                raise Forbidden
            if not stored.extra.pinned:
                return as_seen(tx, talk, stored, by=user_id), []
            tx.run("delete_pin", **talk.key, seq=seq)
            extra = msgspec.structs.replace(stored.extra, pinned=False)
            message, events = revise(tx, talk, stored, by=user_id, extra=extra)
            return message, events + conversation_events(talk, by=user_id)

        return self._changes.commit(work)
