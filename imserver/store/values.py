"""What the store hands out: frozen values, without a connection or a clock behind them."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Presence, ResetReason


class UserKey(NamedTuple):
    """A person is only ever named together with the site."""

    site_id: str
    user_id: str


# The site behind the theme editor's preview: the installation's own, and in no list of sites.
PREVIEW_SITE = "im-preview"
# The kind of a conversation whose events are in a stream of its own, for those who have it open.
ROOM = "room"
# What a room's id begins with; the ids of other conversations begin with other letters.
ROOM_PREFIX = "r"
# No host's user id begins with a control character, so no person's stream can be taken for a room's.
_ROOM_MARK = "\x1f"


def room_stream(conversation_id: str) -> str:
    """Return what stands in the place of a user id where the events of a room are kept."""
    return _ROOM_MARK + conversation_id


def room_of_stream(user_id: str) -> str:
    """Undo ``room_stream``."""
    return user_id.removeprefix(_ROOM_MARK)


def is_room_stream(user_id: str) -> bool:
    """Tell whether ``user_id`` is what ``room_stream`` makes."""
    return user_id.startswith(_ROOM_MARK)


class Once(NamedTuple):
    """A host's token that opens one session: the hash of its id, and when it cannot be shown again anyway."""

    token_id: bytes
    expires_at: int


class SiteLimits(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a site's plan holds; 0 is no limit. Guests are no members."""

    members: int = 0
    messages_per_day: int = 0
    storage_bytes: int = 0
    sends_per_second: int = 0


class SiteRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a site's owner has decided, and its plan. ``site_rules.py`` says what each may be.

    Stored as JSON without what is as it always is; a rule that is new has its default everywhere.
    """

    guests: bool = True
    guests_create: bool = False
    guests_upload: bool = False
    requests: bool = True
    rooms: bool = True
    uploads: bool = True
    roster: Literal["everyone", "friends", "group"] = "everyone"
    # 0: for ever.
    retention_days: int = 0
    language: str = ""
    # By the names of the widget's variables without their ``--im-``.
    theme: dict[str, str] = {}
    limits: SiteLimits = SiteLimits()
    # What members who are erased have written: "delete" leaves empty places, "keep" a former member's texts.
    erased_texts: Literal["delete", "keep"] = "delete"
    # Where the site's own server says who somebody's friends are, asked at sign-in once that is so old.
    friends_url: str = ""
    friends_minutes: int = 60

    @property
    def concerns_sends(self) -> bool:
        """Tell whether a send has to be held against these rules, inside its transaction."""
        return not self.rooms or self.limits.messages_per_day > 0 or self.limits.sends_per_second > 0


@dataclass(frozen=True, slots=True)
class Site:
    """``keys`` maps kid to secret; a signed token names the kid. Nobody signs in to a ``suspended`` one."""

    site_id: str
    name: str
    origins: tuple[str, ...]
    keys: dict[str, bytes] = field(repr=False)
    rules: SiteRules = field(default_factory=SiteRules)
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFigures:
    """What a site holds. ``messages``: all that were ever sent. ``keys_made_at``: ms, by key id."""

    members: int
    guests: int
    conversations: int
    messages: int
    storage_bytes: int
    keys_made_at: dict[str, int]


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the host describes them. ``joined`` is in milliseconds, 0 if the host does not say.

    ``moderator``: keeps order in the rooms of the site's pages, and in its public rooms. ``posts`` and
    ``trust``: how much they have written there and how far they are trusted, -1 if the host does not say.
    """

    site_id: str
    user_id: str
    name: str
    avatar: str = ""
    url: str = ""
    roles: tuple[str, ...] = ()
    guest: bool = False
    email: str = field(default="", repr=False)
    joined: int = 0
    moderator: bool = False
    posts: int = -1
    trust: int = -1
    # None: the host does not say, and what it said before holds. They are in a table of their own.
    groups: tuple[str, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Session:
    """``session_id`` is the start of the secret's hash; the secret cannot be told from it."""

    site_id: str
    user_id: str
    session_id: bytes
    origin: str
    expires_at: int
    guest: bool = False


class Head(msgspec.Struct, frozen=True, gc=False):
    """The newest event of a person's stream, and the highest number that has been trimmed.

    A struct, because the sweep makes thousands a second.
    """

    useq: int
    tag: int
    floor: int

    @property
    def cursor(self) -> Cursor:
        """The cursor of one who has applied everything."""
        return Cursor(self.useq, self.tag)


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One committed event for one person, ready to be written to their connections.

    ``after_tag`` is the tag of the event before it in the person's stream, 0 before the first. A struct,
    because two are made for every message, and a frozen dataclass takes five times as long.
    """

    site_id: str
    user_id: str
    useq: int
    tag: int
    event: bytes
    after_tag: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Events after a cursor; ``cursor`` is the one to go on from. ``more``: there are others behind them."""

    events: list[bytes]
    cursor: Cursor
    more: bool


@dataclass(frozen=True, slots=True)
class Reset:
    """The cursor cannot be caught up with; the client has to read the state again."""

    reason: ResetReason


@dataclass(frozen=True, slots=True)
class PresenceState:
    """What a viewer sees of a person now; ``hidden`` if that is offline whatever the person is."""

    user_id: str
    presence: Presence
    status_text: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PresenceChangeRow:
    """What others see of a person has become this."""

    site_id: str
    user_id: str
    presence: Presence
    status_text: str


class Sight(NamedTuple):
    """What one person sees of another from now on, and nobody else is told."""

    viewer: UserKey
    user_id: str
    presence: Presence
    status_text: str
