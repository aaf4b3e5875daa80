"""All streams of one kind on a worker: WebSockets, or server-sent events. The kind is its framing.

# design: A Stream stays in the parking lot and is linked to its mailbox, so an idle one has no greenlet. It
# is registered first and the log is read second. What it is told comes from its mailbox while it is LIVE;
# whatever else happened (it has just come, a hint was lost, its peer is slow) it catches up from the log,
# a page at a time, and never faster than its peer reads. Nothing is kept for it that the log has.
"""

import logging
import os
import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from imserver.errors import InternalError, ServiceError
from imserver.logs import about
from imserver.metrics import Metrics
from imserver.parking import ParkingLot
from imserver.presence import Change
from imserver.protocol.answers import presence_changed
from imserver.protocol.closing import FULL, PROTOCOL, RESTART, SLOW, Closing, closing_for
from imserver.protocol.cursor import Cursor
from imserver.protocol.framing import Framing
from imserver.router import Letter, Router
from imserver.store.values import Reset, Session
from imserver.transports.arrivals import Crew
from imserver.transports.outbox import Outbox
from imserver.transports.rooms import FindReadable, Rooms, StreamLog
from imserver.transports.sessions import WaitingSessions
from imserver.transports.sockets import AnswerWriter, close_socket, discard_input, tune_socket
from imserver.transports.stream import Reader, Stage, Stream
from imserver.transports.telling import Teller
from imserver.transports.waiter import DRAIN_RETRY_MS
from imserver.transports.watching import Watching

log = logging.getLogger(__name__)

# A frame is a few hundred bytes; allocating 64 KB for each read costs as much as the rest of reading it.
READ_BYTES = 16_384
# A hello that has waited so long for its turn is sent to come back.
GREETED_SECONDS = 15.0
# Readers of the log at the same time: two keep a worker busy, and with six commits waited for their pages.
READERS = 2
# Those who begin wait for a query that they share with the others of the same milliseconds.
BEGINNERS = 64


