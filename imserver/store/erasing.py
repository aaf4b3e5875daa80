"""A member goes for good: their rows, and every place in others' rows that says who they were.

design: what others need to keep is left in its place, under the id of a former member, who is the same for
the whole site, so that two who have gone cannot be told apart. Each step is a transaction of its own that
takes what it finds, so erasing may be cut off anywhere and begun again; the row in ``users`` goes last. A
conversation of two gets another id, because its old one follows from who the two were. Whoever has any of it
on the screen is made to read the state again.
"""

from collections.abc import Callable, Iterable
from os import urandom
from typing import Any

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import File, Line
from imserver.store.bulk_messages import reset_readers
from imserver.store.database import Database, Transaction, first_row
from imserver.store.files import PICTURE
from imserver.store.ids import DIRECT_PREFIX, new_id
from imserver.store.kept_sessions import KeptSessions
from imserver.store.message_rows import Extra, extra_column, extra_of
from imserver.store.people import FORMER_ID, load_people, save_people
from imserver.store.reactions import counted
from imserver.store.revising import Stored
from imserver.store.search_index import replace_text
from imserver.store.sites import load_rules
from imserver.store.talks import DIRECT, lock_talk
from imserver.store.values import ROOM, Person, UserKey, room_stream

FORMER_NAME = "Former member"
# Messages, reactions, files in one transaction: some 100 ms.
BITE = 100
CONVERSATIONS_PER_PAGE = 500
STREAMS_PER_QUERY = 500
# Rows of a table: below a second, of the ten that an answer may take.
ROWS_PER_BITE = 10_000
# A message, by conversation and seq.
Place = tuple[str, int]
# Everything that is only theirs; the order does not matter.
_OWN = (
    "delete_own_usage",
    "delete_own_roster",
    "delete_from_rosters",
    "delete_own_walls",
    "delete_walls_around",
    "delete_own_invitations",
    "delete_invitations_by",
    "delete_own_bans",
    "delete_own_room_sends",
    "delete_own_newcomer",
    "delete_own_held",
    "delete_own_warnings",
    "delete_own_preferences",
    "delete_own_mail",
    "delete_own_inbox",
    "delete_own_stream",
    "delete_own_leases",
    "delete_own_words",
    "delete_own_groups",
    "delete_own_presence",
    "delete_own_bot",
    "delete_own_friend_pull",
    "delete_own_webhook_events",
    "delete_own_outbox",
)
_DISOWNED = ("disown_pins", "disown_bans", "disown_reports", "disown_reported")
# A conversation's rows but its own, by the statements that give them another conversation_id.
_MOVED = (
    "move_participants",
    "move_messages",
    "move_reactions",
    "move_pins",
    "move_files",
    "move_search_terms",
    "move_search_marks",
    "move_reports",
    "move_held",
)
_EMPTIED = (
    "delete_participants",
    "delete_messages",
    "delete_all_reactions",
    "delete_pins",
    "delete_search_terms",
    "delete_search_mark",
    "delete_watch_of",
    "delete_held_in",
    "delete_conversation",
)


