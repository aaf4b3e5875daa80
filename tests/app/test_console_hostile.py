"""Whatever somebody types at the console: an answer with a reason, never an error of ours, never markup."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.handlers.console import blueprint
from imserver.handlers.console.table import PAGES, ConsolePage
from imserver.store.site_rules import RULES
from tests.app.conftest import new_host
from tests.app.owner import Browser, make_owner, signed_in

SOURCES = Path(blueprint.__file__).parent / "pages"
READ = re.compile(r"\.(?:text|required|number|ticked|secret_text|get)\(\s*\"([a-z_.]+)\"")
# Every field that any page reads.
FIELDS = sorted(
    {name for path in SOURCES.glob("*.py") for name in READ.findall(path.read_text())}
    | {rule.key for rule in RULES}
)
HOSTILE = (
    "\x00a\r\nSet-Cookie: im_console=x",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "//evil.example",
    "https://[evil",
    "' OR '1'='1\u202e\ud7ff\U0010ffff",
    "9" * 400,
    "\u00b2",
    "-1e400",
)
assert len(FIELDS) > 20, FIELDS
MARKUP = ("<script>alert(1)", "<img src=x")
# They wait on purpose, or end the session that this test needs.
LEFT_OUT = ("probe_wait", "probe_stream", "sign_out", "end_other_sessions")


@pytest.fixture(scope="module")
def admin(app: Flask) -> tuple[str, Browser]:
    """A site, and the browser of an admin who may see every page of it."""
    site_id = new_host(app).site.site_id
    make_owner(app, f"hostile@{site_id}.example", admin=True)
    return site_id, signed_in(app, f"hostile@{site_id}.example")


def _check(response: TestResponse, what: str) -> None:
    assert response.status_code < 500, what
    assert not [piece for piece in MARKUP if piece in response.text], what
    assert response.status_code == 303 or response.headers["X-Content-Type-Options"] == "nosniff", what
    assert "evil.example" not in response.headers.get("Location", ""), what
    assert "im_console=x" not in response.headers.get("Set-Cookie", ""), what


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in LEFT_OUT], ids=lambda page: page.name
)
def test_no_page_falls_over_what_it_is_given(admin: tuple[str, Browser], page: ConsolePage) -> None:
    site_id, browser = admin
    for hostile in HOSTILE:
        path = page.path.replace("<site_id>", site_id)
        path = re.sub(r"<[^>]+>", lambda _, text=hostile: quote(text, safe="") or "x", path)
        if page.method == "GET":
            query = "&".join(f"{name}={quote(hostile)}" for name in FIELDS)
            _check(browser.get(f"{path}?{query}"), f"{path} {hostile!r}")
        else:
            _check(browser.post(path, dict.fromkeys(FIELDS, hostile)), f"{path} {hostile!r}")
