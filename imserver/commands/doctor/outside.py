"""What a browser would find at ``server.public_url``: the certificate, and what the proxy does to answers."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple
from urllib.parse import urlsplit

from imserver.commands.doctor.findings import Finding, Verdict, judge

ANSWER_SECONDS = 5.0
# The server says its two words a second apart (handlers.health); who has both by then got them together.
TOGETHER_SECONDS = 0.3
# Let's Encrypt renews 30 days before the end, so a renewal has failed for two weeks.
RENEWED_DAYS, URGENT_DAYS = 14, 3
DAY_SECONDS = 86_400
PORTS = {"https": 443, "http": 80}
PROXY_LINE = "cp conf/nginx.conf.template /etc/nginx/conf.d/imserver.conf, fill in your name, then: nginx -t"
HANDSHAKE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


class Place(NamedTuple):
    """Where the browsers go."""

    scheme: str
    host: str
    port: int

    def connect(self) -> socket.socket:
        """Return a connection, encrypted if that is how browsers come; raise OSError."""
        plain = socket.create_connection((self.host, self.port), timeout=ANSWER_SECONDS)
        if self.scheme == "http":
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise

    def ask(self, path: str, fields: str = "Connection: close\r\n") -> bytes:
        """Return what the first bytes of the answer are; raise OSError."""
        with closing(self.connect()) as connection:
            connection.sendall(self.request(path, fields))
            return connection.recv(4_096)

    def request(self, path: str, fields: str) -> bytes:
        """Return a request for ``path``."""
        name = self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"
        return f"GET {path} HTTP/1.1\r\nHost: {name}\r\n{fields}\r\n".encode()


def look_from_outside(public_url: str) -> Iterator[Finding]:
    """Yield what is to be said of the way from a browser to the server; nothing of it is stored."""
    parts = urlsplit(public_url)
    place = Place(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])
    trouble = _trouble(place)
    yield Finding(
        name=f"from outside {public_url}",
        verdict=judge(not trouble, Verdict.WRONG),
        found=trouble or "imserver answers there",
        wanted="the answer of /healthz, under a certificate that browsers believe",
        reason="It is what the script tag of every page asks.",
        remedy=PROXY_LINE,
    )
    if trouble:
        return
    if place.scheme == "https":
        yield _certificate(place)
    yield _upgrade(place)
    yield _buffering(place)
    yield _numbers(place)


def _trouble(place: Place) -> str:
    try:
        answer = place.ask("/healthz")
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not believed: {error.verify_message}"
    except OSError as error:
        return f"cannot be reached: {error.strerror or error}"
    first = answer.partition(b"\r\n")[0].decode("latin-1")
    return "" if first.startswith("HTTP/1.1 200") else f"answers {first or 'nothing'}"


def _certificate(place: Place) -> Finding:
    with closing(place.connect()) as connection:
        assert isinstance(connection, ssl.SSLSocket)  # noqa: S101 - only asked of https
        ends = str((connection.getpeercert() or {})["notAfter"])
    days = (ssl.cert_time_to_seconds(ends) - time.time()) / DAY_SECONDS
    return Finding(
        name="certificate",
        verdict=Verdict.WRONG if days < URGENT_DAYS else judge(days >= RENEWED_DAYS, Verdict.BETTER),
        found=f"good until {ends}",
        wanted=f"at least {RENEWED_DAYS} days",
        reason="The day after, no page shows the messenger, and no browser tells its members why.",
        remedy="certbot renew --dry-run shows why it was not renewed",
    )


def _upgrade(place: Place) -> Finding:
    first = _first_line(place, "/v1/socket", HANDSHAKE)
    return Finding(
        name="WebSocket through the proxy",
        verdict=judge(first.startswith("HTTP/1.1 101"), Verdict.BETTER),
        found=f"the handshake is answered {first or 'with nothing'}",
        wanted="101 Switching Protocols",
        reason="Without it the widget hears by event stream or long poll: more requests for the same news.",
        remedy=f"proxy_set_header Upgrade and Connection, and map $http_upgrade: {PROXY_LINE}",
    )


def _buffering(place: Place) -> Finding:
    found = _first_words(place)
    is_held = b"second" in found or b"first" not in found
    return Finding(
        name="buffering of the proxy",
        verdict=judge(not is_held, Verdict.BETTER),
        found="holds answers back until they are whole" if is_held else "passes on what is there",
        wanted="each piece of an answer at once",
        reason="Event streams come late or never; the widget notices after 6 s and polls.",
        remedy=f"proxy_buffering off, and no proxy_ignore_headers X-Accel-Buffering: {PROXY_LINE}",
    )


def _numbers(place: Place) -> Finding:
    first = _first_line(place, "/metrics", "Connection: close\r\n")
    return Finding(
        name="numbers from outside",
        verdict=judge(not first.startswith("HTTP/1.1 200"), Verdict.WRONG),
        found=f"/metrics is answered {first}",
        wanted="404",
        reason="They tell anybody how many members there are and what they do.",
        remedy=f"proxy_set_header X-Forwarded-For $remote_addr: {PROXY_LINE}",
    )


def _first_line(place: Place, path: str, fields: str) -> str:
    try:
        return place.ask(path, fields).partition(b"\r\n")[0].decode("latin-1")
    except OSError as error:
        return f"nothing: {error.strerror or error}"


def _first_words(place: Place) -> bytes:
    """Return what has come a moment after the first word of an answer whose second word comes later."""
    said = b""
    try:
        with closing(place.connect()) as connection:
            connection.sendall(place.request("/healthz/drip", "Connection: close\r\n"))
            while b"first" not in said and (piece := connection.recv(4_096)):
                said += piece
            connection.settimeout(TOGETHER_SECONDS)
            said += connection.recv(4_096)
    except OSError:
        # Nothing more for now, which is how it should be.
        return said
    return said
