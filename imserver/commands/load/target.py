"""Where a load goes: a server of one's own, and nowhere else."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from imserver.commands.load.failures import LoadError, LoadExit


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``address`` is what is connected to, ``host`` what the requests say."""

    address: str
    port: int
    host: str

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.address).is_loopback


def parse_target(url: str) -> Target:
    """Return where ``url`` leads; raise LoadError for what is no address of a messenger."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        raise LoadError(
            LoadExit.USAGE, "https is the proxy's; point the load at the messenger's own port, past it"
        )
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
        raise LoadError(LoadExit.USAGE, f"{url} is not such as http://127.0.0.1:8080")
    try:
        port = parts.port or 80
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise LoadError(LoadExit.REFUSED, f"{url} cannot be found: {error}") from error
    return Target(address=str(found[0][4][0]), port=port, host=parts.netloc)


def require_own(target: Target, *, has_secret: bool, is_owner: bool) -> None:
    """Raise LoadError unless the server is on this machine, or somebody with its secret says it is theirs."""
    if not target.is_loopback and not (has_secret and is_owner):
        raise LoadError(
            LoadExit.NOT_YOURS,
            f"{target.address} is another machine: a load goes to one's own server only; "
            "if it is yours, add --secret-file FILE and --i-own-this-server",
        )


def require_answer(target: Target) -> None:
    """Raise LoadError unless a messenger answers there."""
    try:
        with socket.create_connection((target.address, target.port), timeout=5) as probe:
            probe.sendall(
                f"GET /healthz HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n\r\n".encode()
            )
            answer = probe.recv(64)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LoadError(
            LoadExit.REFUSED, f"{target.address}:{target.port} does not answer: {reason}"
        ) from error
    if not answer.startswith(b"HTTP/1.1 200"):
        raise LoadError(LoadExit.REFUSED, f"{target.address}:{target.port} is no messenger: {answer[:32]!r}")


def source_addresses(target: Target, *, process: int) -> list[str]:
    """Return where the connections of a process come from: with one address, ports end at 28,000."""
    if not target.is_loopback or ":" in target.address:
        return []
    return [f"127.0.{process + 1}.{number}" for number in (1, 2)]
