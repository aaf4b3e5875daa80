"""A chat goes on, and every message stands once and in order, while what it runs on dies and comes back."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import gevent
import pytest

from tests.app.member import client_id
from tests.app.served import Pair, Wire, meet, poll_bytes, request_bytes, serving
from tests.property.oracle import Applied, ClientLog, Entry, Oracle, Place
from tests.services import MariaDB, Memcached, wait_until

# The widget's own pause after a failed request, shortened.
PAUSE_SECONDS = 0.05
MESSAGES_EACH = 60
CONVERSATION = "the chat"


@dataclass(slots=True)
class Chatter:
    """One person's client: sends in order, repeats until there is an answer, applies what it polls."""

    pair: Pair
    name: str
    session: str
    cursor: str
    oracle: Oracle
    entries: list[Entry] = field(default_factory=list)
    sent: int = 0
    refusals: set[tuple[int, str]] = field(default_factory=set)

    def send_all(self) -> None:
        """Send every message; each has one id, however often it is repeated."""
        for number in range(MESSAGES_EACH):
            self._send({"client_id": client_id(), "text": f"{self.name} {number}"})
            self.sent += 1
            gevent.sleep(0.02)

    def follow(self) -> None:
        """Poll and apply, for ever."""
        while True:
            answer = self._try(lambda wire: wire.write(poll_bytes(self.session, self.cursor)))
            if answer is None:
                continue
            assert "reset" not in answer, answer
            for event in answer["events"]:
                self._apply(event)

    def shown(self) -> int:
        return sum(1 for entry in self.entries if isinstance(entry, Applied) and entry.place)

    def log(self) -> ClientLog:
        return ClientLog(("site", self.name), self.entries)

    def _send(self, message: dict[str, str]) -> None:
        path = f"/v1/conversations/{self.pair.conversation_id}/messages"
        request = request_bytes("POST", path, {"messages": [message]}, session=self.session)
        answer = None
        while answer is None:
            answer = self._try(lambda wire: wire.write(request))
        (sent,) = answer["messages"]
        self.oracle.acknowledge(Place(("site", CONVERSATION), sent["seq"], message["client_id"]))

    def _try(self, write: Callable[[Wire], None]) -> dict | None:
        """Return the answer to a request, or None when there was none or it was to be repeated."""
        try:
            with Wire(self.pair.server.port) as wire:
                write(wire)
                answer = wire.answer()
        except OSError:
            gevent.sleep(PAUSE_SECONDS)
            return None
        if answer.status == 200:
            return answer.json()
        self.refusals.add((answer.status, answer.json()["error"]["code"]))
        gevent.sleep(PAUSE_SECONDS)
        return None

    def _apply(self, event: dict) -> None:
        useq = int(event["cursor"].partition(".")[0])
        message = event["message"]
        self.entries.append(
            Applied(useq, Place(("site", CONVERSATION), message["seq"], message["client_id"]))
        )
        self.cursor = event["cursor"]


@dataclass(slots=True)
class Chat:
    """Ada and Bob, who type and read at the same time."""

    pair: Pair
    oracle: Oracle
    people: list[Chatter]

    def sent(self) -> int:
        return sum(person.sent for person in self.people)

    def during(self, trouble: Callable[[], None]) -> None:
        """Chat while ``trouble`` happens; return when everything is sent and everybody has it."""
        readers = [gevent.spawn(person.follow) for person in self.people]
        writers = [gevent.spawn(person.send_all) for person in self.people]
        try:
            trouble()
            gevent.joinall(writers, timeout=60, raise_error=True)
            everything = MESSAGES_EACH * len(self.people)
            wait_until(lambda: all(person.shown() >= everything for person in self.people), seconds=30)
        finally:
            gevent.killall([*readers, *writers])

    def assert_whole(self) -> None:
        """No message was lost, doubled, out of order, skipped or told to a stranger."""
        verdict = self.oracle.judge({person.name: person.log() for person in self.people})
        assert not verdict.letters, str(verdict)

    def refusals(self) -> set[tuple[int, str]]:
        return set().union(*(person.refusals for person in self.people))


