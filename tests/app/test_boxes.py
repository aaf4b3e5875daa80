"""Two boxes: two servers with a folder each, one database, one Redis."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.app.served import Pair, Server, Wire, meet, poll_bytes, serving
from tests.redis_server import Redis
from tests.services import wait_until

# No test lasts so long: whatever arrives was brought by the bus, or by a sweep that the bus asked for.
NO_SWEEP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Boxes:
    """ada and bob are on ``pair.server``, the first box; ``second`` is the other one."""

    pair: Pair
    second: Server

    def await_message(self, server: Server, act: Callable[[], object]) -> list[str]:
        """Return the texts that a poll of bob's on ``server`` is answered with when ``act`` runs."""
        cursor = self.pair.server.state(self.pair.bob)["cursor"]
        with Wire(server.port) as wire:
            wire.write(poll_bytes(self.pair.bob, cursor))
            wait_until(lambda: server.metric("polls_waiting") == 1)
            act()
            return [event["message"]["text"] for event in wire.answer().json()["events"]]

    def until_met(self) -> None:
        """Let ada speak until the first box has made a hint, because it has heard of the second."""

        def has_made_a_hint() -> bool:
            assert self.pair.send("is anybody there?").status == 200
            return self.pair.server.metric("hints_sent_total") > 0

        wait_until(has_made_a_hint, what="the boxes have met")


@pytest.fixture
def open_boxes(make_database: Callable[[], str], redis: Redis) -> Iterator[Callable[..., Boxes]]:
    """Give a function that starts two boxes."""
    with contextlib.ExitStack() as stack:

        def open_boxes(**settings: Any) -> Boxes:
            shared = {"store_url": make_database(), "bus_url": redis.url, "cache_prefix": "boxes", **settings}
            first, second = (stack.enter_context(serving(**shared)) for _ in range(2))
            return Boxes(meet(first), second)

        yield open_boxes


@pytest.mark.limit(seconds=90)
def test_a_message_crosses_at_once(open_boxes: Callable[..., Boxes]) -> None:
    boxes = open_boxes(delivery_sweep_seconds=NO_SWEEP_SECONDS)
    boxes.until_met()
    assert boxes.await_message(boxes.second, lambda: boxes.pair.send("across")) == ["across"]


@pytest.mark.limit(seconds=90)
def test_without_redis_the_box_goes_on_at_once_and_the_sweep_brings_the_rest(
    open_boxes: Callable[..., Boxes], redis: Redis
) -> None:
    boxes = open_boxes(delivery_sweep_seconds=2)
    boxes.until_met()
    redis.kill()
    assert boxes.await_message(boxes.pair.server, lambda: boxes.pair.send("same box")) == ["same box"]
    assert boxes.await_message(boxes.second, lambda: boxes.pair.send("across")) == ["across"]


@pytest.mark.limit(seconds=90)
def test_a_redis_that_stands_still_slows_nobody(open_boxes: Callable[..., Boxes], redis: Redis) -> None:
    boxes = open_boxes(delivery_sweep_seconds=2)
    boxes.until_met()
    redis.freeze()
    try:
        for text in ("one", "two", "three"):
            found = boxes.await_message(boxes.pair.server, lambda text=text: boxes.pair.send(text))
            assert found == [text]
        assert boxes.await_message(boxes.second, lambda: boxes.pair.send("across")) == ["across"]
    finally:
        redis.thaw()


@pytest.mark.limit(seconds=90)
def test_when_redis_is_back_the_boxes_sweep_at_once(open_boxes: Callable[..., Boxes], redis: Redis) -> None:
    boxes = open_boxes(delivery_sweep_seconds=NO_SWEEP_SECONDS)
    boxes.until_met()

    def lose_and_find() -> None:
        redis.kill()
        boxes.pair.send("while it was away")
        redis.start()

    assert boxes.await_message(boxes.second, lose_and_find) == ["while it was away"]


@pytest.mark.limit(seconds=90)
def test_the_workers_of_a_box_find_each_other_after_their_folder_was_deleted(
    make_database: Callable[[], str],
) -> None:
    settings = {"server_workers": 2, "delivery_sweep_seconds": NO_SWEEP_SECONDS}
    with serving(store_url=make_database(), **settings) as server:
        pair = meet(server)
        wait_until(lambda: len(list(server.bus_folder.glob("*.bus"))) == 2)
        shutil.rmtree(server.bus_folder)
        server.wait_for_two()
        first, second = server.workers()
        with server.connect_to(first) as listening, server.connect_to(second) as speaking:
            listening.write(poll_bytes(pair.bob, pair.cursor))
            assert pair.send("found", wire=speaking).status == 200
            assert [event["message"]["text"] for event in listening.answer().json()["events"]] == ["found"]
