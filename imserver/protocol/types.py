"""The JSON of API v1, as types: requests refuse unknown fields, answers are what the widget reads.

``/openapi.json`` takes its schemas from here, so a comment in ``Meta`` is public documentation.
Times are milliseconds since 1970, UTC. Ids are opaque to clients.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

MESSAGE_CHARACTERS = 4_000
MESSAGES_PER_REQUEST = 20
STATUS_TEXT_CHARACTERS = 140
WATCHED_USERS = 200

SiteId = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,31}$", description="A community website.")]
# 128 bytes is what the database keeps; the services count bytes, the schema counts characters.
UserId = Annotated[
    str, Meta(min_length=1, max_length=128, description="The host's id of a person on one site.")
]
ConversationId = Annotated[str, Meta(min_length=1, max_length=32)]
ClientId = Annotated[
    str, Meta(pattern="^[0-9a-f]{32}$", description="128 random bits, made when the person presses Enter.")
]
Text = Annotated[str, Meta(min_length=1, max_length=MESSAGE_CHARACTERS)]
CursorText = Annotated[str, Meta(max_length=32, description="`useq.tag` of the last event applied.")]
Milliseconds = Annotated[int, Meta(description="Milliseconds since 1970, UTC.")]


class Request(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A body that a client sends."""


class Answer(Struct, frozen=True, kw_only=True):
    """A body that the server sends."""


class Presence(StrEnum):
    """What others see of a person; nobody but the person sees ``invisible``."""

    ONLINE = "online"
    AWAY = "away"
    DND = "dnd"
    INVISIBLE = "invisible"
    OFFLINE = "offline"


class ChosenPresence(StrEnum):
    """What a person may choose to be while connected."""

    ONLINE = "online"
    AWAY = "away"
    DND = "dnd"
    INVISIBLE = "invisible"


# -- errors


class ErrorBody(Answer, frozen=True, omit_defaults=True):
    code: str
    message: str
    retry_after: Annotated[float, Meta(description="Seconds.")] | UnsetType = UNSET


class ErrorAnswer(Answer, frozen=True):
    """The one shape of every error."""

    error: ErrorBody


# -- people


class Profile(Answer, frozen=True):
    """A person as others see them. ``avatar`` and ``url`` are addresses on the host, or empty."""

    id: UserId
    name: str
    avatar: str = ""
    url: str = ""


class Contact(Answer, frozen=True):
    """A person in a list, with what they are now."""

    id: UserId
    name: str
    avatar: str = ""
    url: str = ""
    presence: Presence = Presence.OFFLINE
    status_text: str = ""
    friend: bool = False


class ContactPage(Answer, frozen=True):
    data: list[Contact]
    total: Annotated[int, Meta(description="How many there are in all pages, at the time of this page.")]
    next_cursor: str | None = None


class OwnPresence(Answer, frozen=True):
    presence: ChosenPresence
    status_text: str = ""


class SetPresence(Request, frozen=True):
    """A field that is absent stays as it is."""

    presence: ChosenPresence | UnsetType = UNSET
    status_text: Annotated[str, Meta(max_length=STATUS_TEXT_CHARACTERS)] | UnsetType = UNSET


# -- sessions


class OpenSession(Request, frozen=True):
    """``token`` is the host's signed token, exchanged here once."""

    site: SiteId
    token: Annotated[str, Meta(min_length=1, max_length=8_192)]


class SiteAnswer(Answer, frozen=True):
    id: SiteId
    name: str


class SessionAnswer(Answer, frozen=True):
    """``session`` is the secret for the Authorization header (`Bearer`) and for polls."""

    session: str
    expires_at: Milliseconds
    user: Profile
    site: SiteAnswer


# -- conversations and messages


class Message(Answer, frozen=True):
    """``seq`` is dense per conversation, from 1; it alone gives the order."""

    conversation_id: ConversationId
    seq: int
    sender_id: UserId
    client_id: ClientId
    text: str
    created_at: Milliseconds


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


# -- state and events


class State(Answer, frozen=True):
    """One consistent snapshot; events after ``cursor`` are not in it, events before it are."""

    cursor: CursorText
    server_time: Milliseconds
    user: Profile
    own: OwnPresence
    conversations: ConversationPage
    unread_total: Annotated[int, Meta(description="Over all conversations, not only the page.")]
    friends_total: int
    site: SiteAnswer


class MessageCreated(Answer, frozen=True, tag_field="type", tag="message.created"):
    cursor: CursorText
    message: Message


class ReceiptRead(Answer, frozen=True, tag_field="type", tag="receipt.read"):
    """The reader's own watermark moved, here or on another device."""

    cursor: CursorText
    conversation_id: ConversationId
    user_id: UserId
    read_seq: int
    unread: int


class PresenceChange(Answer, frozen=True):
    user_id: UserId
    presence: Presence
    status_text: str = ""


class PresenceChanged(Answer, frozen=True, tag_field="type", tag="presence.changed"):
    """Best effort, without a cursor: what the people in the poll's ``watch`` are now."""

    changes: list[PresenceChange]


class OwnPresenceChanged(Answer, frozen=True, tag_field="type", tag="presence.own"):
    """Best effort, without a cursor: this person chose another presence, here or elsewhere."""

    own: OwnPresence


class TypingStarted(Answer, frozen=True, tag_field="type", tag="typing.started"):
    """Best effort, without a cursor; ends by itself after some seconds."""

    conversation_id: ConversationId
    user_id: UserId


class TypingStopped(Answer, frozen=True, tag_field="type", tag="typing.stopped"):
    """Best effort, without a cursor."""

    conversation_id: ConversationId
    user_id: UserId


Event = MessageCreated | ReceiptRead | PresenceChanged | OwnPresenceChanged | TypingStarted | TypingStopped


class Poll(Request, frozen=True):
    """Wait for events after ``cursor``.

    ``watch`` names the people on the screen; ``presence`` is the mark from the last answer, absent or
    empty to be told what all of them are now. ``wait`` false answers at once.
    """

    token: Annotated[str, Meta(max_length=256, description="The session, as in the Authorization header.")]
    cursor: CursorText
    watch: Annotated[list[UserId], Meta(max_length=WATCHED_USERS)] = []
    presence: Annotated[str, Meta(max_length=64)] = ""
    wait: bool = True


class SetTyping(Request, frozen=True):
    typing: bool


class Ticket(Answer, frozen=True):
    """Opens one event stream, once."""

    ticket: str
    expires_at: Milliseconds


class ResetReason(StrEnum):
    """Why a cursor cannot be caught up with; the client reads /v1/state and goes on from there."""

    BEHIND = "behind"
    FLOOR = "floor"
    TAG = "tag"
    AHEAD = "ahead"


class PollAnswer(Answer, frozen=True, omit_defaults=True):
    """``cursor`` is the one to poll with next. ``more``: poll again at once, there is more backlog.

    ``retry_ms``: this server is about to stop; poll again after so long.
    """

    events: list[Event]
    cursor: CursorText
    more: bool = False
    presence: str = ""
    reset: ResetReason | UnsetType = UNSET
    retry_ms: int | UnsetType = UNSET
