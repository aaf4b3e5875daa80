"""The live checker against a real small web server: each planted mistake is found by its own words."""

import base64
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from flask import Flask

from imserver.services.policies import blocking
from imserver.settings import CacheSettings, OutgoingSettings, StoreSettings
from imserver.store import open_store
from imserver.store.values import Site
from tests.app.conftest import MakeApp
from tests.app.member import engine_of
from tests.app.owner import Browser, make_owner, signed_in, words
from tests.browser.hosts import Answer, Host

IM = "http://localhost"
FOUND = re.compile(r'data-code="(\w+)"')


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoreSettings, CacheSettings]:
    """Give one engine: nothing here asks the database for more than a site."""
    url = f"sqlite:///{tmp_path_factory.mktemp('checker')}/im.db"
    store = open_store(store_url=url)
    store.migrate()
    store.close()
    return StoreSettings(url=url), CacheSettings(url="memory:")


@pytest.fixture(scope="module")
def app(make_app: MakeApp) -> Flask:
    """Give a messenger whose owners' pages may be on this machine."""
    return make_app(outgoing=OutgoingSettings(allow_private=True))


@dataclass(slots=True)
class Scene:
    """A site, its owner at the console, and the web server of its pages."""

    site: Site
    host: Host
    browser: Browser

    def token(self, *, key: bytes = b"", kid: str | None = None, **claims: Any) -> str:
        """Return a token as the host signs it; None takes a claim away."""
        now = int(time.time())
        all_claims = {
            "iss": self.site.site_id,
            "sub": "42",
            "name": "Ada",
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        kept = {name: value for name, value in all_claims.items() if value is not None}
        ((known, secret),) = self.site.keys.items()
        payload = jwt.api_jws.json.dumps(kept).encode()
        return jwt.api_jws.encode(payload, key or secret, algorithm="HS256", headers={"kid": kid or known})

    def check(self, **fields: str) -> tuple[list[str], str]:
        """Return the codes of what is found, and the page's words."""
        response = self.browser.post(f"/console/sites/{self.site.site_id}/install/check", fields)
        assert response.status_code == 200, words(response)
        return FOUND.findall(response.text), words(response)

    def page(self, *, path: str = "/page", csp: str = "", **data: str) -> str:
        """Put a page with a right tag, but for what is said; return its address."""
        return self.host.put_page(path, csp=csp, **{"site": self.site.site_id, "token": self.token(), **data})


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    server = Host(IM)
    yield server
    server.close()


@pytest.fixture(scope="module")
def browser(app: Flask) -> Browser:
    make_owner(app, "admin@checked.example", admin=True)
    return signed_in(app, "admin@checked.example")


@pytest.fixture
def scene(app: Flask, host: Host, browser: Browser) -> Scene:
    """Give a site of this test's own."""
    site = engine_of(app).store.sites.insert_site(name="Checked", origins=(host.url,))
    return Scene(site, host, browser)


def test_a_right_page_has_nothing_wrong(scene: Scene) -> None:
    found, said = scene.check(address=scene.page())
    assert found == ["page_good", "token_good"]
    assert "All is right" in said
    assert "signs in Ada (42)" in said


@pytest.mark.parametrize(
    ("mistake", "code", "said"),
    [
        ({"iss": "s_other"}, "token_wrong_site", "is of the site s_other"),
        ({"kid": "k_gone"}, "token_wrong_key", "names the key k_gone"),
        ({"key": b"not the secret of this site at all"}, "token_forged", "not signed with a live secret"),
        ({"exp": 1_700_000_000}, "token_expired", "expired"),
        ({"exp": None}, "token_exp", "no expiry time"),
        ({"exp": 1_700_000_000_000}, "token_exp", "in milliseconds"),
        ({"iat": "ahead", "exp": "ahead"}, "clock_ahead", "clock is 1 hour ahead of ours"),
        ({"exp": "far"}, "token_lives_long", "good for 1 day"),
        ({"sub": None}, "token_sub_missing", "it has no sub"),
        ({"sub": 42}, "token_sub_number", "sub is 42, and not a string"),
    ],
)
def test_each_mistake_of_a_token_is_named(
    scene: Scene, mistake: dict[str, Any], code: str, said: str
) -> None:
    times = {"ahead": int(time.time()) + 3_600, "far": int(time.time()) + 86_400}
    claims = {
        name: times.get(value, value) if isinstance(value, str) else value for name, value in mistake.items()
    }
    found, text = scene.check(address=scene.page(token=scene.token(**claims)))
    assert found == [code]
    assert said in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda secret: secret + b"\n", "a line break behind the secret"),
        (lambda secret: b'"' + secret + b'"', "the secret in quotes"),
        (lambda secret: base64.urlsafe_b64decode(secret + b"="), "what the secret means in base64"),
    ],
)
def test_a_secret_that_was_copied_wrong_is_recognized(scene: Scene, change: Any, said: str) -> None:
    (secret,) = scene.site.keys.values()
    found, text = scene.check(token=scene.token(key=change(secret)))
    assert found == ["token_forged"]
    assert said in text


