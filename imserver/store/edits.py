"""What people do with messages that they have sent: other words, or none."""

from collections.abc import Sequence

import msgspec

from imserver.errors import EditTooLate, Forbidden, InvalidMention, InvalidText
from imserver.protocol.events import CONVERSATION_CHANGED, conversation_body
from imserver.protocol.types import Message
from imserver.store.appending import StreamEvent
from imserver.store.blocks import find_walls
from imserver.store.changes import Changes
from imserver.store.conduct import pass_edit
from imserver.store.database import Transaction
from imserver.store.files import drop_files
from imserver.store.message_rows import Extra
from imserver.store.revising import Revised, Stored, as_seen, find_message, find_written, revise
from imserver.store.search_index import replace_text
from imserver.store.talks import DIRECT, KEEPERS, Talk, conversation_events, lock_talk
from imserver.store.values import ROOM
from imserver.store.webhook_outbox import MESSAGE_CHANGED, note_event


class Edits:
    """Each call may be repeated: what is so already is answered, and told to nobody.

    Raises NotFound unless the person takes part and may see the message, Blocked for one who has blocked the
    other one of a direct conversation.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def edit(
        self,
        site_id: str,
        user_id: str,
        conversation_id: str,
        *,
        seq: int,
        text: str,
        mentions: Sequence[str] | None,
        window_ms: int,
    ) -> Message:
        """Give an own message another text; ``mentions`` of None stay. Returns it as it is then.

        Raises Forbidden for another's, EditTooLate, MessageDeleted, InvalidText without any text,
        InvalidMention, and what the site's rules have against it: Banned, MessageRefused, LinksNotYet.
        """
        asked = None if mentions is None else tuple(dict.fromkeys(mentions))

        def work(tx: Transaction, now: int) -> Revised:
            talk = lock_talk(tx, site_id, conversation_id, user_id, *(asked or ()))
            talk.require_writer(user_id)
            stored = find_written(tx, talk, seq, user_id=user_id)
            if stored.sender_id != user_id:
                raise Forbidden
            wanted = stored.extra.mentions if asked is None else asked
            written = pass_edit(tx, (site_id, user_id), text, now=now)
            if (written, wanted) == (stored.text, stored.extra.mentions):
                return as_seen(tx, talk, stored, by=user_id), []
            _check_edit(talk, stored, written, wanted, too_late=now - stored.created_at >= window_ms)
            _note(tx, talk, stored, now=now)
            return _edit(tx, talk, stored, written, wanted, now=now)

        return self._changes.commit(work)

    def delete(self, site_id: str, user_id: str, conversation_id: str, *, seq: int) -> Message:
        """Leave nothing of a message but its place; the sender may, and who keeps order in a group or room.

        Raises Forbidden for everybody else, and for lines.
        """

        def work(tx: Transaction, now: int) -> Revised:
            talk = lock_talk(tx, site_id, conversation_id, user_id)
            part = talk.require_writer(user_id)
            stored = find_message(tx, talk, seq, user_id=user_id)
            keeps = talk.kind != DIRECT and part.role in KEEPERS
            if stored.extra.line is not None or not (stored.sender_id == user_id or keeps):
                raise Forbidden
            if stored.extra.deleted:
                return as_seen(tx, talk, stored, by=user_id), []
            return leave_tombstone(tx, talk, stored, by=user_id, now=now)

        return self._changes.commit(work)


def leave_tombstone(tx: Transaction, talk: Talk, stored: Stored, *, by: str, now: int) -> Revised:
    """Delete what the message says and what hangs on it, within a transaction."""
    _forget(tx, talk, stored, now=now)
    _note(tx, talk, stored, now=now)
    left = Extra(deleted=True, hidden_from=stored.extra.hidden_from)
    message, events = revise(tx, talk, stored, by=by, text="", extra=left)
    if stored.extra.pinned:
        events += conversation_events(talk, by=by)
    return message, events


def _note(tx: Transaction, talk: Talk, stored: Stored, *, now: int) -> None:
    """Let webhooks hear that the message has another version."""
    note_event(
        tx,
        talk.site_id,
        MESSAGE_CHANGED,
        stream=talk.conversation_id,
        place=stored.seq,
        version=stored.version + 1,
        now=now,
    )


def _check_edit(talk: Talk, stored: Stored, text: str, mentions: Sequence[str], *, too_late: bool) -> None:
    if too_late:
        raise EditTooLate
    if not text and not stored.extra.files:
        raise InvalidText
    fresh = set(mentions) - set(stored.extra.mentions)
    if not fresh <= set(talk.parts):
        raise InvalidMention


def _edit(
    tx: Transaction, talk: Talk, stored: Stored, text: str, mentions: tuple[str, ...], *, now: int
) -> Revised:
    user_id, extra = stored.sender_id, stored.extra
    # The other one's copy must not become what somebody says whom they have blocked since.
    hidden_from = tuple(dict.fromkeys((*extra.hidden_from, *talk.hiders())))
    changed = msgspec.structs.replace(extra, mentions=mentions, edited_at=now, hidden_from=hidden_from)
    replace_text(tx, (talk.site_id, talk.conversation_id), stored.seq, old=stored.text, new=text)
    walled = find_walls(tx, talk.site_id, user_id, mentions)
    calling = [u for u in mentions if u not in (user_id, *extra.mentions, *hidden_from, *walled)]
    message, events = revise(tx, talk, stored, by=user_id, text=text, extra=changed)
    return message, events + _call(tx, talk, stored.seq, calling)


def _call(tx: Transaction, talk: Talk, seq: int, user_ids: list[str]) -> list[StreamEvent]:
    """Draw the attention of those who are mentioned only now."""
    if not user_ids:
        return []
    tx.run("raise_mentions", **talk.key, seq=seq, user_ids=user_ids)
    if talk.kind != ROOM:
        return []
    body = conversation_body(talk.conversation_id)
    return [
        ((talk.site_id, user_id), CONVERSATION_CHANGED, talk.conversation_id, 0, body, body)
        for user_id in user_ids
    ]


def _forget(tx: Transaction, talk: Talk, stored: Stored, *, now: int) -> None:
    """Delete what hangs on a message, before its text goes."""
    extra = stored.extra
    if extra.reactions:
        tx.run("delete_reactions", **talk.key, seq=stored.seq)
    if extra.pinned:
        tx.run("delete_pin", **talk.key, seq=stored.seq)
    if extra.files:
        drop_files(tx, talk.site_id, talk.conversation_id, stored.seq, now=now)
    replace_text(tx, (talk.site_id, talk.conversation_id), stored.seq, old=stored.text, new="")
