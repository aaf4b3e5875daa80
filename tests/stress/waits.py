"""The three ways to wait, each as docs/api.md tells it."""

import base64
import itertools
import json
import os
import random
from typing import Any

import gevent
from gevent.event import AsyncResult

from tests.stress.client import Client, Posted, Reconnect, posted_by_http
from tests.stress.http_wire import HttpConnection, Pool, request_bytes
from tests.stress.ledger import Send
from tests.stress.websocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_code,
    frame,
    read_frame,
)

ACK_SECONDS = 12.0
UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
# What a close code says about coming back; anything else is a fault worth counting.
COME_BACK = {1001, 1012, 1013, 4408, 4429}
STATUS_OF_CODE = {"rate_limited": 429, "unavailable": 503, "outcome_unknown": 503, "not_found": 404}


class LongPoll:
    """One connection that is polled on again and again; sends go over the shared pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def post(self, client: Client, send: Send) -> Posted:
        return posted_by_http(self._pool, client.session, send)

    def wait(self, client: Client) -> None:
        connection = client.connect()
        looks = client.habits.looks_first
        while True:
            answer = connection.ask("POST", "/v1/poll", self._question(client, wait=not looks))
            looks = False
            if answer.status != 200:
                _refused(client, answer.status, answer.body, waited_seconds=answer.waited_seconds)
            client.served()
            ledger = client.ledger
            ledger.largest_answer_bytes = max(ledger.largest_answer_bytes, len(answer.body))
            body = answer.json()
            if not body["events"] and not body.keys() & {"retry_ms", "reset"}:
                ledger.empty_waits.append(answer.waited_seconds)
            self._apply(client, body)
            if not answer.stays_open:
                raise Reconnect

    def _question(self, client: Client, *, wait: bool) -> dict[str, Any]:
        question: dict[str, Any] = {"token": client.session, "cursor": client.cursor}
        if client.watch:
            question |= {"watch": client.watch, "presence": client.mark}
        return question if wait else question | {"wait": False}

    def _apply(self, client: Client, body: dict[str, Any]) -> None:
        client.mark = body.get("presence", "")
        for event in body["events"]:
            client.receive(event)
        if "reset" in body:
            client.reset(body["reset"])
        if "retry_ms" in body:
            gevent.sleep(body["retry_ms"] / 1000)


class EventStream:
    """SSE by POST; sends go over the shared pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def post(self, client: Client, send: Send) -> Posted:
        return posted_by_http(self._pool, client.session, send)

    def wait(self, client: Client) -> None:
        connection = client.connect()
        body = {"token": client.session, "cursor": client.cursor}
        if client.watch:
            body |= {"watch": client.watch, "presence": client.mark}  # type: ignore[dict-item]
        connection.write(request_bytes("POST", "/v1/stream", body))
        status, headers = connection.head()
        if status != 200:
            length = int(headers.get("content-length", "0"))
            _refused(client, status, connection.exactly(length), waited_seconds=0.0)
        name, data = "", ""
        for line in connection.lines():
            if not line:
                if data:
                    self._take(client, name, json.loads(data))
                name, data = "", ""
            elif line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data += line[5:].strip()

    def _take(self, client: Client, name: str, data: dict[str, Any]) -> None:
        if name in ("", "message"):
            client.receive(data)
        elif name == "welcome":
            client.mark = data.get("presence", "")
            client.served()
        elif name == "bye":
            raise Reconnect(data.get("retry_ms", 0) / 1000)
        elif name == "reset":
            client.reset(data["reason"])
            raise Reconnect
        elif name == "error":
            _refused(client, 0, json.dumps(data).encode(), waited_seconds=0.0)


