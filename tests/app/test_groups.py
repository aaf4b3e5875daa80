"""Groups and rooms as clients see them: what is told, what is refused, who hears what."""

import time

import pytest

from imserver.settings import LimitsSettings
from tests.app.conftest import ORIGIN, MakeApp, new_host
from tests.app.member import Host, Json, Member, client_id, engine_of, error_code, outcome

NAMES_REFUSED = (
    "",
    "   ",
    "\u200b\u200d",
    "a\nb",
    "a\u0000",
    "\u202egnp.exe",
    "a\u2066b",
    "\u2028",
    "x" * 81,
    7,
    None,
    ["a"],
)


@pytest.fixture
def ada(host: Host) -> Member:
    return host.visit("ada")


@pytest.fixture
def bob(host: Host) -> Member:
    return host.visit("bob")


@pytest.fixture
def cyd(host: Host) -> Member:
    return host.visit("cyd")


def make_group(owner: Member, *members: Member) -> str:
    body = {"kind": "group", "name": "Chess", "user_ids": [member.user_id for member in members]}
    group = str(owner.ask("POST", "/v1/conversations", body)["id"])
    for member in members:
        member.ask("PUT", f"/v1/conversations/{group}/membership")
    return group


def make_room(owner: Member, *members: Member) -> str:
    room = str(owner.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"])
    for member in members:
        member.ask("PUT", f"/v1/conversations/{room}/membership")
    return room


def read(member: Member, conversation_id: str) -> Json:
    return member.ask("GET", f"/v1/conversations/{conversation_id}")


def texts(answer: Json) -> list[str]:
    messages = [event["message"] for event in answer["events"] if event["type"] == "message.created"]
    return [message["text"] for message in messages if "line" not in message]


def kinds(answer: Json) -> list[str]:
    return [event["type"] for event in answer["events"]]


def test_an_invitation_is_told_shown_and_accepted(ada: Member, bob: Member) -> None:
    cursors = {member.user_id: member.state()["cursor"] for member in (ada, bob)}
    body = {"kind": "group", "name": "  Chess ", "user_ids": ["bob"]}
    made = ada.ask("POST", "/v1/conversations", body)
    group = made["id"]
    assert (made["kind"], made["name"], made["role"], made["members"], made["peer"]) == (
        "group",
        "Chess",
        "owner",
        1,
        None,
    )
    assert kinds(bob.events(cursors["bob"])) == ["invitations.changed"]
    (invitation,) = bob.ask("GET", "/v1/invitations")["data"]
    assert bob.state()["invitations"] == [invitation]
    assert (invitation["conversation_id"], invitation["name"], invitation["inviter"]["id"]) == (
        group,
        "Chess",
        "ada",
    )
    cursor = bob.state()["cursor"]
    assert bob.ask("PUT", f"/v1/conversations/{group}/membership")["role"] == "member"
    assert bob.ask("PUT", f"/v1/conversations/{group}/membership")["members"] == 2
    told = bob.events(cursor)
    assert sorted(kinds(told)) == ["conversation.changed", "invitations.changed", "message.created"]
    (line,) = [event["message"] for event in told["events"] if event["type"] == "message.created"]
    assert (line["kind"], line["line"], line["text"]) == (
        "line",
        {"what": "joined", "user_id": "bob", "by": "bob"},
        "",
    )
    assert bob.ask("GET", "/v1/invitations")["data"] == []
    assert kinds(ada.events(cursors["ada"])).count("conversation.changed") == 2


def test_a_message_to_a_group_reaches_all_and_is_replayed_as_it_was_told(
    ada: Member, bob: Member, cyd: Member
) -> None:
    group = make_group(ada, bob, cyd)
    cursors = {member.user_id: member.state()["cursor"] for member in (ada, bob, cyd)}
    waiting = bob.begin_poll(cursors["bob"])
    ada.send(group, "hello all")
    live = waiting.get(timeout=5).json
    assert texts(live) == ["hello all"]
    for member in (ada, bob, cyd):
        assert texts(member.events(cursors[member.user_id])) == ["hello all"]
        assert read(member, group)["last_message"]["text"] == "hello all"
    assert live["events"] == bob.events(cursors["bob"])["events"]
    assert (read(ada, group)["unread"], read(cyd, group)["unread"]) == (0, 1)


def test_typing_in_a_group_is_told_to_the_others(ada: Member, bob: Member, cyd: Member) -> None:
    group = make_group(ada, bob, cyd)
    waiting = [member.begin_poll(member.state()["cursor"]) for member in (bob, cyd)]
    assert ada.call("PUT", f"/v1/conversations/{group}/typing", {"typing": True}).status_code == 204
    for poll in waiting:
        assert kinds(poll.get(timeout=5).json) == ["typing.started"]


def test_typing_in_a_room_is_told_to_nobody_and_no_error(ada: Member, bob: Member) -> None:
    room = make_room(ada, bob)
    cursor = bob.state()["cursor"]
    assert ada.call("PUT", f"/v1/conversations/{room}/typing", {"typing": True}).status_code == 204
    assert bob.events(cursor, rooms={room: read(bob, room)["room_cursor"]})["events"] == []


def test_nobody_lets_themselves_in(host: Host, other_host: Host, ada: Member, bob: Member) -> None:
    group = make_group(ada)
    path = f"/v1/conversations/{group}"
    for outsider in (bob, host.visit("eve"), other_host.visit("ada"), other_host.visit("bob")):
        for method, rest, body in (
            ("PUT", "/membership", None),
            ("DELETE", "/membership", None),
            ("POST", "/invitations", {"user_ids": [outsider.user_id]}),
            ("PUT", "/members/ada", {"role": "member"}),
            ("DELETE", "/members/ada", None),
            ("GET", "/members", None),
            ("GET", "", None),
            ("PATCH", "", {"name": "Mine"}),
        ):
            assert outcome(outsider.call(method, path + rest, body)) == (404, "not_found"), (method, rest)
    assert read(ada, group)["members"] == 1


def test_whoever_is_put_out_is_told_and_finds_nothing(ada: Member, bob: Member) -> None:
    group = make_group(ada, bob)
    cursor = bob.state()["cursor"]
    assert outcome(bob.call("DELETE", f"/v1/conversations/{group}/members/ada")) == (403, "forbidden")
    assert ada.call("DELETE", f"/v1/conversations/{group}/members/bob?ban=true").status_code == 204
    ada.send(group, "secret")
    told = bob.events(cursor)["events"]
    assert [(event["type"], event.get("conversation_id")) for event in told] == [
        ("conversation.changed", group)
    ]
    assert outcome(bob.call("GET", f"/v1/conversations/{group}")) == (404, "not_found")
    assert group not in [conversation["id"] for conversation in bob.state()["conversations"]["data"]]


@pytest.mark.parametrize("name", NAMES_REFUSED, ids=repr)
def test_a_name_that_hides_something_is_refused_everywhere(ada: Member, name: object) -> None:
    room = make_room(ada)
    before = len(ada.ask("GET", "/v1/rooms")["data"])
    for method, path, body in (
        ("POST", "/v1/conversations", {"kind": "group", "name": name}),
        ("POST", "/v1/conversations", {"kind": "room", "name": name}),
        ("PATCH", f"/v1/conversations/{room}", {"name": name}),
    ):
        response = ada.call(method, path, body)
        assert response.status_code == 400
        assert error_code(response) in ("invalid_text", "invalid_request")
    assert read(ada, room)["name"] == "Salon"
    assert len(ada.ask("GET", "/v1/rooms")["data"]) == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "club", "name": "x"},
        {"kind": "direct", "name": "x", "user_id": "bob"},
        {"kind": "group", "name": "x", "user_id": "bob"},
        {"kind": "group", "name": "x", "topic": "y"},
        {"kind": "group", "user_ids": []},
        {"kind": "group", "name": "x", "user_ids": ["u"] * 100},
        {"kind": "room", "name": "x", "user_ids": ["bob"]},
        {"kind": "room", "name": "x", "topic": "a\u202eb"},
        {"kind": "room", "name": "x", "page": "https://community.example/"},
        {"kind": "room"},
        {"kind": "room", "page": "ftp://community.example/"},
        {"kind": "room", "name": "x", "is_public": True},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(ada: Member, bob: Member, body: Json) -> None:
    assert ada.call("POST", "/v1/conversations", body).status_code == 400


