"""A site's own server as the tests see it: it keeps what it is sent, and answers as it is told."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from gevent.pywsgi import WSGIServer

# Status, headers, body.
Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed(self, secret: str, said: bytes | None = None) -> bool:
        """Tell whether one of the marks is right, as docs/webhooks.md says it is to be looked at."""
        fields = [part.partition("=") for part in self.headers["X-IM-SIGNATURE"].split(",")]
        time = next(value for name, _, value in fields if name == "t")
        body = self.body if said is None else said
        right = hmac.new(secret.encode(), f"{time}.".encode() + body, hashlib.sha256).hexdigest()
        return any(name == "v1" and hmac.compare_digest(value, right) for name, _, value in fields)


@dataclass(slots=True)
class Receiver:
    """``answer`` may be replaced at any time."""

    answer: Callable[[Received], Reply] = lambda received: (200, {}, b"")
    received: list[Received] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    def events(self) -> list[Any]:
        """Return all events that were sent, in the order of the requests."""
        return [event for each in self.received for event in each.json()["events"]]

    def always(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer like this from now on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda received: (status, named, body)

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        headers = {
            name[5:].replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"
        }
        received = Received(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            parse_qs(environ["QUERY_STRING"]),
            headers,
            environ["wsgi.input"].read(),
        )
        self.received.append(received)
        status, named, body = self.answer(received)
        start_response(f"{status} As told", list(named.items()))
        return [body]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """Run one for a while."""
    receiver = Receiver()
    server = WSGIServer(("127.0.0.1", port), receiver, log=None)
    server.start()
    receiver.port = server.server_port
    try:
        yield receiver
    finally:
        server.stop(timeout=1)
