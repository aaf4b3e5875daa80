"""Searching messages over the API."""

import pytest

from imserver.limits import Bucket
from tests.app.member import Host, Member, engine_of, outcome


@pytest.fixture
def ada(host: Host) -> Member:
    for user_id in ("bob", "cyd"):
        host.visit(user_id)
    return host.visit("ada")


def texts(member: Member, query: str) -> list[str]:
    return [hit["message"]["text"] for hit in member.ask("GET", f"/v1/search?{query}")["data"]]


def test_messages_are_found_everywhere_or_in_one_conversation(host: Host, ada: Member) -> None:
    with_bob, with_cyd = ada.open("bob"), ada.open("cyd")
    ada.send(with_bob, "the red kite", "a blue kite")
    ada.send(with_cyd, "kites are birds, too")
    assert set(texts(ada, "q=kite")) == {"the red kite", "a blue kite", "kites are birds, too"}
    assert texts(ada, f"q=kite&conversation_id={with_bob}") == ["a blue kite", "the red kite"]
    assert texts(host.visit("bob"), "q=KITE+r") == ["the red kite"]
    assert texts(host.visit("eve"), "q=kite") == []
    page = ada.ask("GET", f"/v1/search?q=kite&limit=1&conversation_id={with_bob}")
    assert page["data"][0]["conversation_id"] == with_bob
    assert texts(ada, f"q=kite&conversation_id={with_bob}&cursor={page['next_cursor']}") == ["the red kite"]


def test_what_is_no_search_is_refused(host: Host, ada: Member) -> None:
    for query in ("", "q=", "q=%20!", "q=a&limit=51", "q=a&limit=0", f"q={'x' * 201}", "q=a&cursor=abc"):
        assert outcome(ada.call("GET", f"/v1/search?{query}"))[0] == 400, query
    foreign = host.visit("bob").open("cyd")
    for absent in (foreign, "dnothing"):
        response = ada.call("GET", f"/v1/search?q=a&conversation_id={absent}")
        assert outcome(response) == (404, "not_found")


def test_what_was_hidden_from_a_person_is_never_found(host: Host, ada: Member) -> None:
    bob = host.visit("bob")
    chat = ada.open("bob")
    bob.send(chat, "kite before")
    engine = engine_of(host.app)

    def hide(hides: int) -> None:
        engine.store.database.write(
            lambda tx: tx.script(f"UPDATE participants SET hides = {hides} WHERE user_id = 'ada'")
        )

    hide(1)
    bob.send(chat, "kite meanwhile")
    assert texts(ada, "q=kite") == [], "neither is the conversation with somebody who is blocked"
    hide(0)
    for indexed in (False, True):
        if indexed:
            engine.store.search_index.take_in((host.site.site_id, chat))
        assert texts(ada, "q=kite") == texts(ada, f"q=kite&conversation_id={chat}") == ["kite before"]
        assert texts(bob, "q=kite") == ["kite meanwhile", "kite before"]


def test_a_person_searches_no_more_often_than_the_limit_says(
    host: Host, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = engine_of(host.app).services.limits
    monkeypatch.setattr(limits, "_searches", Bucket(per_minute=2, clock=lambda: 0.0))
    bob = host.visit("bob")
    for _ in range(2):
        assert texts(ada, "q=kite") == []
    response = ada.call("GET", "/v1/search?q=kite")
    assert outcome(response) == (429, "rate_limited")
    assert response.headers["Retry-After"] == "30"
    assert texts(bob, "q=kite") == []
