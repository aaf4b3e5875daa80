"""Messages over HTTP: answered, refused, changed, and told to those who wait."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.app.member import Host, Json, Member, client_id, outcome
from tests.app.scene import Scene
from tests.app.scripts import scripts
from tests.files import samples

THUMB = "👍"


@pytest.fixture
def scene(host: Host) -> Scene:
    """Give an empty conversation of ada's with bob."""
    ada = host.visit("ada")
    host.visit("bob")
    return Scene(host, ada, ada.open("bob"))


@pytest.fixture
def bob(host: Host) -> Member:
    return host.visit("bob")


def new(text: str, **dressing: Any) -> Json:
    return {"client_id": client_id(), "text": text, **dressing}


def history(member: Member, scene: Scene) -> list[Json]:
    return list(member.ask("GET", f"{scene.messages}?limit=100")["data"])


def events_of(response: TestResponse) -> list[Json]:
    assert response.status_code == 200, response.data
    return list(json.loads(response.data)["events"])


def test_a_plain_message_has_no_fields_that_it_does_not_need(scene: Scene) -> None:
    scene.send(new("plain"))
    fields = {"conversation_id", "seq", "sender_id", "client_id", "text", "created_at"}
    assert set(history(scene.ada, scene)[0]) == fields


def test_a_reply_with_a_mention_is_told_as_it_is_read(scene: Scene, bob: Member) -> None:
    scene.send(new("how are you?"))
    start = bob.state()["cursor"]
    waiting = bob.begin_poll(start)
    assert outcome(scene.send(new("@bob?", reply_to=1, mentions=["bob"]))) == (200, "")
    (live,) = events_of(waiting.get(timeout=5))
    assert live["message"]["reply"] == {"seq": 1, "sender_id": "ada", "text": "how are you?"}
    assert live["message"]["mentions"] == ["bob"]
    assert bob.events(start)["events"] == [live]
    assert history(bob, scene)[1] == live["message"]
    seen = bob.ask("GET", f"/v1/conversations/{scene.conversation_id}")
    assert (seen["mentioned_seq"], seen["unread"]) == (2, 2)


def test_every_change_reaches_who_waits_and_is_the_same_from_the_log(scene: Scene, bob: Member) -> None:
    scene.send(new("one"))
    first = f"{scene.messages}/1"
    pin = f"/v1/conversations/{scene.conversation_id}/pins/1"
    acts: list[tuple[Member, str, str, Any]] = [
        (scene.ada, "PATCH", first, {"text": "two", "mentions": ["bob"]}),
        (bob, "PUT", f"{first}/reactions", {"emoji": THUMB, "on": True}),
        (bob, "PUT", f"{first}/reactions", {"emoji": THUMB, "on": False}),
        (bob, "PUT", pin, None),
        (scene.ada, "DELETE", first, None),
    ]
    for version, (member, method, path, body) in enumerate(acts, 1):
        start = bob.state()["cursor"]
        waiting = bob.begin_poll(start)
        answer = member.ask(method, path, body)
        live = events_of(waiting.get(timeout=5))
        assert live[0] == {"type": "message.changed", "cursor": live[0]["cursor"], "message": answer}
        assert bob.events(start)["events"][: len(live)] == live
        assert answer["version"] == version
        before = len(bob.events(start)["events"])
        assert member.ask(method, path, body) == answer
        assert len(bob.events(start)["events"]) == before
    assert answer["deleted"]
    assert history(scene.ada, scene)[0] == answer


def test_pins_are_listed_and_counted(scene: Scene, bob: Member) -> None:
    scene.send(new("one"), new("two"))
    here = f"/v1/conversations/{scene.conversation_id}"
    for seq in (2, 1):
        bob.ask("PUT", f"{here}/pins/{seq}")
    assert [message["seq"] for message in scene.ada.ask("GET", f"{here}/pins")["data"]] == [1, 2]
    assert scene.ada.ask("GET", here)["pins"] == 2


