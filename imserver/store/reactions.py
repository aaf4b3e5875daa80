"""Emoji that people put to messages."""

import msgspec

from imserver.errors import TooMany
from imserver.protocol.types import REACTION_NAMES, Message, Reaction
from imserver.store.changes import Changes
from imserver.store.database import Duplicate, Transaction
from imserver.store.message_rows import Extra
from imserver.store.revising import Revised, Stored, as_seen, find_written, revise
from imserver.store.talks import Talk, lock_talk

# More different ones under one message are no longer read but a game.
REACTIONS_PER_MESSAGE = 20


class Reactions:
    """Who reacted is in rows of its own; what a message shows of it is stored with the message."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def react(
        self, site_id: str, user_id: str, conversation_id: str, *, seq: int, emoji: str, on: bool
    ) -> Message:
        """Put the person's emoji to a message, or take it away; what is so already is told to nobody.

        ``emoji`` is in its canonical spelling. Raises NotFound, Blocked, Forbidden for a line,
        MessageDeleted, and TooMany for yet another different one.
        """

        def work(tx: Transaction, now: int) -> Revised:
            talk = lock_talk(tx, site_id, conversation_id, user_id)
            talk.require_writer(user_id)
            stored = find_written(tx, talk, seq, user_id=user_id)
            known = {reaction.emoji for reaction in stored.extra.reactions}
            if on and emoji not in known and len(known) >= REACTIONS_PER_MESSAGE:
                raise TooMany(f"A message has at most {REACTIONS_PER_MESSAGE} different reactions.")
            if not _write(tx, talk, seq, user_id, emoji, now if on else None):
                return as_seen(tx, talk, stored, by=user_id), []
            extra = counted(tx, talk, stored, emoji)
            return revise(tx, talk, stored, by=user_id, extra=_veiled(talk, extra, user_id))

        return self._changes.commit(work)


def _write(tx: Transaction, talk: Talk, seq: int, user_id: str, emoji: str, now: int | None) -> bool:
    """Insert the row with its time, or delete it without one; return whether it was otherwise before."""
    if now is None:
        return tx.run("delete_reaction", **talk.key, seq=seq, user_id=user_id, emoji=emoji) > 0
    row = (talk.site_id, talk.conversation_id, seq, emoji, user_id, now)
    try:
        tx.run("insert_reaction", rows=[row])
    except Duplicate:
        return False
    return True


def counted(tx: Transaction, talk: Talk, stored: Stored, emoji: str) -> Extra:
    """Count one emoji anew; those that the message had keep their places, a new one is the last."""
    key = {**talk.key, "seq": stored.seq, "emoji": emoji}
    total = int(tx.rows("count_reactions", **key)[0][0])
    names = tuple(row[0] for row in tx.rows("first_reactions", **key, limit=REACTION_NAMES))
    # A dict keeps the places of those that are there.
    shown = {reaction.emoji: reaction for reaction in stored.extra.reactions}
    shown[emoji] = Reaction(emoji=emoji, count=total, user_ids=names)
    left = [reaction for reaction in shown.values() if reaction.count]
    return msgspec.structs.replace(stored.extra, reactions=tuple(left))


def _veiled(talk: Talk, extra: Extra, user_id: str) -> Extra:
    """Keep the reactions of one who is blocked to themselves, for as long as they have any here."""
    names = {name for reaction in extra.reactions for name in reaction.user_ids}
    veiled = {name for name in extra.veiled if name in names}
    if talk.hiders() and user_id in names:
        veiled.add(user_id)
    return msgspec.structs.replace(extra, veiled=tuple(sorted(veiled)))
