"""The real server: nothing that was opened stays open, and no answer is cut off."""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator

import pytest

from tests.app.served import Pair, Server, Wire, meet, poll_bytes, request_bytes, serving
from tests.services import wait_until

ROUNDS = 50
# Longer than any test: what arrives came by a hint.
NEVER_SECONDS = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One worker for the tests that leave it as they found it."""
    with serving() as server:
        # The writer begins with the first message, and stays.
        assert meet(server).send("the first of all").status == 200
        yield server


@pytest.fixture
def pair(server: Server) -> Pair:
    return meet(server)


def park(pair: Pair, wire: Wire, *, cursor: str = "") -> None:
    """Let bob wait on ``wire``; return once the poll is parked."""
    before = pair.server.metric("polls_waiting")
    wire.write(poll_bytes(pair.bob, cursor or pair.cursor))
    wait_until(lambda: pair.server.metric("polls_waiting") > before, what="the poll waits")


@pytest.fixture
def nothing_leaks(server: Server, pair: Pair) -> Iterator[None]:
    """After the test, descriptors, parked connections, waiting polls and people are what they were."""
    wait_until(lambda: _is_quiet(server), what="nobody is connected")
    before, greenlets = server.descriptors(), server.greenlets()
    yield
    wait_until(lambda: _is_quiet(server), what="nobody is connected any more")
    wait_until(lambda: server.descriptors() <= before, what="as many descriptors as before")
    wait_until(lambda: server.greenlets() <= greenlets, what="as many greenlets as before")


def _is_quiet(server: Server) -> bool:
    return not any(server.metric(name) for name in ("parked", "polls_waiting", "users"))


@pytest.mark.usefixtures("nothing_leaks")
def test_polls_whose_people_leave(pair: Pair) -> None:
    for _ in range(ROUNDS):
        with Wire(pair.server.port) as wire:
            wire.write(poll_bytes(pair.bob, pair.cursor))


@pytest.mark.usefixtures("nothing_leaks")
def test_polls_that_are_parked_when_their_people_leave(pair: Pair) -> None:
    for _ in range(ROUNDS):
        with Wire(pair.server.port) as wire:
            park(pair, wire)
        wait_until(lambda: not pair.server.metric("polls_waiting"), what="the poll is forgotten")


@pytest.mark.usefixtures("nothing_leaks")
def test_polls_that_are_answered(pair: Pair) -> None:
    cursor = pair.cursor
    with Wire(pair.server.port) as wire:
        for number in range(ROUNDS):
            wire.write(poll_bytes(pair.bob, cursor))
            assert pair.send(f"number {number}").status == 200
            answer = wire.answer().json()
            assert [event["message"]["text"] for event in answer["events"]] == [f"number {number}"]
            cursor = answer["cursor"]


@pytest.mark.usefixtures("nothing_leaks")
def test_polls_that_are_superseded(pair: Pair) -> None:
    with contextlib.ExitStack() as stack:
        older = stack.enter_context(Wire(pair.server.port))
        park(pair, older)
        for _ in range(ROUNDS):
            newer = stack.enter_context(Wire(pair.server.port))
            newer.write(poll_bytes(pair.bob, pair.cursor))
            answer = older.answer()
            assert (answer.status, answer.json()["error"]["code"]) == (409, "replaced")
            older = newer


@pytest.mark.usefixtures("nothing_leaks")
def test_requests_that_break_off(pair: Pair) -> None:
    whole = poll_bytes(pair.bob, pair.cursor)
    for length in range(1, len(whole), len(whole) // ROUNDS):
        with Wire(pair.server.port) as wire:
            wire.write(whole[:length])


@pytest.mark.usefixtures("nothing_leaks")
def test_requests_that_are_half_there_when_their_people_leave(pair: Pair) -> None:
    whole = poll_bytes(pair.bob, pair.cursor)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(pair.server.port)) for _ in range(ROUNDS)]
        for number, wire in enumerate(wires):
            wire.write(whole[: 1 + number * len(whole) // ROUNDS])
        wait_until(lambda: pair.server.metric("parked") >= ROUNDS, what="all are parked")


@pytest.mark.usefixtures("nothing_leaks")
def test_requests_that_are_refused(pair: Pair) -> None:
    for bad in (poll_bytes("nobody", "0.00000000"), poll_bytes(pair.bob, "x"), poll_bytes(pair.bob, "", a=1)):
        for _ in range(ROUNDS):
            with Wire(pair.server.port) as wire:
                wire.write(bad, bad)
                assert [wire.answer().status // 100 for _ in range(2)] == [4, 4]


@pytest.mark.usefixtures("nothing_leaks")
def test_sends_whose_people_leave_before_the_answer(pair: Pair) -> None:
    stored = "messages_stored_total"
    before = pair.server.metric(stored)
    for number in range(ROUNDS):
        path = f"/v1/conversations/{pair.conversation_id}/messages"
        body = {"messages": [{"client_id": f"{number:032x}", "text": "bye"}]}
        with Wire(pair.server.port) as wire:
            wire.write(request_bytes("POST", path, body, session=pair.ada))
    wait_until(lambda: pair.server.metric(stored) == before + ROUNDS, what="all are stored")


def test_a_parked_poll_and_an_idle_connection_cost_no_greenlet(server: Server) -> None:
    pairs = [meet(server) for _ in range(10)]
    wait_until(lambda: _is_quiet(server), what="nobody is connected")
    before = server.greenlets()
    with contextlib.ExitStack() as stack:
        for pair in pairs:
            park(pair, stack.enter_context(Wire(server.port)))
            idle = stack.enter_context(Wire(server.port))
            assert idle.ask("GET", "/healthz").status == 200
        assert server.metric("parked") >= 20
        assert server.greenlets() <= before


@pytest.mark.usefixtures("nothing_leaks")
def test_a_connection_serves_one_request_after_another(pair: Pair) -> None:
    with Wire(pair.server.port) as wire:
        for number in range(ROUNDS):
            assert wire.ask("GET", "/v1/state", session=pair.ada).status == 200
            assert pair.send(f"number {number}", wire=wire).status == 200
            assert wire.ask("GET", "/v1/absent").status == 404


@pytest.mark.usefixtures("nothing_leaks")
def test_pipelined_requests_are_answered_in_their_order(pair: Pair) -> None:
    with Wire(pair.server.port) as wire:
        first = request_bytes("GET", "/v1/presence", session=pair.ada)
        second = request_bytes("GET", "/healthz")
        wire.write(first, second, first)
        assert wire.answer().json() == {"presence": "online", "status_text": ""}
        assert wire.answer().json() == {"status": "ok"}
        assert wire.answer().json() == {"presence": "online", "status_text": ""}
        assert wire.ask("GET", "/healthz").status == 200


@pytest.mark.usefixtures("nothing_leaks")
def test_a_request_that_follows_a_poll_is_answered_after_it(pair: Pair) -> None:
    for is_in_one_piece in (True, False):
        cursor = pair.server.state(pair.bob)["cursor"]
        with Wire(pair.server.port) as wire:
            poll, next_one = poll_bytes(pair.bob, cursor), request_bytes("GET", "/healthz")
            if is_in_one_piece:
                wire.write(poll, next_one)
                wait_until(lambda: pair.server.metric("polls_waiting"), what="the poll waits")
            else:
                park(pair, wire, cursor=cursor)
                wire.write(next_one)
            pair.send("news")
            assert len(wire.answer().json()["events"]) == 1
            assert wire.answer().json() == {"status": "ok"}


@pytest.mark.usefixtures("nothing_leaks")
def test_an_idle_connection_is_closed_in_the_end(server: Server) -> None:
    with Wire(server.port) as wire:
        assert wire.ask("GET", "/healthz").headers["connection"] == "keep-alive"
        assert not wire.is_closed_by_server()
        wait_until(wire.is_closed_by_server, what="the server has closed", seconds=6)


def test_a_refused_body_does_not_become_the_next_request(pair: Pair) -> None:
    smuggled = request_bytes("GET", "/v1/state", session=pair.ada)
    body = b"x" * 70_000 + smuggled
    head = f"POST /v1/poll HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with Wire(pair.server.port) as wire:
        wire.write(head + body)
        assert wire.answer().status == 413
        with contextlib.suppress(ConnectionError):
            assert wire.answer().status not in (200, 401)


# -- the end of a worker


def _parked(pairs: list[Pair], stack: contextlib.ExitStack) -> list[Wire]:
    wires = [stack.enter_context(Wire(pair.server.port)) for pair in pairs]
    for pair, wire in zip(pairs, wires, strict=True):
        park(pair, wire)
    return wires


def _assert_told_to_come_back(wires: list[Wire]) -> None:
    for wire in wires:
        answer = wire.answer()
        assert answer.status == 200
        assert answer.json()["events"] == []
        assert 0 < answer.json()["retry_ms"] <= 2_000


def test_sigterm_answers_every_parked_poll_and_ends_well() -> None:
    with serving() as server, contextlib.ExitStack() as stack:
        wires = _parked([meet(server) for _ in range(10)], stack)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        _assert_told_to_come_back(wires)
        assert server.process.wait(timeout=10) == 0
        assert not list(server.bus_folder.glob("*.bus"))


def test_sighup_answers_every_parked_poll_and_goes_on_with_a_new_worker() -> None:
    with serving() as server, contextlib.ExitStack() as stack:
        pairs = [meet(server) for _ in range(10)]
        (old,) = server.workers()
        wires = _parked(pairs, stack)
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        _assert_told_to_come_back(wires)
        wait_until(lambda: old not in server.workers(), what="the old worker has gone")
        assert len(server.workers()) == 1
        assert pairs[0].send("after the reload").status == 200


def test_a_client_of_a_killed_worker_goes_on_from_its_cursor() -> None:
    with serving() as server:
        pair = meet(server)
        (killed,) = server.workers()
        with Wire(server.port) as wire:
            park(pair, wire)
            os.kill(killed, signal.SIGKILL)
            with pytest.raises(ConnectionError):
                wire.answer()
        wait_until(lambda: server.workers() not in ([], [killed]), what="another worker")
        wait_until(server.is_ready, what="the other worker answers")
        assert pair.send("sent while bob was away").status == 200
        with Wire(server.port) as wire:
            wire.write(poll_bytes(pair.bob, pair.cursor))
            (event,) = wire.answer().json()["events"]
        assert event["message"]["text"] == "sent while bob was away"


# -- two workers


def _across(server: Server, pair: Pair, text: str) -> None:
    """Let bob wait on one worker and ada send on the other, and see it come."""
    first, second = server.workers()
    cursor = server.state(pair.bob)["cursor"]
    with server.connect_to(first) as bobs, server.connect_to(second) as adas:
        bobs.write(poll_bytes(pair.bob, cursor))
        # A request of the same worker that comes later is answered when the poll has been parked.
        with server.connect_to(first) as probe:
            wait_until(lambda: _polls(probe), what="the poll waits")
        assert pair.send(text, wire=adas).status == 200
        (event,) = bobs.answer().json()["events"]
        assert event["message"]["text"] == text


def _polls(wire: Wire) -> bool:
    text = wire.ask("GET", "/metrics").body.decode()
    return "imserver_polls_waiting 1.0" in text


def test_a_message_wakes_a_poll_that_another_worker_holds() -> None:
    with serving(server_workers=2, delivery_sweep_seconds=NEVER_SECONDS) as server:
        server.wait_for_two()
        pair = meet(server)
        for text in ("hello", "hello again"):
            _across(server, pair, text)


def test_the_sweep_delivers_what_no_hint_told() -> None:
    with serving(server_workers=2, delivery_sweep_seconds=0.5) as server:
        server.wait_for_two()
        shutil.rmtree(server.bus_folder)
        pair = meet(server)
        for number in range(3):
            _across(server, pair, f"number {number}")
        assert "Traceback" not in server.log.read_text()
