"""A17: visitors who claim to come from elsewhere. The limit of sign-ins tells who is believed to ask."""

import contextlib
import random
import socket

from tests.app.served import Server, request_bytes
from tests.attacks.answers import read_answers
from tests.attacks.attack import Attack, Report, watched

LIMIT = 3
TRIES = 5
PROXY = "127.0.0.9"
REFUSED = 404
NAMES = (
    "X-Forwarded-For",
    "X-Real-IP",
    "x-real-ip",
    "X_Real_IP",
    "X_Forwarded_For",
    "Forwarded",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Original-Forwarded-For",
    "X-Remote-Addr",
    "Remote-Addr",
    "Client-IP",
    "Via",
)


class Addresses(Attack):
    """Each visitor has an address of its own of the loopback net, and signs in badly, once too often."""

    attack_id, title = "A17", "forged X-Forwarded-For, X-Real-IP, Forwarded and their kin"
    full, short = 10_000, 120

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        chance = random.Random(seed)
        limits = {"limits_sign_ins_per_minute": LIMIT, "server_trusted_proxies": PROXY}
        with watched(report, secrets=set(), **limits) as server:
            for number in range(count // TRIES):
                peer = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
                self._claim(report, server, chance, peer)
            self._ask_through_the_proxy(report, server)

    def _claim(self, report: Report, server: Server, chance: random.Random, peer: str) -> None:
        """A visitor says something else each time, and is limited all the same."""
        statuses = []
        for _ in range(TRIES):
            report.tried += 1
            lines = "".join(f"{name}: {_address(chance)}\r\n" for name in chance.sample(NAMES, 3))
            statuses.append(sign_in(server, peer, lines))
        expected = [REFUSED] * LIMIT + [429] * (TRIES - LIMIT)
        report.expect(statuses == expected, "believed", f"{statuses} {lines!r}")

    def _ask_through_the_proxy(self, report: Report, server: Server) -> None:
        """The proxy is believed in one header, of one value; whatever else there is, is the visitor's own."""
        for number in range(LIMIT + 1):
            status = sign_in(
                server, PROXY, f"X-Real-IP: 203.0.113.{number}\r\nX-Forwarded-For: 198.51.100.1\r\n"
            )
            report.expect(status == REFUSED, "the proxy is not believed", status)
        lines = "X-Real-IP: 203.0.113.77\r\nX-Forwarded-For: {}\r\nForwarded: for={}\r\nX_Real_IP: {}\r\n"
        statuses = [sign_in(server, PROXY, lines.replace("{}", f"198.51.100.{n}")) for n in range(TRIES)]
        report.expect(statuses == [REFUSED] * LIMIT + [429] * 2, "a visitor's word for the proxy's", statuses)
        twice = [f"X-Real-IP: 192.0.2.{n}\r\nX-Real-IP: 203.0.113.88\r\n" for n in range(TRIES)]
        no_address = [
            f"X-Real-IP: {word}\r\n" for word in ("unknown", "a, b", "1.2.3", "%", "203.0.113.1:80")
        ]
        statuses = [sign_in(server, PROXY, line) for line in (*twice, *no_address)]
        expected = [REFUSED] * LIMIT + [429] * (len(statuses) - LIMIT)
        report.expect(statuses == expected, "what is no address is taken for one", statuses)


def _address(chance: random.Random) -> str:
    number = chance.randrange(2**32)
    plain = socket.inet_ntoa(number.to_bytes(4))
    shapes = (
        plain,
        f"{plain}, 127.0.0.1",
        f"127.0.0.1, {plain}",
        f"for={plain};proto=https",
        f"[2001:db8::{number % 65_536:x}]",
    )
    return chance.choice(shapes)


def sign_in(server: Server, peer: str, lines: str) -> int:
    """Sign in, at a site that is not there, from ``peer``; return the status."""
    data = request_bytes("POST", "/v1/sessions", {"site": "absent", "token": "a.b.c"})
    data = data.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + lines.encode())
    with contextlib.closing(
        socket.create_connection(("127.0.0.1", server.port), timeout=15, source_address=(peer, 0))
    ) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        told = b""
        while piece := wire.recv(65_536):
            told += piece
    return read_answers(told)[0].status
