"""Who is here: those online first, by name, in pages; and what the list says after anything has happened."""

import random

import pytest

from imserver.errors import InvalidCursor, NotFound, ServiceError
from imserver.protocol.types import ChosenPresence, MemberPage, Role
from imserver.store.presence import set_private
from imserver.store.values import Person, UserKey
from tests.store.town import Town

PEOPLE = ("ada", "bob", "cyd", "dan", "eve", "fay")


@pytest.fixture
def room(town: Town) -> str:
    """Give a room of six: bob, dan and fay are online."""
    for user_id in PEOPLE:
        town.add(user_id)
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    for user_id in ("bob", "cyd", "dan"):
        town.store.groups.join(town.site_id, user_id, room)
    come(town, "bob", "dan", "fay")
    # Some come before they join, some join before they come.
    for user_id in ("eve", "fay"):
        town.store.groups.join(town.site_id, user_id, room)
    return room


def come(town: Town, *user_ids: str) -> None:
    town.store.presence.beat("w", town.clock())
    town.store.presence.arrive("w", [(town.site_id, user_id) for user_id in user_ids], now=town.clock())


def go(town: Town, *user_ids: str) -> None:
    town.store.presence.leave("w", [(town.site_id, user_id) for user_id in user_ids], now=town.clock())


def page(town: Town, room: str, *, viewer: str = "ada", **asked: object) -> MemberPage:
    return town.store.members.page(town.site_id, viewer, room, **asked)  # type: ignore[arg-type]


def names(found: MemberPage) -> list[str]:
    return [member.id for member in found.data]


def test_those_online_stand_first_by_name(town: Town, room: str) -> None:
    found = page(town, room)
    assert names(found) == ["bob", "dan", "fay", "ada", "cyd", "eve"]
    assert (found.total, found.online, found.next_cursor) == (6, 3, None)
    assert [member.role for member in found.data] == [Role.MEMBER] * 3 + [Role.OWNER] + [Role.MEMBER] * 2
    assert names(page(town, room, online_only=True)) == ["bob", "dan", "fay"]
    assert page(town, room, online_only=True).total == 3


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6])
def test_pages_go_through_both_halves_without_a_gap(town: Town, room: str, limit: int) -> None:
    assert leaf(town, room, limit=limit) == ["bob", "dan", "fay", "ada", "cyd", "eve"]


def test_coming_going_and_hiding_move_people_in_the_list(town: Town, room: str) -> None:
    go(town, "bob", "dan")
    come(town, "eve")
    town.store.presence.choose(town.site_id, "fay", presence=ChosenPresence.INVISIBLE, status_text=None)
    found = page(town, room)
    assert (names(found), found.online) == (["eve", "ada", "bob", "cyd", "dan", "fay"], 1)
    town.store.presence.choose(town.site_id, "fay", presence=ChosenPresence.DND, status_text=None)
    assert names(page(town, room, online_only=True)) == ["eve", "fay"]


def test_a_new_name_is_where_it_is_looked_for(town: Town, room: str) -> None:
    town.store.people.save_person(Person(town.site_id, "bob", "Zoe Adams"))
    assert names(page(town, room)) == ["dan", "fay", "bob", "ada", "cyd", "eve"]
    assert names(page(town, room, q="adam")) == ["bob"]
    assert names(page(town, room, q="bo")) == []


