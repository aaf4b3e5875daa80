"""A site's webhooks: where they go, what they want to hear of, and how the last requests went."""

import secrets
from collections.abc import Callable, Sequence

import msgspec

from imserver.errors import Conflict, NotFound
from imserver.store.database import Database, Row, Transaction, first_row

WEBHOOKS_PER_SITE = 5
# Of each webhook so many requests are remembered.
POSTS_KEPT = 100
REASON_CHARACTERS = 200


class Webhook(msgspec.Struct, frozen=True):
    """``delivered``: the number of the last event that is settled. Times are 0 where there is none."""

    site_id: str
    webhook_id: str
    url: str
    events: tuple[str, ...]
    secret: str
    enabled: bool
    reason: str
    delivered: int
    tries: int
    due_at: int
    failing_since: int
    posts: int
    created_at: int


class Post(msgspec.Struct, frozen=True):
    """One request. ``status`` is 0 where there was no answer; ``kind``: events, again or test."""

    post_number: int
    kind: str
    first_number: int
    last_number: int
    events_count: int
    status: int
    error: str
    took_ms: int
    created_at: int


class Webhooks:
    """``hooked`` are the sites with a webhook that is switched on, as of the last ``refresh``."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self.on_hooked: Callable[[frozenset[str]], None] = lambda hooked: None
        self.hooked: frozenset[str] = frozenset()
        self._database = database
        self._now_ms = now_ms

    def refresh(self) -> None:
        """Find out whose events are to be written down; each worker does so every few seconds."""
        found = self._database.read(lambda tx: tx.rows("list_hooked_sites"))
        self.hooked = frozenset(row[0] for row in found)
        self.on_hooked(self.hooked)

    def insert(self, site_id: str, *, url: str, events: Sequence[str]) -> Webhook:
        """Add a webhook that hears of what happens from now on.

        Raises NotFound for an unknown site, Conflict beyond five.
        """
        webhook_id, secret = "w_" + secrets.token_hex(6), "whs_" + secrets.token_urlsafe(32)
        key, now = {"site_id": site_id, "webhook_id": webhook_id}, self._now_ms()

        def write(tx: Transaction) -> Webhook:
            if not tx.rows("lock_site", site_id=site_id):
                raise NotFound
            if len(tx.rows("list_webhooks", site_id=site_id)) >= WEBHOOKS_PER_SITE:
                raise Conflict(f"A site has at most {WEBHOOKS_PER_SITE} webhooks.")
            head = first_row(tx.rows("load_webhook_head", site_id=site_id))
            row = {"url": url, "events": _pack(events), "secret": secret, "now": now}
            tx.run("insert_webhook", **key, **row, delivered=head[0] if head else 0)
            return _webhook(site_id, tx.rows("load_webhook", **key)[0])

        added = self._database.write(write)
        self.refresh()
        return added

    def change(
        self,
        site_id: str,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change what is not None; one that is switched on is tried at once. Raises NotFound."""
        key = {"site_id": site_id, "webhook_id": webhook_id}

        def write(tx: Transaction) -> Webhook:
            old = _lock(tx, key)
            is_on = old.enabled if enabled is None else enabled
            tx.run(
                "change_webhook",
                **key,
                url=url or old.url,
                events=_pack(old.events if events is None else events),
                enabled=int(is_on),
                reason="" if is_on else old.reason,
            )
            return _webhook(site_id, tx.rows("load_webhook", **key)[0])

        changed = self._database.write(write)
        self.refresh()
        return changed

    def delete(self, site_id: str, webhook_id: str) -> None:
        """Delete it and what is remembered of its requests; raise NotFound."""
        key = {"site_id": site_id, "webhook_id": webhook_id}

        def write(tx: Transaction) -> None:
            if not tx.run("delete_webhook", **key):
                raise NotFound
            tx.run("delete_webhook_posts", **key)

        self._database.write(write)
        self.refresh()

    def list_webhooks(self, site_id: str) -> list[Webhook]:
        """Return the site's webhooks, the oldest first."""
        rows = self._database.read(lambda tx: tx.rows("list_webhooks", site_id=site_id))
        return [_webhook(site_id, row) for row in rows]

    def require(self, site_id: str, webhook_id: str) -> Webhook:
        """Raise NotFound for one that is not there, and for another site's alike."""
        found = self.find(site_id, webhook_id)
        if found is None:
            raise NotFound
        return found

    def find(self, site_id: str, webhook_id: str) -> Webhook | None:
        """Return it as it is now."""
        key = {"site_id": site_id, "webhook_id": webhook_id}
        row = first_row(self._database.read(lambda tx: tx.rows("load_webhook", **key)))
        return None if row is None else _webhook(site_id, row)

    # -- requests

    def note_post(self, site_id: str, webhook_id: str, post: Post) -> int:
        """Remember a request, with a number of its own; return that. The oldest beyond 100 are forgotten."""
        key = {"site_id": site_id, "webhook_id": webhook_id}

        def write(tx: Transaction) -> int:
            number = _lock(tx, key).posts + 1
            tx.run("count_webhook_post", **key, posts=number)
            rest = msgspec.structs.astuple(post)[1:]
            tx.run("insert_webhook_post", rows=[(site_id, webhook_id, number, *rest)])
            tx.run("trim_webhook_posts", **key, post_number=number - POSTS_KEPT)
            return number

        return self._database.write(write)

    def page_posts(self, site_id: str, webhook_id: str, *, before: int, limit: int) -> list[Post]:
        """Return requests with smaller numbers than ``before``, the newest first; raise NotFound."""
        self.require(site_id, webhook_id)
        place = {"site_id": site_id, "webhook_id": webhook_id, "post_number": before}
        rows = self._database.read(lambda tx: tx.rows("page_webhook_posts", **place, limit=limit))
        return [Post(*row) for row in rows]

    def require_post(self, site_id: str, webhook_id: str, post_number: int) -> Post:
        """Return one request; raise NotFound for one that is no longer remembered."""
        found = self.page_posts(site_id, webhook_id, before=post_number + 1, limit=1)
        if not found or found[0].post_number != post_number:
            raise NotFound
        return found[0]


def _lock(tx: Transaction, key: dict[str, str]) -> Webhook:
    row = first_row(tx.rows("lock_webhook", **key))
    if row is None:
        raise NotFound
    return _webhook(key["site_id"], row)


def _webhook(site_id: str, row: Row) -> Webhook:
    webhook_id, url, events, secret, enabled, *rest = row
    names = tuple(msgspec.json.decode(events, type=list[str]))
    return Webhook(site_id, webhook_id, url, names, secret, bool(enabled), *rest)


def _pack(events: Sequence[str]) -> str:
    return msgspec.json.encode(list(dict.fromkeys(events))).decode()
