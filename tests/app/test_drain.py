"""The end of a worker: whatever was asked is answered in whole, and everything else is closed cleanly."""

import contextlib
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.app.member import client_id
from tests.app.served import Answer, Pair, Server, Wire, meet, poll_bytes, request_bytes, serving
from tests.services import wait_until

START = "0.00000000"
ROUNDS = 30


def send_bytes(pair: Pair, text: str = "hello") -> bytes:
    body = {"messages": [{"client_id": client_id(), "text": text}]}
    path = f"/v1/conversations/{pair.conversation_id}/messages"
    return request_bytes("POST", path, body, session=pair.ada)


def end(server: Server, number: signal.Signals) -> None:
    assert server.process is not None
    server.process.send_signal(number)


def test_at_the_end_every_connection_gets_what_is_due_to_it() -> None:
    with serving() as server, contextlib.ExitStack() as stack:
        pair = meet(server)
        waiting, idle, fresh, half = (stack.enter_context(Wire(server.port)) for _ in range(4))
        waiting.write(poll_bytes(pair.bob, pair.cursor))
        assert idle.ask("GET", "/healthz").status == 200
        half.write(send_bytes(pair)[:-1])
        wait_until(lambda: server.metric("parked") >= 4, what="all are parked")
        end(server, signal.SIGTERM)
        answer = waiting.answer()
        assert (answer.status, answer.json()["events"]) == (200, [])
        assert answer.json()["retry_ms"] > 0
        assert answer.headers["connection"] == "close"
        for wire in (waiting, idle, fresh, half):
            wait_until(wire.is_closed_by_server, what="the server has closed")
        assert server.process is not None
        assert server.process.wait(timeout=10) == 0
        assert "Traceback" not in server.log.read_text()


def test_requests_that_wait_for_a_poll_are_answered_behind_it() -> None:
    with serving() as server, Wire(server.port) as wire:
        pair = meet(server)
        wire.write(poll_bytes(pair.bob, pair.cursor), send_bytes(pair))
        wait_until(lambda: server.metric("polls_waiting"), what="the poll waits")
        end(server, signal.SIGTERM)
        answers = [wire.answer(), wire.answer()]
        assert [answer.status for answer in answers] == [200, 200]
        assert answers[1].headers["connection"] == "close"


@dataclass
class Client:
    """Asks and asks, on one connection as long as the server lets it; remembers what had no answer."""

    server: Server
    build: Callable[[], bytes]
    is_over: threading.Event
    answers: list[Answer] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                wire = Wire(self.server.port)
            except ConnectionRefusedError:
                continue
            with wire:
                self._ask_on(wire)

    def _ask_on(self, wire: Wire) -> None:
        while not self.is_over.is_set():
            if wire.is_closed_by_server():
                return
            try:
                wire.write(self.build())
                self.answers.append(wire.answer())
            except OSError as error:
                self.cut.append(str(error))
                return
            if self.answers[-1].headers["connection"] == "close":
                return


def reload(server: Server, clients: list[Client]) -> None:
    """Let the master start other workers, and wait until they answer."""
    before = set(server.workers())
    answered = [len(client.answers) for client in clients]
    end(server, signal.SIGHUP)
    wait_until(lambda: not before & set(server.workers()), seconds=20, what="other workers")
    wait_until(
        lambda: all(len(client.answers) > n + 5 for client, n in zip(clients, answered, strict=True)),
        what="the others answer",
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_nobody_who_asks_during_a_reload_is_left_without_an_answer(workers: int) -> None:
    with serving(server_workers=workers) as server:
        pair = meet(server)
        is_over = threading.Event()
        builds: list[Callable[[], bytes]] = [
            lambda: send_bytes(pair),
            lambda: poll_bytes(pair.bob, START, wait=False),
            lambda: request_bytes("GET", "/v1/state", session=pair.ada),
        ]
        clients = [Client(server, build, is_over) for build in builds]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        for _ in range(2):
            reload(server, clients)
        is_over.set()
        for thread in threads:
            thread.join(timeout=10)
        assert [client.cut for client in clients] == [[], [], []]
        assert {answer.status for client in clients for answer in client.answers} == {200}
