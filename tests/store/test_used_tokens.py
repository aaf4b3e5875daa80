"""Tokens with a jti: of all who show the same one, on two workers, one signs in."""

import gevent
import pytest

from imserver.errors import TokenUsed
from imserver.store import Store
from imserver.store.values import Once, Person, Session
from tests.store.town import Clock, Town


def sign_in(store: Store, town: Town, user_id: str, once: Once | None) -> Session:
    _, session = store.sign_ins.sign_in(
        Person(town.site_id, user_id, user_id.title()), origin="", lifetime_ms=60_000, once=once
    )
    return session


def once(text: str, clock: Clock, *, seconds: int = 600) -> Once:
    return Once(text.encode().ljust(16), clock() + seconds * 1000)


def test_a_token_signs_in_once(town: Town, clock: Clock) -> None:
    assert sign_in(town.store, town, "ada", once("one", clock)).user_id == "ada"
    for user_id in ("ada", "eve"):
        with pytest.raises(TokenUsed):
            sign_in(town.store, town, user_id, once("one", clock))
    assert town.store.people.fetch_people(town.site_id, ["eve"]) == {}
    assert sign_in(town.store, town, "ada", once("two", clock)).user_id == "ada"
    assert sign_in(town.store, town, "ada", None).user_id == "ada"


def test_of_a_hundred_who_show_the_same_token_one_signs_in(
    town: Town, second_store: Store, clock: Clock
) -> None:
    stores = (town.store, second_store)
    jobs = [gevent.spawn(sign_in, stores[n % 2], town, "ada", once("same", clock)) for n in range(100)]
    others = [gevent.spawn(sign_in, stores[n % 2], town, f"user {n}", None) for n in range(20)]
    gevent.joinall(jobs + others)
    assert sum(job.successful() for job in jobs) == 1
    assert {type(job.exception) for job in jobs if not job.successful()} == {TokenUsed}
    assert all(job.successful() for job in others)


def test_the_same_id_on_another_site_is_another_token(town: Town, clock: Clock) -> None:
    other = town.store.sites.insert_site(name="Elsewhere", origins=())
    sign_in(town.store, town, "ada", once("one", clock))
    _, session = town.store.sign_ins.sign_in(
        Person(other.site_id, "ada", "Ada"), origin="", lifetime_ms=60_000, once=once("one", clock)
    )
    assert session.site_id == other.site_id


def test_what_could_not_be_shown_again_anyway_is_forgotten(town: Town, clock: Clock) -> None:
    sign_in(town.store, town, "ada", once("short", clock, seconds=60))
    sign_in(town.store, town, "ada", once("long", clock, seconds=600))
    clock.pass_seconds(61)
    town.store.upkeep.delete_expired_tickets()
    with pytest.raises(TokenUsed):
        sign_in(town.store, town, "ada", once("long", clock, seconds=600))
    assert sign_in(town.store, town, "ada", once("short", clock, seconds=60)).user_id == "ada"
