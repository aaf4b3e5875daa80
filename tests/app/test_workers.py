"""Two workers: a person is online as long as any living worker holds a connection of theirs."""

import contextlib
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask

from imserver.store import Store
from tests.app.member import Host, Json
from tests.app.served import Server, Wire, poll_bytes, request_bytes, serving
from tests.app.tables import count_leases
from tests.services import OPEN, wait_until

QUICK = {
    "server_workers": 2,
    "presence_offline_seconds": 1,
    "presence_change_seconds": 0,
    "presence_batch_seconds": 0.05,
    "presence_beat_seconds": 0.1,
}


@dataclass(slots=True)
class Box:
    """ada watches bob and eve on the second worker; eve is there, too."""

    server: Server
    store: Store
    store_url: str
    host: Host
    stack: contextlib.ExitStack
    first: int
    second: int
    mark: str = ""
    watching: Wire | None = None
    sessions: dict[str, str] = field(default_factory=dict)
    waiting: Wire | None = None
    known: dict[str, str] = field(default_factory=dict)

    def connect(self, user_id: str, pid: int) -> Wire:
        """Let a new session of the person's wait on this worker, and return once the lease is written."""
        session = self.server.sign_in(self.host, user_id)
        before = count_leases(self.store_url, user_id)
        wire = self.stack.enter_context(self.server.connect_to(pid))
        wire.write(poll_bytes(session, self.server.state(session)["cursor"]))
        wait_until(lambda: count_leases(self.store_url, user_id) > before, what=f"{user_id} is leased")
        self.sessions[user_id] = session
        return wire

    def watch(self) -> None:
        """Let ada's poll wait for changes from now on; what is true already is taken out first."""
        self.watching = self.stack.enter_context(self.server.connect_to(self.second))
        everybody = {"watch": ["bob", "eve"]}
        cursor = self.server.state(self.sessions["ada"])["cursor"]
        wait_until(lambda: self._is_settled(cursor))
        self.watching.write(poll_bytes(self.sessions["ada"], cursor, presence=self.mark, **everybody))

    def told(self) -> list[tuple[str, str]]:
        """Return what ada is told next that she did not know; a hint may come behind what it hints at."""
        assert self.watching is not None
        while True:
            answer = self.watching.answer().json()
            self.mark = answer["presence"]
            poll = poll_bytes(
                self.sessions["ada"], answer["cursor"], presence=self.mark, watch=["bob", "eve"]
            )
            self.watching.write(poll)
            news = [(user, told) for user, told in changes_of(answer) if self.known.get(user) != told]
            self.known.update(news)
            if news:
                return news

    def told_of_eve_next(self, presence: str) -> bool:
        """Let eve change; tell whether that is the next thing, and the only one, that ada is told."""
        with self.server.connect_to(self.second) as wire:
            wire.write(
                request_bytes("PUT", "/v1/presence", {"presence": presence}, session=self.sessions["eve"])
            )
            assert wire.answer().status == 200
        assert self.waiting is not None
        # Her own poll is told of her choice; it comes back before she is missed.
        cursor = self.waiting.answer().json()["cursor"]
        self.waiting.write(poll_bytes(self.sessions["eve"], cursor))
        return self.told() == [("eve", presence)]

    def workers_known(self) -> set[int]:
        """Return the process ids of the workers that nobody has buried."""
        return {int(name.partition("-")[0]) for name in self.store.presence.load_beats()}

    def _is_settled(self, cursor: str) -> bool:
        """Take what changed since the last time; tell whether that was nothing, and both are online."""
        assert self.watching is not None
        body = {"watch": ["bob", "eve"], "presence": self.mark, "wait": False}
        self.watching.write(poll_bytes(self.sessions["ada"], cursor, **body))
        answer = self.watching.answer().json()
        self.mark = answer["presence"]
        return not changes_of(answer) and self._sees_online(cursor)

    def _sees_online(self, cursor: str) -> bool:
        assert self.watching is not None
        self.watching.write(poll_bytes(self.sessions["ada"], cursor, watch=["bob", "eve"], wait=False))
        self.known = dict(changes_of(self.watching.answer().json()))
        return self.known == {"bob": "online", "eve": "online"}


def changes_of(answer: Json) -> list[tuple[str, str]]:
    return [
        (change["user_id"], change["presence"])
        for event in answer["events"]
        for change in event.get("changes", ())
    ]


