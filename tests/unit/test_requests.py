"""The plain requests of chat: what is certain is read, everything else is left to the web server."""

import random
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

from imserver.protocol.requests import FILE, PEEK_BYTES, Look, PlainRequest, read_request

TOKEN = "demo." + "A" * 43
BODY = b'{"token":"x","cursor":"0.00000000"}'
SEND_BODY = b'{"messages":[{"client_id":"00","text":"hi"}]}'


def poll(*lines: str, body: bytes = BODY, length: int | None = None) -> bytes:
    """Return a poll with these header lines behind the usual ones."""
    size = len(body) if length is None else length
    head = ["POST /v1/poll HTTP/1.1", "Host: im.example", f"Content-Length: {size}", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def send(*lines: str, path: str = "/v1/conversations/c1/messages") -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: im.example", f"Content-Length: {len(SEND_BODY)}", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1") + SEND_BODY


def get(*lines: str, path: str = "/im.js") -> bytes:
    """Return a request for a file."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: im.example", *lines, "", ""]).encode("latin-1")


FILES = {
    "loader": get(),
    "a file of the tree": get(path="/a/0123456789abcdef/sub/a-b_c.js"),
    "of a browser": get("Accept-Encoding: gzip, deflate, br, zstd", "Sec-Fetch-Mode: no-cors"),
    "known already": get('If-None-Match: "0123abc-gz"'),
    "to be closed": get("Connection: close"),
    "behind a proxy": get(
        "X-Real-IP: 192.0.2.1", "X-Request-ID: 0123456789abcdef", "X-Forwarded-Proto: https"
    ),
    "of a length of nothing": get("Content-Length: 0"),
}

PLAIN = {
    "poll": poll(),
    "poll of a browser": poll(
        "Origin: https://a.example", "Accept: */*", "Content-Type: text/plain;charset=UTF-8"
    ),
    "kept alive": poll("Connection: keep-alive"),
    "to be closed": poll("CONNECTION: Close"),
    "behind a proxy": poll("X-Real-IP: 192.0.2.1", "X-Forwarded-Proto: https"),
    "blanks around a value": poll("Origin: \t https://a.example \t"),
    "an empty field": poll("Accept:"),
    "send": send(f"Authorization: Bearer {TOKEN}"),
}

OTHER = {
    "a file with a query": get(path="/im.js?v=2"),
    "a page": get(path="/frame"),
    "a file that is posted": get().replace(b"GET", b"POST"),
    "the head of a file": get().replace(b"GET", b"HEAD"),
    "a file with a body": get("Content-Length: 3") + b"abc",
    "a file of two lengths": get("Content-Length: 0", "Content-Length: 0"),
    "a file that is chunked": get("Transfer-Encoding: chunked"),
    "a piece of a file": get("Range: bytes=0-10"),
    "a file if it is old": get("If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT"),
    "a file if it is another": get('If-Match: "a"'),
    "a file of several names": get('If-None-Match: "a", "b"'),
    "a file of a weak name": get('If-None-Match: W/"a"'),
    "a file with weights": get("Accept-Encoding: gzip;q=0, identity"),
    "a file in any encoding": get("Accept-Encoding: *"),
    "a file without a host": get().replace(b"Host: im.example\r\n", b""),
    "a percent sign in a file's path": get(path="/a/0123456789abcdef/%2e%2e/im.js"),
    "another address": b"POST /v1/polls HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "a query": b"POST /v1/poll?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "an absolute address": b"POST http://a/v1/poll HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "a percent sign": send(f"Authorization: Bearer {TOKEN}", path="/v1/conversations/%63/messages"),
    "a path in the id": send(f"Authorization: Bearer {TOKEN}", path="/v1/conversations/a/../b/messages"),
    "another method": poll().replace(b"POST", b"PUT"),
    "a method in small letters": poll().replace(b"POST", b"post"),
    "an older version": poll().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "two blanks": poll().replace(b"POST ", b"POST  "),
    "a tab": poll().replace(b"POST ", b"POST\t"),
    "no length": poll().replace(b"Content-Length: 35\r\n", b""),
    "two lengths": poll("Content-Length: 35"),
    "two different lengths": poll("Content-Length: 3"),
    "a length with a sign": poll().replace(b": 35", b": +35"),
    "a length with a zero in front": poll().replace(b": 35", b": 035"),
    "a list of lengths": poll().replace(b": 35", b": 35, 35"),
    "a hexadecimal length": poll().replace(b": 35", b": 0x23"),
    "a length that overflows": poll().replace(b": 35", b": 18446744073709551651"),
    "chunked": poll("Transfer-Encoding: chunked"),
    "chunked, in disguise": poll("transfer-encoding:\tidentity"),
    "a blank before the colon": poll("Transfer-Encoding : chunked"),
    "a name with an underscore": poll("Content_Length: 3"),
    "a name with a control character": poll("Transfer-Enco\x0bding: chunked"),
    "a name with a letter from beyond ASCII": poll("Transfer-Encodi\xefg: chunked"),
    "an empty name": poll(": a"),
    "a line without a colon": poll("abc"),
    "a folded line": poll("X-A: b", " c"),
    "a folded length": poll().replace(b"Length: ", b"Length:\r\n "),
    "a bare line feed": poll("X-A: b\nTransfer-Encoding: chunked"),
    "a bare carriage return": poll("X-A: b\rTransfer-Encoding: chunked"),
    "a zero byte": poll("X-A: \x00"),
    "a byte from beyond ASCII": poll("X-A: \xff"),
    "a line break in front": b"\r\n" + poll(),
    "expect": poll("Expect: 100-continue"),
    "upgrade": poll("Upgrade: websocket", "Connection: Upgrade"),
    "a connection with two words": poll("Connection: keep-alive, TE"),
    "two connections": poll("Connection: close", "Connection: keep-alive"),
    "no host": poll().replace(b"Host: im.example\r\n", b""),
    "two hosts": poll("Host: im.example"),
    "a strange host": poll().replace(b"im.example", b"im.example/\\"),
    "two origins": poll("Origin: https://a.example", "Origin: https://b.example"),
    "two content types": poll("Content-Type: a/b", "Content-Type: c/d"),
    "two proxies' words": poll("X-Forwarded-Proto: https", "X-Forwarded-Proto: http"),
    "a send without a session": send(),
    "a send with two sessions": send(f"Authorization: Bearer {TOKEN}", "Authorization: Bearer b"),
    "a send with a password": send("Authorization: Basic YTpi"),
    "too many fields": poll(*[f"X-{number}: a" for number in range(70)]),
    "a long field": poll("X-A: " + "a" * 8_100),
    "a body that is too long to be looked at": poll(length=PEEK_BYTES),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no HTTP": b"hello\r\n\r\n",
    "a first line that nobody knows": b"hello\r\n",
    "a line feed at the end of the first line": b"GET / HTTP/1.1\n",
    "a line feed in the head": b"GET / HTTP/1.1\r\nA: b\nC: d",
    "a first line without an end": b"GET /" + b"a" * 4_200,
    "a head without an end": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 4_000)[:PEEK_BYTES],
}


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN.keys())
def test_a_plain_request_is_read_to_its_last_byte(data: bytes) -> None:
    found = read_request(data + b"GET / HTTP/1.1\r\n")
    assert isinstance(found, PlainRequest)
    assert found.size_bytes == len(data)
    assert found.body in (BODY, SEND_BODY)


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN.keys())
def test_a_plain_request_is_awaited_whatever_has_arrived(data: bytes) -> None:
    head = data.index(b"\r\n\r\n") + 4
    for length in range(1, len(data)):
        assert read_request(data[:length]) is (Look.PARTIAL if length < head else Look.HEADED), data[:length]


@pytest.mark.parametrize("data", OTHER.values(), ids=OTHER.keys())
def test_a_request_that_is_not_plain_is_left_alone(data: bytes) -> None:
    assert read_request(data) is Look.OTHER


def test_what_a_plain_request_says() -> None:
    data = poll("Origin: https://a.example", "Connection: close").replace(b"im.example", b"im.example:80")
    found = read_request(data)
    assert isinstance(found, PlainRequest)
    assert (found.kind, found.origin, found.own_origin) == ("poll", "https://a.example", "http://im.example")
    assert (found.keep_alive, found.is_forwarded, found.secret) == (False, False, "")
    found = read_request(send(f"Authorization: Bearer {TOKEN}", "X-Forwarded-Proto: https"))
    assert isinstance(found, PlainRequest)
    assert (found.kind, found.conversation_id, found.secret) == ("send", "c1", TOKEN)
    assert (found.keep_alive, found.is_forwarded, found.origin) == (True, True, None)


# -- beside gunicorn's own parser


class Wire:
    """A socket that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, size: int) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return piece


