"""Single-use tickets: one of all who show one gets in, within thirty seconds."""

import gevent
import pytest

from imserver.errors import ServiceError, SessionEnded, Unauthenticated, WrongOrigin
from imserver.services.identity import Identity
from imserver.store import Store
from imserver.store.values import Session
from tests.sessions import open_session
from tests.store.town import Clock, Town

ORIGIN = "https://town.example"


@pytest.fixture
def identity(store: Store, clock: Clock) -> Identity:
    return Identity(store, lifetime_ms=60_000, skew_seconds=0, now_ms=clock, session_ended=lambda _: None)


def sign_in(town: Town, user_id: str, lifetime_ms: int = 60_000) -> tuple[str, Session]:
    return open_session(town.store, town.site_id, user_id, origin=ORIGIN, lifetime_ms=lifetime_ms)


def test_a_ticket_stands_for_its_session_once(town: Town) -> None:
    _, session = sign_in(town, "ada")
    ticket, _ = town.store.tickets.insert(session)
    assert town.store.tickets.redeem(ticket) == session
    with pytest.raises(Unauthenticated):
        town.store.tickets.redeem(ticket)


def test_of_a_hundred_who_show_the_same_ticket_one_gets_in(town: Town, second_store: Store) -> None:
    _, session = sign_in(town, "ada")
    ticket, _ = town.store.tickets.insert(session)
    stores = (town.store, second_store)
    jobs = [gevent.spawn(stores[n % 2].tickets.redeem, ticket) for n in range(100)]
    gevent.joinall(jobs)
    assert [job.value for job in jobs if job.successful()] == [session]
    assert {type(job.exception) for job in jobs if not job.successful()} == {Unauthenticated}


def test_a_ticket_lives_for_thirty_seconds(town: Town, clock: Clock) -> None:
    _, session = sign_in(town, "ada")
    tickets = [town.store.tickets.insert(session) for _ in range(2)]
    assert tickets[0][1] == clock() + 30_000
    clock.pass_seconds(29)
    assert town.store.tickets.redeem(tickets[0][0]) == session
    clock.pass_seconds(1)
    with pytest.raises(Unauthenticated):
        town.store.tickets.redeem(tickets[1][0])


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_ticket_does_not_outlive_its_session(town: Town, clock: Clock, end: str) -> None:
    _, session = sign_in(town, "ada", lifetime_ms=5_000)
    ticket, _ = town.store.tickets.insert(session)
    if end == "revoked":
        town.store.sessions.revoke_session(session)
    else:
        clock.pass_seconds(5)
    with pytest.raises(SessionEnded):
        town.store.tickets.redeem(ticket)


def test_a_secret_is_no_ticket_and_a_ticket_no_secret(town: Town) -> None:
    secret, session = sign_in(town, "ada")
    ticket, _ = town.store.tickets.insert(session)
    with pytest.raises(SessionEnded):
        town.store.sessions.require_session(ticket)
    with pytest.raises(Unauthenticated):
        town.store.tickets.redeem(secret)
    with pytest.raises(Unauthenticated):
        town.store.tickets.redeem("no ticket")
    assert town.store.tickets.redeem(ticket) == session


def test_a_ticket_of_another_origin_is_refused_and_used_up(town: Town, identity: Identity) -> None:
    _, session = sign_in(town, "ada")
    ticket, _ = identity.open_ticket(session)
    with pytest.raises(WrongOrigin):
        identity.redeem_ticket(ticket, origin="https://elsewhere.example")
    with pytest.raises(Unauthenticated):
        identity.redeem_ticket(ticket, origin=ORIGIN)
    ticket, _ = identity.open_ticket(session)
    assert identity.redeem_ticket(ticket, origin=ORIGIN) == session
    with pytest.raises(Unauthenticated):
        identity.redeem_ticket(None, origin=ORIGIN)


def test_tickets_that_nobody_used_are_deleted(town: Town, clock: Clock) -> None:
    _, session = sign_in(town, "ada")
    for _ in range(3):
        town.store.tickets.insert(session)
    assert town.store.upkeep.delete_expired_tickets() == 0
    clock.pass_seconds(30)
    assert town.store.upkeep.delete_expired_tickets() == 3


def test_many_sessions_are_judged_by_one_query_and_each_as_if_alone(
    town: Town, clock: Clock, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [sign_in(town, "ada", lifetime_ms=n * 1_000)[0] for n in range(1, 21)]
    clock.pass_seconds(3)
    town.store.sessions.revoke_session(town.store.sessions.require_session(secrets[10]))
    callers: list[tuple[str | None, str | None]] = [(secret, ORIGIN) for secret in secrets]
    callers += [(secrets[5], "https://elsewhere.example"), (secrets[5], None), (None, None), ("x", ORIGIN)]
    callers += [(f"{town.site_id}.{'A' * 43}", ORIGIN)]
    reads: list[int] = []
    real = town.store.database.read
    with monkeypatch.context() as patch:
        patch.setattr(town.store.database, "read", lambda work: reads.append(1) or real(work))
        found = identity.require_sessions(callers)
    assert len(reads) == 1

    def alone(secret: str | None, origin: str | None) -> Session | type[ServiceError]:
        try:
            return identity.require_session(secret, origin=origin)
        except ServiceError as error:
            return type(error)

    assert [answer if isinstance(answer, Session) else type(answer) for answer in found] == [
        alone(*caller) for caller in callers
    ]
    assert sum(isinstance(answer, Session) for answer in found) == 17
    assert identity.require_sessions([]) == []


def test_a_query_that_fails_is_everybodys_answer(town: Town, identity: Identity) -> None:
    secret, _ = sign_in(town, "ada")
    town.store.database.close()
    found = identity.require_sessions([(secret, ORIGIN)] * 3)
    assert [type(answer).__name__ for answer in found] == ["Unavailable"] * 3
