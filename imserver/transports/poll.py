"""The long poll: an answer at once when there is news, else a parked socket and no greenlet.

# design: A PollWaiter is at once the router's waiter, the lot's tenant and the record of the connection.
# It is registered first and the log is read second, so no event can land in between unseen. Whatever
# ends a poll goes through PollTransport._answer, which does its work once; later callers find it done.
# Under a server without takeover the same waiter is answered through an AsyncResult.
"""

import logging
import random
from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from typing import Any, Protocol, cast

from gevent.event import AsyncResult
from gevent.pool import Group

from imserver.errors import Replaced, ServiceError
from imserver.logs import about
from imserver.metrics import Metrics
from imserver.parking import ParkingLot
from imserver.presence import Change
from imserver.protocol.answers import error_answer, poll_answer, presence_changed
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Poll
from imserver.router import Router
from imserver.store.log import BYTES_PER_ANSWER
from imserver.store.values import Backlog, Head, Reset, Session
from imserver.transports.poll_rooms import PollRooms, RoomLog
from imserver.transports.rooms import FindReadable
from imserver.transports.sessions import WaitingSessions
from imserver.transports.sockets import AnswerWriter, close_socket, is_gone
from imserver.transports.takeover import Home, Takeover
from imserver.transports.waiter import DRAIN_RETRY_MS, Origin, Origins, PollWaiter, Step
from imserver.transports.watching import Watching

log = logging.getLogger(__name__)

# A worker that holds as many connections as it may answers at once; clients ask again after this.
FULL_RETRY_MS = (4_000, 8_000)


class PollLog(RoomLog, Protocol):
    """What a poll reads: the store's log."""

    def fetch_head(self, site_id: str, user_id: str) -> Head: ...


Outcome = tuple[int, bytes]


