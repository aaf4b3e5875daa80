"""From rows to conversations as a person sees them: direct ones with their peer, groups and rooms by name."""

from typing import Annotated, NamedTuple

import msgspec

from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Contact, Conversation, ConversationKind, ConversationPage, Message
from imserver.store.contacts import contact_of
from imserver.store.database import Row, Transaction, first_row
from imserver.store.keyset import seal
from imserver.store.message_rows import read_messages
from imserver.store.preferences import load_switches
from imserver.store.requests import DECLINED, PENDING
from imserver.store.values import UserKey, room_stream


class ConversationPlace(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """The last conversation of a page."""

    # The columns hold 63 bits; a larger number would be an error of the driver's, not of the client's.
    last_at: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    conversation_id: str


# After every time that fits the column, so the first page begins with the newest.
FIRST = ConversationPlace(2**62, "")


class _Own(NamedTuple):
    """The person's own row; all of it is None for one who takes no part."""

    read_seq: int | None
    role: str | None
    mentioned_seq: int
    muted_until: int
    unread_mark: int
    request: int
    hides: int


class _Marks(NamedTuple):
    """How far the peer of a direct conversation lets others know; and how much is pinned."""

    told_seq: int | None
    delivered_seq: int | None
    pins: int


class _Room(NamedTuple):
    """What only groups and rooms have; all of it is None for the others."""

    name: str | None
    topic: str
    picture: str
    page: str
    slow_seconds: int
    is_public: int
    members: int


# Where the parts of a row begin.
_OWN, _ROOM, _PEER, _MESSAGE, _MARKS = 4, 11, 18, 26, 32


def load_conversation(
    tx: Transaction, *, site_id: str, user_id: str, conversation_id: str
) -> Conversation | None:
    """Return the conversation as the person sees it; None unless they take part, or may read a room."""
    key = {"site_id": site_id, "user_id": user_id, "conversation_id": conversation_id}
    row = first_row(tx.rows("load_conversation", **key))
    if row is None:
        return None
    if row[_OWN] is None and (not _room_of(row).is_public or tx.rows("find_ban", **key)):
        return None
    return _conversations(tx, site_id, user_id, [row])[0]


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


def _conversations(tx: Transaction, site_id: str, user_id: str, rows: list[Row]) -> list[Conversation]:
    """Make Conversations of the rows, with their last messages as the person sees them, if any is left."""
    last = [(row[0], (row[2], *row[_MESSAGE:_MARKS])) for row in rows if row[_MESSAGE] is not None]
    messages = {m.conversation_id: m for m in read_messages(tx, site_id, user_id, last)}
    cursors = _room_cursors(tx, site_id, rows)
    telling = _telling(tx, site_id, user_id, rows)
    made = [_conversation(row, messages.get(row[0]), cursors.get(row[0], "")) for row in rows]
    return [
        _with_receipts(one, row) if row[_PEER] in telling else one
        for one, row in zip(made, rows, strict=True)
    ]


def _telling(tx: Transaction, site_id: str, user_id: str, rows: list[Row]) -> set[str]:
    """Return the peers whose receipts the person sees: both have them switched on."""
    peers = [UserKey(site_id, row[_PEER]) for row in rows if row[_PEER] is not None]
    me = UserKey(site_id, user_id)
    on = {key.user_id for key, switches in load_switches(tx, [me, *peers]).items() if switches.receipts}
    return on if user_id in on else set()


def _with_receipts(conversation: Conversation, row: Row) -> Conversation:
    marks = _Marks(*row[_MARKS:])
    return msgspec.structs.replace(
        conversation, peer_read_seq=marks.told_seq, peer_delivered_seq=marks.delivered_seq
    )


def _room_cursors(tx: Transaction, site_id: str, rows: list[Row]) -> dict[str, str]:
    """Return, by the id of a room, where its own stream stands."""
    streams = {room_stream(row[0]): row[0] for row in rows if row[1] == ConversationKind.ROOM}
    if not streams:
        return {}
    heads = tx.rows("load_heads", pairs=[(site_id, stream) for stream in sorted(streams)])
    return {streams[stream]: str(Cursor(useq, tag)) for _, stream, useq, tag, _ in heads}


def _conversation(row: Row, last_message: Message | None, room_cursor: str) -> Conversation:
    conversation_id, kind, last_seq, last_at = row[:_OWN]
    own, room = _Own(*row[_OWN:_ROOM]), _room_of(row)
    # Whoever only reads has no mark, and so nothing unread.
    read_seq = last_seq if own.read_seq is None else own.read_seq
    is_direct = kind == ConversationKind.DIRECT
    return Conversation(
        id=conversation_id,
        kind=ConversationKind(kind),
        peer=_peer(row) if is_direct else None,
        last_seq=last_seq,
        read_seq=read_seq,
        unread=last_seq - read_seq,
        last_at=last_at,
        last_message=last_message,
        name=room.name or "",
        topic=room.topic or "",
        picture=room.picture or "",
        page=room.page or "",
        role="" if is_direct else own.role or "",
        members=2 if is_direct else room.members,
        mentioned_seq=own.mentioned_seq or 0,
        muted_until=own.muted_until or 0,
        marked_unread=bool(own.unread_mark),
        request=own.request == PENDING,
        declined=own.request == DECLINED,
        blocked=bool(own.hides),
        slow_seconds=room.slow_seconds or 0,
        is_public=bool(room.is_public),
        room_cursor=room_cursor,
        pins=_Marks(*row[_MARKS:]).pins,
    )


def _room_of(row: Row) -> _Room:
    return _Room(*row[_ROOM:_PEER])


def _peer(row: Row) -> Contact:
    return contact_of(row[_PEER:_MESSAGE])
