"""What a site does with its webhooks: add, change, try, look how it went, send again."""

from collections.abc import Callable, Sequence

from imserver.errors import Conflict, InvalidRequest
from imserver.outgoing import Outgoing, OutgoingError, read_target
from imserver.protocol.types import hooks as wire
from imserver.services.conversations import within
from imserver.services.webhook_news import WebhookNews
from imserver.services.webhook_posts import AGAIN, TEST, Outcome, WebhookPosts
from imserver.store import Store
from imserver.store.webhooks import Post, Webhook

POSTS_LIMIT = (20, 100)
# The number of no request: all are smaller.
NO_POST = 2**53


class WebhookDesk:
    """Every call is made for one site, and raises NotFound for what is not that site's."""

    def __init__(
        self, store: Store, outgoing: Outgoing, posts: WebhookPosts, *, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._posts = posts
        self._news = WebhookNews(store)
        self._now_ms = now_ms

    def add(self, site_id: str, *, url: str, events: Sequence[str], actor: str) -> Webhook:
        """Add one; raise InvalidRequest for an address that may not be asked, Conflict beyond five."""
        self._check(url)
        added = self._store.webhooks.insert(site_id, url=url, events=events)
        self._record(added, "webhook.added", actor=actor)
        return added

    def change(
        self,
        site_id: str,
        webhook_id: str,
        *,
        url: str | None,
        events: Sequence[str] | None,
        enabled: bool | None,
        actor: str,
    ) -> Webhook:
        """Change what is not None; raise InvalidRequest as ``add``."""
        if url is not None:
            self._check(url)
        changed = self._store.webhooks.change(site_id, webhook_id, url=url, events=events, enabled=enabled)
        self._record(changed, "webhook.changed", actor=actor)
        return changed

    def delete(self, site_id: str, webhook_id: str, *, actor: str) -> None:
        """Delete it; what it has not heard it will not hear."""
        webhook = self._store.webhooks.require(site_id, webhook_id)
        self._store.webhooks.delete(site_id, webhook_id)
        self._record(webhook, "webhook.deleted", actor=actor)

    def list_webhooks(self, site_id: str) -> list[Webhook]:
        """Return the site's webhooks."""
        return self._store.webhooks.list_webhooks(site_id)

    def test(self, site_id: str, webhook_id: str) -> Post:
        """Send one event of the type ``webhook.test`` now, also to one that is switched off."""
        webhook = self._store.webhooks.require(site_id, webhook_id)
        now = self._now_ms()
        event = wire.WebhookTestNews(
            id=f"{site_id}.test.{now}", created_at=now, data=wire.TestNews(webhook_id=webhook_id)
        )
        return self._sent(webhook, self._posts.send(webhook, [event], kind=TEST))

    def posts(self, site_id: str, webhook_id: str, *, before: int | None, limit: int | None) -> list[Post]:
        """Return the last requests, the newest first: one more than asked for, if there is one."""
        most = within(POSTS_LIMIT, limit)
        return self._store.webhooks.page_posts(
            site_id, webhook_id, before=NO_POST if before is None else before, limit=most + 1
        )

    def send_again(self, site_id: str, webhook_id: str, post_number: int) -> Post:
        """Send the events of an earlier request once more, now, under the same ids.

        Raises Conflict if it was a test, or its events have been forgotten meanwhile (after four days).
        """
        webhook = self._store.webhooks.require(site_id, webhook_id)
        post = self._store.webhooks.require_post(site_id, webhook_id, post_number)
        if not post.last_number:
            raise Conflict("A test is not sent again; make another.")
        count = post.last_number - post.first_number + 1
        logged = self._store.webhook_queue.read_after(site_id, post.first_number - 1, limit=count)
        told = [
            self._news.tell(site_id, each)
            for each in logged
            if each.number <= post.last_number and each.type in webhook.events
        ]
        events = [event for event in told if event is not None]
        if not events:
            raise Conflict("The events of this request are there no longer.")
        outcome = self._posts.send(
            webhook, events, kind=AGAIN, first=post.first_number, last=post.last_number
        )
        return self._sent(webhook, outcome)

    def _record(self, webhook: Webhook, act: str, *, actor: str) -> None:
        """Say who has done what; of the address, which may hold a secret, only the host."""
        detail = {
            "host": read_target(webhook.url).host,
            "events": list(webhook.events),
            "on": webhook.enabled,
        }
        self._store.audit.append(
            site_id=webhook.site_id, actor=actor, act=act, about=webhook.webhook_id, detail=detail
        )

    def _sent(self, webhook: Webhook, outcome: Outcome) -> Post:
        return self._store.webhooks.require_post(webhook.site_id, webhook.webhook_id, outcome.number)

    def _check(self, url: str) -> None:
        try:
            self._outgoing.check(url)
        except OutgoingError as error:
            raise InvalidRequest(str(error)) from error
