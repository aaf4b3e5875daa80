"""Rooms that a long poll names: heard from a cursor of their own, beside the person's log."""

from collections.abc import Iterator

import msgspec
import pytest

from imserver.errors import InvalidCursor
from imserver.protocol.cursor import START
from imserver.protocol.types import Poll, ResetReason
from imserver.router import Letter
from imserver.store.values import Session, room_stream
from tests.unit.poll_desk import ADA, Desk, texts
from tests.unit.stream_desk import ROOM, Logs, room_key

OTHER = "r2"


class RoomDesk(Desk):
    """Polls over a log for everybody and every room."""

    def make_log(self) -> Logs:
        logs = Logs()
        for key in (ADA, room_key(), room_key(OTHER)):
            logs.log(key)
        return logs

    def say(self, text: str, room: str = ROOM) -> Letter:
        """Store an event of a room and tell the router."""
        letter = self.log.log(room_key(room)).append(text)
        self.router.send(room_key(room), letter)
        return letter

    def cursors(self, *rooms: str) -> dict[str, str]:
        return {room: str(self.log.log(room_key(room)).head()) for room in rooms or (ROOM,)}

    def ask(self, peer, rooms: dict[str, str], **fields):
        return self.poll(peer, cursor=START, rooms=rooms, **fields)

    def wait(self, *rooms: str):
        """Poll for rooms from now on and be parked."""
        peer = self.peer()
        assert self.ask(peer, self.cursors(*rooms)) is None
        return peer


@pytest.fixture
def desk() -> Iterator[RoomDesk]:
    desk = RoomDesk()
    yield desk
    desk.close()


def test_a_poll_hears_what_it_has_missed_of_a_room(desk):
    old = desk.cursors()
    desk.say("missed")
    assert texts(desk.ask(desk.peer(), old)) == ["missed"]
    assert desk.is_empty()


def test_a_parked_poll_hears_its_rooms_and_its_own_log(desk):
    for speak, expected in (
        (lambda: desk.say("one"), "one"),
        (lambda: desk.say("two", OTHER), "two"),
        (lambda: _own(desk, "three"), "three"),
    ):
        peer = desk.peer()
        own = desk.log.log(ADA).head()
        assert desk.poll(peer, cursor=own, rooms=desk.cursors(ROOM, OTHER)) is None
        speak()
        assert texts(peer.answer()) == [expected]
        assert desk.is_empty()


def _own(desk: RoomDesk, text: str) -> None:
    desk.router.send(ADA, desk.log.log(ADA).append(text))


@pytest.mark.parametrize("moment", ["before_backlog", "after_backlog"])
def test_an_event_of_a_room_at_any_moment_of_looking_is_told_once(desk, moment):
    old = desk.cursors()
    log = desk.log.log(room_key())
    log.append("before")
    setattr(log, moment, lambda: desk.say("crossing"))
    answer = desk.ask(desk.peer(), old)
    told = texts(answer)
    if "crossing" not in told:
        again = {ROOM: str(log.head()._replace(useq=1, tag=7))}
        told += texts(desk.ask(desk.peer(), again))
    assert told == ["before", "crossing"]


def test_an_event_of_a_room_between_its_head_and_parking_is_told(desk):
    log = desk.log.log(room_key())
    log.after_head = lambda: desk.say("crossing")
    peer = desk.peer()
    answer = desk.ask(peer, desk.cursors())
    assert texts(answer or peer.answer()) == ["crossing"]


def test_an_event_between_looking_and_parking_is_told(desk):
    peer = desk.peer()
    peer.when_taken = lambda: desk.say("in between")
    assert desk.ask(peer, desk.cursors()) is None
    assert texts(peer.answer()) == ["in between"]


def test_a_lost_hint_of_a_room_is_found_by_the_sweep(desk):
    peer = desk.wait()
    desk.log.log(room_key()).append("no hint")
    waiting = [waiter for mailbox, waiter in desk.router.waiters() if mailbox.user == room_key()]
    waiting[0].read_log()
    assert texts(peer.answer()) == ["no hint"]


def test_a_room_that_may_not_be_heard_is_said_to_be_gone_and_the_others_are_heard(desk):
    old = desk.cursors(ROOM, OTHER)
    desk.unreadable = {OTHER}
    desk.say("heard")
    desk.say("secret", OTHER)
    _, body = desk.ask(desk.peer(), {**old, "r9": "0.00000000"})
    assert [event["text"] for event in body["events"]] == ["heard"]
    assert body["resets"] == {OTHER: "gone", "r9": "gone"}
    assert desk.is_empty()


def test_a_room_whose_cursor_cannot_be_caught_up_with_is_reset_alone(desk):
    desk.log.log(room_key()).reset = ResetReason.BEHIND
    desk.say("x")
    _, body = desk.ask(desk.peer(), {ROOM: "0.00000000"})
    assert (body["events"], body["resets"], "reset" in body) == ([], {ROOM: "behind"}, False)


def test_whoever_is_put_out_hears_nothing_more_at_once(desk):
    peer = desk.wait(ROOM, OTHER)
    desk.transport.rooms.stop(*ADA, ROOM)
    desk.say("secret")
    _, body = peer.answer()
    assert (body["events"], body["resets"]) == ([], {ROOM: "gone"})
    assert desk.is_empty()


@pytest.mark.parametrize("moment", ["before_head", "after_head", "before_backlog", "after_backlog"])
def test_whoever_is_put_out_while_the_poll_looks_hears_nothing_more(desk, moment):
    old = desk.cursors()
    log = desk.log.log(room_key())
    log.append("secret")
    setattr(log, moment, lambda: desk.transport.rooms.stop(*ADA, ROOM))
    _, body = desk.ask(desk.peer(), old)
    assert (body["events"], body["resets"]) == ([], {ROOM: "gone"})
    assert desk.is_empty()


def test_others_of_the_room_go_on_hearing_it(desk):
    peer = desk.wait()
    desk.transport.rooms.stop(ADA[0], "bob", ROOM)
    desk.say("still")
    assert texts(peer.answer()) == ["still"]


def test_a_cursor_of_a_room_that_is_none_is_refused_before_anything_is_registered(desk):
    request = Poll(token="", cursor=str(START), rooms={ROOM: "x"})
    with pytest.raises(InvalidCursor):
        desk.transport.poll(Session(*ADA, b"s1", "", 0), request, origin=None, takeover=None)
    assert desk.is_empty()


def test_a_poll_names_at_most_eight_rooms():
    rooms = {f"r{n}": "0.00000000" for n in range(9)}
    body = msgspec.json.encode({"token": "", "cursor": "0.00000000", "rooms": rooms})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Poll)


def test_a_poll_with_rooms_is_never_parked_unlooked(desk):
    session = Session(*ADA, b"s1", "", 0)
    peer = desk.peer()
    assert desk.poll(peer, cursor=START) is None
    desk.transport.finish(next(iter(desk.sessions)))
    peer.answer()
    plain = Poll(token="", cursor=str(START))
    assert desk.transport.has_missed_nothing(session, plain)
    named = Poll(token="", cursor=str(START), rooms=desk.cursors())
    assert not desk.transport.has_missed_nothing(session, named)


def test_the_rooms_that_are_heard_are_known_while_a_poll_waits(desk):
    desk.wait(ROOM, OTHER)
    assert set(desk.transport.rooms.hearings()) == {(*ADA, ROOM), (*ADA, OTHER)}
    assert desk.router.waiters_of((ADA[0], room_stream("r9"))) == ()