class WebSocket:
    """Everything over one socket; without one, sends go over the shared pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._open: dict[Client, _Talk] = {}

    def post(self, client: Client, send: Send) -> Posted:
        talk = self._open.get(client)
        if talk is None or client.connection is None:
            return posted_by_http(self._pool, client.session, send)
        send.note_port(client.connection.port)
        answer = talk.ask(
            {"type": "send", "conversation_id": send.conversation[1], "messages": [send.message]}
        )
        if answer["type"] == "ack":
            return Posted(200, tuple(message["seq"] for message in answer["messages"]))
        error = answer["error"]
        status = STATUS_OF_CODE.get(error["code"], 400)
        return Posted(status, code=error["code"], retry_after=error.get("retry_after", 0.0))

    def wait(self, client: Client) -> None:
        talk = _Talk(client.connect())
        hello: dict[str, Any] = {"type": "hello", "token": client.session, "cursor": client.cursor}
        if client.watch:
            hello |= {"watch": client.watch, "presence": client.mark}
        talk.handshake(client)
        talk.say(hello)
        try:
            while True:
                self._take(client, talk, talk.hear(client))
        finally:
            self._open.pop(client, None)
            talk.give_up()

    def _take(self, client: Client, talk: "_Talk", message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "welcome":
            client.mark = message.get("presence", "")
            self._open[client] = talk
            client.served()
        elif kind == "reset":
            client.reset(message["reason"])
            talk.say({"type": "resume", "cursor": client.cursor})
        elif kind == "bye":
            raise Reconnect(message.get("retry_ms", 0) / 1000)
        elif kind in ("ack", "error") and "id" in message:
            talk.answered(message)
        elif kind == "error":
            client.ledger.met[f"socket error {message['error']['code']}"] += 1
        elif kind != "pong":
            client.receive(message)


class _Talk:
    """One open WebSocket."""

    def __init__(self, connection: HttpConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1)
        self._asked: dict[int, AsyncResult[dict[str, Any]]] = {}

    def handshake(self, client: Client) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = f"{UPGRADE}Sec-WebSocket-Key: {key}"
        self._connection.write(request_bytes("GET", "/v1/socket", headers=lines))
        status, headers = self._connection.head()
        if status != 101:
            body = self._connection.exactly(int(headers.get("content-length", "0")))
            _refused(client, status, body, waited_seconds=0.0)

    def say(self, message: dict[str, Any]) -> None:
        self._connection.write(frame(TEXT, json.dumps(message).encode()))

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Say it with an id and return its answer; raise TimeoutError or ConnectionError without one."""
        number = next(self._ids)
        waiting = self._asked[number] = AsyncResult()
        try:
            self.say(message | {"id": number})
            with gevent.Timeout(ACK_SECONDS, TimeoutError):
                return waiting.get()
        finally:
            self._asked.pop(number, None)

    def answered(self, message: dict[str, Any]) -> None:
        waiting = self._asked.get(message["id"])
        if waiting is not None:
            waiting.set(message)

    def give_up(self) -> None:
        """Nobody will answer any more."""
        for waiting in self._asked.values():
            waiting.set_exception(ConnectionResetError("the socket has gone"))

    def hear(self, client: Client) -> dict[str, Any]:
        """Return the next message; answers pings, raises Reconnect at a close."""
        text = b""
        while True:
            opcode, is_last, data = read_frame(self._connection.exactly)
            if opcode == PING:
                self._connection.write(frame(PONG, data))
            elif opcode == CLOSE:
                raise _closed(client, close_code(data))
            elif opcode in (TEXT, BINARY, CONTINUATION):
                text += data
                if is_last:
                    return json.loads(text)  # type: ignore[no-any-return]


def _closed(client: Client, code: int) -> Exception:
    client.ledger.met[f"closed {code}"] += 1
    return Reconnect(random.uniform(0.05, 1.0) if code in COME_BACK else 2.0)


def _refused(client: Client, status: int, body: bytes, *, waited_seconds: float) -> None:
    """Count a refusal of a wait and raise what lets the client come back."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError):
        error = {"code": "no error body"}
    client.ledger.met[f"wait refused {status or ''} {error['code']}".replace("  ", " ")] += 1
    if status >= 500 and waited_seconds > 1.0:
        client.ledger.met["a wait got 5xx"] += 1
    raise Reconnect(float(error.get("retry_after", 0.0)) + random.uniform(0.1, 0.6))
