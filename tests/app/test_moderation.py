"""Bans, house rules and held messages as people and their devices meet them."""

import time

import gevent
import pytest
from flask import Flask

from imserver.errors import FOR_EVER_MS, TooMany
from imserver.services.moderation import Moderation
from imserver.store.house import HouseRules
from imserver.store.warnings import WAITING_MOST
from imserver.store.wordlist import WordAction, WordRule
from tests.app.conftest import MakeApp
from tests.app.member import Host, Member, client_id, engine_of, error_code, outcome
from tests.services import wait_until

EVE = "owner:eve@community.example"


@pytest.fixture
def moderation(app: Flask) -> Moderation:
    return engine_of(app).services.moderation


@pytest.fixture
def beside(make_app: MakeApp, app: Flask) -> Flask:
    """Give another worker of the same box."""
    return make_app()


def ban(moderation: Moderation, host: Host, user_id: str, *, seconds: int = 0) -> None:
    until_ms = int(time.time() * 1000) + seconds * 1000 if seconds else FOR_EVER_MS
    moderation.ban(host.site.site_id, user_id, until_ms=until_ms, reason="spam", actor=EVE)


def lay_down(moderation: Moderation, host: Host, words: str, action: WordAction) -> None:
    moderation.change_rules(host.site.site_id, HouseRules((WordRule(words, action),)), actor=EVE)


def post(member: Member, conversation_id: str, text: str, message_id: str = "") -> dict[str, object]:
    messages = [{"client_id": message_id or client_id(), "text": text}]
    path = f"/v1/conversations/{conversation_id}/messages"
    return dict(member.ask("POST", path, {"messages": messages})["messages"][0])


def test_a_ban_signs_out_everywhere_at_once(host: Host, moderation: Moderation) -> None:
    bob, tablet = host.visit("bob"), host.visit("bob")
    host.visit("ada")
    talk = bob.open("ada")
    waiting = [member.begin_poll(member.state()["cursor"]) for member in (bob, tablet)]
    ban(moderation, host, "bob", seconds=600)
    for poll in waiting:
        assert outcome(poll.get(timeout=5)) == (401, "session_ended")
    body = {"messages": [{"client_id": client_id(), "text": "x"}]}
    assert outcome(bob.call("POST", f"/v1/conversations/{talk}/messages", body)) == (401, "session_ended")
    refused = host.sign_in(host.sign("bob"))
    assert outcome(refused) == (403, "banned")
    assert 590 < refused.json["error"]["retry_after"] <= 600
    assert moderation.lift_ban(host.site.site_id, "bob", actor=EVE)
    assert host.sign_in(host.sign("bob")).status_code == 201


def test_a_ban_reaches_the_connections_of_other_workers(
    host: Host, moderation: Moderation, beside: Flask
) -> None:
    elsewhere = Member(beside, host.visit("bob").session, user_id="bob")
    waiting = elsewhere.begin_poll(elsewhere.state()["cursor"])
    ban(moderation, host, "bob")
    assert outcome(waiting.get(timeout=5)) == (401, "session_ended")


def test_under_traffic_nothing_of_theirs_is_stored_and_nothing_told_to_them_after_it(
    host: Host, moderation: Moderation
) -> None:
    """ada and bob write to each other as fast as they can; bob listens, is banned, and hears no more."""
    ada, bob = host.visit("ada"), host.visit("bob")
    talk, heard, sent = bob.open("ada"), list[int](), list[int]()

    def talk_on(member: Member) -> None:
        while True:
            messages = {"messages": [{"client_id": client_id(), "text": "x"}]}
            answer = member.call("POST", f"/v1/conversations/{talk}/messages", messages)
            if answer.status_code != 200:
                sent.append(-1)
                return
            if member is bob:
                sent.append(answer.json["messages"][0]["seq"])

    def listen() -> None:
        cursor = bob.state()["cursor"]
        while (answer := bob.poll(cursor)).status_code == 200:
            heard.extend(event["message"]["seq"] for event in answer.json["events"] if "message" in event)
            cursor = answer.json["cursor"]

    jobs = [gevent.spawn(talk_on, member) for member in (ada, bob)] + [gevent.spawn(listen)]
    wait_until(lambda: len(heard) > 10 and len(sent) > 5, what="they talk")
    ban(moderation, host, "bob")
    stored = ada.ask("GET", f"/v1/conversations/{talk}")["last_seq"]
    known = len(heard)
    gevent.joinall(jobs[1:], timeout=10, raise_error=True)
    wait_until(lambda: ada.ask("GET", f"/v1/conversations/{talk}")["last_seq"] > stored + 5)
    jobs[0].kill()
    assert len(heard) == known
    last = max(seq for seq in sent if seq > 0)
    history = ada.ask("GET", f"/v1/conversations/{talk}/messages?after_seq={last}&limit=100")["data"]
    assert history
    assert {message["sender_id"] for message in history} == {"ada"}


def test_who_is_banned_is_offline_to_everybody(host: Host, moderation: Moderation) -> None:
    host.befriend("ada", "bob")
    ada, bob = host.visit("ada"), host.visit("bob")
    waiting = bob.begin_poll(bob.state()["cursor"])
    wait_until(lambda: ada.ask("GET", "/v1/users/bob")["presence"] == "online", what="bob is seen")
    ban(moderation, host, "bob")
    assert ada.ask("GET", "/v1/users/bob")["presence"] == "offline"
    assert waiting.get(timeout=5).status_code == 401


