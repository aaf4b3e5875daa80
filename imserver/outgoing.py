"""Requests to addresses that site owners name: webhooks, lists of friends, the live checker.

design: an owner may name any host, so what the name means is looked up ONCE, all its addresses are judged,
and the connection goes to one that was judged, whatever the name means a moment later. The name itself serves
for the Host header, SNI and the certificate. No redirects, no proxy of the environment, no compression; one
clock from the look-up to the last byte, and a bound for what is read.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import gevent
import urllib3

from imserver import __version__
from imserver.errors import ImserverError, SettingsError
from imserver.settings import Settings

PORTS = {"http": 80, "https": 443}
# Below are mail, remote shells and so on, which must not be talked to in somebody else's name.
FREE_PORTS = 1_024
URL_CHARACTERS = 2_000
# A name with more is no web server's; each would be tried in turn when nothing answers.
ADDRESSES_TRIED = 4
_READ_BYTES = 65_536
# Public addresses at which a cloud's machines find what is theirs alone: Azure's.
_METADATA = frozenset({IPv4Address("168.63.129.16")})
_GLOBAL_V6 = IPv6Network("2000::/3")
# Behind NAT64 every IPv4 address is reached through one of these.
_NAT64 = IPv6Network("64:ff9b::/96")
_BENCHMARKS = IPv4Network("198.18.0.0/15")


class OutgoingError(ImserverError):
    """There is no answer; the text says why, to the site's owner."""


class TargetRefused(OutgoingError):
    """Nothing was asked: the address is malformed, or leads to a place that is nobody's outside."""


class TargetFailed(OutgoingError):
    """It was tried: no such host, or one that cannot be reached, breaks off, is slow or says too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer, whatever its status. Names of ``headers`` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address, taken apart. ``path`` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


Resolve = Callable[[str, int], list[str]]


def resolve_host(host: str, port: int) -> list[str]:
    """Return all addresses of ``host``; raise OSError or UnicodeError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def make_outgoing(settings: Settings) -> "Outgoing":
    """Return it as the installation wants it."""
    return Outgoing(allow_private=settings.outgoing.allow_private, ca_file=settings.outgoing.ca_file)


