"""Tokens and sessions through HTTP: each way to fail has its own code."""

import base64
import json
import time

import pytest

from imserver.settings import LimitsSettings, SessionsSettings
from tests.app.conftest import ORIGIN, MakeApp, new_host
from tests.app.member import Host, Member, engine_of, outcome

HOUR = 3_600


def now() -> int:
    return int(time.time())


def test_a_fresh_token_opens_a_session(host: Host) -> None:
    response = host.sign_in(host.sign("ada", name="Ada", avatar="https://a.example/a.png"))
    assert response.status_code == 201
    answer = response.json
    avatar = "https://a.example/a.png"
    assert answer["user"] == {"id": "ada", "name": "Ada", "avatar": avatar, "url": "", "guest": False}
    assert answer["site"] == {"id": host.site.site_id, "name": "A community"}
    assert Member(host.app, answer["session"]).state()["user"] == answer["user"]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": lambda: now() - 60}, "token_expired"),
        ({"exp": lambda: now() - 20}, ""),  # within the skew that is forgiven
        ({"iat": lambda: now() + 60}, "token_not_yet_valid"),
        ({"nbf": lambda: now() + 60}, "token_not_yet_valid"),
        ({"iat": lambda: now() + 20}, ""),
        ({"exp": lambda: now() + 2 * HOUR}, "token_malformed"),
        ({"exp": lambda: None}, "token_malformed"),
        ({"exp": lambda: "tomorrow"}, "token_malformed"),
        ({"exp": lambda: True}, "token_malformed"),
        ({"guest": lambda: True}, ""),
        ({"guest": lambda: "yes"}, "token_malformed"),
        ({"email": lambda: "ada@example.org"}, ""),
        ({"email": lambda: "ada@example.org\r\nBcc: all@example.org"}, "token_malformed"),
        ({"email": lambda: "ada"}, "token_malformed"),
        ({"email": lambda: "a@b.c,d@e.f"}, "token_malformed"),
        ({"joined": lambda: 1_500_000_000}, ""),
        ({"joined": lambda: 1_500_000_000_000}, "token_malformed"),
        ({"joined": lambda: "2017"}, "token_malformed"),
        ({"sub": lambda: None}, "token_malformed"),
        ({"sub": lambda: 7}, "token_malformed"),
        ({"sub": lambda: ""}, "token_malformed"),
        ({"sub": lambda: "x" * 129}, "token_malformed"),
        ({"sub": lambda: "ä" * 65}, "token_malformed"),
        ({"name": lambda: ["Ada"]}, "token_malformed"),
        ({"name": lambda: "x" * 81}, "token_malformed"),
        ({"name": lambda: "\u202eada"}, "token_malformed"),
        ({"avatar": lambda: "javascript:alert(1)"}, "token_malformed"),
        ({"url": lambda: "http://[::1"}, "token_malformed"),
        ({"roles": lambda: "admin"}, "token_malformed"),
        ({"iss": lambda: None}, "token_wrong_site"),
        ({"iss": lambda: "elsewhere"}, "token_wrong_site"),
    ],
)
def test_what_a_token_says(host: Host, claims: dict, code: str) -> None:
    token = host.sign("ada", **{name: value() for name, value in claims.items()})
    assert outcome(host.sign_in(token)) == ((401, code) if code else (201, ""))


def test_a_token_with_another_signature(host: Host, other_host: Host) -> None:
    foreign_key = next(iter(other_host.site.keys.values()))
    assert outcome(host.sign_in(host.sign("ada", secret=b"x" * 32))) == (401, "token_forged")
    assert outcome(host.sign_in(host.sign("ada", secret=foreign_key))) == (401, "token_forged")
    assert outcome(host.sign_in(host.sign("ada", header={"kid": "absent"}))) == (401, "token_forged")


def test_a_token_of_another_site(host: Host, other_host: Host) -> None:
    token = other_host.sign("ada")
    assert outcome(host.sign_in(token)) == (401, "token_wrong_site")
    assert outcome(host.sign_in(token, site_id="absent")) == (404, "not_found")


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_token_that_is_not_signed_the_one_right_way(host: Host) -> None:
    _, claims, signature = host.sign("ada").split(".")
    for header in (
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {},
        {"alg": "HS256", "crit": ["exp"]},
        [],
    ):
        for end in ("", signature):
            assert outcome(host.sign_in(f"{_segment(header)}.{claims}.{end}")) == (401, "token_malformed")


def test_a_token_that_is_no_token(host: Host) -> None:
    for token in ("x", "..", "a.b", "a.b.c", "a.b.c.d", "\x00", "ä.ö.ü", host.sign("ada") + "."):
        assert outcome(host.sign_in(token)) == (401, "token_malformed"), token


