"""Requests to addresses that others name: what is refused, where the connection goes, and what ends it."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
import urllib3.util.connection
from gevent.event import Event
from gevent.server import StreamServer
from gevent.socket import socket as Socket

from imserver.errors import SettingsError
from imserver.outgoing import Outgoing, Reply, TargetFailed, TargetRefused, is_public, read_target
from tests.certificates import Authority

HOST = "hooks.example.org"
PUBLIC = "93.184.215.14"
Answer = Callable[[Socket], None]


class Page:
    """A server on this machine that records heads and answers as it is told."""

    def __init__(self, answer: bytes | Answer = b"", *, certificate: Path | None = None) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self._answer = answer
        options = {}
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            options = {"ssl_context": context}
        self.server = StreamServer(("127.0.0.1", 0), self._serve, **options)
        self.server.start()

    @property
    def port(self) -> int:
        return int(self.server.server_port)

    def url(self, path: str = "/", *, scheme: str = "http", host: str = HOST) -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def _serve(self, connection: Socket, _address: object) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65_536)
            if not piece:
                return
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        self.heads.append(head.decode())
        length = next(
            (int(line[15:]) for line in self.heads[-1].splitlines() if line[:15] == "Content-Length:"), 0
        )
        while len(body) < length:
            body += connection.recv(65_536)
        self.bodies.append(body)
        if callable(self._answer):
            self._answer(connection)
        else:
            connection.sendall(self._answer)
        connection.close()


def ok(body: bytes = b"fine", *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def serve() -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def start(answer: bytes | Answer = b"", **options: Path) -> Page:
        pages.append(Page(answer, **options))
        return pages[-1]

    yield start
    for page in pages:
        page.server.stop()


def here(*, ca_file: str = "") -> Outgoing:
    """Let every name be this machine, and this machine be asked."""
    return Outgoing(allow_private=True, ca_file=ca_file, resolve=lambda host, port: ["127.0.0.1"])


def ask(
    outgoing: Outgoing, url: str, *, method: str = "GET", limit_bytes: int = 1_000, **more: object
) -> Reply:
    return outgoing.request(method, url, limit_bytes=limit_bytes, timeout_seconds=5.0, **more)  # type: ignore[arg-type]


# -- what is asked


def test_a_request_carries_the_name_and_comes_back_whole(serve: Callable[..., Page]) -> None:
    page = serve(ok(b"welcome", 'ETag: "7"'))
    reply = ask(here(), page.url("/in?to=1"), method="POST", body=b"{}", headers={"X-Mark": "ours"})
    assert (reply.status, reply.body, reply.headers["etag"]) == (200, b"welcome", '"7"')
    lines = page.heads[0].split("\r\n")
    assert lines[0] == "POST /in?to=1 HTTP/1.1"
    assert f"Host: {HOST}:{page.port}" in lines
    assert "X-Mark: ours" in lines
    assert page.bodies == [b"{}"]


def test_the_name_cannot_be_replaced_by_a_header(serve: Callable[..., Page]) -> None:
    page = serve(ok())
    ask(here(), page.url(), headers={"Host": "another.example"})
    assert page.heads[0].count("Host:") == 1
    assert "another.example" not in page.heads[0]


def test_a_redirect_is_an_answer_and_is_not_followed(serve: Callable[..., Page]) -> None:
    inside = serve(ok(b"secret"))
    moved = f"HTTP/1.1 302 Found\r\nLocation: {inside.url()}\r\nContent-Length: 0\r\n\r\n".encode()
    assert ask(here(), serve(moved).url()).status == 302
    assert inside.heads == []


def test_no_proxy_of_the_environment_is_asked(
    serve: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, page = serve(ok(b"proxy")), serve(ok(b"page"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url(host="127.0.0.1"))
    assert ask(here(), page.url()).body == b"page"
    assert proxy.heads == []


def test_compressed_bytes_stay_as_they_are(serve: Callable[..., Page]) -> None:
    body = b"\x1f\x8b not unpacked"
    assert ask(here(), serve(ok(body, "Content-Encoding: gzip")).url()).body == body


# -- where it goes


def test_a_name_is_looked_up_once_and_the_judged_address_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host that names a public address to whoever judges it, and this machine to whoever connects."""
    asked: list[str] = []
    connected: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: tuple[str, int], *_: object, **__: object) -> Socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
    with pytest.raises(TargetFailed, match="takes no connections"):
        ask(Outgoing(resolve=resolve), f"http://{HOST}/")
    assert asked == [HOST]
    assert connected == [(PUBLIC, 80)]


@pytest.mark.parametrize("port", [22, 25, 443 + 1, 1_023])
def test_another_services_port_is_refused(port: int) -> None:
    with pytest.raises(TargetRefused, match="another service"):
        Outgoing(resolve=lambda host, port: [PUBLIC]).check(f"http://{HOST}:{port}/")
    Outgoing(resolve=lambda host, port: [PUBLIC]).check(f"http://{HOST}:8080/")


def test_one_private_address_among_public_ones_is_refused() -> None:
    outgoing = Outgoing(resolve=lambda host, port: [PUBLIC, "10.0.0.7"])
    with pytest.raises(TargetRefused, match="not on the public internet"):
        ask(outgoing, f"http://{HOST}/")
    with pytest.raises(TargetRefused):
        outgoing.check(f"https://{HOST}/")


