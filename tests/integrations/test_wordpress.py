"""The WordPress plugin inside a real WordPress, from the settings page to a session at the messenger."""

import html
import json
import re
import time
from collections.abc import Iterator

import pytest

from imserver.outgoing import Outgoing
from imserver.services.friend_lists import FriendLists
from imserver.services.signing import signature as sign
from tests.app.member import Host, engine_of
from tests.integrations.community import Page, Visitor
from tests.integrations.test_tokens import Tags
from tests.integrations.wordpress_site import WordPress, wordpress_running
from tests.services import MariaDB

BOB = 'Bob "Bo" O\'Hara & Söhne 🦉'
TOKEN = "/index.php?rest_route=/imserver/v1/token"
FRIENDS = "/index.php?rest_route=/imserver/v1/friends&user=2"


@pytest.fixture(scope="module")
def wordpress(mariadb_server: MariaDB) -> Iterator[WordPress]:
    mariadb_server.start()
    url = mariadb_server.create_database()
    with wordpress_running(url) as site:
        yield site
    mariadb_server.drop_database(url)


@pytest.fixture
def settings(wordpress: WordPress, host: Host) -> dict[str, str]:
    """Set the plugin up for a new site, with the values that its owner would type."""
    ((kid, secret),) = host.site.keys.items()
    values = {
        "url": "https://im.example.com",
        "id": host.site.site_id,
        "key_id": kid,
        "secret": secret.decode(),
    }
    wordpress.evaluate(f"update_option('imserver', json_decode('{json.dumps(values)}', true));")
    return values


def stored(wordpress: WordPress) -> dict[str, object]:
    value: dict[str, object] = json.loads(wordpress.evaluate("echo json_encode(get_option('imserver'));"))
    return value


def tags(page: Page) -> list[dict[str, str | None]]:
    return [values for name, values in Tags(page.body).seen if name == "script" and "data-site" in values]


def form_of(page: Page) -> dict[str, str]:
    """Return the fields of the settings form, as a browser would send them."""
    fields = {}
    for name, values in Tags(page.body.partition('action="options.php"')[2]).seen:
        if name == "input" and values.get("name") and values.get("type") not in ("checkbox", "submit"):
            fields[str(values["name"])] = str(values.get("value") or "")
    return fields


def notice(page: Page) -> str:
    return html.unescape(" ".join(re.findall(r"<p><strong>(.*?)</strong></p>", page.body)))


def save(visitor: Visitor, form: dict[str, str]) -> Page:
    answer = visitor.post("/wp-admin/options.php", form)
    assert answer.status == 302, answer.body[-2000:]
    return visitor.get("/wp-admin/options-general.php?page=imserver&settings-updated=true")


def signature(host: Host, user_id: str, *, seconds: int = 0) -> str:
    return sign(host.site.keys.values(), user_id.encode(), now_seconds=int(time.time()) + seconds)


@pytest.mark.limit(seconds=200)
def test_a_member_gets_the_tag_and_the_messenger_takes_the_tokens(
    wordpress: WordPress, settings: dict[str, str], host: Host
) -> None:
    assert tags(wordpress.visitor.get("/")) == []
    bob = wordpress.log_in("bob")
    page = bob.get("/")
    (tag,) = tags(page)
    assert tag["src"] == "https://im.example.com/im.js"
    assert tag["data-locale"] == "en-US"
    assert "no-cache" in page.headers["cache-control"]
    assert settings["secret"] not in page.body
    assert 'data-im-user="1"' in page.body
    for name in ("sign-out.js", "imserver.css"):
        assert f"{wordpress.url}/wp-content/plugins/imserver/{name}" in page.body
        assert bob.get(f"/wp-content/plugins/imserver/{name}").status == 200

    fresh = bob.get(str(tag["data-token-url"]).removeprefix(wordpress.url))
    assert (fresh.status, fresh.headers["cache-control"]) == (200, "no-store")
    for token in (tag["data-token"], json.loads(fresh.body)["token"]):
        answer = host.sign_in(str(token), origin="http://localhost:8000")
        assert answer.status_code == 201, answer.data
        assert (answer.json["user"]["id"], answer.json["user"]["name"]) == ("2", BOB)
    assert wordpress.complaints() == ""


def test_no_other_site_and_no_stranger_gets_a_token(wordpress: WordPress, settings: dict[str, str]) -> None:
    bob = wordpress.log_in("bob")
    assert bob.get(TOKEN, Origin=wordpress.url).status == 200
    refused = [
        wordpress.visitor.get(TOKEN),
        bob.get(TOKEN, Origin="https://evil.example"),
        bob.get(TOKEN, Origin="null"),
        bob.get(TOKEN, Sec_Fetch_Site="cross-site"),
    ]
    assert [page.status for page in refused] == [401, 403, 403, 403]
    assert all('"token"' not in page.body for page in refused)
    wordpress.evaluate("delete_option('imserver');")
    assert bob.get(TOKEN).status == 401
    assert tags(bob.get("/")) == []


