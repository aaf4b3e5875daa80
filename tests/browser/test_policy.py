"""Under a strict policy of the host's page everything works, or the doctor says what is missing."""

import base64
import hashlib
import html
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.hosts import Answer
from tests.browser.messenger import Messenger
from tests.browser.person import Person, Window

Sit = Callable[..., Person]
NONCE = "r4nd0m"
PATIENCE_OF_THE_LOADER = "00:10"
PAGE = """<!doctype html><title>A club</title>
<p>New messages: <b data-im-unread></b>, or ask <span data-im-user="bob">Bob</span>.</p>
<script async src="{im}/im.js" {tag}></script>"""


UNTIL_REFUSED = """async () => {
  for (let turn = 0; turn < 100; turn += 1) {
    const {policy} = await im('doctor', {show: false});
    if (policy.length) return policy;
    await new Promise((done) => setTimeout(done, 100));
  }
}"""


@dataclass(frozen=True, slots=True)
class Policy:
    """A Content-Security-Policy and what it asks of the script tag; ``{im}`` is our origin."""

    csp: str
    tag: str = ""


ENOUGH = {
    "origin": Policy("script-src {im}; frame-src {im}; connect-src 'self'"),
    "nonce": Policy("script-src 'nonce-r4nd0m'; frame-src {im}; connect-src 'self'", f'nonce="{NONCE}"'),
    "strict-dynamic": Policy(
        "script-src 'nonce-r4nd0m' 'strict-dynamic'; frame-src {im}; connect-src 'self'", f'nonce="{NONCE}"'
    ),
    "hash and origin": Policy(
        "script-src '{hash}' {im}; frame-src {im}; connect-src 'self'", 'integrity="{hash}" crossorigin'
    ),
    "trusted types": Policy(
        "script-src {im}; frame-src {im}; connect-src 'self'; style-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
}


def digest(messenger: Messenger) -> str:
    with urllib.request.urlopen(f"{messenger.url}/im.js", timeout=10) as answer:  # noqa: S310 - http, as built above
        return "sha384-" + base64.b64encode(hashlib.sha384(answer.read()).digest()).decode()


def put(person: Person, messenger: Messenger, policy: Policy, *, token: str = "") -> None:
    """Serve the person's page under ``policy``; with ``token`` it has to be fetched."""
    values = {"im": messenger.url, "hash": digest(messenger)}
    data = {**person.tag, "token-url": "/im-token"} if token else person.tag
    if token:
        data.pop("token")
        person.host.answers["/im-token"] = Answer(token, kind="text/plain")
    pairs = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in data.items())
    body = PAGE.format(im=messenger.url, tag=f"{policy.tag.format(**values)} {pairs}")
    csp = "default-src 'none'; " + policy.csp.format(**values)
    person.host.answers[person.path] = Answer(body, headers={"Content-Security-Policy": csp})


def diagnose(window: Window) -> dict[str, Any]:
    report: dict[str, Any] = window.page.evaluate("im('doctor', {show: false})")
    return report


@pytest.mark.parametrize("policy", ENOUGH.values(), ids=list(ENOUGH))
def test_all_parts_work_under_a_policy_that_is_enough(
    sit_down: Sit, messenger: Messenger, policy: Policy
) -> None:
    bob = sit_down("bob").window
    bob.connected()
    ada = sit_down("ada")
    put(ada, messenger, policy, token=ada.club.token("ada"))
    window = ada.open_window()
    window.connected()
    # The elements of the page are hooks.js's, the notifications host.js's.
    bob.page.evaluate("im('open', {user: 'ada'})")
    bob.say("Ada", "psst")
    expect(window.page.locator("[data-im-unread]")).to_have_text("1")
    window.open_panel()
    window.frame.get_by_role("button", name="More").click()
    window.frame.get_by_role("menuitem", name="Desktop notifications").click()
    # What the browser allows; "has no notifications" is said where host.js cannot be had.
    expect(window.frame.get_by_role("dialog")).to_contain_text("This browser blocks notifications")
    assert diagnose(window)["policy"] == []
    assert window.complaints == []


def test_a_policy_without_frame_src_is_named_by_the_loader(sit_down: Sit, messenger: Messenger) -> None:
    ada = sit_down("ada")
    put(ada, messenger, Policy("script-src {im}"))
    page = ada.context.new_page()
    page.clock.install()
    page.goto(ada.host.url + ada.path)
    page.evaluate("im('doctor').then((report) => { window.report = report; }); 0")
    page.clock.fast_forward(PATIENCE_OF_THE_LOADER)
    assert page.evaluate("window.report") == {"error": "no answer", "policy": ["frame-src"]}


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        (
            Policy(
                "script-src '{hash}'; frame-src {im}; connect-src 'self'", 'integrity="{hash}" crossorigin'
            ),
            "script-src-elem",
        ),
        (Policy("script-src {im}; frame-src {im}"), "connect-src"),
    ],
    ids=["script-src", "connect-src"],
)
def test_what_else_a_policy_lacks_is_named(
    sit_down: Sit, messenger: Messenger, policy: Policy, missing: str
) -> None:
    ada = sit_down("ada")
    put(ada, messenger, policy, token=ada.club.token("ada"))
    window = ada.open_window()
    assert window.page.evaluate(UNTIL_REFUSED) == [missing]