def _config() -> Any:
    config = Config()
    config.set("http_parser", "python")
    config.set("limit_request_fields", 64)
    config.set("forwarder_headers", "")
    return config


CONFIG = _config()


def ask_gunicorn(data: bytes) -> tuple[str, str, dict[str, str], bytes, bool] | None:
    """Return (method, path, fields, body, closes) as gunicorn reads them; None when it refuses."""
    try:
        request = next(RequestParser(CONFIG, Wire(data), ("192.0.2.1", 1)))
        return request.method, request.uri, dict(request.headers), request.body.read(), request.should_close()
    except (ParseException, StopIteration):
        return None


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return ``data`` with some bytes changed, lost, doubled or put in."""
    changed = bytearray(data)
    pieces = (b"\r\n", b"\n", b"\r", b" ", b":", b"\t", b"\x00", b",", b"_", b"0", b"35", b"\xff", b"chunked")
    pieces += (
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"Host: b\r\n",
    )
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(changed))
        if chance.random() < 0.5:
            changed[at:at] = chance.choice(pieces)
        else:
            changed[at : at + chance.choice((0, 1, 2))] = bytes([chance.randrange(256)]) * chance.choice(
                (0, 1)
            )
    return bytes(changed)


def test_mutants_that_are_read_mean_the_same_to_gunicorn() -> None:
    chance = random.Random(3)
    read = 0
    for _ in range(20_000):
        data = mutate(chance.choice(list(PLAIN.values())), chance)
        found = read_request(data)
        if not isinstance(found, PlainRequest):
            continue
        read += 1
        other = ask_gunicorn(data)
        assert other is not None, data
        method, path, fields, body, closes = other
        expected = (
            "/v1/poll" if found.kind == "poll" else f"/v1/conversations/{found.conversation_id}/messages"
        )
        assert (method, path, body, closes) == ("POST", expected, found.body, not found.keep_alive), data
        assert fields.get("ORIGIN") == found.origin, data
        assert found.kind == "poll" or fields["AUTHORIZATION"] == f"Bearer {found.secret}", data
    assert read > 1_000


def test_random_bytes_are_never_read() -> None:
    chance = random.Random(4)
    for _ in range(5_000):
        assert not isinstance(read_request(chance.randbytes(chance.randrange(1, 300))), PlainRequest)


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_a_plain_request_for_a_file_is_read_to_its_last_byte(data: bytes) -> None:
    found = read_request(data + b"GET / HTTP/1.1\r\n")
    assert isinstance(found, PlainRequest)
    assert (found.kind, found.size_bytes, found.body) == (FILE, len(data), b"")
    assert found.path.encode() == data.split()[1]
    for length in range(1, len(data)):
        assert read_request(data[:length]) is Look.PARTIAL


def test_what_a_browser_says_of_a_file_is_understood() -> None:
    found = read_request(get("Accept-Encoding: br,gzip", 'If-None-Match: "12-gz"', "Connection: close"))
    assert isinstance(found, PlainRequest)
    assert (found.takes_gzip, found.etag, found.keep_alive) == (True, "12-gz", False)
    found = read_request(get("Accept-Encoding: xgzip, br"))
    assert isinstance(found, PlainRequest)
    assert (found.takes_gzip, found.etag, found.keep_alive) == (False, "", True)
