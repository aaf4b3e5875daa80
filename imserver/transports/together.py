"""The three transports of a worker, over one parking lot, one index of sessions and one outbox."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imserver.metrics import Metrics
from imserver.parking import ParkingLot
from imserver.presence import ChangeLog
from imserver.protocol.framing import Framing, SseFraming, WebSocketFraming
from imserver.readers import ReaderBook
from imserver.router import Router
from imserver.settings import Settings
from imserver.store import Store
from imserver.transports.outbox import Outbox
from imserver.transports.poll import PollTransport
from imserver.transports.poll_rooms import PollRooms
from imserver.transports.resting import Resting
from imserver.transports.rooms import Hearing, Rooms
from imserver.transports.sessions import WaitingSessions
from imserver.transports.stream import Stream
from imserver.transports.streams import Streams
from imserver.transports.watching import Watching
from imserver.transports.websocket import WebSocketReader


@dataclass(frozen=True, slots=True)
class Transports:
    """Each carries the same events; a session waits on one of them at a time."""

    poll: PollTransport
    sockets: Streams
    event_streams: Streams
    outbox: Outbox

    def hear(
        self, desk: Callable[[Stream, bytes], None], *, frames_per_second: int, resting: Resting
    ) -> WebSocketReader:
        """Let ``desk`` have what comes over WebSockets; return who reads the frames."""
        reader = WebSocketReader(self.sockets, desk, frames_per_second=frames_per_second, resting=resting)
        self.sockets.on_bytes = reader
        self.sockets.on_left = reader.forget
        return reader

    @property
    def readers(self) -> ReaderBook:
        """Return who follows which room, over any of the three."""
        return self.poll.rooms.book

    @property
    def following(self) -> "Following":
        """Return the rooms that connections of any kind follow."""
        return Following((self.poll.rooms, self.sockets.rooms, self.event_streams.rooms))

    def drain(self, seconds: float) -> None:
        """Let everybody who waits go, within ``seconds``."""
        for streams in (self.sockets, self.event_streams):
            streams.drain(seconds / 4)
        self.poll.drain(seconds / 2)

    def close(self) -> None:
        """Stop looking after slow readers."""
        self.outbox.close()


@dataclass(frozen=True, slots=True)
class Following:
    """The rooms of all transports."""

    parts: tuple[Rooms | PollRooms, ...]

    def stop(self, site_id: str, user_id: str, room: str) -> None:
        """Let no connection of the person hear the room any longer. Never blocks."""
        for part in self.parts:
            part.stop(site_id, user_id, room)

    def hearings(self) -> Iterator[Hearing]:
        """Yield who hears which room."""
        for part in self.parts:
            yield from part.hearings()


def build_transports(
    settings: Settings,
    store: Store,
    router: Router,
    *,
    lot: ParkingLot,
    sessions: WaitingSessions,
    changes: ChangeLog,
    metrics: Metrics,
    is_full: Callable[[], bool],
) -> Transports:
    """Return the transports of a worker, wired to each other."""
    limits, delivery = settings.limits, settings.delivery
    watching = Watching(changes, store.reach.load_states)
    outbox = Outbox(lot, socket_bytes=limits.socket_buffer_bytes, worker_bytes=limits.worker_buffer_bytes)
    silent_seconds = (delivery.poll_min_seconds, delivery.poll_max_seconds)

    def streams(framing: Framing, *, is_answered: bool) -> Streams:
        return Streams(
            router,
            store.log,
            lot=lot,
            outbox=outbox,
            sessions=sessions,
            watching=watching,
            framing=framing,
            metrics=metrics,
            find_readable=store.members.find_readable,
            silent_seconds=silent_seconds,
            is_answered=is_answered,
        )

    poll = PollTransport(
        router,
        store.log,
        lot=lot,
        sessions=sessions,
        watching=watching,
        metrics=metrics,
        find_readable=store.members.find_readable,
        poll_seconds=silent_seconds,
        is_full=is_full,
    )
    transports = Transports(
        poll, streams(WebSocketFraming(), is_answered=True), streams(SseFraming(), is_answered=False), outbox
    )
    for rooms in (transports.sockets.rooms, transports.event_streams.rooms):
        rooms.book = transports.readers
    _connect(outbox, lot)
    return transports


def _connect(outbox: Outbox, lot: ParkingLot) -> None:
    def owner(fd: int) -> Stream:
        stream = lot.tenant(fd)
        assert isinstance(stream, Stream)  # noqa: S101 - only streams write through the outbox
        return stream

    outbox.on_slow = lambda fd: owner(fd).give_up()
    outbox.on_gone = lambda fd: owner(fd).vanish()
    outbox.on_drained = lambda fd: owner(fd).on_drained()
