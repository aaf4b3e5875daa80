"""People, what others see of them, and their sessions."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from imserver.protocol.types.base import Answer, Milliseconds, Request, SiteId, UserId

STATUS_TEXT_CHARACTERS = 140
USERS_PER_LOOKUP = 200


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


class Profile(Answer, frozen=True):
    """A person as others see them. ``avatar`` and ``url`` are addresses on the host, or empty."""

    id: UserId
    name: str
    avatar: str = ""
    url: str = ""
    guest: Annotated[bool, Meta(description="Somebody without an account on the site.")] = False


class Contact(Answer, frozen=True):
    """A person in a list, with what they are now."""

    id: UserId
    name: str
    avatar: str = ""
    url: str = ""
    presence: Presence = Presence.OFFLINE
    status_text: str = ""
    friend: bool = False
    guest: bool = False
    bot: Annotated[bool, Meta(description="A program of the site, which speaks for it.")] = False


class Card(Contact, frozen=True):
    """All that one person may know of another. ``joined``: when the account was made, 0 if unknown.

    ``blocked``: the reader has blocked this person; whether it is so the other way round nobody is told.
    """

    joined: Milliseconds = 0
    blocked: bool = False


class Contacts(Answer, frozen=True):
    data: list[Contact]


class LookUpUsers(Request, frozen=True):
    """Ids of people; those who are not on the site are passed over."""

    ids: Annotated[list[UserId], Meta(max_length=USERS_PER_LOOKUP)]


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


class OpenSession(Request, frozen=True):
    """``token`` is the host's signed token, exchanged here once."""

    site: SiteId
    token: Annotated[str, Meta(min_length=1, max_length=8_192)]


class SiteAnswer(Answer, frozen=True, omit_defaults=True):
    """What the site's owner has decided. ``theme``: values of ``--im-*``, without the prefix of the names.

    ``retention_days``: messages that are older are not kept, and no client shows them; 0: all are.
    """

    id: SiteId
    name: str
    rooms: bool = True
    uploads: bool = True
    language: str = ""
    theme: dict[str, str] = field(default_factory=dict)
    retention_days: int = 0


class SessionAnswer(Answer, frozen=True):
    """``session`` is the secret for the Authorization header (`Bearer`) and for polls."""

    session: str
    expires_at: Milliseconds
    user: Profile
    site: SiteAnswer
