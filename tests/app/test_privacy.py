"""Blocks, switches, requests, mutes, reports and guests, as a person's own devices see them."""

from dataclasses import dataclass

import pytest
from flask import Flask

from imserver.settings import CacheSettings, StoreSettings
from imserver.store.values import SiteRules
from tests.app.conftest import new_host
from tests.app.member import Host, Json, Member, engine_of, error_code, outcome
from tests.app.tables import read_row

FOR_EVER = 2**53
Backend = tuple[StoreSettings, CacheSettings]


@dataclass(frozen=True, slots=True)
class Pair:
    """ada and bob, who have a conversation; neither is the other's friend."""

    host: Host
    ada: Member
    bob: Member
    id: str
    store_url: str

    def row(self, user_id: str) -> tuple[int, ...]:
        """Return the person's request, hides and mute."""
        columns = "request, hides, muted_until"
        key = {"site_id": self.host.site.site_id, "conversation_id": self.id, "user_id": user_id}
        return read_row(self.store_url, f"SELECT {columns} FROM participants", key)


@pytest.fixture
def host(app: Flask) -> Host:
    """A site whose strangers ask first, as sites do unless their owner says otherwise."""
    return new_host(app, rules=SiteRules())


@pytest.fixture
def pair(host: Host, backend: Backend) -> Pair:
    ada, bob = host.visit("ada"), host.visit("bob")
    conversation_id = ada.open("bob")
    ada.send(conversation_id, "hello")
    return Pair(host, ada, bob, conversation_id, backend[0].url)


def kinds(member: Member, cursor: str) -> list[str]:
    return [event["type"] for event in member.events(cursor)["events"]]


def texts(member: Member, conversation_id: str) -> list[str]:
    page = member.ask("GET", f"/v1/conversations/{conversation_id}/messages")
    return [message["text"] for message in page["data"] if not message.get("hidden")]


# -- blocks


def test_who_is_blocked_is_listed_to_the_one_who_blocked_and_to_nobody_else(pair: Pair) -> None:
    start = pair.ada.state()["cursor"], pair.bob.state()["cursor"]
    assert pair.ada.call("PUT", "/v1/blocks/bob").status_code == 204
    page = pair.ada.ask("GET", "/v1/blocks")
    assert [row["user"]["id"] for row in page["data"]] == ["bob"]
    assert pair.bob.ask("GET", "/v1/blocks")["data"] == []
    assert pair.ada.ask("GET", "/v1/users/bob")["blocked"] is True
    assert pair.bob.ask("GET", "/v1/users/ada")["blocked"] is False
    assert kinds(pair.ada, start[0]) == ["people.changed", "conversation.changed"]
    assert kinds(pair.bob, start[1]) == []


def test_a_block_made_twice_is_made_once_and_undone_once(pair: Pair) -> None:
    for method in ("PUT", "PUT"):
        assert pair.ada.call(method, "/v1/blocks/bob").status_code == 204
    cursor = pair.ada.state()["cursor"]
    for method in ("DELETE", "DELETE"):
        assert pair.ada.call(method, "/v1/blocks/bob").status_code == 204
    assert kinds(pair.ada, cursor) == ["people.changed", "conversation.changed"]
    assert pair.ada.ask("GET", "/v1/blocks")["data"] == []


def test_nobody_blocks_themselves_or_somebody_who_is_not_there(pair: Pair) -> None:
    assert outcome(pair.ada.call("PUT", "/v1/blocks/ada")) == (400, "invalid_request")
    assert outcome(pair.ada.call("PUT", "/v1/blocks/nobody-at-all")) == (404, "not_found")


def test_what_the_blocked_one_says_reaches_nobody_then_or_later(pair: Pair) -> None:
    pair.ada.call("PUT", "/v1/blocks/bob")
    cursor = pair.ada.state()["cursor"]
    (sent,) = pair.bob.send(pair.id, "are you there?")
    assert sent["seq"] == 2
    assert texts(pair.bob, pair.id) == ["hello", "are you there?"]
    assert texts(pair.ada, pair.id) == ["hello"]
    assert kinds(pair.ada, cursor) == []
    pair.ada.call("DELETE", "/v1/blocks/bob")
    assert texts(pair.ada, pair.id) == ["hello"]
    pair.bob.send(pair.id, "hello again")
    assert texts(pair.ada, pair.id) == ["hello", "hello again"]