@pytest.fixture
def open_box(make_database: Callable[[], str]) -> Iterator[Callable[..., Box]]:
    """Give a function that starts a box of two workers and lets eve and ada be on the second."""
    with contextlib.ExitStack() as stack:

        def open_box(**settings: object) -> Box:
            url = make_database()
            server = stack.enter_context(serving(store_url=url, **(QUICK | settings)))
            store = server.open_store()
            stack.callback(store.close)
            host = Host(
                Flask("not used"),
                store.sites.insert_site(name="A community", origins=(), rules=OPEN),
            )
            wait_until(lambda: len(server.workers()) == 2)
            box = Box(server, store, url, host, stack, *server.workers())
            wait_until(lambda: box.workers_known() >= {box.first, box.second})
            box.sessions["ada"] = server.sign_in(host, "ada")
            box.waiting = box.connect("eve", box.second)
            return box

        yield open_box


@pytest.mark.limit(seconds=90)
def test_who_is_on_two_workers_stays_online_when_one_is_killed(open_box: Callable[..., Box]) -> None:
    box = open_box(presence_dead_seconds=1)
    box.connect("bob", box.first)
    box.connect("bob", box.second)
    box.watch()
    os.kill(box.first, signal.SIGKILL)
    wait_until(lambda: box.first not in box.workers_known(), what="the dead worker is buried")
    wait_until(lambda: count_leases(box.store_url, "bob") == 1, what="its lease is gone")
    assert box.told_of_eve_next("away")


@pytest.mark.limit(seconds=90)
def test_who_was_on_a_killed_worker_only_goes_offline(open_box: Callable[..., Box]) -> None:
    box = open_box(presence_dead_seconds=1)
    box.connect("bob", box.first)
    box.watch()
    os.kill(box.first, signal.SIGKILL)
    assert box.told() == [("bob", "offline")]


@pytest.mark.limit(seconds=90)
def test_moving_from_one_worker_to_another_is_no_change(open_box: Callable[..., Box]) -> None:
    box = open_box(presence_dead_seconds=30, presence_offline_seconds=5)
    old = box.connect("bob", box.first)
    box.watch()
    box.connect("bob", box.second)
    old.__exit__()
    wait_until(lambda: count_leases(box.store_url, "bob") == 1, what="the old lease is gone")
    assert box.told_of_eve_next("dnd")


@pytest.mark.limit(seconds=90)
def test_nobody_goes_offline_while_a_worker_stands_still_for_less_than_its_limit(
    open_box: Callable[..., Box],
) -> None:
    box = open_box(presence_dead_seconds=30, presence_offline_seconds=5)
    box.connect("bob", box.first)
    box.watch()
    os.kill(box.first, signal.SIGSTOP)
    try:
        assert all(box.told_of_eve_next(presence) for presence in ("away", "dnd", "online") * 3)
    finally:
        os.kill(box.first, signal.SIGCONT)
    assert box.told_of_eve_next("away")


@pytest.mark.limit(seconds=90)
def test_a_worker_that_stood_still_for_too_long_takes_its_people_back(open_box: Callable[..., Box]) -> None:
    box = open_box(presence_dead_seconds=1)
    box.connect("bob", box.first)
    box.watch()
    os.kill(box.first, signal.SIGSTOP)
    try:
        assert box.told() == [("bob", "offline")]
    finally:
        os.kill(box.first, signal.SIGCONT)
    assert box.told() == [("bob", "online")]


def test_any_worker_tells_the_numbers_of_all_even_of_one_that_was_killed() -> None:
    name = 'errors_total{status="401"}'
    with serving(server_workers=2) as server:
        server.wait_for_two()
        first, second = server.workers()
        with server.connect_to(first) as one, server.connect_to(second) as other:
            for wire in (one, other, other):
                assert wire.ask("GET", "/v1/state").status == 401
            # A worker says what it has counted once a second.
            wait_until(lambda: _told(one, name) == _told(other, name) == 3)
            assert _told(other, "workers") == 2
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: first not in server.workers())
            assert _told(other, name) == 3
        wait_until(lambda: server.metric("workers") == 2, seconds=30, what="its successor is there")
        assert server.metric(name) == 3


def _told(wire: Wire, name: str) -> float:
    """Return a number that one worker tells; 0 if it has heard of none."""
    found = re.search(rf"^imserver_{re.escape(name)} (\S+)$", wire.ask("GET", "/metrics").body.decode(), re.M)
    return float(found[1]) if found else 0.0
