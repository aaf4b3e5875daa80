"""The parts of the store that need no database: events, names, cursors, coalescing, breaker, retries."""

from collections.abc import Callable

import gevent
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imserver.errors import Conflict, InvalidCursor
from imserver.protocol.cursor import Cursor
from imserver.protocol.events import MESSAGE_CREATED, RECEIPT_READ, event_bytes, message_body, receipt_body
from imserver.protocol.types import Event, Message, MessageCreated, ReceiptRead
from imserver.store.cache.breaker import Breaker
from imserver.store.coalesce import KEYS_PER_QUERY, Coalescer
from imserver.store.contacts import FriendPlace, OnlinePlace
from imserver.store.database import TryAgain, with_retries
from imserver.store.folding import FOLDED_CHARACTERS, fold, prefix_range, word_starts
from imserver.store.keyset import open_place, seal

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT.filter(bool), st.text('aé😀"\\\n', min_size=1), st.integers(1, 2**62), st.integers(0, 2**32 - 1))
def test_event_bytes_are_what_the_types_say(text: str, name: str, useq: int, tag: int) -> None:
    message = Message(
        conversation_id="d1", seq=1, sender_id=name, client_id="ab" * 16, text=text, created_at=2
    )
    cursor = Cursor(useq, tag)
    data = event_bytes(MESSAGE_CREATED, message_body(message), cursor)
    assert msgspec.json.decode(data, type=Event) == MessageCreated(cursor=str(cursor), message=message)
    assert data == msgspec.json.encode(MessageCreated(cursor=str(cursor), message=message))
    body = receipt_body(conversation_id="d1", user_id=name, read_seq=4, unread=5)
    receipt = ReceiptRead(cursor=str(cursor), conversation_id="d1", user_id=name, read_seq=4, unread=5)
    assert event_bytes(RECEIPT_READ, body, cursor) == msgspec.json.encode(receipt)


@given(TEXT)
def test_folding_again_changes_nothing_and_a_name_is_found_by_its_own_beginning(name: str) -> None:
    folded = fold(name)
    assert len(folded) <= FOLDED_CHARACTERS
    assert word_starts(folded)[0] == folded
    low, high = prefix_range(name)
    assert low <= folded < high


def test_names_fold_as_people_expect() -> None:
    assert fold("  ADA \t Lovelace ") == "ada lovelace"
    assert fold("STRASSE") == fold("straße")
    assert word_starts("ada king lovelace") == ["ada king lovelace", "king lovelace", "lovelace"]
    assert len(word_starts(fold("a " * 60))) == 8


@given(st.integers(0, 2), TEXT, TEXT)
def test_a_sealed_place_opens_again_and_only_as_its_own_kind(listed: int, name: str, user_id: str) -> None:
    place = FriendPlace(listed, name, user_id)
    assert open_place(seal(place), FriendPlace) == place
    with pytest.raises(InvalidCursor):
        open_place(seal(place), OnlinePlace)


@given(st.text(max_size=40))
def test_garbage_is_an_invalid_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        open_place(text, FriendPlace)


def test_what_is_asked_for_in_one_tick_is_one_query_in_bounded_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks: list[Callable[[], None]] = []
    monkeypatch.setattr("imserver.store.coalesce.gevent.spawn_later", lambda _, flush: ticks.append(flush))
    asked: list[int] = []
    loader: Coalescer[int, int] = Coalescer(
        lambda keys: asked.append(len(keys)) or {key: -key for key in keys}
    )
    jobs = [gevent.spawn(loader.load, n % 1_100) for n in range(2_200)]
    gevent.sleep(0)
    (flush,) = ticks
    flush()
    gevent.joinall(jobs, raise_error=True)
    assert [job.value for job in jobs] == [-(n % 1_100) for n in range(2_200)]
    assert asked == [KEYS_PER_QUERY, KEYS_PER_QUERY, 100]


def test_a_query_that_fails_fails_for_all_who_asked_and_for_nobody_later() -> None:
    answers = iter([OSError("away"), {1: "one"}])

    def load(keys: list[int]) -> dict[int, str]:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    loader: Coalescer[int, str] = Coalescer(load)
    jobs = [gevent.spawn(loader.load, 1) for _ in range(3)]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs] == [OSError] * 3
    assert loader.load(1) == "one"


def test_one_who_asks_while_the_query_runs_gets_a_later_one() -> None:
    """The query that runs may not see what was committed since."""
    truth = {"row": "old"}

    def load(keys: list[str]) -> dict[str, str]:
        seen = dict(truth)
        gevent.sleep(0.02)
        return seen

    loader: Coalescer[str, str] = Coalescer(load)
    first = gevent.spawn(loader.load, "row")
    gevent.sleep(0.01)
    truth["row"] = "new"
    assert loader.load("row") == "new"
    assert first.get() == "old"


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures_to_open=3)
    for outcome in ("failed", "failed", "succeeded", "failed", "failed"):
        getattr(breaker, outcome)()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_a_missed_invalidation_opens_at_once_and_has_to_be_replayed_first() -> None:
    breaker = Breaker()
    breaker.remember("key", b"T")
    assert breaker.is_open
    assert not breaker.try_close()
    assert breaker.take_remembered() == {"key": b"T"}
    assert breaker.try_close()
    assert not breaker.is_open


def test_more_than_can_be_remembered_means_to_empty_the_server() -> None:
    breaker = Breaker(remembered_limit=10)
    for n in range(11):
        breaker.remember(str(n), b"T")
    assert breaker.must_flush
    assert not breaker.try_close()


def test_a_transaction_is_tried_four_times_and_then_its_error_is_raised() -> None:
    tries: list[int] = []

    def attempt() -> str:
        tries.append(1)
        raise TryAgain(Conflict())

    with pytest.raises(Conflict):
        with_retries(attempt)
    assert len(tries) == 4


def test_what_is_no_signal_is_raised_at_once() -> None:
    tries: list[int] = []

    def attempt() -> str:
        tries.append(1)
        raise LookupError

    with pytest.raises(LookupError):
        with_retries(attempt)
    assert len(tries) == 1
