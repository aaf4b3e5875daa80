"""The rooms that long polls name: each poll has a place in the logs of up to eight, beside its own.

# design: A PollFollower is the router's waiter for one room of one poll. It is registered first; whether the
# person may hear the room is asked second, the log is read third. What it hears answers the poll. Polls that
# name no room, nearly all of them, have no entry here.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from imserver.presence import Change
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import ResetReason
from imserver.readers import ReaderBook
from imserver.router import Letter, Mailbox, Router
from imserver.store.log import BYTES_PER_ANSWER
from imserver.store.values import Backlog, Head, Reset, room_stream
from imserver.transports.rooms import FindReadable, Hearing
from imserver.transports.waiter import PollWaiter, Step


class RoomLog(Protocol):
    """What is read of rooms."""

    def load_heads(self, users: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Head]: ...
    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset: ...


class PollFollower:
    """A poll's place in one room."""

    __slots__ = ("cursor", "heard", "is_reader", "mailbox", "room", "rooms", "waiter")
    mailbox: Mailbox

    def __init__(self, rooms: "PollRooms", waiter: PollWaiter, room: str, cursor: Cursor) -> None:
        self.rooms = rooms
        self.waiter = waiter
        self.room = room
        self.cursor = cursor
        self.heard = 0
        self.is_reader = False

    def __call__(self, mailbox: Mailbox, /) -> None:
        self.rooms.on_news(self)

    def hear(self, letter: Letter, /) -> bool:
        """Leave it to the hub, as the poll does."""
        return False

    def read_log(self) -> None:
        self.waiter.read_log()

    def on_presence(self, changes: list[Change], /) -> None:
        """A room watches nobody."""


class Place(NamedTuple):
    """What a poll hears beside its own log, and why it hears what it named no longer."""

    followers: dict[str, PollFollower]
    resets: dict[str, ResetReason]


class RoomNews(NamedTuple):
    """What the rooms of a poll have for it. ``more``: not everything fitted into one answer."""

    events: list[bytes]
    more: bool
    is_any: bool


NO_NEWS = RoomNews([], more=False, is_any=False)