def test_receipts_tell_the_sender_and_stay_in_the_conversation(scene: Scene, bob: Member) -> None:
    here = f"/v1/conversations/{scene.conversation_id}"
    scene.send(new("one"), new("two"))
    start = scene.ada.state()["cursor"]
    assert bob.call("PUT", f"{here}/delivered", {"seq": 2}).status_code == 204
    bob.ask("PUT", f"{here}/read", {"seq": 1})
    told = [event for event in scene.ada.events(start)["events"] if event["type"] == "receipt.peer"]
    assert [(e["user_id"], e["read_seq"], e["delivered_seq"]) for e in told] == [("bob", 0, 2), ("bob", 1, 2)]
    seen = scene.ada.ask("GET", here)
    assert (seen["peer_read_seq"], seen["peer_delivered_seq"]) == (1, 2)
    assert scene.ada.state()["conversations"]["data"][0]["peer_read_seq"] == 1


def test_a_conversation_is_marked_unread_on_every_device_until_it_is_read(scene: Scene, bob: Member) -> None:
    here = f"/v1/conversations/{scene.conversation_id}"
    scene.send(new("one"))
    bob.ask("PUT", f"{here}/read", {"seq": 1})
    start = bob.state()["cursor"]
    assert bob.call("PUT", f"{here}/unread", {"on": True}).status_code == 204
    assert [event["type"] for event in bob.events(start)["events"]] == ["conversation.changed"]
    assert bob.ask("GET", here)["marked_unread"]
    assert not scene.ada.ask("GET", here)["marked_unread"]
    assert bob.call("PUT", f"{here}/unread", {"on": False}).status_code == 204
    assert not bob.ask("GET", here)["marked_unread"]


# -- what is wrong

NO_EMOJI = ("", "a", "<b>", "👍👍", "👍 ", "\u200d", "🇦", "1", "\u202e👍", "👨\u200d" * 15 + "👨")


@pytest.mark.parametrize("emoji", NO_EMOJI, ids=ascii)
def test_a_reaction_that_is_no_emoji_is_refused(scene: Scene, emoji: str) -> None:
    scene.send(new("one"))
    answer = scene.ada.call("PUT", f"{scene.messages}/1/reactions", {"emoji": emoji, "on": True})
    assert outcome(answer)[0] == 400
    assert outcome(answer)[1] in ("invalid_reaction", "invalid_request")
    assert "reactions" not in history(scene.ada, scene)[0]


@pytest.mark.parametrize(
    ("dressing", "code"),
    [
        ({"reply_to": 2}, "invalid_reply"),
        ({"reply_to": -1}, "invalid_request"),
        ({"reply_to": 2**60}, "invalid_request"),
        ({"reply_to": "1"}, "invalid_request"),
        ({"mentions": ["eve"]}, "invalid_mention"),
        ({"mentions": ["bob", "no such"]}, "invalid_mention"),
        ({"mentions": [f"u{n}" for n in range(21)]}, "invalid_request"),
        ({"mentions": "bob"}, "invalid_request"),
        ({"mentions": [""]}, "invalid_request"),
        ({"files": ["<script>"]}, "invalid_request"),
        ({"files": ["f"] * 11}, "invalid_request"),
        ({"reactions": []}, "unknown_field"),
        ({"deleted": True}, "unknown_field"),
    ],
    ids=repr,
)
def test_what_a_message_refers_to_must_be_there(scene: Scene, host: Host, dressing: Json, code: str) -> None:
    host.visit("eve")
    scene.send(new("one"))
    assert outcome(scene.send(new("fine"), new("not", **dressing))) == (400, code)
    assert len(history(scene.ada, scene)) == 1


def test_files_are_the_senders_of_this_conversation_and_unsent(scene: Scene) -> None:
    assert outcome(scene.send(new("", files=["fabsent"]))) == (404, "not_found")
    assert outcome(scene.send(new(""))) == (400, "invalid_text")