def test_text_that_looks_like_markup_is_kept_as_text(ada: Member) -> None:
    name = "<img src=x onerror=alert(1)>"
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": name, "topic": name})
    assert (room["name"], room["topic"]) == (name, name)


def test_the_room_of_a_page_is_found_by_all_its_addresses(ada: Member, bob: Member) -> None:
    ids = set()
    for member in (ada, bob):
        for rest in ("/t?id=7", "/t?id=7#p3", "/t?utm_source=mail&id=7"):
            body = {"kind": "room", "page": ORIGIN + rest}
            room = member.ask("POST", "/v1/conversations", body)
            ids.add(room["id"])
    assert len(ids) == 1
    assert (room["page"], room["role"], room["is_public"]) == (ORIGIN + "/t?id=7", "", True)
    for address in ("https://elsewhere.example/t?id=7", "https://community.example.evil.example/"):
        response = ada.call("POST", "/v1/conversations", {"kind": "room", "page": address})
        assert outcome(response) == (403, "wrong_origin")
    # The messenger's own pages, such as the demo's, have rooms as well.
    own = ada.ask("POST", "/v1/conversations", {"kind": "room", "page": "http://localhost/demo"})
    assert own["id"] not in ids


def test_a_room_is_read_by_all_and_written_by_those_who_join(ada: Member, bob: Member) -> None:
    room = make_room(ada)
    ada.send(room, "welcome")
    history = bob.ask("GET", f"/v1/conversations/{room}/messages")["data"]
    assert [message["text"] for message in history][-1] == "welcome"
    body = {"messages": [{"client_id": client_id(), "text": "hi"}]}
    path = f"/v1/conversations/{room}/messages"
    assert outcome(bob.call("POST", path, body)) == (404, "not_found")
    bob.ask("PUT", f"/v1/conversations/{room}/membership")
    assert bob.call("POST", path, body).status_code == 200
    listed = {each["conversation_id"]: each for each in bob.ask("GET", "/v1/rooms?q=sal")["data"]}
    assert (listed[room]["joined"], listed[room]["members"]) == (True, 2)


