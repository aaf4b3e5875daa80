"""Which rooms the streams of a worker follow: a room has a log of its own, a follower a place in it."""

from typing import Protocol

from imserver.protocol.cursor import START, Cursor
from imserver.router import Router
from imserver.store.values import Backlog, Head, Reset, room_stream
from imserver.transports.stream import Follower, Reader, Stage, Stream


class StreamLog(Protocol):
    """What a stream reads: the log of a person or of a room."""

    def fetch_head(self, site_id: str, user_id: str) -> Head: ...
    def read_backlog(self, site_id: str, user_id: str, cursor: Cursor) -> Backlog | Reset: ...


class Rooms:
    """An entry for those streams only that follow a room."""

    def __init__(self, router: Router, log: StreamLog) -> None:
        self._router = router
        self._log = log
        self._followed: dict[Stream, dict[str, Follower]] = {}

    def enter(self, stream: Stream, room: str, cursor: Cursor | None) -> Follower | None:
        """Register a follower of the room from ``cursor`` or from now; it is READING still. Blocks.

        Returns None when the stream has ended or left the room meanwhile. Raises NotFound if it is no room.
        """
        if stream.stage is Stage.DONE:
            return None
        self.leave(stream, room)
        follower = Follower(stream, room, cursor=cursor or START)
        key = stream.mailbox.user[0], room_stream(room)
        follower.mailbox = self._router.login(key, follower)
        self._followed.setdefault(stream, {})[room] = follower
        try:
            head = self._log.fetch_head(*key)
        except BaseException:
            if follower.stage is not Stage.DONE:
                self.leave(stream, room)
            raise
        if cursor is None:
            follower.cursor = head.cursor
        return None if follower.stage is Stage.DONE else follower

    def leave(self, stream: Stream, room: str) -> None:
        """Forget one room of a stream; one that it does not follow is no news."""
        followed = self._followed.get(stream, {})
        follower = followed.pop(room, None)
        if follower is not None:
            self._forget(follower)
        if not followed:
            self._followed.pop(stream, None)

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
