"""One open stream, a WebSocket or server-sent events: waiter, tenant and record in one object."""

import enum
from typing import Literal, Protocol

from imserver.errors import Replaced, SessionEnded
from imserver.presence import Change, UserKey
from imserver.protocol.cursor import Cursor
from imserver.router import Letter, Mailbox
from imserver.transports.waiter import TAG_BITS, TAG_MASK


class Stage(enum.IntEnum):
    """Where a reader of events is. GREETING -> HEARD -> READING <-> LIVE -> FULL -> READING.

    STOPPED after a reset.
    HEARD: its hello waits for its turn. READING: its greenlet looks into the log. FULL: its peer takes bytes
    more slowly than they are made.
    """

    GREETING = 0
    HEARD = 1
    READING = 2
    LIVE = 3
    FULL = 4
    STOPPED = 5
    DONE = 6


class Transport(Protocol):
    """What a stream tells its transport. Hub callbacks call all of this."""

    def on_news(self, reader: "Reader") -> None: ...
    def hear(self, reader: "Reader", letter: Letter) -> bool: ...
    def read_log(self, reader: "Reader") -> None: ...
    def on_presence(self, stream: "Stream", changes: list[Change]) -> None: ...
    def on_readable(self, stream: "Stream") -> None: ...
    def on_writable(self, fd: int) -> None: ...
    def on_silence(self, stream: "Stream") -> None: ...
    def on_drain(self, stream: "Stream") -> None: ...
    def on_drained(self, stream: "Stream") -> None: ...
    def give_up(self, stream: "Stream") -> None: ...
    def vanish(self, stream: "Stream") -> None: ...
    def refuse(self, stream: "Stream", error: Replaced | SessionEnded) -> None: ...


class Reader(Protocol):
    """One place in one log: a person's own, or a room's. The router's waiter."""

    stage: Stage
    mailbox: Mailbox
    heard: int
    packed_cursor: int
    cursor: Cursor

    @property
    def stream(self) -> "Stream": ...
    @property
    def room(self) -> str: ...
    def __call__(self, mailbox: Mailbox, /) -> None: ...
    def hear(self, letter: Letter, /) -> bool: ...
    def read_log(self) -> None: ...
    def on_presence(self, changes: list[Change], /) -> None: ...


class Stream:
    """The connection, and the reader of the person's own log. Ten thousand idle ones are why it is small."""

    __slots__ = (
        "fd",
        "heard",
        "is_guest",
        "is_pinged",
        "mailbox",
        "origin",
        "packed_cursor",
        "request_id",
        "session_id",
        "stage",
        "transport",
        "watch",
    )
    stays: Literal[True] = True
    room = ""
    mailbox: Mailbox

    def __init__(self, transport: Transport, fd: int, *, origin: str | None) -> None:
        self.transport = transport
        self.fd = fd
        self.origin = origin
        self.heard = 0
        self.is_guest = False
        self.is_pinged = False
        self.packed_cursor = 0
        # What a proxy calls the request that opened it; empty if there is none.
        self.request_id = ""
        self.session_id = b""
        self.stage = Stage.GREETING
        self.watch: tuple[UserKey, ...] = ()

    @property
    def stream(self) -> "Stream":
        """Itself: what a room's reader has, too."""
        return self

    @property
    def cursor(self) -> Cursor:
        """The last event that was written; kept as one number, because fewer objects take less memory."""
        return unpack(self.packed_cursor)

    @cursor.setter
    def cursor(self, cursor: Cursor) -> None:
        self.packed_cursor = pack(cursor)

    def __call__(self, mailbox: Mailbox, /) -> None:
        self.transport.on_news(self)

    def hear(self, letter: Letter, /) -> bool:
        return self.transport.hear(self, letter)

    def read_log(self) -> None:
        self.transport.read_log(self)

    def on_presence(self, changes: list[Change], /) -> None:
        self.transport.on_presence(self, changes)

    def on_replaced(self) -> None:
        self.transport.refuse(self, Replaced())

    def on_session_ended(self) -> None:
        self.transport.refuse(self, SessionEnded())

    def give_up(self) -> None:
        """Close it: its peer is too slow."""
        self.transport.give_up(self)

    def vanish(self) -> None:
        """Forget it: its peer has left."""
        self.transport.vanish(self)

    def on_drained(self) -> None:
        """Its peer has taken everything."""
        self.transport.on_drained(self)

    def on_readable(self, fd: int) -> None:
        self.transport.on_readable(self)

    def on_writable(self, fd: int) -> None:
        self.transport.on_writable(fd)

    def on_expired(self, fd: int) -> None:
        self.transport.on_silence(self)

    def on_drain(self, fd: int) -> None:
        self.transport.on_drain(self)


class Follower:
    """The reader of a room's log, for one stream that follows the room."""

    __slots__ = ("heard", "is_reader", "mailbox", "packed_cursor", "room", "stage", "stream")
    mailbox: Mailbox

    def __init__(self, stream: Stream, room: str, *, cursor: Cursor) -> None:
        self.stream = stream
        self.room = room
        self.heard = 0
        # Counted as one who reads the room, which only those are who may.
        self.is_reader = False
        self.packed_cursor = pack(cursor)
        self.stage = Stage.READING

    @property
    def cursor(self) -> Cursor:
        """The last event of the room that was written."""
        return unpack(self.packed_cursor)

    @cursor.setter
    def cursor(self, cursor: Cursor) -> None:
        self.packed_cursor = pack(cursor)

    def __call__(self, mailbox: Mailbox, /) -> None:
        self.stream.transport.on_news(self)

    def hear(self, letter: Letter, /) -> bool:
        return self.stream.transport.hear(self, letter)

    def read_log(self) -> None:
        self.stream.transport.read_log(self)

    def on_presence(self, changes: list[Change], /) -> None:
        """A room watches nobody."""


def pack(cursor: Cursor) -> int:
    """Return a cursor as one number."""
    return cursor.useq << TAG_BITS | cursor.tag


def unpack(packed: int) -> Cursor:
    """Undo ``pack``."""
    return Cursor(packed >> TAG_BITS, packed & TAG_MASK)
