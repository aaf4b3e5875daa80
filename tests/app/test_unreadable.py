"""What cannot be read as HTTP: refused in the one shape, and repeated by nobody."""

from collections.abc import Iterator

import pytest

from tests.app.member import client_id
from tests.app.served import Server, Wire, meet, request_bytes, serving
from tests.services import wait_until

SECRET = "demo.secretsecretsecretsecretsecretsecretsec"
HEAD = f"POST /v1/poll HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {SECRET}\r\n"
CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
FORM = HEAD.replace("/v1/poll", "/mail/reply?t=absent") + "Transfer-Encoding: chunked\r\n\r\n"
# More than the kernel takes while nobody reads.
REFUSED_BYTES = 64_000_000
UNREADABLE = {
    "a chunk's size is none": (CHUNKED + f"{SECRET}\r\n", 400),
    "a chunk is longer than its size": (CHUNKED + f"5\r\n{SECRET}\r\n0\r\n\r\n", 400),
    "an extension of a chunk": (CHUNKED + f'5;a="{SECRET}\r\n12345\r\n0\r\n\r\n', 400),
    "a trailer that is none": (CHUNKED + f"5\r\n12345\r\n0\r\n{SECRET}\r\n\r\n", 400),
    "a line without a colon": (HEAD + f"Bearer {SECRET}\r\n\r\n", 400),
    "a name that is none": (HEAD + f"Bearer {SECRET} : a\r\n\r\n", 400),
    "a folded line": (HEAD + f"A: b\r\n {SECRET}\r\n\r\n", 400),
    "two lengths": (HEAD + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a length and chunks": (HEAD + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400),
    "a coding that nobody knows": (HEAD + f"Transfer-Encoding: {SECRET}\r\n\r\n", 501),
    "an expectation that nobody meets": (HEAD + f"Expect: {SECRET}\r\n\r\n", 417),
    "a first line with too many words": (f"GET /v1/stream?ticket={SECRET} x HTTP/1.1\r\n\r\n", 400),
    "a first line that is too long": (f"GET /{SECRET * 200} HTTP/1.1\r\n\r\n", 414),
    "too many lines": (HEAD + "".join(f"A-{n}: {SECRET}\r\n" for n in range(80)) + "\r\n", 431),
    "a line that is too long": (HEAD + f"A: {SECRET * 400}\r\n\r\n", 431),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(log_level="debug", log_requests="on") as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_in_the_one_shape_and_repeated_by_nobody(
    server: Server, name: str
) -> None:
    said, status = UNREADABLE[name]
    with Wire(server.port) as wire:
        wire.write(said.encode("latin-1"))
        answer = wire.answer()
        assert answer.status == status
        assert set(answer.json()["error"]) == {"code", "message"}
        assert SECRET not in answer.body.decode()
        wait_until(wire.is_closed_by_server, what="the server has closed")
    assert SECRET not in server.log.read_text()


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_whoever_sends_all_of_a_refused_body_reads_the_refusal(server: Server, connection: str) -> None:
    """As a proxy does, which reads the answer when it has written everything."""
    head = f"POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n"
    with Wire(server.port) as wire:
        wire.write(f"{head}Content-Length: {REFUSED_BYTES}\r\n\r\n".encode(), b"x" * REFUSED_BYTES)
        assert wire.answer().status == 413
        wait_until(wire.is_closed_by_server, what="the server has closed")


def test_half_a_request_is_not_in_the_log_either(server: Server) -> None:
    for said in (HEAD, CHUNKED + "50\r\n" + SECRET, FORM + "50\r\nt=" + SECRET):
        with Wire(server.port) as wire:
            wire.write(said.encode())
    assert server.is_ready()
    wait_until(lambda: not server.metric("parked"), what="nobody is connected any more")
    assert SECRET not in server.log.read_text()


def test_a_body_that_ends_too_early_is_not_acted_upon(server: Server) -> None:
    pair = meet(server)
    body = {"messages": [{"client_id": client_id(), "text": "pay him 1"}]}
    path = f"/v1/conversations/{pair.conversation_id}/messages"
    whole = request_bytes("POST", path, body, session=pair.ada)
    # Valid JSON, and yet not all of it has come; the field keeps it from the quick path.
    head, _, said = whole.partition(b"\r\n\r\n")
    length = len(said)
    longer = head.replace(b"Length: %d" % length, b"Length: %d\r\nTE: trailers" % (length + 5))
    with Wire(server.port) as wire:
        wire.write(longer + b"\r\n\r\n" + said)
        wire.half_close()
        answer = wire.answer()
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_request")
    with Wire(server.port) as wire:
        assert wire.ask("GET", path, session=pair.ada).json()["data"] == []
