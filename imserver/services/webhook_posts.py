"""One request to a webhook: signed, sent, judged, remembered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from imserver.outgoing import Outgoing, OutgoingError
from imserver.protocol.types import hooks as wire
from imserver.services.signing import HEADER, signature
from imserver.store import Store
from imserver.store.webhooks import Post, Webhook

# What a webhook answers is not read by anybody.
ANSWER_BYTES = 65_536
EVENTS, AGAIN, TEST = "events", "again", "test"
GONE = 410
ERROR_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a request went; ``status`` is 0 where there was no answer."""

    number: int
    status: int
    error: str
    took_ms: int

    @property
    def is_taken(self) -> bool:
        """Tell whether the webhook has said that it has the events."""
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Tell whether the webhook wants to hear nothing more."""
        return self.status == GONE


class WebhookPosts:
    """``number`` of 0 stands for no event of the log, as in a test."""

    def __init__(
        self, store: Store, outgoing: Outgoing, *, timeout_seconds: float, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._timeout_seconds = timeout_seconds
        self._now_ms = now_ms

    def send(
        self,
        webhook: Webhook,
        events: Sequence[wire.WebhookEvent],
        *,
        kind: str,
        first: int = 0,
        last: int = 0,
    ) -> Outcome:
        """Send the events in one request and remember how it went."""
        body = msgspec.json.encode(
            wire.WebhookBody(site_id=webhook.site_id, webhook_id=webhook.webhook_id, events=list(events))
        )
        status, error, took_ms = self._ask(webhook, body)
        post = Post(0, kind, first, last, len(events), status, error, took_ms, self._now_ms())
        self._store.usage.note_hook(webhook.site_id, taken=200 <= status < 300)
        number = self._store.webhooks.note_post(webhook.site_id, webhook.webhook_id, post)
        return Outcome(number=number, status=status, error=error, took_ms=took_ms)

    def _ask(self, webhook: Webhook, body: bytes) -> tuple[int, str, int]:
        began = self._now_ms()
        mark = signature([webhook.secret.encode()], body, now_seconds=began // 1000)
        headers = {HEADER: mark, "Content-Type": "application/json"}
        try:
            reply = self._outgoing.request(
                "POST",
                webhook.url,
                headers=headers,
                body=body,
                limit_bytes=ANSWER_BYTES,
                timeout_seconds=self._timeout_seconds,
            )
        except OutgoingError as error:
            return 0, str(error)[:ERROR_CHARACTERS], self._now_ms() - began
        error_text = "" if 200 <= reply.status < 300 else f"It answered with status {reply.status}."
        return reply.status, error_text, reply.took_ms
