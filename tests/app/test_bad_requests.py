"""Whatever a path, a parameter or a header holds: a typed 4xx, nothing stored, no secret repeated."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.app.member import Member, error_code, outcome
from tests.app.scene import Scene

START = "0.00000000"

# -- cursors, limits and other parameters

BAD_CURSORS = ("", "1", "1.", ".00000000", "0.0", "-1.00000000", "01.00000000", "1.0000000G", "1.00000000 ")
BAD_CURSORS += (
    "1.ABCDEF01",
    "٣.00000000",
    "1e3.00000000",
    "9" * 20 + ".00000000",
    "1.000000000",
    "\x00",
    "null",
)


def test_a_poll_cursor_that_is_none(scene: Scene) -> None:
    for cursor in BAD_CURSORS:
        assert outcome(scene.ada.poll(cursor, wait=False)) == (400, "invalid_cursor"), ascii(cursor)


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [("999999.00000000", "ahead"), ("9999999999999999999.ffffffff", "ahead"), ("0.00000001", "tag")],
)
def test_a_poll_cursor_that_cannot_be_caught_up_with(scene: Scene, cursor: str, reason: str) -> None:
    answer = scene.ada.events(cursor)
    assert (answer["reset"], answer["events"]) == (reason, [])


def _sealed(place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


BAD_PAGES = {
    "a word": "hello",
    "not base64": "!!!!",
    "not ASCII": "ä" * 8,
    "base64 of nothing": "=",
    "no JSON": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "another list's": _sealed(["x", 1, "a"]),
    "an object": _sealed({"last_at": 1}),
    "wrong types": _sealed(["c", "a", 1]),
    "too short": _sealed(["f", 1]),
    "a huge number": _sealed(["c", 10**30, "a"]),
    "a number over 63 bits": _sealed(["c", 2**64 - 1, "a"]),
    "a huge rank": _sealed(["f", 2**64 - 1, "a", "b"]),
    "a huge negative rank": _sealed(["f", -(10**30), "a", "b"]),
    "a lone surrogate": base64.urlsafe_b64encode(b'["p","\\ud800","b"]').decode(),
    "deep": base64.urlsafe_b64encode(b"[" * 700).decode(),
    "long": "A" * 1_100,
}


@pytest.mark.parametrize("cursor", BAD_PAGES.values(), ids=BAD_PAGES.keys())
def test_a_page_cursor_that_is_none(scene: Scene, cursor: str) -> None:
    lists = (
        "/v1/conversations?",
        *(f"/v1/contacts?filter={name}&" for name in ("friends", "online", "others", "everyone")),
    )
    for path in lists:
        response = scene.ada.call("GET", f"{path}cursor={quote(cursor)}")
        assert outcome(response) in ((400, "invalid_cursor"), (400, "invalid_request")), path


def test_a_limit_that_is_none(scene: Scene) -> None:
    for limit in ["0", "-1", "201", "1000000", "9" * 40, "a", "1.5", "", "0x10", "\u0661"]:
        for path in ("/v1/conversations", "/v1/contacts", scene.messages):
            response = scene.ada.call("GET", f"{path}?limit={quote(limit)}")
            assert outcome(response) == (400, "invalid_request"), path


def test_a_limit_above_the_lists_own_bound(scene: Scene) -> None:
    for path in ("/v1/conversations", scene.messages):
        assert outcome(scene.ada.call("GET", f"{path}?limit=101")) == (400, "invalid_request"), path


def test_a_page_with_two_beginnings(scene: Scene) -> None:
    asked = ["offset=-1", f"offset={2**64}", "offset=a", "offset=1&q=a", "offset=1&cursor=x"]
    for path in ("/v1/contacts", scene.messages.replace("/messages", "/members")):
        for query in asked:
            assert outcome(scene.ada.call("GET", f"{path}?{query}")) == (400, "invalid_request"), query
    answer = scene.ada.call("GET", "/v1/contacts?filter=others&q=a")
    assert outcome(answer) == (400, "invalid_request")


def test_a_place_in_history_that_is_none(scene: Scene) -> None:
    for query in ["before_seq=-1", "after_seq=a", "before_seq=1&after_seq=1", f"before_seq={2**60}"]:
        assert outcome(scene.ada.call("GET", f"{scene.messages}?{query}")) == (400, "invalid_request")


def test_a_filter_that_is_none(scene: Scene) -> None:
    for name in ("", "all", "FRIENDS", "friends ", "\x00"):
        assert outcome(scene.ada.call("GET", f"/v1/contacts?filter={quote(name)}")) == (
            400,
            "invalid_request",
        )


def test_a_search_that_is_too_long(scene: Scene) -> None:
    assert outcome(scene.ada.call("GET", f"/v1/contacts?q={'x' * 81}")) == (400, "invalid_request")


READS = ("/v1/state", "/v1/conversations", "/v1/contacts", "/v1/users/bob", "/v1/presence")


def test_an_unknown_or_repeated_query_parameter(scene: Scene) -> None:
    for path in READS:
        assert outcome(scene.ada.call("GET", f"{path}?colour=red")) == (400, "unknown_field"), ascii(path)
        assert outcome(scene.ada.call("GET", f"{path}?limit=1&limit=2")) == (400, "invalid_request")


# -- methods and paths


def test_a_method_that_an_address_does_not_take(scene: Scene) -> None:
    taken: dict[str, set[str]] = {}
    for each in scene.host.app.url_map.iter_rules():
        taken.setdefault(each.rule, set()).update(each.methods or ())
    for rule, methods in taken.items():
        method = next(name for name in ("PATCH", "DELETE", "PUT", "POST") if name not in methods)
        path = rule.replace("<conversation_id>", scene.conversation_id).replace("<path:user_id>", "bob")
        path = path.replace("<tree_hash>/<path:name>", "0/client.js").replace("<name>", "home")
        response = scene.ada.call(method, path)
        assert outcome(response) == (405, "method_not_allowed"), rule
        assert response.headers["Allow"]
    for method in ("TRACE", "CONNECT", "BREW", "get"):
        assert scene.ada.call(method, "/v1/state").status_code in (200, 405)


UNKNOWN = (
    "/",
    "/v1",
    "/v1/",
    "/v2/state",
    "/v1/state/",
    "/v1//state",
    "/v1/users/",
    "/v1/users",
    "/.git/config",
)
UNKNOWN += (
    "/a/0/../../etc/passwd",
    "/a/0/%2e%2e/im.js",
    "/frame/",
    "/a/x",
    "/v1/conversations//messages",
    "/%00",
)
UNKNOWN += (
    "/v1/state%00",
    "/v1/%ff%fe",
    "/favicon.ico",
    "/a/0/absent.js",
    "/demo/../metrics",
    "/v1/users//bob",
)


def test_an_address_that_is_none(scene: Scene) -> None:
    for path in UNKNOWN:
        assert outcome(scene.ada.call("GET", path)) == (404, "not_found"), ascii(path)


# -- headers

HOSTILE_HEADERS = (" ", "null", "*", "https://", "javascript:1", "https://community.example.evil.example")
HOSTILE_HEADERS += ("https://community.example:444", "http://community.example", "https://COMMUNITY.example")
HOSTILE_HEADERS += (
    "x" * 8_000,
    "\xff\xfe",
    "https://community.example, https://evil.example",
    "https://a\x0bb",
)


def test_an_origin_that_is_not_one_of_the_sites(scene: Scene) -> None:
    for origin in HOSTILE_HEADERS:
        stranger = Member(scene.host.app, scene.ada.session, origin)
        assert outcome(stranger.call("GET", "/v1/state")) == (403, "wrong_origin"), ascii(origin)
        response = scene.host.sign_in(scene.host.sign("ada"), origin=origin)
        assert outcome(response) == (403, "wrong_origin"), ascii(origin)
        assert "Access-Control-Allow-Origin" not in response.headers


HOSTILE_CREDENTIALS = (
    "",
    "Bearer",
    "Bearer ",
    "Bearer\t",
    "Basic YTpi",
    "Bearer null",
    "Bearer " + "x" * 8_000,
)
HOSTILE_CREDENTIALS += (
    "Bearer \xff\xfe",
    "Bearer ' OR 1=1",
    "Bearer a.b",
    "bearer " + "a" * 43,
    "Bearer ../..",
)


def test_credentials_that_are_none(scene: Scene) -> None:
    for value in HOSTILE_CREDENTIALS:
        nobody = Member(scene.host.app, "")
        response = nobody.call("GET", "/v1/state", headers={"Authorization": value})
        assert outcome(response) == (401, "unauthenticated"), ascii(value)


def _changed(secret: str) -> list[str]:
    site_id, _, text = secret.partition(".")
    last = "A" if text[-1] != "A" else "E"
    return [
        f"{site_id}.{text[:-1]}{last}",
        f"{site_id}x.{text}",
        f"other.{text}",
        text,
        f"{secret}=",
        secret.upper(),
    ]


def test_a_session_that_was_tampered_with(scene: Scene) -> None:
    for secret in _changed(scene.ada.session):
        response = Member(scene.host.app, secret).call("GET", "/v1/state")
        assert outcome(response) in ((401, "unauthenticated"), (401, "session_ended")), secret
        assert secret not in response.text


def test_a_host_header_that_is_none(scene: Scene) -> None:
    for value in ("evil.example/\\", "a b", "[::1", "a:99999999", ""):
        response = scene.host.app.test_client().get("/frame?site=demo", headers={"Host": value})
        assert response.status_code < 500, value
        if response.status_code >= 400:
            error_code(response)


def test_no_refusal_repeats_a_secret(scene: Scene) -> None:
    secret, token = scene.ada.session, scene.host.sign("ada")
    calls: list[Callable[[], TestResponse]] = [
        lambda: scene.ada.call("POST", "/v1/poll", {"token": secret, "cursor": 1}),
        lambda: scene.ada.call("POST", "/v1/poll", {"token": [secret], "cursor": START}),
        lambda: scene.ada.call("POST", "/v1/sessions", {"site": token, "token": token}),
        lambda: scene.ada.call("POST", "/v1/sessions", {"site": "absent", "token": token}),
        lambda: scene.ada.call("GET", f"/v1/users/{secret}"),
        lambda: scene.ada.call("GET", f"/v1/contacts?cursor={secret}"),
        lambda: scene.ada.call("GET", f"/v1/contacts?filter={secret}"),
    ]
    for call in calls:
        response = call()
        assert 400 <= response.status_code < 500
        assert secret not in response.text
        assert token not in response.text


def test_bytes_in_a_path_that_are_no_text(scene: Scene) -> None:
    for raw in (b"\xff", b"\xed\xa0\x80", b"a\x80", b"\xc0\xaf", b"\xf8\x88\x80\x80\x80"):
        for path in ("/v1/users/", "/v1/conversations/"):
            response = scene.ada.call("GET", path + quote_from_bytes(raw))
            assert outcome(response) == (404, "not_found")


def test_the_frame_of_a_site_that_is_none(app: Flask) -> None:
    nobody = Member(app, "")
    for query in (
        "",
        "?site=",
        "?site=absent",
        "?site=%00",
        "?site=" + "x" * 500,
        "?site=a;b&site=c",
        "?site=%ff",
    ):
        assert outcome(nobody.call("GET", "/frame" + query)) == (404, "not_found"), query
