"""One waiting poll: the router's waiter, the lot's tenant and the record of the connection in one object."""

import enum
import random
from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol

from imserver.errors import Replaced, ServiceError, SessionEnded
from imserver.presence import Change, UserKey
from imserver.protocol.cursor import Cursor
from imserver.protocol.http import json_answer
from imserver.router import Letter, Mailbox
from imserver.transports.takeover import Home

# All polls of a stopping worker come back at once unless each is told to wait a little differently.
DRAIN_RETRY_MS = (100, 1_500)

# Sites whose pages ask from another origin; forgetting costs those who come next an object each.
ORIGINS_KEPT = 1_000

TAG_BITS = 32
TAG_MASK = (1 << TAG_BITS) - 1


class Step(enum.IntEnum):
    """Where a poll is. LOOKING -> STIRRED | PARKED; PARKED <-> READING; any -> DONE."""

    LOOKING = 0
    STIRRED = 1
    PARKED = 2
    READING = 3
    DONE = 4


class Polls(Protocol):
    """What a waiter tells its transport."""

    def on_news(self, waiter: "PollWaiter") -> None: ...
    def on_presence(self, waiter: "PollWaiter", changes: list[Change]) -> None: ...
    def on_readable(self, waiter: "PollWaiter") -> None: ...
    def read_log(self, waiter: "PollWaiter") -> None: ...
    def finish(
        self, waiter: "PollWaiter", *, events: Iterable[bytes] = (), retry_ms: int | None = None
    ) -> None: ...
    def fail(self, waiter: "PollWaiter", error: ServiceError) -> None: ...


class Origin(NamedTuple):
    """Where polls come from: what thousands of them have in common, kept once.

    ``home``: where the connection waits after its answer, None if it is to be closed. ``allowed``: the origin
    of foreign pages that the answer allows to read it.
    """

    transport: Polls
    home: Home | None
    allowed: str | None


class Origins:
    """The origins of one transport's polls."""

    def __init__(self, transport: Polls) -> None:
        self._transport = transport
        self._known: dict[tuple[Home | None, str | None], Origin] = {}

    def of(self, home: Home | None, allowed: str | None) -> Origin:
        """Return the one that all such polls share."""
        found = self._known.get((home, allowed))
        if found is None:
            if len(self._known) >= ORIGINS_KEPT:
                self._known.clear()
            found = self._known[home, allowed] = Origin(self._transport, home, allowed)
        return found


class PollWaiter:
    """One waiting poll. ``fd`` is -1 while the web server still holds the socket.

    ``request_id`` is what a proxy calls it; empty if there is none.
    """

    __slots__ = (
        "_packed_cursor",
        "fd",
        "heard",
        "mailbox",
        "mark",
        "origin",
        "request_id",
        "session_id",
        "step",
        "watch",
    )
    stays: Literal[False] = False
    mailbox: Mailbox

    def __init__(self, origin: Origin, session_id: bytes, *, cursor: Cursor) -> None:
        self.origin = origin
        self.session_id = session_id
        self.cursor = cursor
        self.fd = -1
        self.heard = 0
        self.mark = ""
        self.request_id = ""
        self.step = Step.LOOKING
        self.watch: tuple[UserKey, ...] = ()

    @property
    def cursor(self) -> Cursor:
        """The last event that this connection delivered.

        Kept as one number: a parked poll is small because it holds few objects.
        """
        return Cursor(self._packed_cursor >> TAG_BITS, self._packed_cursor & TAG_MASK)

    @cursor.setter
    def cursor(self, cursor: Cursor) -> None:
        self._packed_cursor = cursor.useq << TAG_BITS | cursor.tag

    @property
    def transport(self) -> Polls:
        """Who answers it."""
        return self.origin.transport

    @property
    def home(self) -> Home | None:
        """Where its connection waits after the answer."""
        return self.origin.home

    def answer(self, status: int, body: bytes) -> bytes:
        """Return the whole answer with ``body``, a JSON object."""
        return json_answer(
            body,
            status=status,
            keep_alive=self.home is not None and self.home.is_open(),
            origin=self.origin.allowed,
            request_id=self.request_id,
        )

    def end_connection(self) -> None:
        """Let the answer be the connection's last."""
        self.origin = self.origin._replace(home=None)

    def __call__(self, mailbox: Mailbox, /) -> None:
        self.transport.on_news(self)

    def hear(self, letter: Letter, /) -> bool:
        """Leave it to the hub: an answer is written at once."""
        return False

    def read_log(self) -> None:
        self.transport.read_log(self)

    def on_presence(self, changes: list[Change], /) -> None:
        self.transport.on_presence(self, changes)

    def on_replaced(self) -> None:
        self.transport.fail(self, Replaced())

    def on_session_ended(self) -> None:
        self.transport.fail(self, SessionEnded())

    def on_readable(self, fd: int) -> None:
        self.transport.on_readable(self)

    def on_expired(self, fd: int) -> None:
        self.transport.finish(self)

    def on_drain(self, fd: int) -> None:
        self.transport.finish(self, retry_ms=random.randint(*DRAIN_RETRY_MS))  # noqa: S311
