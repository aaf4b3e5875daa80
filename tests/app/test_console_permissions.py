"""Every page of the console against every kind of caller, site of their own and foreign one."""

import json

import pytest
from flask import Flask

from imserver.handlers.console import blueprint  # noqa: F401 - declares the pages
from imserver.handlers.console.table import ANYONE, PAGES, SIGNED_IN, ConsolePage
from imserver.protocol.types import NewReport, ReportReason
from imserver.services.suspension import Suspension
from imserver.store.owners import RANKS
from imserver.store.values import Person
from tests.app.conftest import ORIGIN as HOST_ORIGIN
from tests.app.conftest import new_host
from tests.app.member import engine_of
from tests.app.owner import Browser, make_owner, signed_in, words

CALLERS = ("nobody", "moderator", "owner", "admin")
# They wait on purpose, so only who must not is let at them.
SLOW = ("/console/probe/wait", "/console/probe/stream")
# What a page without any field answers to somebody who may send it: it went through, or says what is missing.
DONE = {200, 303, 400, 401, 404, 409, 410}


@pytest.fixture(scope="module")
def scene(app: Flask) -> dict[str, object]:
    """A site with its team, another with an owner of its own, an admin; each in a browser."""
    site = new_host(app).site.site_id
    other = new_host(app, origin="https://other.example").site.site_id
    for name in ("moderator", "owner"):
        make_owner(app, f"{name}@{site}.example", site_id=site, role=name)
        make_owner(app, f"{name}@{other}.example", site_id=other, role=name)
    make_owner(app, f"admin@{site}.example", admin=True)
    emails = {name: f"{name}@{site}.example" for name in CALLERS[1:]}
    emails |= {f"foreign {name}": f"{name}@{other}.example" for name in ("moderator", "owner")}
    browsers = {name: signed_in(app, email) for name, email in emails.items()}
    fill(app, site)
    return {"site": site, "browsers": browsers | {"nobody": Browser(app)}}


def fill(app: Flask, site_id: str) -> None:
    """Let there be what the paths of pages name."""
    store = engine_of(app).store
    # The one whose pages are asked for is erased by one of them; the conversation is between others.
    for user_id in ("user_id", "one", "other"):
        store.people.save_person(Person(site_id, user_id, user_id))
    talk = store.conversations.open_direct(site_id, "one", "other").id
    report = NewReport(reason=ReportReason.SPAM, user_id="user_id")
    report_id = store.reports.insert(site_id, "other", report)
    IDS.update({"<conversation_id>": talk, "<report_id>": report_id, "<path:user_id>": "user_id"})


# What stands for the parts of a page's path.
IDS: dict[str, str] = {}


def path_of(page: ConsolePage, site_id: str) -> str:
    path = page.path.replace("<site_id>", site_id)
    for part, value in IDS.items():
        path = path.replace(part, value)
    return path.replace("<", "").replace(">", "")


def may(page: ConsolePage, caller: str) -> bool:
    """Tell what the table of pages promises."""
    if page.role == ANYONE:
        return True
    if caller == "nobody":
        return False
    return page.role == SIGNED_IN or RANKS.get(caller, 0) >= RANKS[page.role]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
def test_who_may_see_which_page(scene: dict, page: ConsolePage) -> None:
    if page.path in SLOW:
        assert scene["browsers"]["nobody"].get(page.path).status_code == 401
        return
    if page.name == "sign_out":
        assert scene["browsers"]["nobody"].post(page.path).status_code == 401
        return
    for caller, browser in scene["browsers"].items():
        response = ask(browser, page, path_of(page, scene["site"]))
        if may(page, caller):
            assert response.status_code in DONE - {404 if page.method == "GET" else 0}, (
                caller,
                response.text,
            )
            assert "There is no such page" not in response.text or page.method == "POST", caller
        elif caller == "nobody":
            assert response.status_code in (303, 401), caller
            assert "location" not in response.headers or "/console/sign-in" in response.headers["Location"]
        else:
            assert response.status_code == 404, (caller, response.text)


# What is taken from the owner of a suspended site: nothing of these changes it, but that members may leave.
TAKEN_WHEN_SUSPENDED = {
    "export_site",
    "export_member",
    "erase_member",
    "end_member_sessions",
    "retire_key",
    "retire_api_key",
    "verify_audit",
    "check_installation",
}


