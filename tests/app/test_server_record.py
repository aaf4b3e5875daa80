"""What a key changes is a line of the site's record: who, what, how many, never what was said."""

from typing import Any

import pytest

from imserver.store import Store
from imserver.store.audit import Entry
from tests.app.member import client_id, engine_of
from tests.app.receiver import Receiver
from tests.app.site_server import SiteServer, open_app, receiver, server

__all__ = ["open_app", "receiver", "server"]


def store_of(server: SiteServer) -> Store:
    return engine_of(server.app).store


def lines(server: SiteServer, *, since: int = 0) -> list[Entry]:
    """Return what is on the record, the oldest first."""
    found = store_of(server).audit.page(server.host.site.site_id, limit=200)
    return [entry for entry in reversed(found) if entry.n > since]


def last(server: SiteServer) -> tuple[str, str, dict[str, Any]]:
    entry = lines(server)[-1]
    return entry.act, entry.about, entry.detail


@pytest.fixture
def people(server: SiteServer) -> SiteServer:
    server.ask("PUT", "/users", {"users": [{"id": "ada", "name": "Ada"}, {"id": "bob", "name": "Bob"}]})
    return server


def test_every_call_that_changes_something_leaves_one_line(people: SiteServer, receiver: Receiver) -> None:
    receiver.always(200, b'["bob", "cyd"]')
    room = people.ask("POST", "/rooms", {"name": "Salon"})["id"]
    calls: list[tuple[str, str, Any, str, str, dict[str, Any]]] = [
        ("PUT", "/users/dan", {"name": "Dan"}, "members.described", "dan", {"created": 1, "changed": 0}),
        ("PUT", "/friends/ada", {"friends": ["bob"]}, "friends.changed", "ada", {"added": 1, "lists": 1}),
        ("PATCH", "/friends/ada", {"remove": ["bob"]}, "friends.changed", "ada", {"removed": 1}),
        ("PUT", "/friends-source", {"url": receiver.url}, "site.rules", "", {}),
        ("POST", "/friends-source/pulls/ada", None, "friends.changed", "ada", {"added": 2}),
        ("PUT", "/bots/quiz", {"name": "Quiz"}, "bot.described", "quiz", {}),
        ("PATCH", f"/rooms/{room}", {"topic": "tea"}, "room.changed", room, {"changed": ["topic"]}),
        ("PUT", f"/rooms/{room}/members/ada", {"role": "owner"}, "room.member_put", room, {"role": "owner"}),
        ("DELETE", f"/rooms/{room}/members/ada", None, "room.member_removed", room, {"member": "ada"}),
        ("DELETE", f"/rooms/{room}", None, "room.closed", room, {}),
        ("PUT", "/bans/bob", {"reason": "spam"}, "ban.added", "bob", {}),
        ("GET", "/exports/users/bob", None, "member.exported", "bob", {}),
        ("GET", "/exports/site", None, "site.exported", "", {}),
        ("DELETE", "/users/bob", None, "member.erased", "bob", {}),
    ]
    for method, path, body, act, about, detail in calls:
        before = lines(people)[-1].n
        assert people.call(method, path, body).status_code < 300, path
        (entry,) = lines(people, since=before)
        assert (entry.act, entry.about) == (act, about), path
        assert entry.detail | detail == entry.detail, path
    key_id = store_of(people).api_keys.list_keys(people.host.site.site_id)[0].key_id
    assert {entry.actor for entry in lines(people)} == {f"key:{key_id}"}
    verdict = store_of(people).audit.verify(people.host.site.site_id)
    assert (verdict.broken, verdict.count) == (None, lines(people)[-1].n)