class Erasing:
    """The steps; ``services.erasure`` knows their order and what comes between."""

    def __init__(self, database: Database, *, kept: KeptSessions, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._kept = kept
        self._now_ms = now_ms

    def end_sessions(self, user: UserKey) -> list[bytes]:
        """Delete all proofs of sign-in; return the ids of the sessions, which have to be told."""

        def end(tx: Transaction) -> list[bytes]:
            ids = [bytes(row[0]) for row in tx.rows("list_own_sessions", **user._asdict())]
            for start in range(0, len(ids), BITE):
                tx.run("delete_tickets_of", site_id=user.site_id, session_ids=ids[start : start + BITE])
            tx.run("delete_own_sessions", **user._asdict())
            return ids

        ended = self._database.write(end)
        self._kept.end(user.site_id, ended)
        return ended

    def require_member(self, user: UserKey) -> None:
        """Raise NotFound for somebody of whom nothing is known."""

        def look(tx: Transaction) -> bool:
            known = load_people(tx, user.site_id, [user.user_id])
            return bool(known or tx.rows("find_roster_of", **user._asdict()))

        if user.user_id == FORMER_ID or not self._database.read(look):
            raise NotFound

    def save_former(self, site_id: str) -> None:
        """Let there be a former member, for whom everything stands that is left."""
        former, now = Person(site_id, FORMER_ID, FORMER_NAME), self._now_ms()
        self._database.write(lambda tx: save_people(tx, [former], now=now))

    def list_conversations(self, user: UserKey) -> list[tuple[str, str]]:
        """Return (conversation_id, kind) of all that the person takes part in."""
        rows = self._database.read(lambda tx: tx.rows("list_own_conversations", **user._asdict()))
        return [(row[0], row[1]) for row in rows]

    def leave_direct(self, user: UserKey, conversation_id: str) -> str:
        """Let a former member stand in a conversation of two; return its new id.

        Where both have gone, nothing is left of it.
        """
        new, now = new_id(DIRECT_PREFIX), self._now_ms()
        key = {"site_id": user.site_id, "conversation_id": conversation_id}

        def leave(tx: Transaction) -> None:
            talk = lock_talk(tx, user.site_id, conversation_id)
            others = [other for other in talk.parts if other not in (user.user_id, FORMER_ID)]
            if not others:
                tx.run("drop_all_files", **key, now=now)
                _run_all(tx, _EMPTIED, key)
                return
            tx.run("rename_participant", **key, user_id=user.user_id, former_id=FORMER_ID)
            tx.run("delete_watch_of", **key)
            _run_all(tx, _MOVED, {**key, "new_id": new})
            tx.run("rename_conversation", **key, new_id=new)
            reset_readers(tx, {UserKey(user.site_id, other): new for other in others}, now=now)

        self._database.write(leave)
        return new

    def disown_messages(self, user: UserKey) -> list[str]:
        """See to some of what the person wrote; return the conversations, none when nothing is left."""
        now = self._now_ms()

        def disown(tx: Transaction) -> list[str]:
            keeps_texts = load_rules(tx, user.site_id).erased_texts == "keep"
            found = sorted(tx.rows("page_written", **user._asdict(), limit=BITE))
            for conversation_id in sorted({row[0] for row in found}):
                lock_talk(tx, user.site_id, conversation_id)
                key = {"site_id": user.site_id, "conversation_id": conversation_id}
                for row in found:
                    if row[0] == conversation_id:
                        _disown(tx, key, row[1], user.user_id, keeps_text=keeps_texts, now=now)
                tx.run("delete_empty_terms", **key)
            return sorted({row[0] for row in found})

        return self._database.write(disown)

    def take_back_reactions(self, user: UserKey) -> list[str]:
        """Take back some of the person's reactions; return the conversations."""

        def take(tx: Transaction) -> list[str]:
            found = tx.rows("page_reacted", **user._asdict(), limit=BITE)
            for conversation_id, seq, emoji in found:
                talk = lock_talk(tx, user.site_id, conversation_id)
                tx.run("delete_reaction", **talk.key, seq=seq, emoji=emoji, user_id=user.user_id)
                stored = _load(tx, talk.key, seq)
                if stored is not None:
                    extra = counted(tx, talk, stored, emoji)
                    _save(tx, talk.key, stored, text=stored.text, extra=extra)
            return sorted({row[0] for row in found})

        return self._database.write(take)

    def page_conversations(self, site_id: str, *, after: str) -> list[str]:
        """Return the ids of some of the site's conversations, in order."""
        page = {"conversation_id": after, "limit": CONVERSATIONS_PER_PAGE}
        rows = self._database.read(lambda tx: tx.rows("page_conversation_ids", site_id=site_id, **page))
        return [row[0] for row in rows]

    def unname(self, user: UserKey, conversation_ids: list[str], *, after: Place) -> list[Place]:
        """Take the person out of what some messages of others say beside their text; return which.

        Looks behind ``after``; there may be more behind the last one.
        """
        needle = msgspec.json.encode(user.user_id)
        where = {"conversation_ids": conversation_ids, "conversation_id": after[0], "seq": after[1]}

        def unname(tx: Transaction) -> list[Place]:
            found = tx.rows("find_named_in", site_id=user.site_id, needle=needle, limit=BITE, **where)
            for conversation_id, seq in found:
                talk = lock_talk(tx, user.site_id, conversation_id)
                stored = _load(tx, talk.key, seq)
                if stored is not None:
                    _save(tx, talk.key, stored, text=stored.text, extra=_without(stored.extra, user.user_id))
            return [(row[0], row[1]) for row in found]

        return self._database.write(unname)

    def reset_told(self, user: UserKey) -> int:
        """Let everybody read the state again whose stream names the person; return how many that were."""
        needle = msgspec.json.encode(user.user_id)

        def reset(tx: Transaction) -> int:
            site = {"site_id": user.site_id}
            rows = tx.rows("find_told_of", **site, needle=needle, limit=STREAMS_PER_QUERY)
            streams = [row[0] for row in rows if row[0] != user.user_id]
            return _reset(tx, user.site_id, dict.fromkeys(streams, ""), now=self._now_ms())

        return self._database.write(reset)

    def reset_conversation(self, site_id: str, conversation_id: str) -> None:
        """Let everybody in it read the state again; of a room whoever follows it."""

        def reset(tx: Transaction) -> None:
            row = first_row(tx.rows("lock_conversations", pairs=[(site_id, conversation_id)]))
            if row is None:
                return
            key = {"site_id": site_id, "conversation_id": conversation_id}
            names = [room_stream(conversation_id)] if row[3] == ROOM else _names(tx, key)
            _reset(tx, site_id, dict.fromkeys(names, conversation_id), now=self._now_ms())

        self._database.write(reset)

    def has_written(self, user: UserKey) -> bool:
        """Tell whether there is a message of the person's."""
        rows = self._database.read(lambda tx: tx.rows("page_written", **user._asdict(), limit=1))
        return bool(rows)

    def drop_files(self, user: UserKey) -> int:
        """Make some of the person's files unreachable and nobody's; return how many that were.

        Their bytes go with the next sweep. The picture of a group stays the group's.
        """
        now = self._now_ms()

        def drop(tx: Transaction) -> int:
            found = tx.rows("page_own_files", **user._asdict(), limit=BITE)
            moved = sum(row[3] for row in found)
            for file_id, _, seq, _, about in found:
                key = {"site_id": user.site_id, "file_id": file_id, "former_id": FORMER_ID}
                if seq == PICTURE:
                    tx.run("disown_file", **key, about=_bare(about))
                else:
                    tx.run("drop_own_file", **key, about=_bare(about), now=now)
            if found:
                rows = [(user.site_id, user.user_id, -moved), (user.site_id, FORMER_ID, moved)]
                tx.run("add_file_usage", rows=sorted(rows))
            return len(found)

        return self._database.write(drop)

    def drop_site_files(self, site_id: str) -> None:
        """Make all files of a site unreachable; their bytes go with the next sweep."""
        now = self._now_ms()
        self._database.write(lambda tx: tx.run("drop_site_files", site_id=site_id, now=now))

    def empty_table(self, site_id: str, table: str) -> int:
        """Delete a bite of what a table has of a site; return how many rows that were."""
        return self._database.write(
            lambda tx: tx.run(f"erase_site_{table}", site_id=site_id, limit=ROWS_PER_BITE)
        )

    def finish(self, user: UserKey) -> list[bytes]:
        """Delete all that is only theirs, the person last; return the sessions that were opened meanwhile."""
        ids = self.end_sessions(user)

        def finish(tx: Transaction) -> None:
            for name in _DISOWNED:
                tx.run(name, **user._asdict(), former_id=FORMER_ID)
            _run_all(tx, _OWN, user._asdict())
            tx.run("delete_user", **user._asdict())

        self._database.write(finish)
        return ids


def _names(tx: Transaction, key: dict[str, str]) -> list[str]:
    return [row[0] for row in tx.rows("list_participants", **key)]


def _run_all(tx: Transaction, names: Iterable[str], parameters: dict[str, Any]) -> None:
    for name in names:
        tx.run(name, **parameters)


def _load(tx: Transaction, key: dict[str, str], seq: int) -> Stored | None:
    row = first_row(tx.rows("load_message", **key, seq=seq))
    if row is None:
        return None
    return Stored(row[0], row[1], bytes(row[2]), row[3], row[4], extra_of(row[5]), row[6])


def _save(tx: Transaction, key: dict[str, str], stored: Stored, *, text: str, extra: Extra) -> None:
    version = stored.version + 1
    tx.run("save_message", **key, seq=stored.seq, body=text, extra=extra_column(extra), version=version)


def _disown(
    tx: Transaction, key: dict[str, str], seq: int, user_id: str, *, keeps_text: bool, now: int
) -> None:
    """Leave a former member's place of a message, with its text if the site keeps that; files never stay."""
    stored = _load(tx, key, seq)
    if stored is None:
        return
    extra = _without(stored.extra, user_id)
    text = stored.text
    if extra.files:
        tx.run("drop_message_files", **key, seq=seq, now=now)
        extra = msgspec.structs.replace(extra, files=())
    if extra.line is None and not (keeps_text and text):
        replace_text(tx, (key["site_id"], key["conversation_id"]), seq, old=text, new="")
        tx.run("delete_reactions", **key, seq=seq)
        tx.run("delete_pin", **key, seq=seq)
        text, extra = "", Extra(deleted=True, hidden_from=extra.hidden_from)
    tx.run(
        "disown_message",
        **key,
        seq=seq,
        former_id=FORMER_ID,
        client_id=urandom(16),
        body=text,
        extra=extra_column(extra),
        version=stored.version + 1,
    )


def _without(extra: Extra, user_id: str) -> Extra:
    """Return what a message has beside its text without saying who the person was."""
    reactions = tuple(
        msgspec.structs.replace(one, user_ids=tuple(name for name in one.user_ids if name != user_id))
        for one in extra.reactions
    )
    return msgspec.structs.replace(
        extra,
        line=_anonymous(extra.line, user_id),
        mentions=tuple(name for name in extra.mentions if name != user_id),
        hidden_from=tuple(name for name in extra.hidden_from if name != user_id),
        veiled=tuple(name for name in extra.veiled if name != user_id),
        reactions=reactions,
    )


def _anonymous(line: Line | None, user_id: str) -> Line | None:
    if line is None:
        return None
    changed = {name: FORMER_ID for name in ("user_id", "by") if getattr(line, name) == user_id}
    return msgspec.structs.replace(line, **changed)


def _bare(about: Any) -> bytes:
    """Return what is known of a file but its name, which its owner gave it."""
    file = msgspec.json.decode(bytes(about), type=File)
    return msgspec.json.encode(msgspec.structs.replace(file, name="file"))


def _reset(tx: Transaction, site_id: str, streams: dict[str, str], *, now: int) -> int:
    """Reset streams, each with the conversation that its event names."""
    if streams:
        reset_readers(tx, {UserKey(site_id, name): where for name, where in streams.items()}, now=now)
    return len(streams)


__all__ = ["BITE", "DIRECT", "FORMER_ID", "Erasing", "Place"]