def test_the_messenger_is_told_friends_if_it_signs_its_question(
    wordpress: WordPress, settings: dict[str, str], host: Host
) -> None:
    nobody = wordpress.visitor
    answer = nobody.get(FRIENDS, X_IM_Signature=signature(host, "2"))
    assert (answer.status, json.loads(answer.body)) == (200, ["4", "30"])
    etag = answer.headers["etag"]
    same = nobody.get(FRIENDS, X_IM_Signature=signature(host, "2"), If_None_Match=etag)
    assert (same.status, same.body) == (304, "")
    for wrong in ("", signature(host, "1"), signature(host, "2", seconds=-400), "t=1,v1=0"):
        assert nobody.get(FRIENDS, X_IM_Signature=wrong).status == 401
    wordpress.evaluate("update_option('test_friends_active', '0');")
    # An empty list would take everybody's friends away.
    assert nobody.get(FRIENDS, X_IM_Signature=signature(host, "2")).status == 404


def test_the_messenger_fetches_the_friends_that_buddypress_has(
    wordpress: WordPress, settings: dict[str, str], host: Host
) -> None:
    wordpress.evaluate("update_option('test_friends_active', '1');")
    store = engine_of(host.app).store
    outgoing = Outgoing(allow_private=True)
    lists = FriendLists(store, outgoing, timeout_seconds=30, now_ms=lambda: int(time.time() * 1000))
    lists.set_source(settings["id"], url=wordpress.url + FRIENDS.removesuffix("&user=2"), minutes=60)
    first, second = (lists.pull_now(settings["id"], "2", actor="test") for _ in range(2))
    assert (first.pull.status, first.pull.error, first.changed.added) == (200, "", 2)
    assert (second.pull.status, second.changed.added, second.changed.removed) == (304, 0, 0)


def test_the_settings_page_stores_everything_or_says_what_is_wrong(
    wordpress: WordPress, settings: dict[str, str]
) -> None:
    admin = wordpress.log_in("admin")
    page = admin.get("/wp-admin/options-general.php?page=imserver")
    assert settings["secret"] not in page.body
    form = form_of(page)
    assert form["imserver[secret]"] == ""
    wrong = {
        "imserver[url]": 'https://im.example.com/"><script>alert(1)</script>',
        "imserver[id]": "S 1",
        "imserver[key_id]": "'",
        "imserver[secret]": "short",
    }
    for name, value in wrong.items():
        answer = save(admin, form | {name: value})
        assert "bin/im site add" in notice(answer) or "without a path" in notice(answer), notice(answer)
        assert {key: stored(wordpress)[key] for key in settings} == settings
        assert "<script>alert" not in answer.body
    right = {"imserver[url]": "https://chat.example.com/", "imserver[id]": "s_new", "imserver[email]": "1"}
    assert "Settings saved" in notice(save(admin, form | right))
    expected = settings | {"url": "https://chat.example.com", "id": "s_new", "email": True}
    assert stored(wordpress) == expected


def test_the_first_mistake_is_named_once(wordpress: WordPress, settings: dict[str, str]) -> None:
    wordpress.evaluate("delete_option('imserver');")
    admin = wordpress.log_in("admin")
    form = form_of(admin.get("/wp-admin/options-general.php?page=imserver"))
    values = {f"imserver[{name}]": value for name, value in settings.items()}
    said = notice(save(admin, form | values | {"imserver[secret]": "short"}))
    assert said == 'The secret is what "bin/im site add" printed behind "secret": 32 characters at least.'
    assert "Settings saved" in notice(save(admin, form | values))
    assert stored(wordpress) == settings | {"email": False}


def test_only_who_may_manage_options_changes_them(wordpress: WordPress, settings: dict[str, str]) -> None:
    admin, bob = wordpress.log_in("admin"), wordpress.log_in("bob")
    form = form_of(admin.get("/wp-admin/options-general.php?page=imserver"))
    assert bob.get("/wp-admin/options-general.php?page=imserver").status == 403
    forged = form | {"imserver[id]": "s_evil"}
    assert bob.post("/wp-admin/options.php", forged).status == 403
    assert admin.post("/wp-admin/options.php", forged | {"_wpnonce": "0123456789"}).status == 403
    assert stored(wordpress) == settings


def test_it_leaves_nothing_behind(wordpress: WordPress, settings: dict[str, str]) -> None:
    wordpress.evaluate(
        "define('WP_UNINSTALL_PLUGIN', 'x'); require WP_PLUGIN_DIR . '/imserver/uninstall.php';"
    )
    assert stored(wordpress) is False
