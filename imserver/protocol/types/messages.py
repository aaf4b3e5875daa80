"""Messages: as they are read, as they are sent, and how far they have been read."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import Answer, ClientId, ConversationId, Milliseconds, Request, UserId
from imserver.protocol.types.files import File, FileId

MESSAGE_CHARACTERS = 4_000
MESSAGES_PER_REQUEST = 20
MENTIONS_PER_MESSAGE = 20
FILES_PER_MESSAGE = 10
QUOTE_CHARACTERS = 200
# Of the people behind one emoji, so many are named.
REACTION_NAMES = 20
TextOrNone = Annotated[str, Meta(max_length=MESSAGE_CHARACTERS, description="Empty only beside files.")]
Mentions = Annotated[tuple[UserId, ...], Meta(max_length=MENTIONS_PER_MESSAGE)]
Text = Annotated[str, Meta(min_length=1, max_length=MESSAGE_CHARACTERS)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class MessageKind(StrEnum):
    TEXT = "text"
    LINE = "line"


class LineKind(StrEnum):
    """What a system line says."""

    JOINED = "joined"
    LEFT = "left"
    REMOVED = "removed"
    INVITED = "invited"
    CREATED = "created"
    RENAMED = "renamed"
    PICTURE = "picture"
    PINNED = "pinned"
    ROLE = "role"


class Line(Answer, frozen=True, omit_defaults=True):
    """A line of the log that nobody wrote; the client finds the words. ``by``: who did it to ``user_id``.

    ``seq``: of the message that was pinned.
    """

    what: LineKind
    seq: int | UnsetType = UNSET
    user_id: UserId | UnsetType = UNSET
    name: str | UnsetType = UNSET
    by: UserId | UnsetType = UNSET


class Quote(Answer, frozen=True):
    """The message that another answers, as it is now: its text is empty once it is deleted."""

    seq: int
    sender_id: UserId
    text: Annotated[str, Meta(max_length=QUOTE_CHARACTERS)]


class Reaction(Answer, frozen=True):
    """``user_ids`` holds the first 20 of ``count``."""

    emoji: str
    count: int
    user_ids: tuple[UserId, ...]


class Message(Answer, frozen=True, omit_defaults=True):
    """``seq`` is dense per conversation, from 1; it alone gives the order.

    What a message has not is absent. One with a greater ``version`` takes the place of another with the same
    seq. A deleted one is a tombstone without a text; a hidden one is not for this person, who draws nothing.
    """

    conversation_id: ConversationId
    seq: int
    sender_id: UserId
    client_id: ClientId
    text: str
    created_at: Milliseconds
    kind: MessageKind = MessageKind.TEXT
    line: Line | UnsetType = UNSET
    version: int = 0
    edited_at: Milliseconds | UnsetType = UNSET
    deleted: bool = False
    reply: Quote | UnsetType = UNSET
    mentions: tuple[UserId, ...] = ()
    files: tuple[File, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    pinned: bool = False
    hidden: bool = False


class NewMessage(Request, frozen=True):
    """``reply_to`` names a message of the same conversation, ``mentions`` people who take part in it."""

    client_id: ClientId
    text: TextOrNone
    reply_to: Seq = 0
    mentions: Mentions = ()
    files: Annotated[tuple[FileId, ...], Meta(max_length=FILES_PER_MESSAGE)] = ()


class SendMessages(Request, frozen=True):
    """All of them are stored, in this order, or none is."""

    messages: Annotated[list[NewMessage], Meta(min_length=1, max_length=MESSAGES_PER_REQUEST)]


class SentMessage(Answer, frozen=True):
    """One that is ``held`` waits for a moderator: nobody else sees it, and its ``seq`` is 0."""

    client_id: ClientId
    seq: int
    created_at: Milliseconds
    duplicate: Annotated[bool, Meta(description="It had been stored by an earlier request.")] = False
    held: bool | UnsetType = UNSET


class SentMessages(Answer, frozen=True):
    conversation_id: ConversationId
    messages: list[SentMessage]


class MessagePage(Answer, frozen=True):
    """``data`` is in ascending ``seq``; ``has_more`` tells of the direction that was asked for.

    Around a seq it tells of both, and ``has_before`` and ``has_after`` of each. Of pins the last comes first.
    ``trimmed_seq``: messages up to this one were deleted, because the site keeps them for so long only; there
    on a page that ends at the first that is left.
    """

    data: list[Message]
    has_more: bool
    has_before: bool | UnsetType = UNSET
    has_after: bool | UnsetType = UNSET
    trimmed_seq: int | UnsetType = UNSET


class EditMessage(Request, frozen=True):
    """``mentions`` that are absent stay."""

    text: TextOrNone
    mentions: Mentions | UnsetType = UNSET


class SetReaction(Request, frozen=True):
    """``emoji`` is one emoji; the server gives it one spelling."""

    emoji: Annotated[str, Meta(min_length=1, max_length=32)]
    on: bool


class SetUnread(Request, frozen=True):
    on: bool


class MarkDelivered(Request, frozen=True):
    """A watermark: one of the person's devices has all messages up to it."""

    seq: Seq


class MarkRead(Request, frozen=True):
    """A watermark: it never goes back."""

    seq: Seq


class ReadAnswer(Answer, frozen=True):
    conversation_id: ConversationId
    read_seq: int
    unread: int
