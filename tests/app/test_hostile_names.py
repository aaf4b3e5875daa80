"""10,000 hostile names and keys, in every place that takes one: refused, or kept as they are."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from imserver.errors import InvalidText
from imserver.services.conversations import check_text
from imserver.settings import CacheSettings, StoreSettings
from tests.app.hostile import hostile_names
from tests.app.member import Host, Member, client_id, error_code, outcome
from tests.app.tables import count_rows

NAMES = hostile_names(10_000)
# Places where one request carries one name get a share of them each; which share differs.
SHARE = 40
WATCHED = 200
PEOPLE = {"ada", "bob"}


@dataclass(frozen=True, slots=True)
class Scene:
    host: Host
    ada: Member
    conversation_id: str


@pytest.fixture
def scene(host: Host) -> Scene:
    ada = host.visit("ada")
    host.visit("bob")
    return Scene(host, ada, ada.open("bob"))


@pytest.fixture
def nothing_stored(scene: Scene, backend: tuple[StoreSettings, CacheSettings]) -> Iterator[None]:
    """Fail if a table has more or fewer rows after the test than before."""
    before = count_rows(backend[0].url)
    yield
    assert count_rows(backend[0].url) == before


def share(place: int) -> list[str]:
    return NAMES[place::SHARE]


def test_there_are_10000_different_ones_of_1_to_200_bytes() -> None:
    assert len(set(NAMES)) == 10_000
    assert {len(name.encode()) for name in NAMES} <= set(range(1, 201))


@pytest.mark.usefixtures("nothing_stored")
def test_as_people_whom_a_poll_watches(scene: Scene) -> None:
    cursor = scene.ada.state()["cursor"]
    for start in range(0, len(NAMES), WATCHED):
        watched = [name for name in NAMES[start : start + WATCHED] if len(name) <= 128]
        answer = scene.ada.events(cursor, watch=watched)
        assert answer["events"] == []
        assert answer["cursor"] == cursor


@pytest.mark.usefixtures("nothing_stored")
def test_as_a_name_that_is_too_long_to_watch(scene: Scene) -> None:
    for name in ("x" * 129, "ä" * 200):
        assert outcome(scene.ada.poll("0.00000000", wait=False, watch=[name])) == (400, "invalid_request")


@pytest.mark.usefixtures("nothing_stored")
def test_as_ids_of_people_in_a_path(scene: Scene) -> None:
    for name in share(0):
        response = scene.ada.call("GET", f"/v1/users/{quote(name, safe='')}")
        assert outcome(response) == (404, "not_found"), ascii(name)


@pytest.mark.usefixtures("nothing_stored")
def test_as_somebody_to_talk_to(scene: Scene) -> None:
    for name in share(1):
        response = scene.ada.call("POST", "/v1/conversations", {"user_id": name})
        assert outcome(response) in ((404, "not_found"), (400, "invalid_request")), ascii(name)


@pytest.mark.usefixtures("nothing_stored")
def test_as_ids_of_conversations(scene: Scene) -> None:
    for name in share(2):
        path = f"/v1/conversations/{quote(name, safe='')}"
        assert outcome(scene.ada.call("GET", path))[0] in (404, 405), ascii(name)
        body = {"messages": [{"client_id": client_id(), "text": "x"}]}
        assert outcome(scene.ada.call("POST", f"{path}/messages", body)) in ((404, "not_found"),), ascii(name)


@pytest.mark.usefixtures("nothing_stored")
def test_as_what_is_searched_for(scene: Scene) -> None:
    for index, name in enumerate(share(3)):
        filter_name = ("friends", "online", "everyone")[index % 3]
        response = scene.ada.call("GET", f"/v1/contacts?filter={filter_name}&q={quote(name, safe='')}")
        if response.status_code == 200:
            assert {person["id"] for person in response.json["data"]} <= PEOPLE, ascii(name)
        else:
            assert outcome(response) == (400, "invalid_request"), ascii(name)
            assert len(name) > 80


@pytest.mark.usefixtures("nothing_stored")
def test_as_client_ids(scene: Scene) -> None:
    path = f"/v1/conversations/{scene.conversation_id}/messages"
    for name in share(4):
        response = scene.ada.call("POST", path, {"messages": [{"client_id": name, "text": "x"}]})
        assert outcome(response) == (400, "invalid_request"), ascii(name)


@pytest.mark.usefixtures("nothing_stored")
def test_as_cursors_of_pages_and_of_polls(scene: Scene) -> None:
    for name in share(5):
        assert scene.ada.poll(name, wait=False).status_code == 400, ascii(name)
        response = scene.ada.call("GET", f"/v1/contacts?cursor={quote(name, safe='')}")
        assert outcome(response) in ((400, "invalid_cursor"), (400, "invalid_request")), ascii(name)


@pytest.mark.usefixtures("nothing_stored")
def test_as_presence_marks(scene: Scene) -> None:
    cursor = scene.ada.state()["cursor"]
    for name in (name for name in share(6) if len(name) <= 64):
        answer = scene.ada.events(cursor, watch=["bob"], presence=name)
        # A mark that this worker never made is answered with what everybody is now.
        assert [change["user_id"] for event in answer["events"] for change in event["changes"]] == ["bob"]
        assert answer["presence"] != name


@pytest.mark.usefixtures("nothing_stored")
def test_as_fields_and_parameters(scene: Scene) -> None:
    for name in share(7):
        response = scene.ada.call("PUT", "/v1/presence", {name: "x"})
        assert outcome(response) == (400, "unknown_field"), ascii(name)
        response = scene.ada.call("GET", f"/v1/presence?{quote(name, safe='')}=x")
        assert outcome(response) in ((400, "unknown_field"), (400, "invalid_request")), ascii(name)


@pytest.mark.usefixtures("nothing_stored")
def test_as_sites_and_sessions(scene: Scene) -> None:
    token = scene.host.sign("ada")
    nobody = Member(scene.host.app, "")
    for name in share(8):
        response = nobody.call("POST", "/v1/sessions", {"site": name, "token": token})
        assert outcome(response) in ((400, "invalid_request"), (404, "not_found")), ascii(name)
        response = nobody.call("POST", "/v1/poll", {"token": name, "cursor": "0.00000000"})
        assert 400 <= response.status_code < 500
        error_code(response)


@pytest.mark.usefixtures("nothing_stored")
def test_as_signed_tokens(scene: Scene) -> None:
    token = scene.host.sign("ada")
    chance = iter(range(len(NAMES)))
    for name in share(9):
        place = next(chance) % len(token)
        for forged in (
            name,
            token[:place] + name + token[place:],
            token[:place] + name,
            name + token[place:],
        ):
            response = scene.host.sign_in(forged[:8_192])
            assert response.status_code == 401, ascii(name)
            assert len(forged) < 20 or forged not in response.text
            error_code(response)


def test_as_texts_every_one_comes_back_as_it_was_sent(scene: Scene) -> None:
    texts = [name for name in NAMES[::6] if _is_text(name)]
    assert len(texts) > 500
    path = f"/v1/conversations/{scene.conversation_id}/messages"
    for start in range(0, len(texts), 20):
        sent = texts[start : start + 20]
        first_seq = scene.ada.send(scene.conversation_id, *sent)[0]["seq"]
        page = scene.ada.ask("GET", f"{path}?after_seq={first_seq - 1}&limit=20")
        assert [message["text"] for message in page["data"]] == sent


def _is_text(name: str) -> bool:
    try:
        check_text(name)
    except InvalidText:
        return False
    return True


def test_as_a_members_id_everybody_stays_who_they_are(scene: Scene) -> None:
    ids = {name for name in NAMES[:60] if len(name.encode()) <= 100}
    ids |= {"ada\u0301", "ADA", "\u0430da", "ada ", "Ada", "a//b", "a/b", "../ada", "a%2Fb"}
    welcome = 0
    for user_id in ids:
        response = scene.host.sign_in(scene.host.sign(user_id, name=f"name of {secrets.token_hex(4)}"))
        if response.status_code == 401:
            assert error_code(response) == "token_malformed"
            continue
        welcome += 1
        person = Member(scene.host.app, response.json["session"])
        assert person.state()["user"] == response.json["user"]
        assert response.json["user"]["id"] == user_id
        # A path cannot begin with a slash or hold a dot segment; every other id can be looked up.
        if not user_id.startswith("/"):
            seen = scene.ada.ask("GET", f"/v1/users/{quote(user_id, safe='')}")
            assert (seen["id"], seen["name"]) == (user_id, response.json["user"]["name"])
    assert welcome >= 30
    assert scene.ada.ask("GET", "/v1/users/ada")["name"] == "ada"
