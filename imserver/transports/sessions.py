"""Which connection of each session waits: one at the most, whatever carries it."""

from collections.abc import Iterator
from typing import Protocol

from imserver.router import Mailbox
from imserver.transports.sockets import is_gone

SessionKey = tuple[str, bytes]


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
        self._by_session: dict[bytes, Waiting] = {}

    def __len__(self) -> int:
        return len(self._by_session)

    def __iter__(self) -> Iterator[Waiting]:
        """Yield who waits now; they may leave meanwhile."""
        return iter(list(self._by_session.values()))

    def have_overtaken(self, session_id: bytes, fd: int) -> bool:
        """Tell whether a connection waits already, and the peer of ``fd``, which arrives, has left.

        A page that changes what it watches cuts its request off and sends another, which may arrive first:
        what has been cut off must not supersede it.
        """
        return session_id in self._by_session and is_gone(fd)

    def enter(self, connection: Waiting) -> None:
        """Register ``connection``; an older one of the same session is told that it was replaced."""
        older = self._by_session.get(connection.session_id)
        if older is not None:
            older.on_replaced()
        self._by_session[connection.session_id] = connection

    def leave(self, connection: Waiting) -> None:
        """Forget ``connection``; one that was replaced is forgotten already."""
        if self._by_session.get(connection.session_id) is connection:
            del self._by_session[connection.session_id]

    def end_session(self, session_id: bytes) -> None:
        """Tell the session's connection, if one waits here, that the session has ended."""
        connection = self._by_session.get(session_id)
        if connection is not None:
            connection.on_session_ended()

    def session_keys(self) -> Iterator[SessionKey]:
        """Yield the sessions whose connections wait here: ten thousand pairs at once would be a megabyte."""
        for waiting in self:
            yield waiting.mailbox.user[0], waiting.session_id
