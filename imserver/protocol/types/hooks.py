"""Webhooks: what a site says of them, and what they are sent."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import Answer, ConversationId, Milliseconds, Request, SiteId, UserId

URL_CHARACTERS = 2_000
Url = Annotated[str, Meta(min_length=1, max_length=URL_CHARACTERS)]
WebhookId = Annotated[str, Meta(max_length=32)]


class WebhookEventType(StrEnum):
    """What a webhook can hear of."""

    MESSAGE_CREATED = "message.created"
    MESSAGE_CHANGED = "message.changed"
    USER_CREATED = "user.created"
    REPORT_CREATED = "report.created"
    BAN_ADDED = "ban.added"
    BAN_LIFTED = "ban.lifted"


WebhookEvents = Annotated[list[WebhookEventType], Meta(min_length=1, max_length=16)]


class NewWebhook(Request, frozen=True):
    url: Url
    events: WebhookEvents


class ChangeWebhook(Request, frozen=True):
    """A field that is absent stays as it is. Switching one on again lets it go on where it stopped."""

    url: Url | UnsetType = UNSET
    events: WebhookEvents | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class ServerWebhook(Answer, frozen=True):
    """``reason``: why it was switched off.

    So many ``tries`` have failed since ``failing_since``; the next is at ``due_at``.
    """

    id: WebhookId
    url: str
    events: list[WebhookEventType]
    enabled: bool
    reason: str
    tries: int
    due_at: Milliseconds
    failing_since: Milliseconds
    created_at: Milliseconds


class WebhookMade(ServerWebhook, frozen=True, kw_only=True):
    """``secret`` signs what is sent; it is shown this once."""

    secret: str


class WebhookList(Answer, frozen=True):
    data: list[ServerWebhook]


class WebhookPost(Answer, frozen=True):
    """One request: ``kind`` is events, again or test; ``status`` 0 where there was no answer."""

    number: int
    kind: str
    first_event: int
    last_event: int
    events: int
    status: int
    error: str
    took_ms: int
    created_at: Milliseconds


class WebhookPostPage(Answer, frozen=True):
    data: list[WebhookPost]
    next_cursor: str | None = None


# -- what webhooks are sent


class MessageNews(Answer, frozen=True, omit_defaults=True):
    """A message, by its place.

    ``text`` is there in rooms and where a bot of the site takes part, nowhere else.
    """

    conversation_id: ConversationId
    kind: Annotated[str, Meta(description="`direct`, `group` or `room`.")]
    seq: int
    sender_id: UserId
    created_at: Milliseconds
    version: int = 0
    edited_at: Milliseconds = 0
    deleted: bool = False
    text: str | UnsetType = UNSET


class UserNews(Answer, frozen=True):
    user_id: UserId
    name: str
    guest: bool


class ReportNews(Answer, frozen=True):
    """A report, without the words it is about: those are for the moderators of the console."""

    report_id: str
    reporter_id: UserId
    user_id: UserId
    reason: str
    conversation_id: str
    seq: int


class BanNews(Answer, frozen=True):
    user_id: UserId


class TestNews(Answer, frozen=True):
    """Sent by the test call only."""

    webhook_id: WebhookId


class _Event(Answer, frozen=True, kw_only=True, tag_field="type"):
    """``id`` is the same however often the event is sent."""

    id: str
    created_at: Milliseconds


class MessageCreatedNews(_Event, frozen=True, tag="message.created"):
    data: MessageNews


class MessageChangedNews(_Event, frozen=True, tag="message.changed"):
    data: MessageNews


class UserCreatedNews(_Event, frozen=True, tag="user.created"):
    data: UserNews


class ReportCreatedNews(_Event, frozen=True, tag="report.created"):
    data: ReportNews


class BanAddedNews(_Event, frozen=True, tag="ban.added"):
    data: BanNews


class BanLiftedNews(_Event, frozen=True, tag="ban.lifted"):
    data: BanNews


class WebhookTestNews(_Event, frozen=True, tag="webhook.test"):
    data: TestNews


WebhookEvent = (
    MessageCreatedNews
    | MessageChangedNews
    | UserCreatedNews
    | ReportCreatedNews
    | BanAddedNews
    | BanLiftedNews
    | WebhookTestNews
)


class WebhookBody(Answer, frozen=True):
    """What a webhook is sent: events in the order of their numbers."""

    site_id: SiteId
    webhook_id: WebhookId
    events: list[WebhookEvent]
