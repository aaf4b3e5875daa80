"""The gunicorn worker: a gevent worker whose idle connections cost no greenlet.

# design: A greenlet serves one request. If the connection stays open its socket goes to the parking lot
# until the next request arrives; a handler may take the socket over itself through
# environ["imserver.takeover"] (a parked long poll). gunicorn closes what a handler leaves behind, does
# not know sockets that were taken over, and leaves them without a word at the end: hence this class.
# It stands apart from the layers: it imports nothing of ours and finds the lot through the application.
"""

import os
from typing import Any

import gevent
from gevent import socket
from gevent.pool import Group
from gunicorn.http.errors import ParseException
from gunicorn.workers.ggevent import GeventWorker

# What is left unread of a refused body is read for at most so long before the connection is closed.
LEFTOVER_SECONDS = 1.0
# The master kills a worker after graceful_timeout; what is parked must have been answered by then.
DRAIN_MARGIN_SECONDS = 1.0
# Handlers return this, of all objects, to say that the socket is theirs now.
TAKEN: list[bytes] = []


class Home:
    """Where connections of one listening socket wait between requests; a tenant of the parking lot."""

    __slots__ = ("_listener", "_worker")
    stays = False

    def __init__(self, worker: "ParkingWorker", listener: Any) -> None:
        self._worker = worker
        self._listener = listener

    def give_back(self, fd: int) -> None:
        """Let ``fd`` wait for its next request, or close it when the worker is stopping."""
        if not self._worker.alive:
            os.close(fd)
            return
        self._worker.lot.park(fd, self, seconds=self._worker.cfg.keepalive)

    def on_readable(self, fd: int) -> None:
        self._worker.resume(self._listener, fd)

    def on_expired(self, fd: int) -> None:
        os.close(fd)

    def on_drain(self, fd: int) -> None:
        os.close(fd)


class Takeover:
    """The offer of one request to a handler that wants to keep the socket."""

    already_handled = TAKEN

    def __init__(self, sock: Any, request: Any, *, home: Home | None) -> None:
        self._sock = sock
        self._request = request
        self.home = home

    def is_possible(self) -> bool:
        """False while bytes behind the request have been read already: they would be lost."""
        return not _has_read_ahead(self._request)

    def take(self) -> int:
        """Return the descriptor; the worker and gunicorn forget it."""
        fd: int = self._sock.detach()
        return fd


class ParkingWorker(GeventWorker):  # type: ignore[misc]
    """Use it as ``worker_class = "imserver.worker.ParkingWorker"``, without preload_app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requests: dict[Any, tuple[Any, Home | None]] = {}
        self._homes: dict[Any, Home] = {}
        self._resumed = Group()

    def load_wsgi(self) -> None:
        """Load the application and let it see, in each request's environ, the takeover offer."""
        super().load_wsgi()
        self._application: Any = self.wsgi  # type: ignore[has-type]
        self._engine = self._application.extensions["imserver"]
        self.lot = self._engine.lot
        self.wsgi = self._call_application

    def run(self) -> None:
        """Serve until told to stop, then answer everything that is parked and let the engine finish."""
        self._engine.start()
        super().run()
        seconds = max(1.0, self.cfg.graceful_timeout - DRAIN_MARGIN_SECONDS)
        self._engine.drain(seconds / 2)
        self._resumed.join(timeout=seconds / 2)
        self._engine.close()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve the request that has arrived on ``client``."""
        self._homes.setdefault(listener.getsockname(), Home(self, listener))
        super().handle(listener, client, addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Serve one request; afterwards the connection is closed, taken over, or waits in the lot."""
        stays_open = self.alive and self.cfg.keepalive and not req.should_close()
        home = self._homes[listener_name] if stays_open else None
        self._requests[sock] = req, home
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            del self._requests[sock]
        if home is None or _has_unread_body(req):
            raise StopIteration
        if not _has_read_ahead(req):
            home.give_back(sock.detach())
            raise StopIteration

    def is_already_handled(self, respiter: Any) -> bool:
        """End the greenlet of a request whose socket was taken over."""
        if respiter is TAKEN:
            raise StopIteration
        already: bool = super().is_already_handled(respiter)
        return already

    def resume(self, listener: Any, fd: int) -> None:
        """Serve the next request of a connection that waited in the lot; called by the hub."""
        self._resumed.spawn(self._resume, listener, fd)

    def _resume(self, listener: Any, fd: int) -> None:
        client = socket.socket(fileno=fd)
        try:
            addr = client.getpeername()
        except OSError:
            # The peer left while it waited; there is nobody to answer.
            client.close()
            return
        self.handle(listener, client, addr)

    def _call_application(self, environ: dict[str, Any], start_response: Any) -> Any:
        sock = environ["gunicorn.socket"]
        request, home = self._requests[sock]
        environ["imserver.takeover"] = Takeover(sock, request, home=home)
        return self._application(environ, start_response)


def _has_read_ahead(request: Any) -> bool:
    buffered: int = request.unreader.buf.getbuffer().nbytes
    return buffered > 0


def _has_unread_body(request: Any) -> bool:
    # The next request would be read from the middle of this one's body.
    try:
        with gevent.Timeout(LEFTOVER_SECONDS, TimeoutError):
            return bool(request.body.failed or request.body.read(1))
    except (OSError, ParseException):
        return True
