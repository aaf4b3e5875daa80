"""Typing is told to the others who take part, in its order, after one look for many conversations."""

from collections.abc import Callable, Sequence
from typing import Any

import gevent
import pytest

from imserver.errors import NotFound, ServiceError, Unavailable
from imserver.services.typing import KNOWN_SECONDS, Typing
from tests.services import wait_until
from tests.unit.poll_desk import Clock, nothing

Key = tuple[str, str]


class FakeStore:
    """Two people in each of some conversations; a test may act while they are looked up."""

    def __init__(self) -> None:
        self.conversations = self
        self.parts: dict[Key, tuple[str, ...]] = {
            ("demo", f"d{number}"): ("ada", "bob") for number in range(100)
        }
        self.looks: list[list[Key]] = []
        self.during: Callable[[], object] = nothing
        self.error: Exception | None = None

    def load_parts(self, keys: Sequence[Key]) -> dict[Key, tuple[str, ...]]:
        self.looks.append(list(keys))
        act, self.during = self.during, nothing
        act()
        if self.error is not None:
            raise self.error
        return {key: self.parts[key] for key in keys if key in self.parts}


class FakeDelivery:
    def __init__(self) -> None:
        self.told: list[tuple[str, str, bytes]] = []

    def tell_fleeting(self, site_id: str, user_id: str, event: bytes) -> None:
        self.told.append((site_id, user_id, event))


class Room:
    def __init__(self) -> None:
        self.store, self.delivery, self.clock = FakeStore(), FakeDelivery(), Clock()
        store: Any = self.store
        delivery: Any = self.delivery
        self.typing = Typing(store, delivery, clock=self.clock)

    def tell(self, conversation: str = "d1", *, user: str = "ada", typing: bool = True) -> None:
        self.typing.tell("demo", user, conversation, typing=typing)

    def kinds(self) -> list[str]:
        return ["started" if b"started" in event else "stopped" for _, _, event in self.delivery.told]


@pytest.fixture
def room() -> Room:
    return Room()


def test_the_other_is_told_and_oneself_is_not(room):
    room.tell()
    assert room.delivery.told == [
        ("demo", "bob", b'{"type":"typing.started","conversation_id":"d1","user_id":"ada"}')
    ]


def test_conversations_of_the_same_moment_share_a_look(room):
    gevent.joinall([gevent.spawn(room.tell, f"d{number}") for number in range(100)], raise_error=True)
    assert len(room.store.looks) == 1
    assert len(room.delivery.told) == 100


def test_what_is_known_is_not_looked_up_for_a_while(room):
    for _ in range(3):
        room.tell()
    assert len(room.store.looks) == 1


def test_what_is_growing_old_serves_on_while_it_is_looked_up(room):
    room.tell()
    room.clock.now += KNOWN_SECONDS
    answers: list[ServiceError | None] = []
    room.typing.submit("demo", "ada", "d1", typing=False, on_answer=answers.append)
    assert answers == [None]
    wait_until(lambda: len(room.store.looks) == 2)
    room.clock.now += 3 * KNOWN_SECONDS
    room.store.parts.clear()
    with pytest.raises(NotFound):
        room.tell()


def test_stopped_never_overtakes_started(room):
    answers: list[ServiceError | None] = []
    submit = room.typing.submit
    submit("demo", "ada", "d1", typing=True, on_answer=answers.append)
    room.store.during = lambda: submit("demo", "ada", "d1", typing=False, on_answer=answers.append)
    room.tell(typing=True)
    assert room.kinds() == ["started", "started", "stopped"]
    assert answers == [None, None]


def test_it_does_not_exist_for_somebody_else(room):
    with pytest.raises(NotFound):
        room.tell(user="eve")
    with pytest.raises(NotFound):
        room.tell("d-absent")
    assert room.delivery.told == []


def test_a_database_that_is_away_is_told_to_whoever_asked(room):
    room.store.error = Unavailable()
    with pytest.raises(Unavailable):
        room.tell()
    room.store.error = None
    room.tell()
    assert room.kinds() == ["started"]
