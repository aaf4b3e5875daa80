"""What the Procfile runs, behind nginx with the shipped configuration: two browsers talk over TLS."""

import http.client
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hosts import Club, Host
from tests.browser.messenger import POPULATE, ROOT
from tests.browser.person import Person, Window, meet
from tests.nginx import Nginx
from tests.procfile import Procfile
from tests.services import free_port, make_folder, wait_until

# One database, one proxy.
pytestmark = pytest.mark.xdist_group("proxy")

Sit = Callable[..., Person]
SITES = 20
SIGN_INS = 30
FILE_BYTES = 26_214_400
FORGED = {"X-Real-IP": "192.0.2.9", "X-Forwarded-For": "192.0.2.9", "X-Request-ID": "f" * 32}


class Stack:
    """The Procfile and nginx, each knowing where the other is."""

    def __init__(self) -> None:
        port = free_port()
        self.nginx = Nginx(make_folder(), upstream_port=port)
        self.web = Procfile(
            IM_SERVER_PUBLIC_URL=self.nginx.url,
            IM_SERVER_TRUSTED_PROXIES="127.0.0.1",
            IM_LIMITS_MESSAGES_PER_MINUTE="0",
            IM_LIMITS_SIGN_INS_PER_MINUTE=str(SIGN_INS),
        )
        self.web.port = port
        self.web.url = f"http://127.0.0.1:{port}"

    def start(self) -> None:
        self.web.start()
        self.nginx.start()

    def stop(self) -> None:
        self.nginx.kill()
        self.web.stop()

    def make_sites(self, count: int, origin: str) -> Iterator[Club]:
        """Create sites whose pages are at ``origin``."""
        environ = os.environ | {"IM_STORE_URL": self.web.store_url}
        command = [sys.executable, str(POPULATE), "sites", str(count), origin]
        done = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, timeout=120)
        return itertools.starmap(Club, json.loads(done.stdout).items())

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        session: str = "",
        address: str = "127.0.0.1",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any, dict[str, str]]:
        """Send one request from ``address`` through nginx; return status, JSON and headers."""
        connection = http.client.HTTPSConnection(
            "localhost",
            self.nginx.port,
            context=self.nginx.trust(),
            source_address=(address, 0),
            timeout=60,
        )
        sent = (headers or {}) | ({"Authorization": f"Bearer {session}"} if session else {})
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            said = answer.read()
            return answer.status, json.loads(said or b"null"), dict(answer.getheaders())
        finally:
            connection.close()

    def sign_in(self, club: Club, user: str) -> str:
        """Return a session of ``user``."""
        body = json.dumps({"site": club.site, "token": club.token(user)}).encode()
        _, answer, _ = self.ask("POST", "/v1/sessions", body)
        return str(answer["session"])


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack()
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def far_host(stack: Stack) -> Iterator[Host]:
    host = Host(stack.nginx.url)
    yield host
    host.close()


@pytest.fixture(scope="module")
def far_clubs(stack: Stack, far_host: Host) -> Iterator[Club]:
    return stack.make_sites(SITES, far_host.url)


@pytest.fixture
def club(far_clubs: Iterator[Club]) -> Club:
    return next(far_clubs)


@pytest.fixture
def sit_down(browser: Browser, far_host: Host, club: Club) -> Iterator[Sit]:
    people: list[Person] = []

    def sit(user: str, **options: Any) -> Person:
        people.append(Person(browser, far_host, club, user, ignore_https_errors=True, **options))
        return people[-1]

    yield sit
    for person in people:
        person.context.close()


def talk(ada: Window, bob: Window, number: int) -> None:
    ada.say("Bob", f"ada {number}")
    bob.say("Ada", f"bob {number}")


def expect_agreed(ada: Window, bob: Window, numbers: range) -> None:
    """Everything that was said stands once, in the same order for both, each one's own in their order."""
    for window, other in ((ada, "Bob"), (bob, "Ada")):
        window.expect_settled(other)
        expect(window.log(other).locator(".text")).to_have_count(1 + 2 * len(numbers))
    said = ada.said("Bob")
    assert bob.said("Ada") == said
    for name in ("ada", "bob"):
        mine = [text for text in said if text.startswith(name)]
        assert mine == [f"{name} {number}" for number in numbers]


