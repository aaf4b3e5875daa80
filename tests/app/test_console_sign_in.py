"""Signing in at the console: what an attacker learns, which is nothing, and what a session is worth."""

import re
import time

import pyotp
import pytest
from flask import Flask

from imserver.settings import ConsoleSettings
from tests.app.conftest import MakeApp, new_host
from tests.app.member import engine_of
from tests.app.owner import PASSWORD, Browser, make_owner, signed_in, words


def fresh_email(app: Flask, **more: object) -> str:
    """Return the address of a new account."""
    email = f"o{time.time_ns()}@example.org"
    make_owner(app, email, **more)
    return email


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(app: Flask) -> None:
    email = fresh_email(app)
    unknown = Browser(app).sign_in("nobody-at-all@example.org", "not the password")
    wrong = Browser(app).sign_in(email, "not the password")
    assert unknown.status_code == wrong.status_code == 401
    hidden = re.compile(r'value="[^"]*"')
    assert hidden.sub("", unknown.text) == hidden.sub("", wrong.text)
    assert "The e-mail address or the password is not right." in words(wrong)


def test_both_take_the_work_of_one_hash(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    from imserver.services import passwords

    monkeypatch.setattr(passwords, "_verify", lambda stored, typed: bool(verified.append(stored)))
    Browser(app).sign_in("nobody-at-all@example.org", "x")
    Browser(app).sign_in(fresh_email(app), "x")
    assert len(verified) == 2
    assert all(stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for stored in verified)


def test_signing_in_makes_a_new_session_and_forgets_one_that_was_planted(app: Flask) -> None:
    email = fresh_email(app)
    first = signed_in(app, email)
    victim = Browser(app)
    victim.set_cookie(first.cookie())
    assert victim.sign_in(email).status_code == 303
    assert victim.cookie() != first.cookie()
    assert victim.get("/console/account").status_code == 200
    assert first.get("/console/account").status_code == 303, "the planted session has ended"


@pytest.mark.parametrize("value", ["x" * 43, "\N{LATIN SMALL LETTER E WITH ACUTE}" * 43, "", "a" * 4_000])
def test_a_made_up_cookie_is_nobody(app: Flask, value: str) -> None:
    browser = Browser(app)
    browser.set_cookie(value)
    assert browser.get("/console/account").status_code == 303


def test_the_database_has_no_secret_of_a_session(app: Flask) -> None:
    browser = signed_in(app, fresh_email(app))
    rows = engine_of(app).store.database.read(
        lambda tx: tx.rows("load_owner_session", session_id=browser.cookie().encode()[:16])
    )
    assert rows == []


def test_a_session_ends_idle_and_in_the_end(app: Flask) -> None:
    browser = signed_in(app, fresh_email(app))
    sessions, owners = engine_of(app).store.owner_sessions, engine_of(app).desk.owners
    now = sessions._now_ms
    found = owners.find_session(browser.cookie())
    assert found
    try:
        sessions._now_ms = lambda: found.seen_at + owners.idle_ms - 1
        assert owners.find_session(browser.cookie()), "used just in time, and that counts as a use"
        sessions._now_ms = lambda: found.seen_at + owners.idle_ms + 60_000
        assert owners.find_session(browser.cookie())
        sessions._now_ms = lambda: found.seen_at + 3 * owners.idle_ms + 60_001
        assert owners.find_session(browser.cookie()) is None
        sessions._now_ms = lambda: found.expires_at
        assert owners.find_session(browser.cookie()) is None
    finally:
        sessions._now_ms = now


def test_signing_out_ends_the_session_itself(app: Flask) -> None:
    browser = signed_in(app, fresh_email(app))
    stolen = browser.cookie()
    assert browser.post("/console/sign-out").status_code == 303
    thief = Browser(app)
    thief.set_cookie(stolen)
    assert thief.get("/console/account").status_code == 303


def test_a_new_password_ends_all_other_sessions(app: Flask) -> None:
    email = fresh_email(app)
    here, there = signed_in(app, email), signed_in(app, email)
    short = here.post("/console/account/password", {"old_password": PASSWORD, "new_password": "short"})
    assert short.status_code == 400
    wrong = here.post("/console/account/password", {"old_password": "x", "new_password": "quite another one"})
    assert wrong.status_code == 401
    assert there.get("/console/account").status_code == 200, "nothing has changed so far"
    done = here.post(
        "/console/account/password", {"old_password": PASSWORD, "new_password": "quite another one"}
    )
    assert done.status_code == 303
    assert here.get("/console/account").status_code == 200
    assert there.get("/console/account").status_code == 303
    assert Browser(app).sign_in(email).status_code == 401
    assert Browser(app).sign_in(email, "quite another one").status_code == 303


def test_one_ends_a_session_of_ones_own_and_of_nobody_else(app: Flask) -> None:
    email = fresh_email(app)
    here, there, other = signed_in(app, email), signed_in(app, email), signed_in(app, fresh_email(app))
    listed = set(re.findall(r'name="session" value="([0-9a-f]{32})"', here.get("/console/account").text))
    assert len(listed) == 1
    other.post("/console/account/sessions/end", {"session": listed.copy().pop()})
    assert there.get("/console/account").status_code == 200
    here.post("/console/account/sessions/end", {"session": listed.pop()})
    assert there.get("/console/account").status_code == 303


def turn_on(browser: Browser) -> tuple[str, list[str], str]:
    """Turn the second step on; return the shared secret, the recovery codes and the code that did it."""
    page = browser.get("/console/account/second-step").text
    totp = re.search(r'name="totp" value="([A-Z2-7]{32})"', page)[1]  # type: ignore[index]
    assert "<svg" in page
    fields = {"totp": totp, "password": PASSWORD, "code": pyotp.TOTP(totp).now()}
    wrong = browser.post("/console/account/second-step", {**fields, "code": "000000"})
    assert wrong.status_code == 400
    assert totp in wrong.text, "the picture stays the same"
    done = browser.post("/console/account/second-step", fields)
    assert done.status_code == 200, done.text
    return totp, re.findall(r"\b[2-9a-z]{5}-[2-9a-z]{5}\b", done.text), fields["code"]


def test_with_a_second_step_the_password_alone_opens_nothing(app: Flask) -> None:
    email = fresh_email(app)
    totp, codes, used = turn_on(signed_in(app, email))
    assert len(codes) == 10
    browser = Browser(app)
    assert browser.sign_in(email).headers["Location"].startswith("/console/code")
    half = browser.cookie()
    assert browser.get("/console/account").status_code == 303, "half a session is none"
    again = browser.post("/console/code", {"code": used})
    assert again.status_code == 401, "the code that turned it on has been used"
    later = pyotp.TOTP(totp).at(int(time.time()) + 30)
    assert browser.post("/console/code", {"code": later}).status_code == 303
    assert browser.cookie() != half
    assert browser.get("/console/account").status_code == 200


def test_codes_work_once(app: Flask) -> None:
    email = fresh_email(app)
    totp, codes, _ = turn_on(signed_in(app, email))
    later = pyotp.TOTP(totp).at(int(time.time()) + 30)
    for code in (later, codes[0].upper()):
        for expected in (303, 401):
            browser = Browser(app)
            browser.sign_in(email)
            assert browser.post("/console/code", {"code": code}).status_code == expected


def test_tries_are_limited_per_account_and_per_address(make_app: MakeApp) -> None:
    app = make_app(console=ConsoleSettings(tries_per_minute=3, sign_ins_per_minute=5))
    email = fresh_email(app)
    tried = [Browser(app, address=f"192.0.2.{n}").sign_in(email, "x").status_code for n in range(4)]
    assert tried == [401, 401, 401, 429]
    refused = Browser(app, address="192.0.2.9").sign_in(email)
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    many = [Browser(app, address="192.0.2.77").sign_in(f"{n}@example.org", "x").status_code for n in range(6)]
    assert many == [401] * 5 + [429]
    neighbours = [f"2001:db8::{n:x}" for n in range(6)]
    same = [Browser(app, address=one).sign_in(f"{one}@example.org", "x").status_code for one in neighbours]
    assert same[-1] == 429, "a /64 is one visitor"


def test_codes_are_tried_a_few_times_however_often_one_begins_anew(make_app: MakeApp) -> None:
    app = make_app(console=ConsoleSettings(tries_per_minute=6, sign_ins_per_minute=100))
    email = fresh_email(app)
    owner = signed_in(app, email)
    totp, _, _ = turn_on(owner)
    guesser, other = Browser(app), Browser(app, address="192.0.2.9")
    guesser.sign_in(email)
    guessed = [guesser.post("/console/code", {"code": f"{n:06}"}).status_code for n in range(7)]
    assert guessed == [401] * 6 + [429]
    other.sign_in(email)
    later = pyotp.TOTP(totp).at(int(time.time()) + 30)
    assert other.post("/console/code", {"code": later}).status_code == 429
    assert owner.get("/console/account").status_code == 200, "who is in stays in"


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "/console/../x?y", "javascript:1"]
)
def test_nobody_is_led_out_of_the_console(app: Flask, where: str) -> None:
    browser = Browser(app)
    email = fresh_email(app)
    fields = {"email": email, "password": PASSWORD, "next": where}
    location = browser.post("/console/sign-in", fields).headers["Location"]
    assert location == "/console/" or (
        location.startswith("/console/../x") is False and location[:9] == "/console/"
    )


