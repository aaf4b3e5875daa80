"""Groups and rooms: made, changed, joined and left; who is in them, and who is asked to be."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import Answer, ConversationId, Milliseconds, Request, UserId
from imserver.protocol.types.conversations import ConversationKind, Role
from imserver.protocol.types.people import Contact, Profile

GROUP_MEMBERS = 100
ROOM_NAME_CHARACTERS = 80
TOPIC_CHARACTERS = 250
PAGE_CHARACTERS = 2_000
SLOW_SECONDS = 6 * 3_600
ROOMS_FOLLOWED = 8

RoomName = Annotated[str, Meta(max_length=ROOM_NAME_CHARACTERS)]
Topic = Annotated[str, Meta(max_length=TOPIC_CHARACTERS)]
Invited = Annotated[list[UserId], Meta(max_length=GROUP_MEMBERS - 1)]


class OpenConversation(Request, frozen=True):
    """Open (or find) the direct conversation with ``user_id``, make a group or a room, open a page's room.

    `direct` takes `user_id`; `group` takes `name` and `user_ids`, who are invited; `room` takes either `name`
    and `topic`, or `page`.
    """

    kind: ConversationKind = ConversationKind.DIRECT
    user_id: UserId | UnsetType = UNSET
    name: RoomName | UnsetType = UNSET
    user_ids: Invited | UnsetType = UNSET
    topic: Topic | UnsetType = UNSET
    page: Annotated[str, Meta(max_length=PAGE_CHARACTERS)] | UnsetType = UNSET


class ChangeConversation(Request, frozen=True):
    """A field that is absent stays as it is. An empty ``picture`` takes it away; 0 ends slow mode."""

    name: RoomName | UnsetType = UNSET
    topic: Topic | UnsetType = UNSET
    picture: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    slow_seconds: Annotated[int, Meta(ge=0, le=SLOW_SECONDS)] | UnsetType = UNSET


class SetRole(Request, frozen=True):
    role: Role


class Invite(Request, frozen=True):
    user_ids: Annotated[list[UserId], Meta(min_length=1, max_length=GROUP_MEMBERS - 1)]


class Member(Contact, frozen=True):
    """A person of a group or room, with what they are now and what they may do there."""

    role: Role = Role.MEMBER


class MemberPage(Answer, frozen=True):
    """Those online first, then by name. ``total`` counts what was asked for, ``online`` all who are here."""

    data: list[Member]
    total: int
    online: int
    next_cursor: str | None = None


class RoomReaders(Answer, frozen=True):
    """``readers`` counts whom the viewer may see online; beyond 256 it is an estimate of two digits."""

    readers: int


class Invitation(Answer, frozen=True):
    conversation_id: ConversationId
    kind: ConversationKind
    name: str
    picture: str
    members: int
    inviter: Profile
    created_at: Milliseconds


class InvitationPage(Answer, frozen=True):
    data: list[Invitation]


class PublicRoom(Answer, frozen=True):
    conversation_id: ConversationId
    name: str
    topic: str
    picture: str
    members: int
    joined: bool


class PublicRoomPage(Answer, frozen=True):
    data: list[PublicRoom]
    next_cursor: str | None = None
