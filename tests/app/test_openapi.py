"""The description of the API says what the API does."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.handlers.openapi import SWITCHING_PROTOCOLS, describe, pretty_document
from imserver.handlers.routes import JSON, ROUTES, Route
from imserver.handlers.server.api import SERVER_ROUTES
from imserver.protocol.types import ErrorAnswer
from imserver.settings import ROOT
from tests.app.conftest import new_host
from tests.app.member import Host, Json, Member, client_id
from tests.files import samples

COMMITTED = ROOT / "docs" / "openapi.json"
# The others keep their connection, which no WSGI server lets them; tests/app/test_streams.py asks a real one.
ANSWERED = [route for route in ROUTES if route.media_type == JSON and route.status != SWITCHING_PROTOCOLS]
DECLARED = [*ROUTES, *SERVER_ROUTES]
OUTDATED = "docs/openapi.json is outdated; run: python -m imserver.handlers.openapi > docs/openapi.json"


def test_the_committed_document_is_what_the_code_says() -> None:
    assert Path(COMMITTED).read_text(encoding="utf-8") == pretty_document(), OUTDATED


def test_the_served_document_is_what_the_code_says(app: Flask) -> None:
    response = Member(app, "").call("GET", "/openapi.json")
    assert response.json == json.loads(json.dumps(describe()))


def test_the_routes_that_are_served_are_those_of_the_table(app: Flask) -> None:
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/v1", "/server/v1"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(route.method, route.rule) for route in DECLARED}
    described = {
        (method.upper(), path) for path, methods in describe()["paths"].items() for method in methods
    }
    assert described == {(route.method, route.path) for route in DECLARED}


def test_every_reference_leads_to_a_schema() -> None:
    text = json.dumps(describe())
    schemas = describe()["components"]["schemas"]
    wanted = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted
    assert wanted <= set(schemas)


def test_every_call_says_in_a_sentence_what_it_does() -> None:
    operations = [operation for methods in describe()["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(DECLARED)
    assert all(operation["summary"].endswith(".") for operation in operations)


def test_what_needs_a_key_says_so() -> None:
    for route in SERVER_ROUTES:
        operation = describe()["paths"][route.path][route.method.lower()]
        assert operation["security"] == [{"api_key": []}], route.name


def test_what_needs_a_session_says_so() -> None:
    for route in ROUTES:
        operation = describe()["paths"][route.path][route.method.lower()]
        elsewhere = route.name in ("poll", "open_session", "open_stream", "open_event_source", "open_socket")
        assert ("security" in operation) is not elsewhere, route.name


# -- real answers


@pytest.fixture(scope="module")
def answers(app: Flask) -> dict[str, TestResponse]:
    """One real answer of each call, by the handler's name; each as full as it gets."""
    host = new_host(app)
    ada, bob = (
        host.visit("ada", avatar="https://a.example/a.png"),
        host.visit("bob", url="https://a.example/bob"),
    )
    host.befriend("ada", "bob")
    start = ada.state()["cursor"]
    conversation_id = ada.open("bob")
    bob.send(conversation_id, "hello")
    here = f"/v1/conversations/{conversation_id}"
    message = {"client_id": client_id(), "text": "hello"}
    upload = f"/v1/files?conversation_id={conversation_id}&name=a.jpg"
    file_id = ada.call("POST", upload, samples.picture()).json["id"]
    addresses = {"conversation_id": conversation_id, "file_ids": [file_id]}
    calls: dict[str, Callable[[], TestResponse]] = {
        "upload_file": lambda: ada.call("POST", upload, samples.picture(size=(900, 600))),
        "get_file_limits": lambda: ada.call("GET", "/v1/files/limits"),
        "make_file_urls": lambda: ada.call("POST", "/v1/files/urls", addresses),
        "delete_file": lambda: ada.call("DELETE", f"/v1/files/{file_id}"),
        "open_session": lambda: host.sign_in(host.sign("ada")),
        "open_ticket": lambda: ada.call("POST", "/v1/tickets"),
        "set_typing": lambda: ada.call("PUT", f"{here}/typing", {"typing": True}),
        "open_conversation": lambda: ada.call("POST", "/v1/conversations", {"user_id": "bob"}),
        "send_messages": lambda: ada.call("POST", f"{here}/messages", {"messages": [message]}),
        "mark_read": lambda: bob.call("PUT", f"{here}/read", {"seq": 2}),
        "mark_delivered": lambda: bob.call("PUT", f"{here}/delivered", {"seq": 2}),
        "set_unread": lambda: bob.call("PUT", f"{here}/unread", {"on": True}),
        "set_reaction": lambda: bob.call("PUT", f"{here}/messages/2/reactions", {"emoji": "❤", "on": True}),
        "pin_message": lambda: bob.call("PUT", f"{here}/pins/2"),
        "list_pins": lambda: bob.call("GET", f"{here}/pins"),
        "unpin_message": lambda: bob.call("DELETE", f"{here}/pins/2"),
        "edit_message": lambda: ada.call("PATCH", f"{here}/messages/2", {"text": "hi", "mentions": ["bob"]}),
        "delete_message": lambda: bob.call("DELETE", f"{here}/messages/1"),
        "get_conversation": lambda: ada.call("GET", here),
        "list_conversations": lambda: ada.call("GET", "/v1/conversations"),
        "list_messages": lambda: ada.call("GET", f"{here}/messages"),
        "search_messages": lambda: ada.call("GET", "/v1/search?q=hello"),
        "get_state": lambda: ada.call("GET", "/v1/state"),
        "list_contacts": lambda: ada.call("GET", "/v1/contacts"),
        "get_user": lambda: ada.call("GET", "/v1/users/bob"),
        "get_presence": lambda: ada.call("GET", "/v1/presence"),
        "set_presence": lambda: ada.call("PUT", "/v1/presence", {"presence": "dnd"}),
        "poll": lambda: ada.poll(start, wait=False, watch=["bob"]),
        "look_up_users": lambda: ada.call("POST", "/v1/users/lookup", {"ids": ["bob"]}),
        "block_user": lambda: ada.call("PUT", "/v1/blocks/bob"),
        "list_blocks": lambda: ada.call("GET", "/v1/blocks"),
        "unblock_user": lambda: ada.call("DELETE", "/v1/blocks/bob"),
        "get_settings": lambda: ada.call("GET", "/v1/settings"),
        "set_settings": lambda: ada.call("PUT", "/v1/settings", {"sound": False, "quiet_from": "22:00"}),
        "set_acceptance": lambda: ada.call("PUT", f"{here}/acceptance", {"accepted": True}),
        "set_mute": lambda: ada.call("PUT", f"{here}/mute", {"until_ms": 2**53}),
        "see_warning": lambda: ada.call("DELETE", "/v1/warnings/w1"),
        "report": lambda: ada.call("POST", "/v1/reports", {"user_id": "bob", "reason": "abuse"}),
        "end_session": lambda: host.visit("ada").call("DELETE", "/v1/sessions/current"),
    }
    calls |= group_calls(ada, host.visit("cyd"))
    return {name: call() for name, call in calls.items()}


