"""Who is seen as what, by whom, and that nobody can tell invisible from offline."""

from collections.abc import Iterator

import gevent
import pytest

from tests.app.member import Host, Json, Member, engine_of
from tests.services import wait_until


@pytest.fixture
def ada(host: Host) -> Member:
    return host.visit("ada")


@pytest.fixture
def bob(host: Host) -> Member:
    return host.visit("bob")


@pytest.fixture
def connected(host: Host, bob: Member) -> Iterator[None]:
    """bob has a poll that waits, another whenever one is over, and his arrival has been written."""
    polling = gevent.spawn(_poll_again_and_again, bob)
    store = engine_of(host.app).store
    wait_until(lambda: _leased(host, "bob") or polling.dead, what="bob is connected")
    assert store.presence.load_states(host.site.site_id, "bob", ["bob"])
    yield
    polling.kill()


def _poll_again_and_again(person: Member) -> None:
    cursor = person.state()["cursor"]
    while True:
        cursor = person.poll(cursor).json["cursor"]


def _leased(host: Host, user_id: str) -> bool:
    """Tell whether a worker holds the person, whatever others see of that."""
    database = engine_of(host.app).store.database
    rows = database.read(lambda tx: tx.rows("lock_presence", pairs=[(host.site.site_id, user_id)]))
    return bool(rows[0][4])


def shown(person: Json) -> tuple[str, str]:
    return person["presence"], person["status_text"]


def changes(answer: Json) -> list[Json]:
    return [change for event in answer["events"] for change in event["changes"]]


def test_a_person_without_a_connection_is_offline(ada: Member, bob: Member) -> None:
    assert shown(ada.ask("GET", "/v1/users/bob")) == ("offline", "")
    assert ada.ask("GET", "/v1/contacts?filter=online")["data"] == []


@pytest.mark.usefixtures("connected")
def test_a_person_with_a_connection_is_what_was_chosen(ada: Member, bob: Member) -> None:
    assert shown(ada.ask("GET", "/v1/users/bob")) == ("online", "")
    for choice in ("away", "dnd", "online"):
        own = bob.ask("PUT", "/v1/presence", {"presence": choice, "status_text": f"I am {choice}"})
        assert own == {"presence": choice, "status_text": f"I am {choice}"}
        assert shown(ada.ask("GET", "/v1/users/bob")) == (choice, f"I am {choice}")
    page = ada.ask("GET", "/v1/contacts?filter=online")
    assert [person["id"] for person in page["data"]] == ["bob"]


def test_a_choice_is_kept_and_a_field_that_is_absent_stays(bob: Member) -> None:
    bob.ask("PUT", "/v1/presence", {"presence": "dnd", "status_text": "  busy "})
    assert bob.ask("PUT", "/v1/presence", {}) == {"presence": "dnd", "status_text": "busy"}
    assert bob.ask("PUT", "/v1/presence", {"presence": "away"}) == {"presence": "away", "status_text": "busy"}
    assert bob.ask("PUT", "/v1/presence", {"status_text": ""}) == {"presence": "away", "status_text": ""}
    assert bob.ask("GET", "/v1/presence") == bob.state()["own"] == {"presence": "away", "status_text": ""}


def test_a_persons_other_devices_are_told_of_a_choice(host: Host, bob: Member) -> None:
    phone = host.visit("bob")
    waiting = phone.begin_poll(phone.state()["cursor"])
    bob.ask("PUT", "/v1/presence", {"presence": "invisible", "status_text": "hush"})
    own = {"presence": "invisible", "status_text": "hush"}
    assert waiting.get(timeout=2).json["events"] == [{"type": "presence.own", "own": own}]


def test_a_watcher_is_told_of_coming_and_going(ada: Member, bob: Member) -> None:
    cursor = ada.state()["cursor"]
    first = ada.events(cursor, watch=["bob", "bob", "nobody-at-all"])
    assert changes(first) == [{"user_id": "bob", "presence": "offline", "status_text": ""}]
    waiting = ada.begin_poll(cursor, watch=["bob"], presence=first["presence"])
    bobs = bob.begin_poll(bob.state()["cursor"])
    came = waiting.get(timeout=3).json
    assert changes(came) == [{"user_id": "bob", "presence": "online", "status_text": ""}]
    waiting = ada.begin_poll(cursor, watch=["bob"], presence=came["presence"])
    bobs.kill()
    went = waiting.get(timeout=3).json
    assert changes(went) == [{"user_id": "bob", "presence": "offline", "status_text": ""}]


