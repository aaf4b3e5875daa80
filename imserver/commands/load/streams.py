"""Clients of SSE: one request, and an answer that does not end."""

import json

from imserver.commands.load.client import CALLING, OFF, ON, Client
from imserver.commands.load.desk import Desk
from imserver.commands.load.loop import Line
from imserver.commands.load.plain import PlainSender, code_of
from imserver.commands.load.wire import WireError, blocks, http_request, read_answer, read_head, sse_fields


class StreamTransport:
    """``POST /v1/stream``; what a client says goes by plain HTTP."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        sender = PlainSender(desk)
        self.send, self.type = sender.send, sender.type

    def open(self, client: Client) -> None:
        """Ask for the stream; it is there when it says welcome."""
        body = f'{{"token":"{client.session}","cursor":"{client.cursor}"}}'.encode()
        request = http_request("POST", "/v1/stream", body, host=self._desk.host)
        client.step, client.buffer = OFF, b""
        client.line = self._desk.loop.connect(self, request)
        client.line.client = client

    def follow(self, client: Client, conversation_id: bytes) -> None:
        """Rooms come over WebSocket only."""
        raise NotImplementedError

    def on_data(self, line: Line, data: bytes) -> None:
        """Bytes of the head or of the stream came."""
        client: Client = line.client
        if client.buffer:
            data, client.buffer = client.buffer + data, b""
        if client.step == OFF:
            data = self._read_head(client, line, data)
        used = 0
        for block, after in blocks(data):
            used = after
            self._heard(client, block)
            if not line.is_open:
                return
        client.buffer = data[used:]

    def on_closed(self, line: Line, reason: str) -> None:
        """The stream ended."""
        client: Client = line.client
        client.step, client.line = OFF, None
        self._desk.left(client, reason)

    def _read_head(self, client: Client, line: Line, data: bytes) -> bytes:
        """Return what follows a head that is complete and good, else keep the bytes."""
        try:
            found = read_head(data)
        except WireError:
            line.close("broken")
            return b""
        if found is None:
            return data
        status, _, used = found
        if status == 200:
            client.step = CALLING
            return data[used:]
        answer = read_answer(data)
        if answer is None:
            return data
        line.close(code_of(status, answer[1]))
        return b""

    def _heard(self, client: Client, block: bytes) -> None:
        name, data = sse_fields(block)
        if not data:
            return
        if not name:
            self._desk.ledger.hear(client, data, self._desk.loop.now)
        elif name == b"welcome":
            client.step = ON
            self._desk.joined(client)
        elif name == b"reset":
            self._desk.ledger.counts.resets += 1
        elif name == b"error" and client.line is not None:
            client.line.close(str(json.loads(data)["error"]["code"]))
