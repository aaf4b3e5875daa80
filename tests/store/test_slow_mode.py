"""Slow mode: enforced where the message is stored, so on every worker and over every transport."""

import gevent
import pytest

from imserver.errors import InvalidRequest, NotFound, SlowMode
from imserver.protocol.types import Role
from imserver.store import Store
from imserver.store.room_rows import RoomChange
from tests.store.town import Town, new


@pytest.fixture
def room(town: Town) -> str:
    """Give ada's room in which bob and cyd send once in 30 s."""
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    for user_id in ("bob", "cyd"):
        town.store.groups.join(town.site_id, user_id, room)
    set_slow(town, room, 30)
    return room


def set_slow(town: Town, room: str, seconds: int) -> None:
    town.store.groups.change(town.site_id, "ada", room, RoomChange(slow_seconds=seconds))


def texts(town: Town, room: str) -> list[str]:
    page = town.store.history.page(town.site_id, "ada", room)
    return [message.text for message in page.data if message.kind == "text"]


def test_a_member_waits_between_two_messages_and_is_told_how_long(town: Town, room: str) -> None:
    town.say("bob", room, "one")
    town.say("cyd", room, "another's")
    town.clock.pass_seconds(12)
    with pytest.raises(SlowMode) as refused:
        town.say("bob", room, "two")
    assert (refused.value.retry_after, refused.value.status, refused.value.code) == (18.0, 429, "slow_mode")
    town.clock.pass_seconds(18)
    town.say("bob", room, "two")
    assert texts(town, room) == ["one", "another's", "two"]


def test_owners_and_moderators_do_not_wait(town: Town, room: str) -> None:
    town.say("ada", room, "1", "2", "3")
    town.say("ada", room, "4")
    town.store.groups.set_role(town.site_id, "ada", room, other_id="bob", role=Role.MODERATOR)
    town.say("bob", room, "5")
    town.say("bob", room, "6", "7")
    assert len(texts(town, room)) == 7


def test_what_was_stored_is_answered_again_however_often(town: Town, room: str) -> None:
    message = new("once")
    for expected in (False, True, True):
        answer = town.store.writer.send(town.site_id, "bob", room, [message])
        assert answer.messages[0].duplicate is expected
    with pytest.raises(SlowMode):
        town.store.writer.send(town.site_id, "bob", room, [message, new("fresh")])
    assert texts(town, room) == ["once"]


def test_a_request_of_several_messages_is_no_way_around_it(town: Town, room: str) -> None:
    with pytest.raises(InvalidRequest):
        town.say("bob", room, "1", "2")
    assert texts(town, room) == []


def test_sends_of_one_moment_on_two_workers_count_as_one(town: Town, room: str, second_store: Store) -> None:
    jobs = [
        gevent.spawn(store.writer.send, town.site_id, "bob", room, [new(str(n))])
        for store in (town.store, second_store)
        for n in range(3)
    ]
    gevent.joinall(jobs)
    assert sorted(type(job.exception).__name__ for job in jobs) == ["NoneType"] + ["SlowMode"] * 5
    assert len(texts(town, room)) == 1


def test_leaving_and_coming_back_is_no_way_around_it(town: Town, room: str) -> None:
    town.say("bob", room, "one")
    town.store.groups.leave(town.site_id, "bob", room)
    with pytest.raises(NotFound):
        town.say("bob", room, "two")
    town.store.groups.join(town.site_id, "bob", room)
    with pytest.raises(SlowMode):
        town.say("bob", room, "two")


def test_it_begins_and_ends_when_the_owner_says_so(town: Town, room: str) -> None:
    town.say("bob", room, "one")
    set_slow(town, room, 0)
    town.say("bob", room, "two", "three")
    set_slow(town, room, 60)
    town.say("cyd", room, "four")
    for user_id in ("bob", "cyd"):
        with pytest.raises(SlowMode):
            town.say(user_id, room, "five")


def test_a_clock_that_was_ahead_makes_nobody_wait_longer_than_the_pause(town: Town, room: str) -> None:
    town.say("bob", room, "from the future")
    town.clock.pass_seconds(-3_600)
    with pytest.raises(SlowMode) as refused:
        town.say("bob", room, "now")
    assert refused.value.retry_after == 30.0


def test_reading_is_not_slow(town: Town, room: str) -> None:
    town.say("bob", room, "one")
    last = town.store.conversations.require_conversation(town.site_id, "bob", room).last_seq
    assert town.store.writer.mark_read(town.site_id, "cyd", room, last).unread == 0
