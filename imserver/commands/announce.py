"""The ready line, printed by the first worker once the server really answers."""

import http.client
import socket
import time

from imserver.checks import split_bind

WAIT_SECONDS = 30.0
REQUEST_SECONDS = 5.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
DEMO_USERS = ("ada", "bob")


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=REQUEST_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Open the socket; called by the base class."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def announce(bind: str, *, public_url: str) -> None:
    """Ask /healthz until it answers, then print where the server is and where the demo, if there is one."""
    deadline = time.monotonic() + WAIT_SECONDS
    while status(bind, "/healthz") != http.HTTPStatus.OK:
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)
    print("\n".join(ready_lines(bind, public_url=public_url)), flush=True)  # noqa: T201 - the command's output


def ready_lines(bind: str, *, public_url: str) -> list[str]:
    """Return what to print; the demo's addresses only if they work."""
    address = public_url or local_url(bind)
    lines = [f"imserver is ready: {address}"]
    if status(bind, f"/demo?user={DEMO_USERS[0]}") == http.HTTPStatus.OK:
        lines += [f"  {local_url(bind)}/demo?user={user}" for user in DEMO_USERS]
    return lines


def local_url(bind: str) -> str:
    """Return how this machine's own browser reaches ``bind``."""
    address = split_bind(bind)
    if address is None:
        return bind
    host, port = address
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def status(bind: str, path: str) -> int | None:
    """Return the status that ``path`` is answered with; None when nobody answers."""
    connection = _connection(bind)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _connection(bind: str) -> http.client.HTTPConnection:
    address = split_bind(bind)
    if address is None:
        return UnixConnection(bind.removeprefix("unix:"))
    host, port = address
    return http.client.HTTPConnection(ANY_ADDRESS.get(host, host), port, timeout=REQUEST_SECONDS)
