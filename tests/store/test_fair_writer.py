"""One site floods, another says a word: the order in which the writer commits them is forced here."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.event import Event

from imserver.errors import SiteBusy
from imserver.store.fair_queue import SITE_WEIGHT
from imserver.store.writer import Writer
from tests.services import wait_until
from tests.store.town import Clock, Town, new


class GatedDatabase:
    """The real database behind a gate: a commit waits until it is let through."""

    writes_at_once = 1

    def __init__(self, database: Any) -> None:
        self._database = database
        self.gate = Event()
        self.commits_count = 0

    def write(self, work: Callable[[Any], Any]) -> Any:
        self.gate.wait()
        self.commits_count += 1
        return self._database.write(work)


class Street:
    """Two sites on one installation, and a writer whose commits can be held."""

    def __init__(self, town: Town, clock: Clock, **options: Any) -> None:
        self.flood, self.quiet = town, Town(town.store, clock)
        for user_id in ("ada", "bob"):
            self.quiet.add(user_id)
        self.talks = {each.site_id: each.open("ada", "bob").id for each in (self.flood, self.quiet)}
        self.database = GatedDatabase(town.store.database)
        self.answers: list[tuple[str, int, str]] = []
        self.seconds = 0.0
        self.writer = Writer(
            self.database,  # type: ignore[arg-type]
            now_ms=clock,
            clock=lambda: self.seconds,
            **options,
        )

    def send(self, town: Town, count: int = 1) -> None:
        """Leave messages with the writer; what each is answered and by which commit is in ``answers``."""
        for _ in range(count):
            self.writer.submit_send(
                town.site_id, "ada", self.talks[town.site_id], [new("x")], self._note(town.site_id)
            )

    def _note(self, site_id: str) -> Callable[[Any], None]:
        return lambda answer: self.answers.append(
            (site_id, self.database.commits_count, type(answer).__name__)
        )

    def commits_of(self, town: Town) -> list[int]:
        return [commit for site_id, commit, _ in self.answers if site_id == town.site_id]

    def settle(self) -> None:
        self.database.gate.set()
        self.writer.close()


def hold_one(street: Street) -> None:
    """Let one job of the flood be under way, behind the gate."""
    street.send(street.flood)
    gevent.sleep(0)
    assert street.writer.waiting_count() == 0


def test_a_word_behind_a_flood_is_in_the_very_next_commit(town: Town, clock: Clock) -> None:
    street = Street(town, clock)
    hold_one(street)
    street.send(street.flood, 300)
    street.send(street.quiet)
    street.settle()
    assert street.commits_of(street.quiet) == [2]
    assert street.commits_of(street.flood).count(2) == SITE_WEIGHT
    assert len(street.answers) == 302


def test_the_flood_is_stored_in_its_order_all_the_same(town: Town, clock: Clock) -> None:
    street = Street(town, clock)
    hold_one(street)
    street.send(street.quiet)
    street.send(street.flood, 100)
    street.settle()
    assert street.commits_of(street.flood) == sorted(street.commits_of(street.flood))
    page = town.store.history.page(town.site_id, "bob", street.talks[town.site_id], limit=100)
    assert page.data[-1].seq == 101


def test_a_flood_that_waits_for_its_pace_holds_up_nobody_and_goes_on_by_itself(
    town: Town, clock: Clock
) -> None:
    street = Street(town, clock, site_per_second=50)
    street.database.gate.set()
    street.send(street.quiet)
    street.send(street.flood, 60)
    wait_until(lambda: len(street.answers) == 1 + SITE_WEIGHT)
    street.send(street.quiet)
    wait_until(lambda: len(street.commits_of(street.quiet)) == 2)
    assert len(street.commits_of(street.flood)) == SITE_WEIGHT
    street.seconds += 0.2
    wait_until(lambda: len(street.commits_of(street.flood)) > SITE_WEIGHT)
    assert street.writer.waiting_count()
    street.settle()
    assert len(street.commits_of(street.flood)) == 60


def test_a_full_queue_makes_room_for_the_quiet_and_tells_the_flood(town: Town, clock: Clock) -> None:
    street = Street(town, clock, queue_limit=50)
    hold_one(street)
    street.send(street.flood, 50)
    street.send(street.quiet)
    assert street.answers == [(street.flood.site_id, 0, "SiteBusy")]
    street.settle()
    assert street.commits_of(street.quiet) == [2]
    assert len(street.answers) == 52


def test_a_site_keeps_its_pace_only_while_others_send(town: Town, clock: Clock) -> None:
    street = Street(town, clock, site_per_second=10)
    street.database.gate.set()
    street.send(street.flood, 40)
    gevent.sleep(0)
    street.send(street.quiet)
    while len(street.answers) < 41:
        gevent.sleep(0.001)
    street.send(street.flood, 10)
    with pytest.raises(SiteBusy) as refused:
        street.send(street.flood)
    assert refused.value.retry_after
    street.send(street.quiet, 2)
    street.settle()
    assert {name for _, _, name in street.answers} == {"SentMessages"}
