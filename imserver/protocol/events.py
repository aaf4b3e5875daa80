"""The bytes of an event, made in two steps: the body once, then the cursor per recipient.

A live event and the same event replayed from the log are the same bytes, because both are made here.
"""

import msgspec

from imserver.protocol.types import Message

MESSAGE_CREATED = "message.created"
MESSAGE_CHANGED = "message.changed"
RECEIPT_READ = "receipt.read"
RECEIPT_PEER = "receipt.peer"
CONVERSATION_CHANGED = "conversation.changed"
CONVERSATION_GROWN = "conversation.grown"
INVITATIONS_CHANGED = "invitations.changed"
MESSAGE_REFUSED = "message.refused"
MEMBER_WARNED = "moderation.warned"
WARNING_SEEN = "moderation.seen"
# The log keeps no body of these: it reads the message that they refer to, as it is then.
MESSAGE_KINDS = frozenset({MESSAGE_CREATED, MESSAGE_CHANGED})

_encode = msgspec.json.Encoder().encode


def message_body(message: Message) -> bytes:
    """Return what ``message.created`` and ``message.changed`` say beside their type and cursor."""
    return b'"message":' + _encode(message)


class _Plain(msgspec.Struct, frozen=True, gc=False):
    """A Message that is no more than a text: the same JSON for a third of the time of one with all fields."""

    conversation_id: str
    seq: int
    sender_id: str
    client_id: str
    text: str
    created_at: int


def plain_body(
    conversation_id: str, seq: int, sender_id: str, client_id: str, text: str, created_at: int
) -> bytes:
    """Return ``message_body`` of a message that has nothing beside its text."""
    return b'"message":' + _encode(_Plain(conversation_id, seq, sender_id, client_id, text, created_at))


def receipt_body(*, conversation_id: str, user_id: str, read_seq: int, unread: int) -> bytes:
    """Return what ``receipt.read`` says beside its type and cursor."""
    fields = {"conversation_id": conversation_id, "user_id": user_id, "read_seq": read_seq, "unread": unread}
    return _encode(fields)[1:-1]


def peer_receipt_body(*, conversation_id: str, user_id: str, read_seq: int, delivered_seq: int) -> bytes:
    """Return what ``receipt.peer`` says beside its type and, where the log keeps it, its cursor."""
    fields = {
        "conversation_id": conversation_id,
        "user_id": user_id,
        "read_seq": read_seq,
        "delivered_seq": delivered_seq,
    }
    return _encode(fields)[1:-1]


def conversation_body(conversation_id: str) -> bytes:
    """Return what ``conversation.changed`` says beside its type and cursor."""
    return b'"conversation_id":' + _encode(conversation_id)


def refused_body(*, conversation_id: str, client_id: str) -> bytes:
    """Return what ``message.refused`` says beside its type and cursor."""
    return _encode({"conversation_id": conversation_id, "client_id": client_id})[1:-1]


def warned_body(*, warning_id: str, text: str, at: int) -> bytes:
    """Return what ``moderation.warned`` says beside its type and cursor."""
    return _encode({"id": warning_id, "text": text, "at": at})[1:-1]


def seen_body(warning_id: str) -> bytes:
    """Return what ``moderation.seen`` says beside its type and cursor."""
    return _encode({"id": warning_id})[1:-1]


def grown_body(*, conversation_id: str, last_seq: int, last_at: int) -> bytes:
    """Return what ``conversation.grown`` says beside its type."""
    return _encode({"conversation_id": conversation_id, "last_seq": last_seq, "last_at": last_at})[1:-1]


def room_body(conversation_id: str, body: bytes) -> bytes:
    """Return the body of an event in a room's own stream: its cursor is the room's, not the reader's."""
    return b'"room":%b,%b' % (_encode(conversation_id), body)


def event_bytes(kind: str, body: bytes, cursor: tuple[int, int]) -> bytes:
    """Splice the recipient's cursor into an event whose body, which may be empty, all recipients share."""
    if not body:
        return b'{"type":"%b","cursor":"%d.%08x"}' % (kind.encode(), *cursor)
    return b'{"type":"%b","cursor":"%d.%08x",%b}' % (kind.encode(), *cursor, body)


def fleeting_bytes(kind: str, body: bytes) -> bytes:
    """Return an event that no log keeps, and that therefore has no cursor."""
    return b'{"type":"%b",%b}' % (kind.encode(), body)
