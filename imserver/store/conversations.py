"""Direct conversations: opened by either side, listed by last activity."""

import base64
import hashlib
from collections.abc import Callable
from typing import Annotated

import msgspec

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Conversation, ConversationKind, ConversationPage, Message
from imserver.store.contacts import contact_of
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.keyset import open_place, seal
from imserver.store.people import load_people


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
        """Raise NotFound unless the person takes part in it."""
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


def direct_id(site_id: str, user_id: str, peer_id: str) -> str:
    """Return the id that two people's conversation has, so that no second key has to keep it single."""
    pair = msgspec.json.encode([site_id, *sorted((user_id, peer_id))])
    return "d" + base64.b32encode(hashlib.sha256(pair).digest()[:15]).decode().lower()


def load_conversation(
    tx: Transaction, *, site_id: str, user_id: str, conversation_id: str
) -> Conversation | None:
    """Return the conversation as the person sees it, None unless they take part."""
    row = first_row(
        tx.rows("load_conversation", site_id=site_id, user_id=user_id, conversation_id=conversation_id)
    )
    return None if row is None else _conversation(row)


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
    data = [_conversation(row) for row in rows[:limit]]
    more = len(rows) > limit
    last = ConversationPlace(data[-1].last_at, data[-1].id) if more else None
    return ConversationPage(data=data, next_cursor=seal(last) if last else None)


def _require(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound
    return conversation


def _conversation(row: Row) -> Conversation:
    conversation_id, kind, last_seq, last_at, read_seq = row[:5]
    return Conversation(
        id=conversation_id,
        kind=ConversationKind(kind),
        peer=contact_of(row[5:12]),
        last_seq=last_seq,
        read_seq=read_seq,
        unread=last_seq - read_seq,
        last_at=last_at,
        last_message=message_of(conversation_id, (last_seq, *row[12:])) if last_seq else None,
    )


def message_of(conversation_id: str, columns: Row) -> Message:
    """Make a Message of seq, sender_id, client_id, body, created_at."""
    seq, sender_id, client_id, body, created_at = columns
    return Message(
        conversation_id=conversation_id,
        seq=seq,
        sender_id=sender_id,
        client_id=bytes(client_id).hex(),
        text=body,
        created_at=created_at,
    )
