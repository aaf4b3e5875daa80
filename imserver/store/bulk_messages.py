"""Messages that were written elsewhere: put behind what their conversations hold, with the times they had.

design: nobody is told of each; whoever takes part gets one event and a raised floor, by which a client that
is connected reads the state again. Everything else is as if it had been sent here: dense numbers under the
conversation's lock, the same ids when it comes again, watermarks that only rise.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from imserver.protocol.events import CONVERSATION_CHANGED, conversation_body, room_body
from imserver.protocol.types import GROUP_MEMBERS, ConversationKind, Role
from imserver.store.appending import StreamEvent, append_events
from imserver.store.database import Row, Transaction, first_row
from imserver.store.direct import insert_direct
from imserver.store.folding import fold
from imserver.store.ids import derived_group_id, direct_id
from imserver.store.notices import conversation_changed, settings_changed
from imserver.store.parts import in_parts
from imserver.store.people import load_people
from imserver.store.preferences import find_silent
from imserver.store.values import UserKey, is_room_stream, room_of_stream

IDS_PER_QUERY = 500
NAME_CHARACTERS = 100
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OldMessage:
    """``message_id`` and ``thread`` are the other program's; times in milliseconds.

    Two people have one conversation whatever the thread; more than two have one per thread, or, without
    threads, one per set of people.
    """

    message_id: str
    sender_id: str
    participants: tuple[str, ...]
    text: str
    created_at: int
    thread: str = ""
    name: str = ""
    unread_by: frozenset[str] = frozenset()

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(sorted({*self.participants, self.sender_id}))


@dataclass(slots=True)
class Loaded:
    """``refused``: reasons by place among those that were given. ``fresh``: how many were not here yet."""

    refused: dict[int, str] = field(default_factory=dict)
    fresh: int = 0


@dataclass(slots=True)
class _Tail:
    """The end of one conversation while messages are put behind it."""

    people: tuple[str, ...]
    first: OldMessage
    last_seq: int = 0
    last_at: int = 0
    marks: dict[str, int] = field(default_factory=dict)


def client_id_of(site_id: str, message: OldMessage) -> bytes:
    """Return the id by which the message is known when it is imported again."""
    text = msgspec.json.encode([site_id, message.sender_id, message.message_id])
    return hashlib.sha256(b"import\0" + text).digest()[:16]


def conversation_of(site_id: str, message: OldMessage) -> str:
    """Return the conversation that the message belongs to, whether or not it is there."""
    people = message.people
    if len(people) == 2:
        return direct_id(site_id, *people)
    return derived_group_id(site_id, message.thread or list(people))


def load_messages(tx: Transaction, site_id: str, messages: Sequence[OldMessage], *, now: int) -> Loaded:
    """Put the messages behind what their conversations hold, in their order."""
    return _Load(tx, site_id, now=now).load(messages)


class _Load:
    """One transaction's worth."""

    def __init__(self, tx: Transaction, site_id: str, *, now: int) -> None:
        self._tx = tx
        self._site_id = site_id
        self._now = now
        self._result = Loaded()
        self._tails: dict[str, _Tail] = {}

    def load(self, messages: Sequence[OldMessage]) -> Loaded:
        known = self._known({user_id for message in messages for user_id in message.people})
        good: list[tuple[int, OldMessage]] = []
        for place, message in enumerate(messages):
            reason = _why_not(message, known)
            if reason:
                self._result.refused[place] = reason
            else:
                good.append((place, message))
        if good:
            self._hold([message for _, message in good])
            rows = self._number(good)
            if rows:
                self._write(rows)
        return self._result

    def _known(self, user_ids: set[str]) -> set[str]:
        return {person.user_id for person in load_people(self._tx, self._site_id, sorted(user_ids))}

    def _hold(self, messages: Sequence[OldMessage]) -> None:
        """Lock the conversations, having made those that are missing, and read how far they are."""
        tx, site_id = self._tx, self._site_id
        for message in messages:
            self._tails.setdefault(conversation_of(site_id, message), _Tail(message.people, message))
        pairs = sorted((site_id, conversation_id) for conversation_id in self._tails)
        there = {
            row[1]
            for part in in_parts(pairs, IDS_PER_QUERY)
            for row in tx.rows("lock_conversations", pairs=part)
        }
        for _, conversation_id in pairs:
            if conversation_id not in there:
                self._make(conversation_id, self._tails[conversation_id])
        for part in in_parts(pairs, IDS_PER_QUERY):
            for _, conversation_id, last_seq, last_at in tx.rows("find_tails", pairs=part):
                tail = self._tails[conversation_id]
                tail.last_seq, tail.last_at = last_seq, last_at
            for _, conversation_id, user_id, read_seq, _flags in tx.rows("load_participants", pairs=part):
                self._tails[conversation_id].marks[user_id] = read_seq

    def _make(self, conversation_id: str, tail: _Tail) -> None:
        tx, site_id, first = self._tx, self._site_id, tail.first
        if len(tail.people) == 2:
            insert_direct(tx, site_id, *tail.people, now=first.created_at)
            tx.run("accept_requests", triples=[(site_id, conversation_id, user) for user in tail.people])
            return
        key = {"site_id": site_id, "conversation_id": conversation_id}
        name = first.name[:NAME_CHARACTERS]
        tx.run("insert_conversation", **key, kind=ConversationKind.GROUP.value, now=first.created_at)
        room = {
            "name": name,
            "name_folded": fold(name),
            "topic": "",
            "page": "",
            "is_public": 0,
            "is_listed": 0,
        }
        tx.run("insert_room", **key, **room)
        for user_id in tail.people:
            self._join(
                key, user_id, Role.OWNER if user_id == first.sender_id else Role.MEMBER, first.created_at
            )
        tx.run("count_member", **key, difference=len(tail.people))

    def _join(self, key: dict[str, str], user_id: str, role: Role, at: int) -> None:
        tx = self._tx
        listing = first_row(tx.rows("lock_listing", site_id=self._site_id, user_id=user_id))
        assert listing is not None  # noqa: S101 - a person of the site has a row of presence
        tx.run("join_conversation", **key, user_id=user_id, role=role.value, by_site=0, read_seq=0, now=at)
        tx.run("insert_member", **key, user_id=user_id, is_offline=1 - listing[0], name_folded=listing[1])

    def _number(self, good: list[tuple[int, OldMessage]]) -> list[Row]:
        """Give those that are not here yet their places; refuse what would stand in the wrong one."""
        site_id, sent, rows = self._site_id, self._find_sent(good), list[Row]()
        for place, message in good:
            client_id = client_id_of(site_id, message)
            if (message.sender_id, client_id) in sent:
                continue
            conversation_id = conversation_of(site_id, message)
            tail = self._tails[conversation_id]
            reason = _why_not_here(message, tail)
            if reason:
                self._result.refused[place] = reason
                continue
            sent.add((message.sender_id, client_id))
            tail.last_seq, tail.last_at = tail.last_seq + 1, message.created_at
            for user_id in message.people:
                if user_id not in message.unread_by:
                    tail.marks[user_id] = tail.last_seq
            text, at = message.text, message.created_at
            rows.append((site_id, conversation_id, tail.last_seq, message.sender_id, client_id, text, at))
        self._result.fresh = len(rows)
        return rows

    def _find_sent(self, good: list[tuple[int, OldMessage]]) -> set[tuple[str, bytes]]:
        triples = sorted({(self._site_id, m.sender_id, client_id_of(self._site_id, m)) for _, m in good})
        rows = (
            row
            for part in in_parts(triples, IDS_PER_QUERY)
            for row in self._tx.rows("find_sent", triples=part)
        )
        return {(row[1], bytes(row[2])) for row in rows}

    def _write(self, rows: list[Row]) -> None:
        tx, site_id = self._tx, self._site_id
        for part in in_parts(sorted(rows), IDS_PER_QUERY):
            tx.run("insert_messages", rows=part)
        grown = sorted({row[1] for row in rows})
        tails = [(conversation_id, self._tails[conversation_id]) for conversation_id in grown]
        ends = [(site_id, name, tail.last_seq, tail.last_at, "direct", tail.last_at) for name, tail in tails]
        for part in in_parts(ends, IDS_PER_QUERY):
            tx.run("save_conversations", rows=part)
        marks = [
            (site_id, name, user, seq) for name, tail in tails for user, seq in sorted(tail.marks.items())
        ]
        for part in in_parts(marks, IDS_PER_QUERY):
            tx.run("save_read_marks", rows=part)
        self._tell_read(marks)
        readers = {UserKey(site_id, user): name for name, tail in tails for user in tail.marks}
        reset_readers(tx, readers, now=self._now)

    def _tell_read(self, marks: list[tuple[str, str, str, int]]) -> None:
        """Let others know how far each has read, but of those who give no receipts."""
        tx = self._tx
        users = sorted({UserKey(site_id, user_id) for site_id, _, user_id, _ in marks})
        silent = {user for part in in_parts(users, IDS_PER_QUERY) for user in find_silent(tx, part)}
        told = [(*mark, mark[3]) for mark in marks if (mark[0], mark[2]) not in silent]
        for part in in_parts(told, IDS_PER_QUERY):
            tx.run("save_told", rows=part)


