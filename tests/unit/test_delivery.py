"""What workers tell each other: each kind of hint comes to who listens to it, and to nobody else."""

from typing import Any

import pytest

from imserver.metrics import Metrics
from imserver.readers import Readers
from imserver.router import Router
from imserver.services.delivery import Delivery
from imserver.store.values import Delivery as StoredDelivery
from imserver.store.values import room_stream
from tests.unit.poll_desk import Clock


class Pair:
    """Two workers; what the first publishes the second receives, and notes who was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.second = self._worker(lambda raw: None)
        self.first = self._worker(self.second.receive)
        for name in ("on_session_ended", "on_share", "on_relations", "on_left", "on_readers", "on_room"):
            setattr(self.second, name, lambda *said, name=name: self.calls.append((name, *said)))

    def _worker(self, publish: Any) -> Delivery:
        router = Router(linger_seconds=45, clock=Clock())
        return Delivery(router, publish, is_alone=lambda: False, metrics=Metrics())


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_that_relations_have_changed_is_no_share_of_connections(pair: Pair) -> None:
    pair.first.tell_relations("demo")
    assert pair.calls == [("on_relations", "demo")]


def test_shares_sessions_and_leaving_come_to_who_listens(pair: Pair) -> None:
    pair.first.tell_share("w1", 7)
    pair.first.tell_session_ended(b"s1")
    pair.first.tell_left("demo", "ada", "r1")
    assert pair.calls == [
        ("on_share", "w1", 7),
        ("on_session_ended", b"s1"),
        ("on_left", "demo", "ada", "r1"),
    ]


def test_who_follows_a_room_comes_as_it_was_told(pair: Pair) -> None:
    readers = Readers(3, frozenset({"ada", "b\u00f6b"}))
    pair.first.tell_readers("w1", [(("demo", "r1"), readers), (("demo", "r2"), Readers(0, frozenset()))])
    assert pair.calls == [
        ("on_readers", "w1", ("demo", "r1"), readers),
        ("on_readers", "w1", ("demo", "r2"), Readers(0, frozenset())),
    ]


def test_what_happens_in_a_room_is_noted_on_both_workers_and_a_persons_event_is_not(pair: Pair) -> None:
    noted: list[tuple[str, str]] = []
    pair.first.on_room = noted.append
    pair.first.tell(
        [StoredDelivery("demo", who, 1, 1, b"{}", 0) for who in ("ada", room_stream("r1"))],
    )
    room = ("demo", room_stream("r1"))
    assert noted == [room]
    assert pair.calls == [("on_room", room)]