def test_who_blocks_cannot_write_and_is_told_why(pair: Pair) -> None:
    pair.ada.call("PUT", "/v1/blocks/bob")
    message = {"client_id": "0" * 32, "text": "and another thing"}
    response = pair.ada.call("POST", f"/v1/conversations/{pair.id}/messages", {"messages": [message]})
    assert outcome(response) == (403, "blocked")


def test_a_conversation_that_begins_behind_a_wall_is_hidden_from_its_first_message(host: Host) -> None:
    ada, bob = host.visit("ada"), host.visit("bob")
    ada.call("PUT", "/v1/blocks/bob")
    start = ada.state()["cursor"]
    conversation_id = bob.open("ada")
    bob.send(conversation_id, "you do not know me")
    assert kinds(ada, start) == []
    assert texts(ada, conversation_id) == []


def test_two_who_block_each_other_undo_it_each_for_themselves(pair: Pair) -> None:
    pair.ada.call("PUT", "/v1/blocks/bob")
    (before,) = pair.ada.ask("GET", "/v1/blocks")["data"]
    pair.bob.call("PUT", "/v1/blocks/ada")
    assert pair.ada.ask("GET", "/v1/blocks")["data"] == [before], "the other's block changes nothing here"
    pair.ada.call("DELETE", "/v1/blocks/bob")
    assert [row["user"]["id"] for row in pair.bob.ask("GET", "/v1/blocks")["data"]] == ["ada"]
    assert pair.bob.ask("GET", "/v1/users/ada")["blocked"] is True