class Outgoing:
    """``allow_private`` lets requests reach this machine and its network; ``resolve`` is for tests."""

    def __init__(
        self, *, allow_private: bool = False, ca_file: str = "", resolve: Resolve = resolve_host
    ) -> None:
        self._allow_private = allow_private
        self._ca_file = ca_file
        self._resolve = resolve
        # Made when it is first needed: the authorities of a system take 1 MB and 20 ms.
        self._tls: ssl.SSLContext | None = None

    def check(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        """Raise TargetRefused or TargetFailed for what ``request`` would not even try now."""
        with gevent.Timeout(timeout_seconds, TargetFailed("Its host's address was not found in time.")):
            self._look_up(read_target(url))

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit_bytes: int,
        timeout_seconds: float,
    ) -> Reply:
        """Ask, and return the whole answer; a redirect is an answer as any other.

        Raises TargetRefused when nothing was asked, TargetFailed when there is no complete answer of at most
        ``limit_bytes`` within ``timeout_seconds``.
        """
        began, target = time.monotonic(), read_target(url)
        sent = {"User-Agent": f"imserver/{__version__}", "Accept-Encoding": "identity"}
        sent |= {"Connection": "close", **(headers or {}), "Host": target.authority}
        late = TargetFailed(f"There was no complete answer within {timeout_seconds:g} s.")
        with gevent.Timeout(timeout_seconds, late):
            answer = self._open(target, self._look_up(target), method=method, headers=sent, body=body)
            try:
                read = _read(answer, limit_bytes)
            finally:
                answer.close()
        named = {name.lower(): value for name, value in answer.headers.items()}
        took_ms = round((time.monotonic() - began) * 1000)
        return Reply(status=answer.status, headers=named, body=read, took_ms=took_ms)

    def _look_up(self, target: Target) -> list[str]:
        """Return the addresses of the target's host, all of which may be asked."""
        if not self._allow_private and target.port < FREE_PORTS and target.port not in PORTS.values():
            raise TargetRefused(f"Port {target.port} is another service's than a web server's.")
        try:
            found = self._resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise TargetFailed(f"There is no host {target.host}.") from error
        if not found:
            raise TargetFailed(f"There is no host {target.host}.")
        if not self._allow_private and not all(map(is_public, found)):
            raise TargetRefused(f"{target.host} is not on the public internet.")
        return found[:ADDRESSES_TRIED]

    def _open(
        self,
        target: Target,
        addresses: list[str],
        *,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> urllib3.BaseHTTPResponse:
        """Return the answer of the first address that can be connected to, with its body unread."""
        failed: Exception | None = None
        for address in addresses:
            try:
                return self._pool(target, address).urlopen(
                    method,
                    target.path,
                    body=body,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    preload_content=False,
                    decode_content=False,
                )
            except urllib3.exceptions.NewConnectionError as error:
                failed = error
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise _failure(target, error) from error
        raise TargetFailed(f"{target.host} takes no connections at port {target.port}.") from failed

    def _pool(self, target: Target, address: str) -> urllib3.HTTPConnectionPool:
        """Return what connects to ``address`` for one request and believes the host's certificate only."""
        if target.scheme == "http":
            return urllib3.HTTPConnectionPool(address, target.port)
        if self._tls is None:
            self._tls = _tls_context(self._ca_file)
        return urllib3.HTTPSConnectionPool(
            address,
            target.port,
            ssl_context=self._tls,
            server_hostname=target.host,
            assert_hostname=target.host,
        )


def read_target(url: str) -> Target:
    """Take an http or https address apart; raise TargetRefused for what is none or strangely written."""
    if len(url) > URL_CHARACTERS or not url.isascii() or any(c <= " " or c in "\x7f\\" for c in url):
        raise TargetRefused(
            f"An address has at most {URL_CHARACTERS} characters of ASCII and no blanks; hosts in other "
            "scripts are written as xn--…"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetRefused("This is not an address.") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise TargetRefused("An address begins with https:// or http:// and names a host.")
    if parts.username is not None or parts.password is not None or port == 0 or "%" in parts.hostname:
        raise TargetRefused("An address has no name and password, no port 0 and no % in its host.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=parts.hostname, port=port or PORTS[parts.scheme], path=path)


def is_public(address: str) -> bool:
    """Tell whether an IP address is out on the internet: not here, not near, no group's, no cloud's own."""
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and ip not in _METADATA and ip not in _BENCHMARKS
    if ip in _NAT64:
        return is_public(str(IPv4Address(ip.packed[-4:])))
    return ip in _GLOBAL_V6 and ip.is_global and all(is_public(str(inner)) for inner in _inside(ip))


def _inside(ip: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses to which a tunnel's address leads."""
    return [inner for inner in (ip.sixtofour, *(ip.teredo or ())) if inner is not None]


def _tls_context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"outgoing.ca_file, {ca_file}, holds no certificates.") from error


def _read(answer: urllib3.BaseHTTPResponse, limit_bytes: int) -> bytes:
    pieces: list[bytes] = []
    left = limit_bytes + 1
    try:
        while left > 0 and (piece := answer.read(min(left, _READ_BYTES), decode_content=False)):
            pieces.append(piece)
            left -= len(piece)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TargetFailed("The answer broke off.") from error
    if left <= 0:
        raise TargetFailed(f"The answer has more than {limit_bytes} bytes.")
    return b"".join(pieces)


def _failure(target: Target, error: Exception) -> TargetFailed:
    """Return what is told of an exchange that failed; never what the other side has sent."""
    cause = error.__cause__ if isinstance(error, urllib3.exceptions.MaxRetryError) else error
    if isinstance(cause, urllib3.exceptions.SSLError | ssl.SSLError):
        return TargetFailed(f"{target.host} has no certificate that is right for it.")
    return TargetFailed(f"{target.host} broke the connection off, or does not speak HTTP.")
