"""The phpBB extension's own code, with stand-ins for what it calls of phpBB."""

import json
import re
import subprocess
import time
from typing import Any

import pytest
import yaml

from imserver.services.signing import HEADER
from imserver.services.signing import signature as sign
from imserver.settings import ROOT
from tests.app.member import Host
from tests.integrations.languages import PHP_STRICT
from tests.integrations.test_tokens import Tags
from tests.services import require_program

EXTENSION = ROOT / "integrations" / "phpbb" / "imserver" / "messenger"
RUN = ROOT / "tests" / "integrations" / "phpbb" / "run.php"
SECRET = "s" * 40
CONFIG = {
    "imserver_url": "https://im.example.com",
    "imserver_id": "s_9f2",
    "imserver_key_id": "k1",
    "imserver_secret": SECRET,
    "imserver_email": "0",
}
MEMBER = {
    "user_id": 7,
    "username": "O&#039;Hara &lt;b&gt; &amp; Söhne",
    "user_avatar": "./../../download/file.php?avatar=7_1.png",
    "user_email": "bo@example.org",
    "user_regdate": 1_500_000_000,
    "user_posts": 12,
    "is_registered": True,
    "is_bot": False,
}
GUEST = MEMBER | {"user_id": 1, "username": "Anonymous", "is_registered": False}
Json = dict[str, Any]


def act(what: str, *, user: Json = MEMBER, config: Json = CONFIG, **scene: Any) -> Json:
    """Carry out one scene; return what came of it, the settings and the log."""
    services = yaml.safe_load((EXTENSION / "config" / "services.yml").read_text())["services"]
    done = subprocess.run(
        [require_program("php"), *PHP_STRICT, str(RUN), str(EXTENSION)],
        input=json.dumps({"act": what, "user": user, "config": config, "services": services, **scene}),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, ""), (done.stdout[-2000:], done.stderr[-2000:])
    answer: Json = json.loads(done.stdout)
    return answer


def ask(route: str, **scene: Any) -> Json:
    """Ask for one of the addresses of config/routing.yml."""
    routes = yaml.safe_load((EXTENSION / "config" / "routing.yml").read_text())
    answer: Json = act("route", controller=routes[route]["defaults"]["_controller"], **scene)["value"]
    return answer


def signature(user_id: str, *, secret: str = SECRET, seconds: int | None = None) -> dict[str, str]:
    moment = int(time.time()) if seconds is None else seconds
    return {HEADER: sign([secret.encode()], user_id.encode(), now_seconds=moment)}


def test_a_member_gets_the_tag_and_the_messenger_takes_its_token(host: Host) -> None:
    ((kid, secret),) = host.site.keys.items()
    config = CONFIG | {
        "imserver_id": host.site.site_id,
        "imserver_key_id": kid,
        "imserver_secret": secret.decode(),
        "imserver_email": "1",
    }
    page = act("page", config=config, granted=["m_"], language="de_x_sie")["value"]
    ((name, tag),) = Tags(page["IMSERVER_TAG"]).seen
    assert (name, tag["src"]) == ("script", "https://im.example.com/im.js")
    assert (tag["data-token-url"], tag["data-locale"]) == ("/board/app.php/imserver/token", "de")
    answer = host.sign_in(str(tag["data-token"]), origin="http://localhost:8000")
    assert answer.status_code == 201, answer.data
    user = answer.json["user"]
    assert (user["id"], user["name"]) == ("7", "O'Hara <b> & Söhne")
    assert user["avatar"] == "https://board.example.com/board/download/file.php?avatar=7_1.png"
    fresh = ask("imserver_messenger_token", config=config)
    assert host.sign_in(fresh["body"]["token"], origin="http://localhost:8000").status_code == 201


@pytest.mark.parametrize(
    ("user", "config"),
    [
        (GUEST, CONFIG),
        (MEMBER | {"is_bot": True}, CONFIG),
        (MEMBER, CONFIG | {"imserver_secret": ""}),
        (MEMBER, {}),
    ],
    ids=["guest", "bot", "no secret", "not set up"],
)
def test_nobody_else_gets_anything(user: Json, config: Json) -> None:
    assert act("page", user=user, config=config)["value"] == []
    answer = ask("imserver_messenger_token", user=user, config=config)
    assert (answer["status"], list(answer["body"])) == (401, ["error"])


def test_pages_of_other_sites_get_no_token() -> None:
    answer = ask("imserver_messenger_token", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer["status"], list(answer["body"])) == (403, ["error"])


