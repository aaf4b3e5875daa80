"""A12: a hundred show the same ticket, or the same token with a jti, at once, on two workers. One gets in."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator

from flask import Flask
from gevent.pool import Pool

from tests.app.member import Host
from tests.app.served import Server, request_bytes
from tests.attacks.answers import Talk, ask, read_answers
from tests.attacks.attack import Attack, Report, error_code, watched
from tests.services import OPEN, MariaDB, make_folder

AT_ONCE = 100
Outcome = tuple[int, str]


class Replays(Attack):
    """Over MariaDB when it is run as a program; the tests have SQLite here, and both under tests/store."""

    attack_id, title = "A12", "the same ticket or token, 100 times at once on two workers"
    full, short = 4_000, 200

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        secrets: set[str] = set()
        with contextlib.ExitStack() as stack:
            settings = stack.enter_context(database(is_wanted=count > self.short))
            server = stack.enter_context(watched(report, secrets=secrets, server_workers=2, **settings))
            server.wait_for_two()
            host = new_host(server)
            for number in range(count // AT_ONCE):
                report.tried += AT_ONCE
                if number % 2:
                    secrets |= self._tokens(report, server, host, f"once {number}")
                else:
                    secrets |= self._tickets(report, server, host)
            self._token_without_id(report, server, host)

    def _tickets(self, report: Report, server: Server, host: Host) -> set[str]:
        session = server.sign_in(host, "ada")
        told = ask(server.port, request_bytes("POST", "/v1/tickets", session=session))
        ticket = str(json.loads(read_answers(told)[0].body)["ticket"])
        outcomes = at_once(server, request_bytes("GET", f"/v1/stream?ticket={ticket}"), AT_ONCE)
        expected = {(200, ""): 1, (401, "unauthenticated"): AT_ONCE - 1}
        report.expect(outcomes == expected, "ticket: not exactly one", outcomes)
        return {session, ticket}

    def _tokens(self, report: Report, server: Server, host: Host, jti: str) -> set[str]:
        token = host.sign("ada", jti=jti)
        outcomes = at_once(server, _sign_in(host, token), AT_ONCE)
        expected = {(201, ""): 1, (401, "token_used"): AT_ONCE - 1}
        report.expect(outcomes == expected, "token: not exactly one", outcomes)
        return {token}

    def _token_without_id(self, report: Report, server: Server, host: Host) -> None:
        """One without a jti is good until it expires: a page out of a browser's history shows it again."""
        outcomes = at_once(server, _sign_in(host, host.sign("ada")), 10)
        report.expect(outcomes == {(201, ""): 10}, "token without jti: refused", outcomes)


def _sign_in(host: Host, token: str) -> bytes:
    return request_bytes("POST", "/v1/sessions", {"site": host.site.site_id, "token": token})


def at_once(server: Server, request: bytes, count: int) -> Counter[Outcome]:
    """Connect ``count`` times, say the same on all, and return how often each was answered."""
    talks = [Talk(server.port) for _ in range(count)]
    for talk in talks:
        talk.say(request)
    return Counter(Pool(count).imap_unordered(_outcome, talks))


def _outcome(talk: Talk) -> Outcome:
    with talk:
        talk.hear_until(b"\r\n\r\n")
        answer = read_answers(talk.finish())[0]
    return answer.status, error_code(answer.body)


def new_host(server: Server) -> Host:
    """Return the host of a new site."""
    with contextlib.closing(server.open_store()) as store:
        site = store.sites.insert_site(name="A community", origins=(), rules=OPEN)
    return Host(Flask("not used"), site)


@contextlib.contextmanager
def database(*, is_wanted: bool) -> Iterator[dict[str, str]]:
    """Run a private MariaDB, if it is wanted; give the settings of a server that uses it."""
    if not is_wanted:
        yield {}
        return
    mariadb = MariaDB(make_folder())
    mariadb.start()
    try:
        yield {"store_url": mariadb.create_database()}
    finally:
        mariadb.stop()