def test_blocks_are_paged_the_latest_first(host: Host) -> None:
    ada = host.visit("ada")
    names = [f"m{number}" for number in range(5)]
    for name in names:
        host.visit(name)
        ada.call("PUT", f"/v1/blocks/{name}")
    found: list[str] = []
    path = "/v1/blocks?limit=2"
    cursor: str | None = ""
    while cursor is not None:
        page = ada.ask("GET", path + (f"&cursor={cursor}" if cursor else ""))
        found += [row["user"]["id"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert sorted(found) == names
    assert len(found) == len(set(found))


# -- settings


def test_settings_are_kept_and_the_other_devices_are_told_once(pair: Pair) -> None:
    start = pair.ada.state()["cursor"]
    assert pair.ada.ask("GET", "/v1/settings") == {
        "receipts": True,
        "typing": True,
        "presence": True,
        "sound": True,
        "notifications": True,
        "email": True,
        "quiet_from": "",
        "quiet_to": "",
        "time_zone": "",
        "locale": "",
    }
    wanted = {"typing": False, "quiet_from": "22:00", "quiet_to": "07:30", "time_zone": "Europe/Berlin"}
    for _ in range(2):
        changed = pair.ada.ask("PUT", "/v1/settings", wanted)
        assert {name: changed[name] for name in wanted} == wanted
    assert changed["receipts"] is True
    assert pair.host.visit("ada").ask("GET", "/v1/settings") == changed
    assert kinds(pair.ada, start) == ["settings.changed"]
    assert pair.bob.ask("GET", "/v1/settings")["typing"] is True


@pytest.mark.parametrize(
    "wanted",
    [
        {"quiet_from": "24:00"},
        {"quiet_to": "7:30"},
        {"time_zone": "<script>"},
        {"locale": "x" * 36},
        {"receipts": "no"},
        {"unknown": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(pair: Pair, wanted: Json) -> None:
    response = pair.ada.call("PUT", "/v1/settings", wanted)
    assert response.status_code == 400
    assert error_code(response) in ("invalid_request", "unknown_field")


def test_who_shows_no_presence_sees_none_and_again_when_it_is_shown(pair: Pair) -> None:
    waiting = [member.begin_poll(member.state()["cursor"]) for member in (pair.ada, pair.bob)]
    try:
        engine_of(pair.host.app).monitor.note_arrivals()
        assert [_seen(pair.ada, "bob"), _seen(pair.bob, "ada")] == ["online", "online"]
        pair.ada.ask("PUT", "/v1/settings", {"presence": False})
        assert [_seen(pair.ada, "bob"), _seen(pair.bob, "ada")] == ["offline", "offline"]
        assert pair.ada.ask("GET", "/v1/contacts?filter=online") == {
            "data": [],
            "total": 0,
            "next_cursor": None,
        }
        pair.ada.ask("PUT", "/v1/settings", {"presence": True})
        assert [_seen(pair.ada, "bob"), _seen(pair.bob, "ada")] == ["online", "online"]
    finally:
        for greenlet in waiting:
            greenlet.kill()


def _seen(member: Member, user_id: str) -> str:
    found = {
        member.ask("GET", f"/v1/users/{user_id}")["presence"],
        member.ask("POST", "/v1/users/lookup", {"ids": [user_id]})["data"][0]["presence"],
    }
    (presence,) = found
    return str(presence)


def test_people_are_looked_up_in_order_and_those_who_are_not_there_are_left_out(pair: Pair) -> None:
    found = pair.ada.ask("POST", "/v1/users/lookup", {"ids": ["bob", "nobody", "ada", "bob"]})
    assert [person["id"] for person in found["data"]] == ["bob", "ada"]
    assert pair.ada.ask("POST", "/v1/users/lookup", {"ids": []}) == {"data": []}
    too_many = pair.ada.call("POST", "/v1/users/lookup", {"ids": ["x"] * 201})
    assert outcome(too_many) == (400, "invalid_request")


# -- requests and mutes


def test_what_a_stranger_begins_is_a_request_and_what_a_friend_begins_is_none(
    host: Host, backend: Backend
) -> None:
    ada, bob = host.visit("ada"), host.visit("bob")
    host.visit("cyd")
    host.befriend("bob", "ada")
    of_a_friend = Pair(host, ada, bob, ada.open("bob"), backend[0].url)
    assert [of_a_friend.row("ada")[0], of_a_friend.row("bob")[0]] == [0, 0]
    of_a_stranger = Pair(host, ada, bob, ada.open("cyd"), backend[0].url)
    assert [of_a_stranger.row("ada")[0], of_a_stranger.row("cyd")[0]] == [0, 1]


def test_a_request_is_accepted_or_put_away_and_the_stranger_is_told_of_neither(pair: Pair) -> None:
    start = pair.ada.state()["cursor"], pair.bob.state()["cursor"]
    path = f"/v1/conversations/{pair.id}/acceptance"
    assert pair.row("bob")[0] == 1
    assert pair.bob.call("PUT", path, {"accepted": False}).status_code == 204
    assert pair.row("bob")[0] == 2
    assert pair.bob.call("PUT", path, {"accepted": True}).status_code == 204
    assert pair.row("bob")[0] == 0
    # What is no request cannot be put away.
    assert pair.bob.call("PUT", path, {"accepted": False}).status_code == 204
    assert pair.row("bob")[0] == 0
    assert kinds(pair.bob, start[1]) == ["conversation.changed"] * 2
    assert kinds(pair.ada, start[0]) == []


def test_a_mute_is_kept_and_told_to_the_own_devices(pair: Pair) -> None:
    pair.bob.call("PUT", f"/v1/conversations/{pair.id}/acceptance", {"accepted": True})
    start = pair.ada.state()["cursor"], pair.bob.state()["cursor"]
    for until in (FOR_EVER, FOR_EVER, 0):
        response = pair.bob.call("PUT", f"/v1/conversations/{pair.id}/mute", {"until_ms": until})
        assert response.status_code == 204
        assert pair.row("bob")[2] == until
        assert pair.bob.state()["unread_total"] == (0 if until else 1)
    assert kinds(pair.bob, start[1]) == ["conversation.changed"] * 2
    assert kinds(pair.ada, start[0]) == []
    for wrong in (-1, FOR_EVER + 1, "soon"):
        response = pair.bob.call("PUT", f"/v1/conversations/{pair.id}/mute", {"until_ms": wrong})
        assert outcome(response) == (400, "invalid_request")


# -- reports


def test_a_message_is_kept_with_its_report(pair: Pair) -> None:
    report = {"conversation_id": pair.id, "seq": 1, "reason": "abuse", "note": "rude <b>"}
    answer = pair.bob.call("POST", "/v1/reports", report)
    assert answer.status_code == 201
    columns = "reporter_id, user_id, conversation_id, seq, body, reason, note, state"
    key = {"site_id": pair.host.site.site_id, "report_id": answer.json["id"]}
    row = read_row(pair.store_url, f"SELECT {columns} FROM reports", key)
    assert row == ("bob", "ada", pair.id, 1, "hello", "abuse", "rude <b>", "open")


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"reason": "spam"}, (400, "invalid_request")),
        ({"reason": "spam", "seq": 1}, (400, "invalid_request")),
        ({"reason": "spam", "user_id": "bob", "seq": 1}, (400, "invalid_request")),
        ({"reason": "dislike", "user_id": "ada"}, (400, "invalid_request")),
        ({"reason": "spam", "user_id": "bob"}, (400, "invalid_request")),
        ({"reason": "spam", "user_id": "nobody"}, (404, "not_found")),
        ({"reason": "spam", "conversation_id": "d" + "a" * 24, "seq": 1}, (404, "not_found")),
        ({"reason": "spam", "conversation_id": "$id", "seq": 9}, (404, "not_found")),
    ],
)
def test_a_report_names_one_thing_that_the_reporter_can_see(
    pair: Pair, report: Json, expected: tuple[int, str]
) -> None:
    filled = report | ({"conversation_id": pair.id} if report.get("conversation_id") == "$id" else {})
    assert outcome(pair.bob.call("POST", "/v1/reports", filled)) == expected


def test_nobody_reports_what_was_hidden_from_them(pair: Pair) -> None:
    pair.ada.call("PUT", "/v1/blocks/bob")
    pair.bob.send(pair.id, "behind the wall")
    report = {"conversation_id": pair.id, "seq": 2, "reason": "abuse"}
    assert outcome(pair.ada.call("POST", "/v1/reports", report)) == (404, "not_found")


# -- guests


def test_a_guest_is_shown_as_one_and_the_session_knows(host: Host) -> None:
    ada = host.visit("ada")
    guest = host.visit("g1", guest=True, name="A guest", joined=1_500_000_000)
    card = ada.ask("GET", "/v1/users/g1")
    assert (card["guest"], card["joined"]) == (True, 1_500_000_000_000)
    assert guest.state()["user"]["guest"] is True
    guests, sessions = engine_of(host.app).services.guests, engine_of(host.app).store.sessions
    session = sessions.require_session(guest.session)
    assert session.guest
    assert not sessions.require_session(ada.session).guest
    for require in (guests.require_may_create, guests.require_may_upload):
        require(sessions.require_session(ada.session))
        with pytest.raises(Exception, match="Guests may not"):
            require(session)
    engine_of(host.app).store.sites.set_rules(host.site.site_id, SiteRules(guests_create=True))
    guests.require_may_create(session)


def test_an_address_for_mail_is_shown_to_nobody(host: Host) -> None:
    ada, bob = host.visit("ada", email="ada@example.org"), host.visit("bob")
    ada.send(ada.open("bob"), "hello")
    seen = [
        bob.call("GET", path).text
        for path in ("/v1/users/ada", "/v1/contacts?filter=everyone", "/v1/state", "/v1/conversations")
    ]
    assert all("ada" in text and "example.org" not in text for text in seen)
    person = engine_of(host.app).store.people.require_person(host.site.site_id, "ada")
    assert person.email == "ada@example.org"
