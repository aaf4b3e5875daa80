"""Streams that are behind catch up from the log a few at a time; those that are not are told at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from gevent.event import Event

from imserver.protocol.cursor import START
from imserver.router import BEST_EFFORT, Letter
from imserver.transports.stream import Stage
from imserver.transports.streams import READERS
from tests.services import wait_until
from tests.unit.poll_desk import ADA
from tests.unit.stream_desk import StreamDesk


@pytest.fixture
def desk() -> Iterator[StreamDesk]:
    desk = StreamDesk()
    yield desk
    desk.close()


def test_many_that_come_together_wait_for_their_turn_to_read(desk, monkeypatch):
    gate, asked, real = Event(), [], desk.logs.read_backlog

    def read_backlog(*key: Any) -> Any:
        asked.append(key)
        gate.wait()
        return real(*key)

    monkeypatch.setattr(desk.logs, "read_backlog", read_backlog)
    desk.log.append("missed")
    opened = [desk.open(session=f"s{number}", cursor=START) for number in range(3 * READERS)]
    wait_until(lambda: asked, what="somebody reads")
    assert len(asked) == READERS
    gate.set()
    wait_until(lambda: all(stream.stage is Stage.LIVE for stream, _ in opened), what="all have caught up")
    assert [listener.texts() for _, listener in opened] == [["missed"]] * len(opened)


def test_what_follows_is_framed_by_whoever_sends_without_a_turn_of_the_hub(desk):
    stream, listener = desk.open()
    desk.commit("one")
    desk.router.send(ADA, Letter(BEST_EFFORT, 0, b'{"type":"typing.started"}'))
    desk.commit("two")
    assert stream.cursor == desk.log.head()
    assert listener.kinds() == ["welcome", "typing", "typing.started", "typing"]
    assert desk.log.backlog_reads == 0