def test_slow_mode_says_how_long_to_wait(ada: Member, bob: Member) -> None:
    room = make_room(ada, bob)
    ada.ask("PATCH", f"/v1/conversations/{room}", {"slow_seconds": 60})
    assert outcome(bob.call("PATCH", f"/v1/conversations/{room}", {"slow_seconds": 0})) == (403, "forbidden")
    bob.send(room, "one")
    body = {"messages": [{"client_id": client_id(), "text": "two"}]}
    response = bob.call("POST", f"/v1/conversations/{room}/messages", body)
    assert outcome(response) == (429, "slow_mode")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.json["error"]["retry_after"] <= 60
    ada.send(room, "1", "2")


def test_a_room_is_heard_over_polls(ada: Member, bob: Member) -> None:
    room = make_room(ada)
    rooms = {room: read(bob, room)["room_cursor"]}
    cursor = bob.state()["cursor"]
    waiting = bob.begin_poll(cursor, rooms=rooms)
    ada.send(room, "hello room")
    live = waiting.get(timeout=5).json
    assert texts(live) == ["hello room"]
    (event,) = live["events"]
    assert (event["room"], live["cursor"]) == (room, cursor)
    assert bob.events(cursor, rooms=rooms)["events"] == live["events"]
    assert bob.events(cursor, rooms={room: event["cursor"]})["events"] == []


