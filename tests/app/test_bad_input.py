"""Whatever is sent: a typed 4xx in the one error shape, nothing stored, nothing told."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.settings import CacheSettings, StoreSettings
from tests.app.member import Host, Member, client_id, error_code, outcome
from tests.app.tables import count_rows

TOO_LARGE = 70_000
START = "0.00000000"


@dataclass(frozen=True, slots=True)
class Scene:
    """ada, who sends what is wrong, and the conversation that she may use."""

    host: Host
    ada: Member
    conversation_id: str

    @property
    def messages(self) -> str:
        return f"/v1/conversations/{self.conversation_id}/messages"

    def send(self, *messages: Any) -> TestResponse:
        return self.ada.call("POST", self.messages, {"messages": list(messages)})


@pytest.fixture
def scene(host: Host, backend: tuple[StoreSettings, CacheSettings]) -> Iterator[Scene]:
    """After each test, every table has as many rows as before it."""
    ada = host.visit("ada")
    host.visit("bob")
    conversation_id = ada.open("bob")
    ada.send(conversation_id, "the only message")
    before = count_rows(backend[0].url)
    yield Scene(host, ada, conversation_id)
    assert count_rows(backend[0].url) == before


def new(text: Any, *, sent_as: Any = None) -> dict[str, Any]:
    return {"client_id": sent_as or client_id(), "text": text}


# -- bodies

WITH_BODY: dict[str, tuple[str, dict[str, Any]]] = {
    "/v1/sessions": ("POST", {"site": "demo", "token": "x"}),
    "/v1/poll": ("POST", {"token": "x", "cursor": START, "wait": False}),
    "/v1/conversations": ("POST", {"user_id": "bob"}),
    "$messages": ("POST", {"messages": [{"client_id": "0" * 32, "text": "x"}]}),
    "$read": ("PUT", {"seq": 1}),
    "/v1/presence": ("PUT", {"presence": "away"}),
}
NOT_JSON = {
    "nothing": b"",
    "spaces": b"  \n",
    "a word": b"hello",
    "cut off": b'{"a": ',
    "two values": b"{} {}",
    "a comma too many": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "not a number": b'{"seq": NaN}',
    "invalid UTF-8": b'{"user_id": "\xff\xfe"}',
    "UTF-8 of a surrogate": b'{"user_id": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"user_id": "\\ud800"}',
    "a form": b"user_id=bob&text=hello",
    "XML": b"<?xml version='1.0'?><a/>",
    "a zero byte": b"\x00",
    "UTF-16": '{"user_id": "bob"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"user_id": "bob"}',
    "deep arrays": b"[" * 30_000,
    "deep objects": b'{"a":' * 12_000,
    "deep in a field": b'{"user_id":' + b"[" * 30_000,
}
WRONG_TYPES: tuple[Any, ...] = (
    None,
    True,
    7,
    1.5,
    -1,
    10**30,
    "",
    "text",
    [],
    [[]],
    [None],
    {},
    {"a": 1},
    "\x00",
    "9" * 5_000,
)


def _where(scene: Scene, path: str) -> str:
    return path.replace("$messages", scene.messages).replace(
        "$read", f"/v1/conversations/{scene.conversation_id}/read"
    )


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_a_body_that_is_not_json(scene: Scene, raw: bytes) -> None:
    for path, (method, _) in WITH_BODY.items():
        response = scene.ada.call(method, _where(scene, path), raw)
        assert outcome(response) in (
            (400, "malformed_json"),
            # Some are refused for their type before the end is seen.
            (400, "invalid_request"),
            (400, "unknown_field"),
        ), path


@pytest.mark.parametrize("path", WITH_BODY)
def test_every_field_of_a_wrong_type(scene: Scene, path: str) -> None:
    method, right = WITH_BODY[path]
    for name, value in right.items():
        for wrong in WRONG_TYPES:
            if type(wrong) is type(value):
                continue
            response = scene.ada.call(method, _where(scene, path), right | {name: wrong})
            assert outcome(response) == (400, "invalid_request"), (name, wrong)


@pytest.mark.parametrize("path", WITH_BODY)
def test_every_field_of_a_wrong_value(scene: Scene, path: str) -> None:
    method, right = WITH_BODY[path]
    for name, value in right.items():
        for wrong in WRONG_TYPES:
            if type(wrong) is not type(value) or (name, wrong) == ("wait", True):
                continue
            response = scene.ada.call(method, _where(scene, path), right | {name: wrong})
            assert 400 <= response.status_code < 500, (name, wrong)
            error_code(response)


@pytest.mark.parametrize("path", WITH_BODY)
def test_a_body_that_is_no_object(scene: Scene, path: str) -> None:
    for wrong in ([], [1], "text", 1, None, True):
        response = scene.ada.call(WITH_BODY[path][0], _where(scene, path), json.dumps(wrong).encode())
        assert outcome(response) == (400, "invalid_request"), wrong


@pytest.mark.parametrize("path", WITH_BODY)
def test_an_unknown_field_is_named(scene: Scene, path: str) -> None:
    method, right = WITH_BODY[path]
    response = scene.ada.call(method, _where(scene, path), right | {"colour": "red"})
    assert outcome(response) == (400, "unknown_field")
    assert "colour" in response.json["error"]["message"]
    assert "red" not in response.text


@pytest.mark.parametrize("path", WITH_BODY)
def test_a_missing_field(scene: Scene, path: str) -> None:
    method, right = WITH_BODY[path]
    for name in right.keys() - {"wait", "presence"}:
        body = {other: value for other, value in right.items() if other != name}
        assert outcome(scene.ada.call(method, _where(scene, path), body)) == (400, "invalid_request"), name


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize("says_length", [True, False])
def test_a_body_over_64_kb(scene: Scene, path: str, says_length: bool) -> None:
    body = json.dumps(WITH_BODY[path][1] | {"padding": "x" * TOO_LARGE}).encode()
    client = scene.host.app.test_client(use_cookies=False)
    stream = io.BytesIO(body)
    response = client.open(
        _where(scene, path),
        method=WITH_BODY[path][0],
        headers={"Authorization": f"Bearer {scene.ada.session}"},
        input_stream=stream,
        content_length=len(body) if says_length else None,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert outcome(response) == (413, "body_too_large")


def test_a_body_with_a_length_that_is_no_number(scene: Scene) -> None:
    for length in ("abc", "-5", "1e3", "9" * 400):
        response = scene.ada.call("PUT", "/v1/presence", b"", headers={"Content-Length": length})
        assert 400 <= response.status_code < 500, length
        error_code(response)


# -- messages

INVISIBLE = (
    "",
    " ",
    "   \n\t ",
    "\u200b",
    "\u200b\u200d\ufeff",
    "\u2028\u2029",
    "\u00a0",
    "\u00ad",
    "\u202e",
)
CONTROL = ("\x00", "a\x00b", "\x07", "a\x1b[31mb", "\x7f", "\x85", "hello\x08")


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_a_message_that_nobody_can_see(scene: Scene, text: str) -> None:
    assert outcome(scene.send(new(text))) in ((400, "invalid_text"), (400, "invalid_request"))


@pytest.mark.parametrize("text", CONTROL, ids=ascii)
def test_a_message_with_control_characters(scene: Scene, text: str) -> None:
    assert outcome(scene.send(new(text))) == (400, "invalid_text")


def test_a_message_over_4000_characters(scene: Scene) -> None:
    for character in ("x", "ä", "😀"):
        assert outcome(scene.send(new(character * 4_001)))[0] == 400


def test_one_bad_message_keeps_all_of_them_out(scene: Scene) -> None:
    assert outcome(scene.send(new("fine"), new("fine too"), new("\x00"))) == (400, "invalid_text")


def test_more_messages_than_20_or_none(scene: Scene) -> None:
    assert outcome(scene.send(*(new("x") for _ in range(21)))) == (400, "invalid_request")
    assert outcome(scene.send()) == (400, "invalid_request")


def test_two_messages_of_one_request_with_the_same_client_id(scene: Scene) -> None:
    twin = client_id()
    assert outcome(scene.send(new("a", sent_as=twin), new("b", sent_as=twin))) == (400, "invalid_request")
    assert outcome(scene.send(new("a", sent_as=twin), new("a", sent_as=twin))) == (400, "invalid_request")


@pytest.mark.parametrize(
    "wrong", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "٣" * 32, " " * 32, "0" * 31 + "\n"]
)
def test_a_client_id_that_is_none(scene: Scene, wrong: str) -> None:
    message = {"client_id": wrong, "text": "x"}
    assert outcome(scene.send(message)) == (400, "invalid_request")


def test_reading_beyond_the_last_message(scene: Scene) -> None:
    path = f"/v1/conversations/{scene.conversation_id}/read"
    for seq in (2, 10**9, 2**53):
        assert outcome(scene.ada.call("PUT", path, {"seq": seq})) == (400, "invalid_request")
    for seq in (-1, 2**53 + 1, 2**64, 10**300, 1.5, "1"):
        assert outcome(scene.ada.call("PUT", path, {"seq": seq})) == (400, "invalid_request")


def test_a_status_text_that_is_too_long_or_hides_something(scene: Scene) -> None:
    for text in ("x" * 141, "a\x00b", "\u200b"):
        response = scene.ada.call("PUT", "/v1/presence", {"status_text": text})
        assert response.status_code == 400, text
        error_code(response)
    assert scene.ada.ask("GET", "/v1/presence") == {"presence": "online", "status_text": ""}


def test_a_conversation_with_oneself_or_with_nobody(scene: Scene) -> None:
    expected = {"ada": (400, "invalid_request"), "nobody-at-all": (404, "not_found")}
    for user_id, answer in expected.items():
        assert outcome(scene.ada.call("POST", "/v1/conversations", {"user_id": user_id})) == answer


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


@pytest.mark.parametrize("cursor", BAD_CURSORS, ids=ascii)
def test_a_poll_cursor_that_is_none(scene: Scene, cursor: str) -> None:
    assert outcome(scene.ada.poll(cursor, wait=False)) == (400, "invalid_cursor")


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
        *(f"/v1/contacts?filter={name}&" for name in ("friends", "online", "everyone")),
    )
    for path in lists:
        response = scene.ada.call("GET", f"{path}cursor={quote(cursor)}")
        assert outcome(response) in ((400, "invalid_cursor"), (400, "invalid_request")), path


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000", "9" * 40, "a", "1.5", "", "0x10", "\u0661"])
def test_a_limit_that_is_none(scene: Scene, limit: str) -> None:
    for path in ("/v1/conversations", "/v1/contacts", scene.messages):
        response = scene.ada.call("GET", f"{path}?limit={quote(limit)}")
        assert outcome(response) == (400, "invalid_request"), path


def test_a_limit_above_the_lists_own_bound(scene: Scene) -> None:
    for path in ("/v1/conversations", scene.messages):
        assert outcome(scene.ada.call("GET", f"{path}?limit=101")) == (400, "invalid_request"), path


@pytest.mark.parametrize(
    "query", ["before_seq=-1", "after_seq=a", "before_seq=1&after_seq=1", f"before_seq={2**60}"]
)
def test_a_place_in_history_that_is_none(scene: Scene, query: str) -> None:
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


@pytest.mark.parametrize("path", READS)
def test_an_unknown_or_repeated_query_parameter(scene: Scene, path: str) -> None:
    assert outcome(scene.ada.call("GET", f"{path}?colour=red")) == (400, "unknown_field")
    assert outcome(scene.ada.call("GET", f"{path}?limit=1&limit=2")) == (400, "invalid_request")


# -- methods and paths


def test_a_method_that_an_address_does_not_take(scene: Scene) -> None:
    rules = {rule.rule for rule in scene.host.app.url_map.iter_rules()}
    for rule in rules:
        path = rule.replace("<conversation_id>", scene.conversation_id).replace("<path:user_id>", "bob")
        path = path.replace("<tree_hash>/<path:name>", "0/client.js").replace("<name>", "home")
        response = scene.ada.call("PATCH", path)
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


@pytest.mark.parametrize("path", UNKNOWN)
def test_an_address_that_is_none(scene: Scene, path: str) -> None:
    assert outcome(scene.ada.call("GET", path)) == (404, "not_found")


# -- headers

HOSTILE_HEADERS = (" ", "null", "*", "https://", "javascript:1", "https://community.example.evil.example")
HOSTILE_HEADERS += ("https://community.example:444", "http://community.example", "https://COMMUNITY.example")
HOSTILE_HEADERS += (
    "x" * 8_000,
    "\xff\xfe",
    "https://community.example, https://evil.example",
    "https://a\x0bb",
)


@pytest.mark.parametrize("origin", HOSTILE_HEADERS, ids=ascii)
def test_an_origin_that_is_not_one_of_the_sites(scene: Scene, origin: str) -> None:
    stranger = Member(scene.host.app, scene.ada.session, origin)
    assert outcome(stranger.call("GET", "/v1/state")) == (403, "wrong_origin")
    response = scene.host.sign_in(scene.host.sign("ada"), origin=origin)
    assert outcome(response) == (403, "wrong_origin")
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


@pytest.mark.parametrize("value", HOSTILE_CREDENTIALS, ids=ascii)
def test_credentials_that_are_none(scene: Scene, value: str) -> None:
    nobody = Member(scene.host.app, "")
    response = nobody.call("GET", "/v1/state", headers={"Authorization": value})
    assert outcome(response) == (401, "unauthenticated")


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
