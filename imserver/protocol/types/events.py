"""The snapshot that a client starts from, and the events that move it on."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import (
    Answer,
    ClientId,
    ConversationId,
    CursorText,
    Milliseconds,
    Request,
    UserId,
)
from imserver.protocol.types.conversations import ConversationPage
from imserver.protocol.types.groups import ROOMS_FOLLOWED, Invitation
from imserver.protocol.types.messages import Message
from imserver.protocol.types.people import OwnPresence, Presence, Profile, SiteAnswer

WATCHED_USERS = 200
WarningId = Annotated[str, Meta(min_length=1, max_length=32)]
Room = Annotated[
    ConversationId, Meta(description="Where this is: an event of a room's own stream, as is its cursor.")
]


class Warned(Answer, frozen=True):
    """What those who look after the site have said to the person, who has not seen it yet."""

    id: WarningId
    text: str
    at: Milliseconds


class State(Answer, frozen=True):
    """One consistent snapshot; events after ``cursor`` are not in it, events before it are."""

    cursor: CursorText
    server_time: Milliseconds
    user: Profile
    own: OwnPresence
    conversations: ConversationPage
    unread_total: Annotated[
        int, Meta(description="Over all conversations that are not muted, not only the page.")
    ]
    friends_total: int
    site: SiteAnswer
    invitations: Annotated[list[Invitation], Meta(description="The newest.")] = []  # noqa: RUF012 - msgspec copies it
    warnings: Annotated[
        list[Warned], Meta(description="Show them, the first one first, until they are seen.")
    ] = []  # noqa: RUF012 - as above


class MessageCreated(Answer, frozen=True, tag_field="type", tag="message.created"):
    cursor: CursorText
    message: Message
    room: Room | UnsetType = UNSET


class MessageChanged(Answer, frozen=True, tag_field="type", tag="message.changed"):
    """The message as it is when it is read: after several changes each of their events says the last."""

    cursor: CursorText
    message: Message
    room: Room | UnsetType = UNSET


class ReceiptRead(Answer, frozen=True, tag_field="type", tag="receipt.read"):
    """The reader's own watermark moved, here or on another device."""

    cursor: CursorText
    conversation_id: ConversationId
    user_id: UserId
    read_seq: int
    unread: int


class ReceiptPeer(Answer, frozen=True, tag_field="type", tag="receipt.peer"):
    """How far somebody else has a conversation; marks never go back. Without a cursor in groups."""

    conversation_id: ConversationId
    user_id: UserId
    read_seq: int
    delivered_seq: int
    cursor: CursorText | UnsetType = UNSET


class ConversationChanged(Answer, frozen=True, tag_field="type", tag="conversation.changed"):
    """Read the conversation again; one that answers 404 is gone from the person's list."""

    cursor: CursorText
    conversation_id: ConversationId
    room: Room | UnsetType = UNSET


class ConversationGrown(Answer, frozen=True, tag_field="type", tag="conversation.grown"):
    """Best effort, without a cursor: a room that the person is in has come so far, followed or not."""

    conversation_id: ConversationId
    last_seq: int
    last_at: Milliseconds


class InvitationsChanged(Answer, frozen=True, tag_field="type", tag="invitations.changed"):
    """Read the invitations again."""

    cursor: CursorText


class PeopleChanged(Answer, frozen=True, tag_field="type", tag="people.changed"):
    """What this person has to do with somebody is new, such as a block: read the profile again."""

    cursor: CursorText
    user_id: UserId


class SettingsChanged(Answer, frozen=True, tag_field="type", tag="settings.changed"):
    """This person changed the settings, here or on another device: read them again."""

    cursor: CursorText
    user_id: UserId


class MessageRefused(Answer, frozen=True, tag_field="type", tag="message.refused"):
    """A moderator has refused a message of this person's that was held: nobody else will see it."""

    cursor: CursorText
    conversation_id: ConversationId
    client_id: ClientId


class MemberWarned(Answer, frozen=True, tag_field="type", tag="moderation.warned"):
    """Those who look after the site have something to say to this person."""

    cursor: CursorText
    id: WarningId
    text: str
    at: Milliseconds


class WarningSeen(Answer, frozen=True, tag_field="type", tag="moderation.seen"):
    """This person has seen a warning, here or on another device: it is shown no more."""

    cursor: CursorText
    id: WarningId


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


Event = (
    MessageCreated
    | MessageChanged
    | ReceiptRead
    | ReceiptPeer
    | ConversationChanged
    | ConversationGrown
    | InvitationsChanged
    | PeopleChanged
    | SettingsChanged
    | MessageRefused
    | MemberWarned
    | WarningSeen
    | PresenceChanged
    | OwnPresenceChanged
    | TypingStarted
    | TypingStopped
)


class Poll(Request, frozen=True):
    """Wait for events after ``cursor``.

    ``watch`` names the people on the screen; ``presence`` is the mark from the last answer, absent or
    empty to be told what all of them are now. ``wait`` false answers at once.
    """

    token: Annotated[str, Meta(max_length=256, description="The session, as in the Authorization header.")]
    cursor: CursorText
    watch: Annotated[list[UserId], Meta(max_length=WATCHED_USERS)] = []  # noqa: RUF012 - msgspec copies it
    presence: Annotated[str, Meta(max_length=64)] = ""
    wait: bool = True
    rooms: Annotated[
        dict[ConversationId, CursorText],
        Meta(max_length=ROOMS_FOLLOWED, description="Rooms to hear, each from a cursor of its own stream."),
    ] = {}  # noqa: RUF012 - as above


class SetTyping(Request, frozen=True):
    typing: bool


class Ticket(Answer, frozen=True):
    """Opens one event stream, once."""

    ticket: str
    expires_at: Milliseconds


class ResetReason(StrEnum):
    """Why a cursor cannot be caught up with; the client reads /v1/state and goes on from there.

    GONE is said of rooms only: the person may not hear it (any more).
    """

    BEHIND = "behind"
    FLOOR = "floor"
    TAG = "tag"
    AHEAD = "ahead"
    GONE = "gone"


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
    resets: Annotated[
        dict[ConversationId, ResetReason],
        Meta(description="Rooms that are heard no longer; `gone`: they may not be."),
    ] = {}  # noqa: RUF012 - as above
