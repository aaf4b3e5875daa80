"""A worker that is killed between a commit and the delivery loses no event, on either database."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from gevent.event import Event

from tests.app.member import Host, client_id
from tests.app.receiver import Received, Receiver, receiving
from tests.app.served import Server, Wire
from tests.services import OPEN, wait_until

SENT = 7


@dataclass(slots=True)
class Held:
    """A site whose webhook takes nothing before it is let go."""

    server: Server
    host: Host
    receiver: Receiver
    let_go: Event


@pytest.fixture(params=["sqlite", "mysql"])
def held(request: pytest.FixtureRequest) -> Iterator[Held]:
    """Give a server that was started when its site had a webhook already."""
    settings = {"IM_OUTGOING_ALLOW_PRIVATE": "true"}
    if request.param == "mysql":
        settings["IM_STORE_URL"] = str(request.getfixturevalue("mariadb_url"))
    server, let_go = Server(settings), Event()
    with receiving() as receiver:
        receiver.answer = lambda received: (let_go.wait(), (200, {}, b""))[1]
        store = server.open_store()
        store.migrate()
        site = store.sites.insert_site(name="Club", origins=(), rules=OPEN)
        store.webhooks.insert(site.site_id, url=receiver.url, events=["message.created"])
        store.close()
        server.start()
        try:
            yield Held(server, Host(Flask("not used"), site), receiver, let_go)
        finally:
            let_go.set()
            server.stop()


def _seqs(received: list[Received]) -> set[int]:
    return {event["data"]["seq"] for each in received for event in each.json()["events"]}


def test_a_killed_worker_loses_no_event(held: Held) -> None:
    server = held.server
    ada, _ = (server.sign_in(held.host, name) for name in ("ada", "bob"))
    with Wire(server.port) as wire:
        talk = wire.ask("POST", "/v1/conversations", {"user_id": "bob"}, session=ada).json()["id"]
        for number in range(SENT):
            body = {"messages": [{"client_id": client_id(), "text": str(number)}]}
            path = f"/v1/conversations/{talk}/messages"
            assert wire.ask("POST", path, body, session=ada).status == 200
        killed = server.workers()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
    before = len(held.receiver.received)
    held.let_go.set()
    wait_until(
        lambda: _seqs(held.receiver.received[before:]) == set(range(1, SENT + 1)),
        seconds=40.0,
        what="all events",
    )
    assert not set(server.workers()) & set(killed)
    # Whatever came twice came under the same id.
    by_id: dict[str, int] = {}
    for event in held.receiver.events():
        assert by_id.setdefault(event["id"], event["data"]["seq"]) == event["data"]["seq"]
    assert len(by_id) == SENT
