"""Speaks WebSocket and event stream to the browser, and long poll to a messenger that has only that.

It is thrown away once the messenger speaks them itself: the gateway uses it only where it does not.
"""

import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

Frame = dict[str, Any]
HTTP_SECONDS = 60
HELLO_SECONDS = 5
CLOSE_CODES = {401: 4401, 403: 4403, 409: 4409}
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Refused(Exception):
    """The messenger said no."""

    def __init__(self, status: int, body: Frame) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Caller:
    """One page's exchanges with the messenger, under the names that the page has."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._headers = {name: headers[name] for name in ("Host", "Origin") if name in headers}
        self.token = ""

    def call(self, method: str, path: str, body: Frame | None = None) -> Frame:
        """Return the answer; raise Refused for anything but a 2xx."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=HTTP_SECONDS)
        headers = {
            **self._headers,
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
        }
        with contextlib.closing(connection):
            connection.request(method, path, body and json.dumps(body), headers)
            response = connection.getresponse()
            data = response.read()
        answer: Frame = json.loads(data) if data else {}
        if response.status >= 300:
            raise Refused(response.status, answer)
        return answer

    def frames(self, hello: Frame) -> Iterator[Frame]:
        """Yield welcome, then whatever polls bring, until a reset or a goodbye."""
        self.token = hello["token"]
        request = {"token": self.token, "cursor": hello["cursor"], "wait": False}
        request |= {"watch": hello.get("watch", []), "presence": hello.get("presence", "")}
        while True:
            answer = self.call("POST", "/v1/poll", request)
            if not request["wait"]:
                yield {"type": "welcome", "cursor": request["cursor"], "presence": answer.get("presence", "")}
            if "reset" in answer:
                yield {"type": "reset", "reason": answer["reset"]}
                return
            yield from answer["events"]
            if "retry_ms" in answer:
                yield {"type": "bye", "retry_ms": answer["retry_ms"]}
                return
            request |= {"cursor": answer["cursor"], "presence": answer.get("presence", ""), "wait": True}


class Bridge:
    """All pages of the browser tests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sockets: set[ServerConnection] = set()
        self._server = serve(self._socket, "127.0.0.1", 0, compression=None)
        self.port = int(self._server.socket.getsockname()[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop taking sockets."""
        self._server.shutdown()

    # -- sockets

    def _socket(self, page: ServerConnection) -> None:
        assert page.request is not None
        caller = Caller(self._port, dict(page.request.headers.raw_items()))
        self._sockets.add(page)
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            hello = json.loads(page.recv(HELLO_SECONDS))
            threading.Thread(target=self._tell, args=(page, caller, hello), daemon=True).start()
            for text in page:
                self._hear(page, caller, json.loads(text))
        self._sockets.discard(page)

    def _tell(self, page: ServerConnection, caller: Caller, hello: Frame) -> None:
        code = 1012
        with contextlib.suppress(ConnectionClosed):
            try:
                for frame in caller.frames(hello):
                    page.send(json.dumps(frame))
                    if frame["type"] == "reset":
                        return
            except Refused as no:
                code = CLOSE_CODES.get(no.status, 1011)
            except (OSError, http.client.HTTPException):
                pass
            page.close(code)

    def _hear(self, page: ServerConnection, caller: Caller, frame: Frame) -> None:
        kind, where = frame["type"], f"/v1/conversations/{frame.get('conversation_id')}"
        if kind == "ping":
            page.send('{"type": "pong"}')
        elif kind == "send":
            self._ask(page, frame["id"], caller, "POST", f"{where}/messages", {"messages": frame["messages"]})
        elif kind == "read":
            self._ask(page, frame["id"], caller, "PUT", f"{where}/read", {"seq": frame["seq"]})
        elif kind == "typing":
            self._pass_typing(page, caller, frame)
        elif kind == "resume":
            hello = {**frame, "token": caller.token}
            threading.Thread(target=self._tell, args=(page, caller, hello), daemon=True).start()

    def _ask(
        self, page: ServerConnection, number: int, caller: Caller, method: str, path: str, body: Frame
    ) -> None:
        try:
            answer = {"type": "ack", "id": number, **caller.call(method, path, body)}
        except Refused as no:
            answer = {"type": "error", "id": number, **no.body}
        except (OSError, http.client.HTTPException):
            page.close(1012)
            return
        page.send(json.dumps(answer))

    def _pass_typing(self, page: ServerConnection, caller: Caller, frame: Frame) -> None:
        kind = "typing.started" if frame["typing"] else "typing.stopped"
        user_id = caller.call("GET", "/v1/state")["user"]["id"]
        event = {"type": kind, "conversation_id": frame["conversation_id"], "user_id": user_id}
        for other in self._sockets - {page}:
            with contextlib.suppress(ConnectionClosed):
                other.send(json.dumps(event))

    # -- streams

    def stream(self, page: socket.socket, head: bytes, rest: bytes) -> None:
        """Answer a request for a stream until the page leaves, or the messenger says no or goodbye."""
        headers = {
            name.decode().title(): value.decode() for name, value in re.findall(rb"([\w-]+): (.*)\r", head)
        }
        while len(rest) < int(headers["Content-Length"]):
            rest += page.recv(int(headers["Content-Length"]))
        try:
            for frame in Caller(self._port, headers).frames(json.loads(rest)):
                start = STREAM_HEAD if frame["type"] == "welcome" else b""
                page.sendall(start + stream_bytes(frame))
        except Refused as no:
            page.sendall(stream_bytes({"type": "error", **no.body}))
        except (OSError, http.client.HTTPException):
            return


def stream_bytes(frame: Frame) -> bytes:
    """Return one block of an event stream."""
    named = frame["type"] in ("welcome", "reset", "bye", "error")
    name = f"event: {frame['type']}\n" if named else ""
    number = f"id: {frame['cursor']}\n" if "cursor" in frame and not named else ""
    return f"{name}{number}data: {json.dumps(frame)}\n\n".encode()


def speaks(port: int) -> bool:
    """Whether the messenger at ``port`` has sockets and streams of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HTTP_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", "/v1/stream")
        return connection.getresponse().status != http.HTTPStatus.NOT_FOUND
