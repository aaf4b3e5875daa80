"""Webhooks: what is sent, how it is signed, in which order, again and again until it is taken."""

from typing import Any

import gevent
import pytest
from flask import Flask
from gevent.event import Event

from imserver.services.courier import FAILING_MS, Courier
from imserver.services.webhook_posts import WebhookPosts
from imserver.settings import OutgoingSettings
from imserver.store import Store
from imserver.store.database import Transaction
from tests.app.conftest import MakeApp
from tests.app.member import engine_of, outcome
from tests.app.receiver import Received, Receiver
from tests.app.site_server import SiteServer, new_server, open_app, receiver, server
from tests.services import free_port

__all__ = ["open_app", "receiver", "server"]

MESSAGES = ["message.created", "message.changed"]


class Bringing:
    """A courier of our own, whose clock we hold."""

    def __init__(self, server: SiteServer, receiver: Receiver, events: list[str]) -> None:
        self.passed_ms = 0
        self.server = server
        self._engine = engine_of(server.app)
        store = self._engine.store
        made = server.ask("POST", "/webhooks", {"url": receiver.url, "events": events})
        self.id, self.secret = made["id"], made["secret"]
        now = store._now_ms
        outgoing = self._engine.site_side.outgoing
        posts = WebhookPosts(store, outgoing, timeout_seconds=5.0, now_ms=now)
        self.courier = Courier(
            store, posts, worker_id="tests", now_ms=lambda: now() + self.passed_ms, jitter=lambda: 1.0
        )

    def work(self) -> int:
        """Number what there is and bring it to this webhook; return how many events were taken."""
        seize_turn(self._engine.store)
        self._engine.store.webhook_queue.number_events("tests")
        return self.courier.serve((self.server.host.site.site_id, self.id))

    def state(self) -> Any:
        found = self.server.ask("GET", "/webhooks")["data"]
        return next(each for each in found if each["id"] == self.id)

    def posts(self) -> list[Any]:
        return list(self.server.ask("GET", f"/webhooks/{self.id}/posts")["data"])


def seize_turn(store: Store) -> None:
    """Take the turn from whatever other application has it: the tests share a database."""

    def seize(tx: Transaction) -> None:
        turn = {"name": "webhooks", "holder": "tests", "until_ms": store._now_ms() + 20_000}
        tx.run("take_turn" if tx.rows("find_turn", name="webhooks") else "insert_turn", **turn)

    store.database.write(seize)


