"""People and hosts as the tests see them: they sign, they call, and nothing of the server is faked."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
import jwt
from flask import Flask
from werkzeug.test import TestResponse

from imserver.app import Engine
from imserver.store.values import Site

Json = dict[str, Any]


def engine_of(app: Flask) -> Engine:
    """Return the running parts behind ``app``."""
    engine = app.extensions["imserver"]
    assert isinstance(engine, Engine)
    return engine


def client_id() -> str:
    """Return what a page makes when somebody presses Enter."""
    return secrets.token_hex(16)


def error_code(response: TestResponse) -> str:
    """Return the code of an error that has the one shape; fail for anything else."""
    assert response.mimetype == "application/json", response.data[:300]
    body = json.loads(response.data)
    assert set(body) == {"error"}, body
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "retry_after"}, body
    return str(body["error"]["code"])


def outcome(response: TestResponse) -> tuple[int, str]:
    """Return the status, and the error's code for one that is not a success."""
    return response.status_code, error_code(response) if response.status_code >= 400 else ""


@dataclass(frozen=True, slots=True)
class Host:
    """The server of one community website, which vouches for its members."""

    app: Flask
    site: Site

    def sign(self, user_id: str, *, secret: bytes = b"", header: Json | None = None, **claims: Any) -> str:
        """Return a token as this host signs it; ``claims`` replace or, with None, remove."""
        now = int(time.time())
        usual: Json = {
            "iss": self.site.site_id,
            "sub": user_id,
            "name": user_id,
            "iat": now,
            "exp": now + 600,
        }
        kept = {name: value for name, value in (usual | claims).items() if value is not None}
        key = secret or next(iter(self.site.keys.values()))
        # The library refuses what a broken host may well sign, so it only computes the signature.
        return jwt.api_jws.encode(json.dumps(kept).encode(), key, algorithm="HS256", headers=header)

    def sign_in(self, token: str, *, site_id: str = "", origin: str | None = None) -> TestResponse:
        """Ask for a session."""
        body = {"site": site_id or self.site.site_id, "token": token}
        return Member(self.app, "", origin=origin).call("POST", "/v1/sessions", body)

    def visit(self, user_id: str, *, origin: str | None = None, **claims: Any) -> "Member":
        """Return the person, signed in from a page of ``origin``."""
        response = self.sign_in(self.sign(user_id, **claims), origin=origin)
        assert response.status_code == 201, response.data
        return Member(self.app, response.json["session"], origin=origin, user_id=user_id)

    def befriend(self, user_id: str, *friend_ids: str) -> None:
        """Give a person friends, as the host's own list has them."""
        engine_of(self.app).store.roster.add_friends(self.site.site_id, user_id, friend_ids)


@dataclass(frozen=True, slots=True)
class Member:
    """One device of one person. Its calls go through WSGI, so its polls wait in their greenlet."""

    app: Flask
    session: str
    origin: str | None = None
    user_id: str = ""

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> TestResponse:
        """Send a request; bytes go out as they are, anything else as JSON."""
        sent = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        if self.origin is not None:
            sent["Origin"] = self.origin
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        client = self.app.test_client(use_cookies=False)
        return client.open(path, method=method, data=data, headers=sent | (headers or {}))

    def ask(self, method: str, path: str, body: Any = None) -> Json:
        """Return what a call that succeeds answers."""
        response = self.call(method, path, body)
        assert response.status_code == 200, (method, path, response.status_code, response.data[:500])
        answer: Json = json.loads(response.data)
        return answer

    def open(self, peer_id: str) -> str:
        """Return the id of the conversation with somebody."""
        return str(self.ask("POST", "/v1/conversations", {"user_id": peer_id})["id"])

    def send(self, conversation_id: str, *texts: str) -> list[Json]:
        """Store messages; return what the server says of each."""
        messages = [{"client_id": client_id(), "text": text} for text in texts]
        answer = self.ask("POST", f"/v1/conversations/{conversation_id}/messages", {"messages": messages})
        return list(answer["messages"])

    def state(self) -> Json:
        return self.ask("GET", "/v1/state")

    def poll(self, cursor: str, **fields: Any) -> TestResponse:
        """Ask for events; with ``wait=False`` only for what is there."""
        return self.call("POST", "/v1/poll", {"token": self.session, "cursor": cursor, **fields})

    def events(self, cursor: str, **fields: Any) -> Json:
        """Return the answer of a poll that does not wait."""
        response = self.poll(cursor, wait=False, **fields)
        assert response.status_code == 200, response.data
        answer: Json = json.loads(response.data)
        return answer

    def begin_poll(self, cursor: str, **fields: Any) -> "gevent.Greenlet[..., TestResponse]":
        """Begin to wait; return once the poll waits, or has been answered."""
        transport = engine_of(self.app).transports.poll
        before = set(_waiting(transport))
        waiting = gevent.spawn(self.poll, cursor, **fields)
        _until(lambda: waiting.dead or set(_waiting(transport)) - before)
        return waiting


def _waiting(transport: Any) -> list[Any]:
    return list(transport._blocked)


def _until(fact: Callable[[], Any], *, seconds: float = 10.0) -> None:
    with gevent.Timeout(seconds):
        while not fact():
            gevent.sleep(0.0005)
