"""Presence by leases: online at once, offline when the last live worker lets go."""

import gevent
import pytest

from imserver.errors import NotFound
from imserver.protocol.types import ChosenPresence, OwnPresence, Presence
from imserver.store import Store
from imserver.store.values import PresenceChangeRow
from tests.store.town import Clock, Town


def change(town: Town, user_id: str, presence: Presence, status_text: str = "") -> PresenceChangeRow:
    return PresenceChangeRow(town.site_id, user_id, presence, status_text)


@pytest.fixture
def workers(town: Town, clock: Clock) -> list[str]:
    for worker_id in ("w1", "w2"):
        town.store.presence.beat(worker_id, clock.now_ms)
    return ["w1", "w2"]


def test_a_person_is_online_from_the_first_lease_to_the_last(
    town: Town, workers: list[str], clock: Clock
) -> None:
    presence, ada, now = town.store.presence, [(town.site_id, "ada")], clock.now_ms
    assert presence.arrive("w1", ada, now=now) == [change(town, "ada", Presence.ONLINE)]
    assert presence.arrive("w1", ada, now=now) == []
    assert presence.arrive("w2", ada, now=now) == []
    assert presence.leave("w1", ada, now=now) == []
    assert presence.load_states(town.site_id, "bob", ["ada"])["ada"].presence is Presence.ONLINE
    assert presence.leave("w2", ada, now=now) == [change(town, "ada", Presence.OFFLINE)]
    assert presence.leave("w2", ada, now=now) == []


def test_people_who_do_not_exist_are_passed_over(town: Town, workers: list[str], clock: Clock) -> None:
    presence, ghosts = town.store.presence, [(town.site_id, "ghost"), ("nowhere", "ada")]
    assert presence.arrive("w1", ghosts, now=clock.now_ms) == []
    assert presence.leave("w1", ghosts, now=clock.now_ms) == []
    assert presence.load_states(town.site_id, "bob", ["ghost"]) == {}


def test_the_leases_of_a_dead_worker_end_with_it(town: Town, workers: list[str], clock: Clock) -> None:
    presence = town.store.presence
    presence.arrive("w1", [(town.site_id, "ada"), (town.site_id, "bob")], now=clock.now_ms)
    presence.arrive("w2", [(town.site_id, "bob")], now=clock.now_ms)
    silent = presence.load_beats()
    clock.pass_seconds(10)
    presence.beat("w2", clock.now_ms)
    assert presence.bury({}, now=clock.now_ms) == []
    # The second has beaten since it was taken for dead.
    assert presence.bury(silent, now=clock.now_ms) == [change(town, "ada", Presence.OFFLINE)]
    assert presence.bury(silent, now=clock.now_ms) == []
    assert presence.load_beats() == {"w2": clock.now_ms}


def test_two_monitors_bury_the_same_worker_and_tell_once(
    town: Town, workers: list[str], clock: Clock, second_store: Store
) -> None:
    for n in range(20):
        town.add(f"p{n}")
    town.store.presence.arrive("w1", [(town.site_id, f"p{n}") for n in range(20)], now=clock.now_ms)
    clock.pass_seconds(60)
    silent = {"w1": town.store.presence.load_beats()["w1"]}
    jobs = [
        gevent.spawn(store.presence.bury, silent, now=clock.now_ms) for store in (town.store, second_store)
    ]
    gevent.joinall(jobs, raise_error=True)
    assert sorted(row.user_id for job in jobs for row in job.value) == sorted(f"p{n}" for n in range(20))


def test_a_worker_that_was_buried_learns_it_from_its_beat(
    town: Town, workers: list[str], clock: Clock
) -> None:
    presence = town.store.presence
    assert presence.beat("w1", clock.now_ms)
    clock.pass_seconds(60)
    presence.bury({"w1": presence.load_beats()["w1"]}, now=clock.now_ms)
    assert not presence.beat("w1", clock.now_ms)
    assert presence.beat("w1", clock.now_ms)


def test_arrivals_and_departures_on_two_workers_never_cross(
    town: Town, workers: list[str], clock: Clock, second_store: Store
) -> None:
    ada = [(town.site_id, "ada")]
    for _ in range(15):
        town.store.presence.arrive("w1", ada, now=clock.now_ms)
        jobs = [
            gevent.spawn(town.store.presence.leave, "w1", ada, now=clock.now_ms),
            gevent.spawn(second_store.presence.arrive, "w2", ada, now=clock.now_ms),
        ]
        gevent.joinall(jobs, raise_error=True)
        states = town.store.presence.load_states(town.site_id, "bob", ["ada"])
        assert states["ada"].presence is Presence.ONLINE
        second_store.presence.leave("w2", ada, now=clock.now_ms)


def test_what_is_chosen_is_kept_and_seen_while_connected(
    town: Town, workers: list[str], clock: Clock
) -> None:
    presence, ada = town.store.presence, [(town.site_id, "ada")]
    own, seen = presence.choose(town.site_id, "ada", presence=ChosenPresence.DND, status_text="writing 😀")
    assert own == OwnPresence(presence=ChosenPresence.DND, status_text="writing 😀")
    assert seen is None
    assert presence.arrive("w1", ada, now=clock.now_ms) == [change(town, "ada", Presence.DND, "writing 😀")]
    _, seen = presence.choose(town.site_id, "ada", presence=None, status_text="")
    assert seen == change(town, "ada", Presence.DND)
    _, seen = presence.choose(town.site_id, "ada", presence=ChosenPresence.INVISIBLE, status_text="x")
    assert seen == change(town, "ada", Presence.OFFLINE)
    assert presence.leave("w1", ada, now=clock.now_ms) == []
    assert presence.arrive("w1", ada, now=clock.now_ms) == []
    assert presence.load_own(town.site_id, "ada").presence is ChosenPresence.INVISIBLE


def test_choosing_the_same_again_is_no_change(town: Town, workers: list[str], clock: Clock) -> None:
    town.store.presence.arrive("w1", [(town.site_id, "ada")], now=clock.now_ms)
    _, seen = town.store.presence.choose(
        town.site_id, "ada", presence=ChosenPresence.ONLINE, status_text=None
    )
    assert seen is None


def test_nobody_has_no_presence(town: Town) -> None:
    with pytest.raises(NotFound):
        town.store.presence.load_own(town.site_id, "nobody")
    with pytest.raises(NotFound):
        town.store.presence.choose(town.site_id, "nobody", presence=None, status_text="x")
