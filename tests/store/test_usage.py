"""Usage: many workers count, one table adds up."""

from collections.abc import Callable

import pytest

from imserver.errors import OutcomeUnknown, Unavailable
from imserver.services.usage import UsageDesk
from imserver.store import Store
from imserver.store.usage import HOUR_MS, INSTALLATION, Hour
from imserver.store.values import Person
from tests.store.town import Clock, Town


def hours(store: Store, site_id: str) -> list[Hour]:
    return store.usage.load(site_id, first_hour=0, end_hour=10**7)


def test_two_workers_add_up_and_the_higher_peak_stays(
    store: Store, second_store: Store, town: Town, clock: Clock
) -> None:
    hour = clock() // HOUR_MS
    for worker, people in ((store, ["ada", "bob"]), (second_store, ["ada", "cyd"])):
        worker.presence.beat(str(id(worker)), clock())
        worker.presence.arrive(str(id(worker)), [(town.site_id, one) for one in people], now=clock())
    other = Town(second_store, clock)
    other.site_id = town.site_id
    conversation = town.open("ada", "bob").id
    town.say("ada", conversation, "one", "two")
    other.say("bob", conversation, "three")
    store.usage.flush()
    second_store.usage.flush()
    (row,) = hours(store, town.site_id)
    assert (row.hour, row.messages, row.online_peak) == (hour, 3, 3), "ada has two connections, and is one"
    store.presence.bury({str(id(second_store)): 0, str(id(store)): 0}, now=clock())
    town.say("ada", conversation, "four")
    store.usage.flush()
    (row,) = hours(store, town.site_id)
    assert (row.messages, row.online_peak) == (4, 3)
    clock.pass_seconds(3_600)
    town.say("ada", conversation, "five")
    store.usage.flush()
    assert [(row.hour, row.messages) for row in hours(second_store, town.site_id)] == [
        (hour, 4),
        (hour + 1, 1),
    ]


def test_a_message_that_was_repeated_is_one(store: Store, town: Town) -> None:
    conversation = town.open("ada", "bob").id
    from tests.store.town import new

    message = new("hello")
    town.post("ada", conversation, message)
    town.post("ada", conversation, message)
    store.usage.flush()
    assert hours(store, town.site_id)[0].messages == 1


def test_sign_ins_errors_and_the_cache_are_counted_by_site(store: Store, town: Town) -> None:
    store.sign_ins.sign_in(Person(town.site_id, "dan", "Dan"), origin="", lifetime_ms=1_000)
    store.people.require_person(town.site_id, "dan")
    store.people.require_person(town.site_id, "dan")
    store.usage.note_error(town.site_id)
    store.usage.note_error()
    store.usage.flush()
    (row,) = hours(store, town.site_id)
    assert (row.sign_ins, row.errors) == (1, 1)
    assert row.cache_hits + row.cache_misses == 2
    assert hours(store, INSTALLATION)[0].errors == 1


def test_what_the_sites_server_does_is_counted(store: Store, second_store: Store, town: Town) -> None:
    for worker in (store, second_store):
        worker.usage.note_server_call(town.site_id)
        worker.usage.note_hook(town.site_id, taken=True)
        worker.usage.note_hook(town.site_id, taken=False)
        worker.usage.note_hook(town.site_id, taken=False)
        worker.usage.flush()
    (row,) = hours(store, town.site_id)
    assert (row.server_calls, row.hooks_taken, row.hooks_failed) == (2, 2, 4)
    assert (row.messages, row.errors) == (0, 0)


def test_what_is_no_site_leaves_no_row(store: Store, town: Town) -> None:
    store.usage.note_error("s_nothere")
    store.usage.flush()
    assert hours(store, "s_nothere") == []


@pytest.mark.parametrize(("error", "kept"), [(Unavailable, 1), (OutcomeUnknown, 0)])
def test_an_outage_counts_nothing_twice(
    store: Store, town: Town, monkeypatch: pytest.MonkeyPatch, error: type[Exception], kept: int
) -> None:
    def refuse(work: Callable[..., object]) -> None:
        raise error

    store.usage.note_error(town.site_id)
    with monkeypatch.context() as patched:
        patched.setattr(store.database, "write", refuse)
        with pytest.raises(error):
            store.usage.flush()
    store.usage.flush()
    assert sum(row.errors for row in hours(store, town.site_id)) == kept


def test_old_hours_go(store: Store, town: Town, clock: Clock) -> None:
    store.usage.note_error(town.site_id)
    store.usage.flush()
    clock.pass_seconds(401 * 86_400)
    assert store.usage.delete_old() >= 1
    assert hours(store, town.site_id) == []


def test_a_report_has_no_gaps(store: Store, town: Town, clock: Clock) -> None:
    desk = UsageDesk(store, now_ms=clock)
    store.usage.note_messages({town.site_id: 7})
    store.usage.flush()
    clock.pass_seconds(2 * 3_600)
    store.usage.note_messages({town.site_id: 2})
    store.usage.flush()
    day = desk.report(town.site_id, "day")
    assert len(day.periods) == 24
    assert [period.hour.messages for period in day.periods[-3:]] == [7, 0, 2]
    assert day.total.messages == 9
    assert [len(desk.report(town.site_id, span).periods) for span in ("month", "year")] == [30, 12]
    assert desk.report(town.site_id, "year").total.messages == 9