def test_what_is_no_token_is_named(scene: Scene) -> None:
    (secret,) = scene.site.keys.values()
    assert scene.check(token=secret.decode())[0] == ["token_is_secret"]
    found, text = scene.check(token="{{ token }}")
    assert (found, "it has 1 part" in text) == (["token_malformed"], True)
    none = jwt.encode({"iss": scene.site.site_id, "sub": "42", "exp": time.time() + 60}, "", algorithm="none")
    assert "token_algorithm" in scene.check(token=none)[0]


def test_a_page_without_the_tag_is_named(scene: Scene) -> None:
    scene.host.answers["/bare"] = Answer(
        "<!doctype html><title>Bare</title><!-- <script src=/im.js></script> -->"
    )
    found, text = scene.check(address=f"{scene.host.url}/bare")
    assert (found, "has no script tag of the messenger" in text) == (["tag_missing"], True)


def test_a_tag_of_another_site_or_installation_is_named(scene: Scene) -> None:
    found, text = scene.check(address=scene.page(site="s_typo"))
    assert (found, "names the site s_typo" in text) == (["tag_wrong_site"], True)
    scene.host.answers["/else"] = Answer(
        f'<script src="https://im.elsewhere.example/im.js" data-site="{scene.site.site_id}" '
        f'data-token="{scene.token()}"></script>'
    )
    found, text = scene.check(address=f"{scene.host.url}/else")
    assert (found, f"Load {IM}/im.js." in text) == (["tag_wrong_host"], True)


@pytest.mark.parametrize(
    ("csp", "codes", "said"),
    [
        ("default-src 'self'", ["csp_script", "csp_frame"], f"Add {IM} to script-src."),
        (f"script-src {IM}; frame-src 'none'", ["csp_frame"], f"Add {IM} to frame-src."),
        (
            f"script-src 'self' 'unsafe-inline'; frame-src {IM}",
            ["csp_script"],
            "keeps the messenger's script out",
        ),
    ],
)
def test_a_policy_that_keeps_us_out_is_named(scene: Scene, csp: str, codes: list[str], said: str) -> None:
    found, text = scene.check(address=scene.page(csp=csp))
    assert found == codes
    assert said in text


def test_a_policy_in_the_page_itself_counts(scene: Scene) -> None:
    address = scene.host.put_page(
        "/meta",
        markup='<meta http-equiv="Content-Security-Policy" content="script-src \'self\'">',
        site=scene.site.site_id,
        token=scene.token(),
    )
    assert scene.check(address=address)[0] == ["csp_script"]


def test_an_origin_that_is_not_on_the_list_is_named(app: Flask, scene: Scene) -> None:
    engine_of(app).store.sites.set_origins(scene.site.site_id, ("https://elsewhere.example",))
    found, text = scene.check(address=scene.page())
    assert (found, f"{scene.host.url} is not one of this site's origins" in text) == (
        ["origin_not_listed"],
        True,
    )


def test_a_suspended_site_is_named_first(app: Flask, scene: Scene) -> None:
    engine_of(app).store.sites.set_suspended(scene.site.site_id, True)
    found, text = scene.check(address=scene.page(site="s_typo"))
    assert found == ["site_suspended", "tag_wrong_site"]
    assert "nobody can sign in" in text


def test_tokens_are_fetched_where_the_tag_says(scene: Scene) -> None:
    address = scene.host.put_page("/by-url", site=scene.site.site_id, token_url="/im-token")
    assert scene.check(address=address)[0] == ["token_url"], "404"
    scene.host.answers["/im-token"] = Answer(
        f'{{"token": "{scene.token(sub=None)}"}}', kind="application/json"
    )
    assert scene.check(address=address)[0] == ["token_sub_missing"]
    scene.host.answers["/im-token"] = Answer("<h1>Sign in</h1>")
    assert scene.check(address=address)[0] == ["token_url"]


