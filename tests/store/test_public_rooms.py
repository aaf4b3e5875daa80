"""Public rooms: found by name, the room of a page by its address, and who may not come."""

import gevent
import pytest

from imserver.errors import Forbidden, NotFound
from imserver.store import Store
from imserver.store.room_rows import RoomChange
from tests.store.town import Town

PAGE = "https://town.example/thread?id=7"


def found(town: Town, user_id: str = "cyd", **asked: object) -> list[str]:
    page = town.store.rooms.page_public(town.site_id, user_id, **asked)  # type: ignore[arg-type]
    return [room.name for room in page.data]


def create(town: Town, name: str, user_id: str = "ada") -> str:
    return town.store.groups.create_room(town.site_id, user_id, name=name, topic="about " + name)


def open_page(town: Town, user_id: str, store: Store | None = None) -> str:
    return (store or town.store).groups.open_page_room(town.site_id, user_id, page=PAGE, name="thread")


def test_rooms_are_listed_by_name_and_found_by_any_word(town: Town) -> None:
    for name in ("Zebra talk", "apples", "Green apples", "Ærø"):
        create(town, name)
    assert found(town) == ["apples", "Green apples", "Zebra talk", "Ærø"]
    assert found(town, q="APP") == ["apples", "Green apples"]
    assert found(town, q="talk") == ["Zebra talk"]
    first = town.store.rooms.page_public(town.site_id, "cyd", limit=2)
    assert first.next_cursor is not None
    assert found(town, cursor=first.next_cursor) == ["Zebra talk", "Ærø"]
    assert [(room.joined, room.members) for room in first.data] == [(False, 1)] * 2
    assert town.store.rooms.page_public(town.site_id, "ada").data[0].joined
    elsewhere = Town(town.store)
    elsewhere.add("cyd")
    assert found(elsewhere) == []


def test_a_renamed_room_is_found_by_its_new_name(town: Town) -> None:
    room = create(town, "old name")
    town.store.groups.change(town.site_id, "ada", room, RoomChange(name="fresh name"))
    assert found(town, q="old") == []
    assert found(town, q="fresh") == found(town, q="name") == ["fresh name"]


def test_a_room_is_gone_for_who_is_banned(town: Town) -> None:
    room = create(town, "Salon")
    town.store.groups.join(town.site_id, "bob", room)
    assert town.store.groups.remove(town.site_id, "ada", room, other_id="bob", ban=True)
    for forbidden in (
        lambda: town.store.groups.join(town.site_id, "bob", room),
        lambda: town.store.history.page(town.site_id, "bob", room),
        lambda: town.store.conversations.require_conversation(town.site_id, "bob", room),
    ):
        with pytest.raises(NotFound):
            forbidden()
    assert (found(town, "bob"), found(town, "cyd")) == ([], ["Salon"])


def test_the_room_of_a_page_is_one_and_nobody_joins_by_opening_it(town: Town) -> None:
    room = open_page(town, "ada")
    assert open_page(town, "bob") == room
    assert town.store.conversations.load_participants(town.site_id, room) == ()
    seen = town.store.conversations.require_conversation(town.site_id, "cyd", room)
    assert (seen.page, seen.name, seen.role, seen.members) == (PAGE, "thread", "", 0)
    assert town.store.history.page(town.site_id, "cyd", room).data == []
    with pytest.raises(NotFound):
        town.say("cyd", room, "not yet")
    assert town.store.groups.join(town.site_id, "cyd", room)
    town.say("cyd", room, "now")
    assert town.store.conversations.require_conversation(town.site_id, "cyd", room).role == "member"
    assert found(town) == []
    other = Town(town.store)
    other.add("ada")
    assert open_page(other, "ada") != room


def test_the_room_of_a_page_is_not_doubled_by_those_who_open_it_at_once(
    town: Town, second_store: Store
) -> None:
    jobs = [
        gevent.spawn(open_page, town, user_id, store)
        for store in (town.store, second_store)
        for user_id in ("ada", "bob", "cyd")
    ]
    gevent.joinall(jobs, raise_error=True)
    assert len({job.value for job in jobs}) == 1


def test_who_is_banned_from_a_pages_room_cannot_open_it(town: Town) -> None:
    room = open_page(town, "ada")
    town.store.groups.join(town.site_id, "ada", room)
    key = {"site_id": town.site_id, "conversation_id": room}
    town.store.database.write(lambda tx: tx.run("set_role", **key, user_id="ada", role="moderator"))
    town.store.groups.remove(town.site_id, "ada", room, other_id="bob", ban=True)
    with pytest.raises(Forbidden):
        open_page(town, "bob")


def test_a_deserted_room_belongs_to_who_comes_first_and_a_pages_room_to_nobody(town: Town) -> None:
    named, page = create(town, "Salon"), open_page(town, "ada")
    town.store.groups.leave(town.site_id, "ada", named)
    for room, role in ((named, "owner"), (page, "member")):
        town.store.groups.join(town.site_id, "bob", room)
        assert town.store.conversations.require_conversation(town.site_id, "bob", room).role == role


def test_beyond_a_hundred_members_nobody_is_told_who_comes_and_goes(town: Town) -> None:
    room = create(town, "Salon")
    key = {"site_id": town.site_id, "conversation_id": room}
    for difference, expected in ((98, 1), (1, 0)):
        town.store.database.write(lambda tx, by=difference: tx.run("count_member", **key, difference=by))  # type: ignore[misc]
        before = town.store.history.page(town.site_id, "ada", room).data[-1].seq
        user_id = f"p{difference}"
        town.add(user_id)
        town.store.groups.join(town.site_id, user_id, room)
        assert town.store.history.page(town.site_id, "ada", room).data[-1].seq == before + expected
