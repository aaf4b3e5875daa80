"""Only a proxy that is trusted may say who asks."""

from ipaddress import ip_network

import pytest
from flask import Flask

from imserver.handlers.wire import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def asked_by(peer: str | None, **headers: str) -> str:
    environ = {} if peer is None else {"REMOTE_ADDR": peer}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with Flask("test").test_request_context(environ_overrides=environ, headers=names):
        return client_address(TRUSTED)


@pytest.mark.parametrize("peer", ["10.1.2.3", "::1"])
def test_a_trusted_proxy_names_the_visitor(peer):
    assert asked_by(peer, X_Real_IP="203.0.113.9") == "203.0.113.9"
    assert asked_by(peer) == peer


def test_a_visitor_cannot_name_somebody_else():
    forged = {"X_Real_IP": "203.0.113.9", "X_Forwarded_For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    assert asked_by("198.51.100.7", **forged) == "198.51.100.7"


@pytest.mark.parametrize(
    "told", ["", "unknown", "203.0.113.9, 198.51.100.1", "203.0.113.9:80", "1.2.3", "%00"]
)
def test_what_is_not_one_address_is_not_believed(told):
    assert asked_by("10.1.2.3", X_Real_IP=told) == "10.1.2.3"


def test_an_address_has_one_spelling():
    assert asked_by("::1", X_Real_IP="2001:DB8:0:0::1") == "2001:db8::1"


def test_behind_a_unix_socket_there_is_always_a_proxy():
    assert asked_by("", X_Real_IP="203.0.113.9") == "203.0.113.9"
    assert asked_by("") == ""