def test_nginx_takes_the_template(stack: Stack) -> None:
    done = stack.nginx.check()
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@pytest.mark.parametrize("transport", ["ws", "sse", "poll"])
def test_two_members_talk_through_the_proxy(sit_down: Sit, transport: str) -> None:
    ada, bob = meet(sit_down, transports=transport)
    for window in (ada, bob):
        assert window.connected(transport)["server_url"].startswith("https://localhost")
    for number in range(3):
        talk(ada, bob, number)
    expect_agreed(ada, bob, range(3))
    assert ada.complaints == bob.complaints == []


def test_left_to_itself_the_widget_finds_a_websocket(sit_down: Sit) -> None:
    report = sit_down("ada").window.connected()
    assert (report["transport"], report["passed_over"]) == ("ws", [])


@pytest.mark.parametrize("transport", ["ws", "poll"])
def test_a_reload_behind_the_proxy_loses_nothing(sit_down: Sit, stack: Stack, transport: str) -> None:
    ada, bob = meet(sit_down, transports=transport)
    before = set(stack.web.workers())
    for number in range(8):
        if number == 2:
            stack.web.reload()
        talk(ada, bob, number)
    wait_until(lambda: not before & set(stack.web.workers()), seconds=40, what="the old workers are gone")
    for number in range(8, 10):
        talk(ada, bob, number)
    expect_agreed(ada, bob, range(10))
    ada.connected(transport)


def test_the_doctor_sees_the_way_from_outside_as_a_browser_does(stack: Stack) -> None:
    ours = {
        "IM_STORE_URL": stack.web.store_url,
        "IM_SERVER_PUBLIC_URL": stack.nginx.url,
        "IM_SERVER_TRUSTED_PROXIES": "127.0.0.1",
        # A certificate that is good for two days is believed, and close to its end.
        "SSL_CERT_FILE": str(stack.nginx.authority),
    }
    command = [sys.executable, str(ROOT / "bin" / "doctor.py"), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ours, capture_output=True, timeout=60)
    verdicts = {found["name"]: found["verdict"] for found in json.loads(done.stdout)}
    asked = ["WebSocket through the proxy", "buffering of the proxy", "numbers from outside"]
    assert [verdicts[name] for name in [f"from outside {stack.nginx.url}", *asked]] == ["fine"] * 4
    assert verdicts["certificate"] == "wrong"


def test_a_file_of_the_largest_size_passes_and_no_larger_one(stack: Stack, club: Club) -> None:
    ada, _ = stack.sign_in(club, "ada"), stack.sign_in(club, "bob")
    _, opened, _ = stack.ask("POST", "/v1/conversations", b'{"user_id": "bob"}', session=ada)
    path = f"/v1/files?conversation_id={opened['id']}&name=long.txt"
    page = b"All work and no play makes Ada a dull girl.\n"
    largest = (page * (FILE_BYTES // len(page) + 1))[:FILE_BYTES]
    status, file, _ = stack.ask("POST", path, largest, session=ada)
    assert (status, file["size"]) == (201, FILE_BYTES)
    status, refused, headers = stack.ask("POST", path, largest + b"!", session=ada)
    assert status == 413
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-ID"])
    assert refused["error"]["code"]


def test_the_true_address_arrives_whatever_the_browser_says(stack: Stack) -> None:
    wrong = b'{"site": "s0", "token": "no token"}'

    def sign_in(address: str) -> int:
        status, answer, headers = stack.ask("POST", "/v1/sessions", wrong, address=address, headers=FORGED)
        assert headers["X-Request-ID"] not in {FORGED["X-Request-ID"], ""}
        assert answer["error"]["code"]
        return status

    # Each worker counts for itself.
    wait_until(lambda: sign_in("127.0.0.2") == 429 == sign_in("127.0.0.2"), seconds=20, what="it is limited")
    assert sign_in("127.0.0.3") == 401


def test_numbers_are_for_the_box_itself_and_plain_http_is_sent_on(stack: Stack) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", stack.nginx.plain_port, timeout=10)
    plain.request("GET", "/im.js", headers={"Host": "localhost"})
    answer = plain.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, "https://localhost/im.js")
    plain.close()
    secure = http.client.HTTPSConnection(
        "localhost", stack.nginx.port, context=stack.nginx.trust(), timeout=10
    )
    secure.request("GET", "/metrics")
    assert secure.getresponse().status == 404
    secure.close()
