"""Which connection of each session waits: one at the most, whatever carries it.

# design: A poll leaves and comes again every half a minute, and a dict of which entries come and go doubles
# itself: 58 bytes for each of 10,000. So whoever leaves leaves an empty place behind, which holds the
# session's id for the next connection of the same session; places that stay empty are cleared away when
# they have become many.
"""

from collections.abc import Iterator
from typing import Protocol

from imserver.router import Mailbox
from imserver.transports.sockets import is_gone

SessionKey = tuple[str, bytes]

# Empty places that are left alone: an eighth of those who wait, and some for a worker with few of them.
EMPTY_SHARE = 8
EMPTY_KEPT = 64


class Waiting(Protocol):
    """A connection that waits for news. None of its calls may block."""

    session_id: bytes
    mailbox: Mailbox

    def on_replaced(self) -> None:
        """A newer connection of the session takes this one's place."""

    def on_session_ended(self) -> None:
        """The session is of no use any more."""


class WaitingSessions:
    """The index of a worker, shared by its transports: a newer connection supersedes the older one."""

    def __init__(self) -> None:
        self._by_session: dict[bytes, Waiting | bytes] = {}
        self._empty_count = 0

    def __len__(self) -> int:
        return len(self._by_session) - self._empty_count

    def __iter__(self) -> Iterator[Waiting]:
        """Yield who waits now; they may leave meanwhile."""
        return iter([found for found in self._by_session.values() if not isinstance(found, bytes)])

    def have_overtaken(self, session_id: bytes, fd: int) -> bool:
        """Tell whether a connection waits already, and the peer of ``fd``, which arrives, has left.

        A page that changes what it watches cuts its request off and sends another, which may arrive first:
        what has been cut off must not supersede it.
        """
        return self._find(session_id) is not None and is_gone(fd)

    def enter(self, connection: Waiting) -> None:
        """Register ``connection``; an older one of the same session is told that it was replaced."""
        older = self._find(connection.session_id)
        if older is not None:
            older.on_replaced()
        place = self._by_session.get(connection.session_id)
        if isinstance(place, bytes):
            # The place has this very id; the connection's own is another object of 64 bytes.
            connection.session_id = place
            self._empty_count -= 1
        self._by_session[connection.session_id] = connection

    def leave(self, connection: Waiting) -> None:
        """Forget ``connection``; one that was replaced is forgotten already."""
        session_id = connection.session_id
        if self._by_session.get(session_id) is connection:
            self._by_session[session_id] = session_id
            self._empty_count += 1
            if self._empty_count > EMPTY_KEPT + len(self._by_session) // EMPTY_SHARE:
                self._clear_away()

    def end_session(self, session_id: bytes) -> None:
        """Tell the session's connection, if one waits here, that the session has ended."""
        connection = self._find(session_id)
        if connection is not None:
            connection.on_session_ended()

    def session_keys(self) -> Iterator[SessionKey]:
        """Yield the sessions whose connections wait here: ten thousand pairs at once would be a megabyte."""
        for waiting in self:
            yield waiting.mailbox.user[0], waiting.session_id

    def _find(self, session_id: bytes) -> Waiting | None:
        found = self._by_session.get(session_id)
        return None if isinstance(found, bytes) else found

    def _clear_away(self) -> None:
        for session_id in [key for key, found in self._by_session.items() if isinstance(found, bytes)]:
            del self._by_session[session_id]
        self._empty_count = 0
