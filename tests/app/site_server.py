"""A site's own server: it calls the server API with the site's key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.settings import OutgoingSettings
from tests.app.conftest import MakeApp, new_host
from tests.app.member import Host, Json, engine_of
from tests.app.receiver import Receiver, receiving


@dataclass(frozen=True, slots=True)
class SiteServer:
    """``key`` opens the site of ``host``."""

    app: Flask
    host: Host
    key: str

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        """Ask as the site's server; ``path`` is what comes after /server/v1."""
        sent = self.key if key is None else key
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self.app.test_client().open(f"/server/v1{path}", method=method, data=data, headers=headers)

    def ask(self, method: str, path: str, body: Any = None) -> Json:
        """Return the answer of a call that has to succeed."""
        response = self.call(method, path, body)
        assert response.status_code in (200, 201, 204), (
            method,
            path,
            response.status_code,
            response.data[:500],
        )
        answer: Json = json.loads(response.data) if response.data else {}
        return answer


def new_server(app: Flask, **options: Any) -> SiteServer:
    """Return the server of a new site."""
    host = new_host(app, **options)
    _, key = engine_of(app).store.api_keys.insert(host.site.site_id)
    return SiteServer(app, host, key)


@pytest.fixture(scope="module")
def open_app(make_app: MakeApp) -> Iterator[Flask]:
    """Give an application that may ask servers of this machine; what it brings, tests bring by hand.

    The webhooks are taken away afterwards: the next module's applications would go on to try them.
    """
    app = make_app(outgoing=OutgoingSettings(allow_private=True, timeout_seconds=5.0))
    engine_of(app).site_side.stop()
    yield app
    webhooks = engine_of(app).store.webhooks
    webhooks.refresh()
    for site_id in webhooks.hooked:
        for webhook in webhooks.list_webhooks(site_id):
            webhooks.delete(site_id, webhook.webhook_id)


@pytest.fixture
def server(open_app: Flask) -> SiteServer:
    """Give the server of a new site."""
    return new_server(open_app)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a web server of the site's."""
    with receiving() as running:
        yield running