def start_chat(pair: Pair) -> Chat:
    oracle = Oracle(members={("site", CONVERSATION): frozenset({("site", "ada"), ("site", "bob")})})
    cursors = {name: pair.server.state(session)["cursor"] for name, session in sessions(pair).items()}
    people = [Chatter(pair, name, session, cursors[name], oracle) for name, session in sessions(pair).items()]
    return Chat(pair, oracle, people)


def sessions(pair: Pair) -> dict[str, str]:
    return {"ada": pair.ada, "bob": pair.bob}


@pytest.fixture
def chat(make_database: Callable[[], str], memcached: Memcached) -> Iterator[Chat]:
    """Two workers on the real engines."""
    with serving(
        store_url=make_database(), cache_url=memcached.url, server_workers=2, delivery_sweep_seconds=1
    ) as server:
        yield start_chat(meet(server))


@pytest.mark.limit(seconds=120)
def test_memcached_dies_and_comes_back(chat: Chat, memcached: Memcached) -> None:
    def trouble() -> None:
        wait_until(lambda: chat.sent() > 10)
        memcached.kill()
        wait_until(lambda: chat.sent() > 60)
        memcached.start()

    chat.during(trouble)
    chat.assert_whole()
    assert chat.refusals() == set()


@pytest.mark.limit(seconds=120)
def test_the_database_is_restarted(chat: Chat, mariadb: MariaDB) -> None:
    def trouble() -> None:
        wait_until(lambda: chat.sent() > 10)
        mariadb.stop()
        wait_until(lambda: any(status == 503 for status, _ in chat.refusals()))
        mariadb.start()

    chat.during(trouble)
    chat.assert_whole()
    assert chat.refusals() <= {(503, "unavailable"), (503, "outcome_unknown")}


@pytest.mark.limit(seconds=120)
def test_both_are_killed_at_once(chat: Chat, mariadb: MariaDB, memcached: Memcached) -> None:
    def trouble() -> None:
        wait_until(lambda: chat.sent() > 10)
        memcached.kill()
        mariadb.kill()
        wait_until(lambda: any(status == 503 for status, _ in chat.refusals()))
        mariadb.start()
        wait_until(lambda: chat.sent() > 60, seconds=30)
        memcached.start()

    chat.during(trouble)
    chat.assert_whole()
    assert chat.refusals() <= {(503, "unavailable"), (503, "outcome_unknown")}


@pytest.mark.limit(seconds=120)
def test_workers_are_killed_one_after_the_other(chat: Chat) -> None:
    def trouble() -> None:
        for count in (20, 50, 80):
            wait_until(lambda count=count: chat.sent() > count, seconds=30)
            os.kill(chat.pair.server.workers()[0], signal.SIGKILL)

    chat.during(trouble)
    chat.assert_whole()
    assert chat.refusals() <= {(409, "replaced")}


@pytest.mark.limit(seconds=120)
def test_the_server_is_reloaded(chat: Chat) -> None:
    def trouble() -> None:
        assert chat.pair.server.process is not None
        for count in (20, 60):
            wait_until(lambda count=count: chat.sent() > count, seconds=30)
            chat.pair.server.process.send_signal(signal.SIGHUP)

    chat.during(trouble)
    chat.assert_whole()
    assert chat.refusals() <= {(409, "replaced")}


@pytest.mark.limit(seconds=120)
def test_the_workers_die_while_the_database_is_away(chat: Chat, mariadb: MariaDB) -> None:
    def trouble() -> None:
        wait_until(lambda: chat.sent() > 10)
        mariadb.stop()
        for pid in chat.pair.server.workers():
            os.kill(pid, signal.SIGKILL)
        wait_until(chat.pair.server.is_ready, seconds=30)
        wait_until(lambda: any(status == 503 for status, _ in chat.refusals()), seconds=30)
        mariadb.start()

    chat.during(trouble)
    chat.assert_whole()
    assert chat.refusals() <= {(503, "unavailable"), (503, "outcome_unknown"), (409, "replaced")}
