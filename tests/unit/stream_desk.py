"""Streams over logs in memory and pairs of sockets, and who listens at their other ends."""

import os
import socket
from collections.abc import Iterable, Iterator
from typing import Any

import gevent
import msgspec

from imserver.metrics import Metrics
from imserver.parking import ParkingLot
from imserver.presence import Change, ChangeLog
from imserver.protocol.closing import Closing
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.framing import Framing, SseFraming, WebSocketFraming
from imserver.protocol.types import Presence
from imserver.router import Letter, Router
from imserver.store.values import Backlog, Head, PresenceState, Reset, Session, room_stream
from imserver.transports.outbox import Outbox
from imserver.transports.sessions import WaitingSessions
from imserver.transports.stream import Stage, Stream
from imserver.transports.streams import Streams
from imserver.transports.together import _connect
from imserver.transports.watching import Watching
from tests.unit.poll_desk import ADA, Clock, FakeLog

ROOM = "r1"
SILENT_SECONDS = (20.0, 28.0)


class Logs:
    """A log for everybody and every room."""

    def __init__(self) -> None:
        self.of: dict[tuple[str, str], FakeLog] = {}

    def log(self, key: tuple[str, str]) -> FakeLog:
        return self.of.setdefault(key, FakeLog())

    def load_heads(self, users: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
        return {user: self.fetch_head(*user) for user in users if user in self.of}

    def fetch_head(self, site_id: str, user_id: str) -> Head:
        return self.log((site_id, user_id)).fetch_head(site_id, user_id)

    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset:
        return self.log((site_id, user_id)).read_backlog(site_id, user_id, cursor)


class Listener:
    """The other end of a stream's connection: what it was told."""

    def __init__(self, *, buffer_bytes: int = 0) -> None:
        self.socket, server = socket.socketpair()
        if buffer_bytes:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
        self.fd = server.detach()
        self.heard = b""
        self.is_ended = False

    def listen(self) -> bytes:
        """Return everything that has been said so far."""
        gevent.sleep(0)
        gevent.sleep(0)
        self.socket.setblocking(False)
        try:
            while not self.is_ended:
                data = self.socket.recv(1 << 20)
                self.heard += data
                self.is_ended = not data
        except BlockingIOError:
            pass
        except ConnectionResetError:
            self.is_ended = True
        return self.heard

    def frames(self) -> list[Any]:
        """Return what was said as JSON; a ping as "ping", the end as its code."""
        return list(_frames(self.listen()))

    def texts(self) -> list[str]:
        """Return the texts of the events."""
        return [frame["text"] for frame in self.frames() if isinstance(frame, dict) and "text" in frame]

    def kinds(self) -> list[Any]:
        """Return the types of what was said."""
        return [frame["type"] if isinstance(frame, dict) else frame for frame in self.frames()]

    def say(self, data: bytes) -> None:
        self.socket.setblocking(True)
        self.socket.sendall(data)


def _frames(data: bytes) -> Iterator[Any]:
    at = 0
    while at < len(data):
        opcode, size = data[at] & 0x0F, data[at + 1]
        at += 2
        if size > 125:
            more = 2 if size == 126 else 8
            size = int.from_bytes(data[at : at + more])
            at += more
        payload, at = data[at : at + size], at + size
        assert len(payload) == size, "cut off"
        if opcode == 1:
            yield msgspec.json.decode(payload)
        else:
            yield {8: int.from_bytes(payload[:2]), 9: "ping", 10: "pong"}[opcode]


class StreamDesk:
    """Streams with everything that they need."""

    def __init__(self, *, worker_bytes: int = 1 << 26, socket_bytes: int = 1 << 18) -> None:
        self.clock = Clock()
        self.logs = Logs()
        self.log = self.logs.log(ADA)
        self.lot = ParkingLot(clock=self.clock)
        self.router = Router(linger_seconds=45, clock=self.clock)
        self.changes = ChangeLog(epoch="now")
        self.sessions = WaitingSessions()
        self.states = {"bob": PresenceState("bob", Presence.AWAY, "lunch")}
        self.watching = Watching(self.changes, self._load_states)
        # Rooms that ada may not hear.
        self.unreadable: set[str] = set()
        self.before_states: Any = lambda: None
        self.outbox = Outbox(self.lot, socket_bytes=socket_bytes, worker_bytes=worker_bytes, clock=self.clock)
        _connect(self.outbox, self.lot)
        self.streams = self.build(WebSocketFraming(), is_answered=True)
        self.listeners: list[Listener] = []

    def build(self, framing: Framing, *, is_answered: bool) -> Streams:
        """Make streams over the same router, logs and lot."""
        return Streams(
            self.router,
            self.logs,
            lot=self.lot,
            outbox=self.outbox,
            sessions=self.sessions,
            watching=self.watching,
            framing=framing,
            metrics=Metrics(),
            find_readable=lambda site_id, user_id, rooms: set(rooms) - self.unreadable,
            silent_seconds=SILENT_SECONDS,
            is_answered=is_answered,
        )

    def build_sse(self) -> Streams:
        """Make streams that cannot be answered."""
        return self.build(SseFraming(), is_answered=False)

    def _load_states(self, site_id: str, viewer_id: str, user_ids: list[str]) -> dict[str, PresenceState]:
        found = {user_id: self.states[user_id] for user_id in user_ids if user_id in self.states}
        act, self.before_states = self.before_states, lambda: None
        act()
        return found

    def admit(self, *, buffer_bytes: int = 0, streams: Streams | None = None) -> tuple[Stream, Listener]:
        """Connect, and say nothing yet."""
        listener = Listener(buffer_bytes=buffer_bytes)
        self.listeners.append(listener)
        used = self.streams if streams is None else streams
        return used.admit(listener.fd, origin=None, seconds=5.0), listener

    def begin(
        self,
        stream: Stream,
        *,
        user: tuple[str, str] = ADA,
        session: str = "s1",
        cursor: Cursor | None = None,
        watch: tuple[str, ...] = (),
        mark: str = "",
    ) -> None:
        who = Session(*user, session.encode(), "", 0)
        place = self.log.head() if cursor is None else cursor
        transport = stream.transport
        assert isinstance(transport, Streams)
        transport.begin(stream, who, cursor=place, watch=watch, mark=mark)

    def open(
        self, *, buffer_bytes: int = 0, streams: Streams | None = None, **fields: Any
    ) -> tuple[Stream, Listener]:
        """Connect and be welcomed."""
        stream, listener = self.admit(buffer_bytes=buffer_bytes, streams=streams)
        self.begin(stream, **fields)
        return stream, listener

    def commit(self, text: str, user: tuple[str, str] = ADA) -> Letter:
        """Store an event and tell the router."""
        letter = self.logs.log(user).append(text)
        self.router.send(user, letter)
        return letter

    def change(self, user_id: str, presence: Presence) -> None:
        """Let somebody be something else, and tell those who watch."""
        change = Change((ADA[0], user_id), presence, "")
        self.states[user_id] = PresenceState(user_id, presence, "")
        self.changes.append([change])
        for waiter in list(self.router.watchers(change.user)):
            waiter.on_presence([change])

    def is_empty(self) -> bool:
        """Tell whether nothing is left of any stream."""
        kept = len(self.streams), len(self.lot), len(self.sessions), self.outbox.waiting_bytes
        return not any(kept) and not any(self.router.waiters()) and not self.router._watchers

    def end(self, stream: Stream, closing: Closing) -> None:
        self.streams.close(stream, closing)

    def close(self) -> None:
        """Close every connection."""
        self.outbox._gathered.clear()
        for fd, tenant in enumerate(list(self.lot._tenants)):
            if tenant is not None:
                self.lot.leave(fd)
                os.close(fd)
        self.outbox.close()
        self.lot.close()
        for listener in self.listeners:
            listener.socket.close()


def room_key(room: str = ROOM) -> tuple[str, str]:
    """Return whose log a room's is."""
    return ADA[0], room_stream(room)


__all__ = ["ADA", "ROOM", "START", "Stage", "StreamDesk"]
