"""From a commit to the people: the local router at once, the other workers by a hint."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from imserver.metrics import Metrics
from imserver.presence import Change, UserKey
from imserver.protocol.types import Presence
from imserver.readers import Readers
from imserver.router import BEST_EFFORT, Letter, Router
from imserver.store.values import Delivery as StoredDelivery
from imserver.store.values import is_room_stream

HintKind = Literal["event", "presence", "session", "share", "left", "relations", "readers"]
# Events that say nothing of who may know of whom.
_OF_MESSAGES = (b'{"type":"message.', b'{"type":"receipt.')


class Hint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one worker tells the others. Which fields mean something depends on ``kind``.

    event: (site_id, user_id, useq, tag, body is the event, after_tag) ·
    presence: (site_id, user_id, body is "<presence> <status text>", viewer if one person only sees it so) ·
    session: body is the id of one that ended · share: user_id is the worker, useq what it holds ·
    left: user_id is heard no longer in the conversation that body names · relations: site_id ·
    readers: user_id is the room, viewer the worker, useq the level, body the ids (see ``imserver.readers``).
    """

    kind: HintKind
    site_id: str = ""
    user_id: str = ""
    useq: int = 0
    tag: int = 0
    body: bytes = b""
    after_tag: int = 0
    viewer: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Hint).decode
_decode_ids = msgspec.msgpack.Decoder(list[str]).decode


class Delivery:
    """Tells events to this worker's router and to the other workers.

    Whoever listens to the other kinds of hint sets ``on_presence``, ``on_session_ended``, ``on_share``,
    ``on_left``, ``on_relations`` and ``on_readers``; ``on_room`` gets the stream of a room in which something
    happened, on whatever worker.
    ``sent_count`` and ``received_count`` are plain numbers: at 10,000 messages a second a worker makes 20,000
    hints, and a counter with a lock costs as much as the rest of a hint.
    """

    def __init__(
        self,
        router: Router,
        publish: Callable[[bytes], None],
        *,
        publish_near: Callable[[bytes], None] | None = None,
        is_alone: Callable[[], bool],
        metrics: Metrics,
    ) -> None:
        self._router = router
        self._publish = publish
        self._publish_near = publish_near or publish
        self._is_alone = is_alone
        self.sent_count = self.received_count = 0
        self.on_presence: Callable[[list[Change]], None] = lambda changes: None
        self.on_session_ended: Callable[[bytes], None] = lambda session_id: None
        self.on_share: Callable[[str, int], None] = lambda worker_id, connections: None
        self.on_relations: Callable[[str], None] = lambda site_id: None
        self.on_left: Callable[[str, str, str], None] = lambda site_id, user_id, conversation_id: None
        self.on_readers: Callable[[str, UserKey, Readers], None] = lambda worker_id, room, readers: None
        self.on_room: Callable[[UserKey], None] = lambda stream: None
        metrics.follow_counter("hints_sent", "Hints made for other workers.", lambda: self.sent_count)
        metrics.follow_counter("hints_received", "Hints of other workers.", lambda: self.received_count)

    def tell(self, deliveries: Iterable[StoredDelivery]) -> None:
        """Tell what was committed; the writer calls this, in commit order, before it answers."""
        send, is_alone = self._router.send, self._is_alone()
        for told in deliveries:
            letter = Letter(told.useq, told.tag, told.event, told.after_tag)
            user = told.site_id, told.user_id
            send(user, letter)
            if is_room_stream(told.user_id):
                self.on_room(user)
            if not is_alone:
                hint = Hint(
                    "event", told.site_id, told.user_id, told.useq, told.tag, told.event, told.after_tag
                )
                self._publish(_encode(hint))
                self.sent_count += 1

    def tell_changes(self, deliveries: Iterable[StoredDelivery]) -> None:
        """Tell what was changed; before that, whether it changes who may know of whom."""
        told = list(deliveries)
        for site_id in {each.site_id for each in told if not each.event.startswith(_OF_MESSAGES)}:
            self.tell_relations(site_id)
        self.tell(told)

    def tell_relations(self, site_id: str) -> None:
        """Somebody of the site may hear of others than before: who is kept in memory is forgotten."""
        self.on_relations(site_id)
        self._hint(Hint("relations", site_id))

    def tell_fleeting(self, site_id: str, user_id: str, event: bytes) -> None:
        """Tell an event that no log keeps to all of a user's connections."""
        self._router.send((site_id, user_id), Letter(BEST_EFFORT, 0, event))
        if not self._is_alone():
            self._hint(Hint("event", site_id, user_id, BEST_EFFORT, 0, event))

    def tell_presence(self, changes: list[Change]) -> None:
        """Hand changes to this worker's announcer and to those of the others."""
        self.on_presence(changes)
        for change in changes:
            body = f"{change.presence.value} {change.status_text}".encode()
            self._hint(Hint("presence", *change.user, body=body, viewer=change.viewer))

    def tell_session_ended(self, session_id: bytes) -> None:
        """Close what waits with this session, wherever it waits."""
        self.on_session_ended(session_id)
        self._hint(Hint("session", body=session_id))

    def tell_left(self, site_id: str, user_id: str, conversation_id: str) -> None:
        """Let the person hear the room no longer, wherever they do."""
        self.on_left(site_id, user_id, conversation_id)
        self._hint(Hint("left", site_id, user_id, body=conversation_id.encode()))

    def tell_share(self, worker_id: str, connections: int) -> None:
        """Tell the other workers of this box, who accept from the same socket, how many we hold."""
        if not self._is_alone():
            self._publish_near(_encode(Hint("share", user_id=worker_id, useq=connections)))

    def tell_readers(self, worker_id: str, news: Iterable[tuple[UserKey, Readers]]) -> None:
        """Tell the other workers who follows rooms here."""
        for (site_id, room), readers in news:
            ids = _encode(sorted(readers.user_ids))
            self._hint(Hint("readers", site_id, room, readers.level, body=ids, viewer=worker_id))

    def receive(self, raw: bytes) -> None:
        """Apply a hint of another worker."""
        hint = _decode(raw)
        self.received_count += 1
        if hint.kind == "event":
            user = hint.site_id, hint.user_id
            # Most people are somewhere else: whoever is not here costs no more than this look.
            if user in self._router:
                self._router.send(user, Letter(hint.useq, hint.tag, hint.body, hint.after_tag))
            if is_room_stream(hint.user_id):
                self.on_room(user)
        elif hint.kind == "presence":
            shown, _, status_text = hint.body.decode().partition(" ")
            user = hint.site_id, hint.user_id
            self.on_presence([Change(user, Presence(shown), status_text, hint.viewer)])
        elif hint.kind == "session":
            self.on_session_ended(hint.body)
        elif hint.kind == "left":
            self.on_left(hint.site_id, hint.user_id, hint.body.decode())
        elif hint.kind == "relations":
            self.on_relations(hint.site_id)
        elif hint.kind == "readers":
            readers = Readers(hint.useq, frozenset(_decode_ids(hint.body)))
            self.on_readers(hint.viewer, (hint.site_id, hint.user_id), readers)
        else:
            self.on_share(hint.user_id, hint.useq)

    def _hint(self, hint: Hint) -> None:
        if self._is_alone():
            return
        self.sent_count += 1
        self._publish(_encode(hint))
