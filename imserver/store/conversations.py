"""Direct conversations: opened by either side, listed by last activity. Rooms: made, joined, left."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from os import urandom
from typing import Annotated

import msgspec

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Conversation, ConversationKind, ConversationPage, Message
from imserver.store.coalesce import KEYS_PER_QUERY
from imserver.store.contacts import contact_of
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.keyset import open_place, seal
from imserver.store.message_rows import read_messages
from imserver.store.people import load_people
from imserver.store.values import ROOM, ROOM_PREFIX, room_stream


class ConversationPlace(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """The last conversation of a page."""

    # The columns hold 63 bits; a larger number would be an error of the driver's, not of the client's.
    last_at: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    conversation_id: str


# After every time that fits the column, so the first page begins with the newest.
FIRST = ConversationPlace(2**62, "")


class Conversations:
    """What a person's list of conversations shows."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def open_direct(self, site_id: str, user_id: str, peer_id: str) -> Conversation:
        """Find or create the conversation of two people; the same one whoever opens it, and when.

        Raises NotFound if either is not a person of the site, InvalidRequest if they are the same.
        """
        if user_id == peer_id:
            raise InvalidRequest("A conversation needs another person.")
        key = {"site_id": site_id, "conversation_id": direct_id(site_id, user_id, peer_id)}
        found = self._database.read(lambda tx: load_conversation(tx, user_id=user_id, **key))
        if found is not None:
            return found
        now = self._now_ms()

        def create(tx: Transaction) -> Conversation | None:
            if len(load_people(tx, site_id, [user_id, peer_id])) < 2:
                raise NotFound
            if not tx.rows("find_conversation", **key):
                tx.run("insert_conversation", **key, kind=ConversationKind.DIRECT.value, now=now)
                rows = [(*key.values(), member, now) for member in sorted((user_id, peer_id))]
                tx.run("insert_participants", rows=rows)
            return load_conversation(tx, user_id=user_id, **key)

        return _require(self._database.write(create))

    def require_conversation(self, site_id: str, user_id: str, conversation_id: str) -> Conversation:
        """Raise NotFound unless the person takes part in it, and for a room, which has no peer to show."""
        key = {"site_id": site_id, "user_id": user_id, "conversation_id": conversation_id}
        return _require(self._database.read(lambda tx: load_conversation(tx, **key)))

    def page_conversations(
        self, site_id: str, user_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> ConversationPage:
        """Return those that hold a message, the most recent first."""
        place = open_place(cursor, ConversationPlace) if cursor else FIRST
        return self._database.snapshot(
            lambda tx: page_conversations(tx, site_id, user_id, place=place, limit=limit)
        )

    def create_room(self, site_id: str, name: str, owner_id: str) -> str:
        """Return the id of a new room, in which its owner takes part; raise NotFound for an unknown owner."""
        key = {"site_id": site_id, "conversation_id": ROOM_PREFIX + _digest(urandom(16))}
        now = self._now_ms()

        def create(tx: Transaction) -> None:
            _require_person(tx, site_id, owner_id)
            tx.run("insert_conversation", **key, kind=ROOM, now=now)
            tx.run("insert_room", **key, name=name, owner_id=owner_id)
            tx.run("insert_streams", rows=[(site_id, room_stream(key["conversation_id"]))])
            tx.run("join_conversation", **key, user_id=owner_id, read_seq=0, now=now)

        self._database.write(create)
        return key["conversation_id"]

    def join_room(self, site_id: str, conversation_id: str, user_id: str) -> bool:
        """Let the person take part, with nothing unread; return whether they did not before.

        Raises NotFound unless there are such a room and such a person.
        """
        member = {"site_id": site_id, "conversation_id": conversation_id, "user_id": user_id}
        now = self._now_ms()

        def join(tx: Transaction) -> bool:
            last_seq = _lock_room(tx, site_id, conversation_id)
            _require_person(tx, site_id, user_id)
            if tx.rows("find_participant", **member):
                return False
            tx.run("join_conversation", **member, read_seq=last_seq, now=now)
            return True

        return self._database.write(join)

    def leave_room(self, site_id: str, conversation_id: str, user_id: str) -> bool:
        """Let the person take part no more; return whether they did. Raises NotFound without such a room."""
        member = {"site_id": site_id, "conversation_id": conversation_id, "user_id": user_id}

        def leave(tx: Transaction) -> bool:
            _lock_room(tx, site_id, conversation_id)
            return tx.run("leave_conversation", **member) > 0

        return self._database.write(leave)

    def is_participant(self, site_id: str, conversation_id: str, user_id: str) -> bool:
        """Tell whether the person takes part in the conversation, of whatever kind."""
        member = {"site_id": site_id, "conversation_id": conversation_id, "user_id": user_id}
        return bool(self._database.read(lambda tx: tx.rows("find_participant", **member)))

    def load_participants(self, site_id: str, conversation_id: str) -> tuple[str, ...]:
        """Return the ids of all who take part, in order; of a room that may be thousands."""
        key = {"site_id": site_id, "conversation_id": conversation_id}
        rows = self._database.read(lambda tx: tx.rows("list_participants", **key))
        return tuple(row[0] for row in rows)

    def load_parts(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return who takes part in each of many conversations, in order; rooms are left out.

        ``keys`` are pairs of site and conversation; one that does not exist is not in the answer.
        """
        pairs = sorted({key for key in keys if not key[1].startswith(ROOM_PREFIX)})
        parts: dict[tuple[str, str], tuple[str, ...]] = {}
        for start in range(0, len(pairs), KEYS_PER_QUERY):
            chunk = pairs[start : start + KEYS_PER_QUERY]
            for site_id, conversation_id, user_id, *_ in self._database.read(
                lambda tx, chunk=chunk: tx.rows("load_participants", pairs=chunk)  # type: ignore[misc]
            ):
                key = site_id, conversation_id
                parts[key] = (*parts.get(key, ()), user_id)
        return parts


def _lock_room(tx: Transaction, site_id: str, conversation_id: str) -> int:
    """Hold the room, as a send does, and return its last seq; raise NotFound for anything but a room."""
    row = first_row(tx.rows("lock_conversations", pairs=[(site_id, conversation_id)]))
    if row is None or row[3] != ROOM:
        raise NotFound
    return int(row[2])


def _require_person(tx: Transaction, site_id: str, user_id: str) -> None:
    if not load_people(tx, site_id, [user_id]):
        raise NotFound


def direct_id(site_id: str, user_id: str, peer_id: str) -> str:
    """Return the id that two people's conversation has, so that no second key has to keep it single."""
    pair = msgspec.json.encode([site_id, *sorted((user_id, peer_id))])
    return "d" + _digest(pair)


def _digest(data: bytes) -> str:
    return base64.b32encode(hashlib.sha256(data).digest()[:15]).decode().lower()


def load_conversation(
    tx: Transaction, *, site_id: str, user_id: str, conversation_id: str
) -> Conversation | None:
    """Return the conversation as the person sees it, None unless they take part."""
    row = first_row(
        tx.rows("load_conversation", site_id=site_id, user_id=user_id, conversation_id=conversation_id)
    )
    return None if row is None else _conversations(tx, site_id, user_id, [row])[0]


def page_conversations(
    tx: Transaction, site_id: str, user_id: str, *, place: ConversationPlace = FIRST, limit: int
) -> ConversationPage:
    """Return a page within a transaction."""
    rows = tx.rows(
        "page_conversations",
        site_id=site_id,
        user_id=user_id,
        last_at=place.last_at,
        conversation_id=place.conversation_id,
        limit=limit + 1,
    )
    data = _conversations(tx, site_id, user_id, rows[:limit])
    more = len(rows) > limit
    last = ConversationPlace(data[-1].last_at, data[-1].id) if more else None
    return ConversationPage(data=data, next_cursor=seal(last) if last else None)


def _require(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound
    return conversation


def _conversations(tx: Transaction, site_id: str, user_id: str, rows: list[Row]) -> list[Conversation]:
    """Make Conversations of the rows, with their last messages as the person sees them."""
    last = [(row[0], (row[2], *row[12:])) for row in rows if row[2]]
    messages = {m.conversation_id: m for m in read_messages(tx, site_id, user_id, last)}
    return [_conversation(row, messages.get(row[0])) for row in rows]


def _conversation(row: Row, last_message: Message | None) -> Conversation:
    conversation_id, kind, last_seq, last_at, read_seq = row[:5]
    return Conversation(
        id=conversation_id,
        kind=ConversationKind(kind),
        peer=contact_of(row[5:12]),
        last_seq=last_seq,
        read_seq=read_seq,
        unread=last_seq - read_seq,
        last_at=last_at,
        last_message=last_message,
    )
