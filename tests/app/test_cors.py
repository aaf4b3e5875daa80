"""What pages of other origins may ask, and which of them may read what is wrong."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.handlers.routes import ROUTES
from tests.app.conftest import ORIGIN
from tests.app.member import Host, Member, engine_of, outcome

EVIL = "https://evil.example"
OWN = "http://localhost"
ALLOWED = "Access-Control-Allow-Origin"


def ask_first(app: Flask, path: str, *, origin: str, method: str = "PUT") -> TestResponse:
    """Ask as a browser does before a call with an Authorization header."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }
    return app.test_client().open(path, method="OPTIONS", headers=headers)


def test_pages_of_a_site_may_make_every_call(host: Host) -> None:
    names = {"conversation_id": "c", "user_id": "u", "seq": 1, "file_id": "f", "warning_id": "1"}
    for route in ROUTES:
        path = route.path.format_map(names)
        answer = ask_first(host.app, path, origin=ORIGIN, method=route.method)
        assert answer.status_code == 204, path
        assert answer.headers[ALLOWED] == ORIGIN
        assert "Origin" in answer.headers["Vary"]
        assert route.method in answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", [EVIL, OWN, "null", "*", ORIGIN + ".evil.example", ORIGIN.upper()])
def test_other_pages_are_told_nothing(host: Host, origin: str) -> None:
    stranger = Member(host.app, "", origin)
    for answer in (
        ask_first(host.app, "/v1/presence", origin=origin),
        stranger.call("GET", "/v1/state"),
        stranger.call("POST", "/v1/poll", b"{"),
        stranger.call("GET", "/v1/nothing"),
        stranger.call("DELETE", "/v1/state"),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_sites_page_reads_what_is_wrong_before_anybody_knows_its_session(host: Host) -> None:
    page = Member(host.app, "", ORIGIN)
    for answer, expected in (
        (page.call("GET", "/v1/state"), (401, "unauthenticated")),
        (page.call("POST", "/v1/poll", b"{"), (400, "malformed_json")),
        (page.call("GET", "/v1/nothing"), (404, "not_found")),
        (page.call("DELETE", "/v1/state"), (405, "method_not_allowed")),
        (host.sign_in("no token", origin=ORIGIN), (401, "token_malformed")),
        (host.sign_in("no token", site_id="absent", origin=ORIGIN), (404, "not_found")),
    ):
        assert outcome(answer) == expected
        assert answer.headers[ALLOWED] == ORIGIN
        assert "Origin" in answer.headers["Vary"]


def test_a_sites_page_makes_calls_with_its_session(host: Host) -> None:
    ada = host.visit("ada", origin=ORIGIN)
    host.visit("bob")
    answer = ada.call("GET", "/v1/state")
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, ORIGIN)
    # An answer without a body is one that the page may know of, too.
    answer = ada.call("PUT", "/v1/blocks/bob")
    assert (answer.status_code, answer.headers[ALLOWED]) == (204, ORIGIN)


def test_an_origin_counts_from_when_it_is_on_a_list_until_it_is_on_none(host: Host) -> None:
    fresh, sites = "https://fresh.example", engine_of(host.app).store.sites
    assert ALLOWED not in ask_first(host.app, "/v1/state", origin=fresh).headers
    sites.set_origins(host.site.site_id, (ORIGIN, fresh))
    assert ask_first(host.app, "/v1/state", origin=fresh).headers[ALLOWED] == fresh
    sites.set_origins(host.site.site_id, (ORIGIN,))
    assert ALLOWED not in ask_first(host.app, "/v1/state", origin=fresh).headers
