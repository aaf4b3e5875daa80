"""A site's people and friends as its own server keeps them."""

import json

import pytest

from imserver.errors import Conflict, InvalidRequest, NotFound
from imserver.protocol.types import Presence, Role
from imserver.store import Store
from imserver.store.bots import SYSTEM_ID
from imserver.store.friend_pulls import NEVER_AT, FriendPull
from imserver.store.room_rows import RoomChange
from imserver.store.site_friends import FriendsChange
from imserver.store.values import Person, UserKey
from tests.store.town import Clock, Town


def test_many_people_are_saved_all_or_none(town: Town, store: Store) -> None:
    people = [Person(town.site_id, f"m{number:04d}", f"Member {number}") for number in range(1_000)]
    assert store.site_people.save(people) == (1_000, 0, 0)
    again = [*people[:-1], Person(town.site_id, "m0999", "Another"), Person(town.site_id, "ada", "Ada")]
    assert store.site_people.save(again) == (0, 1, 1_000)
    with pytest.raises(InvalidRequest):
        store.site_people.save([Person(town.site_id, "fresh", "Fresh"), Person(town.site_id, "", "Nobody")])
    with pytest.raises(NotFound):
        store.site_people.require(town.site_id, "fresh")
    assert store.site_people.save([]) == (0, 0, 0)


def test_people_are_listed_once_each_in_pages(town: Town, store: Store) -> None:
    seen: list[str] = []
    while page := store.site_people.page(town.site_id, after=seen[-1] if seen else "", limit=2):
        seen += [known.person.user_id for known in page]
    assert seen == ["ada", "bob", "cyd"]


def test_who_is_invisible_is_offline_also_to_the_site(town: Town, store: Store) -> None:
    for user_id in ("ada", "bob"):
        store.presence.arrive("w", [(town.site_id, user_id)], now=1)
    store.presence.choose(town.site_id, "ada", presence=None, status_text="hello")
    store.presence.choose(town.site_id, "bob", presence=Presence.INVISIBLE, status_text="hiding")  # type: ignore[arg-type]
    assert store.site_people.shown_presence(town.site_id, ["bob", "cyd", "ada", "nobody"]) == {
        "ada": (Presence.ONLINE, "hello"),
        "bob": (Presence.OFFLINE, ""),
        "cyd": (Presence.OFFLINE, ""),
    }


def test_unread_is_counted_as_for_the_person(town: Town, store: Store) -> None:
    for peer in ("bob", "cyd"):
        town.say("ada", town.open("ada", peer).id, "one", "two")
    town.say("cyd", town.open("cyd", "bob").id, "three")
    counts = store.site_people.count_unread(town.site_id, ["bob", "ada", "nobody"])
    assert counts == {"ada": (0, 0), "bob": (3, 2)}


def told(store: Store, town: Town, user_id: str) -> list[str]:
    return [json.loads(event)["type"] for event in town.replay(user_id)]


def test_friends_are_replaced_and_changed_and_the_person_is_told(town: Town, store: Store) -> None:
    assert store.site_friends.replace(town.site_id, "ada", ["bob", "later", "ada"]) == (2, 0)
    assert store.site_friends.replace(town.site_id, "ada", ["bob", "cyd"]) == (1, 1)
    assert store.site_friends.replace(town.site_id, "ada", ["cyd", "bob"]) == (0, 0)
    changes = [FriendsChange("ada", ["dan"], ["cyd", "dan"]), FriendsChange("absent", ["ada"], ())]
    assert store.site_friends.change(town.site_id, changes) == (2, 1)
    assert store.roster.page_ids(town.site_id, "ada", after="", limit=9) == ["bob", "dan"]
    assert store.roster.page_ids(town.site_id, "ada", after="bob", limit=9) == ["dan"]
    assert told(store, town, "ada") == ["people.changed"] * 3
    assert [
        friend.id
        for friend in store.contacts.page_friends(
            town.site_id, "ada", q="", cursor=None, offset=0, limit=9
        ).data
    ] == ["bob"]


def test_ids_that_nobody_can_have_change_nothing(town: Town, store: Store) -> None:
    for wrong in ("", "a" * 129, "\x1froom", "\ud800"):
        with pytest.raises(InvalidRequest):
            store.site_friends.replace(town.site_id, "ada", ["bob", wrong])
    assert store.roster.page_ids(town.site_id, "ada", after="", limit=9) == []


def test_a_bot_is_no_member_and_no_member_becomes_a_bot(town: Town, store: Store) -> None:
    store.bots.save(Person(town.site_id, "helper", "Helper"))
    store.bots.save(Person(town.site_id, "helper", "The helper"))
    assert store.bots.require(town.site_id, "helper") == "helper"
    assert store.site_people.require(town.site_id, "helper").bot
    with pytest.raises(Conflict):
        store.bots.save(Person(town.site_id, "ada", "Ada the bot"))
    for nobody in ("ada", "nobody"):
        with pytest.raises(NotFound):
            store.bots.require(town.site_id, nobody)
    assert store.bots.require(town.site_id, SYSTEM_ID) == SYSTEM_ID
    assert store.site_people.require(town.site_id, SYSTEM_ID).person.name == "Town"
    assert store.bots.list_ids(town.site_id) == ["helper", SYSTEM_ID]


# -- rooms


