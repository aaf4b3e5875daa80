"""From a commit to the people: the local router at once, the other workers by a hint."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from imserver.metrics import Metrics
from imserver.presence import Change
from imserver.protocol.types import Presence
from imserver.router import BEST_EFFORT, Letter, Router
from imserver.store.values import Delivery as StoredDelivery

HintKind = Literal["event", "presence", "session"]


class Hint(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What one worker tells the others. Which fields mean something depends on ``kind``.

    event: (site_id, user_id, useq, tag, after_tag, body is the event) ·
    presence: (site_id, user_id, body is "<presence> <status text>") ·
    session: body is the id of one that ended.
    """

    kind: HintKind
    site_id: str = ""
    user_id: str = ""
    useq: int = 0
    tag: int = 0
    body: bytes = b""
    after_tag: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Hint).decode


class Delivery:
    """Tells events to this worker's router and to the other workers.

    Whoever listens to the other kinds of hint sets ``on_presence`` and ``on_session_ended``.
    """

    def __init__(
        self,
        router: Router,
        publish: Callable[[bytes], None],
        *,
        is_alone: Callable[[], bool],
        metrics: Metrics,
    ) -> None:
        self._router = router
        self._publish = publish
        self._is_alone = is_alone
        self._metrics = metrics
        self.on_presence: Callable[[list[Change]], None] = lambda changes: None
        self.on_session_ended: Callable[[bytes], None] = lambda session_id: None

    def tell(self, deliveries: Iterable[StoredDelivery]) -> None:
        """Tell what was committed; the writer calls this, in commit order, before it answers."""
        for delivery in deliveries:
            letter = Letter(delivery.useq, delivery.tag, delivery.event, delivery.after_tag)
            self._send(delivery.site_id, delivery.user_id, letter)

    def tell_fleeting(self, site_id: str, user_id: str, event: bytes) -> None:
        """Tell an event that no log keeps to all of a user's connections."""
        self._send(site_id, user_id, Letter(BEST_EFFORT, 0, event))

    def tell_presence(self, changes: list[Change]) -> None:
        """Hand changes to this worker's announcer and to those of the others."""
        self.on_presence(changes)
        for change in changes:
            body = f"{change.presence.value} {change.status_text}".encode()
            self._hint(Hint(kind="presence", site_id=change.user[0], user_id=change.user[1], body=body))

    def tell_session_ended(self, session_id: bytes) -> None:
        """Close what waits with this session, wherever it waits."""
        self.on_session_ended(session_id)
        self._hint(Hint(kind="session", body=session_id))

    def receive(self, raw: bytes) -> None:
        """Apply a hint of another worker."""
        hint = _decode(raw)
        self._metrics.hints_received.inc()
        if hint.kind == "event":
            letter = Letter(hint.useq, hint.tag, hint.body, hint.after_tag)
            self._router.send((hint.site_id, hint.user_id), letter)
        elif hint.kind == "presence":
            shown, _, status_text = hint.body.decode().partition(" ")
            self.on_presence([Change((hint.site_id, hint.user_id), Presence(shown), status_text)])
        else:
            self.on_session_ended(hint.body)

    def _send(self, site_id: str, user_id: str, letter: Letter) -> None:
        self._router.send((site_id, user_id), letter)
        self._hint(
            Hint(
                kind="event",
                site_id=site_id,
                user_id=user_id,
                useq=letter.useq,
                tag=letter.tag,
                body=letter.event,
                after_tag=letter.after_tag,
            )
        )

    def _hint(self, hint: Hint) -> None:
        if self._is_alone():
            return
        self._metrics.hints_sent.inc()
        self._publish(_encode(hint))
