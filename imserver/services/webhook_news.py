"""What a webhook is told of an event: as things are by then, and no more words than the site may read.

A site's owner reads rooms, which are public, and what is said to the site's own bots. What members say to
each other in direct conversations and groups is theirs: of that the owner hears that it was said, by whom,
where and when.
"""

from collections.abc import Callable, Mapping

from msgspec import UNSET

from imserver.protocol.types import hooks as wire
from imserver.store import Store
from imserver.store import webhook_outbox as outbox
from imserver.store.message_rows import extra_of
from imserver.store.values import ROOM
from imserver.store.webhook_queue import Logged, MessageSeen

Event = wire.WebhookEvent


class WebhookNews:
    """Turns the log's rows into what is sent."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._makers: Mapping[str, Callable[[str, Logged], Event | None]] = {
            outbox.MESSAGE_CREATED: self._message,
            outbox.MESSAGE_CHANGED: self._message,
            outbox.USER_CREATED: self._user,
            outbox.REPORT_CREATED: self._report,
            outbox.BAN_ADDED: self._ban,
            outbox.BAN_LIFTED: self._ban,
        }

    def tell(self, site_id: str, logged: Logged) -> Event | None:
        """Return the event; None for one of something that is there no longer."""
        return self._makers[logged.type](site_id, logged)

    def _message(self, site_id: str, logged: Logged) -> Event | None:
        seen = self._store.webhook_queue.find_message(site_id, logged.stream, logged.place)
        if seen is None:
            return None
        is_new = logged.type == outbox.MESSAGE_CREATED
        kind = wire.MessageCreatedNews if is_new else wire.MessageChangedNews
        return kind(
            id=_id(site_id, logged), created_at=logged.created_at, data=_message_news(logged.stream, seen)
        )

    def _user(self, site_id: str, logged: Logged) -> Event | None:
        person = self._store.people.fetch_people(site_id, [logged.stream]).get(logged.stream)
        if person is None:
            return None
        data = wire.UserNews(user_id=person.user_id, name=person.name, guest=person.guest)
        return wire.UserCreatedNews(id=_id(site_id, logged), created_at=logged.created_at, data=data)

    def _report(self, site_id: str, logged: Logged) -> Event | None:
        row = self._store.webhook_queue.find_report(site_id, logged.stream)
        if row is None:
            return None
        report_id, reporter_id, user_id, conversation_id, seq, reason, _ = row
        data = wire.ReportNews(
            report_id=report_id,
            reporter_id=reporter_id,
            user_id=user_id,
            reason=reason,
            conversation_id=conversation_id,
            seq=seq,
        )
        return wire.ReportCreatedNews(id=_id(site_id, logged), created_at=logged.created_at, data=data)

    def _ban(self, site_id: str, logged: Logged) -> Event:
        kind = wire.BanAddedNews if logged.type == outbox.BAN_ADDED else wire.BanLiftedNews
        data = wire.BanNews(user_id=logged.stream)
        return kind(id=_id(site_id, logged), created_at=logged.created_at, data=data)


def _id(site_id: str, logged: Logged) -> str:
    return f"{site_id}.{logged.number}"


def _message_news(conversation_id: str, seen: MessageSeen) -> wire.MessageNews:
    seq, sender_id, _, body, created_at, column, version = seen.columns
    extra = extra_of(column)
    may_read = seen.kind == ROOM or seen.has_bot
    return wire.MessageNews(
        conversation_id=conversation_id,
        kind=seen.kind,
        seq=seq,
        sender_id=sender_id,
        created_at=created_at,
        version=version,
        edited_at=extra.edited_at,
        deleted=extra.deleted,
        text=body if may_read and not extra.deleted else UNSET,
    )
