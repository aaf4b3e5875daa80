"""Who follows a room: distinct people over all workers, exactly or by a sample."""

import pytest

from imserver.readers import (
    FORGET_SECONDS,
    LINGER_SECONDS,
    MANY,
    REPEAT_SECONDS,
    SAMPLE,
    ReaderBook,
    Readers,
)
from tests.unit.poll_desk import Clock

ROOM = ("demo", "r1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> ReaderBook:
    return ReaderBook(clock=clock)


def ids(book: ReaderBook) -> set[str]:
    return set(book.readers_of(ROOM).user_ids)


def only(*user_ids: str) -> Readers:
    return Readers(0, frozenset(user_ids))


def fill(book: ReaderBook, count: int, *, start: int = 0) -> None:
    for number in range(start, start + count):
        book.enter(ROOM, f"user{number}")


def test_a_person_with_two_devices_is_one(book: ReaderBook, clock: Clock) -> None:
    book.enter(ROOM, "ada")
    book.enter(ROOM, "ada")
    book.leave(ROOM, "ada")
    clock.now += LINGER_SECONDS
    book.take_news()
    assert ids(book) == {"ada"}


def test_who_is_between_two_polls_is_still_there(book: ReaderBook, clock: Clock) -> None:
    book.enter(ROOM, "ada")
    assert book.take_news() == [(ROOM, only("ada"))]
    book.leave(ROOM, "ada")
    clock.now += LINGER_SECONDS - 1
    book.enter(ROOM, "ada")
    clock.now += LINGER_SECONDS
    assert book.take_news() == []
    assert ids(book) == {"ada"}


def test_who_has_left_is_told_once_the_time_is_over(book: ReaderBook, clock: Clock) -> None:
    book.enter(ROOM, "ada")
    book.take_news()
    book.leave(ROOM, "ada")
    assert book.take_news() == []
    clock.now += LINGER_SECONDS
    assert book.take_news() == [(ROOM, only())]
    assert ids(book) == set()
    clock.now += REPEAT_SECONDS
    assert book.take_news() == []


def test_leaving_what_was_never_entered_changes_nothing(book: ReaderBook) -> None:
    book.enter(ROOM, "ada")
    book.leave(ROOM, "bob")
    book.leave(("demo", "r2"), "ada")
    assert ids(book) == {"ada"}


def test_people_on_several_workers_count_once(book: ReaderBook) -> None:
    book.enter(ROOM, "ada")
    book.note("w1", ROOM, only("ada", "bob"))
    book.note("w2", ROOM, only("bob", "cyd"))
    assert ids(book) == {"ada", "bob", "cyd"}
    book.note("w2", ROOM, only())
    assert ids(book) == {"ada", "bob"}


def test_a_worker_that_was_killed_is_forgotten_and_one_that_repeats_is_not(
    book: ReaderBook, clock: Clock
) -> None:
    book.note("killed", ROOM, only("ada"))
    book.note("living", ROOM, only("bob"))
    clock.now += FORGET_SECONDS - 1
    book.note("living", ROOM, only("bob"))
    clock.now += 1
    assert ids(book) == {"bob"}
    book.take_news()
    assert ids(book) == {"bob"}


def test_every_room_is_told_again_for_workers_that_come_later(book: ReaderBook, clock: Clock) -> None:
    book.enter(ROOM, "ada")
    book.take_news()
    clock.now += REPEAT_SECONDS
    assert book.take_news() == [(ROOM, only("ada"))]


@pytest.mark.parametrize("count", [SAMPLE, SAMPLE + 1, 3_000, MANY + 1, 40_000])
def test_a_large_room_is_a_sample_that_stands_for_all(book: ReaderBook, count: int) -> None:
    half = count // 2
    fill(book, half)
    other = ReaderBook(clock=Clock())
    # A third is on both workers.
    fill(other, count - half // 3, start=half // 3)
    ((_, told),) = other.take_news()
    book.note("w1", ROOM, told)
    level, sample = book.readers_of(ROOM)
    assert len(told.user_ids) <= SAMPLE
    assert len(sample) <= SAMPLE
    assert (level == 0) == (count <= SAMPLE)
    assert count * 0.75 <= len(sample) << level <= count * 1.25


def test_a_huge_room_is_looked_at_only_when_it_is_due(book: ReaderBook, clock: Clock) -> None:
    fill(book, MANY + 1)
    book.take_news()
    fill(book, MANY, start=MANY + 1)
    assert book.take_news() == []
    clock.now += REPEAT_SECONDS
    ((_, told),) = book.take_news()
    assert told == book.readers_of(ROOM)
    assert len(told.user_ids) << told.level > 1.5 * MANY
