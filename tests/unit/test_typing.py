"""Typing is told to the others who take part, in its order, after one look for many conversations."""

from collections.abc import Callable, Sequence
from typing import Any

import gevent
import pytest

from imserver.errors import NotFound, ServiceError, Unavailable
from imserver.services.typing import KNOWN_SECONDS, Typing
from imserver.store.hearers import Hearer, Hearers
from tests.unit.poll_desk import nothing

Key = tuple[str, str]


def hearer(user_id: str, *, shows: bool = True, shy: bool = False) -> Hearer:
    return Hearer(user_id, shows, shy)


class FakeStore:
    """Two people in each of some conversations; a test may act while they are looked up."""

    def __init__(self) -> None:
        self.hearers = self
        self.parts: dict[Key, tuple[Hearer, ...]] = {
            ("demo", f"d{number}"): (hearer("ada"), hearer("bob")) for number in range(100)
        }
        self.walls: set[tuple[str, str, str]] = set()
        self.looks: list[list[Key]] = []
        self.asked: list[set[Key]] = []
        self.during: Callable[[], object] = nothing
        self.error: Exception | None = None

    def load(self, keys: Sequence[Key], who: set[Key]) -> Hearers:
        self.looks.append(list(keys))
        self.asked.append(who)
        act, self.during = self.during, nothing
        act()
        if self.error is not None:
            raise self.error
        return Hearers({key: self.parts[key] for key in keys if key in self.parts}, self.walls)


class FakeDelivery:
    def __init__(self) -> None:
        self.told: list[tuple[str, str, bytes]] = []

    def tell_fleeting(self, site_id: str, user_id: str, event: bytes) -> None:
        self.told.append((site_id, user_id, event))


class Room:
    def __init__(self) -> None:
        self.store, self.delivery = FakeStore(), FakeDelivery()
        store: Any = self.store
        delivery: Any = self.delivery
        self.now = 0.0
        self.typing = Typing(store, delivery, clock=lambda: self.now)

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
    assert len(room.store.looks) < 20, "some few, however slow the machine is"
    assert len(room.delivery.told) == 100


def test_who_has_been_looked_up_is_known_for_a_while(room):
    for _ in range(3):
        room.tell()
    assert len(room.store.looks) == 1
    room.tell(user="bob")
    assert len(room.store.looks) == 2, "whose walls were not asked for"
    room.now += 2.5 * KNOWN_SECONDS
    room.tell()
    assert len(room.store.looks) == 3


@pytest.mark.parametrize("site_id", ["demo", None])
def test_a_change_of_who_may_know_of_whom_counts_at_once(room, site_id):
    room.tell()
    room.store.walls = {("demo", "ada", "bob")}
    room.typing.forget("another")
    room.tell()
    room.typing.forget(site_id)
    room.tell()
    assert len(room.delivery.told) == 2


def test_what_was_read_before_a_change_is_not_kept_after_it(room):
    room.store.during = room.typing.forget
    room.tell()
    room.tell()
    assert len(room.store.looks) == 2


def test_nobody_hears_across_a_wall(room):
    room.store.parts["demo", "d1"] = (hearer("ada"), hearer("bob"), hearer("cyd"))
    room.store.walls = {("demo", "ada", "bob")}
    room.tell()
    assert [user for _, user, _ in room.delivery.told] == ["cyd"]


def test_who_does_not_show_typing_neither_tells_nor_hears(room):
    room.store.parts["demo", "d1"] = (hearer("ada"), hearer("bob", shows=False), hearer("cyd"))
    room.tell(user="bob")
    assert room.delivery.told == []
    room.tell(user="ada")
    assert [user for _, user, _ in room.delivery.told] == ["cyd"]


def test_who_is_invisible_hears_and_tells_nobody(room):
    room.store.parts["demo", "d1"] = (hearer("ada"), hearer("bob", shy=True))
    room.tell(user="bob")
    assert room.delivery.told == []
    room.tell(user="ada")
    assert [user for _, user, _ in room.delivery.told] == ["bob"]


def test_one_who_speaks_up_during_a_look_is_looked_at_by_the_next(room):
    """Whose walls were not asked for must not be told of."""
    answers: list[ServiceError | None] = []
    submit = room.typing.submit
    room.store.during = lambda: submit("demo", "bob", "d1", typing=True, on_answer=answers.append)
    room.tell(user="ada")
    room.tell("d2")
    assert room.store.asked[:2] == [{("demo", "ada")}, {("demo", "bob")}]
    assert answers == [None]
    assert [user for _, user, _ in room.delivery.told] == ["bob", "ada", "bob"]


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
