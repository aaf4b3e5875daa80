"""What a person keeps from others: blocks, switches, requests, mutes, reports."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.errors import FOR_EVER_MS
from imserver.protocol.types.base import Answer, ConversationId, Milliseconds, Request, UserId
from imserver.protocol.types.people import Profile

NOTE_CHARACTERS = 1_000
TimeOfDay = Annotated[
    str, Meta(pattern="^$|^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM, or empty for none.")
]
ZoneName = Annotated[
    str, Meta(max_length=64, pattern="^[A-Za-z0-9_+/-]*$", description="Such as Europe/Berlin, or empty.")
]
Locale = Annotated[str, Meta(max_length=35, pattern="^[A-Za-z0-9-]*$")]


class Blocked(Answer, frozen=True):
    """Somebody whom the reader has blocked."""

    user: Profile
    blocked_at: Milliseconds


class BlockPage(Answer, frozen=True):
    data: list[Blocked]
    next_cursor: str | None = None


class UserSettings(Answer, frozen=True):
    """The first three are switches that the server enforces, each by itself and both ways.

    Who gives no receipts gets none, who does not show typing sees none, and who shows no presence sees
    everybody offline. The rest is for the person's own clients, the same on every device.
    """

    receipts: bool = True
    typing: bool = True
    presence: bool = True
    sound: bool = True
    notifications: bool = True
    email: bool = True
    quiet_from: TimeOfDay = ""
    quiet_to: TimeOfDay = ""
    time_zone: ZoneName = ""
    locale: Locale = ""


class SetSettings(Request, frozen=True):
    """A field that is absent stays as it is."""

    receipts: bool | UnsetType = UNSET
    typing: bool | UnsetType = UNSET
    presence: bool | UnsetType = UNSET
    sound: bool | UnsetType = UNSET
    notifications: bool | UnsetType = UNSET
    email: bool | UnsetType = UNSET
    quiet_from: TimeOfDay | UnsetType = UNSET
    quiet_to: TimeOfDay | UnsetType = UNSET
    time_zone: ZoneName | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET


class SetAcceptance(Request, frozen=True):
    """Take a stranger's conversation among the others, or put it away; the stranger is told of neither."""

    accepted: bool


class SetMute(Request, frozen=True):
    until_ms: Annotated[
        int, Meta(ge=0, le=FOR_EVER_MS, description="0: not muted. 2^53: for ever. Else until this time.")
    ]


class ReportReason(StrEnum):
    """Why somebody reports a person or a message."""

    SPAM = "spam"
    ABUSE = "abuse"
    HATE = "hate"
    SEXUAL = "sexual"
    OTHER = "other"


class NewReport(Request, frozen=True):
    """``user_id`` reports a person; ``conversation_id`` and ``seq`` a message that the reporter can read."""

    reason: ReportReason
    note: Annotated[str, Meta(max_length=NOTE_CHARACTERS)] = ""
    user_id: UserId | UnsetType = UNSET
    conversation_id: ConversationId | UnsetType = UNSET
    seq: Annotated[int, Meta(ge=1, le=2**53)] | UnsetType = UNSET


class ReportAnswer(Answer, frozen=True):
    id: str
