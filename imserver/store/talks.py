"""A conversation held by a transaction: its counter, who takes part, and who hears of what happens in it."""

from collections.abc import Sequence

import msgspec

from imserver.errors import Blocked, NotFound
from imserver.protocol.events import CONVERSATION_CHANGED, conversation_body, message_body, room_body
from imserver.store.appending import StreamEvent
from imserver.store.database import Row, Transaction, first_row
from imserver.store.message_rows import Extra, Quoted, dress, extra_of, load_quotes, plain_message
from imserver.store.values import ROOM, room_stream

DIRECT = "direct"
# Who may see to a group's or a room's order.
KEEPERS = frozenset({"owner", "moderator"})


class Part(msgspec.Struct, frozen=True):
    """One who takes part. ``hides``: has blocked the other one of this direct conversation."""

    user_id: str
    role: str
    hides: bool


class Talk(msgspec.Struct, frozen=True):
    """A conversation whose row is locked; of a room only the parts that were asked for."""

    site_id: str
    conversation_id: str
    kind: str
    last_seq: int
    parts: dict[str, Part]

    @property
    def key(self) -> dict[str, str]:
        """The parameters that most statements take."""
        return {"site_id": self.site_id, "conversation_id": self.conversation_id}

    def require_writer(self, user_id: str) -> Part:
        """Return the person's part; raise NotFound without one, Blocked if they have blocked the other."""
        part = self.parts.get(user_id)
        if part is None:
            raise NotFound
        if part.hides:
            raise Blocked
        return part

    def hiders(self) -> tuple[str, ...]:
        """Return who has blocked the other one: whatever that one does is kept from them."""
        return tuple(part.user_id for part in self.parts.values() if part.hides)

    def deaf_to(self, user_id: str) -> tuple[str, ...]:
        """Return who hears nothing of what the person does."""
        return tuple(hider for hider in self.hiders() if hider != user_id)

    def is_kept_by(self, user_id: str) -> bool:
        """Tell whether the person may see to its order: an owner or moderator, or one of two."""
        part = self.parts.get(user_id)
        return part is not None and (self.kind == DIRECT or part.role in KEEPERS)

    def streams(self, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
        """Return the streams of those who hear what happens here: a room's own, or everybody's."""
        if self.kind == ROOM:
            return [(self.site_id, room_stream(self.conversation_id))]
        return [(self.site_id, user_id) for user_id in self.parts if user_id not in without]


def lock_talk(tx: Transaction, site_id: str, conversation_id: str, *user_ids: str) -> Talk:
    """Hold the conversation as a send does; raise NotFound if there is none.

    Of a room the parts of ``user_ids`` are read, of any other conversation all.
    """
    row = first_row(tx.rows("lock_conversations", pairs=[(site_id, conversation_id)]))
    if row is None:
        raise NotFound
    last_seq, kind = int(row[2]), str(row[3])
    key = {"site_id": site_id, "conversation_id": conversation_id}
    if kind != ROOM:
        rows = tx.rows("list_parts", **key)
    else:
        rows = tx.rows("find_parts", **key, user_ids=list(user_ids)) if user_ids else []
    parts = {row[0]: Part(row[0], row[1], bool(row[2])) for row in rows}
    return Talk(site_id, conversation_id, kind, last_seq, parts)


def message_events(tx: Transaction, talk: Talk, columns: Row, *, kind: str, by: str) -> list[StreamEvent]:
    """Return the events by which everybody who may see the message hears of it, as it is now.

    One who has blocked the other one of a direct conversation hears of nothing that the other does, but that
    words are gone: what somebody has taken back must not stay on a screen.
    """
    extra = extra_of(columns[5])
    place = talk.site_id, talk.conversation_id, extra.reply_to
    quoted = load_quotes(tx, [place]).get(place)
    silenced = () if extra.deleted else talk.deaf_to(by)
    streams = talk.streams(without=(*extra.hidden_from, *silenced))
    is_same_for_all = not extra.veiled and not (quoted and quoted.hidden_from)
    shared = _body(talk, columns, extra, quoted, viewer_id="") if is_same_for_all else None
    events: list[StreamEvent] = []
    for stream in streams:
        body = shared or _body(talk, columns, extra, quoted, viewer_id=stream[1])
        events.append((stream, kind, talk.conversation_id, columns[0], None, body))
    return events


def conversation_events(talk: Talk, *, by: str) -> list[StreamEvent]:
    """Return the events that let everybody who hears of ``by`` read the conversation again."""
    body = conversation_body(talk.conversation_id)
    if talk.kind == ROOM:
        body = room_body(talk.conversation_id, body)
    return [
        (stream, CONVERSATION_CHANGED, talk.conversation_id, 0, body, body)
        for stream in talk.streams(without=talk.deaf_to(by))
    ]


def _body(talk: Talk, columns: Row, extra: Extra, quoted: Quoted | None, *, viewer_id: str) -> bytes:
    message = dress(plain_message(talk.conversation_id, columns), extra, viewer_id=viewer_id, quoted=quoted)
    body = message_body(message)
    return room_body(talk.conversation_id, body) if talk.kind == ROOM else body
