"""A group or a room under its lock: who may do what there, and what those who are in it are told.

design: one object per transaction. It is locked first; the changes are made next; the lines, which are
messages of the kind "line", and the events are written last, by ``finish``, when everybody who has to hear of
them is known.
"""

import msgspec

from imserver.errors import Forbidden, NotFound
from imserver.protocol.events import (
    CONVERSATION_CHANGED,
    INVITATIONS_CHANGED,
    conversation_body,
    room_body,
)
from imserver.protocol.types import ConversationKind, Line, LineKind, Role
from imserver.store.appending import StreamEvent
from imserver.store.database import Transaction, first_row
from imserver.store.lines import add_line
from imserver.store.values import room_stream

# Beyond this many, who comes and who goes would be all that there is to read.
LINES_TOLD = 100
RANK = {Role.OWNER: 2, Role.MODERATOR: 1, Role.MEMBER: 0}


class RoomRow(msgspec.Struct, frozen=True):
    """What the table rooms says of one group or room."""

    name: str
    topic: str
    picture: str
    page: str
    slow_seconds: int
    is_public: int
    is_listed: int
    members: int


class Gathering:
    """``key`` is what statements about it take."""

    def __init__(
        self, tx: Transaction, site_id: str, conversation_id: str, *, last_seq: int, kind: str
    ) -> None:
        self.tx = tx
        self.site_id = site_id
        self.conversation_id = conversation_id
        self.key = {"site_id": site_id, "conversation_id": conversation_id}
        self.kind = kind
        self.is_room = kind == ConversationKind.ROOM
        self.last_seq = last_seq
        self._lines: list[tuple[str, Line]] = []
        self._is_changed = False
        # A dict keeps the order, and one event of a kind is enough for anybody.
        self._told: dict[tuple[str, str], None] = {}

    def role_of(self, user_id: str) -> Role | None:
        """Return what the person is here; None for one who takes no part."""
        row = first_row(self.tx.rows("find_role", **self.key, user_id=user_id))
        return None if row is None else Role(row[0])

    def require_role(self, user_id: str, least: Role) -> Role:
        """Raise NotFound unless the person takes part, Forbidden unless they are ``least`` or more."""
        role = self.role_of(user_id)
        if role is None:
            raise NotFound
        if RANK[role] < RANK[least]:
            raise Forbidden
        return role

    def load_room(self) -> RoomRow:
        """Return its own row."""
        return RoomRow(*self.tx.rows("load_room", **self.key)[0])

    # -- what is told

    def say(self, by: str, what: LineKind, *, user_id: str = "", name: str = "") -> None:
        """Plan a line: ``by`` did ``what``, to ``user_id`` if that is somebody else."""
        line = Line(what=what, user_id=user_id or msgspec.UNSET, name=name or msgspec.UNSET, by=by)
        self._lines.append((by, line))

    def change(self) -> None:
        """Let everybody who is in it read the conversation again."""
        self._is_changed = True

    def tell(self, user_id: str, kind: str) -> None:
        """Let one person read the conversation, or the own invitations, again."""
        self._told[user_id, kind] = None

    def finish(self, *, now: int) -> list[StreamEvent]:
        """Write the lines; return all events, for the streams of those who take part by now."""
        events: list[StreamEvent] = []
        for by, line in self._lines:
            events += add_line(self.tx, self.site_id, self.conversation_id, line, by=by, now=now)
        streams = self._streams() if self._is_changed else []
        events += [self._event(stream, CONVERSATION_CHANGED) for stream in streams]
        events += [
            self._event(user_id, kind)
            for user_id, kind in self._told
            if kind != CONVERSATION_CHANGED or user_id not in streams
        ]
        return events

    def _streams(self) -> list[str]:
        if self.is_room:
            return [room_stream(self.conversation_id)]
        return [row[0] for row in self.tx.rows("list_participants", **self.key)]

    def _event(self, stream: str, kind: str) -> StreamEvent:
        body = b"" if kind == INVITATIONS_CHANGED else conversation_body(self.conversation_id)
        if stream == room_stream(self.conversation_id):
            body = room_body(self.conversation_id, body)
        return (self.site_id, stream), kind, self.conversation_id, 0, body, body


def lock_gathering(tx: Transaction, site_id: str, conversation_id: str) -> Gathering:
    """Hold the group or room as a send does; raise NotFound for anything else."""
    row = first_row(tx.rows("lock_conversations", pairs=[(site_id, conversation_id)]))
    if row is None or row[3] == ConversationKind.DIRECT:
        raise NotFound
    return Gathering(tx, site_id, conversation_id, last_seq=row[2], kind=row[3])