def test_a_new_key_works_beside_the_old_one_until_that_is_retired(host: Host) -> None:
    sites = engine_of(host.app).store.sites
    kid, secret = sites.add_key(host.site.site_id)
    assert host.sign_in(host.sign("ada")).status_code == 201
    assert host.sign_in(host.sign("ada", secret=secret, header={"kid": kid})).status_code == 201
    assert host.sign_in(host.sign("ada", secret=secret)).status_code == 201
    sites.retire_key(host.site.site_id, next(iter(host.site.keys)))
    assert outcome(host.sign_in(host.sign("ada"))) == (401, "token_forged")


def test_a_token_with_a_jti_is_exchanged_once(host: Host, other_host: Host) -> None:
    token = host.sign("ada", jti="one")
    assert host.sign_in(token).status_code == 201
    assert outcome(host.sign_in(token)) == (401, "token_used")
    assert outcome(host.sign_in(host.sign("bob", jti="one"))) == (401, "token_used")
    assert host.sign_in(host.sign("ada", jti="two")).status_code == 201
    assert other_host.sign_in(other_host.sign("ada", jti="one")).status_code == 201
    # One without is good until it expires: a page out of a browser's history shows it again.
    assert [host.sign_in(host.sign("ada")).status_code for _ in range(2)] == [201, 201]


def test_a_page_of_another_origin_can_neither_sign_in_nor_use_a_session(host: Host) -> None:
    evil = "https://evil.example"
    assert outcome(host.sign_in(host.sign("ada"), origin=evil)) == (403, "wrong_origin")
    ada = host.visit("ada", origin=ORIGIN)
    stolen = Member(host.app, ada.session, evil)
    assert outcome(stolen.call("GET", "/v1/state")) == (403, "wrong_origin")
    assert outcome(stolen.poll("0.00000000", wait=False)) == (403, "wrong_origin")


def test_only_the_sites_own_pages_may_read_answers(host: Host) -> None:
    ada = host.visit("ada", origin=ORIGIN)
    answer = ada.poll("0.00000000", wait=False)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    opened = host.sign_in(host.sign("ada"), origin=ORIGIN)
    assert opened.headers["Access-Control-Allow-Origin"] == ORIGIN
    for other in (
        host.visit("ada").poll("0.00000000", wait=False),
        host.visit("ada", origin="http://localhost").poll("0.00000000", wait=False),
        Member(host.app, ada.session, "https://evil.example").poll("0.00000000", wait=False),
        host.sign_in(host.sign("ada"), origin="https://evil.example"),
    ):
        assert "Access-Control-Allow-Origin" not in other.headers


def test_nothing_sets_a_cookie_or_may_be_kept(host: Host) -> None:
    for response in (host.sign_in(host.sign("ada")), host.visit("ada").call("GET", "/v1/state")):
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


def test_signing_out_ends_one_session_of_a_person(host: Host) -> None:
    phone, laptop = host.visit("ada"), host.visit("ada")
    assert phone.call("DELETE", "/v1/sessions/current").status_code == 204
    assert outcome(phone.call("GET", "/v1/state")) == (401, "session_ended")
    assert outcome(phone.call("DELETE", "/v1/sessions/current")) == (401, "session_ended")
    assert laptop.state()["user"]["id"] == "ada"


def test_a_session_ends_by_itself(make_app: MakeApp) -> None:
    app = make_app(sessions=SessionsSettings(lifetime_seconds=60))
    answer = new_host(app)
    response = answer.sign_in(answer.sign("ada"))
    assert 0 < response.json["expires_at"] - time.time() * 1000 <= 60_000


def test_too_many_sign_ins_from_one_address(make_app: MakeApp) -> None:
    host = new_host(make_app(limits=LimitsSettings(sign_ins_per_minute=5)))
    answers = [host.sign_in("x") for _ in range(6)]
    assert [outcome(answer)[0] for answer in answers] == [401] * 5 + [429]
    assert outcome(answers[-1]) == (429, "rate_limited")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert 0 < answers[-1].json["error"]["retry_after"] <= 60


def test_a_person_who_sends_too_much_is_told_how_long_to_wait(make_app: MakeApp) -> None:
    host = new_host(make_app(limits=LimitsSettings(messages_per_minute=3)))
    ada, bob = host.visit("ada"), host.visit("bob")
    conversation_id = ada.open("bob")
    ada.send(conversation_id, "one", "two", "three")
    message = {"messages": [{"client_id": "0" * 32, "text": "four"}]}
    answer = ada.call("POST", f"/v1/conversations/{conversation_id}/messages", message)
    assert outcome(answer) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) >= 1
    # Others are not slowed down, and nothing of the refused request was stored.
    bob.send(conversation_id, "five")
    assert bob.ask("GET", f"/v1/conversations/{conversation_id}")["last_seq"] == 4