def test_a_page_that_cannot_be_fetched_is_named(scene: Scene) -> None:
    assert scene.check(address=f"{scene.host.url}/absent")[0] == ["page_status"]
    assert scene.check(address="http://127.0.0.1:9/")[0] == ["page_unreachable"]
    assert scene.check(address="file:///etc/passwd")[0] == ["page_unreachable"]


def test_the_source_of_a_page_for_members_can_be_pasted(scene: Scene) -> None:
    tag = f'<script src="{IM}/im.js" data-site="{scene.site.site_id}" data-token="{scene.token()}">'
    assert scene.check(source=f"{tag}</script>")[0] == ["page_good", "token_good"]
    assert scene.check(source="<p>no tag")[0] == ["tag_missing"]


def test_private_addresses_are_not_fetched_unless_that_is_wanted(make_app: MakeApp, host: Host) -> None:
    app = make_app()
    site = engine_of(app).store.sites.insert_site(name="Checked", origins=())
    make_owner(app, "owner@checked.example", site_id=site.site_id, role="owner")
    scene = Scene(site, host, signed_in(app, "owner@checked.example"))
    found, text = scene.check(address=scene.page())
    assert found == ["page_unreachable"]
    assert "All is right" not in text


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP"])
def test_a_proxy_that_is_not_believed_is_named(scene: Scene, name: str) -> None:
    path = f"/console/sites/{scene.site.site_id}/install/check"
    response = scene.browser.post(path, {"token": scene.token()}, headers={name: "198.51.100.7"})
    assert FOUND.findall(response.text) == ["token_good", "proxy_untrusted"]
    assert "A proxy (127.0.0.1) says whom it speaks for, and is not believed" in words(response)
    assert "All is right" not in words(response)


@pytest.mark.parametrize(
    ("policy", "blocked"),
    [
        ("", None),
        ("img-src 'none'", None),
        ("script-src *", None),
        ("script-src https:", None),
        ("script-src https://im.example.com", None),
        ("script-src im.example.com", None),
        ("script-src *.example.com", None),
        ("script-src https://im.example.com:8443", "script-src"),
        ("script-src https://im.example.com/other.js", "script-src"),
        ("script-src https://im.example.com/im.js", None),
        ("script-src 'self'; script-src *", "script-src"),
        ("script-src-elem 'self'; script-src *", "script-src-elem"),
        ("default-src 'none'", "default-src"),
        ("script-src 'nonce-abc' 'strict-dynamic'", None),
        ("script-src 'nonce-xyz' 'strict-dynamic' https:", "script-src"),
    ],
)
def test_policies_are_read_as_browsers_read_them(policy: str, blocked: str | None) -> None:
    found = blocking(
        policy, "script", "https://im.example.com/im.js", page="https://forum.example.com/", nonce="abc"
    )
    assert found == blocked


def test_a_webhook_is_added_tried_and_deleted_in_the_console(scene: Scene) -> None:
    here = f"/console/sites/{scene.site.site_id}/webhooks"
    assert "Choose at least one event" in words(
        scene.browser.post(f"{here}/add", {"url": f"{scene.host.url}/hook"})
    )
    added = scene.browser.post(f"{here}/add", {"url": f"{scene.host.url}/hook", "report.created": "on"})
    assert "The new webhook's secret" in words(added)
    webhook = re.search(r'name="webhook" value="([^"]+)"', added.text)[1]  # type: ignore[index]
    tried = words(scene.browser.post(f"{here}/test", {"webhook": webhook}))
    assert "Your server answered 404" in tried, "there is no such page yet, and that is said"
    assert scene.browser.post(f"{here}/switch", {"webhook": webhook}).status_code == 303
    assert "Switch on" in words(scene.browser.get(here))
    assert scene.browser.post(f"{here}/delete", {"webhook": webhook}).status_code == 303
    assert scene.browser.post(f"{here}/delete", {"webhook": webhook}).status_code == 404


def test_the_probes_answer_in_pieces_and_as_late_as_a_poll(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    quick = SimpleNamespace(sleep=waits.append)
    monkeypatch.setattr("imserver.handlers.console.pages.install.gevent", quick)
    answer = scene.browser.get("/console/probe/wait")
    assert (answer.json, waits.pop()) == ({"waited_seconds": 28}, 28)
    stream = scene.browser.get("/console/probe/stream")
    assert (stream.headers["X-Accel-Buffering"], stream.is_streamed) == ("no", True)
    assert b"".join(stream.response) == b"data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n"
    # Long enough apart for a browser to tell whether a proxy has kept them.
    assert waits == [0.5] * 4