def group_calls(ada: Member, cyd: Member) -> dict[str, Callable[[], TestResponse]]:
    """Return the calls of a group of ada's, to which cyd is asked, and of a room."""
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
    body = {"kind": "group", "name": "Chess", "user_ids": []}
    group = "/v1/conversations/" + ada.ask("POST", "/v1/conversations", body)["id"]
    return {
        "list_rooms": lambda: cyd.call("GET", "/v1/rooms"),
        "invite_people": lambda: ada.call("POST", f"{group}/invitations", {"user_ids": ["cyd"]}),
        "list_invitations": lambda: cyd.call("GET", "/v1/invitations"),
        "join_conversation": lambda: cyd.call("PUT", f"{group}/membership"),
        "list_members": lambda: cyd.call("GET", f"{group}/members?limit=1"),
        "count_readers": lambda: cyd.call("GET", f"/v1/conversations/{room}/readers"),
        "change_conversation": lambda: ada.call("PATCH", group, {"name": "Go", "topic": "19x19"}),
        "set_role": lambda: ada.call("PUT", f"{group}/members/cyd", {"role": "moderator"}),
        "remove_member": lambda: ada.call("DELETE", f"{group}/members/cyd"),
        "leave_conversation": lambda: ada.call("DELETE", f"{group}/membership"),
    }


