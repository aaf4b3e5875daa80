"""Sites, their keys, and sessions."""

import hashlib

import gevent
import pytest

from imserver.errors import Conflict, NotFound, SessionEnded, Unauthenticated
from imserver.store import Store
from imserver.store.kept_sessions import SECRET_NAME
from imserver.store.sessions import PAIRS_PER_QUERY, SITE_KEYS
from imserver.store.values import Person
from tests.sessions import open_session
from tests.store.town import Clock, Town


def test_a_site_comes_with_a_key_that_is_long_enough(store: Store) -> None:
    site = store.sites.insert_site(site_id="demo", name="Demo", origins=("https://a.example",))
    assert [len(secret) >= 32 for secret in site.keys.values()] == [True]
    assert store.sites.require_site("demo") == site
    assert store.sites.list_sites() == [site]
    assert next(iter(site.keys.values())).decode() not in repr(site)


def test_a_site_id_is_taken_once(store: Store) -> None:
    with pytest.raises(NotFound):
        store.sites.require_site("demo")
    store.sites.insert_site(site_id="demo", name="Demo", origins=())
    with pytest.raises(Conflict):
        store.sites.insert_site(site_id="demo", name="Other", origins=())
    assert store.sites.require_site("demo").name == "Demo"
    names = {store.sites.insert_site(name="n", origins=()).site_id for _ in range(5)}
    assert len(names) == 5


def test_two_keys_live_and_one_always_stays(town: Town) -> None:
    sites, site_id = town.store.sites, town.site_id
    (old,) = sites.require_site(site_id).keys
    kid, secret = sites.add_key(site_id)
    assert sites.require_site(site_id).keys[kid] == secret
    with pytest.raises(Conflict):
        sites.add_key(site_id)
    sites.retire_key(site_id, old)
    assert list(sites.require_site(site_id).keys) == [kid]
    with pytest.raises(Conflict):
        sites.retire_key(site_id, kid)
    with pytest.raises(NotFound):
        sites.retire_key(site_id, old)
    with pytest.raises(NotFound):
        sites.add_key("nowhere")


def test_origins_are_replaced_at_once(town: Town) -> None:
    town.store.sites.require_site(town.site_id)
    town.store.sites.set_origins(town.site_id, ("https://x.example", "https://y.example"))
    assert town.store.sites.require_site(town.site_id).origins == ("https://x.example", "https://y.example")


def test_many_requests_for_a_site_share_one_load(
    town: Town, second_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []
    real = second_store.database.snapshot
    monkeypatch.setattr(second_store.database, "snapshot", lambda work: loads.append(1) or real(work))
    jobs = [gevent.spawn(second_store.sites.require_site, town.site_id) for _ in range(50)]
    gevent.joinall(jobs, raise_error=True)
    assert len(loads) == 1


def test_a_session_is_found_by_its_secret_which_is_stored_nowhere(town: Town) -> None:
    secret, session = open_session(town.store, town.site_id, "ada", origin="https://a", lifetime_ms=1_000)
    assert town.store.sessions.require_session(secret) == session
    assert secret.startswith(f"{town.site_id}.")
    rows = town.store.database.read(
        lambda tx: tx.rows("load_sessions", pairs=[(town.site_id, session.session_id)])
    )
    assert secret.partition(".")[2] not in repr(rows)
    assert len(session.session_id) == 16
    assert session.session_id != hashlib.sha256(secret.encode()).digest()[:16]


@pytest.mark.parametrize(
    "text", ["", "x", "demo.", "demo." + "A" * 42, "demo." + "é" * 43, "DEMO." + "A" * 43, "a.b." + "A" * 43]
)
def test_what_no_session_looks_like_is_unauthenticated(store: Store, text: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        store.sessions.require_session(text)
    assert refusal.value.code == "unauthenticated"


def test_a_session_ends_by_time_by_revocation_and_with_the_person(town: Town, clock: Clock) -> None:
    sessions = town.store.sessions
    made = [
        open_session(town.store, town.site_id, user_id, origin="", lifetime_ms=lifetime_ms)
        for user_id, lifetime_ms in (("ada", 5_000), ("ada", 50_000), ("ada", 50_000), ("bob", 50_000))
    ]
    keys = [(town.site_id, session.session_id) for _, session in made]
    clock.pass_seconds(5)
    assert sessions.live_sessions(keys) == set(keys[1:])
    sessions.revoke_session(made[1][1])
    assert sessions.live_sessions(keys) == set(keys[2:])
    assert sessions.revoke_user(town.site_id, "ada") == 2
    assert sessions.live_sessions([*keys, ("nowhere", b"x" * 16)]) == set(keys[3:])
    for secret, _ in made[:3]:
        with pytest.raises(SessionEnded):
            sessions.require_session(secret)
    assert sessions.require_session(made[3][0]).user_id == "bob"


def test_the_same_secret_on_another_site_is_no_session(town: Town) -> None:
    secret, _ = open_session(town.store, town.site_id, "ada", origin="", lifetime_ms=1_000)
    other = Town(town.store)
    with pytest.raises(SessionEnded):
        town.store.sessions.require_session(f"{other.site_id}.{secret.partition('.')[2]}")


def test_sessions_asked_for_together_share_a_query(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [
        open_session(town.store, town.site_id, "ada", origin="", lifetime_ms=9_000)[0] for _ in range(20)
    ]
    reads: list[int] = []
    # What a worker reads once, to sign what it puts into the cache.
    town.store.installation.secret(SECRET_NAME)
    real = town.store.database.read
    monkeypatch.setattr(town.store.database, "read", lambda work: reads.append(1) or real(work))
    jobs = [gevent.spawn(town.store.sessions.require_session, secret) for secret in secrets]
    gevent.joinall(jobs, raise_error=True)
    assert len({job.value.session_id for job in jobs}) == 20
    assert len(reads) == 1


def test_sessions_that_ended_long_ago_are_deleted(town: Town, clock: Clock) -> None:
    for _ in range(3):
        open_session(town.store, town.site_id, "ada", origin="", lifetime_ms=1_000)
    clock.pass_seconds(3600)
    assert town.store.upkeep.delete_expired_sessions() == 0
    clock.pass_seconds(2 * 24 * 3600)
    assert town.store.upkeep.delete_expired_sessions() == 3


def test_sessions_of_large_and_of_many_small_sites_are_found_together(town: Town) -> None:
    sessions, sites = town.store.sessions, town.store.sites
    small = [sites.insert_site(name="Small", origins=()).site_id for _ in range(SITE_KEYS + PAIRS_PER_QUERY)]
    for site_id in small:
        town.store.people.save_person(Person(site_id, "ada", "Ada"))
    owners = [(town.site_id, "ada")] * (SITE_KEYS + 1) + [(site_id, "ada") for site_id in small]
    made = [open_session(town.store, *owner, origin="", lifetime_ms=50_000)[1] for owner in owners]
    keys = {(session.site_id, session.session_id) for session in made}
    mixed = {(small[0], made[0].session_id), (town.site_id, made[-1].session_id)}
    assert sessions.live_sessions(keys | mixed) == keys
