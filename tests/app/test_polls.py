"""Long polls: what they wait for, what ends them, and what a client that was away is told."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from imserver.settings import DeliverySettings
from tests.app.conftest import QUICK, MakeApp, new_host
from tests.app.member import Host, Member, client_id, engine_of, outcome

DAY_MS = 86_400_000


@pytest.fixture
def ada(host: Host) -> Member:
    return host.visit("ada")


@pytest.fixture
def bob(host: Host) -> Member:
    return host.visit("bob")


def texts(answer: Any) -> list[str]:
    return [event["message"]["text"] for event in answer["events"]]


def test_a_waiting_poll_is_answered_by_a_message(ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    waiting = bob.begin_poll(bob.state()["cursor"])
    assert not waiting.dead
    ada.send(conversation_id, "hello")
    answer = waiting.get(timeout=2)
    assert texts(answer.json) == ["hello"]
    assert answer.json["cursor"] == bob.state()["cursor"]


def test_every_device_of_both_people_is_told(host: Host, ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    devices = [ada, host.visit("ada"), bob, host.visit("bob")]
    polls = [device.begin_poll(device.state()["cursor"]) for device in devices]
    devices[1].send(conversation_id, "from ada's phone")
    assert [texts(poll.get(timeout=2).json) for poll in polls] == [["from ada's phone"]] * 4


def test_nobody_else_is_told(host: Host, ada: Member, bob: Member, other_host: Host) -> None:
    others = [host.visit("eve"), other_host.visit("bob")]
    polls = [other.begin_poll("0.00000000") for other in others]
    ada.send(ada.open("bob"), "for bob only")
    assert len(bob.events("0.00000000")["events"]) == 1
    for other, poll in zip(others, polls, strict=True):
        assert other.events("0.00000000")["events"] == []  # supersedes the one that waits
        assert outcome(poll.get(timeout=2)) == (409, "replaced")


def test_a_newer_poll_of_a_session_supersedes_the_older_one(ada: Member, bob: Member) -> None:
    cursor = bob.state()["cursor"]
    older = bob.begin_poll(cursor)
    newer = bob.begin_poll(cursor)
    assert outcome(older.get(timeout=2)) == (409, "replaced")
    ada.send(ada.open("bob"), "hello")
    assert texts(newer.get(timeout=2).json) == ["hello"]


def test_a_poll_that_shall_not_wait_is_answered_at_once(bob: Member) -> None:
    cursor = bob.state()["cursor"]
    assert bob.events(cursor) == {"events": [], "cursor": cursor}


def test_a_quiet_poll_is_answered_in_the_end(make_app: MakeApp) -> None:
    quick = DeliverySettings(poll_min_seconds=0.1, poll_max_seconds=0.2, sweep_seconds=5)
    bob = new_host(make_app(delivery=quick)).visit("bob")
    cursor = bob.state()["cursor"]
    assert bob.poll(cursor).json == {"events": [], "cursor": cursor}


# -- the end of a session


def test_signing_out_ends_the_poll_that_waits(bob: Member) -> None:
    waiting = bob.begin_poll(bob.state()["cursor"])
    assert bob.call("DELETE", "/v1/sessions/current").status_code == 204
    assert outcome(waiting.get(timeout=2)) == (401, "session_ended")


def test_signing_out_while_a_poll_still_looks_ends_it(bob: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    log = engine_of(bob.app).store.log
    look = log.fetch_head

    def sign_out_first(site_id: str, user_id: str) -> Any:
        assert bob.call("DELETE", "/v1/sessions/current").status_code == 204
        return look(site_id, user_id)

    cursor = bob.state()["cursor"]
    monkeypatch.setattr(log, "fetch_head", sign_out_first)
    assert outcome(bob.poll(cursor)) == (401, "session_ended")


def test_a_session_that_another_worker_ended_is_found_by_the_sweep(bob: Member) -> None:
    store = engine_of(bob.app).store
    waiting = bob.begin_poll(bob.state()["cursor"])
    store.sessions.revoke_session(store.sessions.require_session(bob.session))
    assert outcome(waiting.get(timeout=2)) == (401, "session_ended")


# -- hints that are lost


@pytest.fixture
def deaf(make_app: MakeApp) -> Host:
    """Give a host on an application whose hints are all lost."""
    app = make_app()
    engine_of(app).store.writer.on_commit = lambda deliveries: None
    return new_host(app)


def test_the_sweep_finds_what_no_hint_told(deaf: Host) -> None:
    ada, bob = deaf.visit("ada"), deaf.visit("bob")
    waiting = bob.begin_poll(bob.state()["cursor"])
    ada.send(ada.open("bob"), "one", "two")
    assert texts(waiting.get(timeout=2).json) == ["one", "two"]


def test_a_message_that_lands_between_login_and_look_is_seen(
    deaf: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = deaf.visit("ada"), deaf.visit("bob")
    conversation_id, cursor = ada.open("bob"), bob.state()["cursor"]
    _before_the_look(bob, lambda: ada.send(conversation_id, "just in time"), monkeypatch)
    assert texts(bob.poll(cursor).json) == ["just in time"]


def test_a_message_that_lands_behind_the_look_is_told(
    host: Host, ada: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id, cursor = ada.open("bob"), bob.state()["cursor"]
    log = engine_of(host.app).store.log
    look = log.fetch_head
    looks: list[str] = []

    def look_too_early(site_id: str, user_id: str) -> Any:
        head = look(site_id, user_id)
        if not looks:
            looks.append(user_id)
            ada.send(conversation_id, "just missed")
            gevent.sleep(0)
        return head

    monkeypatch.setattr(log, "fetch_head", look_too_early)
    assert texts(bob.poll(cursor).json) == ["just missed"]


def _before_the_look(who: Member, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    log = engine_of(who.app).store.log
    look = log.fetch_head

    def act_then_look(site_id: str, user_id: str) -> Any:
        act()
        return look(site_id, user_id)

    monkeypatch.setattr(log, "fetch_head", act_then_look)


# -- a client that was away


def _send_many(sender: Member, conversation_id: str, count: int) -> None:
    path = f"/v1/conversations/{conversation_id}/messages"
    for start in range(0, count, 20):
        numbers = range(start, min(start + 20, count))
        body = {"messages": [{"client_id": client_id(), "text": str(number)} for number in numbers]}
        sender.ask("POST", path, body)


def _catch_up(person: Member, cursor: str) -> list[str]:
    seen: list[str] = []
    while True:
        answer = person.events(cursor)
        assert "reset" not in answer
        assert len(answer["events"]) <= 200
        seen += texts(answer)
        cursor = answer["cursor"]
        if not answer.get("more"):
            return seen


def test_a_client_catches_up_with_everything_once_and_in_order(ada: Member, bob: Member) -> None:
    start = bob.state()["cursor"]
    _send_many(ada, ada.open("bob"), 450)
    assert _catch_up(bob, start) == [str(number) for number in range(450)]


def test_a_client_that_is_2000_behind_catches_up_and_one_that_is_further_starts_anew(
    ada: Member, bob: Member
) -> None:
    start = bob.state()["cursor"]
    conversation_id = ada.open("bob")
    _send_many(ada, conversation_id, 2_000)
    assert len(_catch_up(bob, start)) == 2_000
    ada.send(conversation_id, "one more")
    assert bob.events(start) == {"events": [], "cursor": start, "reset": "behind"}
    state = bob.state()
    assert state["unread_total"] == 2_001
    assert bob.events(state["cursor"]) == {"events": [], "cursor": state["cursor"]}


def test_a_client_that_was_away_for_a_month_starts_anew(ada: Member, bob: Member) -> None:
    start = bob.state()["cursor"]
    ada.send(ada.open("bob"), "one", "two", "three")
    engine = engine_of(bob.app)
    engine.store.upkeep.trim(engine.store._now_ms() + 31 * DAY_MS)
    assert bob.events(start)["reset"] == "floor"
    state = bob.state()
    assert bob.events(state["cursor"])["events"] == []
    assert state["conversations"]["data"][0]["last_message"]["text"] == "three"


@pytest.mark.parametrize(("useq", "reason"), [("1", "tag"), ("2", "tag"), ("3", "ahead")])
def test_a_database_that_was_restored_is_noticed(ada: Member, bob: Member, useq: str, reason: str) -> None:
    ada.send(ada.open("bob"), "one", "two")
    answer = bob.events(f"{useq}.00000000")
    assert (answer["events"], answer["reset"]) == ([], reason)


def test_a_stopping_worker_answers_what_waits(make_app: MakeApp) -> None:
    host = new_host(make_app(delivery=QUICK["delivery"]))
    bob = host.visit("bob")
    cursor = bob.state()["cursor"]
    waiting = bob.begin_poll(cursor)
    engine_of(host.app).drain(1.0)
    answers = [waiting.get(timeout=2), bob.poll(cursor)]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.json["cursor"] == cursor
        assert 0 < answer.json["retry_ms"] <= 2_000
