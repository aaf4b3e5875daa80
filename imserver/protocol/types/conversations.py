"""Conversations, and lists of them."""

from enum import StrEnum

from imserver.protocol.types.base import Answer, ConversationId, Milliseconds, Request, UserId
from imserver.protocol.types.messages import Message
from imserver.protocol.types.people import Contact


class ConversationKind(StrEnum):
    DIRECT = "direct"


class Conversation(Answer, frozen=True):
    """``unread`` is derived: last_seq - read_seq; sending moves the sender's own watermark."""

    id: ConversationId
    kind: ConversationKind
    peer: Contact
    last_seq: int
    read_seq: int
    unread: int
    last_at: Milliseconds
    last_message: Message | None = None


class ConversationPage(Answer, frozen=True):
    data: list[Conversation]
    next_cursor: str | None = None


class OpenConversation(Request, frozen=True):
    """Open (or find) the direct conversation with ``user_id``."""

    user_id: UserId
    kind: ConversationKind = ConversationKind.DIRECT