class PollRooms:
    """All rooms of all polls of a worker. ``book`` as in ``Rooms``."""

    def __init__(self, router: Router, log: RoomLog, *, find_readable: FindReadable) -> None:
        self._router = router
        self._log = log
        self._find_readable = find_readable
        self.book = ReaderBook(clock=time.monotonic)
        self._places: dict[PollWaiter, Place] = {}

    def enter(self, waiter: PollWaiter, rooms: Mapping[str, Cursor]) -> None:
        """Register a poll in its rooms; ``look`` comes next. Never blocks."""
        followers = {room: PollFollower(self, waiter, room, cursor) for room, cursor in rooms.items()}
        site_id = waiter.mailbox.user[0]
        for room, follower in followers.items():
            follower.mailbox = self._router.login((site_id, room_stream(room)), follower)
        self._places[waiter] = Place(followers, {})

    def leave(self, waiter: PollWaiter) -> None:
        """Forget the poll."""
        place = self._places.pop(waiter, None)
        for follower in place.followers.values() if place else ():
            self._forget(follower)

    def has(self, waiter: PollWaiter) -> bool:
        """Tell whether the poll names rooms."""
        return waiter in self._places

    def resets(self, waiter: PollWaiter) -> dict[str, ResetReason]:
        """Return which of its rooms the poll hears no longer, and why."""
        place = self._places.get(waiter)
        return place.resets if place else {}

    def stop(self, site_id: str, user_id: str, room: str) -> None:
        """Let no poll of the person hear the room any longer. Never blocks."""
        for waiter in self._router.waiters_of((site_id, user_id)):
            if isinstance(waiter, PollWaiter) and self._drop(waiter, room, ResetReason.GONE):
                if waiter.step is Step.LOOKING:
                    waiter.step = Step.STIRRED
                elif waiter.step is Step.PARKED:
                    waiter.transport.finish(waiter)

    def hearings(self) -> Iterator[Hearing]:
        """Yield who hears which room."""
        for waiter, place in list(self._places.items()):
            yield from [(*waiter.mailbox.user, room) for room in place.followers]

    # -- what happens in rooms; called by the hub

    def on_news(self, follower: PollFollower) -> None:
        """Something was sent to the follower's room."""
        waiter, mailbox = follower.waiter, follower.mailbox
        if waiter.step is Step.LOOKING:
            waiter.step = Step.STIRRED
        if waiter.step is not Step.PARKED:
            return
        letters = mailbox.after(follower.cursor)
        if letters is None or sum(len(letter.event) for letter in letters) > BYTES_PER_ANSWER:
            waiter.read_log()
            return
        letters += mailbox.best_effort_since(follower.heard)
        if letters:
            waiter.transport.finish(waiter, events=[letter.event for letter in letters])
        else:
            self._router.listen_again(mailbox, follower)

    def settle(self, waiter: PollWaiter) -> None:
        """Tell a poll that has just been parked what came while nobody listened."""
        place = self._places.get(waiter)
        if place is None:
            return
        if place.resets:
            waiter.transport.finish(waiter)
        for follower in list(place.followers.values()):
            if follower.mailbox.count != follower.heard:
                self.on_news(follower)

    # -- looking, in a greenlet

    def look(self, waiter: PollWaiter) -> RoomNews:
        """Return what the poll has missed of its rooms. Blocks for a few queries, if it names any."""
        place = self._places.get(waiter)
        if place is None:
            return NO_NEWS
        for follower in place.followers.values():
            self._router.listen_again(follower.mailbox, follower)
        self._check(waiter, place)
        behind = self._behind(waiter, place)
        events: list[bytes] = []
        size_bytes, more = 0, False
        for follower in behind:
            if size_bytes > BYTES_PER_ANSWER:
                more = True
                break
            found = self._read(follower)
            events += found.events
            size_bytes += sum(map(len, found.events))
            more = more or found.more
        return RoomNews(events, more, is_any=bool(events or place.resets))

    def _check(self, waiter: PollWaiter, place: Place) -> None:
        readable = self._find_readable(*waiter.mailbox.user, list(place.followers)) if place.followers else ()
        for room in set(place.followers) - set(readable):
            self._drop(waiter, room, ResetReason.GONE)
        site_id, user_id = waiter.mailbox.user
        for follower in place.followers.values():
            if not follower.is_reader and waiter.step is not Step.DONE:
                follower.is_reader = True
                self.book.enter((site_id, follower.room), user_id)

    def _behind(self, waiter: PollWaiter, place: Place) -> list[PollFollower]:
        """Return the followers whose room has something after their cursor."""
        followers = list(place.followers.values())
        heads = self._log.load_heads([follower.mailbox.user for follower in followers]) if followers else {}
        behind = []
        for follower in followers:
            head = heads.get(follower.mailbox.user)
            if head is None:
                self._drop(waiter, follower.room, ResetReason.GONE)
            elif head.cursor != follower.cursor:
                behind.append(follower)
        return behind

    def _read(self, follower: PollFollower) -> Backlog:
        found = self._log.read_backlog(*follower.mailbox.user, follower.cursor)
        if isinstance(found, Reset):
            self._drop(follower.waiter, follower.room, found.reason)
            return Backlog([], follower.cursor, more=False)
        place = self._places.get(follower.waiter)
        if place is None or follower.room not in place.followers:
            return Backlog([], follower.cursor, more=False)  # it was put out while we read
        follower.cursor = found.cursor
        return found

    def _drop(self, waiter: PollWaiter, room: str, reason: ResetReason) -> bool:
        place = self._places.get(waiter)
        follower = place.followers.pop(room, None) if place else None
        if place is None or follower is None:
            return False
        self._forget(follower)
        place.resets[room] = reason
        return True

    def _forget(self, follower: PollFollower) -> None:
        self._router.logout(follower.mailbox, follower)
        if follower.is_reader:
            follower.is_reader = False
            site_id, user_id = follower.waiter.mailbox.user
            self.book.leave((site_id, follower.room), user_id)
