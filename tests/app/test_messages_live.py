"""Messages over a WebSocket under gunicorn: sent with all they may have, changed, received."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.app.member import client_id
from tests.app.served import Pair, Server, Wire, meet, serving
from tests.app.test_streams import Socket
from tests.services import wait_until

THUMB = "👍"


@pytest.fixture(scope="module", params=["sqlite+memory", "mysql+memcached"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    settings: dict[str, object] = {"delivery_sweep_seconds": 0.5}
    if request.param == "mysql+memcached":
        settings["store_url"] = request.getfixturevalue("mariadb_server").create_database()
        settings["cache_url"] = request.getfixturevalue("memcached_server").url
    with serving(**settings) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def pair(server: Server) -> Pair:
    return meet(server)


def ask(pair: Pair, session: str, method: str, path: str, body: Any = None) -> Any:
    with Wire(pair.server.port) as wire:
        return wire.ask(
            method, f"/v1/conversations/{pair.conversation_id}/{path}", body, session=session
        ).json()


def send(socket: Socket, pair: Pair, *texts: str, **dressing: Any) -> Any:
    messages = [{"client_id": client_id(), "text": text, **dressing} for text in texts]
    socket.say("send", id=7, conversation_id=pair.conversation_id, messages=messages)
    told = socket.hear()
    while told["type"] not in ("ack", "error"):
        told = socket.hear()
    return told


def test_what_is_told_live_is_what_the_log_replays(server: Server, pair: Pair) -> None:
    with Socket(server) as adas, Socket(server) as bobs:
        adas.greet(pair.ada, server.state(pair.ada)["cursor"])
        bobs.greet(pair.bob, pair.cursor)
        assert send(adas, pair, "one")["type"] == "ack"
        assert send(adas, pair, "two", reply_to=1, mentions=["bob"])["type"] == "ack"
        error = send(adas, pair, "three", reply_to=9)
        assert (error["type"], error["error"]["code"]) == ("error", "invalid_reply")
        ask(pair, pair.ada, "PATCH", "messages/1", {"text": "won"})
        ask(pair, pair.bob, "PUT", "messages/1/reactions", {"emoji": THUMB, "on": True})
        ask(pair, pair.bob, "PUT", "pins/2")
        ask(pair, pair.ada, "DELETE", "messages/2")
        live = [bobs.hear() for _ in range(9)]
    kinds = ["message.created"] * 2 + ["message.changed"] * 3
    kinds += ["message.created", "conversation.changed", "message.changed", "conversation.changed"]
    assert [event["type"] for event in live] == kinds
    with Socket(server) as again:
        again.greet(pair.bob, pair.cursor)
        replay = [again.hear() for _ in range(9)]
    assert [event["cursor"] for event in replay] == [event["cursor"] for event in live]
    assert [event["type"] for event in replay] == kinds
    messages = [event["message"] for event in live if "message" in event]
    newest = {message["seq"]: message for message in messages}
    replayed = [event["message"] for event in replay if "message" in event]
    assert replayed == [newest[message["seq"]] for message in messages]


def test_devices_say_what_they_have_received(server: Server, pair: Pair) -> None:
    with Socket(server) as adas, Socket(server) as bobs:
        adas.greet(pair.ada, server.state(pair.ada)["cursor"])
        bobs.greet(pair.bob, pair.cursor)
        send(adas, pair, "one", "two")
        for seq in (1, 2):
            bobs.say("delivered", conversation_id=pair.conversation_id, seq=seq)
        bobs.say("delivered", conversation_id="d-unknown", seq=1)
        receipt = adas.hear_until("receipt.peer")[-1]
        assert (receipt["user_id"], receipt["read_seq"], receipt["delivered_seq"]) == ("bob", 0, 2)
        bobs.say("read", id=1, conversation_id=pair.conversation_id, seq=2)
        receipt = adas.hear_until("receipt.peer")[-1]
        assert (receipt["read_seq"], receipt["delivered_seq"]) == (2, 2)
        bobs.say("delivered", conversation_id=pair.conversation_id)
        assert bobs.hear_until("error")[-1]["error"]["code"] == "invalid_request"
    wait_until(lambda: not server.metric("sockets_open"), what="both have left")
