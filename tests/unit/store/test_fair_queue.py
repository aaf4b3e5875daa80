"""The writer's queue: in turn by site, and the one who floods gives way."""

from imserver.store.fair_queue import (
    SHARED_SECONDS,
    SITE_WEIGHT,
    WORTH_A_COMMIT,
    FairQueue,
    SitePace,
    Taken,
)

ALL = Taken(jobs=600, weight=800)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def queue(limit: int = 5_000, clock: Clock | None = None, per_second: int = 0) -> FairQueue[str]:
    """Give a queue of jobs that weigh the number behind their colon, or 1; marks are no messages."""
    return FairQueue(
        limit=limit,
        weigh=weight_of,
        messages=lambda job: 0 if job.startswith("mark") else weight_of(job),
        per_second=per_second,
        clock=clock or Clock(),
    )


def weight_of(job: str) -> int:
    return int(job.partition(":")[2] or 1)


def fill(line: FairQueue[str], site_id: str, count: int) -> None:
    for number in range(count):
        assert line.add(site_id, f"{site_id}{number}") is None


def test_one_site_alone_has_the_whole_batch_in_its_order() -> None:
    line = queue()
    fill(line, "a", 700)
    assert line.take(ALL) == [f"a{number}" for number in range(600)]
    assert line.take(ALL) == [f"a{number}" for number in range(600, 700)]
    assert len(line) == 0


def test_whoever_comes_behind_a_flood_is_in_the_next_batch() -> None:
    line = queue()
    fill(line, "flood", 3_000)
    line.take(ALL)
    line.add("quiet", "hello")
    batch = line.take(ALL)
    assert "hello" in batch
    assert len(batch) == SITE_WEIGHT + 1


def test_a_flood_fills_no_batch_while_others_send_now_and_then() -> None:
    clock = Clock()
    line = queue(clock=clock)
    line.add("quiet", "hello")
    line.take(ALL)
    fill(line, "flood", 3_000)
    clock.now += SHARED_SECONDS - 1
    assert len(line.take(ALL)) == SITE_WEIGHT
    clock.now += 2
    assert len(line.take(ALL)) == 600


def test_where_commits_take_long_anyway_each_site_has_more_of_one() -> None:
    line = queue()
    fill(line, "a", 300)
    fill(line, "b", 3_000)
    assert len(line.take(ALL, commit_seconds=0.003)) == 2 * SITE_WEIGHT
    assert len(line.take(ALL, commit_seconds=0.1)) == 2 * 125
    # And never more than a batch may hold.
    assert len(line.take(ALL, commit_seconds=5.0)) == ALL.jobs


def beside_a_flood(clock: Clock, *, per_second: int) -> FairQueue[str]:
    """Give a queue whose flood has had all that it may at once."""
    line = queue(clock=clock, per_second=per_second)
    line.add("quiet", "hello")
    fill(line, "flood", 1_000)
    line.take(ALL)
    assert line.take(ALL) == []
    return line


def test_a_flood_waits_for_its_pace_until_it_is_worth_a_commit() -> None:
    clock = Clock()
    line = beside_a_flood(clock, per_second=50)
    pause = line.pause_seconds()
    assert round(pause, 3) == WORTH_A_COMMIT / 50
    clock.now += pause - 0.001
    assert line.pause_seconds() > 0
    clock.now += 0.002
    assert line.pause_seconds() == 0
    assert len(line.take(ALL)) == WORTH_A_COMMIT


def test_a_word_beside_a_flood_that_waits_is_committed_at_once_and_alone() -> None:
    line = beside_a_flood(Clock(), per_second=50)
    line.add("quiet", "and now")
    assert line.pause_seconds() == 0
    assert line.take(ALL) == ["and now"]
    assert line.pause_seconds() > 0


def test_a_flood_gets_its_rate_however_the_time_is_cut() -> None:
    clock = Clock()
    line = beside_a_flood(clock, per_second=50)
    taken = 0
    for _ in range(1_000):
        clock.now += 0.003
        taken += 0 if line.pause_seconds() else len(line.take(ALL))
    assert abs(taken - 150) <= SITE_WEIGHT


