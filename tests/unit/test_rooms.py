"""Rooms over streams: a log of its own, heard from when one follows until one leaves."""

from collections.abc import Iterator

import gevent
import pytest

from imserver.errors import InvalidRequest, NotFound, Unavailable
from imserver.protocol.closing import REPLACED
from imserver.protocol.cursor import START
from imserver.protocol.types import ResetReason
from imserver.transports.stream import Stream
from tests.unit.poll_desk import ADA
from tests.unit.stream_desk import ROOM, Stage, StreamDesk, room_key


@pytest.fixture
def desk() -> Iterator[StreamDesk]:
    desk = StreamDesk()
    yield desk
    desk.close()


def _follow(desk: StreamDesk, stream) -> None:
    desk.streams.rooms.follow(stream, ROOM, None)


def test_a_follower_hears_the_room_until_it_leaves(desk):
    desk.commit("before", room_key())
    stream, listener = desk.open()
    _follow(desk, stream)
    desk.commit("in the room", room_key())
    assert listener.texts() == ["in the room"]
    desk.streams.rooms.leave(stream, ROOM)
    desk.commit("later", room_key())
    assert listener.texts() == ["in the room"]
    desk.streams.close(stream, REPLACED)
    assert desk.is_empty()


@pytest.mark.parametrize("moment", ["before_head", "after_head", "before_backlog", "after_backlog"])
def test_an_event_of_the_room_at_any_moment_of_following_is_told_once_at_most(desk, moment):
    stream, listener = desk.open()
    log = desk.logs.log(room_key())
    log.append("before")
    setattr(log, moment, lambda: desk.commit("crossing", room_key()))
    _follow(desk, stream)
    desk.commit("last", room_key())
    # "From now on" begins when the room's head is read.
    assert listener.texts() == ([] if moment == "before_head" else ["crossing"]) + ["last"]


def test_a_stream_that_ends_while_it_begins_to_follow_leaves_nothing_behind(desk):
    stream, _ = desk.open()
    desk.logs.log(room_key()).before_head = lambda: desk.streams.close(stream, REPLACED)
    _follow(desk, stream)
    assert desk.is_empty()


def test_a_stream_that_has_ended_follows_nothing(desk):
    stream, _ = desk.open()
    desk.streams.close(stream, REPLACED)
    _follow(desk, stream)
    assert desk.is_empty()


def test_leaving_a_room_before_its_head_was_read_is_the_last_word(desk):
    stream, listener = desk.open()
    desk.logs.log(room_key()).before_head = lambda: desk.streams.rooms.leave(stream, ROOM)
    _follow(desk, stream)
    desk.commit("unheard", room_key())
    assert listener.kinds() == ["welcome"]


def test_a_room_that_is_none_is_not_followed(desk):
    def fail() -> None:
        raise Unavailable

    stream, _ = desk.open()
    desk.logs.log(room_key()).before_head = fail
    with pytest.raises(Unavailable):
        _follow(desk, stream)
    desk.streams.close(stream, REPLACED)
    assert desk.is_empty()


def test_a_thousand_followers_are_told_the_same_bytes(desk, monkeypatch):
    told: list[bytes] = []
    for number in range(1_000):
        # Descriptors are scarce; a stream without a peer of its own is told like any other.
        stream, _ = _quiet(desk, number)
        desk.streams.rooms.enter(stream, ROOM, START).stage = Stage.LIVE
    monkeypatch.setattr(desk.outbox, "put", lambda fd, data: told.append(data))
    desk.commit("hello", room_key())
    gevent.sleep(0)
    assert len(told) == 1_000
    assert len({id(data) for data in told}) == 1


def _quiet(desk: StreamDesk, number: int):
    stream = Stream(desk.streams, -1, origin=None)
    stream.mailbox = desk.router.login((ADA[0], f"user{number}"), stream)
    return stream, None


def test_whoever_may_not_hear_the_room_does_not_follow_it(desk):
    desk.unreadable = {ROOM}
    stream, listener = desk.open()
    with pytest.raises(NotFound):
        _follow(desk, stream)
    desk.commit("secret", room_key())
    assert listener.kinds() == ["welcome"]


def test_a_connection_follows_eight_rooms_and_no_ninth(desk):
    stream, _ = desk.open()
    for number in range(8):
        desk.streams.rooms.follow(stream, f"r{number}", None)
    desk.streams.rooms.follow(stream, "r3", None)
    with pytest.raises(InvalidRequest):
        desk.streams.rooms.follow(stream, "r9", None)
    desk.streams.rooms.leave(stream, "r3")
    desk.streams.rooms.follow(stream, "r9", None)


@pytest.mark.parametrize("moment", [None, "before_head", "before_backlog", "after_backlog"])
def test_whoever_is_put_out_is_told_and_hears_nothing_more(desk, moment):
    stream, listener = desk.open()
    if moment is not None:
        setattr(desk.logs.log(room_key()), moment, lambda: desk.streams.rooms.stop(*ADA, ROOM))
    _follow(desk, stream)
    if moment is None:
        desk.streams.rooms.stop(*ADA, ROOM)
    desk.commit("secret", room_key())
    desk.commit("own")
    assert listener.texts() == ["own"]
    told = [frame for frame in listener.frames() if frame["type"] == "reset"]
    assert told == [{"type": "reset", "reason": "gone", "room": ROOM}]
    assert list(desk.streams.rooms.hearings()) == []


def test_an_event_stream_hears_rooms_without_giving_up_its_own_place(desk):
    streams = desk.build_sse()
    desk.unreadable = {"r2"}
    desk.commit("missed", room_key())
    stream, listener = desk.open(streams=streams)
    streams.rooms.follow_all(stream, {ROOM: START, "r2": START})
    desk.commit("in the room", room_key())
    desk.commit("own")
    blocks = [block for block in listener.listen().decode().split("\n\n") if block]
    kinds = [[line.partition(":")[0] for line in block.split("\n")] for block in blocks]
    # welcome, followed, missed, gone, in the room: only the person's own event moves Last-Event-ID.
    assert kinds == [
        ["event", "data"],
        ["event", "data"],
        ["data"],
        ["event", "data"],
        ["data"],
        ["id", "data"],
    ]
    assert '"reason":"gone","room":"r2"' in blocks[3]


def test_a_room_that_is_reset_leaves_the_event_stream_open(desk):
    streams = desk.build_sse()
    stream, listener = desk.open(streams=streams)
    desk.logs.log(room_key()).reset = ResetReason.BEHIND
    desk.logs.log(room_key()).append("x")
    streams.rooms.follow_all(stream, {ROOM: START})
    desk.commit("own")
    heard = listener.listen().decode()
    assert '{"reason":"behind","room":"r1"}' in heard
    assert '"own"' in heard
    assert not listener.is_ended
