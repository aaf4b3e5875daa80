"""The preview of the theme editor: one site for all owners, in which none of them meets another."""

import json
import re

import pytest
from flask import Flask

from imserver.services.preview import RULES
from imserver.store.usage import HOUR_MS
from imserver.store.values import PREVIEW_SITE, SiteRules
from tests.app.conftest import new_host
from tests.app.member import Host, Member, engine_of
from tests.app.owner import Browser, make_owner, signed_in

TOKEN = re.compile(r'data-token="([^"]+)"')
VARIABLES = re.compile(r'data-variables="([^"]*)"')


class Owner:
    """An owner of a site of their own, and who they are in the preview."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.site = new_host(app).site.site_id
        email = f"owner@{self.site}.example"
        make_owner(app, email, site_id=self.site, role="owner")
        self.browser = signed_in(app, email)

    def look(self, query: str = "") -> str:
        response = self.browser.get(f"/console/sites/{self.site}/theme/preview?{query}")
        assert response.status_code == 200
        return response.text

    def variables(self, query: str = "") -> dict[str, str]:
        found = VARIABLES.search(self.look(query))
        assert found
        read: dict[str, str] = json.loads(found[1].replace("&#34;", '"'))
        return read

    def visit(self) -> Member:
        """Sign in to the preview as its page does."""
        found = TOKEN.search(self.look())
        assert found
        host = Host(self.app, engine_of(self.app).store.sites.require_site(PREVIEW_SITE))
        answer = host.sign_in(found[1], origin="http://localhost")
        assert answer.status_code == 201, answer.text
        return Member(self.app, answer.json["session"], "http://localhost", user_id=answer.json["user"])


@pytest.fixture
def pair(app: Flask) -> tuple[Owner, Owner]:
    return Owner(app), Owner(app)


def test_one_owners_preview_shows_nothing_of_another(pair: tuple[Owner, Owner]) -> None:
    first, second = (owner.visit() for owner in pair)
    ids = [member.state()["user"]["id"] for member in (first, second)]
    assert ids[0] != ids[1]
    for member, other_id in ((first, ids[1]), (second, ids[0])):
        listed = member.ask("GET", "/v1/contacts?filter=everyone")
        assert {each["id"] for each in listed["data"]} == {"mira", "noor"}
        assert member.ask("GET", "/v1/contacts?filter=everyone&q=you")["data"] == []
        assert member.call("GET", f"/v1/users/{other_id}").status_code == 404
        assert member.call("POST", "/v1/conversations", {"user_id": other_id}).status_code == 404
        assert member.ask("POST", "/v1/users/lookup", {"ids": [other_id]})["data"] == []
        assert other_id not in json.dumps(member.state())
        (talk,) = member.ask("GET", "/v1/conversations")["data"]
        assert talk["peer"]["id"] == "mira"
        room = {"kind": "room", "name": "Everybody", "topic": ""}
        assert member.call("POST", "/v1/conversations", room).status_code == 403


def test_colours_are_of_the_owners_own_page(pair: tuple[Owner, Owner]) -> None:
    first, second = pair
    store = engine_of(first.app).store
    assert first.variables("accent=%23b00020") == {"--im-accent": "#b00020"}
    saved = first.browser.post(f"/console/sites/{first.site}/theme", {"theme.accent": "#0f766e"})
    assert saved.status_code == 303
    assert store.sites.require_site(PREVIEW_SITE).rules.theme == {}
    assert second.variables() == {}


def test_the_preview_is_in_no_list_and_is_nobodys(pair: tuple[Owner, Owner]) -> None:
    first, _ = pair
    first.visit()
    store = engine_of(first.app).store
    make_owner(first.app, f"admin@{first.site}.example", admin=True)
    admin = signed_in(first.app, f"admin@{first.site}.example")
    assert PREVIEW_SITE not in [site.site_id for site in store.sites.list_sites()]
    assert PREVIEW_SITE in [site.site_id for site in store.sites.list_sites(with_preview=True)]
    assert PREVIEW_SITE not in admin.get("/console/").text
    assert Browser(first.app).get(f"/console/sites/{PREVIEW_SITE}/theme").status_code == 303
    for path in ("", "/theme", "/usage", "/settings", "/members"):
        assert admin.get(f"/console/sites/{PREVIEW_SITE}{path}").status_code == 404, path
    store.usage.note_messages({PREVIEW_SITE: 3, first.site: 2})
    store.usage.flush()
    hours = {
        site_id: store.usage.load(site_id, first_hour=0, end_hour=HOUR_MS)
        for site_id in (PREVIEW_SITE, first.site)
    }
    assert (hours[PREVIEW_SITE], hours[first.site][0].messages) == ([], 2)


def test_a_preview_of_an_earlier_release_is_put_right(pair: tuple[Owner, Owner]) -> None:
    first, _ = pair
    first.look()
    sites = engine_of(first.app).store.sites
    sites.set_rules(PREVIEW_SITE, SiteRules(requests=False, theme={"accent": "#ff0000"}))
    first.look()
    assert sites.require_site(PREVIEW_SITE).rules == RULES
