"""A proxy in front of the database that cuts the connection at COMMIT."""

from pathlib import Path

import gevent
from gevent import socket
from gevent.event import Event
from gevent.server import StreamServer

COMMIT = b"\x03COMMIT"  # COM_QUERY and its text


class CommitCutter:
    """``mode``: ``pass``, ``before`` (the server never sees the COMMIT), ``after`` (its answer is lost)."""

    def __init__(self, server_path: str, path: Path) -> None:
        self.mode = "pass"
        self.path = path
        self.cuts_count = 0
        self._server_path = server_path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(20)
        self._server = StreamServer(self._listener, self._serve)
        self._server.start()

    def close(self) -> None:
        self._server.stop(timeout=1)
        self._listener.close()

    def _serve(self, client: socket.socket, _address: object) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server_path)
        answer_is_lost = Event()
        pumps = [
            gevent.spawn(self._ask, client, server, answer_is_lost),
            gevent.spawn(self._answer, server, client, answer_is_lost),
        ]
        try:
            gevent.joinall(pumps, count=1)
        finally:
            gevent.killall(pumps)
            client.close()
            server.close()

    def _ask(self, client: socket.socket, server: socket.socket, answer_is_lost: Event) -> None:
        while data := client.recv(65_536):
            if COMMIT in data and self.mode == "before":
                self.cuts_count += 1
                return
            if COMMIT in data and self.mode == "after":
                answer_is_lost.set()
            server.sendall(data)

    def _answer(self, server: socket.socket, client: socket.socket, answer_is_lost: Event) -> None:
        while data := server.recv(65_536):
            if answer_is_lost.is_set():
                self.cuts_count += 1
                return
            client.sendall(data)
