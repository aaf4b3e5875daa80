"""Profiles, rosters and the lists of people."""

import base64
import dataclasses

import pytest

from imserver.errors import InvalidCursor, InvalidRequest, NotFound
from imserver.protocol.types import ChosenPresence, Contact, ContactPage, Presence
from imserver.store import Store
from imserver.store.values import Person
from tests.store.town import Clock, Town

NOW = Clock().now_ms
HOSTILE_NAMES = [
    "'; DROP TABLE users; --",
    'Robert "); --',
    "\\'\\\\",
    "%_%",
    "a\x00b",
    "😀",
    "😂",
    "İstanbul",
    "ﷺ" * 40,
    "straße",
    "\u202egnirts",
    "  spaced   out  ",
    "a" * 255,
    "-- name: x",
    ":site_id %(x)s ?",
]


def names(page: ContactPage) -> list[str]:
    return [contact.name for contact in page.data]


def online(town: Town, *user_ids: str) -> None:
    town.store.presence.beat("w1", NOW)
    town.store.presence.arrive("w1", [(town.site_id, user_id) for user_id in user_ids], now=NOW)


def test_a_profile_is_written_only_when_something_changed(town: Town) -> None:
    person = Person(town.site_id, "dan", "Dan", avatar="https://x/a.png", roles=("mod", "vip"))
    assert town.store.people.save_person(person)
    assert not town.store.people.save_person(person)
    assert town.store.people.require_person(town.site_id, "dan") == person
    assert town.store.people.save_person(dataclasses.replace(person, name="Daniel"))
    assert town.store.people.require_person(town.site_id, "dan").name == "Daniel"


def test_a_person_who_was_asked_for_too_early_is_found_once_they_exist(town: Town) -> None:
    with pytest.raises(NotFound):
        town.store.people.require_person(town.site_id, "eve")
    town.add("eve")
    assert town.store.people.require_person(town.site_id, "eve").name == "Eve"


def test_people_of_another_site_are_nobody(town: Town) -> None:
    other = Town(town.store)
    assert town.store.people.fetch_people(other.site_id, ["ada", "bob"]) == {}
    with pytest.raises(NotFound):
        town.store.contacts.card(other.site_id, "ada", "ada")
    assert names(town.store.contacts.page_everyone(other.site_id, "ada")) == []


def test_ids_that_differ_only_a_little_are_different_people(town: Town) -> None:
    ids = ["x", "X", "x ", " x", "x\x00", "é", "e\u0301", "1", "01", "1.0", "😀", "😂", "%", "_"]
    for n, user_id in enumerate(ids):
        town.store.people.save_person(Person(town.site_id, user_id, f"Person {n}"))
    found = town.store.people.fetch_people(town.site_id, [*ids, "y"])
    assert {user_id: person.name for user_id, person in found.items()} == {
        user_id: f"Person {n}" for n, user_id in enumerate(ids)
    }


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_kept_as_it_is_and_found(town: Town, name: str) -> None:
    town.store.people.save_person(Person(town.site_id, "h", name))
    assert town.store.people.require_person(town.site_id, "h").name == name
    assert name in names(town.store.contacts.page_everyone(town.site_id, "ada"))
    assert name in names(town.store.contacts.page_everyone(town.site_id, "ada", q=name))


