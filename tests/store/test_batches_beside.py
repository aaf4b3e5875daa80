"""Two batches beside each other: when the second begins, what it leaves alone, that all keep their order."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.event import Event

from imserver.store import Store
from imserver.store.writer import Writer
from tests.services import wait_until
from tests.store.town import Clock, Town, new

BESIDE_JOBS = 40


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imserver.store.writer.BESIDE_JOBS", BESIDE_JOBS)


class Doors:
    """The real database; each transaction waits at a door of its own until it is let through."""

    writes_at_once = 2

    def __init__(self, database: Any) -> None:
        self._database = database
        self.doors: list[Event] = []

    def write(self, work: Callable[[Any], Any]) -> Any:
        door = Event()
        self.doors.append(door)
        door.wait()
        return self._database.write(work)


class Pairs:
    """Many who talk in twos, and a writer whose batches can be held."""

    def __init__(self, town: Town, clock: Clock, count: int) -> None:
        self.town = town
        people = [(f"a{n}", f"b{n}") for n in range(count)]
        for user_id in (each for pair in people for each in pair):
            town.add(user_id)
        self.talks = {first: town.open(first, second).id for first, second in people}
        self.database = Doors(town.store.database)
        self.writer = Writer(self.database, now_ms=clock)  # type: ignore[arg-type]
        self.answers: list[tuple[str, Any]] = []

    def send(self, sender: str, talk: str) -> None:
        self.writer.submit_send(
            self.town.site_id, sender, talk, [new(sender)], lambda answer: self.answers.append((talk, answer))
        )

    def open_all(self) -> None:
        """Let everything through from now on."""

        def open_doors() -> None:
            while True:
                for door in self.database.doors:
                    door.set()
                gevent.sleep(0.001)

        opening = gevent.spawn(open_doors)
        self.writer.close()
        opening.kill()


def test_a_second_batch_begins_when_many_wait_and_leaves_alone_what_is_under_way(
    town: Town, clock: Clock
) -> None:
    pairs = Pairs(town, clock, BESIDE_JOBS + 1)
    busy = pairs.talks["a0"]
    pairs.send("a0", busy)
    wait_until(lambda: len(pairs.database.doors) == 1)
    pairs.send("b0", busy)
    for n in range(1, BESIDE_JOBS):
        pairs.send(f"a{n}", pairs.talks[f"a{n}"])
    wait_until(lambda: len(pairs.database.doors) == 2)
    assert pairs.writer.waiting_count() == 1, "the answer to what is under way waits"
    pairs.database.doors[1].set()
    wait_until(lambda: len(pairs.answers) == BESIDE_JOBS - 1)
    assert busy not in dict(pairs.answers)
    pairs.open_all()
    page = town.store.history.page(town.site_id, "a0", busy, limit=10)
    assert [(message.seq, message.text) for message in page.data] == [(1, "a0"), (2, "b0")]


def test_few_wait_for_the_batch_that_is_under_way(town: Town, clock: Clock) -> None:
    pairs = Pairs(town, clock, 12)
    pairs.send("a0", pairs.talks["a0"])
    wait_until(lambda: len(pairs.database.doors) == 1)
    for n in range(1, 12):
        pairs.send(f"a{n}", pairs.talks[f"a{n}"])
    gevent.sleep(0.02)
    assert len(pairs.database.doors) == 1
    pairs.open_all()
    assert len(pairs.answers) == 12


def test_sends_of_everybody_at_once_are_stored_and_told_in_order(
    store: Store, town: Town, clock: Clock
) -> None:
    """On the real engine: on MariaDB two batches at a time, which share nobody but by mistake."""
    pairs = Pairs(town, clock, 150)
    told: list[Any] = []
    writer = Writer(store.database, now_ms=clock, on_commit=told.extend)
    answers: list[Any] = []
    for _ in range(4):
        for n in range(150):
            talk = pairs.talks[f"a{n}"]
            writer.submit_send(town.site_id, f"a{n}", talk, [new("x")], answers.append)
            writer.submit_send(town.site_id, f"b{n}", talk, [new("x")], answers.append)
    writer.close()
    assert len([answer for answer in answers if answer.messages[0].seq in range(1, 9)]) == 1_200
    numbers: dict[str, list[int]] = {}
    for delivery in told:
        numbers.setdefault(delivery.user_id, []).append(delivery.useq)
    assert len(numbers) == 300
    assert all(found == sorted(found) and len(found) == 8 for found in numbers.values())
