"""Owners as the tests see them: a browser that keeps cookies, follows forms and reads pages."""

import html
import re
from collections.abc import Mapping

from flask import Flask
from werkzeug.test import TestResponse

from imserver.services.passwords import hash_password
from imserver.store.owners import insert_owner, put_role
from tests.app.member import engine_of

PASSWORD = "a lantern on the hill"
FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
ORIGIN = "http://localhost"
# Pages without a session; their forms are tied to the browser alone.
FOR_ANYONE = ("/console/sign-in", "/console/code", "/console/join")
# The same for all, because making one takes 25 ms.
_HASH: list[str] = []


def make_owner(app: Flask, email: str, *, site_id: str = "", role: str = "", admin: bool = False) -> None:
    """Create an account with PASSWORD, and a role on a site."""
    if not _HASH:
        _HASH.append(hash_password(PASSWORD))
    store = engine_of(app).store

    def insert(tx: object) -> None:
        owner = insert_owner(tx, email=email, name=email[:3], password=_HASH[0], admin=admin, now=1)
        if role:
            put_role(tx, site_id, owner.owner_id, role=role, now=1)

    store.database.write(insert)


class Browser:
    """One browser of somebody's, at the console."""

    def __init__(self, app: Flask, *, address: str = "127.0.0.1", base_url: str = ORIGIN) -> None:
        self.app = app
        self._client = app.test_client()
        self._address = address
        self._base_url = base_url

    def get(self, path: str) -> TestResponse:
        """Load a page."""
        return self._open(path, method="GET")

    def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a form as a page of the console does; ``token`` replaces that of the page."""
        form_token = self.form_token(path) if token is None else token
        return self._open(
            path,
            method="POST",
            data={"form_token": form_token, **(fields or {})},
            headers={"Origin": self._base_url, **(headers or {})},
        )

    def form_token(self, path: str = "") -> str:
        """Return what the form that is sent to ``path`` carries now."""
        place = "/console/sign-in" if path.startswith(FOR_ANYONE) else "/console/account"
        found = FORM_TOKEN.search(self.get(place).text)
        # Who has not signed in gets no form of those who have.
        return found[1] if found else "0" * 64

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Type e-mail and password."""
        return self.post("/console/sign-in", {"email": email, "password": password})

    def cookie(self, name: str = "im_console") -> str:
        """Return a cookie's value, or nothing."""
        found = self._client.get_cookie(name)
        return found.value if found else ""

    def set_cookie(self, value: str, name: str = "im_console") -> None:
        """Plant a cookie."""
        self._client.set_cookie(name, value)

    def _open(self, path: str, **options: object) -> TestResponse:
        return self._client.open(
            path, base_url=self._base_url, environ_base={"REMOTE_ADDR": self._address}, **options
        )


def signed_in(app: Flask, email: str) -> Browser:
    """Return a browser in which the holder of an account has signed in."""
    browser = Browser(app)
    response = browser.sign_in(email)
    assert response.status_code == 303, response.text
    return browser


def words(response: TestResponse) -> str:
    """Return the text of a page, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())
