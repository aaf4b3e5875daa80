"""Conversations of every kind, and lists of them."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import Answer, ConversationId, CursorText, Milliseconds
from imserver.protocol.types.messages import Message
from imserver.protocol.types.people import Contact


class ConversationKind(StrEnum):
    """``direct`` of two people, ``group`` of people who were invited, ``room`` with a stream of its own."""

    DIRECT = "direct"
    GROUP = "group"
    ROOM = "room"


class Role(StrEnum):
    """What a person may do in a group or room."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


class Conversation(Answer, frozen=True):
    """``unread`` is derived: last_seq - read_seq; sending moves the sender's own watermark."""

    id: ConversationId
    kind: ConversationKind
    peer: Annotated[Contact | None, Meta(description="The other one of a direct conversation.")]
    last_seq: int
    read_seq: int
    unread: int
    last_at: Milliseconds
    last_message: Message | None = None
    name: str = ""
    topic: str = ""
    picture: Annotated[str, Meta(description="A file's id, or empty.")] = ""
    page: Annotated[str, Meta(description="The address of the page whose room it is, or empty.")] = ""
    role: Annotated[
        str, Meta(description="`owner`, `moderator`, `member`, or empty for who only reads a room.")
    ] = ""
    members: int = 2
    mentioned_seq: int = 0
    muted_until: Annotated[int, Meta(description="Milliseconds since 1970; 0: not muted.")] = 0
    marked_unread: bool = False
    request: Annotated[bool, Meta(description="A stranger wrote, and has no answer yet.")] = False
    declined: Annotated[bool, Meta(description="A stranger wrote, and was put away.")] = False
    blocked: Annotated[bool, Meta(description="This person has blocked the peer.")] = False
    peer_read_seq: int | UnsetType = UNSET
    peer_delivered_seq: int | UnsetType = UNSET
    slow_seconds: int = 0
    is_public: bool = False
    pins: int = 0
    room_cursor: Annotated[CursorText, Meta(description="Of a room's own stream: follow from here.")] = ""


class ConversationPage(Answer, frozen=True):
    data: list[Conversation]
    next_cursor: str | None = None
