"""Members and conversations as those who look after a site see them, and limits tried on what was sent."""

import pytest

from imserver.errors import FOR_EVER_MS, NotFound
from imserver.store.newcomers import NewcomerRules
from imserver.store.values import Person
from tests.store.town import Town


def names(town: Town, **asked: object) -> list[str]:
    return [line.name for line in town.store.site_members.page(town.site_id, **asked)]  # type: ignore[arg-type]


def test_members_are_listed_and_found_by_name(town: Town) -> None:
    town.add("dan", "Dan of Bobbington")
    assert names(town) == ["Ada", "Bob", "Cyd", "Dan of Bobbington"]
    assert names(town, q="bob") == ["Bob", "Dan of Bobbington"]
    assert names(town, q="ÁDA") == []
    assert names(town, q="nobody") == []
    assert names(Town(town.store, town.clock)) == []


def test_lists_go_on_where_the_page_before_ended(town: Town) -> None:
    for n in range(7):
        town.add(f"same{n}", "The Same")
    seen: list[str] = []
    place = ("", "")
    while lines := town.store.site_members.page(town.site_id, after=place, limit=3):
        seen += [line.user_id for line in lines]
        place = (lines[-1].name_folded, lines[-1].user_id)
    assert len(seen) == len(set(seen)) == 10


def test_a_card_says_how_much_and_never_what(town: Town) -> None:
    town.store.people.save_person(Person(town.site_id, "bob", "Bob", posts=7, trust=1, joined=5))
    talk = town.open("bob", "ada").id
    town.say("bob", talk, "a secret", "another")
    town.store.bans.add(town.site_id, "bob", until_ms=FOR_EVER_MS, reason="spam", actor="owner:eve")
    card = town.store.site_members.card(town.site_id, "bob")
    assert (card.sent, card.conversations, card.reports_about) == (2, 1, 0)
    assert (card.line.posts, card.line.trust, card.line.joined) == (7, 1, 5)
    assert card.line.is_banned(now=town.clock.now_ms)
    assert "secret" not in repr(card)
    with pytest.raises(NotFound):
        town.store.site_members.card(town.site_id, "nobody")


def test_conversations_are_known_by_their_numbers_alone(town: Town) -> None:
    talk = town.open("bob", "ada").id
    town.say("bob", talk, "a secret")
    room = town.store.groups.create_room(town.site_id, "bob", name="A secret room")
    members = town.store.site_members
    found = {line.kind: line for line in members.conversations(town.site_id, "bob")}
    assert (found["direct"].conversation_id, found["direct"].participants, found["direct"].messages) == (
        talk,
        2,
        1,
    )
    assert (found["room"].conversation_id, found["room"].participants) == (room, 1)
    assert found["direct"].last_at == town.clock.now_ms
    everything = [members.all_conversations(town.site_id), members.participants(town.site_id, talk), found]
    assert "secret" not in repr(everything)
    assert [part.name for part in members.participants(town.site_id, talk)] == ["Ada", "Bob"]
    assert len(members.all_conversations(town.site_id, limit=1)) == 1
    with pytest.raises(NotFound):
        members.participants(Town(town.store, town.clock).site_id, talk)


def test_limits_are_tried_on_what_was_sent(town: Town) -> None:
    town.store.people.save_person(Person(town.site_id, "cyd", "Cyd", joined=1))
    talk = town.open("bob", "ada").id
    town.say("bob", talk, *(f"x{n}" for n in range(5)))
    town.say("bob", talk, "https://spam.example")
    town.say("cyd", town.open("cyd", "ada").id, *(f"x{n}" for n in range(5)))
    rules = NewcomerRules(days=3)
    found = town.store.simulator.run(town.site_id, rules)
    assert (found.read, found.complete, found.days) == (11, True, 7)
    assert (found.result.messages, found.result.people) == (6, 1)
    assert (found.result.stopped_messages, found.result.stopped_people) == (4, 1)
    assert town.store.simulator.run(town.site_id, NewcomerRules()).result.stopped_messages == 0


def test_a_simulation_leaves_old_messages_and_system_lines_out_and_ends(town: Town) -> None:
    group = town.store.groups.create_group(town.site_id, "ada", name="Club", invited=[])
    town.say("ada", group, *(f"old{n}" for n in range(5)))
    town.clock.pass_seconds(8 * 86_400)
    town.say("ada", group, *(f"new{n}" for n in range(5)))
    found = town.store.simulator.run(town.site_id, NewcomerRules(days=30))
    assert (found.read, found.result.messages) == (5, 5)
    assert not town.store.simulator.run(town.site_id, NewcomerRules(days=30), most=3).complete
