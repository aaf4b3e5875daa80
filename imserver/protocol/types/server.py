"""The server API: what a site's own server says to us, and what we answer. Keys, not sessions, open it."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import (
    Answer,
    ConversationId,
    Milliseconds,
    Request,
    SiteId,
    UserId,
)
from imserver.protocol.types.conversations import Role
from imserver.protocol.types.groups import RoomName, Topic
from imserver.protocol.types.messages import MESSAGES_PER_REQUEST, NewMessage
from imserver.protocol.types.people import Presence

USERS_PER_CALL = 1_000
FRIENDS_PER_LIST = 100_000
FRIENDS_PER_CHANGE = 1_000
CHANGES_PER_CALL = 1_000
URL_CHARACTERS = 2_000

UserIds = Annotated[list[UserId], Meta(min_length=1, max_length=USERS_PER_CALL)]
FriendIds = Annotated[tuple[UserId, ...], Meta(max_length=FRIENDS_PER_CHANGE)]
# What a token may say of groups, and whom they let find each other: docs/sites.md, roster.
GroupNames = Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=32)]
Seconds = Annotated[int, Meta(ge=0, le=10**11, description="Seconds since 1970, UTC; 0: not known.")]


class SiteInfo(Answer, frozen=True):
    """The site to which the key belongs."""

    id: SiteId
    name: str
    origins: tuple[str, ...]


# -- people


class UserDescription(Request, frozen=True):
    """A person as a token would describe them; what is absent is empty, but groups stay as they are."""

    name: Annotated[str, Meta(max_length=80)] = ""
    avatar: Annotated[str, Meta(max_length=500)] = ""
    url: Annotated[str, Meta(max_length=500)] = ""
    roles: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=16)] = ()
    guest: bool = False
    moderator: bool = False
    email: Annotated[str, Meta(max_length=254)] = ""
    joined: Seconds = 0
    posts: Annotated[int, Meta(ge=0, le=2**53)] | UnsetType = UNSET
    trust: Annotated[int, Meta(ge=0, le=2**53)] | UnsetType = UNSET
    groups: GroupNames | UnsetType = UNSET


class NamedUser(UserDescription, frozen=True, kw_only=True):
    id: UserId


class PutUsers(Request, frozen=True):
    """Of two that have the same id the later counts."""

    users: Annotated[list[NamedUser], Meta(min_length=1, max_length=USERS_PER_CALL)]


class UsersSaved(Answer, frozen=True):
    created: int
    changed: int
    unchanged: int


class ServerUser(Answer, frozen=True):
    """A person as the site's own server sees them. ``seen_at``: when they were last described anew."""

    id: UserId
    name: str
    avatar: str
    url: str
    roles: tuple[str, ...]
    guest: bool
    moderator: bool
    email: str
    joined: Seconds
    groups: tuple[str, ...]
    bot: bool
    created_at: Milliseconds
    seen_at: Milliseconds


class ServerUserPage(Answer, frozen=True):
    data: list[ServerUser]
    next_cursor: str | None = None


class PutBan(Request, frozen=True):
    """Until a time, or for ever (2^53, which is also what is meant by none)."""

    reason: Annotated[str, Meta(max_length=500)] = ""
    until_ms: Annotated[int, Meta(ge=0, le=2**53)] = 2**53


class ServerBan(Answer, frozen=True):
    """``actor``: who banned them, such as `key:a_1b2c3d4e`."""

    user_id: UserId
    until_ms: Milliseconds
    reason: str
    actor: str
    created_at: Milliseconds


class ServerBanPage(Answer, frozen=True):
    """The latest first, also those that are over."""

    data: list[ServerBan]
    next_cursor: str | None = None


class UserIdsRequest(Request, frozen=True):
    """Ids of people; those who are not on the site are left out of the answer."""

    ids: UserIds


class UserPresence(Answer, frozen=True):
    """As any member may see it: who is invisible is offline."""

    id: UserId
    presence: Presence
    status_text: str


class UserPresences(Answer, frozen=True):
    data: list[UserPresence]