def test_cookies_are_for_the_server_and_this_host_alone(app: Flask) -> None:
    email = fresh_email(app)
    browser = Browser(app, base_url="https://console.example")
    response = browser.sign_in(email)
    cookie = next(one for one in response.headers.getlist("Set-Cookie") if "im_console=" in one)
    assert cookie.startswith("__Host-im_console=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_passwords_are_not_taken_over_plain_http(app: Flask) -> None:
    response = Browser(app, base_url="http://console.example").sign_in(fresh_email(app))
    assert response.status_code == 403
    assert "HTTPS" in words(response)


def test_an_invitation_works_once_and_says_nothing_in_an_address(app: Flask) -> None:
    site = new_host(app).site
    make_owner(app, f"owner@{site.site_id}.example", site_id=site.site_id, role="owner")
    owner = signed_in(app, f"owner@{site.site_id}.example")
    email = f"new{time.time_ns()}@example.org"
    page = owner.post(f"/console/sites/{site.site_id}/team/invite", {"email": email, "role": "moderator"})
    secret = re.search(r"/console/join#([A-Za-z0-9_-]{43})", page.text)[1]  # type: ignore[index]
    guest = Browser(app)
    assert email in guest.post("/console/join", {"link": secret}).text
    fields = {"link": secret, "name": "Newcomer", "password": PASSWORD}
    assert guest.post("/console/join/use", {**fields, "password": "short"}).status_code == 400
    assert guest.post("/console/join/use", fields).status_code == 303
    assert guest.post("/console/join/use", fields).status_code == 410
    member = signed_in(app, email)
    assert member.get(f"/console/sites/{site.site_id}/usage").status_code == 200
    assert member.get(f"/console/sites/{site.site_id}/keys").status_code == 404, "a moderator"
    team = owner.get(f"/console/sites/{site.site_id}/team").text
    owner_id = re.findall(r'name="owner" value="(o_[0-9a-f]+)"', team)[-1]
    owner.post(f"/console/sites/{site.site_id}/team/role", {"owner": owner_id, "role": "none"})
    assert member.get(f"/console/sites/{site.site_id}/usage").status_code == 404, "off the team at once"


def test_a_site_keeps_an_owner(app: Flask) -> None:
    site_id = new_host(app).site.site_id
    make_owner(app, f"owner@{site_id}.example", site_id=site_id, role="owner")
    owner = signed_in(app, f"owner@{site_id}.example")
    team = owner.get(f"/console/sites/{site_id}/team").text
    owner_id = re.findall(r'name="owner" value="(o_[0-9a-f]+)"', team)[0]
    for role in ("none", "moderator"):
        refused = owner.post(f"/console/sites/{site_id}/team/role", {"owner": owner_id, "role": role})
        assert refused.status_code == 409
    assert owner.get(f"/console/sites/{site_id}/team").status_code == 200


def test_keys_are_shown_once_and_what_was_done_is_on_record(app: Flask) -> None:
    site = new_host(app).site
    make_owner(app, f"owner@{site.site_id}.example", site_id=site.site_id, role="owner")
    owner = signed_in(app, f"owner@{site.site_id}.example")
    here = f"/console/sites/{site.site_id}/keys"
    added = words(owner.post(f"{here}/add"))
    kid, secret = re.search(r"key id (k_[0-9a-f]+) secret (\S+)", added).groups()  # type: ignore[union-attr]
    assert owner.post(f"{here}/add").status_code == 409, "two are live"
    text = re.search(r"imk_\S+", words(owner.post(f"{here}/add-api-key", {"label": "forum"})))
    assert text
    listed = words(owner.get(here))
    assert kid in listed
    assert "forum" in listed
    assert secret not in listed
    assert text[0] not in listed
    assert owner.post(f"{here}/retire", {"key": kid}).status_code == 303
    acts = [entry.act for entry in engine_of(app).store.audit.page(site.site_id)]
    assert acts == ["site.key_retired", "site.api_key_added", "site.key_added"]
    assert all(
        entry.actor == f"owner:owner@{site.site_id}.example"
        for entry in engine_of(app).store.audit.page(site.site_id)
    )


def test_rules_are_saved_and_a_plan_is_the_admins_alone(app: Flask) -> None:
    site = new_host(app).site
    make_owner(app, f"owner@{site.site_id}.example", site_id=site.site_id, role="owner")
    make_owner(app, f"admin@{site.site_id}.example", admin=True)
    here = f"/console/sites/{site.site_id}/settings"
    owner, admin = (
        signed_in(app, f"owner@{site.site_id}.example"),
        signed_in(app, f"admin@{site.site_id}.example"),
    )
    fields = {"rooms": "on", "retention_days": "90", "language": "de", "limits.members": "5"}
    assert owner.post(here, fields).status_code == 303
    rules = engine_of(app).store.sites.require_site(site.site_id).rules
    assert (rules.rooms, rules.guests, rules.retention_days, rules.language) == (True, False, 90, "de")
    assert rules.limits.members == 0, "not hers to change"
    wrong = owner.post(here, {"retention_days": "for ever"})
    assert wrong.status_code == 400
    assert "“Days for which messages are kept” is 'for ever'; it must be a number of days" in words(wrong)
    assert 'value="for ever"' in wrong.text, "what was typed is there to be mended"
    assert owner.post(f"{here}/plan", {"limits.members": "5"}).status_code == 404
    assert admin.post(f"{here}/plan", {"limits.members": "5"}).status_code == 303
    rules = engine_of(app).store.sites.require_site(site.site_id).rules
    assert (rules.limits.members, rules.retention_days) == (5, 90)