def test_a_file_is_sent_once_by_its_owner_and_goes_with_its_message(scene: Scene, bob: Member) -> None:
    upload = f"/v1/files?conversation_id={scene.conversation_id}&name=a.jpg"
    file = scene.ada.call("POST", upload, samples.picture()).json
    assert outcome(bob.call("POST", scene.messages, {"messages": [new("", files=[file["id"]])]}))[0] == 404
    message = new("", files=[file["id"]], mentions=["bob"])
    assert scene.send(message).json["messages"][0]["seq"] == 1
    assert scene.send(message).json["messages"][0]["duplicate"]
    assert outcome(scene.send(message | {"files": []})) == (400, "invalid_text")
    assert outcome(scene.send(message | {"mentions": []})) == (409, "client_id_conflict")
    for files in ([file["id"]], ["fabsent", file["id"]]):
        assert outcome(scene.send(new("again", files=files))) == (404, "not_found")
    assert history(bob, scene)[0]["files"] == [file]
    urls = {"conversation_id": scene.conversation_id, "file_ids": [file["id"]]}
    assert file["id"] in bob.ask("POST", "/v1/files/urls", urls)["data"]
    assert "version" not in scene.ada.ask("PATCH", f"{scene.messages}/1", {"text": ""})
    assert "files" not in scene.ada.ask("DELETE", f"{scene.messages}/1")
    assert bob.ask("POST", "/v1/files/urls", urls)["data"] == {}


def test_a_reply_to_another_conversation_is_refused(scene: Scene, host: Host) -> None:
    host.visit("cyd")
    other = scene.ada.open("cyd")
    scene.ada.send(other, "a secret of cyd's")
    answer = scene.send(new("look", reply_to=1))
    assert outcome(answer) == (400, "invalid_reply")
    assert b"secret" not in answer.data


def test_nobody_changes_what_another_has_said(scene: Scene, bob: Member, host: Host) -> None:
    scene.send(new("mine"))
    eve = host.visit("eve")
    for member, expected in ((bob, (403, "forbidden")), (eve, (404, "not_found"))):
        assert outcome(member.call("PATCH", f"{scene.messages}/1", {"text": "yours"})) == expected
        assert outcome(member.call("DELETE", f"{scene.messages}/1")) == expected
    assert [message["text"] for message in history(bob, scene)] == ["mine"]


@pytest.mark.parametrize("text", ["", " \u200b", "a\x00b", "x" * 4_001], ids=ascii)
def test_an_edit_keeps_to_the_rules_of_a_message(scene: Scene, text: str) -> None:
    scene.send(new("one"))
    assert outcome(scene.ada.call("PATCH", f"{scene.messages}/1", {"text": text}))[0] == 400
    assert history(scene.ada, scene)[0]["text"] == "one"


@pytest.mark.parametrize("seq", ["0", "2", "-1", "1.0", "one", "\uff11", "9" * 17, "9" * 400, "%00", "1 "])
def test_a_seq_of_nothing_is_not_found(scene: Scene, seq: str) -> None:
    scene.send(new("one"))
    for method, path, body in (
        ("PATCH", f"{scene.messages}/{seq}", {"text": "x"}),
        ("DELETE", f"{scene.messages}/{seq}", None),
        ("PUT", f"{scene.messages}/{seq}/reactions", {"emoji": THUMB, "on": True}),
        ("PUT", f"/v1/conversations/{scene.conversation_id}/pins/{seq}", None),
    ):
        assert outcome(scene.ada.call(method, path, body)) == (404, "not_found")


def test_texts_that_would_be_programs_stay_texts(scene: Scene, bob: Member) -> None:
    texts = scripts()
    assert len(texts) == 500
    start = bob.state()["cursor"]
    scene.send(new("at first"))
    for at in range(0, len(texts), 20):
        assert scene.send(*(new(text, reply_to=1) for text in texts[at : at + 20])).status_code == 200
    read: list[str] = []
    for page in range(1, 502, 100):
        response = bob.call("GET", f"{scene.messages}?after_seq={page}&limit=100")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.mimetype == "application/json"
        read += [message["text"] for message in response.json["data"]]
    assert read == texts
    told: list[str] = []
    while (answer := bob.events(start))["events"]:
        told += [event["message"]["text"] for event in answer["events"]]
        start = answer["cursor"]
    assert told[1:] == texts
    assert scene.ada.ask("PATCH", f"{scene.messages}/1", {"text": texts[0]})["text"] == texts[0]
    assert history(bob, scene)[-1]["reply"]["text"] == texts[0]