def test_who_follows_no_room_is_told_how_far_it_has_come(host: Host, ada: Member, bob: Member) -> None:
    room = make_room(ada, bob)
    growing = engine_of(host.app).growing
    growing.tell_due(time.monotonic() + 60)
    eve = host.visit("eve")
    waiting, outside = (who.begin_poll(who.state()["cursor"]) for who in (bob, eve))
    ada.send(room, "one", "two")
    growing.tell_due(time.monotonic() + 600)
    (grown,) = waiting.get(timeout=5).json["events"]
    known = read(bob, room)
    assert grown == {
        "type": "conversation.grown",
        "conversation_id": room,
        "last_seq": known["last_seq"],
        "last_at": known["last_at"],
    }
    assert not outside.dead


def test_a_room_says_when_it_cannot_be_heard(ada: Member, bob: Member) -> None:
    room, group = make_room(ada), make_group(ada)
    cursor = bob.state()["cursor"]
    rooms = {room: "9999.00000000", group: "0.00000000", "r" + "a" * 24: "0.00000000"}
    answer = bob.events(cursor, rooms=rooms)
    assert answer["resets"] == {room: "ahead", group: "gone", "r" + "a" * 24: "gone"}
    nine = {f"r{n}": "0.00000000" for n in range(9)}
    assert outcome(bob.poll(cursor, rooms=nine, wait=False)) == (400, "invalid_request")
    assert outcome(bob.poll(cursor, rooms={room: "x"}, wait=False)) == (400, "invalid_cursor")


def test_leaving_on_one_device_ends_hearing_on_the_other(host: Host, ada: Member, bob: Member) -> None:
    room = make_room(ada, bob)
    other = host.visit("bob")
    waiting = other.begin_poll(other.state()["cursor"], rooms={room: read(other, room)["room_cursor"]})
    bob.call("DELETE", f"/v1/conversations/{room}/membership")
    answer = waiting.get(timeout=5).json
    assert (texts(answer), answer["resets"]) == ([], {room: "gone"})


def test_a_lost_hint_of_being_put_out_is_made_up_for(host: Host, ada: Member, bob: Member) -> None:
    room = make_room(ada, bob)
    engine = engine_of(host.app)
    waiting = bob.begin_poll(bob.state()["cursor"], rooms={room: read(bob, room)["room_cursor"]})
    site_id = host.site.site_id
    # Past the service, which would have told all workers.
    engine.delivery.on_left = lambda *hearing: None
    engine.store.writer.on_commit = engine.store.changes.on_commit = lambda deliveries: None
    try:
        engine.store.groups.remove(site_id, "ada", room, other_id="bob", ban=True)
        engine.monitor.end_following()
    finally:
        engine.delivery.on_left = engine.transports.following.stop
        engine.store.writer.on_commit = engine.store.changes.on_commit = engine.delivery.tell
    assert waiting.get(timeout=5).json["resets"] == {room: "gone"}


def test_members_are_listed_with_what_they_may(ada: Member, bob: Member) -> None:
    group = make_group(ada, bob)
    page = ada.ask("GET", f"/v1/conversations/{group}/members?limit=1")
    assert (page["total"], len(page["data"])) == (2, 1)
    rest = ada.ask("GET", f"/v1/conversations/{group}/members?cursor={page['next_cursor']}")
    roles = {member["id"]: member["role"] for member in (*page["data"], *rest["data"])}
    assert roles == {"ada": "owner", "bob": "member"}
    for query, code in (
        ("filter=friends", "invalid_request"),
        ("cursor=x", "invalid_cursor"),
        ("q=" + "x" * 81, "invalid_request"),
    ):
        assert outcome(ada.call("GET", f"/v1/conversations/{group}/members?{query}")) == (400, code)


def test_changes_are_counted_per_person(make_app: MakeApp) -> None:
    limits = LimitsSettings(messages_per_minute=0, sign_ins_per_minute=0, changes_per_minute=100)
    host = new_host(make_app(limits=limits))
    ada, bob = host.visit("ada"), host.visit("bob")
    body = {"kind": "group", "name": "g", "user_ids": ["bob"] * 99}
    assert ada.call("POST", "/v1/conversations", body).status_code == 200
    response = ada.call("POST", "/v1/conversations", body)
    assert outcome(response) == (429, "rate_limited")
    assert "Retry-After" in response.headers
    bob.ask("POST", "/v1/conversations", {"kind": "room", "name": "r"})
