"""Every route against every kind of caller: who may do what, and what nobody is told."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from imserver.errors import Conflict
from imserver.handlers.console.blueprint import NO_PAGE
from imserver.handlers.console.table import PAGES
from imserver.handlers.routes import ROUTES
from imserver.handlers.server.api import SERVER_ROUTES
from imserver.store.values import Person
from tests.app.conftest import ORIGIN
from tests.app.member import Host, Member, client_id, engine_of, outcome
from tests.sessions import open_session

OK: tuple[int, str] = (200, "")
CREATED = (201, "")
GONE = (204, "")
SIGN_IN_FIRST = (401, "unauthenticated")
ENDED = (401, "session_ended")
ELSEWHERE = (403, "wrong_origin")
ABSENT = (404, "not_found")

SECRET_TEXT = "what ada told bob"
SECRET_NAME = "Ada of the first site"

NOT_SIGNED_IN = {
    "nobody": SIGN_IN_FIRST,
    "garbage": SIGN_IN_FIRST,
    "expired": ENDED,
    "revoked": ENDED,
    "from a wrong origin": ELSEWHERE,
    "from another origin of the site": ELSEWHERE,
}
MEMBERS = (
    "member of another site",
    "namesake of another site",
    "stranger",
    "participant",
    "from the site's page",
)
CALLERS = (*NOT_SIGNED_IN, *MEMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One route: how it is called, and what each kind of caller gets."""

    call: str
    expected: dict[str, tuple[int, str]]
    path: str = ""
    body: Any = field(default=None)


def members_only(call: str, *, path: str = "", body: Any = None, success: tuple[int, str] = OK) -> Row:
    """Any signed-in person, each for their own data."""
    return Row(call=call, path=path, body=body, expected=NOT_SIGNED_IN | dict.fromkeys(MEMBERS, success))


def participants_only(
    call: str, *, path: str = "", body: Any = None, success: tuple[int, str] = OK, again: Any = None
) -> Row:
    """Those who take part in the conversation; it does not exist for anybody else.

    ``again`` is what the same person gets the second time, if that is something else.
    """
    outsiders = dict.fromkeys(MEMBERS[:3], ABSENT)
    insiders = {"participant": success, "from the site's page": again or success}
    return Row(call=call, path=path, body=body, expected=NOT_SIGNED_IN | outsiders | insiders)


def of_a_group(method: str, rest: str = "", *, name: str = "", **expected: Any) -> Row:
    """Those who take part in ada's group; ``name`` fills the user_id of the path."""
    path = "/v1/conversations/{group_id}" + rest.replace("{user_id}", name)
    return participants_only(f"{method} /v1/conversations/{{conversation_id}}{rest}", path=path, **expected)


def site_only(call: str, *, path: str = "", body: Any = None, success: tuple[int, str] = OK) -> Row:
    """People of the same site."""
    outsiders = dict.fromkeys(MEMBERS[:2], ABSENT)
    return Row(
        call=call,
        path=path,
        body=body,
        expected=NOT_SIGNED_IN | outsiders | dict.fromkeys(MEMBERS[2:], success),
    )


def public(call: str, *, path: str = "", answer: tuple[int, str] = OK) -> Row:
    """Everybody; who somebody is plays no part."""
    return Row(call=call, path=path, expected=dict.fromkeys(CALLERS, answer))


