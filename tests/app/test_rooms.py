"""Rooms on two workers: heard over every transport, and no longer from the moment that one is put out."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.app.member import Host, client_id
from tests.app.served import Server, Wire, poll_bytes, request_bytes, serving
from tests.app.test_streams import EventStream, Socket
from tests.services import wait_until

Json = dict[str, Any]
TRANSPORTS = ("websocket", "stream", "poll")


@pytest.fixture(scope="module", params=["sqlite+memory", "mysql+memcached"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    settings: dict[str, object] = {
        "server_workers": 2,
        "delivery_sweep_seconds": 0.5,
        "limits_changes_per_minute": 0,
    }
    if request.param == "mysql+memcached":
        settings["store_url"] = request.getfixturevalue("mariadb_server").create_database()
        settings["cache_url"] = request.getfixturevalue("memcached_server").url
    with serving(**settings) as server:
        wait_until(lambda: len(server.workers()) == 2)
        yield server
        assert "Traceback" not in server.log.read_text()


class Hall:
    """ada's room, in which bob is; ada acts on the first worker, bob listens on the second."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.first, self.second = server.workers()
        store = server.open_store()
        host = Host(Flask("not used"), store.sites.insert_site(name="A community", origins=()))
        store.close()
        self.ada, self.bob = (server.sign_in(host, name) for name in ("ada", "bob"))
        self.room = self.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
        self.ask("PUT", f"/v1/conversations/{self.room}/membership", session=self.bob)
        self.direct = self.ask("POST", "/v1/conversations", {"user_id": "bob"})["id"]
        self.place = self.ask("GET", f"/v1/conversations/{self.room}", session=self.bob)["room_cursor"]

    def ask(self, method: str, path: str, body: Any = None, *, session: str = "", status: int = 0) -> Json:
        """Ask the first worker, as ada if nobody is named."""
        with self.server.connect_to(self.first) as wire:
            answer = wire.ask(method, path, body, session=session or self.ada)
            assert answer.status in (status or 200, status or 204), (path, answer)
            return answer.json() if answer.body else {}

    def say(self, conversation_id: str, text: str) -> None:
        body = {"messages": [{"client_id": client_id(), "text": text}]}
        self.ask("POST", f"/v1/conversations/{conversation_id}/messages", body)


class BySocket:
    """bob on a WebSocket of the second worker."""

    def __init__(self, hall: Hall) -> None:
        self.socket = Socket(hall.server, wire=hall.server.connect_to(hall.second))
        self.socket.greet(hall.bob, hall.server.state(hall.bob)["cursor"])
        self.socket.say("follow", conversation_id=hall.room, cursor=hall.place)
        self.socket.hear_until("followed")

    def hear(self) -> Json:
        return self.socket.hear()

    def close(self) -> None:
        self.socket.socket.close()


class ByStream:
    """bob on a stream of server-sent events of the second worker."""

    def __init__(self, hall: Hall) -> None:
        self.wire = hall.server.connect_to(hall.second)
        cursor = hall.server.state(hall.bob)["cursor"]
        self.stream = EventStream(self.wire, hall.bob, cursor, rooms={hall.room: hall.place})
        while self.stream.block()["event"] != "followed":
            pass

    def hear(self) -> Json:
        block = self.stream.block()
        return {"type": block.get("event"), **block["data"]}

    def close(self) -> None:
        self.wire.__exit__()


