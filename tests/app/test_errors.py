"""One shape for every error, each code once, each explained; and what is logged of a bug."""

import logging
import re
from collections.abc import Iterator

import pytest

from imserver import errors
from imserver.errors import OutcomeUnknown, ServiceError, Unavailable
from imserver.settings import ROOT
from tests.app.member import Host, Member, client_id, engine_of, error_code, outcome

API_PAGE = ROOT / "docs" / "api.md"


def _all(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _all(child)


ALL = list(_all())


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in ALL]
    assert len(codes) == len(set(codes)) >= 24
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


def test_every_error_is_in_the_tree_that_the_module_draws() -> None:
    drawn = errors.__doc__ or ""
    assert [error.code for error in ALL if not re.search(rf"\b{error.code}\b", drawn)] == []


def test_every_error_is_explained_to_people() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \| (.+) \| (.+) \|$", API_PAGE.read_text(), re.MULTILINE)
    explained = {code: int(status) for code, status, _, _ in rows}
    assert explained == {error.code: error.status for error in ALL}


def test_every_error_says_something_and_keeps_its_shape() -> None:
    for error in ALL:
        assert error.text != ServiceError.text
        assert 400 <= error.status < 600
        assert error.text.endswith(".")


@pytest.fixture
def ada(host: Host) -> Member:
    host.visit("bob")
    return host.visit("ada")


def _break(host: Host, method: str, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(engine_of(host.app).store.database, method, fail)


def test_a_bug_is_told_as_an_error_like_any_other_and_logged_in_full(
    ada: Member, host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conversation_id = ada.open("bob")
    _break(host, "write", RuntimeError("the reactor is leaking"), monkeypatch)
    body = {"messages": [{"client_id": client_id(), "text": "between you and me"}]}
    with caplog.at_level(logging.DEBUG):
        response = ada.call("POST", f"/v1/conversations/{conversation_id}/messages?", body)
    assert outcome(response) == (500, "internal_error")
    for private in ("reactor", "Traceback", "RuntimeError", ".py", ada.session):
        assert private not in response.text
    logged = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "Traceback" in logged
    assert "the reactor is leaking" in logged
    assert "POST /v1/conversations/<conversation_id>/messages" in logged
    for private in (ada.session, "between you and me", conversation_id):
        assert private not in logged


def test_a_bug_at_sign_in_does_not_log_the_token(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = host.sign("ada")
    _break(host, "write", RuntimeError("broken"), monkeypatch)
    with caplog.at_level(logging.DEBUG):
        response = host.sign_in(token)
    assert outcome(response) == (500, "internal_error")
    assert "Traceback" in caplog.text
    assert token not in caplog.text
    assert token.split(".")[2] not in caplog.text


@pytest.mark.parametrize("error", [Unavailable(), OutcomeUnknown()], ids=lambda error: error.code)
def test_a_database_that_cannot_answer(
    ada: Member, host: Host, error: ServiceError, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = ada.open("bob")
    _break(host, "write", error, monkeypatch)
    body = {"messages": [{"client_id": client_id(), "text": "hello"}]}
    response = ada.call("POST", f"/v1/conversations/{conversation_id}/messages", body)
    assert outcome(response) == (503, error.code)
    assert response.headers["Retry-After"] == "1"
    assert response.json["error"]["retry_after"] == 1.0


def test_a_probe_tells_when_the_database_is_gone(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Member(host.app, "")
    _break(host, "read", Unavailable(), monkeypatch)
    assert outcome(nobody.call("GET", "/readyz")) == (503, "unavailable")
    assert nobody.call("GET", "/healthz").status_code == 200


def test_numbers_of_the_server_are_for_its_own_box(host: Host) -> None:
    nobody = Member(host.app, "")
    proxied = nobody.call("GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    far = host.app.test_client().get("/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
    for response in (proxied, far):
        assert response.status_code == 404
        assert error_code(response) == "not_found"