ONE_MESSAGE = {"messages": [{"client_id": "$client_id", "text": "hello"}]}
TABLE = (
    Row(
        call="POST /v1/sessions",
        body={"site": "$site", "token": "$token"},
        # Only the page's origin counts: the token says who it is.
        expected=dict.fromkeys(CALLERS, CREATED) | {"from a wrong origin": ELSEWHERE},
    ),
    members_only("DELETE /v1/sessions/current", success=GONE),
    members_only("GET /v1/state"),
    members_only("POST /v1/poll", body={"token": "$session", "cursor": "0.00000000", "wait": False}),
    members_only("POST /v1/tickets", success=CREATED),
    # Nothing that a WSGI server offers can keep a connection; tests/app/test_streams.py asks a real one.
    members_only(
        "POST /v1/stream", body={"token": "$session", "cursor": "0.00000000"}, success=(503, "unavailable")
    ),
    Row(
        call="GET /v1/stream",
        path="/v1/stream?ticket=$ticket",
        # Whose session has ended got no ticket.
        expected=dict.fromkeys(CALLERS, SIGN_IN_FIRST)
        | {"from a wrong origin": ELSEWHERE, "from another origin of the site": ELSEWHERE}
        | dict.fromkeys(MEMBERS, (503, "unavailable")),
    ),
    public("GET /v1/socket", answer=(426, "upgrade_required")),
    participants_only("PUT /v1/conversations/{conversation_id}/typing", body={"typing": True}, success=GONE),
    members_only("GET /v1/conversations"),
    site_only("POST /v1/conversations", body={"user_id": "bob"}),
    participants_only("GET /v1/conversations/{conversation_id}"),
    participants_only("GET /v1/conversations/{conversation_id}/messages"),
    participants_only("POST /v1/conversations/{conversation_id}/messages", body=ONE_MESSAGE),
    participants_only("PUT /v1/conversations/{conversation_id}/read", body={"seq": 1}),
    participants_only("PUT /v1/conversations/{conversation_id}/delivered", body={"seq": 1}, success=GONE),
    participants_only("PUT /v1/conversations/{conversation_id}/unread", body={"on": True}, success=GONE),
    participants_only("PATCH /v1/conversations/{conversation_id}/messages/{seq}", body={"text": "hi"}),
    participants_only("DELETE /v1/conversations/{conversation_id}/messages/{seq}"),
    participants_only(
        "PUT /v1/conversations/{conversation_id}/messages/{seq}/reactions", body={"emoji": "👍", "on": True}
    ),
    participants_only("GET /v1/conversations/{conversation_id}/pins"),
    participants_only("PUT /v1/conversations/{conversation_id}/pins/{seq}"),
    participants_only("DELETE /v1/conversations/{conversation_id}/pins/{seq}"),
    members_only("GET /v1/search", path="/v1/search?q=hello"),
    of_a_group("PATCH", body={"topic": "all of it"}),
    of_a_group("PUT", "/membership"),
    of_a_group("DELETE", "/membership", success=GONE, again=ABSENT),
    of_a_group("GET", "/members"),
    participants_only("GET /v1/conversations/{conversation_id}/readers", success=ABSENT),
    of_a_group("PUT", "/members/{user_id}", name="bob", body={"role": "moderator"}),
    of_a_group("DELETE", "/members/{user_id}", name="bob", success=GONE, again=ABSENT),
    of_a_group("POST", "/invitations", body={"user_ids": ["eve"]}, success=GONE),
    members_only("GET /v1/invitations"),
    members_only("GET /v1/rooms"),
    members_only("GET /v1/contacts", path="/v1/contacts?filter=everyone"),
    site_only("GET /v1/users/{user_id}", path="/v1/users/bob"),
    members_only("POST /v1/users/lookup", body={"ids": ["bob", "nobody-at-all"]}),
    members_only("GET /v1/blocks"),
    site_only("PUT /v1/blocks/{user_id}", path="/v1/blocks/bob", success=GONE),
    # There is nothing to undo for somebody who does not exist, and nothing to be learned.
    members_only("DELETE /v1/blocks/{user_id}", path="/v1/blocks/bob", success=GONE),
    members_only("GET /v1/settings"),
    members_only("PUT /v1/settings", body={"sound": False}),
    participants_only(
        "PUT /v1/conversations/{conversation_id}/acceptance", body={"accepted": True}, success=GONE
    ),
    participants_only("PUT /v1/conversations/{conversation_id}/mute", body={"until_ms": 0}, success=GONE),
    # What is no warning of theirs is no news, whoever's it is.
    members_only("DELETE /v1/warnings/{warning_id}", path="/v1/warnings/w1", success=GONE),
    site_only("POST /v1/reports", body={"user_id": "bob", "reason": "spam"}, success=CREATED),
    members_only("GET /v1/presence"),
    members_only("PUT /v1/presence", body={"status_text": "here"}),
    Row(
        call="POST /v1/files",
        path="/v1/files?conversation_id={conversation_id}&name=words.txt",
        body=b"words",
        expected=NOT_SIGNED_IN | dict.fromkeys(MEMBERS[:3], ABSENT) | dict.fromkeys(MEMBERS[3:], CREATED),
    ),
    members_only("GET /v1/files/limits"),
    participants_only(
        "POST /v1/files/urls", body={"conversation_id": "{conversation_id}", "file_ids": ["f1"]}
    ),
    # Nobody's but the uploader's; tests/app/test_files.py has one.
    members_only("DELETE /v1/files/{file_id}", path="/v1/files/fabsent", success=ABSENT),
    # Only the signature counts, and here is none.
    public("GET /f/<site_id>/<file_id>/<name>", path="/f/$site/fabsent/a.jpg?s=none", answer=ABSENT),
    public("GET /openapi.json"),
    public("GET /healthz"),
    public("GET /healthz/drip"),
    public("GET /readyz"),
    public("GET /metrics"),
    public("GET /im.js"),
    public("GET /hooks.js"),
    public("GET /host.js"),
    public("GET /a/<tree_hash>/<path:name>", path="/a/0/client.js"),
    public("GET /mail/reply", answer=(400, "invalid_request")),
    public("POST /mail/reply", answer=(400, "invalid_request")),
    public("GET /mail/stop", answer=(400, "invalid_request")),
    public("POST /mail/stop", answer=(400, "invalid_request")),
    public("GET /frame", path="/frame?site=$site"),
    public("GET /demo", path="/demo?user=ada"),
    public("GET /demo/<name>", path="/demo/absent", answer=ABSENT),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The callers, and the conversation of ada and bob that the others must not see."""

    host: Host
    callers: dict[str, Member]
    conversation_id: str
    group_id: str
    secret: str


@pytest.fixture
def cast(host: Host, other_host: Host) -> Cast:
    ada = host.visit("ada", name=SECRET_NAME)
    bob = host.visit("bob")
    stranger = host.visit("eve")
    namesake = other_host.visit("ada", name="another ada")
    foreigner = other_host.visit("zoe")
    conversation_id = ada.open("bob")
    ada.send(conversation_id, SECRET_TEXT)
    group = {"kind": "group", "name": SECRET_TEXT, "user_ids": ["bob"]}
    group_id = ada.ask("POST", "/v1/conversations", group)["id"]
    bob.ask("PUT", f"/v1/conversations/{group_id}/membership")
    revoked = host.visit("ada", name=SECRET_NAME)
    assert revoked.call("DELETE", "/v1/sessions/current").status_code == 204
    at_home = host.visit("ada", name=SECRET_NAME, origin=ORIGIN)
    callers = {
        "nobody": Member(host.app, ""),
        "garbage": Member(host.app, "site.garbage"),
        "expired": Member(host.app, _expired(host, "ada")),
        "revoked": revoked,
        "from a wrong origin": Member(host.app, ada.session, "https://evil.example"),
        "from another origin of the site": Member(host.app, at_home.session, "http://localhost"),
        "member of another site": foreigner,
        "namesake of another site": namesake,
        "stranger": stranger,
        "participant": ada,
        "from the site's page": at_home,
    }
    return Cast(host, callers, conversation_id, group_id, ada.session)


def _expired(host: Host, user_id: str) -> str:
    secret, _ = open_session(engine_of(host.app).store, host.site.site_id, user_id, origin="", lifetime_ms=-1)
    return secret


def _fill(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _fill(part, words) for name, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, words) for part in value]
    if not isinstance(value, str):
        return value
    for word, meant in words.items():
        value = value.replace(word, meant)
    return value


def _ask(row: Row, cast: Cast, name: str) -> tuple[tuple[int, str], bytes]:
    caller = cast.callers[name]
    method, path = row.call.split()
    words = {
        "{conversation_id}": cast.conversation_id,
        "{group_id}": cast.group_id,
        "{seq}": "1",
        "$client_id": client_id(),
        "$session": caller.session,
        "$ticket": _ticket(caller) if "$ticket" in row.path else "",
        "$site": cast.host.site.site_id,
        "$token": cast.host.sign("ada", name=SECRET_NAME),
    }
    response = caller.call(method, _fill(row.path or path, words), _fill(row.body, words))
    return outcome(response), response.data


def _ticket(caller: Member) -> str:
    """Return a ticket for the caller's session, by a program; a made-up one if there is none."""
    response = Member(caller.app, caller.session).call("POST", "/v1/tickets")
    return str(response.json["ticket"]) if response.status_code == 201 else "absent"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.call)