class ByPoll:
    """bob on long polls of the second worker, one after the other on one connection."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.wire = hall.server.connect_to(hall.second)
        self.cursor = hall.server.state(hall.bob)["cursor"]
        self.rooms = {hall.room: hall.place}
        self.heard: list[Json] = []
        self._poll()
        wait_until(self._waits, what="the poll waits")

    def hear(self) -> Json:
        while not self.heard:
            self._take(self.wire.answer().json())
        return self.heard.pop(0)

    def close(self) -> None:
        self.wire.__exit__()

    def _waits(self) -> bool:
        with self.hall.server.connect_to(self.hall.second) as wire:
            return b"imserver_polls_waiting 1.0" in wire.ask("GET", "/metrics").body

    def _poll(self) -> None:
        self.wire.write(poll_bytes(self.hall.bob, self.cursor, rooms=self.rooms))

    def _take(self, answer: Json) -> None:
        self.cursor = answer["cursor"]
        for event in answer["events"]:
            if "room" in event:
                self.rooms[event["room"]] = event["cursor"]
        for room, reason in answer.get("resets", {}).items():
            self.rooms.pop(room)
            self.heard.append({"type": "reset", "room": room, "reason": reason})
        self.heard += answer["events"]
        self._poll()


@pytest.fixture
def hall(server: Server) -> Hall:
    return Hall(server)


@pytest.fixture(params=TRANSPORTS)
def listener(request: pytest.FixtureRequest, hall: Hall) -> Iterator[Any]:
    kind = {"websocket": BySocket, "stream": ByStream, "poll": ByPoll}[request.param]
    listener = kind(hall)
    yield listener
    listener.close()


def until(listener: Any, text: str) -> list[Json]:
    """Return what is heard up to the message with this text."""
    heard: list[Json] = []
    while not heard or heard[-1].get("message", {}).get("text") != text:
        heard.append(listener.hear())
    return heard


@pytest.mark.limit(seconds=90)
def test_a_room_is_heard_on_the_other_worker_in_order_and_once(hall: Hall, listener: Any) -> None:
    for number in range(5):
        hall.say(hall.room, f"room {number}")
        hall.say(hall.direct, f"direct {number}")
    heard = until(listener, "direct 4")
    if "room 4" not in json.dumps(heard):
        heard += until(listener, "room 4")
    messages = [event["message"] for event in heard if event.get("message", {}).get("text")]
    for kind, conversation_id in (("room", hall.room), ("direct", hall.direct)):
        told = [m["text"] for m in messages if m["conversation_id"] == conversation_id]
        assert told == [f"{kind} {number}" for number in range(5)]


@pytest.mark.limit(seconds=90)
@pytest.mark.parametrize("how", ["put out", "banned", "left"])
def test_whoever_goes_hears_nothing_more_on_the_other_worker(hall: Hall, listener: Any, how: str) -> None:
    path = f"/v1/conversations/{hall.room}"
    if how == "left":
        hall.ask("DELETE", path + "/membership", session=hall.bob)
    else:
        hall.ask("DELETE", path + "/members/bob" + ("?ban=true" if how == "banned" else ""))
    told = listener.hear()
    while told["type"] != "reset":
        told = listener.hear()
    assert (told["room"], told["reason"]) == (hall.room, "gone")
    hall.say(hall.room, "secret")
    hall.say(hall.direct, "still here")
    assert "secret" not in json.dumps(until(listener, "still here"))


@pytest.mark.limit(seconds=90)
def test_who_follows_a_room_on_the_other_worker_counts_for_those_who_may_see_it(hall: Hall) -> None:
    path = f"/v1/conversations/{hall.room}/readers"

    def counts(expected: int) -> Callable[[], bool]:
        return lambda: hall.ask("GET", path)["readers"] == expected

    listeners = [BySocket(hall), ByPoll(hall)]
    wait_until(counts(1))
    hall.ask("PUT", "/v1/blocks/bob")
    assert counts(0)()
    hall.ask("DELETE", "/v1/blocks/bob")
    assert counts(1)()
    hall.ask("PUT", "/v1/presence", {"presence": "invisible"}, session=hall.bob)
    assert counts(0)()
    hall.ask("PUT", "/v1/presence", {"presence": "online"}, session=hall.bob)
    assert counts(1)()
    for listener in listeners:
        listener.close()
    wait_until(counts(0))


@pytest.mark.limit(seconds=90)
def test_an_event_source_names_its_rooms_beside_the_ticket(hall: Hall) -> None:
    hall.say(hall.room, "before")
    ticket = hall.ask("POST", "/v1/tickets", session=hall.bob, status=201)["ticket"]
    cursor = hall.server.state(hall.bob)["cursor"]
    path = f"/v1/stream?ticket={ticket}&cursor={cursor}&rooms="
    with hall.server.connect_to(hall.second) as wire:
        nine = ",".join(f"r{number}" for number in range(9))
        for wrong, code in ((nine, "invalid_request"), (f"{hall.room}:x", "invalid_cursor")):
            answer = wire.ask("GET", path + wrong)
            assert (answer.status, answer.json()["error"]["code"]) == (400, code)
        stream = EventStream.of(wire, request_bytes("GET", f"{path}{hall.room}:{hall.place},rabsent"))
        told = [stream.block()]
        while told[-1].get("event") != "reset":
            told.append(stream.block())
        assert told[-1]["data"] == {"room": "rabsent", "reason": "gone"}
        assert "before" in json.dumps(told)
        hall.say(hall.room, "after")
        while "after" not in json.dumps(told.pop()):
            told.append(stream.block())


@pytest.mark.limit(seconds=90)
def test_a_room_of_a_page_opened_on_both_workers_at_once_is_one(hall: Hall) -> None:
    page = {"kind": "room", "page": "http://localhost/thread"}
    request = request_bytes("POST", "/v1/conversations", page, session=hall.bob)
    wires: list[Wire] = [hall.server.connect_to(pid) for pid in (hall.first, hall.second) * 4]
    for wire in wires:
        wire.write(request)
    answers = [wire.answer() for wire in wires]
    for wire in wires:
        wire.__exit__()
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
