"""Which rooms the streams of a worker follow: a room has a log of its own, a follower a place in it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.framing import Framing
from imserver.protocol.types import ROOMS_FOLLOWED, ResetReason
from imserver.readers import ReaderBook
from imserver.router import Router
from imserver.store.values import Backlog, Head, Reset, room_stream
from imserver.transports.stream import Follower, Reader, Stage, Stream

# (site_id, user_id, ids of conversations) -> those which the person may read. Blocks.
FindReadable = Callable[[str, str, Sequence[str]], set[str]]
# Somebody who hears a room: (site_id, user_id, conversation_id).
Hearing = tuple[str, str, str]


class StreamLog(Protocol):
    """What a stream reads: the log of a person or of a room."""

    def fetch_head(self, site_id: str, user_id: str) -> Head: ...
    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset: ...


class Rooms:
    """An entry for those streams only that follow a room.

    ``say`` writes to a stream; ``catch_up`` reads the log for a follower until it is live. ``book`` counts
    who follows what; the transports of a worker share one.
    """

    def __init__(
        self,
        router: Router,
        log: StreamLog,
        *,
        find_readable: FindReadable,
        framing: Framing,
        say: Callable[[Stream, bytes], None],
        catch_up: Callable[[Follower], None],
    ) -> None:
        self._router = router
        self._log = log
        self._find_readable = find_readable
        self._framing = framing
        self._say = say
        self._catch_up = catch_up
        self.book = ReaderBook(clock=time.monotonic)
        self._followed: dict[Stream, dict[str, Follower]] = {}

    def follow(self, stream: Stream, room: str, cursor: Cursor | None) -> None:
        """Tell from now on of a room, from ``cursor`` or from now. Blocks.

        Raises NotFound for what is no room, or none for this person, InvalidRequest for one too many.
        """
        follower = self.enter(stream, room, cursor)
        if follower is not None:
            self._say(stream, self._framing.followed(room, follower.cursor))
            self._catch_up(follower)

    def follow_all(self, stream: Stream, rooms: Mapping[str, Cursor | None]) -> None:
        """Follow each from its cursor, or from now; of one that may not be heard that is said. Blocks."""
        for room, cursor in rooms.items():
            try:
                self.follow(stream, room, cursor)
            except NotFound:
                self._say(stream, self._framing.reset(ResetReason.GONE, room))

    def stop(self, site_id: str, user_id: str, room: str) -> None:
        """Let no stream of the person hear the room any longer. Never blocks."""
        for waiter in self._router.waiters_of((site_id, user_id)):
            if isinstance(waiter, Stream) and self.leave(waiter, room):
                self._say(waiter, self._framing.reset(ResetReason.GONE, room))

    def hearings(self) -> Iterator[Hearing]:
        """Yield who hears which room."""
        for stream, followed in list(self._followed.items()):
            yield from [(*stream.mailbox.user, room) for room in followed]

    def enter(self, stream: Stream, room: str, cursor: Cursor | None) -> Follower | None:
        """Register a follower of the room from ``cursor`` or from now; it is READING still. Blocks.

        Returns None when the stream has ended or left the room meanwhile. It is registered before it is asked
        whether the person may hear the room: whoever is put out meanwhile is found either here or there.
        """
        if stream.stage is Stage.DONE:
            return None
        self.leave(stream, room)
        if len(self._followed.get(stream, ())) >= ROOMS_FOLLOWED:
            raise InvalidRequest(f"A connection follows at most {ROOMS_FOLLOWED} rooms.")
        follower = Follower(stream, room, cursor=cursor or START)
        site_id, user_id = stream.mailbox.user
        follower.mailbox = self._router.login((site_id, room_stream(room)), follower)
        self._followed.setdefault(stream, {})[room] = follower
        try:
            if room not in self._find_readable(site_id, user_id, [room]):
                raise NotFound
            head = self._log.fetch_head(*follower.mailbox.user)
        except BaseException:
            if follower.stage is not Stage.DONE:
                self.leave(stream, room)
            raise
        if cursor is None:
            follower.cursor = head.cursor
        if follower.stage is Stage.DONE:
            return None
        follower.is_reader = True
        self.book.enter((site_id, room), user_id)
        return follower

    def leave(self, stream: Stream, room: str) -> bool:
        """Forget one room of a stream; return whether it was followed."""
        followed = self._followed.get(stream, {})
        follower = followed.pop(room, None)
        if follower is not None:
            self._forget(follower)
        if not followed:
            self._followed.pop(stream, None)
        return follower is not None

    def leave_all(self, stream: Stream) -> None:
        """Forget the stream."""
        for follower in self._followed.pop(stream, {}).values():
            self._forget(follower)

    def readers(self, stream: Stream) -> list[Reader]:
        """Return the stream and the places that it has in rooms."""
        return [stream, *self._followed.get(stream, {}).values()]

    def _forget(self, follower: Follower) -> None:
        follower.stage = Stage.DONE
        self._router.logout(follower.mailbox, follower)
        if follower.is_reader:
            site_id, user_id = follower.stream.mailbox.user
            self.book.leave((site_id, follower.room), user_id)