class UserUnread(Answer, frozen=True):
    """``unread`` messages in so many ``conversations``, without those that are muted."""

    id: UserId
    unread: int
    conversations: int


class UserUnreads(Answer, frozen=True):
    data: list[UserUnread]


# -- friends


class PutFriends(Request, frozen=True):
    """All friends of a person."""

    friends: Annotated[list[UserId], Meta(max_length=FRIENDS_PER_LIST)]


class PatchFriends(Request, frozen=True):
    """Who stands in both lists is a friend afterwards."""

    add: FriendIds = ()
    remove: FriendIds = ()


class UserFriends(PatchFriends, frozen=True, kw_only=True):
    user_id: UserId


class PatchManyFriends(Request, frozen=True):
    changes: Annotated[list[UserFriends], Meta(min_length=1, max_length=CHANGES_PER_CALL)]


class FriendsSaved(Answer, frozen=True):
    added: int
    removed: int


class FriendIdPage(Answer, frozen=True):
    """Ids only; some may be of people who have not come yet."""

    data: list[UserId]
    next_cursor: str | None = None


class PulledFriends(Answer, frozen=True):
    """How a list was fetched. ``status`` is of HTTP, 0: no answer; ``error`` is empty if it went well."""

    id: UserId
    status: int
    error: str
    pulled_at: Milliseconds
    added: int = 0
    removed: int = 0


class PullFailure(Answer, frozen=True):
    """``retry_at`` is 0 where it is tried again at the person's next sign-in."""

    id: UserId
    status: int
    error: str
    retry_at: Milliseconds


class FriendsSource(Answer, frozen=True):
    """``url`` is empty where lists are not fetched. ``failures``: those of the last fetches that failed."""

    url: str
    minutes: int
    people: int
    failed: int
    last_pulled_at: Milliseconds
    failures: list[PullFailure]


class PutFriendsSource(Request, frozen=True):
    """Where lists are fetched at sign-in once they are older than ``minutes``; an empty ``url``: nowhere."""

    url: Annotated[str, Meta(max_length=URL_CHARACTERS)]
    minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60


# -- bots and what they say


class PutBot(Request, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    avatar: Annotated[str, Meta(max_length=500)] = ""
    url: Annotated[str, Meta(max_length=500)] = ""


class Bots(Answer, frozen=True):
    data: list[ServerUser]


class ServerSend(Request, frozen=True):
    """To one person (``user_id``) or into a conversation in which the sender takes part.

    Without ``sender_id`` the site itself speaks. Repeat with the same client ids until there is an answer.
    """

    messages: Annotated[list[NewMessage], Meta(min_length=1, max_length=MESSAGES_PER_REQUEST)]
    sender_id: UserId | UnsetType = UNSET
    user_id: UserId | UnsetType = UNSET
    conversation_id: ConversationId | UnsetType = UNSET


# -- rooms


class NewRoom(Request, frozen=True):
    """Without ``owner_id`` the room is the site's own."""

    name: RoomName
    topic: Topic = ""
    owner_id: UserId | UnsetType = UNSET


class ChangeRoom(Request, frozen=True):
    """A field that is absent stays as it is; 0 ends slow mode."""

    name: RoomName | UnsetType = UNSET
    topic: Topic | UnsetType = UNSET
    slow_seconds: Annotated[int, Meta(ge=0, le=21_600)] | UnsetType = UNSET


class ServerRoom(Answer, frozen=True):
    """``page``: the address of the page whose room it is, or empty. ``open`` is false for a closed one."""

    id: ConversationId
    name: str
    topic: str
    page: str
    slow_seconds: int
    open: bool
    members: int
    last_seq: int
    last_at: Milliseconds


class ServerRoomPage(Answer, frozen=True):
    data: list[ServerRoom]
    next_cursor: str | None = None


class ServerMember(Answer, frozen=True):
    id: UserId
    name: str
    role: Role
    joined_at: Milliseconds


class ServerMemberPage(Answer, frozen=True):
    data: list[ServerMember]
    next_cursor: str | None = None


class PutMember(Request, frozen=True):
    role: Role = Role.MEMBER