def test_a_search_looks_at_members_only(town: Town, room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for user_id, name in (("gus", "Dolly"), ("eve", "Dora Evans"), ("fay", "Fay Dollar")):
        town.add(user_id, name)
    for most in (2_000, 0):
        # The two ways to search find the same.
        monkeypatch.setattr("imserver.store.members.MANY_FOUND", most)
        found = page(town, room, q="d")
        assert (names(found), found.total, found.online) == (["dan", "fay", "eve"], min(3, most + 1), 3)
        assert names(page(town, room, q="d", limit=1)) == ["dan"]
        rest = page(town, room, q="d", limit=2, cursor=page(town, room, q="d", limit=1).next_cursor)
        assert names(rest) == ["fay", "eve"]
        online = page(town, room, q="d", online_only=True)
        assert (names(online), online.total) == (["dan", "fay"], min(2, most + 1))


@pytest.mark.parametrize("blocker", ["ada", "dan"])
def test_a_wall_moves_people_to_those_offline_and_out_of_the_counts(
    town: Town, room: str, blocker: str
) -> None:
    other = {"ada": "dan", "dan": "ada"}[blocker]
    come(town, "ada")
    town.store.blocks.block(town.site_id, blocker, other)
    seen = {viewer: page(town, room, viewer=viewer) for viewer in ("ada", "dan", "bob")}
    # As if the other were offline: in the list, in the counts, and leafing through it.
    assert names(seen["ada"]) == ["ada", "bob", "fay", "cyd", "dan", "eve"]
    assert names(seen["dan"]) == ["bob", "dan", "fay", "ada", "cyd", "eve"]
    assert [seen[viewer].online for viewer in ("ada", "dan", "bob")] == [3, 3, 4]
    assert {m.id: m.presence.value for m in seen["ada"].data}["dan"] == "offline"
    for limit in (1, 2, 3, 4):
        assert leaf(town, room, limit=limit) == names(seen["ada"])
    online = page(town, room, online_only=True)
    assert (names(online), online.total) == (["ada", "bob", "fay"], 3)
    found = page(town, room, online_only=True, q="dan")
    assert (names(found), found.total) == ([], 0)
    assert names(page(town, room, q="dan")) == ["dan"]
    go(town, "dan")
    offline = page(town, room)
    assert (names(offline), offline.online) == (names(seen["ada"]), 3)


def test_a_viewer_who_shows_no_presence_sees_none_not_even_by_the_order(town: Town, room: str) -> None:
    town.store.presence.choose(town.site_id, "ada", presence=ChosenPresence.ONLINE, status_text=None)
    key = {"site_id": town.site_id, "user_id": "ada"}
    town.store.database.write(lambda tx: set_private(tx, UserKey(**key), private=True, now=1))
    found = page(town, room)
    assert (names(found), found.online, found.total) == (["ada", "bob", "cyd", "dan", "eve", "fay"], 0, 6)
    assert {member.presence.value for member in found.data} == {"offline"}
    for limit in (1, 4):
        assert leaf(town, room, limit=limit) == names(found)
    assert names(page(town, room, q="f")) == ["fay"]
    online = page(town, room, online_only=True)
    assert (names(online), online.total) == ([], 0)


@pytest.mark.parametrize("kind", ["open", "walled", "private"])
def test_a_page_begins_anywhere_and_is_the_rest_of_the_list(town: Town, room: str, kind: str) -> None:
    come(town, "ada", "eve")
    if kind == "walled":
        for blocker, other in (("ada", "bob"), ("eve", "ada"), ("ada", "cyd")):
            town.store.blocks.block(town.site_id, blocker, other)
    if kind == "private":
        ada = UserKey(town.site_id, "ada")
        town.store.database.write(lambda tx: set_private(tx, ada, private=True, now=1))
    for online_only in (False, True):
        whole = names(page(town, room, online_only=online_only))
        for offset in range(1, len(whole) + 2):
            rest = leaf(town, room, limit=2, offset=offset, online_only=online_only)
            assert rest == whole[offset:], (offset, online_only)
    assert page(town, room, offset=5).total == 6


def leaf(town: Town, room: str, *, limit: int, offset: int = 0, online_only: bool = False) -> list[str]:
    """Return whom one page after the other shows."""
    seen: list[str] = []
    found = page(town, room, limit=limit, offset=offset, online_only=online_only)
    while found.next_cursor is not None:
        seen += names(found)
        found = page(town, room, limit=limit, cursor=found.next_cursor, online_only=online_only)
    return seen + names(found)


def test_a_public_room_shows_its_members_to_all_and_a_group_to_its_own(town: Town, room: str) -> None:
    town.add("gus")
    assert page(town, room, viewer="gus").total == 6
    group = town.store.groups.create_group(town.site_id, "ada", name="g", invited=["bob"])
    direct = town.open("ada", "bob")
    for viewer, conversation_id in (("bob", group), ("ada", direct.id), ("ada", "r-unknown")):
        with pytest.raises(NotFound):
            page(town, conversation_id, viewer=viewer)
    town.store.groups.remove(town.site_id, "ada", room, other_id="gus", ban=True)
    with pytest.raises(NotFound):
        page(town, room, viewer="gus")
    with pytest.raises(InvalidCursor):
        page(town, room, cursor="nonsense")


def test_who_may_read_what(town: Town, room: str) -> None:
    for user_id in ("gus", "hal"):
        town.add(user_id)
    group = town.store.groups.create_group(town.site_id, "ada", name="g", invited=["gus"])
    direct = town.open("ada", "bob").id
    town.store.groups.remove(town.site_id, "ada", room, other_id="hal", ban=True)
    all_of_them = [room, group, direct, "r-unknown"]
    readable = {
        u: town.store.members.find_readable(town.site_id, u, all_of_them) for u in ("ada", "gus", "hal")
    }
    assert readable == {"ada": {room, group, direct}, "gus": {room}, "hal": set()}
    hearings = [(town.site_id, user_id, c) for user_id in ("ada", "gus", "hal") for c in (room, group)]
    assert town.store.members.find_hearing(hearings) == {
        (town.site_id, "ada", room),
        (town.site_id, "ada", group),
        (town.site_id, "gus", room),
    }
    assert town.store.members.find_readable(town.site_id, "ada", []) == set()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_lists_say_who_takes_part(town: Town, seed: int) -> None:
    for user_id in PEOPLE:
        town.add(user_id)
    random_ = random.Random(seed)
    groups = town.store.groups
    places = [
        groups.create_group(town.site_id, "ada", name="g", invited=["bob", "cyd"]),
        groups.create_room(town.site_id, "bob", name="r"),
        groups.open_page_room(town.site_id, "cyd", page="https://town.example/", name="p"),
    ]
    for _ in range(120):
        act(town, random_, places)
    for place in places:
        check(town, place)


def act(town: Town, random_: random.Random, places: list[str]) -> None:
    site, groups = town.site_id, town.store.groups
    user, other, place = random_.choice(PEOPLE), random_.choice(PEOPLE), random_.choice(places)
    acts = (
        lambda: groups.join(site, user, place),
        lambda: groups.leave(site, user, place),
        lambda: groups.invite(site, user, place, [other]),
        lambda: groups.remove(site, user, place, other_id=other, ban=random_.random() < 0.3),
        lambda: groups.set_role(site, user, place, other_id=other, role=random_.choice(list(Role))),
        lambda: town.say(user, place, "hello"),
        lambda: come(town, user),
        lambda: go(town, user),
        lambda: town.add(user, random_.choice("xyz") + user),
    )
    try:
        random_.choice(acts)()
    except ServiceError:
        return


def check(town: Town, place: str) -> None:
    inside = town.store.conversations.load_participants(town.site_id, place)
    viewer = inside[0] if inside else "ada"
    if not inside and not place.startswith("r"):
        return
    try:
        found = page(town, place, viewer=viewer)
    except NotFound:
        assert not inside  # of a room that has banned her
        return
    assert sorted(names(found)) == sorted(inside)
    assert (found.total, len({*names(found)})) == (len(inside), len(inside))
    states = town.store.presence.load_states(town.site_id, viewer, inside)
    online = {user_id for user_id, state in states.items() if state.presence != "offline"}
    assert found.online == len(online)
    assert {member.id for member in found.data[: len(online)]} == online
    for half in (found.data[: len(online)], found.data[len(online) :]):
        assert [m.name.casefold() for m in half] == sorted(m.name.casefold() for m in half)
    if inside and place.startswith("g"):
        assert Role.OWNER in [member.role for member in found.data]
    history = town.store.history.page(town.site_id, viewer, place, limit=100)
    assert (
        [m.seq for m in history.data] == list(range(history.data[0].seq, history.data[-1].seq + 1))
        if (history.data)
        else True
    )
