"""Presence over streams: who watches somebody misses no change, whatever is looked up meanwhile."""

from collections.abc import Iterator

import pytest

from imserver.protocol.closing import REPLACED
from imserver.protocol.cursor import START
from imserver.protocol.types import Presence
from tests.unit.stream_desk import Stage, StreamDesk


@pytest.fixture
def desk() -> Iterator[StreamDesk]:
    desk = StreamDesk()
    yield desk
    desk.close()


def _statuses(listener) -> list[str]:
    frames = [f for f in listener.frames() if isinstance(f, dict) and f["type"] == "presence.changed"]
    return [change["presence"] for frame in frames for change in frame["changes"]]


def test_who_watches_is_told_what_all_of_them_are_and_then_become(desk):
    _, listener = desk.open(watch=("bob",))
    desk.change("bob", Presence.DND)
    assert _statuses(listener) == ["away", "dnd"]


@pytest.mark.parametrize("moment", ["before_head", "after_head", "after_backlog"])
def test_a_change_during_the_look_is_told(desk, moment):
    desk.log.append("one")
    setattr(desk.log, moment, lambda: desk.change("bob", Presence.DND))
    _, listener = desk.open(cursor=START, watch=("bob",))
    assert _statuses(listener) == ["away", "dnd"]


def test_a_change_while_all_of_them_are_loaded_anew_is_told(desk):
    stream, listener = desk.open(watch=("bob",))
    stream.stage = Stage.READING
    desk.before_states = lambda: desk.change("bob", Presence.DND)
    desk.streams._catch_up(stream, "")
    assert stream.stage is Stage.LIVE
    assert _statuses(listener)[-1] == "dnd"


def test_a_newer_list_of_people_takes_the_place_of_an_older_one_that_is_still_loaded(desk):
    stream, listener = desk.open()
    desk.before_states = lambda: desk.streams.watch(stream, [])
    desk.streams.watch(stream, ["bob"])
    desk.change("bob", Presence.DND)
    assert _statuses(listener) == []
    desk.streams.close(stream, REPLACED)
    assert desk.is_empty()
