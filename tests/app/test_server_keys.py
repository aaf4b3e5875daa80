"""The permission table of the server API: every call, with every kind of key."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from imserver.handlers.server.api import SERVER_ROUTES
from imserver.services.suspension import Suspension
from imserver.settings import LimitsSettings, ServerSettings
from tests.app.conftest import MakeApp
from tests.app.member import client_id, engine_of, outcome
from tests.app.receiver import Receiver
from tests.app.site_server import SiteServer, new_server, open_app, receiver, server

__all__ = ["open_app", "receiver", "server"]

SECRET = "A name that only the first site knows"
OK, CREATED, GONE, ABSENT = (200, ""), (201, ""), (204, ""), (404, "not_found")
UNKNOWN, WRONG = (401, "unauthenticated"), (401, "api_key_wrong")
SUSPENDED = (403, "site_suspended")
# What is left to the owner of a suspended site: to go, with everything.
LEAVING = ("GET /exports/users/{user_id}", "GET /exports/site", "DELETE /users/{user_id}")


@dataclass(frozen=True, slots=True)
class Row:
    """A call; what its own site gets; what another site gets that names the same things."""

    call: str
    success: tuple[int, str]
    elsewhere: tuple[int, str]
    body: Any = None


ONE_MESSAGE = [{"client_id": "$client_id", "text": "hello"}]
# In an order in which all of them succeed.
TABLE = (
    Row("GET /site", OK, OK),
    Row("GET /users", OK, OK),
    Row("PUT /users", OK, OK, {"users": [{"id": "dan", "name": "Dan"}]}),
    Row("POST /users/presence", OK, OK, {"ids": ["ada", "nobody"]}),
    Row("POST /users/unread", OK, OK, {"ids": ["ada", "nobody"]}),
    Row("GET /users/{user_id}", OK, ABSENT),
    Row("PUT /users/{user_id}", OK, OK, {"name": "Ada"}),
    Row("PATCH /friends", OK, OK, {"changes": [{"user_id": "ada", "add": ["bob"]}]}),
    Row("PUT /friends/{user_id}", OK, OK, {"friends": ["bob"]}),
    Row("PATCH /friends/{user_id}", OK, OK, {"remove": ["bob"]}),
    Row("GET /friends/{user_id}", OK, OK),
    Row("PUT /friends-source", OK, OK, {"url": "$url"}),
    Row("GET /friends-source", OK, OK),
    Row("POST /friends-source/pulls/{user_id}", OK, OK),
    Row("PUT /bots/{user_id}", OK, OK, {"name": "Helper"}),
    Row("GET /bots", OK, OK),
    Row("POST /messages", OK, ABSENT, {"conversation_id": "$room", "messages": ONE_MESSAGE}),
    Row("PUT /bans/{user_id}", OK, ABSENT, {"reason": "spam"}),
    Row("GET /bans/{user_id}", OK, ABSENT),
    Row("GET /bans", OK, OK),
    Row("DELETE /bans/{user_id}", GONE, ABSENT),
    Row("GET /exports/users/{user_id}", OK, ABSENT),
    Row("GET /exports/site", OK, OK),
    Row("GET /rooms", OK, OK),
    Row("POST /rooms", CREATED, CREATED, {"name": "Another"}),
    Row("GET /rooms/{conversation_id}", OK, ABSENT),
    Row("PATCH /rooms/{conversation_id}", OK, ABSENT, {"topic": "this and that"}),
    Row("GET /rooms/{conversation_id}/members", OK, ABSENT),
    Row("PUT /rooms/{conversation_id}/members/{user_id}", GONE, ABSENT, {"role": "moderator"}),
    Row("DELETE /rooms/{conversation_id}/members/{user_id}", GONE, ABSENT),
    Row("DELETE /rooms/{conversation_id}", GONE, ABSENT),
    Row("GET /webhooks", OK, OK),
    Row("POST /webhooks", CREATED, CREATED, {"url": "$url", "events": ["user.created"]}),
    Row("PATCH /webhooks/{webhook_id}", OK, ABSENT, {"enabled": True}),
    Row("POST /webhooks/{webhook_id}/test", OK, ABSENT),
    Row("GET /webhooks/{webhook_id}/posts", OK, ABSENT),
    Row("POST /webhooks/{webhook_id}/posts/{number}/again", (409, "conflict"), ABSENT),
    Row("DELETE /webhooks/{webhook_id}", GONE, ABSENT),
    Row("DELETE /users/{user_id}", GONE, ABSENT),
)


def test_every_call_has_a_row() -> None:
    declared = {f"{route.method} {route.path.removeprefix('/server/v1')}" for route in SERVER_ROUTES}
    assert declared == {row.call for row in TABLE}
    assert len(TABLE) == len(declared)


def fill(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: fill(part, words) for name, part in value.items()}
    if isinstance(value, list):
        return [fill(part, words) for part in value]
    for word, meant in words.items() if isinstance(value, str) else ():
        value = value.replace(word, meant)
    return value


@pytest.fixture
def words(server: SiteServer, receiver: Receiver) -> dict[str, str]:
    """Give the ids of what the site has: ada, a room, a webhook that was tried once."""
    receiver.always(200, b'["bob"]')
    server.ask("PUT", "/users/ada", {"name": SECRET})
    server.ask("PUT", "/users/eve", {"name": SECRET})
    room = server.ask("POST", "/rooms", {"name": SECRET})["id"]
    hook = server.ask("POST", "/webhooks", {"url": receiver.url, "events": ["message.created"]})["id"]
    server.ask("POST", f"/webhooks/{hook}/test")
    ids = {"{conversation_id}": room, "$room": room, "{webhook_id}": hook, "{number}": "1"}
    return ids | {"$url": receiver.url}


def test_who_may_call(server: SiteServer, words: dict[str, str]) -> None:
    member = server.host.visit("ada", name=SECRET).session
    other = new_server(server.app)
    retired = _retired(server)
    for row in TABLE:
        method, path = row.call.split()
        # The other site gets an ada of its own on the way, but no eve.
        of_eve = path.startswith(("/bans", "/exports")) or row.call == "DELETE /users/{user_id}"
        user_id = "helper" if path.startswith("/bots") else "eve" if of_eve else "ada"

        def ask(
            key: str, row: Row = row, method: str = method, path: str = path, user_id: str = user_id
        ) -> Any:
            meant = words | {"{user_id}": user_id, "$client_id": client_id()}
            return server.call(method, fill(path, meant), fill(row.body, meant), key=key)

        expected = {"": UNKNOWN, "imk_garbage": WRONG, retired: WRONG, member: WRONG, f"imk_{member}": WRONG}
        assert {key: outcome(ask(key)) for key in expected} == expected, row.call
        foreign = ask(other.key)
        assert outcome(foreign) == row.elsewhere, row.call
        assert SECRET not in foreign.text, row.call
        if row.elsewhere == ABSENT:
            absent = other.call(
                method,
                fill(path, dict.fromkeys(words, "9") | {"{user_id}": "nobody"}),
                fill(row.body, dict.fromkeys(words, "9") | {"$client_id": client_id()}),
            )
            assert (foreign.status_code, foreign.data) == (absent.status_code, absent.data), row.call
        assert outcome(ask(server.key)) == row.success, row.call


def test_a_suspended_sites_key_opens_the_way_out_alone(server: SiteServer, words: dict[str, str]) -> None:
    store, site_id = engine_of(server.app).store, server.host.site.site_id
    Suspension(store).suspend(site_id)
    for row in TABLE:
        method, path = row.call.split()
        meant = words | {"{user_id}": "eve", "$client_id": client_id()}
        # Nothing is read of a call that is refused: what it says may be as wrong as it likes.
        body = fill(row.body, meant) if row.call in LEAVING else b"{"
        asked = server.call(method, fill(path, meant), body)
        assert outcome(asked) == (row.success if row.call in LEAVING else SUSPENDED), row.call
    exported = server.call("GET", "/exports/site")
    assert SECRET in exported.text
    wrong = [server.call("GET", "/exports/site", key=key) for key in ("", "imk_garbage", _retired(server))]
    assert [outcome(each) for each in wrong] == [UNKNOWN, WRONG, WRONG]
    Suspension(store).resume(site_id)
    assert outcome(server.call("GET", "/site")) == OK


def test_who_tries_keys_is_stopped_by_their_address(make_app: MakeApp) -> None:
    app = make_app(
        limits=LimitsSettings(wrong_keys_per_minute=3), server=ServerSettings(trusted_proxies=("127.0.0.1",))
    )
    server = new_server(app)

    def ask(key: str, address: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {key}", "X-Real-IP": address}
        answer = app.test_client().get("/server/v1/site", headers=headers)
        assert ("Retry-After" in answer.headers) is (answer.status_code == 429)
        return outcome(answer)

    assert ask(server.key, "2001:db8::1") == OK
    assert [ask(f"imk_{n}", f"2001:db8::{n}") for n in range(4)] == [WRONG] * 3 + [(429, "rate_limited")]
    # The key that has passed here goes on to pass; one that nobody has shown yet has to wait.
    fresh = new_server(app)
    assert [ask(server.key, "2001:db8::9"), ask(fresh.key, "2001:db8::9")] == [OK, (429, "rate_limited")]
    assert ask(fresh.key, "192.0.2.1") == OK
    # One that is retired is refused, whatever it opened before.
    store = engine_of(app).store
    store.api_keys.retire(
        fresh.host.site.site_id, store.api_keys.list_keys(fresh.host.site.site_id)[0].key_id
    )
    assert [ask(fresh.key, "192.0.2.1"), ask(fresh.key, "2001:db8::1")] == [WRONG, (429, "rate_limited")]
    # Of this worker alone: /metrics is the sum over all that share a folder.
    failures = {
        reading.labels: reading.value
        for family in engine_of(app).services.metrics.read()
        for reading in family.readings
        if reading.name == "imserver_key_failures_total"
    }
    assert failures == {(("reason", "wrong"),): 4.0, (("reason", "limited"),): 3.0}
    assert "imserver_key_failures_total" in app.test_client().get("/metrics").text


def _retired(server: SiteServer) -> str:
    keys, site_id = engine_of(server.app).store.api_keys, server.host.site.site_id
    key_id, text = keys.insert(site_id)
    keys.retire(site_id, key_id)
    return text


def test_a_key_is_no_session(server: SiteServer) -> None:
    response = server.app.test_client().get("/v1/state", headers={"Authorization": f"Bearer {server.key}"})
    assert response.status_code == 401


def test_a_key_in_the_address_is_refused_and_not_repeated(server: SiteServer) -> None:
    for path in (f"/site?key={server.key}", f"/site?access_token={server.key}"):
        without = server.call("GET", path, key="")
        assert outcome(without) == UNKNOWN
        assert server.key not in without.text
        assert outcome(server.call("GET", path)) == (400, "unknown_field")


def test_calls_are_counted_by_key(make_app: MakeApp) -> None:
    app = make_app(limits=LimitsSettings(server_calls_per_minute=3))
    first, second = new_server(app), new_server(app)
    assert [first.call("GET", "/site").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert "Retry-After" in first.call("GET", "/site").headers
    assert second.call("GET", "/site").status_code == 200


def test_who_has_no_key_is_not_listened_to(open_app: Flask) -> None:
    client = open_app.test_client()
    response = client.put("/server/v1/users", data=b"{" * 5_000_000)
    assert outcome(response) == UNKNOWN