def decode_strictly(response: TestResponse, wire_type: type) -> Json:
    """Return the answer; fail if a field is missing or unknown, or of another type than is declared."""
    decoded = msgspec.json.decode(response.data, type=wire_type)
    answer: Json = json.loads(response.data)
    # Decoding drops what is unknown and fills in what is missing, so only the same fields come back.
    assert json.loads(msgspec.json.encode(decoded)) == answer
    return answer


def test_every_call_has_an_example(answers: dict[str, TestResponse]) -> None:
    assert set(answers) == {route.name for route in ANSWERED}


def test_what_keeps_its_connection_is_described_as_that() -> None:
    kept = {route.path: route for route in ROUTES if route not in ANSWERED}
    assert set(kept) == {"/v1/socket", "/v1/stream"}
    paths = describe()["paths"]
    assert "101" in paths["/v1/socket"]["get"]["responses"]
    for method in ("get", "post"):
        assert list(paths["/v1/stream"][method]["responses"]["200"]["content"]) == ["text/event-stream"]
    (ticket,) = (p for p in paths["/v1/stream"]["get"]["parameters"] if p["name"] == "ticket")
    assert ticket["required"]


@pytest.mark.parametrize("route", ANSWERED, ids=lambda route: route.name)
def test_a_real_answer_is_what_is_described(answers: dict[str, TestResponse], route: Route) -> None:
    response = answers[route.name]
    assert response.status_code == route.status
    if route.gives is None:
        assert response.data == b""
        return
    assert response.mimetype == "application/json"
    assert decode_strictly(response, route.gives)


def test_a_poll_with_events_of_every_kind_is_what_is_described(host: Host) -> None:
    poll = next(route for route in ROUTES if route.name == "poll")
    assert poll.gives is not None
    ada, bob = host.visit("ada"), host.visit("bob")
    start = ada.state()["cursor"]
    bob.send(ada.open("bob"), "hello")
    here = f"/v1/conversations/{ada.open('bob')}"
    ada.ask("PUT", f"{here}/read", {"seq": 1})
    bob.ask("PATCH", f"{here}/messages/1", {"text": "hi"})
    bob.ask("PUT", f"{here}/messages/1/reactions", {"emoji": "👍", "on": True})
    ada.call("PUT", f"{here}/unread", {"on": True})
    ada.send(ada.open("bob"), "answer")
    bob.ask("PUT", f"{here}/read", {"seq": 2})
    stored = decode_strictly(ada.poll(start, wait=False, watch=["bob"]), poll.gives)
    waiting = bob.begin_poll(bob.state()["cursor"])
    host.visit("bob").ask("PUT", "/v1/presence", {"presence": "away"})
    fleeting = decode_strictly(waiting.get(timeout=2), poll.gives)
    kinds = {event["type"] for event in stored["events"] + fleeting["events"]}
    of_people = {"presence.changed", "presence.own"}
    of_messages = {"message.created", "message.changed", "receipt.read", "receipt.peer"}
    assert kinds == of_people | of_messages | {"conversation.changed"}
    assert decode_strictly(ada.poll("99.00000000", wait=False), poll.gives)["reset"] == "ahead"


def test_a_poll_that_hears_rooms_is_what_is_described(host: Host) -> None:
    poll = next(route for route in ROUTES if route.name == "poll")
    assert poll.gives is not None
    ada, bob = host.visit("ada"), host.visit("bob")
    start = bob.state()["cursor"]
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
    (seq,) = (sent["seq"] for sent in ada.send(room, "hello"))
    ada.ask("PATCH", f"/v1/conversations/{room}/messages/{seq}", {"text": "hi"})
    ada.ask("PATCH", f"/v1/conversations/{room}", {"topic": "this and that"})
    rooms = {room: "0.00000000", "r-unknown": "0.00000000"}
    heard = decode_strictly(bob.poll(start, wait=False, rooms=rooms), poll.gives)
    kinds = {event["type"] for event in heard["events"]}
    assert kinds == {"message.created", "message.changed", "conversation.changed"}
    assert {event["room"] for event in heard["events"]} == {room}
    assert heard["resets"] == {"r-unknown": "gone"}


def test_an_error_is_what_is_described(host: Host) -> None:
    for response in (Member(host.app, "").call("GET", "/v1/state"), host.sign_in("x")):
        assert decode_strictly(response, ErrorAnswer)
