"""Who is new, and what the limits let them do."""

import pytest

from imserver.errors import InvalidRequest
from imserver.store.newcomers import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Newcomer,
    NewcomerRules,
    PastSend,
    Standing,
    has_link,
    simulate,
)

NOW = 1_700_000_000_000
RULES = NewcomerRules(days=3)


def standing(
    *, created: int = NOW, joined: int = 0, posts: int = -1, trust: int = -1, moderator: int = 0
) -> Standing:
    return Standing("town", "bob", 0, created, joined, posts, trust, moderator)


@pytest.mark.parametrize(
    ("rules", "who", "is_new"),
    [
        (NewcomerRules(), standing(), False),
        (RULES, standing(), True),
        (RULES, standing(created=NOW - 3 * DAY_MS), False),
        (RULES, standing(joined=NOW - 3 * DAY_MS), False),
        (RULES, standing(created=NOW - 30 * DAY_MS, joined=NOW - DAY_MS), True),
        (RULES, standing(moderator=1), False),
        (NewcomerRules(posts=5), standing(posts=4), True),
        (NewcomerRules(posts=5), standing(posts=5), False),
        (NewcomerRules(posts=5), standing(), False),
        (NewcomerRules(days=3, trust=2), standing(trust=2), False),
        (NewcomerRules(days=3, trust=2), standing(trust=1), True),
        (NewcomerRules(days=3, trust=2), standing(), True),
    ],
)
def test_who_is_new(rules: NewcomerRules, who: Standing, is_new: bool) -> None:
    assert rules.covers(who, now=NOW) is is_new


def test_each_window_lets_so_many_through_and_says_how_long_to_wait() -> None:
    times: list[int] = []
    assert RULES.wait_ms(times, count=2, now=NOW) == 0
    times += [NOW, NOW + 1_000]
    assert RULES.wait_ms(times, now=NOW + 20_000) == 40_000
    assert RULES.wait_ms(times, now=NOW + MINUTE_MS) == 0
    times += [NOW + 2 * MINUTE_MS, NOW + 3 * MINUTE_MS, NOW + 4 * MINUTE_MS]
    assert RULES.wait_ms(times, now=NOW + 6 * MINUTE_MS) == 4 * MINUTE_MS
    assert RULES.wait_ms(times, now=NOW + 10 * MINUTE_MS) == 0


def test_the_hour_and_the_day_have_their_limits() -> None:
    hour = [NOW + n * 4 * MINUTE_MS for n in range(15)]
    assert RULES.wait_ms(hour, now=NOW + 59 * MINUTE_MS) == MINUTE_MS
    day = [NOW + n * 20 * MINUTE_MS for n in range(50)]
    assert RULES.wait_ms(day, now=NOW + 20 * HOUR_MS) == 4 * HOUR_MS


def test_more_at_once_than_ever_pass_wait_for_the_whole_time() -> None:
    assert RULES.wait_ms([], count=3, now=NOW) == MINUTE_MS
    assert NewcomerRules(days=1, per_minute=0).wait_ms([], count=3, now=NOW) == 0


def test_a_clock_that_was_ahead_holds_nobody_back_for_longer_than_the_rule() -> None:
    newcomer = Newcomer(times=[NOW + DAY_MS], talks={"c1": NOW + DAY_MS})
    newcomer.note(1, now=NOW)
    assert newcomer.times == [NOW, NOW]
    assert newcomer.talks == {"c1": NOW}


def test_what_is_kept_of_a_newcomer_is_forgotten_in_time() -> None:
    newcomer = Newcomer(times=[NOW - DAY_MS, NOW - 1], talks={"c1": NOW - HOUR_MS, "c2": NOW - 1})
    newcomer.note(2, now=NOW, begins="c3")
    assert newcomer.times == [NOW - 1, NOW, NOW]
    assert newcomer.talks == {"c2": NOW - 1, "c3": NOW}


def test_conversations_begun_are_counted_once_each() -> None:
    rules = NewcomerRules(days=1, talks_per_hour=2)
    newcomer = Newcomer(talks={"c1": NOW, "c2": NOW + 5})
    assert newcomer.talks_wait_ms(rules, "c2", now=NOW + 10) == 0
    assert newcomer.talks_wait_ms(rules, "c3", now=NOW + 10) == HOUR_MS - 10
    assert newcomer.talks_wait_ms(rules, "c3", now=NOW + HOUR_MS) == 0


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("see https://spam.example/x", True),
        ("www.spam.example", True),
        ("go to spam.com now", True),
        ("spam.ru/offer", True),
        ("SPAM.COM", True),
        ("tg://join", True),
        ("nothing here. Really", False),
        ("version 1.2.3", False),
        ("e.g. this", False),
        ("file.txt", False),
        ("done.Then we left", False),
    ],
)
def test_links_are_found(text: str, is_link: bool) -> None:
    assert has_link(text) is is_link


@pytest.mark.parametrize("field", ["days", "per_minute", "hold_first", "trust"])
def test_numbers_that_cannot_be_meant_are_refused(field: str) -> None:
    for number in (-1, 10_001):
        with pytest.raises(InvalidRequest, match=field):
            NewcomerRules(**{field: number}).check()


def test_a_simulation_counts_what_would_have_been_stopped() -> None:
    new, old = standing(), standing(created=NOW - 30 * DAY_MS)._replace(user_id="ada")
    sends = [
        PastSend("bob", NOW, False, "c1"),
        PastSend("bob", NOW + 1_000, False, ""),
        PastSend("bob", NOW + 2_000, False, ""),  # the third of a minute
        PastSend("bob", NOW + 90_000, True, ""),  # a link, after two
        *(PastSend("ada", NOW + n, True, "") for n in range(20)),
        PastSend("nobody known", NOW, True, ""),
    ]
    found = simulate(NewcomerRules(days=3, hold_first=1), [new, old], reversed(sends))
    assert (found.messages, found.people, found.stopped_messages, found.stopped_people) == (4, 1, 2, 1)
    assert found.by_rule == {"rate": 1, "links": 1}
    assert found.held_messages == 1


def test_who_is_held_back_does_not_use_up_what_comes_later() -> None:
    sends = [PastSend("bob", NOW + n * 10_000, False, "") for n in range(7)]
    found = simulate(NewcomerRules(days=3, per_ten_minutes=0), [standing()], sends)
    assert found.by_rule == {"rate": 4}
