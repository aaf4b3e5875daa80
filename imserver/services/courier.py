"""Who brings events to webhooks: one worker at a time for the whole installation.

design: the worker whose turn it is numbers what was committed and looks twice a second which webhooks are
behind their site's log. Each of those has a greenlet that brings it batch after batch, in order, until
there is nothing left or one is not taken; then its time is put off. A webhook that hangs keeps nobody
waiting but itself.
"""

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import gevent
import msgspec

from imserver.errors import ServiceError
from imserver.protocol.types import hooks as wire
from imserver.services.webhook_news import WebhookNews
from imserver.services.webhook_posts import EVENTS, Outcome, WebhookPosts
from imserver.store import Store
from imserver.store.webhook_queue import TURN, Logged
from imserver.store.webhooks import Webhook

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# As long as site records are kept: a new webhook hears of everything after that, on every worker.
REFRESH_SECONDS = 5.0
# A worker that dies with its turn leaves it to the next after so long.
TURN_MS = 6_000
WEBHOOKS_AT_ONCE = 32
EVENTS_PER_POST = 50
POST_BYTES = 262_144
# 5, 10, 20 … s, at last an hour; each between half of that and the whole, so that sites do not come back as
# one.
RETRY_MS, LONGEST_RETRY_MS = 5_000, 3_600_000
FAILING_MS = 3 * 24 * 3_600_000
# Longer than a webhook may fail, so that one that is switched on again soon has lost nothing.
LOG_KEPT_MS = 4 * 24 * 3_600_000
TRIM_MS = 600_000

Key = tuple[str, str]


class Courier:
    """``jitter`` returns a number from 0 to 1."""

    def __init__(
        self,
        store: Store,
        posts: WebhookPosts,
        *,
        worker_id: str,
        now_ms: Callable[[], int],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.delivered_count = self.failed_count = 0
        self._store = store
        self._posts = posts
        self._news = WebhookNews(store)
        self._worker_id = worker_id
        self._now_ms = now_ms
        self._jitter = jitter
        self._trimmed_at = 0
        self._has_turn = False
        self._running: dict[Key, gevent.Greenlet[..., int]] = {}
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Look for what is to be brought from now on."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """End, and leave the turn to others: what was being sent is sent again, under the same ids."""
        gevent.killall([each for each in (self._greenlet, *self._running.values()) if each is not None])
        if self._has_turn:
            self._has_turn = False
            with suppress(ServiceError):
                self._store.turns.give(TURN, self._worker_id)

    def look(self) -> int:
        """Begin to bring what is there, if it is this worker's turn; return to how many webhooks."""
        if not self._store.webhooks.hooked:
            return 0
        self._has_turn = self._store.turns.take(TURN, self._worker_id, for_ms=TURN_MS)
        if not self._has_turn:
            return 0
        self._store.webhook_queue.number_events(self._worker_id)
        self._trim()
        due = [key for key in self._store.webhook_queue.load_due() if key not in self._running]
        for key in due[: WEBHOOKS_AT_ONCE - len(self._running)]:
            self._running[key] = gevent.spawn(self._bring, key)
        return len(self._running)

    def wait(self) -> None:
        """Return once nothing is under way."""
        gevent.joinall(list(self._running.values()))

    def serve(self, key: Key) -> int:
        """Bring one webhook everything there is, in order; return how many events it has taken."""
        taken = 0
        while (webhook := self._store.webhooks.find(*key)) is not None and webhook.enabled:
            logged = self._store.webhook_queue.read_after(key[0], webhook.delivered, limit=EVENTS_PER_POST)
            if not logged:
                break
            events, last = self._gather(webhook, logged)
            if events:
                outcome = self._posts.send(webhook, events, kind=EVENTS, first=logged[0].number, last=last)
                if not outcome.is_taken:
                    self._put_off(webhook, outcome)
                    break
                taken += len(events)
            self._store.webhook_queue.settle(webhook, delivered=last)
        self.delivered_count += taken
        return taken

    def _trim(self) -> None:
        """Forget events that no webhook will ask for any more."""
        now = self._now_ms()
        if now - self._trimmed_at >= TRIM_MS:
            self._trimmed_at = now
            self._store.webhook_queue.trim(kept_ms=LOG_KEPT_MS)

    def _gather(self, webhook: Webhook, logged: Sequence[Logged]) -> tuple[list[wire.WebhookEvent], int]:
        """Return which of the events the webhook wants to hear, and the number of the last one looked at."""
        events: list[wire.WebhookEvent] = []
        size, last = 0, 0
        for each in logged:
            event = self._news.tell(webhook.site_id, each) if each.type in webhook.events else None
            if event is not None:
                size += len(msgspec.json.encode(event))
                if events and size > POST_BYTES:
                    break
                events.append(event)
            last = each.number
        return events, last

    def _put_off(self, webhook: Webhook, outcome: Outcome) -> None:
        self.failed_count += 1
        now = self._now_ms()
        since = webhook.failing_since or now
        if outcome.is_gone:
            self._store.webhook_queue.disable(webhook, "It answered that it is gone (410).")
            return
        if now - since >= FAILING_MS:
            day = datetime.fromtimestamp(since / 1000, UTC)
            self._store.webhook_queue.disable(
                webhook, f"It has taken nothing since {day:%Y-%m-%d %H:%M} UTC. {outcome.error}"
            )
            return
        longest = min(LONGEST_RETRY_MS, RETRY_MS << min(webhook.tries, 20))
        due_at = now + round(longest * (0.5 + self._jitter() / 2))
        self._store.webhook_queue.put_off(webhook, due_at=due_at, failing_since=since)

    def _bring(self, key: Key) -> int:
        try:
            return self.serve(key)
        except ServiceError as error:
            log.warning("webhook %s of %s will be looked at again: %s", key[1], key[0], error.code)
        except Exception:
            log.exception("webhook %s of %s failed", key[1], key[0])
        finally:
            self._running.pop(key, None)
        return 0

    def _run(self) -> None:
        refreshed_at = 0
        while True:
            try:
                if self._now_ms() - refreshed_at >= REFRESH_SECONDS * 1000:
                    self._store.webhooks.refresh()
                    refreshed_at = self._now_ms()
                self.look()
            except ServiceError as error:
                log.warning("webhooks will be looked at again: %s", error.code)
            except Exception:
                log.exception("webhooks failed")
            gevent.sleep(LOOK_SECONDS)
