"""Clients of the WebSocket: frames are cut inline, because this is where a run spends its time."""

import json
import os
import time

from imserver.commands.load.client import CALLING, OFF, ON, Client
from imserver.commands.load.desk import MESSAGE_TEXT, Desk
from imserver.commands.load.loop import Line
from imserver.commands.load.plain import code_of
from imserver.commands.load.wire import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    WireError,
    accept_of,
    frame,
    fresh_key,
    header,
    read_answer,
    read_frame,
    read_head,
    upgrade_request,
)

_ACK = b'{"type":"ack","id":'
_EVENT = (b'{"type":"message.created"', b'{"type":"typing.')
_SEND = b'{"type":"send","id":%d,"conversation_id":"%b","messages":[{"client_id":"%b","text":"%b"}]}'
_TYPING = b'{"type":"typing","conversation_id":"%b","typing":%b}'
_FIN_TEXT = 0x81


class SocketTransport:
    """Everything goes over the socket; what was not answered goes again after a reconnect."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # One key for all handshakes of a process: it proves nothing, it only names the answer.
        self._key = fresh_key()
        self._accept = accept_of(self._key)
        self._upgrade = upgrade_request("/v1/socket", host=desk.host, key=self._key)
        # (client, conversation, started) -> the whole frame, which is the same each time.
        self._typing: dict[tuple[int, bytes, bool], bytes] = {}

    def open(self, client: Client) -> None:
        """Connect; the client is in when it is welcomed."""
        client.step, client.buffer = OFF, b""
        client.mask = client.mask or os.urandom(4)
        client.line = self._desk.loop.connect(self, self._upgrade)
        client.line.client = client

    def send(self, client: Client, conversation_id: bytes, serial: int) -> None:
        """Send the message of ``serial``."""
        ledger = self._desk.ledger
        number = ledger.base + serial
        payload = _SEND % (number, conversation_id, ledger.client_id(serial), MESSAGE_TEXT)
        if client.unanswered is None:
            client.unanswered = {}
        client.unanswered[number] = payload
        if client.line is not None:
            client.line.write(frame(payload, client.mask))

    def type(self, client: Client, conversation_id: bytes, *, started: bool) -> None:
        """Say that somebody types, or has stopped."""
        key = (client.index, conversation_id, started)
        data = self._typing.get(key)
        if data is None:
            word = b"true" if started else b"false"
            data = self._typing[key] = frame(_TYPING % (conversation_id, word), client.mask)
        if client.line is not None:
            client.line.write(data)

    def follow(self, client: Client, conversation_id: bytes) -> None:
        """Hear a room from now on."""
        self._say(client, {"type": "follow", "conversation_id": conversation_id.decode()})

    # One loop without calls per frame: at 50,000 frames a second each call is a percent of a core.
    def on_data(self, line: Line, data: bytes) -> None:  # noqa: C901
        """Bytes came: of the handshake, or frames."""
        client: Client = line.client
        if client.buffer:
            data, client.buffer = client.buffer + data, b""
        if client.step == OFF:
            data = self._read_handshake(client, line, data)
        size, place = len(data), 0
        now = time.monotonic()
        hear, acknowledge = self._desk.ledger.hear, self._acknowledge
        while size - place >= 2:
            length = data[place + 1]
            if data[place] == _FIN_TEXT and length < 126:
                opcode, start, end = TEXT, place + 2, place + 2 + length
            elif data[place] == _FIN_TEXT and length == 126 and size - place >= 4:
                opcode, start = TEXT, place + 4
                end = start + (data[place + 2] << 8 | data[place + 3])
            else:
                try:
                    found = read_frame(data, place)
                except WireError:
                    line.close("broken")
                    return
                if found is None:
                    break
                opcode, start, end = found
            if end > size:
                break
            payload, place = data[start:end], end
            if opcode == TEXT:
                if payload.startswith(_EVENT):
                    hear(client, payload, now)
                elif payload.startswith(_ACK):
                    acknowledge(client, payload, now)
                else:
                    self._heard(client, payload)
            else:
                self._control(client, line, opcode, payload)
            if not line.is_open:
                return
        if place < size:
            client.buffer = data[place:] if place else data

    def on_closed(self, line: Line, reason: str) -> None:
        """The connection ended."""
        client: Client = line.client
        client.step, client.line = OFF, None
        self._desk.left(client, reason)

    def _read_handshake(self, client: Client, line: Line, data: bytes) -> bytes:
        """Return what follows a handshake that is complete and good, else keep the bytes."""
        try:
            found = read_head(data)
        except WireError:
            line.close("broken")
            return b""
        if found is None:
            client.buffer = data
            return b""
        status, head, used = found
        if status != 101:
            answer = read_answer(data)
            line.close(code_of(status, answer[1] if answer else b""))
            return b""
        if header(head, b"sec-websocket-accept") != self._accept.lower():
            line.close("broken")
            return b""
        client.step = CALLING
        self._say(client, {"type": "hello", "token": client.session, "cursor": client.cursor})
        return data[used:]

    def _acknowledge(self, client: Client, payload: bytes, now: float) -> None:
        number = int(payload[len(_ACK) : payload.find(b",", len(_ACK))])
        if client.unanswered is not None:
            client.unanswered.pop(number, None)
        self._desk.ledger.acknowledge_request(number, now)

    def _heard(self, client: Client, payload: bytes) -> None:
        message = json.loads(payload)
        kind = message["type"]
        if kind == "welcome":
            client.step = ON
            self._desk.joined(client)
            self._repeat(client)
        elif kind == "error":
            self._refused(client, message)
        elif kind == "reset":
            self._desk.ledger.counts.resets += 1
        elif kind == "ack":
            self._acknowledge(client, _ACK + b"%d," % message["id"], self._desk.loop.now)
        elif kind == "followed":
            self._desk.followed += 1
            client.room_useq = int(message["cursor"].partition(".")[0])
        elif kind not in ("bye", "pong"):
            self._desk.ledger.hear(client, payload, self._desk.loop.now)

    def _refused(self, client: Client, message: dict[str, object]) -> None:
        error = message["error"]
        code = str(error["code"]) if isinstance(error, dict) else "error"
        number = message.get("id")
        if not isinstance(number, int):
            self._desk.ledger.counts.refused[code] += 1
            return
        if code in ("unavailable", "outcome_unknown"):
            self._desk.loop.call_later(0.5, lambda: self._repeat(client, number))
            return
        if client.unanswered is not None:
            client.unanswered.pop(number, None)
        self._desk.ledger.refuse_request(number, code)

    def _repeat(self, client: Client, only: int | None = None) -> None:
        unanswered = client.unanswered or {}
        for number in list(unanswered) if only is None else [only]:
            payload = unanswered.get(number)
            # Writing may find that the server has left.
            if payload is not None and client.step == ON and client.line is not None:
                client.line.write(frame(payload, client.mask))

    def _control(self, client: Client, line: Line, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            line.write(frame(payload, client.mask, opcode=PONG))
        elif opcode == CLOSE:
            line.close(str(int.from_bytes(payload[:2], "big")) if len(payload) >= 2 else "closed")

    def _say(self, client: Client, message: dict[str, object]) -> None:
        if client.line is not None:
            client.line.write(frame(json.dumps(message).encode(), client.mask))