def test_sessions_are_ended_without_a_ban(host: Host, moderation: Moderation) -> None:
    bob = host.visit("bob")
    waiting = bob.begin_poll(bob.state()["cursor"])
    assert moderation.end_sessions(host.site.site_id, "bob", actor=EVE) == 1
    assert outcome(waiting.get(timeout=5)) == (401, "session_ended")
    host.visit("bob")


def test_a_warning_comes_to_the_person_alone(host: Host, moderation: Moderation) -> None:
    ada, bob = host.visit("ada"), host.visit("bob")
    before = {member.user_id: member.state()["cursor"] for member in (ada, bob)}
    moderation.warn(host.site.site_id, "bob", text="Be kind, please.", actor=EVE)
    (event,) = bob.events(before["bob"])["events"]
    assert (event["type"], event["text"]) == ("moderation.warned", "Be kind, please.")
    assert ada.events(before["ada"])["events"] == []


def test_a_warning_waits_for_a_member_who_is_away_until_it_is_closed(
    host: Host, other_host: Host, moderation: Moderation
) -> None:
    host.visit("bob").call("DELETE", "/v1/sessions/current")
    for text in ("Be kind, please.", "I mean it."):
        moderation.warn(host.site.site_id, "bob", text=text, actor=EVE)
    bob, tablet, ada = host.visit("bob"), host.visit("bob"), host.visit("ada")
    first, second = bob.state()["warnings"]
    assert (first["text"], second["text"]) == ("Be kind, please.", "I mean it.")
    assert ada.state()["warnings"] == []
    # Whoever else says that they have seen it, of this site or another, changes nothing.
    for other in (ada, other_host.visit("bob")):
        assert other.call("DELETE", f"/v1/warnings/{first['id']}").status_code == 204
    assert len(bob.state()["warnings"]) == 2
    cursor = tablet.state()["cursor"]
    for _ in range(2):
        assert bob.call("DELETE", f"/v1/warnings/{first['id']}").status_code == 204
    (event,) = tablet.events(cursor)["events"]
    assert (event["type"], event["id"]) == ("moderation.seen", first["id"])
    assert tablet.state()["warnings"] == [second]
    exported = engine_of(host.app).site_side.services.data.export(host.site.site_id, "bob", actor=EVE)
    assert "I mean it." in b"".join(exported).decode()


def test_who_closes_no_warning_is_not_warned_for_ever(host: Host, moderation: Moderation) -> None:
    bob = host.visit("bob")
    for number in range(WAITING_MOST):
        moderation.warn(host.site.site_id, "bob", text=f"Warning {number}", actor=EVE)
    with pytest.raises(TooMany, match="have not seen"):
        moderation.warn(host.site.site_id, "bob", text="One more", actor=EVE)
    texts = [warning["text"] for warning in bob.state()["warnings"]]
    assert texts == [f"Warning {number}" for number in range(WAITING_MOST)]
    assert len(engine_of(host.app).store.audit.page(host.site.site_id)) == WAITING_MOST


def test_a_held_message_is_delivered_when_it_is_approved(host: Host, moderation: Moderation) -> None:
    lay_down(moderation, host, "meet me", WordAction.HOLD)
    ada, bob = host.visit("ada"), host.visit("bob")
    talk, message_id = bob.open("ada"), client_id()
    cursor = ada.state()["cursor"]
    for _ in range(2):
        told = post(bob, talk, "meet me", message_id)
        assert (told["seq"], told["held"], told["client_id"]) == (0, True, message_id)
    assert "held" not in post(bob, talk, "hello")
    assert [event["message"]["text"] for event in ada.events(cursor)["events"] if "message" in event] == [
        "hello"
    ]
    (line,) = engine_of(host.app).store.held.page(host.site.site_id)
    moderation.approve(host.site.site_id, line.held_id, actor=EVE)
    told = post(bob, talk, "meet me", message_id)
    assert (told["seq"], told["duplicate"]) == (2, True)
    assert ada.events(cursor)["events"][-1]["message"]["client_id"] == message_id


def test_a_refused_message_is_told_and_stays_refused(host: Host, moderation: Moderation) -> None:
    lay_down(moderation, host, "meet me", WordAction.HOLD)
    bob, _ = host.visit("bob"), host.visit("ada")
    talk, message_id = bob.open("ada"), client_id()
    cursor = bob.state()["cursor"]
    post(bob, talk, "meet me", message_id)
    (line,) = engine_of(host.app).store.held.page(host.site.site_id)
    moderation.refuse(host.site.site_id, line.held_id, actor=EVE)
    (event,) = bob.events(cursor)["events"]
    assert (event["type"], event["conversation_id"], event["client_id"]) == (
        "message.refused",
        talk,
        message_id,
    )
    body = {"messages": [{"client_id": message_id, "text": "meet me"}]}
    assert outcome(bob.call("POST", f"/v1/conversations/{talk}/messages", body)) == (403, "message_refused")


def test_names_of_groups_are_judged(host: Host, moderation: Moderation) -> None:
    lay_down(moderation, host, "casino", WordAction.REFUSE)
    ada = host.visit("ada")
    wanted = {"kind": "group", "name": "Casino night", "user_ids": []}
    assert error_code(ada.call("POST", "/v1/conversations", wanted)) == "message_refused"
    group = ada.ask("POST", "/v1/conversations", wanted | {"name": "Chess"})["id"]
    for change in ({"name": "c.a.s.i.n.o"}, {"topic": "the casino"}):
        assert error_code(ada.call("PATCH", f"/v1/conversations/{group}", change)) == "message_refused"
    assert ada.ask("GET", f"/v1/conversations/{group}")["name"] == "Chess"