@pytest.mark.parametrize(
    "change",
    [{"user_id": ""}, {"user_id": "é" * 65}, {"name": "x" * 256}, {"url": "x" * 2_049}, {"name": "\ud800"}],
)
def test_what_cannot_be_kept_is_refused_by_both_engines(town: Town, change: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        town.store.people.save_person(dataclasses.replace(Person(town.site_id, "u", "U"), **change))


def test_the_roster_follows_what_is_added_and_removed(town: Town, second_store: Store) -> None:
    roster = town.store.roster

    def friends_of(user_id: str, store: Store = town.store) -> set[str]:
        return {friend.id for friend in store.contacts.page_friends(town.site_id, user_id).data}

    assert friends_of("ada") == set()
    assert roster.add_friends(town.site_id, "ada", ["bob", "cyd", "ghost", "ada"]) == 3
    assert roster.add_friends(town.site_id, "ada", ["bob", "ghost"]) == 0
    assert friends_of("ada") == {"bob", "cyd"}
    assert town.store.contacts.page_friends(town.site_id, "ada").total == 2
    assert roster.remove_friends(town.site_id, "ada", ["bob", "nobody"]) == 1
    assert friends_of("ada") == friends_of("ada", second_store) == {"cyd"}
    assert friends_of("bob") == set()


def test_twelve_hundred_friends_fit(town: Town) -> None:
    friends = [f"f{n}" for n in range(1_200)]
    assert town.store.roster.add_friends(town.site_id, "ada", friends) == 1_200
    assert town.store.roster.add_friends(town.site_id, "ada", friends) == 0
    assert town.store.roster.remove_friends(town.site_id, "ada", friends) == 1_200


def test_friends_who_are_online_come_first_then_by_name_over_all_pages(town: Town) -> None:
    for n in range(10):
        town.add(f"f{n}", f"Friend {n}")
    town.store.roster.add_friends(town.site_id, "ada", [f"f{n}" for n in range(10)])
    online(town, "f7", "f3", "bob")
    pages, cursor = [], None
    while not pages or cursor:
        page = town.store.contacts.page_friends(town.site_id, "ada", cursor=cursor, limit=4)
        assert page.total == 10
        pages.append(names(page))
        cursor = page.next_cursor
    assert pages == [
        ["Friend 3", "Friend 7", "Friend 0", "Friend 1"],
        ["Friend 2", "Friend 4", "Friend 5", "Friend 6"],
        ["Friend 8", "Friend 9"],
    ]


def test_everyone_online_leaves_out_the_viewer_and_the_invisible(town: Town) -> None:
    online(town, "ada", "bob", "cyd")
    town.store.presence.choose(town.site_id, "cyd", presence=ChosenPresence.INVISIBLE, status_text="hiding")
    page = town.store.contacts.page_online(town.site_id, "ada")
    assert (names(page), page.total) == (["Bob"], 1)


def test_invisible_and_offline_cannot_be_told_apart(town: Town) -> None:
    town.add("dan", "Bob")
    friends = ["bob", "dan"]
    town.store.roster.add_friends(town.site_id, "ada", friends)
    for user_id in friends:
        town.store.presence.choose(
            town.site_id, user_id, presence=ChosenPresence.INVISIBLE, status_text="hiding"
        )
    online(town, "dan")
    seen = [
        town.store.contacts.look_up(town.site_id, "ada", friends),
        town.store.contacts.page_friends(town.site_id, "ada").data,
        town.store.contacts.page_everyone(town.site_id, "ada", q="bob").data,
        [town.open("ada", user_id).peer for user_id in friends],
    ]
    hidden = [Contact(id=user_id, name="Bob", friend=True) for user_id in friends]
    assert seen == [hidden] * 4
    states = town.store.presence.load_states(town.site_id, "bob", friends).values()
    assert {(state.presence, state.status_text) for state in states} == {(Presence.OFFLINE, "")}


def test_search_finds_any_word_by_its_beginning_whatever_the_case(town: Town) -> None:
    for user_id, name in [
        ("g", "Grace Brewster HOPPER"),
        ("s", "Straße Große"),
        ("k", "\uff4b\uff41\uff54\uff45"),
    ]:
        town.add(user_id, name)

    def found(q: str) -> list[str]:
        page = town.store.contacts.page_everyone(town.site_id, "ada", q=q)
        assert page.total == len(page.data)
        return [contact.id for contact in page.data]

    assert found("hop") == found("GRACE b") == found("brewster hopper") == ["g"]
    assert found("STRASSE") == found("grosse") == ["s"]
    assert found("Kate") == ["k"]
    assert found("race") == found("zzz") == []
    assert len(found("   ")) == 5


def test_search_in_friends_and_in_who_is_online(town: Town) -> None:
    for n in range(6):
        town.add(f"m{n}", f"Max Number{n}")
    town.store.roster.add_friends(town.site_id, "ada", ["m1", "m2", "bob"])
    online(town, "m2", "m3", "m4", "bob")
    contacts = town.store.contacts
    friends = contacts.page_friends(town.site_id, "ada", q="num")
    assert ([c.id for c in friends.data], friends.total) == (["m2", "m1"], 2)
    first = contacts.page_online(town.site_id, "ada", q="max", limit=2)
    assert ([c.id for c in first.data], first.total) == (["m2", "m3"], 3)
    rest = contacts.page_online(town.site_id, "ada", q="max", limit=2, cursor=first.next_cursor)
    assert ([c.id for c in rest.data], rest.next_cursor) == (["m4"], None)


@pytest.mark.parametrize("many_found", [0, 2_000])
def test_a_search_that_finds_many_pages_like_one_that_finds_few(
    town: Town, monkeypatch: pytest.MonkeyPatch, many_found: int
) -> None:
    monkeypatch.setattr("imserver.store.contacts.MANY_FOUND", many_found)
    for n in range(30):
        town.add(f"n{n}", f"{'Nina Nord' if n % 3 else 'Olaf Nord'} {n:02}")
    online(town, *[f"n{n}" for n in range(0, 30, 2)])
    contacts = town.store.contacts
    for call, wanted in (
        (contacts.page_everyone, [n for n in range(30) if n % 3]),
        (contacts.page_online, [n for n in range(0, 30, 2) if n % 3]),
    ):
        seen, cursor = [], None
        while not seen or cursor:
            page = call(town.site_id, "ada", q="nina", limit=4, cursor=cursor)
            assert page.total == min(len(wanted), many_found + 1)
            seen += [contact.id for contact in page.data]
            cursor = page.next_cursor
        assert seen == [f"n{n}" for n in wanted]


def test_people_with_the_same_name_all_appear_once(town: Town) -> None:
    for n in range(7):
        town.add(f"t{n}", "Twin")
    seen, cursor = [], None
    while not seen or cursor:
        page = town.store.contacts.page_everyone(town.site_id, "ada", q="twin", limit=3, cursor=cursor)
        seen += [contact.id for contact in page.data]
        cursor = page.next_cursor
    assert seen == [f"t{n}" for n in range(7)]


def test_a_renamed_person_is_found_by_the_new_name_only(town: Town) -> None:
    online(town, "bob")
    town.add("bob", "Zoe Quartz")
    contacts = town.store.contacts
    for page in (contacts.page_everyone, contacts.page_online):
        assert names(page(town.site_id, "ada", q="bob")) == []
        assert names(page(town.site_id, "ada", q="qua")) == ["Zoe Quartz"]


@pytest.mark.parametrize("cursor", ["x", "!!", "WyJmIiwxXQ", "WyJvIiwiYSIsImIiXQ", "é", "W10", "AAAA" * 20])
def test_a_cursor_that_is_not_of_this_list_is_refused(town: Town, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        town.store.contacts.page_friends(town.site_id, "ada", cursor=cursor)


def test_a_cursor_with_numbers_beyond_the_database_is_refused(town: Town) -> None:
    for kind, call in (
        ("f", town.store.contacts.page_friends),
        ("c", town.store.conversations.page_conversations),
    ):
        forged = base64.urlsafe_b64encode(f'["{kind}",99999999999999999999999,"a","b"]'.encode()).decode()
        with pytest.raises(InvalidCursor):
            call(town.site_id, "ada", cursor=forged.rstrip("="))


def test_three_hundred_people_page_through_in_order(town: Town) -> None:
    for n in range(300):
        town.add(f"p{n:03}", f"Person {n:03}")
    seen, cursor = [], None
    while not seen or cursor:
        page = town.store.contacts.page_everyone(town.site_id, "ada", cursor=cursor, limit=64)
        seen += names(page)
        cursor = page.next_cursor
    assert seen == ["Bob", "Cyd", *[f"Person {n:03}" for n in range(300)]]
