"""Each example community, started and visited: whom it signs in, the messenger takes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from imserver.settings import ROOT
from tests.app.member import Host
from tests.integrations.community import Page, Visitor, copy_of, serving
from tests.integrations.test_tokens import Tags
from tests.services import free_port, make_folder, require_program

EXAMPLES = ROOT / "integrations" / "examples"
MESSENGER = "https://im.example.com"
NPM_SECONDS = 100
BOB = 'Bob "Bo" O\'Hara'


@dataclass(frozen=True, slots=True)
class Example:
    """One of the folders: its addresses differ, what it does must not."""

    name: str
    token_url: str
    sign_in: str
    sign_out: str

    def command(self, port: int, folder: Path) -> list[str]:
        """Return what its README says to type."""
        if self.name == "php":
            return [require_program("php"), "-S", f"localhost:{port}", "-t", str(folder / "public")]
        if self.name == "flask":
            return [sys.executable, str(folder / "app.py")]
        return [require_program("node"), "server.mjs"]


PHP = Example("php", "/im-token.php", "/", "/")
FLASK = Example("flask", "/im-token", "/sign-in", "/sign-out")
EXPRESS = Example("express", "/im-token", "/sign-in", "/sign-out")


@dataclass(frozen=True, slots=True)
class Community:
    """A running example: who visits it, and the site that it is at the messenger."""

    example: Example
    visitor: Visitor
    host: Host

    def sign_in(self, member: str) -> Page:
        return self.visitor.post(self.example.sign_in, {"member": member})


@pytest.fixture(params=[PHP, FLASK, EXPRESS], ids=lambda example: example.name)
def community(request: pytest.FixtureRequest, host: Host) -> Iterator[Community]:
    """Start one of the examples, with the values of a real site in its environment."""
    example: Example = request.param
    scratch, port = make_folder(), free_port()
    folder = EXAMPLES / example.name
    if example is EXPRESS:
        folder = copy_of(folder, into=scratch)
        install_packages(folder)
    ((kid, secret),) = host.site.keys.items()
    values = {"URL": MESSENGER, "SITE": host.site.site_id, "KEY_ID": kid, "SECRET": secret.decode()}
    environ = {f"MESSENGER_{name}": value for name, value in values.items()}
    command = example.command(port, folder)
    with serving(command, folder=folder, port=port, log=scratch / "log", **environ) as visitor:
        yield Community(example, visitor, host)


def install_packages(folder: Path) -> None:
    """Do what `npm install` does, from what it has kept where that will do."""
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefer-offline"]
    done = subprocess.run(
        [require_program("npm"), "install", *options], cwd=folder, capture_output=True, timeout=NPM_SECONDS
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def tags_of(page: Page) -> list[dict[str, str | None]]:
    return [values for name, values in Tags(page.body).seen if name == "script" and "data-site" in values]


@pytest.mark.limit(seconds=150)
def test_members_are_signed_in_to_the_messenger_with_the_page(community: Community) -> None:
    visitor, example, host = community.visitor, community.example, community.host
    stranger = visitor.get("/")
    assert (stranger.status, tags_of(stranger)) == (200, [])
    assert visitor.get(example.token_url).status == 401

    assert community.sign_in("2").status == 303
    page = visitor.get("/")
    (tag,) = tags_of(page)
    assert tag["src"] == f"{MESSENGER}/im.js"
    assert tag["data-token-url"] == example.token_url
    assert page.headers["cache-control"] == "no-store"
    assert f"frame-src {MESSENGER}" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert_accepted(host, str(tag["data-token"]))
    # Nobody chats with oneself.
    assert [values["data-im-user"] for _, values in Tags(page.body).seen if "data-im-user" in values] == ["1"]

    fresh = visitor.get(example.token_url, Sec_Fetch_Site="same-origin")
    assert (fresh.status, fresh.headers["cache-control"]) == (200, "no-store")
    assert fresh.headers["content-type"].startswith("application/json")
    assert_accepted(host, json.loads(fresh.body)["token"])
    assert visitor.get(example.token_url, Sec_Fetch_Site="cross-site").status == 403

    assert visitor.post(example.sign_out, {"sign_out": "1"}, Sec_Fetch_Site="cross-site").status == 403
    assert tags_of(visitor.get("/"))
    assert visitor.post(example.sign_out, {"sign_out": "1"}).status == 303
    assert (tags_of(visitor.get("/")), visitor.get(example.token_url).status) == ([], 401)

    community.sign_in("3")
    assert tags_of(visitor.get("/")) == []
    pages = "".join(page.body for page in (stranger, page, fresh))
    assert all(secret.decode() not in pages for secret in host.site.keys.values())
    # What members are called and what they write is text, never markup.
    assert {name for name, _ in Tags(page.body).seen}.isdisjoint({"tea"})
    assert "&lt;tea&gt; &amp; cake" in page.body


def assert_accepted(host: Host, token: str) -> None:
    """The messenger opens a session for Bob from the community's pages."""
    answer = host.sign_in(token, origin="http://localhost:8000")
    assert answer.status_code == 201, answer.data
    assert (answer.json["user"]["id"], answer.json["user"]["name"]) == ("2", BOB)


@pytest.mark.parametrize("example", [PHP, FLASK], ids=lambda example: example.name)
def test_what_is_not_set_is_named(example: Example) -> None:
    scratch, port = make_folder(), free_port()
    command = example.command(port, EXAMPLES / example.name)
    if example is PHP:
        with serving(command, folder=scratch, port=port, log=scratch / "log") as visitor:
            page = visitor.get("/")
            assert (page.status, page.body) == (500, "Set MESSENGER_URL, as README.md says.")
        return
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, timeout=60)
    assert done.returncode == 1
    assert "Set MESSENGER_URL, MESSENGER_SITE, MESSENGER_KEY_ID, MESSENGER_SECRET" in done.stderr


def test_the_three_look_the_same() -> None:
    for name in ("community.css", "sign-out.js"):
        assert (
            len({(EXAMPLES / folder / "public" / name).read_text() for folder in ("php", "flask", "express")})
            == 1
        )
