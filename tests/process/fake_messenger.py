"""A messenger that is none: it keeps nothing and, on request, loses or doubles what it was given.

It shows that the load tools notice; that ours does neither is what the load tools show.
"""

import base64
import json
import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gevent.server import StreamServer
from gevent.socket import socket
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

Json = dict[str, Any]


class FakeMessenger:
    """``flaw`` is what becomes of the third event to somebody: lose, double, or nothing."""

    def __init__(self, flaw: str = "") -> None:
        self.flaw = flaw
        self._sockets: dict[str, tuple[ServerProtocol | None, socket]] = {}
        self._useq: dict[str, int] = defaultdict(int)
        self._seq: dict[str, int] = defaultdict(int)
        self._told = 0

    def handle(self, connection: socket, _address: object) -> None:
        """Serve one connection."""
        read = b""
        while piece := connection.recv(65_536):
            read += piece
            while (request := _cut(read)) is not None:
                head, body, read = request
                if b"/v1/socket" in head:
                    self._serve_socket(connection, head)
                    return
                if b"/v1/stream" in head:
                    self._serve_stream(connection, json.loads(body))
                    return
                connection.sendall(_answer(*self._call(head.decode(), body)))

    def _call(self, head: str, body: bytes) -> tuple[int, Json]:
        method, path, *_ = head.split(" ")
        sent = json.loads(body) if body else {}
        if path == "/v1/sessions":
            claims = sent["token"].split(".")[1]
            user_id = json.loads(_unpad(claims))["sub"]
            return 201, {"session": user_id}
        if path == "/v1/state":
            return 200, {"cursor": "0.00000000"}
        if (method, path) == ("POST", "/v1/conversations"):
            me = head.partition("Bearer ")[2].partition("\r\n")[0]
            return 200, {"id": "+".join(sorted((me, sent["user_id"])))}
        if path.endswith("/messages"):
            me = head.partition("Bearer ")[2].partition("\r\n")[0]
            return 200, self._store(me, path.split("/")[3], sent["messages"][0])
        return 200, {}

    def _serve_stream(self, connection: socket, sent: Json) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        self._sockets[sent["token"]] = None, connection
        welcome = json.dumps({"cursor": sent["cursor"], "presence": ""})
        connection.sendall(f":\n\nevent: welcome\ndata: {welcome}\n\n".encode())
        connection.recv(1)

    def _serve_socket(self, connection: socket, head: bytes) -> None:
        server = ServerProtocol()
        server.receive_data(head)
        (request,) = server.events_received()
        server.send_response(server.accept(request))  # type: ignore[arg-type]
        connection.sendall(b"".join(server.data_to_send()))
        user_id = ""
        while piece := connection.recv(65_536):
            server.receive_data(piece)
            for frame in server.events_received():
                if isinstance(frame, Frame) and frame.opcode is Opcode.TEXT:
                    user_id = self._hear(server, connection, user_id, json.loads(frame.data))

    def _hear(self, server: ServerProtocol, connection: socket, user_id: str, said: Json) -> str:
        if said["type"] == "hello":
            user_id = said["token"]
            self._sockets[user_id] = server, connection
            self._tell(user_id, {"type": "welcome", "cursor": said["cursor"]})
        elif said["type"] == "send":
            answer = self._store(user_id, said["conversation_id"], said["messages"][0])
            self._tell(user_id, {"type": "ack", "id": said["id"], **answer})
        elif said["type"] == "typing":
            self._pass_on(user_id, said)
        return user_id

    def _pass_on(self, user_id: str, said: Json) -> None:
        word = "typing.started" if said["typing"] else "typing.stopped"
        event = {"type": word, "conversation_id": said["conversation_id"], "user_id": user_id}
        (other,) = set(said["conversation_id"].split("+")) - {user_id}
        self._deliver(other, event)

    def _store(self, user_id: str, name: str, message: Json) -> Json:
        self._seq[name] += 1
        sent = {"client_id": message["client_id"], "seq": self._seq[name], "created_at": 0}
        for member in name.split("+"):
            self._useq[member] += 1
            cursor = f"{self._useq[member]}.{secrets.token_hex(4)}"
            event = {"conversation_id": name, "sender_id": user_id, "text": "."} | sent
            self._deliver(member, {"type": "message.created", "cursor": cursor, "message": event})
        return {"conversation_id": name, "messages": [sent]}

    def _deliver(self, member: str, event: Json) -> None:
        self._told += 1
        is_flawed = self._told == 3
        if is_flawed and self.flaw == "lose":
            return
        self._tell(member, event)
        if is_flawed and self.flaw == "double":
            self._tell(member, event)

    def _tell(self, user_id: str, message: Json) -> None:
        server, connection = self._sockets[user_id]
        data = json.dumps(message, separators=(",", ":"))
        if server is None:
            connection.sendall(f"id: {message['cursor']}\ndata: {data}\n\n".encode())
            return
        server.send_text(data.encode())
        connection.sendall(b"".join(server.data_to_send()))


@contextmanager
def fake_messenger(flaw: str = "") -> Iterator[str]:
    """Run one for a while; give its URL."""
    server = StreamServer(("127.0.0.1", 0), FakeMessenger(flaw).handle)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stop(timeout=1)


def _cut(read: bytes) -> tuple[bytes, bytes, bytes] | None:
    head, found, rest = read.partition(b"\r\n\r\n")
    if not found:
        return None
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    return (head + found, rest[:length], rest[length:]) if len(rest) >= length else None


def _answer(status: int, body: Json) -> bytes:
    data = json.dumps(body).encode()
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def _unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
