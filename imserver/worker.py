"""The gunicorn worker: a gevent worker whose idle connections cost no greenlet.

# design: Connections wait at a Door, in the parking lot, until a whole request lies in the socket. Polls and
# sends of the plain form are answered there, without gunicorn; every other request is handed to ``resume``,
# and a greenlet serves it. If the connection stays open its socket goes back to the door; a handler may
# take it over itself through environ["imserver.takeover"] (a parked long poll). gunicorn closes what a
# handler leaves behind, does not know sockets that were taken over, and leaves them without a word at
# the end: hence this class. It stands apart from the layers: it imports nothing of ours and finds the
# engine through the application.
# What cannot be read as HTTP is refused here, and neither the log nor the answer repeats any of it: gunicorn
# quotes the line or the chunk at fault, which may be somebody's secret in the wrong place.
"""

from functools import partial
from typing import Any

import gevent
from gevent import socket
from gevent.pool import Group
from gunicorn import util
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.ggevent import GeventWorker

# What is left unread of a refused body is read for at most so long before the connection is closed.
LEFTOVER_SECONDS = 3.0
LEFTOVER_BYTES = 65_536
# The master kills a worker after graceful_timeout; what is parked must have been answered by then.
DRAIN_MARGIN_SECONDS = 1.0
# Handlers return this, of all objects, to say that the socket is theirs now.
TAKEN: list[bytes] = []
# How what cannot be read is refused, when it is not simply wrong (400).
STATUSES: dict[type[Exception], int] = {
    LimitRequestLine: 414,
    ExpectationFailed: 417,
    LimitRequestHeaders: 431,
    UnsupportedTransferCoding: 501,
}
OURS = (InvalidResponseHeader, InvalidResponseHeaderName)


class Place:
    """What gunicorn asks of a listening socket for each request, also when the socket is closed already."""

    def __init__(self, name: Any) -> None:
        self._name = name

    def getsockname(self) -> Any:
        """Return the address that was listened on."""
        return self._name


class Takeover:
    """The offer of one request to a handler that wants to keep the socket."""

    already_handled = TAKEN

    def __init__(self, sock: Any, request: Any, *, home: Any) -> None:
        self._sock = sock
        self._request = request
        self.home = home

    def fileno(self) -> int:
        """Return the descriptor, which stays gunicorn's."""
        fd: int = self._sock.fileno()
        return fd

    def is_possible(self) -> bool:
        """False while bytes behind the request have been read already: they would be lost."""
        return not _has_read_ahead(self._request)

    def take(self) -> int:
        """Return the descriptor; the worker and gunicorn forget it."""
        fd: int = self._sock.detach()
        return fd


class Body:
    """A request's body, which is whole or an OSError.

    gunicorn's own ends early when the peer leaves in the middle, as if nothing were missing, and raises what
    nobody else knows when its chunks are wrong. ``length`` is -1 for chunks.
    """

    def __init__(self, body: Any, *, length: int) -> None:
        self._body = body
        self._left = length

    def read(self, size: int | None = None) -> bytes:
        """Return up to ``size`` bytes, all without one; nothing at the end. Raises OSError."""
        return self._ask(self._body.read, size)

    def readline(self, size: int | None = None) -> bytes:
        """Return a line, as ``read`` does."""
        return self._ask(self._body.readline, size)

    def _ask(self, read: Any, size: int | None) -> bytes:
        try:
            piece: bytes = read(size)
        except ParseException as error:
            raise OSError(f"no body that can be read: {type(error).__name__}") from None
        self._left -= len(piece)
        if self._left > 0 and size != 0 and (not piece or size is None or size < 0):
            raise OSError("the peer left in the middle of the body")
        return piece


