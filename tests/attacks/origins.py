"""A11: forty pages that are not the site's, over every transport. None is served, or may read a word."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from tests.app.member import Host, client_id
from tests.app.served import Server, request_bytes
from tests.attacks.answers import Talk, ask, read_answers
from tests.attacks.attack import Attack, Report, watched
from tests.attacks.frames import Line, say_hello
from tests.attacks.malformed import START
from tests.attacks.smuggling import DETOUR, UPGRADE
from tests.services import OPEN

PAGE, SECOND_PAGE = "https://community.example", "https://forum.community.example"
PASSES = {200, 201, 204}
STRANGERS = (
    "https://evil.example",
    "http://community.example",
    "https://community.example:444",
    "https://community.example:443",
    "https://COMMUNITY.example",
    "HTTPS://community.example",
    "https://community.example/",
    "https://community.example.",
    "https://community.example.evil.example",
    "https://evilcommunity.example",
    "https://evil.example/https://community.example",
    "https://evil.example#https://community.example",
    "https://evil.example?https://community.example",
    "https://community.example@evil.example",
    "https://evil.example@community.example",
    "https://community.example%2eevil.example",
    "https://community.example%00.evil.example",
    "https://community.example\t.evil.example",
    "https://community.example https://evil.example",
    "https://community.example, https://evil.example",
    "https://evil.example, https://community.example",
    "https://community.example;evil",
    "https://community.example\\.evil.example",
    "https://*.example",
    "https://www.community.example",
    "https://sub.forum.community.example",
    "//community.example",
    "community.example",
    "https:community.example",
    "https:///community.example",
    "file://community.example",
    "blob:https://community.example",
    "data:text/html,x",
    "chrome-extension://abcdefghijklmnop",
    "null",
    "*",
    "",
    "undefined",
    "https://xn--communty-n2a.example",
    "http://127.0.0.1.evil.example",
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody's page in somebody's browser; ``token`` is a host's, ``session`` was opened from PAGE."""

    server: Server
    site_id: str
    token: str
    session: str
    conversation_id: str

    def calls(self) -> dict[str, Callable[[str], bytes]]:
        """Return what a page may try: each takes the origin and returns all that was answered."""
        poll = request_bytes("POST", "/v1/poll", {"token": self.session, "cursor": START, "wait": False})
        body = {"messages": [{"client_id": client_id(), "text": "hello"}]}
        send = request_bytes(
            "POST", f"/v1/conversations/{self.conversation_id}/messages", body, session=self.session
        )
        sign_in = request_bytes("POST", "/v1/sessions", {"site": self.site_id, "token": self.token})
        stream = request_bytes("POST", "/v1/stream", {"token": self.session, "cursor": START})
        upload = request_bytes(
            "POST", f"/v1/files?conversation_id={self.conversation_id}&name=a.txt", "x", session=self.session
        )
        plain = {
            "sign-in": sign_in,
            "poll": poll,
            "poll past the quick path": _with(poll, DETOUR),
            "send": send,
            "send past the quick path": _with(send, DETOUR),
            "state": request_bytes("GET", "/v1/state", session=self.session),
            "event stream": stream,
            "upload": upload,
        }
        asked = {name: lambda origin, data=data: self._ask(data, origin) for name, data in plain.items()}
        return asked | {"preflight": self._preflight, "ticket": self._ticket, "socket": self._socket}

    def _ask(self, data: bytes, origin: str) -> bytes:
        return ask(self.server.port, _from(data, origin))

    def _preflight(self, origin: str) -> bytes:
        lines = b"Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n"
        return self._ask(_with(request_bytes("OPTIONS", "/v1/presence"), lines), origin)

    def _ticket(self, origin: str) -> bytes:
        told = self._ask(request_bytes("POST", "/v1/tickets", session=self.session), PAGE)
        ticket = json.loads(read_answers(told)[0].body)["ticket"]
        return self._ask(request_bytes("GET", f"/v1/stream?ticket={ticket}"), origin)

    def _socket(self, origin: str) -> bytes:
        """Shake hands and say hello; a refusal is told in HTTP here, as other calls have it."""
        with Talk(self.server.port) as talk:
            talk.say(_from(_with(request_bytes("GET", "/v1/socket"), UPGRADE.encode()), origin))
            if not talk.hear_until(b"\r\n\r\n") or not talk.heard.startswith(b"HTTP/1.1 101"):
                return talk.finish()
            talk.heard = talk.heard.partition(b"\r\n\r\n")[2]
            status = b"200 OK" if say_hello(Line(talk), self.session, START) else b"403 Forbidden"
            return b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status


def _with(data: bytes, lines: bytes) -> bytes:
    return data.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + lines)


def _from(data: bytes, origin: str) -> bytes:
    return _with(data, b"Origin: " + origin.encode() + b"\r\n")


class Origins(Attack):
    """The page that opened the session is served by each, or nothing would be proven."""

    attack_id, title = "A11", "pages of 40 other origins, over each transport"
    full = short = len(STRANGERS)

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        with watched(report, secrets=secrets, log_requests="off") as server:
            visit = open_visit(server)
            secrets |= {visit.session, visit.token}
            for name, call in visit.calls().items():
                self._judge(report, name, PAGE, call(PAGE), passes=True)
                for origin in STRANGERS[:count]:
                    report.tried += 1
                    self._judge(report, name, origin, call(origin), passes=False)
            for name in ("state", "poll", "socket"):
                told = visit.calls()[name](SECOND_PAGE)
                self._judge(report, name, SECOND_PAGE, told, passes=False, may_read=True)

    def _judge(
        self, report: Report, name: str, origin: str, told: bytes, *, passes: bool, may_read: bool = False
    ) -> None:
        (answer,) = read_answers(told) or [None]
        status = answer.status if answer is not None else 0
        # Anybody may ask OPTIONS; what counts is whether a browser goes on.
        is_served = status in PASSES if name != "preflight" else passes
        report.expect(is_served is passes, f"{name}: {status}", ascii(origin))
        allowed = answer.headers.get("access-control-allow-origin") if answer is not None else None
        if name != "socket":
            report.expect((allowed == origin) is (passes or may_read), f"{name}: may be read", ascii(origin))


def open_visit(server: Server) -> Visit:
    """Sign ada in, on a page of a site that has two."""
    with contextlib.closing(server.open_store()) as store:
        site = store.sites.insert_site(name="A community", origins=(PAGE, SECOND_PAGE), rules=OPEN)
    host = Host(Flask("not used"), site)
    ada = server.sign_in(host, "ada", origin=PAGE)
    server.sign_in(host, "bob", origin=PAGE)
    opened = ask(
        server.port, _from(request_bytes("POST", "/v1/conversations", {"user_id": "bob"}, session=ada), PAGE)
    )
    conversation_id = json.loads(read_answers(opened)[0].body)["id"]
    return Visit(server, site.site_id, host.sign("ada"), ada, conversation_id)
