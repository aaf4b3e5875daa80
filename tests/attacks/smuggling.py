"""A4: malformed HTTP. Both ways through the server read the same; a socket that is taken over stays taken."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gevent.pool import Pool

from tests.app.served import Pair, Server, meet, poll_bytes, request_bytes
from tests.attacks.answers import Broken, Said, Talk, ask, read_answers
from tests.attacks.attack import Attack, Report, watched
from tests.attacks.malformed import START, TEXT, Malformed, Mill

SLOTS = 4
REFUSED = {400, 408, 413, 414, 417, 431, 501}
POLL_SECONDS = 1.0
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
DETOUR = b"TE: trailers\r\n"


def mill(server: Server, seed: object, secrets: set[str]) -> Mill:
    """Return a mill whose poller is told of nothing that its sender sends."""
    senders, pollers = meet(server), meet(server)
    secrets |= {senders.ada, pollers.bob, TEXT}
    return Mill(
        random.Random(str(seed)),
        poller=pollers.bob,
        sender=senders.ada,
        conversation_id=senders.conversation_id,
    )


class Smuggling(Attack):
    """Each goes to a server with its quick path and to one without; SQLite between them."""

    attack_id, title = "A4", "malformed HTTP requests, over the quick path and without it"
    full, short = 100_000, 240

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        settings = {"server_head_seconds": 1, "server_keepalive_seconds": 5, "limits_changes_per_minute": 0}
        with watched(report, secrets=secrets, log_requests="off", **settings) as quick:
            store = f"sqlite:///{quick.folder / 'im.db'}"
            with watched(report, secrets=secrets, store_url=store, **settings) as slow:
                mills = [mill(quick, f"{seed} {slot}", secrets) for slot in range(SLOTS)]
                pool = Pool(SLOTS)
                for each in mills:
                    pool.spawn(self._grind, report, each, (quick, slow), count // SLOTS)
                pool.join(raise_error=True)
                for server in (quick, slow):
                    report.expect(server.is_ready(), "the server does not answer any more")

    def _grind(self, report: Report, source: Mill, servers: tuple[Server, Server], count: int) -> None:
        for malformed, _ in zip(source, range(count), strict=False):
            report.tried += 1
            try:
                told = [read_answers(ask(server.port, malformed.data)) for server in servers]
            except Broken as error:
                report.complain(f"{malformed.family}: no answer but bytes", f"{error} to {malformed.data!r}")
            except TimeoutError:
                report.complain(f"{malformed.family}: hangs", malformed.data)
            else:
                self._judge(report, malformed, *told)

    def _judge(self, report: Report, malformed: Malformed, quick: list[Said], slow: list[Said]) -> None:
        family, data = malformed.family, malformed.data
        first, second = (acted_upon(answers) for answers in (quick, slow))
        report.expect(first == second, f"{family}: read in two ways", f"{first} {second} {data!r}")
        statuses = [answer.status for answer in quick]
        report.expect(
            not {500, 502, 503} & set(statuses), f"{family}: an error of ours", f"{statuses} {data!r}"
        )
        if malformed.is_doubtful:
            is_refused = len(statuses) <= 1 and REFUSED.issuperset(statuses)
            report.expect(is_refused, f"{family}: acted upon", f"{statuses} {data!r}")
            # A body that is too long to be taken is announced as such; the connection ends without a word.
            stays = [answer.status for answer in quick if not answer.closes and answer.status != 413]
            report.expect(not stays, f"{family}: stays open", repr(data))


def acted_upon(answers: list[Said]) -> list[Any]:
    """Return what the answers mean. Half a request at the end may be refused, or met with silence."""
    last_is_refusal = bool(answers) and answers[-1].status in REFUSED
    return [answer.meaning() for answer in (answers[:-1] if last_is_refusal else answers)]


@dataclass(frozen=True, slots=True)
class Opening:
    """A request that takes its socket over, and what its answer begins with."""

    kind: str
    data: bytes
    begins: bytes


def openings(pair: Pair, ticket: str) -> Iterator[Opening]:
    """Yield every way to take a socket over: on the quick path, and where there is one, through gunicorn."""
    poll = poll_bytes(pair.bob, START)
    stream = request_bytes("POST", "/v1/stream", {"token": pair.bob, "cursor": START})
    for kind, data in (("poll", poll), ("stream", stream)):
        yield Opening(kind, data, b"HTTP/1.1 200 OK")
        detoured = data.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + DETOUR)
        yield Opening(kind, detoured, b"HTTP/1.1 200 OK")
    yield Opening("stream", request_bytes("GET", f"/v1/stream?ticket={ticket}"), b"HTTP/1.1 200 OK")
    upgrade = request_bytes("GET", "/v1/socket").replace(b"\r\n\r\n", b"\r\n" + UPGRADE.encode() + b"\r\n")
    yield Opening("socket", upgrade, b"HTTP/1.1 101")


class TakenOver(Attack):
    """Something follows a request whose socket was taken over, in the same piece or in one of its own."""

    attack_id, title = "A4b", "requests behind a parked poll, an event stream, an upgrade"
    full, short = 6_000, 24
    at_once = 24

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        settings: dict[str, Any] = {"log_requests": "off", "delivery_hello_seconds": 1}
        settings["limits_changes_per_minute"] = 0
        settings |= dict.fromkeys(("delivery_poll_min_seconds", "delivery_poll_max_seconds"), POLL_SECONDS)
        with watched(report, secrets=secrets, **settings) as server:
            at_once = min(self.at_once, count // 3)
            pool = Pool(at_once)
            for slot in range(at_once):
                pool.spawn(self._take_over, report, server, f"{seed} {slot}", count // at_once, secrets)
            pool.join(raise_error=True)

    def _take_over(self, report: Report, server: Server, seed: str, count: int, secrets: set[str]) -> None:
        chance, source = random.Random(seed), mill(server, seed, secrets)
        pair = meet(server)
        secrets |= {pair.ada, pair.bob}
        for malformed, _ in zip(source, range(count), strict=False):
            report.tried += 1
            with Talk(server.port) as talk:
                talk.say(request_bytes("POST", "/v1/tickets", session=pair.bob))
                ticket = read_answers(talk.finish())[0].body.decode().split('"')[3]
            secrets.add(ticket)
            opening = chance.choice(list(openings(pair, ticket)))
            try:
                self._follow(report, server, opening, malformed.data, in_one_piece=chance.random() < 0.5)
            except Broken as error:
                report.complain(
                    f"{opening.kind}: bytes of no answer", f"{error} {opening.data + malformed.data!r}"
                )
            except TimeoutError:
                report.complain(f"{opening.kind}: hangs", malformed.data)

    def _follow(
        self, report: Report, server: Server, opening: Opening, tail: bytes, *, in_one_piece: bool
    ) -> None:
        with Talk(server.port) as talk:
            talk.say(opening.data + (tail if in_one_piece else b""))
            if not in_one_piece:
                # A poll says nothing before its answer; what comes now lies behind it.
                _ = opening.kind == "poll" or talk.hear_until(b"\r\n\r\n")
                talk.say(tail)
            talk.hear_until(b"\r\n\r\n")
            heard = talk.finish()
        if opening.kind == "poll":
            self._judge_poll(report, server, heard, tail)
        elif heard.startswith(opening.begins):
            again = heard.count(b"HTTP/1.") - 1
            report.expect(not again, f"{opening.kind}: a second answer", f"{heard!r} to {tail!r}")
        else:
            first = read_answers(heard)[0]
            report.expect(first.status == 400, f"{opening.kind}: a strange answer", f"{heard!r}")

    def _judge_poll(self, report: Report, server: Server, heard: bytes, tail: bytes) -> None:
        """A poll's answer comes first, and then what the rest alone is answered with.

        Half a request at its end is refused behind another one, and alone met with silence.
        """
        first, *others = read_answers(heard)
        report.expect(first.status == 200 and b'"events":[]' in first.body, "poll: another answer", heard)
        expected = [] if first.closes else acted_upon(read_answers(ask(server.port, tail)))
        told = acted_upon(others)
        report.expect(told == expected, "poll: something else behind it", f"{told} {expected} {tail!r}")