def test_the_messenger_is_told_friends_and_not_foes() -> None:
    zebra = [[7, 30, 1, 0], [7, 4, 1, 0], [7, 5, 0, 1], [8, 9, 1, 0]]
    scene: Json = {"zebra": zebra, "form": {"user": "7"}, "user": GUEST}
    answer = ask("imserver_messenger_friends", headers=signature("7"), **scene)
    assert (answer["status"], answer["body"]) == (200, ["4", "30"])
    again = signature("7") | {"If-None-Match": answer["headers"]["ETag"]}
    same = ask("imserver_messenger_friends", headers=again, **scene)
    assert (same["status"], same["body"]) == (304, None)
    for headers in (
        {},
        signature("8"),
        signature("7", secret="t" * 40),
        signature("7", seconds=int(time.time()) - 400),
    ):
        refused = ask("imserver_messenger_friends", headers=headers, **scene)
        assert (refused["status"], list(refused["body"])) == (401, ["error"])


def test_the_settings_are_stored_as_a_whole_and_the_secret_is_not_shown() -> None:
    shown = act("settings")["value"]
    assert SECRET not in json.dumps(shown)
    assert shown["S_IMSERVER_SECRET"] is True
    form = {
        "submit": "1",
        "imserver_url": "https://chat.example.com/",
        "imserver_id": "s_new",
        "imserver_key_id": "k2",
        "imserver_secret": "",
        "imserver_email": "1",
    }
    done = act("settings", form=form)
    assert "settings were saved. (back to ?i=imserver)" in done["value"]["message"]
    assert done["log"] == ["LOG_IMSERVER_SETTINGS"]
    assert done["config"] == {
        "imserver_url": "https://chat.example.com",
        "imserver_id": "s_new",
        "imserver_key_id": "k2",
        "imserver_secret": SECRET,
        "imserver_email": "1",
    }


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"imserver_url": "http://im.example.com"}, "like https://im.example.com"),
        ({"imserver_url": "https://im.example.com/chat"}, "without a path"),
        ({"imserver_url": 'https://im.example.com"><script>'}, "like https://im.example.com"),
        ({"imserver_id": "S 1"}, "such as s_9f2"),
        ({"imserver_key_id": ""}, "key id"),
        ({"imserver_secret": "short"}, "32 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(changed: dict[str, str], words: str) -> None:
    form = {"submit": "1", "imserver_secret": ""} | {
        name: value for name, value in CONFIG.items() if name != "imserver_secret"
    }
    done = act("settings", form=form | changed)
    assert words in done["value"]["IMSERVER_WRONG"]
    assert (done["config"], done["log"]) == (CONFIG, [])


def test_a_form_that_is_not_ours_changes_nothing() -> None:
    done = act("settings", form={"submit": "1", "imserver_id": "s_evil"}, form_key=False)
    assert done["value"]["IMSERVER_WRONG"] == "FORM_INVALID"
    assert (done["config"], done["log"]) == (CONFIG, [])


def test_it_installs_what_it_uses() -> None:
    installed, steps, module = act("install", config={})["value"]
    assert installed is False
    added = {step[1][0] for step in steps if step[0] == "config.add"}
    assert added == set(CONFIG)
    (_, entry) = (step[1] for step in steps if step[0] == "module.add")
    assert entry[2]["module_basename"] == module["filename"]
    assert entry[2]["modes"] == list(module["modes"])
    assert act("install")["value"][0] is True
    assert act("language")["value"] == [{"ext_name": "imserver/messenger", "lang_set": "chat"}]


def test_every_text_that_is_shown_is_there() -> None:
    texts = "".join(path.read_text() for path in (EXTENSION / "language" / "en").glob("*.php"))
    template = (EXTENSION / "adm" / "style" / "messenger_settings.html").read_text()
    wanted = set(re.findall(r"lang\('([A-Z_]*IMSERVER[A-Z_]*)'\)", template))
    code = (EXTENSION / "controller" / "settings.php").read_text()
    wanted |= set(re.findall(r"'((?:LOG_|ACP_)?IMSERVER_[A-Z_]+)'", code))
    wanted -= {"IMSERVER_WRONG", "IMSERVER_URL", "IMSERVER_ID", "IMSERVER_KEY_ID", "IMSERVER_FRIENDS_URL"}
    assert len(wanted) > 8
    assert {name for name in wanted if f"'{name}'" not in texts} == set()