class Streams:
    """``silent_seconds``: the range of silence after which something is said to keep a connection open.

    ``on_bytes`` gets what a peer has sent, ``on_left`` each descriptor that is forgotten.
    """

    def __init__(
        self,
        router: Router,
        log: StreamLog,
        *,
        lot: ParkingLot,
        outbox: Outbox,
        sessions: WaitingSessions,
        watching: Watching,
        framing: Framing,
        metrics: Metrics,
        find_readable: FindReadable,
        silent_seconds: tuple[float, float],
        is_answered: bool,
    ) -> None:
        self.on_bytes: Callable[[Stream, bytes], None] = lambda stream, data: None
        self.on_left: Callable[[int], None] = lambda fd: None
        self.is_draining = False
        self.framing = framing
        self._router = router
        self._log = log
        self._lot = lot
        self._outbox = outbox
        self._sessions = sessions
        self._watching = watching
        self._metrics = metrics
        self._silent_seconds = silent_seconds
        self._is_answered = is_answered
        catch_up = partial(self._catch_up, mark="")
        self.rooms = Rooms(
            router, log, find_readable=find_readable, framing=framing, say=self.answer, catch_up=catch_up
        )
        self._teller = Teller(framing, outbox)
        self._readers = Crew(self._catch_up, size=READERS)
        self._beginners = Crew(self._begin, size=BEGINNERS)
        self._writer = AnswerWriter()
        self._open_count = 0

    def __len__(self) -> int:
        return self._open_count

    # -- coming and going

    def admit(self, fd: int, *, origin: str | None, seconds: float) -> Stream:
        """Keep ``fd``, which is ours from now on; it has ``seconds`` to say who it is. Never blocks."""
        tune_socket(fd)
        os.set_blocking(fd, False)
        stream = Stream(self, fd, origin=origin)
        self._lot.stay(fd, stream, seconds=seconds)
        self._open_count += 1
        return stream

    def begin(
        self, stream: Stream, session: Session, *, cursor: Cursor, watch: Iterable[str], mark: str
    ) -> None:
        """Register a stream whose session is known and welcome it; it catches up when it is its turn. Blocks.

        Raises Unavailable while the database cannot be read; ``refuse`` comes next then.
        """
        site_id, user_id = session.site_id, session.user_id
        if self.is_draining:
            self.on_drain(stream)
            return
        if stream.stage > Stage.HEARD:
            return
        if self._sessions.have_overtaken(session.session_id, stream.fd):
            self.vanish(stream)
            return
        stream.stage = Stage.READING
        stream.session_id = session.session_id
        stream.is_guest = session.guest
        stream.cursor = cursor
        stream.mailbox = self._router.login(self._router.key(site_id, user_id), stream)
        self._sessions.enter(stream)
        stream.watch = tuple(self._router.key(site_id, watched) for watched in watch)
        self._router.watch(stream.watch, stream)
        self._lot.postpone(stream.fd, seconds=random.uniform(*self._silent_seconds))  # noqa: S311
        events, mark = self._watching.look(stream.mailbox.user, stream.watch, mark)
        head = self._log.fetch_head(site_id, user_id)
        self.answer(stream, self.framing.welcome(cursor, mark))
        self._say_events(stream, events)
        if head.cursor == cursor and stream.mailbox.count == stream.heard:
            self._tell_missed_presence(stream, mark)
            self._go_live(stream)
        else:
            self._readers.add(stream, mark)

    def begin_soon(
        self,
        stream: Stream,
        session: Session,
        *,
        cursor: Cursor,
        watch: Iterable[str],
        mark: str,
        rooms: Mapping[str, Cursor | None],
    ) -> None:
        """Begin and follow ``rooms``, in a greenlet of a small crew; refuse what cannot begin."""
        self.hear_hello(stream)
        self._beginners.add(stream, session, {"cursor": cursor, "watch": watch, "mark": mark}, rooms)

    def _begin(
        self, stream: Stream, session: Session, place: dict[str, Any], rooms: Mapping[str, Cursor | None]
    ) -> None:
        try:
            self.begin(stream, session, **place)
            self.rooms.follow_all(stream, rooms)
        except ServiceError as error:
            self.refuse(stream, error)
        except Exception:
            log.exception("a stream could not begin", extra=about(stream.request_id))
            self.refuse(stream, InternalError())

    def hear_hello(self, stream: Stream) -> None:
        """Note that a stream has said who it is: if that is not looked into soon, it is not its fault."""
        stream.stage = Stage.HEARD
        self._lot.postpone(stream.fd, seconds=GREETED_SECONDS)

    def resume(self, stream: Stream, cursor: Cursor) -> None:
        """Go on after a reset; a stream that was not reset goes on where it is. Blocks."""
        if stream.stage is not Stage.STOPPED:
            return
        stream.cursor = cursor
        stream.stage = Stage.READING
        self.answer(stream, self.framing.welcome(cursor, self._watching.mark))
        self._catch_up(stream, "")

    def close(self, stream: Stream, closing: Closing, words: bytes = b"") -> None:
        """Say ``words``, which are framed, and why, and close. Never blocks; a second call does nothing."""
        if stream.stage is not Stage.DONE:
            self._finish(stream, self._outbox.take(stream.fd) + words, closing)

    def refuse(self, stream: Stream, error: ServiceError) -> None:
        """Close a stream that cannot begin or go on, and say what is wrong."""
        self.close(stream, closing_for(error), self.framing.error(error))

    def finish(self, stream: Stream, data: bytes) -> None:
        """Write ``data``, the last words that somebody else has framed, and close."""
        if stream.stage is not Stage.DONE:
            data = self._outbox.take(stream.fd) + data
            self._leave(stream)
            discard_input(stream.fd)
            self._writer.write(stream.fd, data, home=None)

    def vanish(self, stream: Stream) -> None:
        """Forget a stream whose peer has left."""
        self._outbox.take(stream.fd)
        self._leave(stream)
        close_socket(stream.fd)

    def give_up(self, stream: Stream) -> None:
        """Close a reader that is too slow; with a last word, if what was begun before it is short."""
        begun = self._outbox.take_begun(stream.fd)
        if begun is None:
            self.vanish(stream)
        else:
            self._finish(stream, begun, SLOW)

    def drain(self, seconds: float) -> None:
        """Let every stream go, those that still arrive at once, within ``seconds``."""
        self.is_draining = True
        for stream in list(self._sessions):
            if isinstance(stream, Stream) and stream.transport is self:
                self.on_drain(stream)
        self._outbox.flush()
        self._writer.join(seconds)

    # -- what the client asks for

    def answer(self, stream: Stream, data: bytes) -> None:
        """Say something that is no event, unless the stream has ended. Never blocks."""
        if stream.stage is not Stage.DONE:
            self._outbox.put(stream.fd, data)

    def watch(self, stream: Stream, user_ids: Iterable[str]) -> None:
        """Tell from now on of these people, and what they are now. Blocks."""
        site_id = stream.mailbox.user[0]
        watched = tuple(self._router.key(site_id, user_id) for user_id in user_ids)
        self._router.unwatch(stream.watch, stream)
        stream.watch = watched
        self._router.watch(watched, stream)
        viewer = stream.mailbox.user
        events, mark = self._watching.look(viewer, watched, "")
        if stream.watch is watched:
            self._say_events(stream, [*events, *self._watching.look(viewer, watched, mark).events])

    # -- what happens to a stream; all of it comes from the hub or from whoever sends

    def hear(self, reader: Reader, letter: Letter) -> bool:
        """Gather the letter for a reader that has heard all before it; False if there is more to it."""
        return reader.stage is Stage.LIVE and self._teller.tell_next(reader, letter)

    def on_news(self, reader: Reader) -> None:
        """Something was sent to the reader's person or room."""
        if reader.stage is not Stage.LIVE:
            return
        if (data := self._teller.follow_up(reader)) is None:
            self.read_log(reader)
            return
        self._router.listen_again(reader.mailbox, reader)
        if data:
            self._teller.say(reader, data)

    def read_log(self, reader: Reader) -> None:
        """Catch up from the log: a hint was lost, or more came than was kept. The sweep calls this too."""
        if reader.stage is Stage.LIVE:
            reader.stage = Stage.READING
            self._readers.add(reader, self._watching.mark)

    def on_presence(self, stream: Stream, changes: list[Change]) -> None:
        """People on the stream's screen changed."""
        if stream.stage is Stage.LIVE:
            self._say_events(stream, [presence_changed([change.told() for change in changes])])

    def on_readable(self, stream: Stream) -> None:
        """The peer has sent something, or left."""
        try:
            data = os.read(stream.fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            log.debug("a peer cannot be read from: %s", error)
            data = b""
        if not data:
            self.vanish(stream)
            return
        stream.is_pinged = False
        self.on_bytes(stream, data)

    def on_writable(self, fd: int) -> None:
        """The socket takes bytes again."""
        self._outbox.on_writable(fd)

    def on_drained(self, stream: Stream) -> None:
        """Everything has been written: readers that were too fast for their peer go on."""
        for reader in self.rooms.readers(stream):
            if reader.stage is Stage.FULL:
                reader.stage = Stage.READING
                # What was not told meanwhile of those who are watched is told whole.
                self._readers.add(reader, "")

    def on_silence(self, stream: Stream) -> None:
        """Nothing was heard for a while: say something, and give up one that does not answer that."""
        if stream.stage is Stage.GREETING:
            self.close(stream, PROTOCOL)
        elif stream.stage is Stage.HEARD:
            self.close(stream, FULL)
        elif stream.is_pinged:
            self.vanish(stream)
        else:
            stream.is_pinged = self._is_answered
            self._lot.postpone(stream.fd, seconds=random.uniform(*self._silent_seconds))  # noqa: S311
            self.answer(stream, self.framing.idle())

    def on_drain(self, stream: Stream) -> None:
        """The worker is about to stop."""
        self.close(stream, RESTART, self.framing.bye(random.randint(*DRAIN_RETRY_MS)))  # noqa: S311

    # -- telling

    def _say_events(self, stream: Stream, events: Iterable[bytes]) -> None:
        for event in events:
            self.answer(stream, self.framing.event(event, None))

    # -- reading the log, in a greenlet

    def _catch_up(self, reader: Reader, mark: str) -> None:
        """Read pages until there is nothing behind them. ``mark``: what its peer knows of presence."""
        try:
            while reader.stage is Stage.READING and self._read_page(reader):
                pass
            if reader is reader.stream:
                self._tell_missed_presence(reader.stream, mark)
        except ServiceError as error:
            # It listens as before; the next sweep tries again.
            log.warning("a backlog could not be read: %s", error.code, extra=about(reader.stream.request_id))
        except Exception:
            log.exception("a backlog could not be told", extra=about(reader.stream.request_id))
            self.close(reader.stream, FULL)
        self._go_live(reader)

    def _read_page(self, reader: Reader) -> bool:
        """Write one page; return whether there is more to read."""
        unheard = reader.mailbox.best_effort_since(reader.heard)
        self._router.listen_again(reader.mailbox, reader)
        found = self._log.read_backlog(*reader.mailbox.user, reader.cursor)
        if reader.stage is not Stage.READING:
            return False
        if isinstance(found, Reset):
            self._metrics.resets.labels(found.reason.value).inc()
            reader.stage = Stage.STOPPED
            self.answer(reader.stream, self.framing.reset(found.reason, reader.room))
            if not (self._is_answered or reader.room):
                # Its peer cannot say from where to go on; it comes back with the cursor of a new state.
                self.finish(reader.stream, b"")
            return False
        self._metrics.backlog_reads.inc()
        self.answer(reader.stream, self._teller.page(found, unheard, room=reader.room))
        reader.cursor = found.cursor
        self._outbox.flush()
        if self._outbox.is_full(reader.stream.fd):
            reader.stage = Stage.FULL
            return False
        return found.more or reader.mailbox.count != reader.heard

    def _tell_missed_presence(self, stream: Stream, mark: str) -> None:
        """Tell what changed of those who are watched; what changes from then on is told as it happens."""
        while stream.stage is Stage.READING:
            told = self._watching.recall(stream.mailbox.user, stream.watch, mark)
            # Looking blocks, and what changes meanwhile is not told to one that is READING: look again.
            events, mark = told or self._watching.look(stream.mailbox.user, stream.watch, mark)
            self._say_events(stream, events)
            if told is not None:
                return

    def _go_live(self, reader: Reader) -> None:
        if reader.stage is not Stage.READING:
            return
        reader.stage = Stage.LIVE
        if reader.mailbox.count != reader.heard:
            # It came behind the last look, when nobody listened.
            self.on_news(reader)
        else:
            # A device of the same person that is too slow to listen may have left the mailbox as it was told.
            self._router.listen_again(reader.mailbox, reader)

    # -- ending

    def _finish(self, stream: Stream, data: bytes, closing: Closing) -> None:
        data += self.framing.end(closing.code, closing.reason)
        self._leave(stream)
        discard_input(stream.fd)
        self._writer.write(stream.fd, data, home=None)

    def _leave(self, stream: Stream) -> None:
        """Forget the stream everywhere; its descriptor stays open."""
        is_known = stream.stage > Stage.HEARD
        stream.stage = Stage.DONE
        self._open_count -= 1
        self.rooms.leave_all(stream)
        if is_known:
            self._router.logout(stream.mailbox, stream)
            self._router.unwatch(stream.watch, stream)
            self._sessions.leave(stream)
        self._lot.leave(stream.fd)
        self.on_left(stream.fd)
