"""Who may say what a request is called."""

import socket
from ipaddress import ip_network

import pytest

from imserver.handlers.request_ids import GONE, RequestIds, peer_of
from imserver.protocol.http import fresh_request_id, json_answer

GIVEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def ids() -> RequestIds:
    return RequestIds((ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8")))


@pytest.mark.parametrize(
    ("peer", "taken"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("", True),
        ("192.0.2.1", False),
        ("::1", False),
        (GONE, False),
    ],
)
def test_only_a_trusted_proxy_names_requests(ids: RequestIds, peer: str, taken: bool) -> None:
    for _ in range(2):
        assert ids.given(GIVEN, peer=peer) == (GIVEN if taken else "")


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 65, "with a blank", "a\nline", "ünïcödé-123", "<script>alert"]
)
def test_what_is_no_name_is_not_taken(ids: RequestIds, text: str) -> None:
    assert ids.given(text, peer="127.0.0.1") == ""


def test_many_peers_are_not_kept_for_ever(ids: RequestIds) -> None:
    for number in range(3_000):
        assert ids.given(GIVEN, peer=f"192.0.{number // 256}.{number % 256}") == ""
    assert len(ids._known) <= 1_000


def test_a_socket_is_asked_who_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        assert peer_of(accepted.fileno()) == "127.0.0.1"
        accepted.close()
    near, far = socket.socketpair()
    with near, far:
        assert peer_of(near.fileno()) == ""


def test_an_error_has_a_name_and_nothing_else_has() -> None:
    head = json_answer(b"{}", status=503, request_id=GIVEN).partition(b"\r\n\r\n")[0]
    assert f"X-Request-ID: {GIVEN}".encode() in head
    assert b"X-Request-ID: " in json_answer(b"{}", status=404)
    assert b"X-Request-ID" not in json_answer(b"{}", request_id=GIVEN)
    assert b"X-Request-ID" not in json_answer(b"{}", origin="https://a.example", request_id=GIVEN)


def test_no_two_names_are_the_same() -> None:
    assert len({fresh_request_id() for _ in range(1_000)}) == 1_000
