"""What owners and admins decide about a site, over HTTP: what is off says so, and nobody stays connected."""

import json
import re
from html import unescape
from urllib.parse import urlencode

import msgspec
import pytest

from imserver.services.suspension import Suspension
from imserver.store.values import SiteLimits
from tests.app.member import Host, Member, client_id, engine_of, error_code, outcome


def rule(host: Host, **rules: object) -> None:
    sites = engine_of(host.app).store.sites
    sites.change_rules(host.site.site_id, lambda old: msgspec.structs.replace(old, **rules))


def test_a_suspended_site_lets_nobody_in_and_keeps_nobody(host: Host, other_host: Host) -> None:
    ada, elsewhere = host.visit("ada"), other_host.visit("ada")
    waiting = ada.begin_poll(ada.state()["cursor"])
    Suspension(engine_of(host.app).store).suspend(host.site.site_id)
    assert outcome(waiting.get(timeout=5)) == (401, "session_ended")
    assert outcome(host.sign_in(host.sign("ada"))) == (403, "site_suspended")
    assert outcome(ada.call("GET", "/v1/state")) == (401, "session_ended")
    assert elsewhere.state()
    Suspension(engine_of(host.app).store).resume(host.site.site_id)
    assert host.visit("ada").state()


def test_a_forged_token_is_not_told_that_the_site_is_suspended(host: Host) -> None:
    Suspension(engine_of(host.app).store).suspend(host.site.site_id)
    assert outcome(host.sign_in(host.sign("ada", secret=b"x" * 32))) == (401, "token_forged")


def test_a_site_without_guests_says_so(host: Host) -> None:
    rule(host, guests=False)
    assert outcome(host.sign_in(host.sign("visitor", guest=True))) == (403, "guests_may_not")
    assert host.visit("ada")


def test_a_full_site_says_so(host: Host) -> None:
    host.visit("ada")
    rule(host, limits=SiteLimits(members=1))
    assert host.visit("ada")
    response = host.sign_in(host.sign("bob"))
    assert outcome(response) == (403, "site_full")
    assert "ask the owner" in response.json["error"]["message"]


def test_where_there_are_no_rooms_none_is_made_joined_or_listed(host: Host) -> None:
    ada, bob = host.visit("ada"), host.visit("bob")
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
    rule(host, rooms=False)
    for body in ({"kind": "room", "name": "Another"}, {"kind": "room", "page": host.site.origins[0] + "/x"}):
        assert outcome(bob.call("POST", "/v1/conversations", body)) == (403, "switched_off")
    assert outcome(bob.call("PUT", f"/v1/conversations/{room}/membership")) == (403, "switched_off")
    assert bob.ask("GET", "/v1/rooms")["data"] == []
    body = {"messages": [{"client_id": client_id(), "text": "x"}]}
    assert outcome(ada.call("POST", f"/v1/conversations/{room}/messages", body)) == (403, "switched_off")
    assert bob.ask("POST", "/v1/conversations", {"kind": "group", "name": "Ours"})["id"]


def upload(member: Member, conversation_id: str, body: bytes) -> tuple[int, str]:
    query = urlencode({"conversation_id": conversation_id, "name": "notes.txt"})
    return outcome(member.call("POST", f"/v1/files?{query}", body))


def test_files_are_switched_off_or_held_to_the_plan(host: Host) -> None:
    ada = host.visit("ada")
    host.visit("bob")
    talk = ada.open("bob")
    rule(host, limits=SiteLimits(storage_bytes=1_000))
    assert upload(ada, talk, b"a" * 900) == (201, "")
    assert upload(ada, talk, b"a" * 200) == (413, "quota_exceeded")
    rule(host, limits=SiteLimits(storage_bytes=2_000))
    assert upload(ada, talk, b"a" * 200) == (201, "")
    rule(host, uploads=False)
    assert upload(ada, talk, b"a") == (403, "switched_off")


def test_a_day_that_is_used_up_is_told_with_when_to_come_again(host: Host) -> None:
    ada = host.visit("ada")
    host.visit("bob")
    talk = ada.open("bob")
    rule(host, limits=SiteLimits(messages_per_day=1))
    ada.send(talk, "the only one")
    body = {"messages": [{"client_id": client_id(), "text": "one more"}]}
    response = ada.call("POST", f"/v1/conversations/{talk}/messages", body)
    assert (response.status_code, error_code(response)) == (429, "site_limit")
    assert 0 < float(response.headers["Retry-After"]) <= 3_600


@pytest.mark.parametrize("theme", [{}, {"accent": "#0a7cff", "font": "Georgia, 'Times New Roman', serif"}])
def test_the_frame_and_the_state_say_what_the_widget_is_like(host: Host, theme: dict[str, str]) -> None:
    rule(host, language="de", theme=theme, rooms=False, uploads=False)
    page = Member(host.app, "").call("GET", f"/frame?site={host.site.site_id}").text
    (written,) = re.findall(r'data-config="([^"]*)"', page)
    config = json.loads(unescape(written))
    assert {name: config[name] for name in ("language", "theme", "rooms", "uploads")} == {
        "language": "de",
        "theme": theme,
        "rooms": False,
        "uploads": False,
    }
    site = host.visit("ada").state()["site"]
    assert (site["language"], site.get("theme", {}), site["rooms"], site["uploads"]) == (
        "de",
        theme,
        False,
        False,
    )


def test_whom_one_does_not_meet_is_not_there(host: Host) -> None:
    ada, bob = host.visit("ada", groups=["garden"]), host.visit("bob", groups=["garden"])
    cyd = host.visit("cyd", groups=["chess"])
    rule(host, roster="group")
    everyone = ada.ask("GET", "/v1/contacts?filter=everyone")
    assert ([contact["id"] for contact in everyone["data"]], everyone["total"]) == (["bob"], 1)
    for method, path, body in (
        ("GET", "/v1/users/cyd", None),
        ("POST", "/v1/conversations", {"user_id": "cyd"}),
        ("POST", "/v1/conversations", {"kind": "group", "name": "Us", "user_ids": ["cyd"]}),
    ):
        absent = json.loads(json.dumps(body).replace("cyd", "nobody")) if body else None
        known, unknown = ada.call(method, path, body), ada.call(method, path.replace("cyd", "nobody"), absent)
        assert outcome(known) == outcome(unknown) == (404, "not_found"), path
    assert ada.ask("GET", "/v1/users/bob")["name"] == "bob"
    talk = ada.open("bob")
    ada.send(talk, "between gardeners")
    assert bob.state()["unread_total"] == 1
    assert outcome(host.sign_in(host.sign("ada", groups="garden"))) == (401, "token_malformed")
    assert cyd.ask("GET", "/v1/contacts?filter=online")["data"] == []
