"""What a site's own server does: people, friends, rooms, and what it says itself."""

import json
from typing import Any

import msgspec
import pytest
from flask import Flask

from imserver.services.friend_lists import FriendLists
from imserver.settings import OutgoingSettings
from tests.app.conftest import MakeApp
from tests.app.member import client_id, engine_of, outcome
from tests.app.receiver import Received, Receiver
from tests.app.site_server import SiteServer, new_server, open_app, receiver, server

__all__ = ["open_app", "receiver", "server"]


# -- people


def test_a_person_is_described_before_they_come(server: SiteServer) -> None:
    described = {
        "name": "Ada",
        "avatar": "https://a.example/a.png",
        "roles": ["staff"],
        "joined": 1_600_000_000,
    }
    made = server.ask("PUT", "/users/ada", described)
    assert made | described == made
    assert (made["id"], made["bot"], made["guest"]) == ("ada", False, False)
    bob = server.host.visit("bob")
    assert bob.ask("GET", "/v1/users/ada")["name"] == "Ada"
    assert server.ask("GET", "/users/ada") == made


def test_ids_may_hold_slashes_and_other_scripts(server: SiteServer) -> None:
    for user_id, written in (
        ("a/b", "a/b"),
        ("名前", "%E5%90%8D%E5%89%8D"),
        ("a b", "a%20b"),
        ("presence", "presence"),
    ):
        server.ask("PUT", f"/users/{written}", {"name": "X"})
        assert server.ask("GET", f"/users/{written}")["id"] == user_id


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a\u202eb"},
        {"name": "a" * 81},
        {"avatar": "javascript:alert(1)"},
        {"email": "nobody"},
        {"joined": -1},
        {"roles": ["a" * 33]},
        {"name": 7},
        {"surname": "x"},
        {"groups": "choir"},
        {"groups": ["a" * 65]},
        {"groups": ["a\u0000b"]},
        {"groups": [f"g{n}" for n in range(33)]},
    ],
)
def test_what_no_token_may_say_the_server_may_not_say_either(server: SiteServer, wrong: Any) -> None:
    assert server.call("PUT", "/users/ada", wrong).status_code == 400
    refused = server.call("PUT", "/users", {"users": [{"id": "bob", "name": "Bob"}, {"id": "ada", **wrong}]})
    assert refused.status_code == 400
    assert server.ask("GET", "/users")["data"] == []


def groups_of(server: SiteServer) -> dict[str, list[str]]:
    return {user["id"]: user["groups"] for user in server.ask("GET", "/users")["data"]}


def test_groups_are_replaced_by_a_list_and_kept_without_one(server: SiteServer) -> None:
    ada, bob = {"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bob"}
    made = server.ask("PUT", "/users", {"users": [ada | {"groups": ["choir", "garden", "choir", ""]}, bob]})
    assert made == {"created": 2, "changed": 0, "unchanged": 0}
    assert groups_of(server) == {"ada": ["choir", "garden"], "bob": []}
    # Whoever knows only names takes nobody out of a group.
    assert server.ask("PUT", "/users", {"users": [ada, bob]})["unchanged"] == 2
    moved = server.ask("PUT", "/users", {"users": [ada | {"groups": ["garden", "chess"]}, bob]})
    assert moved == {"created": 0, "changed": 1, "unchanged": 1}
    assert groups_of(server)["ada"] == ["chess", "garden"]
    assert server.ask("PUT", "/users/ada", {"name": "Ada", "groups": []})["groups"] == []


def test_groups_say_who_meets_whom(server: SiteServer) -> None:
    sites, site_id = engine_of(server.app).store.sites, server.host.site.site_id
    sites.change_rules(site_id, lambda old: msgspec.structs.replace(old, roster="group"))
    server.host.visit("bob")
    ada = server.host.visit("ada")
    people = [{"id": user_id, "name": user_id} for user_id in ("ada", "bob")]
    assert ada.call("GET", "/v1/users/bob").status_code == 404
    server.ask("PUT", "/users", {"users": [person | {"groups": ["choir"]} for person in people]})
    assert ada.ask("GET", "/v1/users/bob")["name"] == "bob"
    server.ask("PUT", "/users/bob", {"name": "bob", "groups": ["chess"]})
    assert ada.call("GET", "/v1/users/bob").status_code == 404


