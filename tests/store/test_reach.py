"""Whom members find, where not everybody finds everybody: friends, or those of one group."""

from typing import Any

import msgspec
import pytest

from imserver.services.people import LISTED, ContactFilter
from imserver.store.values import Person
from tests.store.town import Town

WHO = {
    "ada": ("garden", "choir"),
    "bob": ("garden",),
    "cyd": ("chess",),
    "dee": (),
}


@pytest.fixture
def village(town: Town) -> Town:
    """Give ada, who gardens with bob and has dee for a friend; cyd has nothing to do with any of them."""
    for user_id, groups in WHO.items():
        person = Person(town.site_id, user_id, user_id.title(), groups=groups)
        town.store.people.save_person(person)
    town.store.roster.add_friends(town.site_id, "ada", ["dee"])
    return town


def let(town: Town, roster: str) -> None:
    town.store.sites.change_rules(town.site_id, lambda old: msgspec.structs.replace(old, roster=roster))


def listed(town: Town, viewer: str, what: str = "everyone", **asked: Any) -> list[str]:
    online, others = LISTED[ContactFilter(what)]
    wanted = {"q": "", "cursor": None, "offset": 0, "limit": 10} | asked
    page = town.store.reach.page(town.site_id, viewer, online=online, others=others, **wanted)
    return [contact.id for contact in page.data]


def come(town: Town, *user_ids: str) -> None:
    town.store.presence.beat("w", town.clock())
    town.store.presence.arrive("w", [(town.site_id, user_id) for user_id in user_ids], now=town.clock())


@pytest.mark.parametrize(
    ("roster", "seen"),
    [("group", {"ada", "bob", "dee"}), ("friends", {"ada", "dee"}), ("everyone", set(WHO))],
)
def test_whom_somebody_meets(village: Town, roster: str, seen: set[str]) -> None:
    let(village, roster)
    assert village.store.reach.find_met(village.site_id, "ada", WHO) == seen


def test_lists_hold_those_whom_one_meets_and_nobody_else(village: Town) -> None:
    come(village, "ada", "bob", "cyd", "dee")
    let(village, "group")
    assert listed(village, "ada") == ["bob", "dee"]
    assert listed(village, "ada", "online") == ["bob", "dee"]
    assert listed(village, "ada", "others") == ["bob"]
    assert listed(village, "cyd") == []
    let(village, "friends")
    assert [listed(village, "ada", what) for what in ("everyone", "online", "others")] == [
        ["dee"],
        ["dee"],
        [],
    ]


def test_lists_are_searched_and_paged(village: Town) -> None:
    for number in range(5):
        person = Person(village.site_id, f"g{number}", f"Gardener {number}", groups=("garden",))
        village.store.people.save_person(person)
    let(village, "group")
    assert listed(village, "ada", q="gard") == [f"g{number}" for number in range(5)]
    assert listed(village, "ada", q="cyd") == []
    first = village.store.reach.page(
        village.site_id, "ada", online=False, others=False, q="", cursor=None, offset=0, limit=4
    )
    assert first.total == 7
    assert listed(village, "ada", cursor=first.next_cursor) == ["g2", "g3", "g4"]
    assert listed(village, "ada", offset=5) == ["g3", "g4"]


def test_strangers_presence_is_neither_read_nor_told(village: Town) -> None:
    come(village, "bob", "cyd")
    let(village, "group")
    reach = village.store.reach
    assert set(reach.load_states(village.site_id, "ada", ["bob", "cyd"])) == {"bob"}
    pairs = [(village.site_id, user_id, "ada") for user_id in ("bob", "cyd", "dee")]
    assert reach.find_strangers(pairs) == {(village.site_id, "cyd", "ada")}
    let(village, "everyone")
    assert reach.find_strangers(pairs) == set()


def test_those_who_talk_already_still_meet(village: Town) -> None:
    village.open("ada", "cyd")
    let(village, "friends")
    assert village.store.reach.find_met(village.site_id, "cyd", WHO) == {"ada", "cyd"}


def test_a_friend_of_one_side_is_met_by_both(village: Town) -> None:
    let(village, "friends")
    assert village.store.reach.find_met(village.site_id, "dee", WHO) == {"ada", "dee"}


def test_groups_follow_what_the_host_says_last_and_stay_when_it_says_nothing(village: Town) -> None:
    let(village, "group")
    village.add("bob")
    assert listed(village, "ada") == ["bob", "dee"]
    village.store.people.save_person(Person(village.site_id, "bob", "Bob", groups=("chess",)))
    assert listed(village, "ada") == ["dee"]
    assert listed(village, "cyd") == ["bob"]
    village.store.people.save_person(Person(village.site_id, "bob", "Bob", groups=()))
    assert listed(village, "cyd") == []


def test_groups_of_other_sites_are_others(village: Town) -> None:
    other = Town(village.store, village.clock)
    other.store.people.save_person(Person(other.site_id, "eve", "Eve", groups=("garden",)))
    let(village, "group")
    let(other, "group")
    assert listed(other, "eve") == []
    assert "eve" not in listed(village, "ada")