def test_the_next_address_is_tried_when_one_takes_no_connection(serve: Callable[..., Page]) -> None:
    page = serve(ok(b"second"))
    outgoing = Outgoing(allow_private=True, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    assert ask(outgoing, page.url()).body == b"second"


NEAR = (
    "localhost 127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 [::1] [::] [::ffff:127.0.0.1] "
    "[::ffff:7f00:1] [64:ff9b::a00:1] [2002:7f00:1::] [fe80::1] 169.254.169.254 [fd00:ec2::254] "
    "168.63.129.16 100.100.100.200 224.0.0.1 [ff02::1]"
)


@pytest.mark.parametrize("host", NEAR.split())
def test_this_machine_its_network_and_its_cloud_are_refused_however_they_are_written(host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises((TargetRefused, TargetFailed)) as refused:
            ask(Outgoing(), f"{scheme}://{host}/")
        # What the system's own resolver does not understand has no address at all.
        assert "public internet" in str(refused.value) or "no host" in str(refused.value)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


NOBODYS = (
    "10.1.2.3 172.16.0.1 192.168.1.1 100.64.0.1 192.0.2.1 198.18.0.1 240.0.0.1 255.255.255.255 "
    "::ffff:8.8.8.8 2001:db8::1 2001::1 fec0::1 fc00::1 64:ff9b:1::1"
)


@pytest.mark.parametrize("address", NOBODYS.split())
def test_what_is_nobodys_outside_is_not(address: str) -> None:
    assert not is_public(address)


STRANGE = [
    *(
        "ftp://a.example/",
        "file:///etc/passwd",
        "gopher://a.example",
        "//a.example/",
        "a.example",
        "",
        "http://",
    ),
    *("http://u:p@a.example/", "http://u@a.example/", "http://a.example:0/", "http://a.example:99999/"),
    *("http://a.example:x/", "http://a.example/a b", "http://a.example/\r\nX: y", "http://a.example\\@b/"),
    *(
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://münchen.example/",
        "http://a.example/" + "a" * 2_000,
    ),
]


@pytest.mark.parametrize("url", STRANGE)
def test_what_is_no_plain_address_is_refused_before_anything_is_looked_up(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(TargetRefused):
        Outgoing(resolve=resolve).check(url)


def test_an_address_is_taken_apart() -> None:
    target = read_target("HTTPS://Hooks.Example.ORG?a=1#here")
    assert (target.scheme, target.host, target.port, target.path) == ("https", HOST, 443, "/?a=1")
    assert target.authority == HOST
    assert read_target("http://[2606:4700::1]:81/").authority == "[2606:4700::1]:81"


def test_a_name_that_means_nothing_has_no_host() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("not known")

    with pytest.raises(TargetFailed, match="There is no host"):
        ask(Outgoing(resolve=resolve), f"http://{HOST}/")


# -- what ends it


def test_a_slow_drip_ends_when_the_time_is_over(serve: Callable[..., Page]) -> None:
    hung_up = Event()

    def drip(connection: Socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while True:
                connection.sendall(b".")
                gevent.sleep(0.005)
        except OSError:
            hung_up.set()

    with pytest.raises(TargetFailed, match=r"within 0\.1 s"):
        here().request("GET", serve(drip).url(), limit_bytes=1_000, timeout_seconds=0.1)
    # Nothing goes on reading behind the caller's back.
    assert hung_up.wait(timeout=10)


def test_the_look_up_counts_into_the_time() -> None:
    def resolve(host: str, port: int) -> list[str]:
        gevent.sleep(30)
        return [PUBLIC]

    with pytest.raises(TargetFailed, match="within"):
        Outgoing(resolve=resolve).request("GET", f"http://{HOST}/", limit_bytes=1, timeout_seconds=0.05)


@pytest.mark.parametrize("chunked", [False, True])
def test_an_endless_answer_is_cut(serve: Callable[..., Page], chunked: bool) -> None:
    def pour(connection: Socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n")
        )
        try:
            while True:
                connection.sendall(b"1000\r\n" + b"a" * 4_096 + b"\r\n")
        except OSError:
            pass

    with pytest.raises(TargetFailed, match="more than 10000 bytes"):
        ask(here(), serve(pour).url(), limit_bytes=10_000)


def test_an_answer_of_exactly_the_limit_is_taken(serve: Callable[..., Page]) -> None:
    assert len(ask(here(), serve(ok(b"a" * 1_000)).url(), limit_bytes=1_000).body) == 1_000


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_what_is_no_whole_answer_is_a_failure(serve: Callable[..., Page], answer: bytes) -> None:
    with pytest.raises(TargetFailed, match=r"broke|HTTP"):
        ask(here(), serve(answer).url())


# -- certificates


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("certificates"))


def test_the_certificate_is_the_hosts_though_the_connection_goes_to_an_address(
    serve: Callable[..., Page], authority: Authority
) -> None:
    page = serve(ok(b"safe"), certificate=authority.sign(HOST))
    assert ask(here(ca_file=str(authority.path)), page.url(scheme="https")).body == b"safe"


@pytest.mark.parametrize(("named", "days_ago"), [("another.example", 1), (HOST, 9)])
def test_another_hosts_or_an_old_certificate_is_refused(
    serve: Callable[..., Page], authority: Authority, named: str, days_ago: int
) -> None:
    page = serve(ok(b"safe"), certificate=authority.sign(named, days_ago=days_ago))
    with pytest.raises(TargetFailed, match="no certificate that is right"):
        ask(here(ca_file=str(authority.path)), page.url(scheme="https"))
    assert page.heads == []


def test_an_authority_that_nobody_knows_is_refused(serve: Callable[..., Page], authority: Authority) -> None:
    page = serve(ok(b"safe"), certificate=authority.sign(HOST))
    with pytest.raises(TargetFailed, match="no certificate that is right"):
        ask(here(), page.url(scheme="https"))


def test_a_file_without_certificates_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"outgoing\.ca_file"):
        ask(here(ca_file=str(tmp_path / "none.pem")), f"https://{HOST}/")
