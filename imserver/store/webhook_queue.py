"""From the outbox to the log that webhooks read: numbers, what comes next for whom, and what is settled.

design: as with people, the stored log is the queue. One worker at a time (``turns``) numbers what was
committed, and a webhook is a cursor in its site's log. So nothing that was committed can be lost by
anybody's death, and an event goes out again rather than not at all.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import msgspec

from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.turns import require_turn
from imserver.store.webhooks import REASON_CHARACTERS, Webhook

TURN = "webhooks"
EVENTS_PER_TRANSACTION = 500
WEBHOOKS_PER_LOOK = 200
DELETED_PER_TRANSACTION = 500


class Logged(msgspec.Struct, frozen=True):
    """An event with its number. ``stream`` is what it is of: a conversation, a person, a report."""

    number: int
    type: str
    stream: str
    place: int
    version: int
    created_at: int


class MessageSeen(msgspec.Struct, frozen=True):
    """A message as it is now; ``has_bot``: a bot of the site takes part, so the site may read along."""

    columns: Row
    kind: str
    has_bot: bool


class WebhookQueue:
    """``holder`` is the worker whose turn it is."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def number_events(self, holder: str) -> int:
        """Give all events of the outbox their numbers; return how many there were.

        Raises Unavailable if the turn has gone to somebody else.
        """
        count, place = 0, ("", "")
        while page := self._number_page(holder, place):
            count, place = count + len(page), (page[-1][0], page[-1][1])
        return count

    def load_due(self) -> list[tuple[str, str]]:
        """Return (site id, webhook id) of those for whom there is something now."""
        now = self._now_ms()
        rows = self._database.read(lambda tx: tx.rows("find_due_webhooks", now=now, limit=WEBHOOKS_PER_LOOK))
        return [(row[0], row[1]) for row in rows]

    def read_after(self, site_id: str, number: int, *, limit: int) -> list[Logged]:
        """Return the next events of the site."""
        place = {"site_id": site_id, "number": number, "limit": limit}
        return [Logged(*row) for row in self._database.read(lambda tx: tx.rows("page_webhook_log", **place))]

    def settle(self, webhook: Webhook, *, delivered: int) -> None:
        """Say that everything up to ``delivered`` has been taken."""
        self._settle(webhook, delivered=delivered)

    def put_off(self, webhook: Webhook, *, due_at: int, failing_since: int) -> None:
        """Try again at ``due_at``."""
        self._settle(webhook, tries=webhook.tries + 1, due_at=due_at, failing_since=failing_since)

    def disable(self, webhook: Webhook, reason: str) -> None:
        """Send it nothing more until its site switches it on again."""
        failing = {"tries": webhook.tries + 1, "failing_since": webhook.failing_since}
        self._settle(webhook, enabled=0, reason=reason[:REASON_CHARACTERS], **failing)

    def trim(self, *, kept_ms: int) -> int:
        """Delete events that are older; return how many that were."""
        before, deleted = self._now_ms() - kept_ms, 0
        while count := self._database.write(lambda tx: _trim(tx, before)):
            deleted += count
        return deleted

    # -- what events are of

    def find_message(self, site_id: str, conversation_id: str, seq: int) -> MessageSeen | None:
        """Return the message; None if it is there no longer."""
        key = {"site_id": site_id, "conversation_id": conversation_id, "seq": seq}
        row = first_row(self._database.read(lambda tx: tx.rows("load_webhook_message", **key)))
        return None if row is None else MessageSeen(row[:7], row[7], bool(row[8]))

    def find_report(self, site_id: str, report_id: str) -> Row | None:
        """Return (id, reporter, about whom, conversation, seq, reason, time)."""
        key = {"site_id": site_id, "report_id": report_id}
        return first_row(self._database.read(lambda tx: tx.rows("load_webhook_report", **key)))

    def _number_page(self, holder: str, place: tuple[str, str]) -> Sequence[Row]:
        return self._database.write(lambda tx: _number_page(tx, holder, place))

    def _settle(self, webhook: Webhook, **changed: Any) -> None:
        key = {"site_id": webhook.site_id, "webhook_id": webhook.webhook_id, "before": webhook.delivered}
        row = {"delivered": webhook.delivered, "enabled": 1, "reason": "", "tries": 0, "due_at": 0}
        row |= {"failing_since": 0, **changed}
        self._database.write(lambda tx: tx.run("settle_webhook", **key, **row))


def _number_page(tx: Transaction, holder: str, place: tuple[str, str]) -> Sequence[Row]:
    require_turn(tx, TURN, holder)
    where = {"site_id": place[0], "stream": place[1]}
    page = tx.rows("page_webhook_outbox", **where, limit=EVENTS_PER_TRANSACTION)
    if not page:
        return []
    rows: list[Row] = []
    heads: list[Row] = []
    for site_id, events in groupby(page, key=lambda row: str(row[0])):
        head = first_row(tx.rows("lock_webhook_head", site_id=site_id))
        first = (head[0] if head else 0) + 1
        numbered = [
            (site_id, number, name, stream, at, version, created_at)
            for number, (_, stream, at, version, name, created_at) in enumerate(events, first)
        ]
        rows += numbered
        heads.append(numbered[-1][:2])
    tx.run("insert_webhook_log", rows=rows)
    tx.run("save_webhook_heads", rows=heads)
    tx.run("take_webhook_events", rows=[tuple(row[:5]) for row in page])
    return page


def _trim(tx: Transaction, before: int) -> int:
    old = tx.rows("find_old_webhook_events", before=before, limit=DELETED_PER_TRANSACTION)
    return tx.run("delete_webhook_events", pairs=[tuple(row) for row in old]) if old else 0
