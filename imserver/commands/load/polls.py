"""Clients of the long poll: one connection each, which waits most of its life."""

import json

from imserver.commands.load.client import CALLING, OFF, ON, Client
from imserver.commands.load.desk import Desk
from imserver.commands.load.loop import Line
from imserver.commands.load.plain import PlainSender, code_of
from imserver.commands.load.wire import WireError, http_request, read_answer

_EMPTY = b'{"events":[],"cursor":"'
_EVENTS = b'{"events":['
_END = b'],"cursor":"'
# Quotes are escaped in a text, so this is always the border between two events.
_BORDER = b',{"type":"'


class PollTransport:
    """The first poll does not wait: its answer says that the client is connected."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        sender = PlainSender(desk)
        self.send, self.type = sender.send, sender.type

    def open(self, client: Client) -> None:
        """Connect and poll without waiting."""
        client.step, client.buffer = CALLING, b""
        client.line = self._desk.loop.connect(self, self._request(client, wait=False))
        client.line.client = client

    def follow(self, client: Client, conversation_id: bytes) -> None:
        """Rooms come over WebSocket only."""
        raise NotImplementedError

    def on_data(self, line: Line, data: bytes) -> None:
        """Bytes of an answer came."""
        client: Client = line.client
        if client.buffer:
            data, client.buffer = client.buffer + data, b""
        try:
            found = read_answer(data)
        except WireError:
            line.close("broken")
            return
        if found is None:
            client.buffer = data
            return
        status, body, used = found
        client.buffer = data[used:]
        if status != 200:
            line.close(code_of(status, body))
            return
        self._heard(client, body)

    def on_closed(self, line: Line, reason: str) -> None:
        """The connection ended."""
        client: Client = line.client
        client.step, client.line = OFF, None
        self._desk.left(client, reason)

    def _heard(self, client: Client, body: bytes) -> None:
        retry_seconds = 0.0
        self._desk.heard()
        if not body.startswith(_EMPTY):
            end = body.rfind(_END)
            first, *others = body[len(_EVENTS) : end].split(_BORDER)
            now = self._desk.loop.now
            self._desk.ledger.hear(client, first, now)
            for other in others:
                self._desk.ledger.hear(client, _BORDER[1:] + other, now)
        rest = json.loads(b"{" + body[body.rfind(_END) + 2 :])
        if client.cursor != rest["cursor"]:
            # The answer's cursor is behind an event that was not in it.
            self._desk.ledger.counts.gaps += 1
            self._desk.ledger.skip_to(client, rest["cursor"])
        if "reset" in rest:
            self._desk.ledger.counts.resets += 1
        retry_seconds = rest.get("retry_ms", 0) / 1_000
        if client.step == CALLING:
            client.step = ON
            self._desk.joined(client)
        if retry_seconds:
            self._desk.loop.call_later(retry_seconds, lambda: self._wait(client))
        else:
            self._wait(client)

    def _wait(self, client: Client) -> None:
        if client.step == ON and client.line is not None and client.line.is_open:
            client.line.write(self._request(client, wait=True))

    def _request(self, client: Client, *, wait: bool) -> bytes:
        tail = "" if wait else ',"wait":false'
        body = f'{{"token":"{client.session}","cursor":"{client.cursor}"{tail}}}'
        return http_request("POST", "/v1/poll", body.encode(), host=self._desk.host)
