"""What a client says over a WebSocket, as types: one JSON object per text frame, told apart by ``type``."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder

from imserver.protocol.types import (
    MESSAGES_PER_REQUEST,
    WATCHED_USERS,
    ConversationId,
    CursorText,
    NewMessage,
    UserId,
)

RequestId = Annotated[int, Meta(ge=0, le=2**53, description="Comes back in the answer.")]
Watched = Annotated[list[UserId], Meta(max_length=WATCHED_USERS)]


class Frame(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", gc=False):
    """The root of all frames."""


class Hello(Frame, frozen=True, tag="hello"):
    """The first frame of a connection; ``watch`` and ``presence`` as in a poll."""

    token: Annotated[str, Meta(max_length=256)]
    cursor: CursorText
    watch: Watched = []
    presence: Annotated[str, Meta(max_length=64)] = ""


class Send(Frame, frozen=True, tag="send"):
    """Answered by ``ack`` or ``error`` with the same id."""

    id: RequestId
    conversation_id: ConversationId
    messages: Annotated[list[NewMessage], Meta(min_length=1, max_length=MESSAGES_PER_REQUEST)]


class Read(Frame, frozen=True, tag="read"):
    """Answered by ``ack`` or ``error`` with the same id."""

    id: RequestId
    conversation_id: ConversationId
    seq: Annotated[int, Meta(ge=0, le=2**53)]


class Delivered(Frame, frozen=True, tag="delivered"):
    """This device has all messages up to ``seq``. Not answered."""

    conversation_id: ConversationId
    seq: Annotated[int, Meta(ge=0, le=2**53)]


class Typing(Frame, frozen=True, tag="typing"):
    """Not answered unless it is wrong."""

    conversation_id: ConversationId
    typing: bool


class Watch(Frame, frozen=True, tag="watch"):
    """Takes the place of the people watched before."""

    user_ids: Watched


class Follow(Frame, frozen=True, tag="follow"):
    """Hear a room from ``cursor`` on, or from now on."""

    conversation_id: ConversationId
    cursor: CursorText | None = None


class Unfollow(Frame, frozen=True, tag="unfollow"):
    """Hear a room no longer."""

    conversation_id: ConversationId


class Resume(Frame, frozen=True, tag="resume"):
    """Go on after a reset, from the cursor of the state that was read meanwhile."""

    cursor: CursorText


class Ping(Frame, frozen=True, tag="ping"):
    """Answered by ``pong``: a page cannot see the protocol's own."""


AnyFrame = Hello | Send | Read | Delivered | Typing | Watch | Follow | Unfollow | Resume | Ping
decode_frame = Decoder(AnyFrame).decode
