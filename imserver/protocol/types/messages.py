"""Messages: as they are read, as they are sent, and how far they have been read."""

from typing import Annotated

from msgspec import Meta

from imserver.protocol.types.base import Answer, ClientId, ConversationId, Milliseconds, Request, UserId

MESSAGE_CHARACTERS = 4_000
MESSAGES_PER_REQUEST = 20
Text = Annotated[str, Meta(min_length=1, max_length=MESSAGE_CHARACTERS)]


class Message(Answer, frozen=True):
    """``seq`` is dense per conversation, from 1; it alone gives the order."""

    conversation_id: ConversationId
    seq: int
    sender_id: UserId
    client_id: ClientId
    text: str
    created_at: Milliseconds


class NewMessage(Request, frozen=True):
    client_id: ClientId
    text: Text


class SendMessages(Request, frozen=True):
    """All of them are stored, in this order, or none is."""

    messages: Annotated[list[NewMessage], Meta(min_length=1, max_length=MESSAGES_PER_REQUEST)]


class SentMessage(Answer, frozen=True):
    client_id: ClientId
    seq: int
    created_at: Milliseconds
    duplicate: Annotated[bool, Meta(description="It had been stored by an earlier request.")] = False


class SentMessages(Answer, frozen=True):
    conversation_id: ConversationId
    messages: list[SentMessage]


class MessagePage(Answer, frozen=True):
    """``data`` is in ascending ``seq``; ``has_more`` tells of the direction that was asked for."""

    data: list[Message]
    has_more: bool


class MarkRead(Request, frozen=True):
    """A watermark: it never goes back."""

    seq: Annotated[int, Meta(ge=0, le=2**53)]


class ReadAnswer(Answer, frozen=True):
    conversation_id: ConversationId
    read_seq: int
    unread: int
