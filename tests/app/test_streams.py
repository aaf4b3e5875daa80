"""WebSockets and server-sent events under gunicorn: nothing is lost, doubled or left open."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.app.member import client_id
from tests.app.served import Pair, Server, Wire, meet, poll_bytes, request_bytes, serving
from tests.services import wait_until

ROUNDS = 50
# The connections to database and cache, eight and four, are opened when they are first needed.
POOLED = 12
PAGE = "http://localhost"
Json = dict[str, Any]
HANDSHAKE = (
    b"GET /v1/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Socket:
    """A WebSocket of a person's device."""

    def __init__(self, server: Server, *, origin: str | None = None, wire: Wire | None = None) -> None:
        """Shake hands, on a connection of its own or on ``wire``."""
        self.socket: ClientConnection = connect(
            f"ws://127.0.0.1:{server.port}/v1/socket",
            compression=None,
            origin=origin,
            sock=wire._socket if wire is not None else None,
            close_timeout=1,
            legacy=True,
        )

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def say(self, kind: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def hear(self) -> Json:
        told: Json = json.loads(self.socket.recv(timeout=10))
        return told

    def hear_until(self, kind: str) -> list[Json]:
        """Return what is said, up to the first of this kind."""
        told = [self.hear()]
        while told[-1]["type"] != kind:
            told.append(self.hear())
        return told

    def greet(self, session: str, cursor: str) -> "Socket":
        self.say("hello", token=session, cursor=cursor)
        assert self.hear()["type"] == "welcome"
        return self

    def code(self) -> int:
        """Return the code with which the server closes, whatever it says before."""
        with pytest.raises(ConnectionClosed) as caught:
            self._hear_out()
        received = caught.value.rcvd
        assert received is not None, "no close frame"
        return received.code

    def _hear_out(self) -> None:
        while True:
            self.socket.recv(timeout=10)


class EventStream:
    """A stream of server-sent events."""

    def __init__(self, wire: Wire, session: str, cursor: str, **fields: Any) -> None:
        request = request_bytes("POST", "/v1/stream", {"token": session, "cursor": cursor, **fields})
        self._open(wire, request)

    @classmethod
    def of(cls, wire: Wire, request: bytes) -> "EventStream":
        """Return the stream that any other request opens."""
        stream = cls.__new__(cls)
        stream._open(wire, request)
        return stream

    def _open(self, wire: Wire, request: bytes) -> None:
        self.wire = wire
        wire.write(request)
        self.head = self._until(b"\r\n\r\n")

    def block(self) -> Json:
        """Return the next block but comments: its fields, the data decoded."""
        while (block := self._until(b"\n\n")).startswith(b":"):
            pass
        fields = dict(line.split(": ", 1) for line in block.decode().strip().split("\n"))
        return fields | {"data": json.loads(fields["data"])}

    def _until(self, end: bytes) -> bytes:
        while end not in self.wire._read:
            self.wire._more()
        block, _, self.wire._read = self.wire._read.partition(end)
        return block


@pytest.fixture(scope="module", params=["sqlite+memory", "mysql+memcached"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One worker for the tests that leave it as they found it."""
    settings: dict[str, object] = {"delivery_sweep_seconds": 0.5, "delivery_hello_seconds": 1}
    if request.param == "mysql+memcached":
        settings["store_url"] = request.getfixturevalue("mariadb_server").create_database()
        settings["cache_url"] = request.getfixturevalue("memcached_server").url
    with serving(**settings) as server:
        # The writer begins with the first message, and stays.
        assert meet(server).send("the first of all").status == 200
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def pair(server: Server) -> Pair:
    return meet(server)


@pytest.fixture
def nothing_leaks(server: Server, pair: Pair) -> Iterator[None]:
    """After the test, descriptors, greenlets, parked connections and people are what they were."""
    wait_until(lambda: _is_quiet(server), what="nobody is connected")
    before, greenlets = server.descriptors(), server.greenlets()
    yield
    wait_until(lambda: _is_quiet(server), what="nobody is connected any more")
    wait_until(lambda: server.descriptors() <= before + POOLED, what="as many descriptors as before")
    wait_until(lambda: server.greenlets() <= greenlets, what="as many greenlets as before")


def _is_quiet(server: Server) -> bool:
    names = ("parked", "polls_waiting", "sockets_open", "event_streams_open", "buffered_bytes", "users")
    return not any(server.metric(name) for name in names)


def _message(text: str) -> Json:
    return {"client_id": client_id(), "text": text}


def _texts(events: list[Json]) -> list[str]:
    return [event["message"]["text"] for event in events if event["type"] == "message.created"]


# -- chat


@pytest.mark.usefixtures("nothing_leaks")
def test_a_frame_before_the_handshakes_answer_ends_the_connection(server: Server) -> None:
    with Wire(server.port) as wire:
        wire.write(HANDSHAKE, b"\x81\xfe\xff\xff\x00\x00\x00\x00")
        assert wire.answer().status == 400
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            wait_until(lambda: wire.write(b"x"), what="no frame is waited for as if it were a request")


@pytest.mark.usefixtures("nothing_leaks")
def test_two_people_chat_over_their_sockets(server: Server, pair: Pair) -> None:
    here = {"conversation_id": pair.conversation_id}
    with Socket(server) as adas, Socket(server) as bobs:
        adas.greet(pair.ada, server.state(pair.ada)["cursor"])
        bobs.greet(pair.bob, pair.cursor)
        message = _message("hello")
        adas.say("send", id=1, messages=[message], **here)
        ack = adas.hear_until("ack")[-1]
        assert (ack["id"], ack["messages"][0]["seq"]) == (1, 1)
        assert _texts([bobs.hear()]) == ["hello"]
        adas.say("send", id=2, messages=[message], **here)
        assert adas.hear_until("ack")[-1]["messages"][0]["duplicate"] is True
        bobs.say("typing", typing=True, **here)
        typing = adas.hear_until("typing.started")[-1]
        assert (typing["user_id"], typing["conversation_id"]) == ("bob", pair.conversation_id)
        bobs.say("read", id=3, seq=1, **here)
        assert bobs.hear_until("ack")[-1]["unread"] == 0
        bobs.say("ping")
        bobs.hear_until("pong")
        bobs.say("send", id=4, conversation_id="d" + "a" * 22, messages=[_message("x")])
        refused = bobs.hear_until("error")[-1]
        assert (refused["id"], refused["error"]["code"]) == (4, "not_found")


@pytest.mark.usefixtures("nothing_leaks")
def test_a_stream_of_events_tells_the_backlog_and_what_happens(server: Server, pair: Pair) -> None:
    pair.send("before")
    with Wire(server.port) as wire:
        stream = EventStream(wire, pair.bob, pair.cursor)
        assert b"text/event-stream" in stream.head
        assert stream.block()["event"] == "welcome"
        before = stream.block()
        assert _texts([before["data"]]) == ["before"]
        pair.send("after")
        after = stream.block()
        assert _texts([after["data"]]) == ["after"]
    with Wire(server.port) as wire:
        again = EventStream(wire, pair.bob, before["id"])
        assert [again.block()["event"], again.block()["id"]] == ["welcome", after["id"]]


@pytest.mark.usefixtures("nothing_leaks")
def test_a_ticket_opens_one_stream(server: Server, pair: Pair) -> None:
    with Wire(server.port) as wire:
        ticket = wire.ask("POST", "/v1/tickets", session=pair.bob).json()["ticket"]
    path = f"/v1/stream?ticket={ticket}&cursor={pair.cursor}"
    with Wire(server.port) as wire, Wire(server.port) as second:
        wire.write(request_bytes("GET", path))
        wait_until(lambda: server.metric("event_streams_open"), what="the stream is open")
        assert second.ask("GET", path).status == 401


# -- ends


def test_who_says_no_hello_is_closed(server: Server) -> None:
    with Socket(server) as socket:
        assert socket.code() == 4400


def test_a_page_of_another_origin_is_refused(server: Server) -> None:
    pair = meet(server, origin=PAGE)
    with Socket(server, origin="http://evil.example") as socket:
        socket.say("hello", token=pair.bob, cursor=pair.cursor)
        assert socket.code() == 4403
    with Socket(server, origin=PAGE) as socket:
        socket.greet(pair.bob, pair.cursor)


def test_the_end_of_the_session_ends_the_socket(server: Server, pair: Pair) -> None:
    with Socket(server) as socket, Wire(server.port) as wire:
        socket.greet(pair.bob, pair.cursor)
        assert wire.ask("DELETE", "/v1/sessions/current", session=pair.bob).status == 204
        assert socket.code() == 4401
    with Socket(server) as socket:
        socket.say("hello", token=pair.bob, cursor=pair.cursor)
        assert socket.code() == 4401


@pytest.mark.usefixtures("nothing_leaks")
def test_the_newest_connection_of_a_session_stays_whatever_its_kind(server: Server, pair: Pair) -> None:
    with Socket(server) as first, Socket(server) as second, Wire(server.port) as wire:
        first.greet(pair.bob, pair.cursor)
        second.greet(pair.bob, pair.cursor)
        assert first.code() == 4409
        stream = EventStream(wire, pair.bob, pair.cursor)
        assert second.code() == 4409
        assert stream.block()["event"] == "welcome"
        with Wire(server.port) as polls:
            polls.write(poll_bytes(pair.bob, pair.cursor))
            last = stream.block()
            assert (last["event"], last["data"]["error"]["code"]) == ("error", "replaced")


def test_a_flood_of_frames_ends_the_socket() -> None:
    with serving(limits_frames_per_second=20) as server, Socket(server) as socket:
        here = meet(server)
        socket.greet(here.bob, here.cursor)
        # In one piece: who goes on sending into a closed socket gets a reset, and may never read the code.
        socket.socket.socket.sendall(b"\x89\x80mask" * 45)
        assert socket.code() == 4429


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_worker_that_stops_says_bye_to_all(number: signal.Signals) -> None:
    with serving() as server, Socket(server) as socket, Wire(server.port) as wire:
        pair, other = meet(server), meet(server)
        socket.greet(pair.bob, pair.cursor)
        stream = EventStream(wire, other.bob, other.cursor)
        assert stream.block()["event"] == "welcome"
        assert server.process is not None
        server.process.send_signal(number)
        assert 0 < socket.hear()["retry_ms"] <= 1_500
        assert socket.code() == 1012
        assert stream.block()["event"] == "bye"
        with pytest.raises(ConnectionError):
            stream.block()
        if number is signal.SIGTERM:
            assert server.process.wait(timeout=10) == 0
        assert "Traceback" not in server.log.read_text()


def test_a_killed_worker_costs_nothing_but_the_connection() -> None:
    with serving() as server:
        pair = meet(server)
        (killed,) = server.workers()
        with Socket(server) as socket:
            socket.greet(pair.bob, pair.cursor)
            pair.send("one")
            event = socket.hear()
            assert _texts([event]) == ["one"]
            os.kill(killed, signal.SIGKILL)
            with pytest.raises(ConnectionClosed):
                socket.hear()
        wait_until(lambda: server.workers() not in ([], [killed]), what="another worker")
        wait_until(server.is_ready, what="the other worker answers")
        assert pair.send("two").status == 200
        with Socket(server) as socket:
            socket.greet(pair.bob, event["cursor"])
            assert _texts([socket.hear()]) == ["two"]


# -- 50 of each kind


@pytest.mark.usefixtures("nothing_leaks")
def test_sockets_that_come_and_go(server: Server, pair: Pair) -> None:
    for number in range(ROUNDS):
        with Socket(server) as socket:
            if number % 2:
                socket.greet(pair.bob, pair.cursor)


@pytest.mark.usefixtures("nothing_leaks")
def test_sockets_whose_people_vanish(server: Server, pair: Pair) -> None:
    for number in range(ROUNDS):
        socket = Socket(server)
        if number % 2:
            socket.say("hello", token=pair.bob, cursor=pair.cursor)
        socket.socket.socket.close()


@pytest.mark.usefixtures("nothing_leaks")
def test_streams_of_events_that_come_and_go(server: Server, pair: Pair) -> None:
    for number in range(ROUNDS):
        with Wire(server.port) as wire:
            if number % 2:
                EventStream(wire, pair.bob, pair.cursor).block()
            else:
                wire.write(request_bytes("POST", "/v1/stream", {"token": pair.bob, "cursor": pair.cursor}))


def test_an_idle_socket_costs_no_greenlet(server: Server) -> None:
    pairs = [meet(server) for _ in range(10)]
    wait_until(lambda: _is_quiet(server), what="nobody is connected")
    before = server.greenlets()
    with contextlib.ExitStack() as stack:
        for pair in pairs:
            stack.enter_context(Socket(server)).greet(pair.bob, pair.cursor)
        assert server.metric("sockets_open") == 10
        wait_until(lambda: server.greenlets() <= before, what="no greenlet waits")
