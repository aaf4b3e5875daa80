"""Sessions that were found a moment ago: trusted for seconds, and never again once they have ended."""

import pytest

from imserver.errors import ServiceError, SessionEnded, WrongOrigin
from imserver.services.recent import GENERATIONS, PERIOD_SECONDS, RecentSessions
from imserver.store.values import Session
from tests.unit.poll_desk import Clock

ADA = Session("demo", "ada", b"a", "https://a.example", 5_000)


class Book:
    """The sessions that there are, and how often somebody asked."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.now_ms = 0
        self.asked = 0
        self.answers: dict[str, Session | ServiceError] = {"ada": ADA}
        self.recent = RecentSessions(self.require, now_ms=lambda: self.now_ms, clock=self.clock, kept=3)

    def require(self, asked: list[tuple[str, str | None]]) -> list[Session | ServiceError]:
        self.asked += 1
        return [self.answers.get(secret, SessionEnded()) for secret, _ in asked]


@pytest.fixture
def book() -> Book:
    book = Book()
    assert book.recent.find("ada", origin=None) is None
    assert book.recent.require_many([("ada", None)]) == [ADA]
    book.clock.now += PERIOD_SECONDS
    assert book.recent.require_many([("ada", None)]) == [ADA]
    return book


def test_a_session_is_found_for_two_to_three_periods(book):
    for _ in range(10):
        assert book.recent.find("ada", origin=None) == ADA
    for _ in range(GENERATIONS - 1):
        book.clock.now += PERIOD_SECONDS
        assert book.recent.find("ada", origin=None) == ADA
    book.clock.now += PERIOD_SECONDS
    assert book.recent.find("ada", origin=None) is None
    assert book.asked == 2


@pytest.mark.parametrize("periods", [GENERATIONS, GENERATIONS + 1, 1000])
def test_a_silence_is_no_reason_to_keep_it(book, periods):
    book.clock.now += periods * PERIOD_SECONDS
    assert book.recent.find("ada", origin=None) is None


def test_one_that_is_used_and_that_the_sweep_finds_live_stays(book):
    for _ in range(4 * GENERATIONS):
        book.clock.now += 2 * PERIOD_SECONDS
        book.recent.renew([ADA.session_id, b"somebody else"])
        assert book.recent.find("ada", origin=None) == ADA
    assert book.asked == 2


def test_one_that_nobody_uses_any_more_is_forgotten_though_it_lives(book):
    for _ in range(GENERATIONS):
        book.clock.now += PERIOD_SECONDS
        book.recent.renew([ADA.session_id])
    book.clock.now += (GENERATIONS - 1) * PERIOD_SECONDS
    assert book.recent.find("ada", origin=None) is None


def test_a_sweep_that_began_before_the_end_does_not_bring_it_back(book):
    book.clock.now += PERIOD_SECONDS
    book.recent.forget(ADA.session_id)
    for _ in range(GENERATIONS - 1):
        book.recent.renew([ADA.session_id])
        assert book.recent.find("ada", origin=None) is None
        book.clock.now += PERIOD_SECONDS


def test_one_that_has_ended_is_looked_up(book):
    book.recent.forget(ADA.session_id)
    assert book.recent.find("ada", origin=None) is None


def test_a_look_up_that_began_before_the_end_does_not_bring_it_back(book):
    book.recent.forget(ADA.session_id)
    book.recent.require_many([("ada", None)])
    assert book.recent.find("ada", origin=None) is None
    book.clock.now += PERIOD_SECONDS
    book.recent.require_many([("ada", None)])
    assert book.recent.find("ada", origin=None) is None


def test_a_foreign_page_cannot_use_it(book):
    assert book.recent.find("ada", origin="https://a.example") == ADA
    with pytest.raises(WrongOrigin):
        book.recent.find("ada", origin="https://b.example")


def test_one_that_expires_meanwhile_has_ended(book):
    book.now_ms = 5_000
    with pytest.raises(SessionEnded):
        book.recent.find("ada", origin=None)


def test_what_is_no_session_is_not_kept(book):
    (answer,) = book.recent.require_many([("bob", None)])
    assert isinstance(answer, SessionEnded)
    assert book.recent.find("bob", origin=None) is None


def test_no_more_are_kept_than_that(book):
    book.answers |= {name: Session("demo", name, name.encode(), "", 5_000) for name in "bcde"}
    book.recent.require_many([(name, None) for name in "bcde"])
    book.clock.now += PERIOD_SECONDS
    book.recent.require_many([("ada", None)])
    book.recent.require_many([(name, None) for name in "bcde"])
    found = [book.recent.find(name, origin=None) is not None for name in ("ada", *"bcde")]
    assert found == [True, True, True, False, False]


def test_only_who_asks_again_in_the_next_period_is_kept(book):
    book.answers["bob"] = ADA
    for pause in (0, 0, 2 * PERIOD_SECONDS):
        book.clock.now += pause
        book.recent.require_many([("bob", None)])
        assert book.recent.find("bob", origin=None) is None
    book.clock.now += PERIOD_SECONDS
    book.recent.require_many([("bob", None)])
    assert book.recent.find("bob", origin=None) == ADA