def reset_readers(tx: Transaction, users: dict[UserKey, str], *, now: int) -> None:
    """Let every client of these people, or of rooms, read the state again; each is told of one conversation.

    A client that stood at the head of its stream finds that it has moved, and the row that it stood on gone.
    """
    keys = sorted(users)
    for part in in_parts(keys, IDS_PER_QUERY):
        append_events(tx, [_reset_event(user, users[user]) for user in part], now=now)
        tx.run("raise_floors", pairs=part)
        tx.run("delete_below_floors", pairs=part)


def _reset_event(user: UserKey, conversation_id: str) -> StreamEvent:
    if is_room_stream(user.user_id):
        body = room_body(room_of_stream(user.user_id), conversation_body(room_of_stream(user.user_id)))
        return user, CONVERSATION_CHANGED, room_of_stream(user.user_id), 0, body, body
    return conversation_changed(user, conversation_id) if conversation_id else settings_changed(user)


def _why_not(message: OldMessage, known: set[str]) -> str:
    people = message.people
    if len(people) < 2:
        return "it is from somebody to themselves"
    if len(people) > GROUP_MEMBERS:
        return f"a group has at most {GROUP_MEMBERS} members"
    unknown = [user_id for user_id in people if user_id not in known]
    return f"unknown user {unknown[0]!r}; import users first" if unknown else ""


def _why_not_here(message: OldMessage, tail: _Tail) -> str:
    if not set(message.people) <= set(tail.marks):
        return "somebody has left the conversation, or was never in it"
    if tail.last_seq and message.created_at < tail.last_at:
        return "older than the newest message of its conversation; sort the file by time"
    return ""
