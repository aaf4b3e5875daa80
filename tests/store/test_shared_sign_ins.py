"""Sign-ins that arrive together share commits, and fail alone."""

import dataclasses
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from imserver.errors import InvalidRequest, SessionEnded, Unavailable
from imserver.store import Store
from imserver.store.sign_ins import QUEUE_LIMIT, SignIns
from imserver.store.values import Person
from tests.store.town import Clock, Town


class WatchedTransaction:
    """Notes what is run, and refuses to store a name, as a driver does: with an error for the statement."""

    def __init__(self, tx: Any, ran: list[str]) -> None:
        self._tx = tx
        self._ran = ran

    def rows(self, name: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        return self._tx.rows(name, **parameters)

    def together(self, calls: Any) -> list[list[tuple[Any, ...]]]:
        found: list[list[tuple[Any, ...]]] = self._tx.together(calls)
        return found

    def run(self, name: str, /, **parameters: Any) -> int:
        if name == "save_users" and any("Poison" in row for row in parameters["rows"]):
            raise RuntimeError("the driver chokes")
        self._ran.append(name)
        return self._tx.run(name, **parameters)


class WatchedDatabase:
    """The real database behind a WatchedTransaction."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.ran: list[str] = []

    def write(self, work: Callable[[Any], Any]) -> Any:
        return self._database.write(lambda tx: work(WatchedTransaction(tx, self.ran)))


@pytest.fixture
def watched(town: Town) -> WatchedDatabase:
    return WatchedDatabase(town.store.database)


@pytest.fixture
def sign_ins(town: Town, watched: WatchedDatabase, clock: Clock) -> SignIns:
    return SignIns(watched, town.store.people, now_ms=clock)  # type: ignore[arg-type]


def sign_in(sign_ins: SignIns, person: Person) -> Any:
    return sign_ins.sign_in(person, origin="https://town.example", lifetime_ms=60_000)


def test_a_hundred_new_members_share_a_few_commits_and_can_all_be_used(town: Town) -> None:
    people = [Person(town.site_id, f"u{n}", f"Member {n}", roles=("new",)) for n in range(100)]
    jobs = [gevent.spawn(sign_in, town.store.sign_ins, person) for person in people]
    gevent.joinall(jobs, raise_error=True)
    assert town.store.sign_ins.commits_count <= 4
    found = town.store.people.fetch_people(town.site_id, [person.user_id for person in people])
    assert list(found.values()) == people
    assert [town.store.sessions.require_session(job.value[0]) for job in jobs] == [
        job.value[1] for job in jobs
    ]
    talk = town.open("u1", "u99")
    assert town.say("u1", talk.id, "hello").messages[0].seq == 1
    page = town.store.contacts.page_everyone(town.site_id, "ada", q="member 42")
    assert [contact.id for contact in page.data] == ["u42"]


def test_one_who_has_not_changed_costs_a_session_and_no_other_row(
    town: Town, sign_ins: SignIns, watched: WatchedDatabase
) -> None:
    person = town.add("dan", "Dan")
    sign_in(sign_ins, person)
    assert watched.ran == ["insert_sessions"]


def test_who_has_changed_is_seen_as_they_are_now(town: Town, second_store: Store) -> None:
    person = town.add("dan", "Dan Old")
    assert second_store.people.require_person(town.site_id, "dan") == person
    newer = dataclasses.replace(person, name="Daniel New", avatar="https://x/y.png")
    sign_in(town.store.sign_ins, newer)
    assert town.store.people.require_person(town.site_id, "dan") == newer
    contacts = town.store.contacts
    assert [c.name for c in contacts.page_everyone(town.site_id, "ada", q="new").data] == ["Daniel New"]
    assert contacts.page_everyone(town.site_id, "ada", q="old").data == []


def test_of_two_descriptions_in_one_commit_the_later_counts(town: Town) -> None:
    people = [Person(town.site_id, "dan", name) for name in ("First", "Dan A", "Dan B", "Dan C")]
    jobs = [gevent.spawn(sign_in, town.store.sign_ins, person) for person in people]
    gevent.joinall(jobs, raise_error=True)
    assert town.store.people.require_person(town.site_id, "dan").name == "Dan C"
    assert len({job.value[1].session_id for job in jobs}) == 4


def test_one_whom_the_database_refuses_harms_nobody(town: Town, sign_ins: SignIns) -> None:
    names = ["One", "Two", "Poison", "Three"]
    jobs = [gevent.spawn(sign_in, sign_ins, Person(town.site_id, name, name)) for name in names]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs] == [type(None), type(None), RuntimeError, type(None)]
    assert set(town.store.people.fetch_people(town.site_id, names)) == {"One", "Two", "Three"}
    for job in jobs[:2]:
        assert town.store.sessions.require_session(job.value[0]) == job.value[1]


def test_one_who_cannot_be_kept_is_refused_before_the_queue(town: Town, sign_ins: SignIns) -> None:
    with pytest.raises(InvalidRequest):
        sign_in(sign_ins, Person(town.site_id, "", "Nobody"))


def test_nobody_is_answered_before_the_commit_or_when_there_is_none(
    town: Town, sign_ins: SignIns, watched: WatchedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def undone(work: Callable[[Any], Any]) -> Any:
        def then_fail(tx: Any) -> None:
            work(tx)
            opened.append("written")
            raise Unavailable

        return town.store.database.write(then_fail)

    monkeypatch.setattr(watched, "write", undone)
    with pytest.raises(Unavailable):
        sign_in(sign_ins, Person(town.site_id, "dan", "Dan"))
    assert opened == ["written"]
    assert town.store.people.fetch_people(town.site_id, ["dan"]) == {}


def test_the_same_new_member_at_two_workers_at_once_is_one_member(town: Town, second_store: Store) -> None:
    for n in range(10):
        person = Person(town.site_id, f"u{n}", f"Member {n}")
        stores = (town.store, second_store)
        jobs = [gevent.spawn(sign_in, store.sign_ins, person) for store in stores]
        gevent.joinall(jobs, raise_error=True)
        assert [second_store.sessions.require_session(job.value[0]).user_id for job in jobs] == [f"u{n}"] * 2
    assert town.store.contacts.page_everyone(town.site_id, "ada", q="member").total == 10


def test_more_than_can_be_served_are_told_to_come_back(town: Town, sign_ins: SignIns) -> None:
    person = Person(town.site_id, "dan", "Dan")
    jobs = [gevent.spawn(sign_in, sign_ins, person) for _ in range(QUEUE_LIMIT + 5)]
    gevent.joinall(jobs)
    refused = [job.exception for job in jobs if not job.successful()]
    assert [type(error) for error in refused] == [Unavailable] * 5
    assert all(error.retry_after for error in refused)


def test_closing_finishes_those_who_wait(town: Town) -> None:
    jobs = [
        gevent.spawn(sign_in, town.store.sign_ins, Person(town.site_id, f"u{n}", f"Member {n}"))
        for n in range(120)
    ]
    gevent.sleep(0)
    town.store.sign_ins.close()
    assert len(town.store.people.fetch_people(town.site_id, [f"u{n}" for n in range(120)])) == 120
    gevent.joinall(jobs, raise_error=True)


def test_the_session_ends_when_it_said(town: Town, clock: Clock) -> None:
    secret, session = sign_in(town.store.sign_ins, Person(town.site_id, "dan", "Dan"))
    assert session.expires_at == clock() + 60_000
    clock.pass_seconds(60)
    with pytest.raises(SessionEnded):
        town.store.sessions.require_session(secret)