class ParkingWorker(GeventWorker):  # type: ignore[misc]
    """Use it as ``worker_class = "imserver.worker.ParkingWorker"``, without preload_app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requests: dict[Any, tuple[Any, Any]] = {}
        self._doors: dict[Any, Any] = {}
        self._resumed = Group()

    def load_wsgi(self) -> None:
        """Load the application and let it see, in each request's environ, the takeover offer."""
        super().load_wsgi()
        self._application: Any = self.wsgi  # type: ignore[has-type]
        self._engine = self._application.extensions["imserver"]
        self.wsgi = self._call_application

    def run(self) -> None:
        """Serve until told to stop, then answer everything that waits and let the engine finish."""
        self._engine.start()
        acceptors = [self._open(listener) for listener in self.sockets]
        while self.alive:
            self.notify()
            gevent.sleep(1.0)
        for acceptor in acceptors:
            acceptor.finish()
        seconds = max(1.0, self.cfg.graceful_timeout - DRAIN_MARGIN_SECONDS)
        self._engine.drain(seconds / 2)
        self._resumed.join(timeout=seconds / 3)
        self._engine.wait_for_lingerers(seconds / 6)
        self._engine.close()

    def _open(self, listener: Any) -> Any:
        listener.setblocking(False)
        name = listener.getsockname()
        hand_over = partial(self.resume, Place(name))
        door = self._engine.open_door(hand_over=hand_over, is_open=lambda: self.alive)
        self._doors[name] = door
        acceptor = self._engine.accept(listener, door, is_alone=self.cfg.workers == 1)
        acceptor.start()
        return acceptor

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Serve one request; afterwards the connection is closed, taken over, or waits in the lot."""
        stays_open = self.alive and self.cfg.keepalive and not req.should_close()
        home = self._doors[listener_name] if stays_open else None
        self._requests[sock] = req, home
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            del self._requests[sock]
            # gunicorn ends in StopIteration where the connection is to be closed; a socket that was taken
            # over is none any more.
            is_cut = sock.fileno() >= 0 and _has_unread_body(req)
        if home is None or is_cut or (_has_read_ahead(req) and _asks_to_upgrade(req)):
            raise StopIteration
        if not _has_read_ahead(req):
            home.keep(sock.detach())
            raise StopIteration

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what could not be read, or whose answer could not be written; called by gunicorn."""
        if isinstance(exc, ParseException) and not isinstance(exc, OURS):
            status = STATUSES.get(type(exc), 400)
            self.log.info("a request was refused: %s", type(exc).__name__)
        else:
            status = 500
            self.log.error("a request failed: %s", getattr(req, "path", None), exc_info=exc)
        try:
            util.write_nonblock(client, self._engine.refusal(status))
        except OSError as error:
            self.log.debug("a peer left before its answer: %s", error)

    def is_already_handled(self, respiter: Any) -> bool:
        """End the greenlet of a request whose socket was taken over."""
        if respiter is TAKEN:
            raise StopIteration
        already: bool = super().is_already_handled(respiter)
        return already

    def resume(self, place: Place, fd: int) -> None:
        """Serve the request that has arrived on ``fd``, which is ours from now on; called by the hub."""
        self._resumed.spawn(self._resume, place, fd)

    def _resume(self, place: Place, fd: int) -> None:
        client = socket.socket(fileno=fd)
        try:
            addr = client.getpeername()
        except OSError:
            # The peer left while it waited; there is nobody to answer.
            client.close()
            return
        self.handle(place, client, addr)

    def _call_application(self, environ: dict[str, Any], start_response: Any) -> Any:
        sock = environ["gunicorn.socket"]
        request, home = self._requests[sock]
        environ["imserver.takeover"] = Takeover(sock, request, home=home)
        length = int(environ.get("CONTENT_LENGTH") or -1)
        environ["wsgi.input"] = Body(environ["wsgi.input"], length=length)
        return self._application(environ, start_response)


def _has_read_ahead(request: Any) -> bool:
    buffered: int = request.unreader.buf.getbuffer().nbytes
    return buffered > 0


def _asks_to_upgrade(request: Any) -> bool:
    # What was sent behind it is meant for another protocol, whatever the answer was.
    return any(name == "UPGRADE" for name, _ in request.headers)


def _has_unread_body(request: Any) -> bool:
    """Tell whether something of the body was left, which is read then as far as it comes.

    The next request would be read from the middle of this one's body. And closing a socket with unread bytes
    resets the connection: a proxy that is still writing a refused body would say 502 instead of our refusal.
    """
    try:
        with gevent.Timeout(LEFTOVER_SECONDS, TimeoutError):
            left = bool(request.body.failed or request.body.read(1))
            while left and not request.body.failed and request.body.read(LEFTOVER_BYTES):
                pass
            return left
    except (OSError, ParseException):
        return True
