"""Sending by HTTP, which the long poll and SSE share, over the process's few calling connections."""

import json
from functools import partial

from imserver.commands.load.calls import LOST
from imserver.commands.load.client import Client
from imserver.commands.load.desk import MESSAGE_TEXT, RETRY_SECONDS, Desk
from imserver.commands.load.ledger import Ledger
from imserver.commands.load.wire import http_request

_BODY = b'{"messages":[{"client_id":"%b","text":"%b"}]}'


class PlainSender:
    """Sends and repeats until there is a final answer, as a page does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def send(self, client: Client, conversation_id: bytes, serial: int) -> None:
        """Send the message of ``serial``."""
        body = _BODY % (self._desk.ledger.client_id(serial), MESSAGE_TEXT)
        path = f"/v1/conversations/{conversation_id.decode()}/messages"
        request = http_request("POST", path, body, host=self._desk.host, session=client.session)
        self._ask(request, self._desk.ledger, serial)

    def type(self, client: Client, conversation_id: bytes, *, started: bool) -> None:
        """Say that somebody types, or has stopped."""
        body = b'{"typing":%b}' % (b"true" if started else b"false")
        path = f"/v1/conversations/{conversation_id.decode()}/typing"
        request = http_request("PUT", path, body, host=self._desk.host, session=client.session)
        self._desk.calls.ask(request, self._typed)

    def _ask(self, request: bytes, ledger: Ledger, serial: int) -> None:
        self._desk.calls.ask(request, partial(self._answered, request, ledger, serial))

    def _answered(self, request: bytes, ledger: Ledger, serial: int, status: int, body: bytes) -> None:
        if status in (200, 201):
            ledger.acknowledge(serial, self._desk.loop.now)
        elif status in (LOST, 503):
            # Not answered: repeated with the same client_id, which is safe for ever.
            self._desk.loop.call_later(RETRY_SECONDS, lambda: self._ask(request, ledger, serial))
        else:
            ledger.refuse(serial, code_of(status, body))

    def _typed(self, status: int, body: bytes) -> None:
        if status != 204:
            self._desk.ledger.counts.refused[code_of(status, body)] += 1


def code_of(status: int, body: bytes) -> str:
    """Return the error's code; the status, or why the connection ended, when there is none."""
    if status == LOST:
        return body.decode() or "lost"
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return str(status)