def test_who_may_call(row: Row, cast: Cast) -> None:
    _add_demo_site(cast.host.app)
    asked = {name: _ask(row, cast, name) for name in CALLERS}
    assert {name: answer for name, (answer, _) in asked.items()} == row.expected
    if row.expected["nobody"] in (OK, CREATED, ABSENT):
        return
    for name in CALLERS[:-2]:
        body = asked[name][1].decode()
        assert SECRET_TEXT not in body
        assert cast.secret not in body
        # A stranger of the same site may know people's names, and has conversations of its own.
        if name != "stranger":
            assert SECRET_NAME not in body
            assert cast.conversation_id not in body
            assert cast.group_id not in body


def _add_demo_site(app: Flask) -> None:
    store = engine_of(app).store
    try:
        store.sites.insert_site(site_id="demo", name="Demo", origins=())
    except Conflict:
        return
    store.people.save_person(Person("demo", "ada", "Ada"))


def test_every_route_has_a_row(app: Flask) -> None:
    # Those of the server API are opened by keys: tests/app/test_server_keys.py has their rows.
    of_the_table = {row.call for row in TABLE} | {f"{route.method} {route.path}" for route in SERVER_ROUTES}
    # And those of the console by its own sessions: tests/app/test_console_permissions.py.
    of_the_table |= {f"{page.method} {page.path}" for page in (*PAGES, NO_PAGE)}
    of_the_table |= {"GET /console/parts/<tree_hash>/<path:name>"}
    declared = {f"{route.method} {route.path}" for route in [*ROUTES, *SERVER_ROUTES]}
    ours = {route.rule: route.path for route in [*ROUTES, *SERVER_ROUTES]}
    served = {
        f"{method} {ours.get(rule.rule, rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == of_the_table
    assert declared <= served


# Taking back a block that is none is no news, of whomever; nor is having seen what was never said.
UNDOING = ("DELETE /v1/blocks/{user_id}", "DELETE /v1/warnings/{warning_id}")
FOREIGN_CALLS = [
    row
    for row in TABLE
    if ("{" in row.call or row.call in ("POST /v1/conversations", "POST /v1/reports"))
    and row.call not in UNDOING
]


@pytest.mark.parametrize("row", FOREIGN_CALLS, ids=lambda row: row.call)
def test_a_foreign_id_and_an_absent_id_have_the_same_answer(row: Row, cast: Cast) -> None:
    method, path = row.call.split()
    zoe = cast.callers["member of another site"]

    def ask(conversation_id: str, user_id: str) -> tuple[int, bytes, list[tuple[str, str]]]:
        words = {"{conversation_id}": conversation_id, "{user_id}": user_id, "$client_id": client_id()}
        words["{seq}"] = "1"
        body = _fill(row.body, words)
        if row.body and "user_id" in row.body:
            body = body | {"user_id": user_id}
        response = zoe.call(method, _fill(path, words), body)
        # Each request has a name of its own, all of the same length.
        headers = response.headers
        headers["X-Request-ID"] = f"{len(headers['X-Request-ID'])} characters"
        return response.status_code, response.data, sorted(headers.items())

    absent = "d" + "a" * (len(cast.conversation_id) - 1)
    foreign, missing = ask(cast.conversation_id, "bob"), ask(absent, "nobody-at-all")
    assert foreign == missing
    assert foreign[0] == 404


def test_a_strangers_search_finds_nobody_of_another_site(cast: Cast) -> None:
    zoe = cast.callers["member of another site"]
    page = zoe.ask("GET", "/v1/contacts?filter=everyone&q=bob")
    assert page == {"data": [], "total": 0, "next_cursor": None}


def test_watching_people_of_another_site_tells_nothing(cast: Cast) -> None:
    zoe = cast.callers["member of another site"]
    answer = zoe.events(zoe.state()["cursor"], watch=["bob", "nobody-at-all"])
    assert answer["events"] == []


def test_nothing_is_read_with_a_session_in_the_address(cast: Cast) -> None:
    response = Member(cast.host.app, "").call("GET", f"/v1/state?token={cast.secret}")
    assert outcome(response) in ((400, "unknown_field"), SIGN_IN_FIRST)
    assert cast.secret not in response.text
