"""Whatever a body holds: a typed 4xx in the one error shape, nothing stored."""

import io
import json
from typing import Any

import pytest

from tests.app.member import client_id, error_code, outcome
from tests.app.scene import Scene

TOO_LARGE = 70_000
START = "0.00000000"


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


def test_a_message_that_nobody_can_see(scene: Scene) -> None:
    for text in INVISIBLE:
        answer = outcome(scene.send(new(text)))
        assert answer in ((400, "invalid_text"), (400, "invalid_request")), ascii(text)


def test_a_message_with_control_characters(scene: Scene) -> None:
    for text in CONTROL:
        assert outcome(scene.send(new(text))) == (400, "invalid_text"), ascii(text)


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


NO_CLIENT_IDS = ("", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "\u0663" * 32, " " * 32, "0" * 31 + "\n")


def test_a_client_id_that_is_none(scene: Scene) -> None:
    for wrong in NO_CLIENT_IDS:
        message = {"client_id": wrong, "text": "x"}
        assert outcome(scene.send(message)) == (400, "invalid_request"), ascii(wrong)


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