def test_events_arrive_signed_in_order_and_once(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    ada, bob = server.host.visit("ada"), server.host.visit("bob")
    talk = ada.open("bob")
    ada.send(talk, "one", "two")
    bob.send(talk, "three")
    ada.ask("PATCH", f"/v1/conversations/{talk}/messages/2", {"text": "2"})
    assert bringing.work() == 4
    assert bringing.work() == 0
    (request,) = receiver.received
    assert (request.method, request.path) == ("POST", "/in")
    assert request.is_signed(bringing.secret)
    assert not request.is_signed("whs_another")
    assert not request.is_signed(bringing.secret, request.body.replace(b"three", b"four!") + b" ")
    body = request.json()
    assert (body["site_id"], body["webhook_id"]) == (server.host.site.site_id, bringing.id)
    assert [(each["type"], each["data"]["seq"]) for each in body["events"]] == [
        ("message.created", 1),
        ("message.created", 2),
        ("message.changed", 2),
        ("message.created", 3),
    ]
    assert len({each["id"] for each in body["events"]}) == 4


def test_what_members_say_to_each_other_is_not_in_it(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    ada = server.host.visit("ada")
    server.host.visit("bob")
    ada.send(ada.open("bob"), "between us")
    group = ada.ask("POST", "/v1/conversations", {"kind": "group", "name": "Ours", "user_ids": []})["id"]
    ada.send(group, "among us")
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
    ada.send(room, "to everybody")
    server.ask("PUT", "/bots/helper", {"name": "Helper"})
    ada.send(ada.open("helper"), "to the helper")
    bringing.work()
    said = [event["data"].get("text") for event in receiver.events()]
    assert sorted(filter(None, said)) == ["to everybody", "to the helper"]
    assert len(said) == 4
    for request in receiver.received:
        assert b"between us" not in request.body
        assert b"among us" not in request.body


def test_words_that_are_taken_back_are_gone_before_they_are_sent(
    server: SiteServer, receiver: Receiver
) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    ada = server.host.visit("ada")
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
    (sent,) = ada.send(room, "what I should not have said")
    ada.ask("DELETE", f"/v1/conversations/{room}/messages/{sent['seq']}")
    bringing.work()
    assert b"should not" not in receiver.received[0].body
    assert [(e["type"], e["data"].get("deleted")) for e in receiver.events()] == [
        ("message.created", True),
        ("message.changed", True),
    ]


def test_only_what_was_asked_for_is_sent_and_the_rest_is_passed_over(
    server: SiteServer, receiver: Receiver
) -> None:
    bringing = Bringing(server, receiver, ["user.created", "report.created"])
    ada = server.host.visit("ada")
    server.host.visit("bob", name="Bob")
    ada.send(ada.open("bob"), "hello")
    report = ada.call("POST", "/v1/reports", {"user_id": "bob", "reason": "spam"}).json["id"]
    assert bringing.work() == 3
    by_type: dict[str, list[Any]] = {}
    for event in receiver.events():
        by_type.setdefault(event["type"], []).append(event["data"])
    assert sorted(each["user_id"] for each in by_type["user.created"]) == ["ada", "bob"]
    (told,) = by_type["report.created"]
    assert (told["report_id"], told["reporter_id"], told["user_id"]) == (report, "ada", "bob")
    assert set(by_type) == {"user.created", "report.created"}


def _speak(server: SiteServer, *texts: str) -> None:
    ada = server.host.visit("ada")
    server.host.visit("bob")
    for text in texts:
        ada.send(ada.open("bob"), text)


def test_what_is_not_taken_comes_again_under_the_same_ids(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    receiver.always(500)
    _speak(server, "one")
    assert bringing.work() == 0
    state = bringing.state()
    assert (state["enabled"], state["tries"]) == (True, 1)
    assert state["due_at"] - state["failing_since"] == 5_000
    _speak(server, "two")
    receiver.always(200)
    assert bringing.work() == 2
    first, second = receiver.received
    assert [event["id"] for event in first.json()["events"]] == [second.json()["events"][0]["id"]]
    assert [event["data"]["seq"] for event in second.json()["events"]] == [1, 2]
    assert (bringing.state()["tries"], bringing.state()["failing_since"]) == (0, 0)
    posts = bringing.posts()
    assert [(post["kind"], post["status"], post["events"]) for post in posts] == [
        ("events", 200, 2),
        ("events", 500, 1),
    ]
    assert "500" in posts[1]["error"]
    # None of what was said is kept where the requests are.
    assert "one" not in str(posts)


def test_the_waits_grow_and_after_three_days_it_is_switched_off(
    server: SiteServer, receiver: Receiver
) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    receiver.always(503)
    _speak(server, "one")
    waits = []
    while bringing.state()["enabled"]:
        bringing.work()
        state = bringing.state()
        if state["enabled"]:
            now = engine_of(server.app).store._now_ms() + bringing.passed_ms
            waits.append(round((state["due_at"] - now) / 1000))
            bringing.passed_ms = bringing.passed_ms + state["due_at"] - now
    assert waits[:4] == pytest.approx([5, 10, 20, 40], abs=2)
    assert max(waits) <= 3_600
    assert bringing.passed_ms >= FAILING_MS - 3_600_000
    state = bringing.state()
    assert "taken nothing since" in state["reason"]
    assert "503" in state["reason"]
    # Its owner mends the server and switches it on again: nothing was lost.
    receiver.received.clear()
    receiver.always(204)
    server.ask("PATCH", f"/webhooks/{bringing.id}", {"enabled": True})
    assert bringing.work() == 1
    assert [event["data"]["seq"] for event in receiver.events()] == [1]


def test_one_that_is_gone_is_switched_off_at_once(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    receiver.always(410)
    _speak(server, "one")
    bringing.work()
    assert (bringing.state()["enabled"], "410" in bringing.state()["reason"]) == (False, True)
    assert bringing.work() == 0
    assert len(receiver.received) == 1


def test_a_redirect_is_not_followed(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    receiver.always(302, Location=f"http://127.0.0.1:{receiver.port}/elsewhere")
    _speak(server, "one")
    assert bringing.work() == 0
    assert [each.path for each in receiver.received] == ["/in"]


def test_a_death_between_sending_and_settling_sends_again(
    server: SiteServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    _speak(server, "one")
    queue = engine_of(server.app).store.webhook_queue

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(queue, "settle", die)
        with pytest.raises(KeyboardInterrupt):
            bringing.work()
    assert bringing.work() == 1
    first, second = receiver.events()
    assert first == second


def test_many_events_go_in_several_requests_in_their_order(
    server: SiteServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.services.courier.EVENTS_PER_POST", 4)
    monkeypatch.setattr("imserver.services.courier.POST_BYTES", 700)
    bringing = Bringing(server, receiver, MESSAGES)
    _speak(server, *(str(number) for number in range(11)))
    assert bringing.work() == 11
    assert [event["data"]["seq"] for event in receiver.events()] == list(range(1, 12))
    assert 3 <= len(receiver.received) <= 11
    assert all(len(each.body) < 1_200 for each in receiver.received)


def test_one_that_hangs_keeps_nobody_else_waiting(server: SiteServer, receiver: Receiver) -> None:
    bringing, let_go = Bringing(server, receiver, MESSAGES), Event()

    def hang(received: Received) -> tuple[int, dict[str, str], bytes]:
        if received.path == "/in":
            let_go.wait()
        return 200, {}, b""

    receiver.answer = hang
    other = server.ask("POST", "/webhooks", {"url": receiver.url + "2", "events": MESSAGES})
    _speak(server, "one")
    store = engine_of(server.app).store
    courier = bringing.courier
    with gevent.Timeout(10):
        while store.webhooks.require(server.host.site.site_id, other["id"]).delivered == 0:
            seize_turn(store)
            courier.look()
            gevent.sleep(0.01)
    assert bringing.state()["tries"] == 0
    let_go.set()
    courier.wait()
    assert bringing.state()["enabled"]
    both = [store.webhooks.require(server.host.site.site_id, each) for each in (bringing.id, other["id"])]
    assert both[0].delivered == both[1].delivered > 0


# -- the desk


def test_the_test_button_says_how_it_went(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    tested = server.ask("POST", f"/webhooks/{bringing.id}/test")
    assert (tested["status"], tested["kind"], tested["error"]) == (200, "test", "")
    (event,) = receiver.events()
    assert (event["type"], event["data"]) == ("webhook.test", {"webhook_id": bringing.id})
    assert receiver.received[0].is_signed(bringing.secret)
    receiver.always(404)
    failed = server.ask("POST", f"/webhooks/{bringing.id}/test")
    assert (failed["status"], failed["error"]) == (404, "It answered with status 404.")
    # A test that fails is no failure of what is to be delivered.
    assert bringing.state()["tries"] == 0


def test_a_server_that_is_down_is_said_to_be(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    server.ask("PATCH", f"/webhooks/{bringing.id}", {"url": f"http://127.0.0.1:{free_port()}/"})
    failed = server.ask("POST", f"/webhooks/{bringing.id}/test")
    assert failed["status"] == 0
    assert "takes no connections" in failed["error"]


def test_a_request_is_sent_again_with_the_same_events(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    _speak(server, "one", "two")
    bringing.work()
    (post,) = bringing.posts()
    again = server.ask("POST", f"/webhooks/{bringing.id}/posts/{post['number']}/again")
    assert (again["kind"], again["events"], again["status"]) == ("again", 2, 200)
    first, second = receiver.received
    assert first.json()["events"] == second.json()["events"]
    # What was sent again does not move what is next.
    _speak(server, "three")
    assert bringing.work() == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost:8080/", "http://[::1]/", "http://169.254.169.254/latest"]
)
def test_private_targets_are_refused_when_they_are_named(app: Flask, url: str) -> None:
    strict = new_server(app)
    refused = strict.call("POST", "/webhooks", {"url": url, "events": MESSAGES})
    assert outcome(refused) == (400, "invalid_request")
    assert "public internet" in refused.text
    assert strict.ask("GET", "/webhooks")["data"] == []


def test_one_that_becomes_private_later_is_not_asked(
    make_app: MakeApp, server: SiteServer, receiver: Receiver
) -> None:
    """The name led somewhere else when it was added."""
    bringing = Bringing(server, receiver, MESSAGES)
    strict = make_app(outgoing=OutgoingSettings(allow_private=False))
    posts = engine_of(strict).site_side.services.webhooks
    tried = posts.test(server.host.site.site_id, bringing.id)
    assert (tried.status, receiver.received) == (0, [])
    assert "public internet" in tried.error


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://a.example/", "events": []},
        {"url": "https://a.example/", "events": ["message.read"]},
        {"url": "", "events": ["message.created"]},
        {"url": "https://a.example/" + "a" * 2_000, "events": ["message.created"]},
        {"url": "ftp://a.example/", "events": ["message.created"]},
        {"events": ["message.created"]},
    ],
)
def test_what_is_no_webhook_is_refused(server: SiteServer, body: Any) -> None:
    assert server.call("POST", "/webhooks", body).status_code == 400
    assert server.ask("GET", "/webhooks")["data"] == []


def test_bans_are_events(server: SiteServer, receiver: Receiver) -> None:
    bringing = Bringing(server, receiver, ["ban.added", "ban.lifted"])
    server.ask("PUT", "/users/eve", {"name": "Eve"})
    server.ask("PUT", "/bans/eve", {"reason": "spam"})
    server.ask("DELETE", "/bans/eve")
    assert bringing.work() == 2
    assert [(event["type"], event["data"]) for event in receiver.events()] == [
        ("ban.added", {"user_id": "eve"}),
        ("ban.lifted", {"user_id": "eve"}),
    ]


def test_who_changed_a_webhook_is_on_the_record_and_its_address_is_not(
    server: SiteServer, receiver: Receiver
) -> None:
    bringing = Bringing(server, receiver, MESSAGES)
    server.ask("PATCH", f"/webhooks/{bringing.id}", {"enabled": False})
    server.ask("DELETE", f"/webhooks/{bringing.id}")
    store, site_id = engine_of(server.app).store, server.host.site.site_id
    entries = [each for each in store.audit.page(site_id, limit=10) if each.about == bringing.id]
    assert sorted(each.act for each in entries) == ["webhook.added", "webhook.changed", "webhook.deleted"]
    assert all(each.actor.startswith("key:a_") for each in entries)
    assert "/in" not in str(entries)