@pytest.mark.usefixtures("connected")
def test_a_change_between_two_polls_is_not_missed(host: Host, ada: Member, bob: Member) -> None:
    cursor = ada.state()["cursor"]
    first = ada.events(cursor, watch=["bob"])
    bob.ask("PUT", "/v1/presence", {"presence": "away"})
    changes_log, watching = (
        engine_of(host.app).monitor._changes,
        engine_of(host.app).transports.poll._watching,
    )
    wait_until(lambda: changes_log.mark != watching.opened(first["presence"]), what="it was announced")
    second = ada.events(cursor, watch=["bob"], presence=first["presence"])
    assert changes(second)[-1]["presence"] == "away"
    third = ada.events(cursor, watch=["bob"], presence=second["presence"])
    assert changes(third) == []


@pytest.mark.usefixtures("connected")
def test_those_who_do_not_watch_are_not_told(host: Host, ada: Member, bob: Member) -> None:
    host.visit("eve")
    cursor = ada.state()["cursor"]
    first = ada.events(cursor, watch=["eve"])
    bob.ask("PUT", "/v1/presence", {"presence": "away"})
    changes_log, watching = (
        engine_of(host.app).monitor._changes,
        engine_of(host.app).transports.poll._watching,
    )
    wait_until(lambda: changes_log.mark != watching.opened(first["presence"]), what="it was announced")
    assert changes(ada.events(cursor, watch=["eve"], presence=first["presence"])) == []


@pytest.mark.usefixtures("connected")
def test_invisible_cannot_be_told_from_offline(host: Host, ada: Member, bob: Member) -> None:
    """bob is connected and invisible; nil has never come since the host signed him in."""
    nil = host.visit("nil")
    host.befriend("ada", "bob", "nil")
    own = bob.ask("PUT", "/v1/presence", {"presence": "invisible", "status_text": "hiding"})
    nil.ask("PUT", "/v1/presence", {"presence": "online", "status_text": "away for good"})
    assert own == {"presence": "invisible", "status_text": "hiding"}
    for person in (bob, nil):
        ada.send(ada.open(person.user_id), "are you there?")
    assert _views(ada, "bob") == _views(ada, "nil")
    assert ada.ask("GET", "/v1/contacts?filter=online")["data"] == []


@pytest.mark.usefixtures("connected")
def test_becoming_invisible_looks_like_leaving(ada: Member, bob: Member) -> None:
    cursor = ada.state()["cursor"]
    first = ada.events(cursor, watch=["bob"])
    # What was announced of bob's arrival may still be on its way.
    wait_until(lambda: ada.events(cursor, watch=["bob"])["events"][0]["changes"][0]["presence"] == "online")
    bob.ask("PUT", "/v1/presence", {"status_text": "never seen", "presence": "invisible"})
    answer = ada.poll(cursor, watch=["bob"], presence=first["presence"]).json
    while changes(answer)[-1]["presence"] == "online":
        answer = ada.poll(cursor, watch=["bob"], presence=answer["presence"]).json
    assert changes(answer)[-1] == {"user_id": "bob", "presence": "offline", "status_text": ""}
    assert "never seen" not in str(answer)


def _views(viewer: Member, user_id: str) -> list[object]:
    """Return everything that the viewer can learn of a person, without the name."""
    contacts = viewer.ask("GET", "/v1/contacts?filter=everyone")["data"]
    friends = viewer.ask("GET", "/v1/contacts?filter=friends")["data"]
    conversation = next(
        c for c in viewer.ask("GET", "/v1/conversations")["data"] if c["peer"]["id"] == user_id
    )
    watched = viewer.events(viewer.state()["cursor"], watch=[user_id])
    views = [
        viewer.ask("GET", f"/v1/users/{user_id}"),
        next(person for person in contacts if person["id"] == user_id),
        next(person for person in friends if person["id"] == user_id),
        conversation["peer"],
        *changes(watched),
    ]
    hidden = {"id", "name", "user_id"}
    return [{name: value for name, value in view.items() if name not in hidden} for view in views]