def test_the_site_stands_above_a_rooms_owner(town: Town, store: Store) -> None:
    room = store.groups.create_room(town.site_id, "ada", name="Salon")
    store.bots.require(town.site_id, SYSTEM_ID)
    store.site_rooms.change(town.site_id, room, RoomChange(name="Lounge", slow_seconds=5), actor="key:a")
    store.site_rooms.put_member(town.site_id, room, "bob", Role.OWNER, actor="key:a")
    store.site_rooms.put_member(town.site_id, room, "bob", Role.MODERATOR, actor="key:a")
    assert store.site_rooms.remove_member(town.site_id, room, "ada", ban=True, actor="key:a")
    found = store.site_rooms.require(town.site_id, room)
    assert (found.name, found.slow_seconds, found.members) == ("Lounge", 5, 1)
    assert [(m.user_id, m.role) for m in store.site_rooms.members(town.site_id, room, after="", limit=9)] == [
        ("bob", "moderator")
    ]
    with pytest.raises(NotFound):
        store.groups.join(town.site_id, "ada", room)
    store.site_rooms.put_member(town.site_id, room, "ada", Role.MEMBER, actor="key:a")
    assert store.site_rooms.require(town.site_id, room).members == 2


def test_a_closed_room_is_found_read_and_entered_by_nobody(town: Town, store: Store) -> None:
    room = store.groups.create_room(town.site_id, "ada", name="Salon")
    store.groups.join(town.site_id, "bob", room)
    town.say("ada", room, "the last word")
    store.bots.require(town.site_id, SYSTEM_ID)
    assert store.site_rooms.close(town.site_id, room, actor="key:a") == ["ada", "bob"]
    assert store.rooms.page_public(town.site_id, "cyd").data == []
    for act in (store.groups.join, store.history.page):
        with pytest.raises(NotFound):
            act(town.site_id, "bob", room)  # type: ignore[operator]
    with pytest.raises(NotFound):
        town.say("ada", room, "one more")
    assert "conversation.changed" in told(store, town, "bob")
    assert not store.site_rooms.require(town.site_id, room).is_public


def test_groups_are_their_members_own(town: Town, store: Store) -> None:
    group = store.groups.create_group(town.site_id, "ada", name="Ours", invited=[])
    direct = town.open("ada", "bob").id
    other = Town(store, town.clock)
    room = store.groups.create_room(town.site_id, "ada", name="Salon")
    for site_id, conversation_id in (
        (town.site_id, group),
        (town.site_id, direct),
        (other.site_id, room),
        (town.site_id, "absent"),
    ):
        with pytest.raises(NotFound):
            store.site_rooms.require(site_id, conversation_id)
        with pytest.raises(NotFound):
            store.site_rooms.close(site_id, conversation_id, actor="key:a")
        with pytest.raises(NotFound):
            store.site_rooms.put_member(site_id, conversation_id, "bob", Role.OWNER, actor="key:a")
        with pytest.raises(NotFound):
            store.site_rooms.change(site_id, conversation_id, RoomChange(name="Theirs"), actor="key:a")
    assert [found.conversation_id for found in store.site_rooms.page(town.site_id, after="", limit=9)] == [
        room
    ]


# -- lists of friends that are fetched


def test_a_list_is_due_when_it_is_new_or_old_and_one_worker_gets_it(
    town: Town, store: Store, second_store: Store, clock: Clock
) -> None:
    ada = UserKey(town.site_id, "ada")
    assert store.friend_pulls.make_due([ada], older_ms=60_000) == 1
    assert store.friend_pulls.claim_due(limit=9) == [ada]
    assert second_store.friend_pulls.claim_due(limit=9) == []
    store.friend_pulls.settle(ada, FriendPull(etag='"1"', pulled_at=clock(), status=200))
    assert store.friend_pulls.make_due([ada], older_ms=60_000) == 0
    clock.pass_seconds(61)
    assert store.friend_pulls.make_due([ada], older_ms=60_000) == 1
    assert second_store.friend_pulls.claim_due(limit=9) == [ada]
    # That one dies: after its claim somebody else gets it.
    assert store.friend_pulls.claim_due(limit=9) == []
    clock.pass_seconds(121)
    assert store.friend_pulls.claim_due(limit=9) == [ada]


def test_a_host_that_fails_is_not_asked_more_often_for_more_sign_ins(
    town: Town, store: Store, clock: Clock
) -> None:
    ada = UserKey(town.site_id, "ada")
    store.friend_pulls.settle(
        ada, FriendPull(due_at=clock() + 60_000, tries=1, status=500, error="It failed.")
    )
    assert store.friend_pulls.make_due([ada], older_ms=0) == 0
    summary = store.friend_pulls.summary(town.site_id)
    assert (summary.people, summary.failed, summary.failures[0].error) == (1, 1, "It failed.")
    store.friend_pulls.settle(ada, FriendPull(pulled_at=clock(), status=200))
    assert store.friend_pulls.find(ada).due_at == NEVER_AT
    assert store.friend_pulls.summary(town.site_id).failures == []


def test_sign_ins_are_noted(town: Town, store: Store) -> None:
    store.sign_ins.sign_in(Person(town.site_id, "ada", "Ada"), origin="", lifetime_ms=1_000)
    assert store.friend_pulls.take_noted() == [(town.site_id, "ada")]
    assert store.friend_pulls.take_noted() == []