class PollTransport:
    """All long polls of a worker.

    ``poll_seconds`` is the range in which a quiet poll is answered; while it ``is_full`` no poll may wait.
    """

    def __init__(
        self,
        router: Router,
        log: PollLog,
        *,
        lot: ParkingLot,
        sessions: WaitingSessions,
        watching: Watching,
        metrics: Metrics,
        find_readable: FindReadable,
        poll_seconds: tuple[float, float],
        is_full: Callable[[], bool],
    ) -> None:
        self.rooms = PollRooms(router, log, find_readable=find_readable)
        self._router = router
        self._log = log
        self._lot = lot
        self._sessions = sessions
        self._watching = watching
        self._metrics = metrics
        self._poll_seconds = poll_seconds
        self._is_full = is_full
        self._blocked: dict[PollWaiter, AsyncResult[Outcome]] = {}
        # What ended a poll while it still looked; its own greenlet takes it from here.
        self._settled: dict[PollWaiter, Outcome] = {}
        self._origins = Origins(self)
        self._readers = Group()
        self._writer = AnswerWriter()
        self._draining, self._count = False, 0

    def __len__(self) -> int:
        return self._count

    def poll(
        self, session: Session, request: Poll, *, origin: str | None, takeover: Takeover | None
    ) -> Outcome | None:
        """Return (status, body) of the answer, or None when the socket was taken over and is parked.

        A newer poll of the same session supersedes the older one, which gets ``replaced``.
        Raises InvalidCursor, Replaced as ``arrive``, and Unavailable while the database cannot be read.
        """
        if takeover is not None and self._sessions.have_overtaken(session.session_id, takeover.fileno()):
            raise Replaced
        waiter = self._waiter(session, request, self._origins.of(None, origin))
        self._enter(waiter, session, request)
        try:
            body = self._look(waiter, request)
        except BaseException:
            self._leave(waiter)
            raise
        if waiter.step is Step.DONE:
            return self._settled.pop(waiter)
        if body is not None:
            self._leave(waiter)
            return 200, body
        if takeover is None or not takeover.is_possible():
            return self._block(waiter)
        self._park(waiter, takeover)
        return None

    def arrive(
        self, session: Session, request: Poll, *, fd: int, home: Home | None, origin: str | None
    ) -> PollWaiter:
        """Register a poll whose socket is ours already; ``settle`` comes next.

        Raises InvalidCursor, and Replaced for one whose client has given it up and asked anew meanwhile.
        """
        if self._sessions.have_overtaken(session.session_id, fd):
            raise Replaced
        waiter = self._waiter(session, request, self._origins.of(home, origin))
        waiter.fd = fd
        self._enter(waiter, session, request)
        return waiter

    def has_missed_nothing(self, session: Session, request: Poll) -> bool:
        """Tell whether this client comes back to where it left a moment ago, and nothing was sent since."""
        if request.rooms:
            return False
        user = session.site_id, session.user_id
        return self._router.has_missed_nothing(user, Cursor.parse(request.cursor))

    def settle(self, waiter: PollWaiter, request: Poll, *, head: Cursor) -> bool:
        """Answer or park a poll that has arrived; False when that needs ``look``. Never blocks."""
        if waiter.step is Step.DONE:
            return True
        if waiter.step is Step.STIRRED or waiter.cursor != head or self.rooms.has(waiter):
            return False
        fleeting = self._told_presence(waiter)
        if fleeting is None:
            return False
        if fleeting:
            self._answer(waiter, 200, self._body(waiter, fleeting))
        else:
            self._wait_or_answer(waiter, self._why_at_once(waiter, request))
        return True

    def look(self, waiter: PollWaiter, request: Poll) -> int:
        """Read what a poll that has arrived has missed, then answer or park it; return its size. Blocks."""
        try:
            body = self._look(waiter, request)
        except ServiceError as error:
            self.fail(waiter, error)
            return 0
        if waiter.step is not Step.DONE:
            self._wait_or_answer(waiter, body)
        return len(body or b"")

    def fail(self, waiter: PollWaiter, error: ServiceError) -> None:
        """Answer a poll with an error."""
        self._answer(waiter, error.status, error_answer(error))

    def on_news(self, waiter: PollWaiter) -> None:
        """Something was sent to the waiter's user; called by the hub through the mailbox."""
        if waiter.step is Step.LOOKING:
            waiter.step = Step.STIRRED
        if waiter.step is not Step.PARKED:
            return
        letters = waiter.mailbox.after(waiter.cursor)
        if letters is None or sum(len(letter.event) for letter in letters) > BYTES_PER_ANSWER:
            self.read_log(waiter)
            return
        unheard = self._unheard(waiter)
        if not letters and not unheard:
            self._router.listen_again(waiter.mailbox, waiter)
            return
        if letters:
            waiter.cursor = Cursor(letters[-1].useq, letters[-1].tag)
        self.finish(waiter, events=[*(letter.event for letter in letters), *unheard])

    def on_presence(self, waiter: PollWaiter, changes: list[Change]) -> None:
        """People on the waiter's screen changed."""
        if waiter.step is Step.PARKED:
            self.finish(waiter, events=[presence_changed([change.told() for change in changes])])

    def on_readable(self, waiter: PollWaiter) -> None:
        """The peer left, or sent its next request before this one's answer, which then goes first."""
        if is_gone(waiter.fd):
            fd = waiter.fd
            self._leave(waiter)
            close_socket(fd)
            return
        self._lot.park(waiter.fd, waiter, seconds=self._poll_seconds[0], hear_bytes=False)

    def read_log(self, waiter: PollWaiter) -> None:
        """Answer from the log: a hint was lost, or more came than was kept. The sweep calls this too."""
        if waiter.step is Step.PARKED:
            waiter.step = Step.READING
            self._readers.spawn(self._read_log, waiter)

    def finish(
        self, waiter: PollWaiter, *, events: Iterable[bytes] = (), retry_ms: int | None = None
    ) -> None:
        """Answer a waiting poll with ``events``."""
        self._answer(waiter, 200, self._body(waiter, list(events), retry_ms=retry_ms))

    def nearly_over(self, count: int) -> list[PollWaiter]:
        """Return the parked polls whose wait is over next, at most ``count``."""
        parked = (waiter for waiter in self._polls() if waiter.step is Step.PARKED and waiter.fd >= 0)
        return nsmallest(count, parked, key=lambda waiter: self._lot.due(waiter.fd))

    def send_away(self, waiter: PollWaiter, *, retry_ms: int) -> None:
        """Answer a poll, and close its connection behind the answer."""
        waiter.end_connection()
        self.finish(waiter, retry_ms=retry_ms)

    def drain(self, seconds: float) -> None:
        """Answer every poll, and polls that still arrive at once, within ``seconds``."""
        self._draining = True
        for waiter in list(self._polls()):
            if waiter.step in (Step.PARKED, Step.READING):
                waiter.on_drain(waiter.fd)
        self._readers.join(timeout=seconds / 2)
        self._writer.join(seconds / 2)

    def _polls(self) -> Iterator[PollWaiter]:
        return (each for each in self._sessions if isinstance(each, PollWaiter))

    # -- arriving and waiting

    def _waiter(self, session: Session, request: Poll, origin: Origin) -> PollWaiter:
        return PollWaiter(origin, session.session_id, cursor=Cursor.parse(request.cursor))

    def _enter(self, waiter: PollWaiter, session: Session, request: Poll) -> None:
        rooms = {room: Cursor.parse(cursor) for room, cursor in request.rooms.items()}
        self._count += 1
        waiter.mailbox = self._router.login(self._router.key(session.site_id, session.user_id), waiter)
        self._sessions.enter(waiter)
        if request.watch:
            waiter.watch = tuple(self._router.key(session.site_id, user_id) for user_id in request.watch)
            waiter.mark = request.presence
            self._router.watch(waiter.watch, waiter)
        if request.rooms:
            self.rooms.enter(waiter, rooms)

    def _look(self, waiter: PollWaiter, request: Poll) -> bytes | None:
        body = self._look_once(waiter)
        while body is None and waiter.step is Step.STIRRED:
            waiter.step = Step.LOOKING
            self._router.listen_again(waiter.mailbox, waiter)
            body = self._look_once(waiter)
        if body is not None or waiter.step is Step.DONE:
            return body
        return self._why_at_once(waiter, request)

    def _why_at_once(self, waiter: PollWaiter, request: Poll) -> bytes | None:
        if not request.wait:
            return self._body(waiter, [])
        if self._draining:
            return self._come_back(waiter, DRAIN_RETRY_MS)
        if self._is_full():
            # Its connection goes as well: idle ones would take the room that is left.
            waiter.end_connection()
            return self._come_back(waiter, FULL_RETRY_MS)
        return None

    def _look_once(self, waiter: PollWaiter) -> bytes | None:
        site_id, user_id = waiter.mailbox.user
        head = self._log.fetch_head(site_id, user_id)
        presence, waiter.mark = self._watching.look(waiter.mailbox.user, waiter.watch, waiter.mark)
        news = self.rooms.look(waiter)
        at_head = head.cursor == waiter.cursor
        found = None if at_head else self._log.read_backlog(site_id, user_id, waiter.cursor)
        # Last: what no log keeps and came during the reads is told with them.
        others = [*news.events, *presence, *self._unheard(waiter)]
        if found is not None:
            return self._backlog_answer(waiter, found, others, more=news.more)
        return self._body(waiter, others, more=news.more) if others or news.is_any else None

    def _unheard(self, waiter: PollWaiter) -> list[bytes]:
        return [letter.event for letter in waiter.mailbox.best_effort_since(waiter.heard)]

    def _told_presence(self, waiter: PollWaiter) -> list[bytes] | None:
        """Return what changed of those who are watched; None when their rows must be read."""
        seen = self._watching.recall(waiter.mailbox.user, waiter.watch, waiter.mark)
        if seen is None:
            return None
        waiter.mark = seen.mark
        return seen.events

    def _backlog_answer(
        self, waiter: PollWaiter, found: Backlog | Reset, others: list[bytes], *, more: bool
    ) -> bytes:
        if isinstance(found, Reset):
            self._metrics.resets.labels(found.reason.value).inc()
            return self._body(waiter, others, reset=found.reason)
        self._metrics.backlog_reads.inc()
        events, more = [*found.events, *others], more or found.more
        return self._body(waiter, events, cursor=found.cursor, more=more)

    def _come_back(self, waiter: PollWaiter, retry_ms: tuple[int, int]) -> bytes:
        return self._body(waiter, [], retry_ms=random.randint(*retry_ms))  # noqa: S311

    def _body(
        self, waiter: PollWaiter, events: list[bytes], *, cursor: Cursor | None = None, **rest: Any
    ) -> bytes:
        mark, resets = self._mark(waiter), self.rooms.resets(waiter)
        return poll_answer(events, cursor or waiter.cursor, presence=mark, resets=resets, **rest)

    def _park(self, waiter: PollWaiter, takeover: Takeover) -> None:
        waiter.origin = self._origins.of(takeover.home, waiter.origin.allowed)
        waiter.fd = takeover.take()
        self._wait(waiter)

    def _wait_or_answer(self, waiter: PollWaiter, body: bytes | None) -> None:
        if body is None:
            self._wait(waiter)
        else:
            self._answer(waiter, 200, body)

    def _wait(self, waiter: PollWaiter) -> None:
        waiter.step = Step.PARKED
        self._lot.park(waiter.fd, waiter, seconds=random.uniform(*self._poll_seconds))  # noqa: S311

    def _block(self, waiter: PollWaiter) -> Outcome:
        answer: AsyncResult[Outcome] = AsyncResult()
        self._blocked[waiter] = answer
        waiter.step = Step.PARKED
        try:
            answer.wait(timeout=random.uniform(*self._poll_seconds))  # noqa: S311
            self.finish(waiter)
            return cast(Outcome, answer.get(block=False))
        finally:
            self._leave(waiter)

    def _mark(self, waiter: PollWaiter) -> str:
        if not waiter.watch:
            return ""
        # A parked poll is answered at each change it watches, so it has seen all up to now.
        return self._watching.mark if waiter.step >= Step.PARKED else waiter.mark

    def _read_log(self, waiter: PollWaiter) -> None:
        count = waiter.mailbox.count
        try:
            found = self._log.read_backlog(*waiter.mailbox.user, waiter.cursor)
            news = self.rooms.look(waiter)
        except ServiceError as error:
            # The poll goes on waiting; the next sweep tries again.
            log.warning("a backlog could not be read: %s", error.code, extra=about(waiter.request_id))
            self._wait_on(waiter)
            return
        others = [*news.events, *self._unheard(waiter)]
        if isinstance(found, Backlog) and not found.events and not others and not news.is_any:
            self._wait_on(waiter)
            if waiter.mailbox.count != count:
                # It came behind the read, when nobody listened.
                self.on_news(waiter)
            self.rooms.settle(waiter)
            return
        self._answer(waiter, 200, self._backlog_answer(waiter, found, others, more=news.more))

    def _wait_on(self, waiter: PollWaiter) -> None:
        if waiter.step is Step.READING:
            waiter.step = Step.PARKED
            self._router.listen_again(waiter.mailbox, waiter)

    # -- answering

    def _answer(self, waiter: PollWaiter, status: int, body: bytes) -> None:
        if waiter.step is Step.DONE:
            return
        blocked = self._blocked.get(waiter)
        self._leave(waiter)
        if blocked is not None:
            blocked.set((status, body))
        elif waiter.fd >= 0:
            self._writer.write(waiter.fd, waiter.answer(status, body), home=waiter.home)
        else:
            self._settled[waiter] = (status, body)

    def _leave(self, waiter: PollWaiter) -> None:
        """Forget the waiter everywhere; the descriptor stays open."""
        self._count -= waiter.step is not Step.DONE
        has_looked = waiter.step is Step.PARKED
        waiter.step = Step.DONE
        self._blocked.pop(waiter, None)
        self._settled.pop(waiter, None)
        self._router.logout(waiter.mailbox, waiter, has_looked=has_looked)
        self._router.unwatch(waiter.watch, waiter)
        self.rooms.leave(waiter)
        self._sessions.leave(waiter)
        if waiter.fd >= 0:
            self._lot.leave(waiter.fd)