def test_a_suspended_site_is_looked_at_and_left_but_not_changed(app: Flask) -> None:
    site = new_host(app).site.site_id
    make_owner(app, f"owner@{site}.example", site_id=site, role="owner")
    make_owner(app, f"root@{site}.example", admin=True)
    browser = signed_in(app, f"owner@{site}.example")
    fill(app, site)
    store = engine_of(app).store
    Suspension(store).suspend(site)
    taken = set()
    for page in PAGES:
        if not page.is_of_site or page.role == "admin":
            continue
        response = ask(browser, page, path_of(page, site))
        if page.method == "GET":
            assert response.status_code in (200, 303), page.path
            assert response.status_code == 303 or page.name == "theme_preview" or "suspended" in response.text
        elif response.status_code != 403:
            taken.add(page.name)
        else:
            assert "nothing of it can be changed" in words(response), page.path
    assert taken == TAKEN_WHEN_SUSPENDED
    assert store.sites.require_site(site).origins == (HOST_ORIGIN,)
    # Who runs the installation may put things right, and the line of the export is there.
    admin = signed_in(app, f"root@{site}.example")
    assert admin.post(f"/console/sites/{site}/origins", {"origins": "https://x.example"}).status_code == 303
    assert "site.exported" in [entry.act for entry in store.audit.page(site)]


def test_an_owner_takes_the_whole_site_along(app: Flask) -> None:
    site = new_host(app).site.site_id
    make_owner(app, f"owner@{site}.example", site_id=site, role="owner")
    fill(app, site)
    response = signed_in(app, f"owner@{site}.example").post(f"/console/sites/{site}/export")
    kinds = [json.loads(line)["kind"] for line in response.text.splitlines()]
    assert kinds[0] == "export"
    assert {"users", "conversations", "reports"} <= set(kinds)
    assert not {"site_keys", "api_keys", "sessions"} & set(kinds)
    assert f"{site}.ndjson" in response.headers["Content-Disposition"]


def ask(browser: Browser, page: ConsolePage, path: str) -> "object":
    return browser.get(path) if page.method == "GET" else browser.post(path)


def test_a_foreign_site_and_one_that_is_not_there_answer_alike(scene: dict) -> None:
    for page in PAGES:
        if not page.is_of_site:
            continue
        browser = scene["browsers"]["foreign owner"]
        foreign = ask(browser, page, path_of(page, scene["site"]))
        absent = ask(browser, page, path_of(page, "s_nothere0"))
        assert foreign.status_code == absent.status_code == 404, page.path
        assert foreign.text == absent.text, page.path


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.method == "POST"], ids=lambda page: page.path
)
def test_no_form_is_taken_from_elsewhere(scene: dict, page: ConsolePage) -> None:
    browser = scene["browsers"]["admin"]
    path = path_of(page, scene["site"])
    token = browser.form_token(path)
    attacks = (
        {"token": ""},
        {"token": "0" * 64},
        {"token": Browser(browser.app).form_token("/console/sign-in")},
        {"token": token, "headers": {"Origin": "https://evil.example"}},
        {"token": token, "headers": {"Origin": "null"}},
        {"token": token, "headers": {"Sec-Fetch-Site": "cross-site"}},
    )
    for attack in attacks:
        assert browser.post(path, **attack).status_code == 403, attack
    assert browser.get("/console/account").status_code == 200, "still signed in"


def test_every_answer_has_the_strict_headers(scene: dict) -> None:
    browser = scene["browsers"]["owner"]
    for page in PAGES:
        if page.method != "GET" or page.raw or page.name == "theme_preview":
            continue
        response = browser.get(path_of(page, scene["site"]))
        assert response.headers["X-Frame-Options"] == "DENY", page.path
        assert response.headers["Cache-Control"] == "no-store", page.path
        if response.status_code != 303:
            policy = response.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "require-trusted-types-for 'script'" in policy
            assert "unsafe" not in policy
        assert "style=" not in response.text, page.path
        assert " onclick" not in response.text


def test_the_preview_stands_in_frames_of_ours_alone(scene: dict) -> None:
    response = scene["browsers"]["owner"].get(
        f"/console/sites/{scene['site']}/theme/preview?accent=%230a7cff"
    )
    assert response.status_code == 200
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "#0a7cff" in response.text
    wrong = scene["browsers"]["owner"].get(
        f"/console/sites/{scene['site']}/theme/preview?accent=red;}}body{{display:none"
    )
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    "path", ["/console/sites/a%0d%0ab/usage", "/console/%2e%2e/x", "/console/nothing", "/console/sites/"]
)
def test_strange_addresses_are_no_pages(scene: dict, path: str) -> None:
    response = scene["browsers"]["nobody"].get(path)
    assert response.status_code in (303, 404)
    if response.status_code == 303:
        assert response.headers["Location"] == "/console/sign-in"
