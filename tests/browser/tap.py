"""Listens in on a page's WebSocket, loses what a test wants lost, and ends it as a test wants it ended."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.person import Person

Frame = dict[str, Any]
WHERE = "**/v1/socket"


class Tap:
    """Between one person's page and the server; ``pass_on`` and ``deliver`` say which frames get through."""

    def __init__(self, person: Person) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.sent: list[Frame] = []
        self.pass_on: Callable[[Frame], bool] = lambda _: True
        self.deliver: Callable[[Frame], bool] = lambda _: True
        person.context.route_web_socket(WHERE, self._connected)
        person.window.page.reload()
        expect(person.window.bar).to_be_visible()
        person.window.connected("ws")

    def _connected(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        self.sockets.append(socket)
        socket.on_message(lambda text: self._from_page(server, str(text)))
        server.on_message(lambda text: self._from_server(socket, str(text)))

    def _from_page(self, server: WebSocketRoute, text: str) -> None:
        frame = json.loads(text)
        self.sent.append(frame)
        if self.pass_on(frame):
            server.send(text)

    def _from_server(self, socket: WebSocketRoute, text: str) -> None:
        if self.deliver(json.loads(text)):
            socket.send(text)

    def say(self, frame: Frame) -> None:
        """Say something in the server's name."""
        self.sockets[-1].send(json.dumps(frame))

    def hang_up(self, code: int) -> None:
        """Close the page's socket as the server would."""
        self.sockets[-1].close(code=code)

    def kinds(self) -> list[str]:
        """The types of what the page has sent, in order."""
        return [frame["type"] for frame in self.sent]
