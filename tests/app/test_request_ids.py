"""Every error names its request, and every log line about a request names it too, over whatever it came."""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.app.member import client_id
from tests.app.served import Answer, Pair, Server, Wire, meet, poll_bytes, request_bytes, serving
from tests.services import wait_until

# The field changes nothing for Flask, but the quick path leaves such a request alone.
DETOUR = "TE: trailers\r\n"
TEXT = "between you and me"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(log_format="json", server_trusted_proxies="127.0.0.1") as server:
        yield server


@pytest.fixture(scope="module")
def pair(server: Server) -> Pair:
    return meet(server)


@pytest.fixture
def broken(server: Server, pair: Pair) -> Iterator[Pair]:
    """Two members of a server that has lost a table for a while, so that every send is a bug of its own."""
    rename(server, "messages", "lost")
    yield pair
    rename(server, "lost", "messages")


def rename(server: Server, old: str, new: str) -> None:
    with contextlib.closing(sqlite3.connect(server.folder / "im.db")) as database:
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")


def named(request: bytes, lines: str) -> bytes:
    return request.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + lines.encode())


def ask(server: Server, request: bytes) -> Answer:
    with Wire(server.port) as wire:
        wire.write(request)
        return wire.answer()


def send_bytes(pair: Pair) -> bytes:
    path = f"/v1/conversations/{pair.conversation_id}/messages"
    body = {"messages": [{"client_id": client_id(), "text": TEXT}]}
    return request_bytes("POST", path, body, session=pair.ada)


def logged(server: Server, request_id: str) -> list[dict[str, Any]]:
    """Return the lines about one request."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("request_id") == request_id]


@pytest.mark.parametrize("detour", ["", DETOUR], ids=["quick", "flask"])
@pytest.mark.parametrize("given", [True, False], ids=["by the proxy", "by us"])
def test_a_bug_has_the_same_name_in_the_answer_and_in_the_log(
    server: Server, broken: Pair, detour: str, given: bool
) -> None:
    name = secrets.token_hex(16)
    answer = ask(server, named(send_bytes(broken), detour + f"X-Request-ID: {name}\r\n" * given))
    assert (answer.status, answer.headers["x-request-id"] == name) == (500, given)
    (line,) = logged(server, answer.headers["x-request-id"])
    assert line["level"] == "error"
    assert "Traceback" in line["exception"]
    for private in (broken.ada, TEXT, broken.conversation_id):
        assert private not in json.dumps(line)


def test_what_breaks_on_a_socket_is_logged_under_the_request_that_opened_it(
    server: Server, broken: Pair
) -> None:
    name = secrets.token_hex(16)
    address = f"ws://127.0.0.1:{server.port}/v1/socket"
    with connect(address, additional_headers={"X-Request-ID": name}, compression=None) as socket:
        socket.send(json.dumps({"type": "hello", "token": broken.ada, "cursor": "0.00000000"}))
        assert json.loads(socket.recv(timeout=10))["type"] == "welcome"
        send = {"type": "send", "id": 7, "conversation_id": broken.conversation_id}
        socket.send(json.dumps(send | {"messages": [{"client_id": client_id(), "text": TEXT}]}))
        told = json.loads(socket.recv(timeout=10))
    assert (told["type"], told["id"], told["error"]["code"]) == ("error", 7, "internal_error")
    (line,) = wait_until(lambda: logged(server, name))
    assert (line["logger"], "Traceback" in line["exception"]) == ("imserver.handlers.frames", True)
    assert TEXT not in json.dumps(line)
    assert broken.ada not in json.dumps(line)


def test_a_poll_that_was_parked_names_itself_when_it_fails(server: Server, pair: Pair) -> None:
    name = secrets.token_hex(16)
    with Wire(server.port) as wire:
        wire.write(named(poll_bytes(pair.bob, pair.cursor), f"X-Request-ID: {name}\r\n"))
        wait_until(lambda: server.metric("polls_waiting"), what="the poll waits")
        assert ask(server, request_bytes("DELETE", "/v1/sessions/current", session=pair.bob)).status == 204
        answer = wire.answer()
    assert (answer.status, answer.headers["x-request-id"]) == (401, name)


@pytest.mark.parametrize("path", ["/v1/poll", "/nowhere", "/v1/state", "/v1/socket"])
def test_every_refusal_has_a_name_of_its_own(server: Server, path: str) -> None:
    method = "POST" if path == "/v1/poll" else "GET"
    names = {ask(server, request_bytes(method, path)).headers["x-request-id"] for _ in range(2)}
    assert len(names) == 2


def test_a_name_that_breaks_a_line_is_not_taken(server: Server) -> None:
    for name in ("x" * 65, '{"level":"error"}', "short"):
        answer = ask(server, named(request_bytes("GET", "/v1/state"), f"X-Request-ID: {name}\r\n"))
        assert answer.status == 401
        assert answer.headers["x-request-id"] != name


def test_what_strangers_call_their_requests_is_not_taken() -> None:
    name = secrets.token_hex(16)
    with serving() as server:
        for detour in ("", DETOUR):
            request = named(poll_bytes("", "0.00000000"), detour + f"X-Request-ID: {name}\r\n")
            answer = ask(server, request)
            assert answer.status == 401
            assert answer.headers["x-request-id"] != name
