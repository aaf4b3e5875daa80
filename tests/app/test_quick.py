"""The quick path: whatever is asked, it answers as gunicorn and Flask would."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.app.member import client_id
from tests.app.served import Answer, Pair, Server, Wire, meet, poll_bytes, request_bytes, serving
from tests.services import wait_until

START = "0.00000000"
ORIGIN = "https://community.example"
# The field changes nothing for Flask, but the quick path leaves such a request alone.
DETOUR = b"TE: trailers\r\n"
SAME_HEADERS = (
    "content-type",
    "content-length",
    "cache-control",
    "x-content-type-options",
    "connection",
    "access-control-allow-origin",
    "vary",
    "retry-after",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(server_head_seconds=1) as server:
        yield server


@pytest.fixture(scope="module")
def pair(server: Server) -> Pair:
    return meet(server)


def ask(server: Server, request: bytes) -> Answer:
    with Wire(server.port) as wire:
        wire.write(request)
        return wire.answer()


def is_quick(answer: Answer) -> bool:
    """Tell whether gunicorn had no part in it."""
    return "server" not in answer.headers


def with_line(request: bytes, line: bytes) -> bytes:
    return request.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + line)


def post(path: str, body: bytes, *, session: str = "") -> bytes:
    request = request_bytes("POST", path, 1, session=session)
    return request.replace(b"Content-Length: 1\r\n", b"Content-Length: %d\r\n" % len(body))[:-1] + body


def send_bytes(pair: Pair, *messages: Any, session: str | None = None, to: str = "") -> bytes:
    path = f"/v1/conversations/{to or pair.conversation_id}/messages"
    return request_bytes("POST", path, {"messages": list(messages)}, session=session or pair.ada)


def message(text: str = "hello", **fields: Any) -> dict[str, Any]:
    return {"client_id": client_id(), "text": text} | fields


SITE_PAGE = f"Origin: {ORIGIN}\r\n".encode()
REFUSED: dict[str, Callable[[Pair], bytes]] = {
    "no JSON": lambda pair: post("/v1/poll", b"{"),
    "no UTF-8": lambda pair: post("/v1/poll", b'{"token":"\xff","cursor":"0.00000000"}'),
    "an empty body": lambda pair: post("/v1/poll", b""),
    "another type": lambda pair: post("/v1/poll", b"[]"),
    "deep JSON": lambda pair: post("/v1/poll", b"[" * 8_000),
    "an unknown field": lambda pair: poll_bytes(pair.bob, START, colour="red"),
    "a missing field": lambda pair: post("/v1/poll", b'{"token":"a"}'),
    "no session": lambda pair: poll_bytes("", START),
    "a session that is none": lambda pair: poll_bytes("demo." + "A" * 43, START),
    "a session of a strange form": lambda pair: poll_bytes("' OR 1=1", START),
    "a cursor that is none": lambda pair: poll_bytes(pair.bob, "1"),
    "a foreign page": lambda pair: with_line(
        poll_bytes(pair.bob, START), b"Origin: https://evil.example\r\n"
    ),
    "too many people": lambda pair: poll_bytes(pair.bob, START, watch=["a"] * 201),
    "a send to nowhere": lambda pair: send_bytes(pair, message(), to="absent"),
    "a send of nothing": lambda pair: send_bytes(pair),
    "a send of no text": lambda pair: send_bytes(pair, message(" ")),
    "a send of control characters": lambda pair: send_bytes(pair, message("a\x00b")),
    "a send with a bad id": lambda pair: send_bytes(pair, message(client_id="x")),
    "a send of a stranger": lambda pair: send_bytes(pair, message(), session="demo." + "A" * 43),
    "a send from a foreign page": lambda pair: with_line(
        send_bytes(pair, message()), b"Origin: https://evil.example\r\n"
    ),
    "a poll of a site's page without a session": lambda pair: with_line(poll_bytes("", START), SITE_PAGE),
    "no JSON from a site's page": lambda pair: with_line(post("/v1/poll", b"{"), SITE_PAGE),
    "an id twice in one request": lambda pair: send_bytes(pair, *[message(client_id="0" * 32)] * 2),
}
ANSWERED: dict[str, Callable[[Pair], bytes]] = {
    "a poll that does not wait": lambda pair: poll_bytes(pair.bob, START, wait=False),
    "a poll from far ahead": lambda pair: poll_bytes(pair.bob, "99.00000000", wait=False),
    "a poll with people": lambda pair: poll_bytes(pair.bob, START, wait=False, watch=["ada", "nobody"]),
    "a poll to be closed": lambda pair: with_line(
        poll_bytes(pair.bob, START, wait=False), b"Connection: close\r\n"
    ),
    "a poll of our own page": lambda pair: with_line(
        poll_bytes(pair.bob, START, wait=False), b"Origin: http://localhost\r\n"
    ),
    "a send that was stored": lambda pair: send_bytes(pair, message(client_id="1" * 32)),
}


@pytest.mark.parametrize("build", [*REFUSED.values(), *ANSWERED.values()], ids=[*REFUSED, *ANSWERED])
def test_both_ways_answer_the_same(server: Server, pair: Pair, build: Callable[[Pair], bytes]) -> None:
    request = build(pair)
    if b'"1111' in request:
        assert ask(server, request).status == 200
    quick, slow = ask(server, request), ask(server, with_line(request, DETOUR))
    assert (is_quick(quick), is_quick(slow)) == (True, False)
    assert quick.status == slow.status
    assert _steady(quick) == _steady(slow)
    assert [quick.headers.get(name) for name in SAME_HEADERS if name != "content-length"] == [
        slow.headers.get(name) for name in SAME_HEADERS if name != "content-length"
    ]


def _steady(answer: Answer) -> Any:
    body = answer.json()
    body.pop("presence", None)
    return body


def test_a_page_of_the_site_may_read_its_answers(server: Server) -> None:
    pair = meet(server, origin=ORIGIN)
    line = f"Origin: {ORIGIN}\r\n".encode()
    for request in (poll_bytes(pair.bob, START, wait=False), send_bytes(pair, message()), send_bytes(pair)):
        quick, slow = ask(server, with_line(request, line)), ask(server, with_line(request, line + DETOUR))
        assert is_quick(quick)
        assert not is_quick(slow)
        assert quick.headers.get("access-control-allow-origin") == slow.headers.get(
            "access-control-allow-origin"
        )


def test_what_a_proxy_says_of_a_page_is_left_to_gunicorn(server: Server, pair: Pair) -> None:
    poll = with_line(poll_bytes(pair.bob, START, wait=False), b"X-Forwarded-Proto: https\r\n")
    assert is_quick(ask(server, poll))
    assert not is_quick(ask(server, with_line(poll, b"Origin: http://localhost\r\n")))


def test_a_request_in_pieces_is_answered_when_it_is_whole(server: Server, pair: Pair) -> None:
    request = poll_bytes(pair.bob, START, wait=False)
    head = request.index(b"\r\n\r\n") + 4
    with Wire(server.port) as wire:
        for cut in (1, 40, head - 1, head, head + 5, len(request) - 1):
            wire.write(request[:cut])
            wait_until(lambda: _has_arrived(server), what="it has been looked at")
            wire.write(request[cut:])
            assert is_quick(wire.answer())


def _has_arrived(server: Server) -> bool:
    # A question that is asked later and answered: the first bytes of the other have been seen.
    return server.is_ready()


def test_requests_behind_each_other_are_answered_in_their_order(server: Server, pair: Pair) -> None:
    polls = [poll_bytes(pair.bob, START, wait=False), poll_bytes(pair.bob, "9.00000000", wait=False)]
    with Wire(server.port) as wire:
        wire.write(*polls, request_bytes("GET", "/healthz"), send_bytes(pair, message()), *polls)
        answers = [wire.answer() for _ in range(6)]
    assert [is_quick(answer) for answer in answers] == [True, True, False, False, False, False]
    assert [answer.status for answer in answers] == [200] * 6
    assert ["reset" in answer.json() for answer in answers] == [False, True, False, False, False, True]


def test_a_message_reaches_a_poll_that_waits(server: Server) -> None:
    pair = meet(server)
    with Wire(server.port) as wire:
        wire.write(poll_bytes(pair.bob, pair.cursor))
        wait_until(lambda: server.metric("polls_waiting"), what="the poll waits")
        assert is_quick(ask(server, send_bytes(pair, message("hello"))))
        answer = wire.answer()
    assert is_quick(answer)
    assert [event["message"]["text"] for event in answer.json()["events"]] == ["hello"]


def test_a_session_that_has_ended_is_of_no_use_at_once(server: Server) -> None:
    pair = meet(server)
    poll, send = poll_bytes(pair.ada, START, wait=False), send_bytes(pair, message())
    assert [ask(server, request).status for request in (poll, send)] == [200, 200]
    with Wire(server.port) as wire:
        assert wire.ask("DELETE", "/v1/sessions/current", session=pair.ada).status == 204
    for request in (poll, send):
        answer = ask(server, request)
        assert (answer.status, answer.json()["error"]["code"]) == (401, "session_ended")


def test_both_ways_count_requests_and_errors(server: Server, pair: Pair) -> None:
    before = server.metric('requests_total{route="poll"}'), server.metric('errors_total{status="400"}')
    assert ask(server, poll_bytes(pair.bob, "1")).status == 400
    assert ask(server, with_line(poll_bytes(pair.bob, "1"), DETOUR)).status == 400
    after = server.metric('requests_total{route="poll"}'), server.metric('errors_total{status="400"}')
    assert after == (before[0] + 2, before[1] + 2)


def test_the_limit_of_messages_holds_on_both_ways() -> None:
    with serving(limits_messages_per_minute=3) as server:
        pair = meet(server)
        detoured = [with_line(send_bytes(pair, message()), DETOUR) for _ in range(2)]
        assert [ask(server, request).status for request in detoured] == [200, 200]
        assert ask(server, send_bytes(pair, message())).status == 200
        answers = [ask(server, send_bytes(pair, message())), ask(server, detoured[0])]
        assert [answer.status for answer in answers] == [429, 429]
        assert [answer.headers["retry-after"] for answer in answers] == ["20", "20"]


# -- who takes too long


def test_a_head_that_never_ends_is_closed(server: Server) -> None:
    wires = [Wire(server.port) for _ in range(20)]
    for wire, beginning in zip(
        wires, ["", "P", "POST /v1/poll HTTP/1.1\r\nHost: a\r\n", "\r\n"] * 5, strict=True
    ):
        wire.write(beginning.encode())
    assert server.is_ready()
    for wire in wires:
        wait_until(wire.is_closed_by_server, what="the server has closed", seconds=5)
        wire.__exit__()
    assert not server.metric("parked")


def test_a_head_that_grows_slowly_is_closed_all_the_same(server: Server) -> None:
    with Wire(server.port) as wire:
        wire.write(b"POST /v1/poll HTTP/1.1\r\n")

        def say_a_little_more() -> bool:
            if not wire.is_closed_by_server():
                wire.write(b"A: b\r\n")
                return False
            return True

        wait_until(say_a_little_more, what="the server has closed", seconds=5)


def test_a_body_that_never_comes_is_told_so(server: Server, pair: Pair) -> None:
    with Wire(server.port) as wire:
        wire.write(poll_bytes(pair.bob, START)[:-1])
        answer = wire.answer()
        assert (answer.status, answer.json()["error"]["code"]) == (408, "request_timeout")
        assert answer.headers["connection"] == "close"
        wait_until(wire.is_closed_by_server, what="the server has closed")


def test_a_request_that_is_too_long_to_be_looked_at_is_answered_all_the_same(
    server: Server, pair: Pair
) -> None:
    short, long = (
        ask(server, send_bytes(pair, *[message("x" * 3_900) for _ in range(count)])) for count in (3, 8)
    )
    assert (short.status, long.status) == (200, 200)
    assert (is_quick(short), is_quick(long)) == (True, False)


# -- files


FILE_HEADERS = (
    *SAME_HEADERS,
    "etag",
    "content-encoding",
    "cross-origin-resource-policy",
)


@pytest.mark.parametrize("encoding", ["", "gzip, br"], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["/im.js", "/hooks.js", "/host.js", "main.js", "app.css", "frame.html"])
def test_both_ways_give_the_same_file(server: Server, name: str, encoding: str) -> None:
    path = name if name.startswith("/") else f"{tree_base(server)}/{name}"
    request = with_line(request_bytes("GET", path), f"Accept-Encoding: {encoding}\r\n".encode())
    quick, slow = ask(server, request), ask(server, with_line(request, DETOUR))
    assert (is_quick(quick), is_quick(slow)) == (True, False)
    assert same(quick) == same(slow)
    known = with_line(request, f"If-None-Match: {quick.headers['etag']}\r\n".encode())
    quick, slow = ask(server, known), ask(server, with_line(known, DETOUR))
    assert (is_quick(quick), is_quick(slow)) == (True, False)
    assert (quick.status, quick.body) == (304, b"")
    assert same(quick) == same(slow)


def same(answer: Answer) -> tuple[int, bytes, list[str | None]]:
    return answer.status, answer.body, [answer.headers.get(name) for name in FILE_HEADERS]


def tree_base(server: Server) -> str:
    """Return the folder that holds the widget's files of this release."""
    page = ask(server, request_bytes("GET", f"/frame?site={meet(server).ada.partition('.')[0]}"))
    found = re.search(rb'"(/a/[0-9a-f]{16})/', page.body)
    assert found, page.body
    return found[1].decode()


def test_a_file_of_another_release_is_left_to_flask(server: Server) -> None:
    answer = ask(server, request_bytes("GET", f"/a/{'0' * 16}/main.js"))
    assert (answer.status, answer.headers["cache-control"], is_quick(answer)) == (200, "no-store", False)
    answer = ask(server, request_bytes("GET", f"{tree_base(server)}/absent.js"))
    assert (answer.status, is_quick(answer)) == (404, False)