def test_a_thousand_people_at_once(server: SiteServer) -> None:
    users = [
        {"id": f"m{number}", "name": f"Member {number} with a name of some length"} for number in range(1_000)
    ]
    assert server.ask("PUT", "/users", {"users": users}) == {"created": 1_000, "changed": 0, "unchanged": 0}
    assert server.ask("PUT", "/users", {"users": users})["unchanged"] == 1_000
    assert server.call("PUT", "/users", {"users": [*users, users[0]]}).status_code == 400
    seen, cursor = [], ""
    while cursor is not None:
        page = server.ask("GET", f"/users?limit=200{f'&cursor={cursor}' if cursor else ''}")
        seen += [user["id"] for user in page["data"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(user["id"] for user in users)


def test_unread_and_presence_of_many(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    server.host.visit("bob")
    ada.send(ada.open("bob"), "one", "two")
    asked = {"ids": ["bob", "ada", "nobody"]}
    assert server.ask("POST", "/users/unread", asked)["data"] == [
        {"id": "ada", "unread": 0, "conversations": 0},
        {"id": "bob", "unread": 2, "conversations": 1},
    ]
    assert [each["presence"] for each in server.ask("POST", "/users/presence", asked)["data"]] == [
        "offline"
    ] * 2


# -- friends


def test_friends_are_told_to_the_person_who_is_here(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    server.host.visit("bob")
    start = ada.state()["cursor"]
    assert server.ask("PUT", "/friends/ada", {"friends": ["bob", "later"]}) == {"added": 2, "removed": 0}
    assert [friend["id"] for friend in ada.ask("GET", "/v1/contacts")["data"]] == ["bob"]
    assert [event["type"] for event in ada.events(start)["events"]] == ["people.changed"]
    assert server.ask("PATCH", "/friends/ada", {"remove": ["bob", "absent"]}) == {"added": 0, "removed": 1}
    changes = [{"user_id": "ada", "add": ["bob"]}, {"user_id": "bob", "add": ["ada"]}]
    assert server.ask("PATCH", "/friends", {"changes": changes}) == {"added": 2, "removed": 0}
    assert server.ask("GET", "/friends/ada?limit=1")["data"] == ["bob"]


# -- lists of friends that are fetched


def lists_of(server: SiteServer) -> FriendLists:
    return engine_of(server.app).site_side.friend_lists


def test_a_list_is_fetched_at_sign_in_signed_and_with_its_etag(
    server: SiteServer, receiver: Receiver
) -> None:
    receiver.always(200, b'["bob", 7]', ETag='"v1"')
    server.host.visit("bob")
    server.ask("PUT", "/friends-source", {"url": receiver.url + "?list=friends", "minutes": 10})
    ada = server.host.visit("ada")
    assert receiver.received == []  # a sign-in waits for nothing
    lists_of(server).work()
    (request,) = [each for each in receiver.received if each.query["user"] == ["ada"]]
    (secret,) = server.host.site.keys.values()
    assert request.query["list"] == ["friends"]
    assert request.is_signed(secret.decode(), b"ada")
    assert not request.is_signed(secret.decode(), b"bob")
    assert server.ask("GET", "/friends/ada")["data"] == ["7", "bob"]
    assert [friend["id"] for friend in ada.ask("GET", "/v1/contacts")["data"]] == ["bob"]
    # It is young: signing in again asks nothing.
    receiver.received.clear()
    server.host.visit("ada")
    lists_of(server).work()
    assert receiver.received == []
    receiver.always(304)
    pulled = server.ask("POST", "/friends-source/pulls/ada")
    assert (pulled["status"], pulled["error"], pulled["added"], pulled["removed"]) == (304, "", 0, 0)
    assert receiver.received[0].headers["IF-NONE-MATCH"] == '"v1"'
    assert server.ask("GET", "/friends/ada")["data"] == ["7", "bob"]


BAD_ANSWERS = {
    "an error": (500, b"", "status 500"),
    "no JSON": (200, b"<html>", "not a JSON list"),
    "no list": (200, b'{"friends": []}', "not a JSON list"),
    "a list of lists": (200, b"[[1]]", "not a JSON list"),
    "an id too long": (200, json.dumps(["a" * 200]).encode(), "1 to 128 bytes"),
    "too many": (200, json.dumps([str(n) for n in range(100_001)]).encode(), "more than"),
    "a redirect": (302, b"", "status 302"),
    "too large": (200, b"[" + b" " * 4_300_000 + b"]", "more than 4194304 bytes"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_bad_answer_changes_nothing_and_is_shown(server: SiteServer, receiver: Receiver, kind: str) -> None:
    status, body, error = BAD_ANSWERS[kind]
    server.ask("PUT", "/friends/ada", {"friends": ["bob"]})
    server.ask("PUT", "/friends-source", {"url": receiver.url})
    receiver.always(status, body)
    pulled = server.ask("POST", "/friends-source/pulls/ada")
    assert error in pulled["error"]
    assert server.ask("GET", "/friends/ada")["data"] == ["bob"]
    source = server.ask("GET", "/friends-source")
    assert (source["failed"], source["failures"][0]["id"]) == (1, "ada")
    assert error in source["failures"][0]["error"]
    # The sign-in is none the worse for it.
    server.host.visit("ada")
    receiver.always(200, b"[]")
    assert server.ask("POST", "/friends-source/pulls/ada")["removed"] == 1
    assert server.ask("GET", "/friends-source")["failures"] == []


def test_the_address_of_lists_is_checked_and_may_be_taken_away(app: Flask, server: SiteServer) -> None:
    strict = new_server(app)
    for url in ("http://10.0.0.1/", "nonsense", "http://a.example/#x"):
        assert outcome(strict.call("PUT", "/friends-source", {"url": url})) == (400, "invalid_request")
    assert outcome(strict.call("POST", "/friends-source/pulls/ada")) == (404, "not_found")
    server.ask("PUT", "/friends-source", {"url": "http://127.0.0.1:9/"})
    assert server.ask("PUT", "/friends-source", {"url": ""})["url"] == ""


# -- what the site says


def test_the_site_speaks_to_a_member_and_a_repeat_is_the_same_message(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    body = {"user_id": "ada", "messages": [{"client_id": client_id(), "text": "Welcome!"}]}
    first = server.ask("POST", "/messages", body)
    again = server.ask("POST", "/messages", body)
    assert again["messages"][0] == first["messages"][0] | {"duplicate": True}
    (conversation,) = ada.ask("GET", "/v1/conversations")["data"]
    assert (conversation["peer"]["id"], conversation["request"]) == ("im:system", False)
    assert conversation["last_message"]["text"] == "Welcome!"
    changed = body | {"messages": [body["messages"][0] | {"text": "Other"}]}  # type: ignore[index]
    assert outcome(server.call("POST", "/messages", changed)) == (409, "client_id_conflict")


def test_nobody_speaks_in_a_members_name(server: SiteServer) -> None:
    server.host.visit("ada")
    server.host.visit("bob")
    body = {"sender_id": "bob", "user_id": "ada", "messages": [{"client_id": client_id(), "text": "hi"}]}
    assert outcome(server.call("POST", "/messages", body)) == (404, "not_found")
    assert outcome(server.call("PUT", "/bots/bob", {"name": "Bob"})) == (409, "conflict")


def test_a_bot_speaks_where_it_takes_part_and_nowhere_else(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    server.ask("PUT", "/bots/quiz", {"name": "Quiz"})
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]

    def say(**to: str) -> Any:
        message = {"client_id": client_id(), "text": "A question!"}
        return outcome(server.call("POST", "/messages", {"sender_id": "quiz", "messages": [message], **to}))

    assert say(conversation_id=room) == (404, "not_found")
    server.ask("PUT", f"/rooms/{room}/members/quiz", {"role": "member"})
    assert say(conversation_id=room) == (200, "")
    assert say(user_id="nobody") == (404, "not_found")
    assert say(user_id="quiz") == (404, "not_found")
    assert say() == (400, "invalid_request")
    assert say(user_id="ada", conversation_id=room) == (400, "invalid_request")
    last = ada.ask("GET", f"/v1/conversations/{room}/messages")["data"][-1]
    assert (last["sender_id"], last["text"]) == ("quiz", "A question!")


def test_whoever_has_blocked_the_site_is_not_reached(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    body = {"user_id": "ada", "messages": [{"client_id": client_id(), "text": "one"}]}
    server.ask("POST", "/messages", body)
    assert ada.call("PUT", "/v1/blocks/im:system").status_code == 204
    start = ada.state()["cursor"]
    server.ask("POST", "/messages", body | {"messages": [{"client_id": client_id(), "text": "two"}]})
    assert ada.events(start)["events"] == []


# -- rooms


def test_a_room_of_the_sites_own(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    room = server.ask("POST", "/rooms", {"name": "News", "topic": "of the club"})
    assert (room["name"], room["members"], room["open"]) == ("News", 1, True)
    assert [each["name"] for each in ada.ask("GET", "/v1/rooms")["data"]] == ["News"]
    ada.ask("PUT", f"/v1/conversations/{room['id']}/membership")
    server.ask("PUT", f"/rooms/{room['id']}/members/ada", {"role": "moderator"})
    members = server.ask("GET", f"/rooms/{room['id']}/members")["data"]
    assert {each["id"]: each["role"] for each in members} == {"ada": "moderator", "im:system": "owner"}
    assert server.ask("PATCH", f"/rooms/{room['id']}", {"name": "Latest news"})["name"] == "Latest news"
    assert outcome(server.call("PATCH", f"/rooms/{room['id']}", {"name": " "})) == (400, "invalid_text")
    server.ask("DELETE", f"/rooms/{room['id']}")
    assert outcome(ada.call("GET", f"/v1/conversations/{room['id']}")) == (404, "not_found")
    assert ada.ask("GET", "/v1/rooms")["data"] == []
    assert server.ask("GET", f"/rooms/{room['id']}")["open"] is False


def test_a_room_may_have_an_owner(server: SiteServer) -> None:
    assert outcome(server.call("POST", "/rooms", {"name": "Hers", "owner_id": "ada"})) == (404, "not_found")
    ada = server.host.visit("ada")
    room = server.ask("POST", "/rooms", {"name": "Hers", "owner_id": "ada"})["id"]
    assert ada.ask("GET", f"/v1/conversations/{room}")["role"] == "owner"


def test_bodies_are_bounded_and_limits_too(server: SiteServer) -> None:
    large = b'{"friends": [' + b" " * 2_200_000 + b"]}"
    assert outcome(server.call("PUT", "/friends/ada", large)) == (413, "body_too_large")
    for limit in ("0", "201", "x"):
        assert server.call("GET", f"/users?limit={limit}").status_code == 400
    assert outcome(server.call("GET", "/users?cursor=nonsense")) == (400, "invalid_cursor")


def test_what_is_fetched_is_fetched_by_one_worker(make_app: MakeApp, receiver: Receiver) -> None:
    asked: list[Received] = []

    def answer(received: Received) -> tuple[int, dict[str, str], bytes]:
        asked.append(received)
        return 200, {}, b"[]"

    receiver.answer = answer
    first, second = (make_app(outgoing=OutgoingSettings(allow_private=True)) for _ in range(2))
    for app in (first, second):
        engine_of(app).site_side.stop()
    one = new_server(first)
    one.ask("PUT", "/friends-source", {"url": receiver.url})
    one.host.visit("ada")
    lists = [engine_of(app).site_side.friend_lists for app in (first, second)]
    lists[0]._note_sign_ins()
    for each in lists:
        each.work()
    assert len(asked) == 1


# -- standing and data


def test_a_ban_holds_at_once_and_is_lifted(server: SiteServer) -> None:
    ada = server.host.visit("ada")
    banned = server.ask("PUT", "/bans/ada", {"reason": "spam"})
    assert (banned["user_id"], banned["reason"]) == ("ada", "spam")
    assert banned["actor"].startswith("key:a_")
    assert ada.call("GET", "/v1/state").status_code == 401
    assert outcome(server.host.sign_in(server.host.sign("ada"))) == (403, "banned")
    assert server.ask("GET", "/bans/ada") == banned
    assert [each["user_id"] for each in server.ask("GET", "/bans")["data"]] == ["ada"]
    assert outcome(server.call("PUT", "/bans/ada", {"until_ms": 1})) == (400, "invalid_request")
    server.ask("DELETE", "/bans/ada")
    server.host.visit("ada")
    assert outcome(server.call("DELETE", "/bans/ada")) == (404, "not_found")


def test_bans_are_paged_each_once(server: SiteServer) -> None:
    for number in range(5):
        server.ask("PUT", f"/users/m{number}", {"name": "X"})
        server.ask("PUT", f"/bans/m{number}", {"reason": str(number)})
    seen, cursor = [], ""
    while cursor is not None:
        page = server.ask("GET", f"/bans?limit=2{f'&cursor={cursor}' if cursor else ''}")
        seen += [ban["user_id"] for ban in page["data"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == [f"m{number}" for number in range(5)]


def test_a_person_takes_everything_along_and_is_erased(server: SiteServer) -> None:
    ada = server.host.visit("ada", name="Ada Lovelace")
    bob = server.host.visit("bob")
    talk = ada.open("bob")
    ada.send(talk, "what ada said")
    server.ask("PUT", "/friends/ada", {"friends": ["bob"]})
    exported = server.call("GET", "/exports/users/ada")
    assert (exported.status_code, exported.mimetype) == (200, "application/x-ndjson")
    lines = [json.loads(line) for line in exported.data.splitlines()]
    assert {"export", "profile", "friend", "conversation", "message"} <= {line["kind"] for line in lines}
    assert "what ada said" in exported.text
    server.ask("DELETE", "/users/ada")
    assert outcome(server.call("GET", "/users/ada")) == (404, "not_found")
    assert ada.call("GET", "/v1/state").status_code == 401
    assert "Lovelace" not in server.call("GET", "/exports/site").text
    assert "what ada said" not in bob.call("GET", "/v1/conversations").text
    assert outcome(server.call("DELETE", "/users/ada")) == (404, "not_found")


def test_newcomers_limits_are_not_for_the_site(server: SiteServer) -> None:
    assert server.ask("PUT", "/bots/helper", {"name": "Helper"})["moderator"]
