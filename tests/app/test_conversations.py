"""Sending, reading and looking back, as a client sees it."""

import pytest

from tests.app.member import Host, Json, Member, client_id, outcome


@pytest.fixture
def ada(host: Host) -> Member:
    return host.visit("ada")


@pytest.fixture
def bob(host: Host) -> Member:
    return host.visit("bob")


def messages_path(conversation_id: str) -> str:
    return f"/v1/conversations/{conversation_id}/messages"


def texts(page: Json) -> list[str]:
    return [message["text"] for message in page["data"]]


def test_both_open_the_same_conversation(ada: Member, bob: Member) -> None:
    assert ada.open("bob") == bob.open("ada") == ada.open("bob")


def test_a_message_reaches_both_with_the_same_content(ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    cursors = ada.state()["cursor"], bob.state()["cursor"]
    (sent,) = ada.send(conversation_id, "hello bob")
    events = [person.events(cursor)["events"] for person, cursor in zip((ada, bob), cursors, strict=True)]
    messages = [event["message"] for (event,) in events]
    assert messages[0] == messages[1]
    assert messages[0] == {
        "conversation_id": conversation_id,
        "seq": 1,
        "sender_id": "ada",
        "client_id": sent["client_id"],
        "text": "hello bob",
        "created_at": sent["created_at"],
    }
    assert ada.ask("GET", messages_path(conversation_id))["data"] == [messages[0]]


def test_a_send_may_be_repeated_for_ever(ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    body = {"messages": [{"client_id": client_id(), "text": text} for text in ("one", "two")]}
    first = ada.ask("POST", messages_path(conversation_id), body)
    again = [ada.ask("POST", messages_path(conversation_id), body) for _ in range(3)]
    assert [message["duplicate"] for message in first["messages"]] == [False, False]
    for answer in again:
        assert [message.pop("duplicate") for message in answer["messages"]] == [True, True]
    stripped = [{k: v for k, v in message.items() if k != "duplicate"} for message in first["messages"]]
    assert all(answer["messages"] == stripped for answer in again)
    assert texts(bob.ask("GET", messages_path(conversation_id))) == ["one", "two"]


def test_a_repeat_with_new_messages_stores_only_those(ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    old, fresh = ({"client_id": client_id(), "text": text} for text in ("old", "fresh"))
    ada.ask("POST", messages_path(conversation_id), {"messages": [old]})
    answer = ada.ask("POST", messages_path(conversation_id), {"messages": [old, fresh]})
    assert [(message["seq"], message["duplicate"]) for message in answer["messages"]] == [
        (1, True),
        (2, False),
    ]
    assert texts(bob.ask("GET", messages_path(conversation_id))) == ["old", "fresh"]


def test_the_same_client_id_for_something_else_is_a_conflict(host: Host, ada: Member, bob: Member) -> None:
    host.visit("eve")
    conversation_id, other_id = ada.open("bob"), ada.open("eve")
    message = {"client_id": client_id(), "text": "one"}
    ada.ask("POST", messages_path(conversation_id), {"messages": [message]})
    conflicts = {
        conversation_id: {"messages": [message | {"text": "two"}]},
        other_id: {"messages": [message]},
    }
    for where, body in conflicts.items():
        assert outcome(ada.call("POST", messages_path(where), body)) == (409, "client_id_conflict")
    # Somebody else's id is no business of mine.
    assert bob.ask("POST", messages_path(conversation_id), {"messages": [message | {"text": "two"}]})
    assert texts(ada.ask("GET", messages_path(conversation_id))) == ["one", "two"]


def test_a_conflict_keeps_the_rest_of_the_request_out(ada: Member, bob: Member) -> None:
    conversation_id = bob.open("ada")
    used = client_id()
    body = {"messages": [{"client_id": used, "text": "one"}]}
    ada.ask("POST", messages_path(conversation_id), body)
    body = {"messages": [{"client_id": client_id(), "text": "new"}, {"client_id": used, "text": "two"}]}
    assert outcome(ada.call("POST", messages_path(conversation_id), body)) == (409, "client_id_conflict")
    assert texts(ada.ask("GET", messages_path(conversation_id))) == ["one"]


def test_history_is_paged_both_ways(ada: Member, bob: Member) -> None:
    conversation_id = bob.open("ada")
    sent = [f"message {number}" for number in range(1, 26)]
    ada.send(conversation_id, *sent[:20])
    ada.send(conversation_id, *sent[20:])
    path = messages_path(conversation_id)
    newest = bob.ask("GET", f"{path}?limit=10")
    assert (texts(newest), newest["has_more"]) == (sent[15:], True)
    middle = bob.ask("GET", f"{path}?limit=10&before_seq={newest['data'][0]['seq']}")
    assert (texts(middle), middle["has_more"]) == (sent[5:15], True)
    oldest = bob.ask("GET", f"{path}?limit=10&before_seq={middle['data'][0]['seq']}")
    assert (texts(oldest), oldest["has_more"]) == (sent[:5], False)
    after = bob.ask("GET", f"{path}?limit=10&after_seq=10")
    assert (texts(after), after["has_more"]) == (sent[10:20], True)
    last = bob.ask("GET", f"{path}?limit=10&after_seq=20")
    assert (texts(last), last["has_more"]) == (sent[20:], False)
    assert bob.ask("GET", f"{path}?after_seq=25") == {"data": [], "has_more": False}
    assert bob.ask("GET", f"{path}?before_seq=1") == {"data": [], "has_more": False}


def test_unread_follows_from_the_read_mark(ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    ada.send(conversation_id, *"abcde")
    path = f"/v1/conversations/{conversation_id}"
    for reader, expected in ((ada, (5, 0)), (bob, (0, 5))):
        seen = reader.ask("GET", path)
        assert (seen["read_seq"], seen["unread"]) == expected
    cursor = bob.state()["cursor"]
    assert bob.ask("PUT", f"{path}/read", {"seq": 3}) == {
        "conversation_id": conversation_id,
        "read_seq": 3,
        "unread": 2,
    }
    (event,) = bob.events(cursor)["events"]
    assert (event["type"], event["read_seq"], event["unread"]) == ("receipt.read", 3, 2)
    assert bob.state()["unread_total"] == 2
    # A mark never goes back, and telling it twice tells nobody anything.
    cursor = bob.state()["cursor"]
    for seq in (3, 1, 0):
        assert bob.ask("PUT", f"{path}/read", {"seq": seq})["read_seq"] == 3
    assert bob.events(cursor)["events"] == []
    # Whoever answers has read what was there.
    bob.send(conversation_id, "an answer")
    assert bob.ask("GET", path)["unread"] == 0
    assert ada.ask("GET", path)["unread"] == 1


def test_conversations_come_newest_first_and_in_pages(host: Host, ada: Member) -> None:
    people = [f"person-{number:02d}" for number in range(7)]
    for person in people:
        host.visit(person)
        ada.send(ada.open(person), f"hello {person}")
    silent = host.visit("silent").user_id
    ada.open(silent)
    seen: list[str] = []
    cursor = ""
    while True:
        page = ada.ask("GET", f"/v1/conversations?limit=3{cursor and f'&cursor={cursor}'}")
        seen += [conversation["peer"]["id"] for conversation in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    # Those of one millisecond have an order of their own, so only the set and the ends are certain.
    assert sorted(seen) == people
    stamps = [c["last_at"] for c in ada.ask("GET", "/v1/conversations")["data"]]
    assert stamps == sorted(stamps, reverse=True)


def test_contacts_are_searched_by_any_word_and_paged(host: Host, ada: Member) -> None:
    names = ["Zoë Klein", "Ada Klein", "Bob Groß", "Klea Ines", "Ömer Ünal"]
    for number, name in enumerate(names):
        host.visit(f"u{number}", name=name)
    everyone = "/v1/contacts?filter=everyone"

    def search(q: str) -> list[str]:
        return [person["name"] for person in ada.ask("GET", f"{everyone}&q={q}")["data"]]

    assert sorted(search("kle")) == ["Ada Klein", "Klea Ines", "Zoë Klein"]
    assert search("GROSS") == ["Bob Groß"]
    assert search("ömer ü") == ["Ömer Ünal"]
    assert search("lein") == []
    first = ada.ask("GET", f"{everyone}&limit=3")
    second = ada.ask("GET", f"{everyone}&limit=3&cursor={first['next_cursor']}")
    assert first["total"] == second["total"] == 5
    assert second["next_cursor"] is None
    assert sorted(p["name"] for p in first["data"] + second["data"]) == sorted(names)


def test_friends_are_those_of_the_host(host: Host, ada: Member) -> None:
    for user_id in ("bob", "eve", "zoe"):
        host.visit(user_id)
    host.befriend("ada", "zoe", "bob", "not-here-yet")
    page = ada.ask("GET", "/v1/contacts?filter=friends")
    assert [(person["id"], person["friend"]) for person in page["data"]] == [("bob", True), ("zoe", True)]
    assert page["total"] == ada.state()["friends_total"] == 2
    assert ada.ask("GET", "/v1/users/eve")["friend"] is False


def test_the_state_and_its_cursor_belong_together(ada: Member, bob: Member) -> None:
    conversation_id = ada.open("bob")
    ada.send(conversation_id, "before")
    state = bob.state()
    ada.send(conversation_id, "after")
    assert [c["last_message"]["text"] for c in state["conversations"]["data"]] == ["before"]
    assert state["unread_total"] == 1
    answer = bob.events(state["cursor"])
    assert [event["message"]["text"] for event in answer["events"]] == ["after"]
    assert answer["cursor"] == bob.state()["cursor"] == answer["events"][-1]["cursor"]
    assert bob.state()["site"]["name"] == "A community"