def test_a_job_that_is_more_than_a_site_may_send_at_once_is_paid_for_later() -> None:
    clock = Clock()
    line = queue(clock=clock, per_second=50)
    line.add("quiet", "hello")
    line.take(ALL)
    line.add("a", "x:40")
    line.add("a", "y:40")
    assert line.take(ALL) == ["x:40"]
    assert round(line.pause_seconds(), 3) == 0.5
    clock.now += 0.51
    assert line.take(ALL) == ["y:40"]


def test_a_pace_holds_however_long_commits_take() -> None:
    clock = Clock()
    line = beside_a_flood(clock, per_second=500)
    taken = 0
    for _ in range(10):
        clock.now += 0.15
        taken += len(line.take(ALL, commit_seconds=0.15))
    assert abs(taken - 500 * 10 * 0.15) <= 0.15 * 1_250


def test_marks_are_no_messages_and_keep_no_pace() -> None:
    line = queue(per_second=10)
    line.add("quiet", "hello")
    fill(line, "mark", 3 * SITE_WEIGHT)
    assert [len(line.take(ALL)) for _ in range(3)] == [SITE_WEIGHT + 1, SITE_WEIGHT, SITE_WEIGHT]


def test_nobody_waits_for_a_pace_alone_without_a_limit_or_at_the_end() -> None:
    alone, free, ending = queue(per_second=10), queue(), beside_a_flood(Clock(), per_second=10)
    fill(alone, "flood", 100)
    fill(free, "flood", 100)
    free.add("quiet", "hello")
    ending.hurry()
    for line in (alone, free, ending):
        while len(line):
            assert line.pause_seconds() == 0
            assert line.take(ALL)
    assert alone.pause_seconds() == 0


def test_many_sites_are_served_in_turn_though_a_batch_cannot_hold_them() -> None:
    line = queue()
    for number in range(60):
        fill(line, f"s{number}-", 50)
    first, second = line.take(ALL), line.take(ALL)
    served = {job.partition("-")[0] for job in first}
    assert len(first) == len(second) == 600
    assert served | {job.partition("-")[0] for job in second} == {f"s{number}" for number in range(60)}


def test_a_batch_is_full_by_weight_too() -> None:
    line = queue()
    for number in range(60):
        line.add("a", f"{number}:20")
    assert len(line.take(ALL)) == 40


def test_a_full_queue_takes_the_place_from_the_longest_line() -> None:
    line = queue(limit=4)
    fill(line, "flood", 4)
    assert line.add("quiet", "hello") == "flood3"
    assert line.add("flood", "more") == "more"
    assert line.take(ALL) == ["flood0", "flood1", "flood2", "hello"]


def test_a_queue_without_room_refuses_what_comes() -> None:
    assert queue(limit=0).add("a", "a0") == "a0"


def test_a_pace_allows_a_second_at_once_and_then_the_rate() -> None:
    clock = Clock()
    pace = SitePace(per_second=10, clock=clock)
    assert [pace.take("a", 1, at_once=10) for _ in range(10)] == [0.0] * 10
    assert round(pace.take("a", 1, at_once=10), 3) == 0.1
    assert pace.take("b", 5, at_once=10) == 0.0
    clock.now += 0.5
    assert pace.take("a", 5, at_once=10) == 0.0
    assert pace.take("a", 1, at_once=10) > 0
    clock.now += 60
    assert pace.take("a", 20, at_once=10) == 0.0


def test_a_pace_of_nothing_is_no_limit() -> None:
    pace = SitePace(per_second=0, clock=Clock())
    assert {pace.take("a", 1_000, at_once=0) for _ in range(1_000)} == {0.0}


def test_who_is_not_free_is_passed_over_and_keeps_the_place() -> None:
    waiting = queue()
    for job in ("a1", "b1", "a2", "b2", "a3"):
        waiting.add("s", job)
    assert waiting.take(ALL, is_free=lambda job: job.startswith("b")) == ["b1", "b2"]
    assert len(waiting) == 3
    waiting.add("s", "b3")
    assert waiting.take(ALL) == ["a1", "a2", "a3", "b3"]


def test_no_more_are_passed_over_than_a_batch_holds() -> None:
    waiting = queue()
    for n in range(10):
        waiting.add("s", f"a{n}")
    looked_at: list[str] = []

    def is_free(job: str) -> bool:
        looked_at.append(job)
        return False

    assert waiting.take(Taken(jobs=3, weight=800), is_free=is_free) == []
    assert looked_at == ["a0", "a1", "a2"]
    assert len(waiting) == 10
