"""Requests that two programs could read in two ways: what proxies and servers have fallen for."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.app.member import client_id
from tests.app.served import poll_bytes, request_bytes

START = "0.00000000"
CRLF = b"\r\n"
TEXT = "what nobody else may read"
HIDDEN = b"GET /v1/settings HTTP/1.1\r\nHost: hidden\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Malformed:
    """``is_doubtful``: where its body ends is open to doubt, so nobody may act on any of it."""

    family: str
    data: bytes
    is_doubtful: bool = False


LENGTHS = (
    b"+35", b"-1", b"-0", b"0x23", b"35, 35", b"35,36", b"3 5", b"35\x0b", b"\xb2\xb3", b"3_5",
    b"18446744073709551651", b"9" * 400, b"1e2", b"35.0", b"", b"\"35\"", b"NaN",
)  # fmt: skip
CODINGS = (
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked", b"Transfer-Encoding:\tchunked", b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: gzip, chunked",
    b"TRANSFER-ENCODING: CHUNKED",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"Transfer-Encoding:\r\n chunked",
    b"X: y\nTransfer-Encoding: chunked", b"X: y\rTransfer-Encoding: chunked", b"Transfer_Encoding: chunked",
    b"Transfer-Encoding: \"chunked\"", b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding: \xefchunked",
    b" Transfer-Encoding: chunked", b"\x00Transfer-Encoding: chunked", b"Transfer-Encoding\x00: chunked",
)  # fmt: skip
SIZES = (
    b"5", b"0x5", b"+5", b"-5", b" 5", b"5 ", b"5\t", b"05", b"000000000000000005", b"5;", b"5;a", b"5;a=b",
    b"5;a=\"b", b"5;a=\"b\"", b"5 ;a=b", b"5;\x00", b"5;\r", b"5;" + b"a" * 9_000, b"FFFFFFFFFFFFFFFF",
    b"fffffffffffffffff", b"5_0", b"\xb5", b"", b"g", b"5\n", b"5;a\n", b"5;=b", b"5,5",
)  # fmt: skip
LINES = (
    b"Host: b", b"Host:", b"Content-Length: 5", b"Content-Type: a/b", b"Connection: close",
    b"Connection: keep-alive, close", b"Connection: Content-Length", b"Expect: 100-continue",
    b"Expect: 200-ok",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    b"Upgrade: websocket\r\nConnection: Upgrade", b"TE: trailers", b"Trailer: Host", b"Range: bytes=0-",
    b"X-A: b\r\n c", b"X-A: b\r\n\tc", b"X-A\x0b: b", b"X-A : b", b": b", b"X-A", b"X-A: \x00", b"X-A: \x7f",
    b"X-A: \xff\xfe", b"X-\xe9: b", b"X_A: b", b"X-A:" + b"b" * 9_000, b"Content-Encoding: gzip",
    b"X-Forwarded-Proto: https", b"X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http",
    b"X-HTTP-Method-Override: DELETE", b"Proxy-Connection: close", b"Keep-Alive: timeout=99999",
    b"Authorization: Basic YTpi", b"Origin: null", b"Origin: https://evil.example", b"Last-Event-ID: 1",
    b"\r\nX-A: b", b"Content-Length: 0\r\n\r\n" + HIDDEN[:-2],
)  # fmt: skip
TARGETS = (
    b"http://evil.example/v1/poll", b"//evil.example/v1/poll", b"/v1/poll?x", b"/v1/poll#", b"/v1/./poll",
    b"/v1/../v1/poll", b"/v1//poll", b"/%76%31/poll", b"/v1/poll%00", b"*", b"", b"/v1/poll HTTP/1.1 x",
    b"/v1/poll\tHTTP/1.1", b"/v1/poll;a", b"\\v1\\poll", b"/" + b"a" * 5_000, b"/v1/poll\xff", b"evil:80",
)  # fmt: skip
METHODS = (
    b"POST", b"post", b"GET", b"OPTIONS", b"TRACE", b"CONNECT", b"PRI", b"P\x00ST", b" POST", b"POST ",
    b"\r\nPOST", b"\nPOST", b"\r\n\r\nPOST", b"P" * 40, b"PO#T",
)  # fmt: skip
VERSIONS = (
    b"HTTP/1.0",
    b"HTTP/0.9",
    b"HTTP/2.0",
    b"HTTP/1.2",
    b"HTTP/1.10",
    b"HTTP/1",
    b"http/1.1",
    b"",
    b"X",
)
BITS = (
    b"\r\n", b"\n", b"\r", b" ", b":", b"\t", b"\x00", b",", b"_", b"0", b"\xff", b"chunked", b"\r\n\r\n",
    b"\x0b",
    b"0\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n",
)  # fmt: skip


class Mill:
    """Makes malformed requests without an end; ``poller`` and ``sender`` are sessions."""

    def __init__(self, chance: random.Random, *, poller: str, sender: str, conversation_id: str) -> None:
        self._chance = chance
        self._poller = poller
        self._sender = sender
        self._path = f"/v1/conversations/{conversation_id}/messages"
        self._families: tuple[tuple[str, Callable[[], tuple[bytes, bool]]], ...] = (
            ("two framings", self._two_framings),
            ("a length", self._length),
            ("a coding", self._coding),
            ("chunks", self._chunks),
            ("a line", self._line),
            ("the first line", self._first_line),
            ("a pipeline", self._pipeline),
            ("a train", self._train),
            ("bytes", self._bytes),
            ("bytes", self._bytes),
        )

    def __iter__(self) -> Iterator[Malformed]:
        while True:
            family, make = self._chance.choice(self._families)
            data, is_doubtful = make()
            yield Malformed(family, data, is_doubtful)

    def plain(self) -> bytes:
        """Return a request of chat as a browser sends it: a poll that does not wait, or a send."""
        if self._chance.random() < 0.5:
            return poll_bytes(self._poller, START, wait=False)
        body = {"messages": [{"client_id": client_id(), "text": TEXT}]}
        return request_bytes("POST", self._path, body, session=self._sender)

    def other(self) -> bytes:
        """Return one that is never for the quick path."""
        return self._chance.choice(
            (
                request_bytes("GET", "/healthz"),
                request_bytes("GET", "/v1/settings", session=self._poller),
                request_bytes("PUT", "/v1/settings", {"sound": True}, session=self._poller),
            )
        )

    def _with_line(self, data: bytes, line: bytes) -> bytes:
        """Put a line behind the first one, or before the end of the head."""
        at = data.index(CRLF) + 2 if self._chance.random() < 0.5 else data.index(CRLF * 2) + 2
        return data[:at] + line + CRLF + data[at:]

    def _two_framings(self) -> tuple[bytes, bool]:
        coding = self._chance.choice(CODINGS[:1] + CODINGS[10:11])
        head, _, body = self.plain().partition(CRLF * 2)
        hidden = b"0" + CRLF * 2 + HIDDEN if self._chance.random() < 0.5 else body
        return self._with_line(head + CRLF * 2 + hidden, coding), True

    def _length(self) -> tuple[bytes, bool]:
        head, _, rest = self.plain().partition(b"Content-Length: ")
        number, _, rest = rest.partition(CRLF)
        shape = self._chance.randrange(3)
        if shape == 0:
            return head + b"Content-Length: " + self._chance.choice(LENGTHS) + CRLF + rest, True
        second = number if shape == 1 else b"%d" % self._chance.randrange(60)
        return head + b"Content-Length: %b\r\nContent-Length: %b\r\n" % (number, second) + rest, True

    def _coding(self) -> tuple[bytes, bool]:
        return self._with_line(self.plain() + HIDDEN, self._chance.choice(CODINGS)), False

    def _chunks(self) -> tuple[bytes, bool]:
        body = poll_bytes(self._poller, START, wait=False).partition(CRLF * 2)[2]
        size = self._chance.choice((b"%x" % len(body), self._chance.choice(SIZES)))
        end = self._chance.choice(
            (b"\r\n0\r\n\r\n", b"\n0\n\n", b"0\r\n\r\n", b"\r\n0\r\nHost: b\r\n\r\n", b"\r\n00\r\n\r\n")
        )
        head = b"POST /v1/poll HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + size + self._chance.choice((CRLF, CRLF, b"\n")) + body + end + HIDDEN, False

    def _line(self) -> tuple[bytes, bool]:
        return self._with_line(
            self._chance.choice((self.plain, self.other))(), self._chance.choice(LINES)
        ), False

    def _first_line(self) -> tuple[bytes, bool]:
        method, target, version = self.plain().partition(CRLF)[0].split(b" ")
        method = self._chance.choice((method, self._chance.choice(METHODS)))
        target = self._chance.choice((target, self._chance.choice(TARGETS)))
        version = self._chance.choice((version, self._chance.choice(VERSIONS)))
        rest = self.plain().partition(CRLF)[2]
        return b" ".join((method, target, version)) + CRLF + rest, False

    def _pipeline(self) -> tuple[bytes, bool]:
        """Return two whole requests and something wrong, or the beginning of a third."""
        wrong = self._chance.choice((self._length, self._coding, self._line, self._bytes))()[0]
        tail = self._chance.choice((wrong, self.plain()[: self._chance.randrange(1, 60)]))
        return self.plain() + self._chance.choice((self.plain, self.other))() + tail, False

    def _train(self) -> tuple[bytes, bool]:
        """Return many good requests in one piece, which are answered in their order."""
        return b"".join(self._chance.choice((self.plain, self.other))() for _ in range(5)), False

    def _bytes(self) -> tuple[bytes, bool]:
        """Return a request with some bytes changed, lost, doubled or put in."""
        changed = bytearray(self._chance.choice((self.plain, self.other))())
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            at = self._chance.randrange(len(changed))
            if self._chance.random() < 0.6:
                changed[at:at] = self._chance.choice(BITS)
            else:
                changed[at : at + self._chance.choice((1, 2))] = self._chance.randbytes(
                    self._chance.choice((0, 1))
                )
        return bytes(changed), False