def test_many_at_once_are_one_line_with_their_number(people: SiteServer) -> None:
    assert last(people) == ("members.described", "", {"created": 2, "changed": 0})
    users = [{"id": f"m{n}", "name": "New"} for n in range(500)] + [{"id": "ada", "name": "Ada B"}]
    people.ask("PUT", "/users", {"users": users})
    assert last(people) == ("members.described", "", {"created": 500, "changed": 1})
    people.ask(
        "PATCH", "/friends", {"changes": [{"user_id": f"m{n}", "add": ["ada", "bob"]} for n in range(300)]}
    )
    assert last(people) == ("friends.changed", "", {"lists": 300, "added": 600, "removed": 0})
    assert len(lines(people)) == 3


def test_what_changes_nothing_leaves_no_line(people: SiteServer) -> None:
    room = people.ask("POST", "/rooms", {"name": "Salon"})["id"]
    people.ask("PUT", f"/rooms/{room}/members/ada", {"role": "owner"})
    people.ask("PUT", "/friends/ada", {"friends": ["bob"]})
    before = len(lines(people))
    people.ask("PUT", "/users", {"users": [{"id": "ada", "name": "Ada"}]})
    people.ask("PUT", "/users/bob", {"name": "Bob"})
    people.ask("PUT", "/friends/ada", {"friends": ["bob"]})
    people.ask("PATCH", "/friends/ada", {"add": ["bob"]})
    people.ask("PATCH", f"/rooms/{room}", {"name": "Salon"})
    people.ask("PUT", f"/rooms/{room}/members/ada", {"role": "owner"})
    for method, path, body in (
        ("DELETE", "/users/nobody", None),
        ("GET", "/exports/users/nobody", None),
        ("PUT", "/rooms/rabsent/members/ada", {"role": "member"}),
        ("PUT", "/bots/ada", {"name": "A member"}),
        ("POST", "/messages", {"user_id": "nobody", "messages": [message("x")]}),
    ):
        assert people.call(method, path, body).status_code in (404, 409), path
    assert len(lines(people)) == before


def message(text: str) -> dict[str, str]:
    return {"client_id": client_id(), "text": text}


def test_what_a_bot_was_made_to_say_is_on_the_record_without_its_words(people: SiteServer) -> None:
    wanted = {"user_id": "ada", "messages": [message("a secret"), message("another")]}
    sent = people.ask("POST", "/messages", wanted)
    ids = [each["client_id"] for each in wanted["messages"]]
    expected = ("message.sent", sent["conversation_id"], {"sender": "im:system", "client_ids": ids})
    assert last(people) == expected
    assert "secret" not in str(lines(people))
    before = len(lines(people))
    people.ask("POST", "/messages", wanted)
    assert len(lines(people)) == before


def test_a_repeat_leaves_the_line_that_was_lost_with_its_worker(
    people: SiteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"user_id": "ada", "messages": [message("hello")]}
    audit = store_of(people).audit
    with monkeypatch.context() as patched:
        patched.setattr(audit, "append", lambda **entry: 1 / 0)
        assert people.call("POST", "/messages", wanted).status_code == 500
    before = len(lines(people))
    again = people.ask("POST", "/messages", wanted)
    assert again["messages"][0]["duplicate"]
    assert len(lines(people)) == before + 1
    assert last(people)[0] == "message.sent"


def test_a_line_that_cannot_be_written_keeps_the_change_from_being_made(
    people: SiteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_values: object) -> int:
        raise RuntimeError("no room on the record")

    for module in ("site_people", "site_friends", "site_rooms", "bots"):
        monkeypatch.setattr(f"imserver.store.{module}.append", fail)
    for method, path, body in (
        ("PUT", "/users/zoe", {"name": "Zoe"}),
        ("PUT", "/friends/ada", {"friends": ["bob"]}),
        ("POST", "/rooms", {"name": "Salon"}),
        ("PUT", "/bots/quiz", {"name": "Quiz"}),
    ):
        assert people.call(method, path, body).status_code == 500, path
    assert people.call("GET", "/users/zoe").status_code == 404
    assert people.ask("GET", "/friends/ada")["data"] == []
    assert people.ask("GET", "/rooms")["data"] == []
    assert "quiz" not in [bot["id"] for bot in people.ask("GET", "/bots")["data"]]
