"""Long lists of people, page by page and from any place, are what sorting everybody would give."""

import random
from collections.abc import Callable, Iterable

import pytest

from imserver.protocol.types import ChosenPresence, Contact, ContactPage, Presence
from imserver.store.folding import fold, word_starts
from imserver.store.presence import set_private
from imserver.store.values import UserKey
from tests.store.town import Town

PEOPLE = 28
NAMES = ("Nina Nord", "Olaf Nord", "Nina Süd", "Åsa", "Twin", "zoë", "ÖZ Nina")
QUERIES = ("", "nin", "nord", "twin", "z", "nobody")


@pytest.fixture(params=[0, 2_000], ids=["long", "short"])
def many_friends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Take every list for a long one, or for a short one."""
    monkeypatch.setattr("imserver.store.friends.MANY_FRIENDS", request.param)
    return int(request.param)


@pytest.fixture(params=[1, 2_000], ids=["finds-many", "finds-few"])
def many_found(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("imserver.store.friends.MANY_FOUND", request.param)
    monkeypatch.setattr("imserver.store.contacts.MANY_FOUND", request.param)
    return int(request.param)


@pytest.fixture
def crowd(town: Town) -> Town:
    """Give a town in which ada has friends of all kinds: online, away, hidden, behind a wall, unknown."""
    chance = random.Random(7)
    ids = [f"p{number:02}" for number in range(PEOPLE)]
    friends = [*chance.sample(ids, 20), "ghost", "bob"]
    # Some come to the site before they are friends, some after.
    for user_id in ids[::2]:
        town.add(user_id, chance.choice(NAMES))
    town.store.roster.add_friends(town.site_id, "ada", friends)
    for user_id in ids[1::2]:
        town.add(user_id, chance.choice(NAMES))
    town.store.presence.beat("w", town.clock())
    here = [(town.site_id, user_id) for user_id in [*chance.sample(ids, 16), "ada", "cyd"]]
    town.store.presence.arrive("w", here, now=town.clock())
    for user_id in chance.sample(ids, 6):
        town.store.presence.choose(
            town.site_id, user_id, presence=ChosenPresence.INVISIBLE, status_text="hiding"
        )
    for user_id in chance.sample(ids, 8):
        first, second = chance.sample(["ada", user_id], 2)
        town.store.blocks.block(town.site_id, first, second)
    for user_id in chance.sample(ids, 8):
        town.add(user_id, chance.choice(NAMES))
    return town


def in_order(town: Town, wanted: Callable[[Contact], bool], *, q: str, online_first: bool) -> list[str]:
    """Return what the list has to be, from what ada sees of each person."""
    ids = [f"p{number:02}" for number in range(PEOPLE)] + ["bob", "cyd", "ghost"]
    people = [each for each in town.store.contacts.look_up(town.site_id, "ada", ids) if wanted(each)]
    found = [
        each for each in people if any(word.startswith(fold(q)) for word in word_starts(fold(each.name)))
    ]
    return [each.id for each in sorted(found, key=lambda each: order(each, online_first=online_first))]


def order(person: Contact, *, online_first: bool) -> tuple[bool, str, str]:
    return online_first and not is_online(person), fold(person.name), person.id


def is_online(person: Contact) -> bool:
    return person.presence is not Presence.OFFLINE


def leaf(page: Callable[..., ContactPage], *, total: int, **asked: object) -> list[str]:
    """Return whom one page after the other shows."""
    seen: list[str] = []
    found = page(**asked)
    while found.next_cursor:
        assert found.total == total
        seen += [person.id for person in found.data]
        found = page(**asked | {"offset": 0, "cursor": found.next_cursor})
    return seen + [person.id for person in found.data]


def lists(town: Town) -> Iterable[tuple[str, Callable[..., ContactPage], Callable[[Contact], bool]]]:
    """Yield each list with how it is asked for and who belongs into it."""
    contacts = town.store.contacts
    yield "friends", contacts.page_friends, lambda each: each.friend
    yield "online", contacts.page_online, is_online
    yield "others", contacts.page_others, lambda each: is_online(each) and not each.friend
    yield "everyone", contacts.page_everyone, lambda each: True


def check(town: Town, *, most: int, counts_friends: bool = False) -> None:
    """Hold every list, every search, and every page from any place against the whole of it.

    A search counts to one more than ``most``, but for a short list of friends.
    """
    for name, ask, wanted in lists(town):
        for q in QUERIES if name != "others" else QUERIES[:1]:
            whole = in_order(town, wanted, q=q, online_first=name == "friends")
            is_counted = not q or (counts_friends and name == "friends")
            total = len(whole) if is_counted else min(len(whole), most + 1)

            def page(**asked: object) -> ContactPage:
                return ask(town.site_id, "ada", **asked)  # noqa: B023 - called in this turn only

            for limit in (1, 7):
                assert leaf(page, total=total, q=q, limit=limit) == whole, (name, q, limit)
        whole = in_order(town, wanted, q="", online_first=name == "friends")
        for offset in range(1, len(whole) + 2):
            assert leaf(page, total=len(whole), q="", offset=offset, limit=20) == whole[offset:], (
                name,
                offset,
            )


def test_pages_are_the_whole_list_in_order(crowd: Town, many_friends: int, many_found: int) -> None:
    check(crowd, most=many_found, counts_friends=many_friends > 0)


def test_who_sees_no_presence_has_one_list_by_name(crowd: Town, many_friends: int) -> None:
    ada = UserKey(crowd.site_id, "ada")
    crowd.store.database.write(lambda tx: set_private(tx, ada, private=True, now=1))
    check(crowd, most=PEOPLE)


def test_a_friend_counts_from_the_first_sign_in_and_under_the_newest_name(
    town: Town, many_friends: int
) -> None:
    town.store.roster.add_friends(town.site_id, "ada", ["bob", "late"])
    town.store.roster.add_friends(town.site_id, "bob", ["late"])

    def seen(user_id: str) -> tuple[list[str], int]:
        page = town.store.contacts.page_friends(town.site_id, user_id)
        return [person.name for person in page.data], page.total

    assert (seen("ada"), seen("bob")) == ((["Bob"], 1), ([], 0))
    town.add("late", "Zoe")
    assert (seen("ada"), seen("bob")) == ((["Bob", "Zoe"], 2), (["Zoe"], 1))
    town.add("late", "Abe")
    assert (seen("ada"), seen("bob")) == ((["Abe", "Bob"], 2), (["Abe"], 1))
    assert town.store.roster.remove_friends(town.site_id, "ada", ["late"]) == 1
    assert seen("ada") == (["Bob"], 1)
