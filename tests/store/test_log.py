"""Catching up with the log, and when that is refused."""

import gevent
import pytest

from imserver.errors import NotFound
from imserver.protocol.cursor import START, Cursor
from imserver.protocol.types import ResetReason
from imserver.store.database import Transaction
from imserver.store.log import BYTES_PER_ANSWER
from imserver.store.values import Backlog, Reset
from tests.store.town import Clock, Town


def fill(town: Town, count: int) -> str:
    """Send ``count`` messages from ada to bob."""
    talk = town.open("ada", "bob")
    for start in range(0, count, 20):
        town.say("ada", talk.id, *[str(n) for n in range(start, min(start + 20, count))])
    return talk.id


def read(town: Town, cursor: Cursor) -> Backlog | Reset:
    return town.store.log.read_backlog(town.site_id, "bob", cursor)


def place(town: Town, useq: int) -> Cursor:
    return next(Cursor(d.useq, d.tag) for d in town.told if d.user_id == "bob" and d.useq == useq)


def test_the_start_is_caught_up_with_until_nothing_is_left(town: Town) -> None:
    fill(town, 450)
    cursor, sizes = START, []
    while True:
        answer = read(town, cursor)
        assert isinstance(answer, Backlog)
        sizes.append((len(answer.events), answer.more))
        cursor = answer.cursor
        if not answer.more:
            break
    assert sizes == [(200, True), (200, True), (50, False)]
    assert read(town, cursor) == Backlog([], cursor, more=False)


@pytest.mark.limit(seconds=120)
def test_two_thousand_behind_is_caught_up_with_and_one_more_is_not(town: Town) -> None:
    fill(town, 2_002)
    assert read(town, place(town, 1)) == Reset(ResetReason.BEHIND)  # 2,001 behind
    for useq in (2, 3):  # 2,000 and 1,999 behind
        answer = read(town, place(town, useq))
        assert isinstance(answer, Backlog)
        assert len(answer.events) == 200


def test_one_answer_is_bounded_in_bytes(town: Town) -> None:
    talk = town.open("ada", "bob")
    for _ in range(3):
        town.say("ada", talk.id, *["😀" * 4_000] * 20)
    answer = read(town, START)
    assert isinstance(answer, Backlog)
    assert answer.more
    assert BYTES_PER_ANSWER - 17_000 < sum(map(len, answer.events)) <= BYTES_PER_ANSWER


def test_a_cursor_of_another_history_is_told_by_its_tag(town: Town) -> None:
    fill(town, 3)
    for useq in (2, 3):
        right = place(town, useq)
        assert read(town, Cursor(useq, right.tag ^ 1)) == Reset(ResetReason.TAG)
    assert read(town, Cursor(0, 1)) == Reset(ResetReason.TAG)


def test_a_cursor_ahead_of_the_log_is_refused(town: Town) -> None:
    fill(town, 3)
    assert read(town, Cursor(4, 1)) == Reset(ResetReason.AHEAD)
    assert read(town, Cursor(9_999_999_999_999_999_999, 1)) == Reset(ResetReason.AHEAD)


def test_a_restored_database_is_noticed_even_when_the_numbers_have_caught_up(town: Town) -> None:
    talk_id = fill(town, 5)
    before = place(town, 5)

    def restore(tx: Transaction) -> None:
        """Go back to when there were 3."""
        tx.script("DELETE FROM inbox WHERE useq > 3")
        tx.script("DELETE FROM messages WHERE seq > 3")
        tx.script("UPDATE conversations SET last_seq = 3")
        tx.script(
            "UPDATE streams SET head_tag = (SELECT tag FROM inbox i WHERE i.site_id = streams.site_id "
            "AND i.user_id = streams.user_id AND i.useq = 3), head = 3 WHERE head > 3"
        )

    town.store.database.write(restore)
    assert read(town, before) == Reset(ResetReason.AHEAD)
    town.say("ada", talk_id, "new 4", "new 5")
    assert read(town, before) == Reset(ResetReason.TAG)
    town.say("ada", talk_id, "new 6")
    assert read(town, before) == Reset(ResetReason.TAG)


def test_below_the_floor_is_reset_and_the_newest_row_is_never_trimmed(town: Town, clock: Clock) -> None:
    fill(town, 30)
    clock.pass_seconds(31 * 24 * 3600)
    assert town.store.upkeep.trim(clock.now_ms) == 2 * 29
    assert town.store.upkeep.trim(clock.now_ms) == 0
    head = town.store.log.fetch_head(town.site_id, "bob")
    assert (head.useq, head.floor) == (30, 29)
    assert read(town, START) == Reset(ResetReason.FLOOR)
    assert read(town, place(town, 29)) == Reset(ResetReason.FLOOR)
    assert read(town, head.cursor) == Backlog([], head.cursor, more=False)
    town.say("ada", town.open("ada", "bob").id, "after the trim")
    answer = read(town, head.cursor)
    assert isinstance(answer, Backlog)
    assert len(answer.events) == 1


def test_trimming_keeps_a_number_of_rows_in_bounded_bites(town: Town, clock: Clock) -> None:
    fill(town, 1_500)
    assert town.store.upkeep.trim(clock.now_ms, kept_rows=100) == 2 * 1_400
    assert town.store.log.fetch_head(town.site_id, "bob").floor == 1_400
    answer = read(town, place(town, 1_401))
    assert isinstance(answer, Backlog)
    assert len(answer.events) == 99


def test_heads_asked_for_together_share_a_query(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(town, 1)
    reads: list[int] = []
    real = town.store.database.read
    monkeypatch.setattr(town.store.database, "read", lambda work: reads.append(1) or real(work))
    people = ["ada", "bob", "cyd"] * 20
    looks = town.store.log._arriving
    # The tick ends when all have asked, however long the machine takes for that.
    monkeypatch.setattr(looks, "_tick_seconds", 60.0)
    jobs = [gevent.spawn(town.store.log.fetch_head, town.site_id, user_id) for user_id in people]
    gevent.idle()
    looks._flush()
    gevent.joinall(jobs, raise_error=True)
    assert [job.value.useq for job in jobs] == [1, 1, 0] * 20
    assert len(reads) == 1


def test_heads_of_a_thousand_users_come_with_those_who_exist(town: Town) -> None:
    fill(town, 2)
    asked = [(town.site_id, f"u{n}") for n in range(1_000)] + [(town.site_id, "bob"), ("elsewhere", "bob")]
    assert {user_id: head.useq for (_, user_id), head in town.store.log.load_heads(asked).items()} == {
        "bob": 2
    }


def test_someone_unknown_has_no_log(town: Town) -> None:
    with pytest.raises(NotFound):
        town.store.log.fetch_head(town.site_id, "nobody")
    with pytest.raises(NotFound):
        town.store.log.read_backlog("elsewhere", "bob", START)
