"""What a transport needs of the web server to keep a connection after its request has returned."""

from typing import Protocol


class Home(Protocol):
    """Where an answered connection waits for its next request; one object per listening socket."""

    def give_back(self, fd: int) -> None:
        """Take ``fd`` over again. Never blocks, so hub callbacks may call it."""

    def is_open(self) -> bool:
        """False when a connection that is given back is closed: its answer should say so."""


class Takeover(Protocol):
    """The offer of one request, ``environ["imserver.takeover"]``; plain WSGI servers make none.

    ``home`` is None for a connection that must be closed after its answer.
    """

    home: Home | None

    def fileno(self) -> int:
        """Return the socket's descriptor, which stays the server's."""

    def is_possible(self) -> bool:
        """False while bytes behind the request have been read already: they would be lost."""

    def take(self) -> int:
        """Return the socket's descriptor, which is the caller's from now on, in non-blocking mode."""
