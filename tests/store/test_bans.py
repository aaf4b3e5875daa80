"""Bans of a whole site: what is committed after one holds neither a message nor a session of theirs."""

import gevent
import pytest

from imserver.errors import FOR_EVER_MS, Banned, InvalidRequest, NotFound, SessionEnded
from imserver.store import Store
from imserver.store.values import Person
from tests.store.town import Town, new


def ban(town: Town, user_id: str, *, seconds: int = 0, store: Store | None = None) -> list[bytes]:
    until_ms = town.clock.now_ms + seconds * 1_000 if seconds else FOR_EVER_MS
    bans = (store or town.store).bans
    return bans.add(town.site_id, user_id, until_ms=until_ms, reason="spam", actor="owner:eve")


def sign_in(town: Town, user_id: str, store: Store | None = None) -> str:
    person = Person(town.site_id, user_id, user_id.title())
    return (store or town.store).sign_ins.sign_in(person, origin="", lifetime_ms=3_600_000)[0]


def texts(town: Town, conversation_id: str) -> list[str]:
    return [message.text for message in town.history("ada", conversation_id)]


def test_who_is_banned_sends_nothing(town: Town) -> None:
    talk = town.open("bob", "ada").id
    town.say("bob", talk, "before")
    ban(town, "bob", seconds=60)
    with pytest.raises(Banned) as refused:
        town.say("bob", talk, "after")
    error = refused.value
    assert (error.code, error.status, error.retry_after) == ("banned", 403, 60.0)
    town.say("ada", talk, "others do")
    assert texts(town, talk) == ["before", "others do"]
    town.clock.pass_seconds(60)
    town.say("bob", talk, "it is over")
    assert texts(town, talk)[-1] == "it is over"


def test_for_ever_has_no_end(town: Town) -> None:
    ban(town, "bob")
    with pytest.raises(Banned) as refused:
        sign_in(town, "bob")
    assert refused.value.retry_after is None
    town.clock.pass_seconds(10 * 365 * 86_400)
    with pytest.raises(Banned):
        sign_in(town, "bob")


def test_all_sessions_end_and_no_new_one_begins(town: Town) -> None:
    first, second, others = sign_in(town, "bob"), sign_in(town, "bob"), sign_in(town, "ada")
    assert len(town.store.bans.sessions(town.site_id, "bob")) == 2
    assert len(ban(town, "bob")) == 2
    for secret in (first, second):
        with pytest.raises(SessionEnded):
            town.store.sessions.require_session(secret)
    assert town.store.sessions.require_session(others).user_id == "ada"
    with pytest.raises(Banned):
        sign_in(town, "bob")
    assert town.store.bans.sessions(town.site_id, "bob") == []


def test_who_signs_in_beside_somebody_banned_comes_in(town: Town) -> None:
    ban(town, "bob")
    jobs = [gevent.spawn(sign_in, town, user_id) for user_id in ("ada", "bob", "cyd", "dan")]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs] == [type(None), Banned, type(None), type(None)]


def test_what_was_stored_before_is_answered_as_before(town: Town) -> None:
    talk, message = town.open("bob", "ada").id, new("once")
    town.post("bob", talk, message)
    ban(town, "bob")
    assert town.post("bob", talk, message).messages[0].duplicate
    with pytest.raises(Banned):
        town.post("bob", talk, message, new("fresh"))
    assert texts(town, talk) == ["once"]


def test_nothing_is_changed_by_somebody_banned(town: Town) -> None:
    talk = town.open("bob", "ada").id
    town.say("bob", talk, "as it is")
    ban(town, "bob")
    with pytest.raises(Banned):
        town.store.edits.edit(
            town.site_id, "bob", talk, seq=1, text="otherwise", mentions=None, window_ms=10**9
        )
    assert texts(town, talk) == ["as it is"]


def test_a_ban_is_lifted(town: Town) -> None:
    talk = town.open("bob", "ada").id
    ban(town, "bob")
    found = town.store.bans.find(town.site_id, "bob")
    assert found is not None
    assert (found.reason, found.actor, found.until_ms) == ("spam", "owner:eve", FOR_EVER_MS)
    assert town.store.bans.lift(town.site_id, "bob", actor="owner:eve")
    assert not town.store.bans.lift(town.site_id, "bob", actor="owner:eve")
    assert town.store.bans.find(town.site_id, "bob") is None
    town.say("bob", talk, "again")
    sign_in(town, "bob")
    assert [entry.act for entry in town.store.audit.page(town.site_id)] == ["ban.lifted", "ban.added"]


def test_a_second_ban_takes_the_place_of_the_first(town: Town) -> None:
    ban(town, "bob")
    ban(town, "bob", seconds=60)
    ban(town, "cyd")
    assert [(one.user_id, one.name) for one in town.store.bans.page(town.site_id)] == [
        ("cyd", "Cyd"),
        ("bob", "Bob"),
    ]
    town.clock.pass_seconds(61)
    sign_in(town, "bob")


def test_bans_are_of_one_site(town: Town) -> None:
    other = Town(town.store, town.clock)
    for user_id in ("ada", "bob"):
        other.add(user_id)
    ban(town, "bob")
    other.say("bob", other.open("bob", "ada").id, "elsewhere")
    sign_in(other, "bob")
    assert other.store.bans.page(other.site_id) == []


def test_bad_bans_change_nothing(town: Town) -> None:
    bans, now = town.store.bans, town.clock.now_ms
    bad = [("bob", now, "spam"), ("bob", FOR_EVER_MS + 1, "spam"), ("bob", FOR_EVER_MS, "x" * 501)]
    for user_id, until_ms, reason in bad:
        with pytest.raises(InvalidRequest):
            bans.add(town.site_id, user_id, until_ms=until_ms, reason=reason, actor="owner:eve")
    with pytest.raises(NotFound):
        ban(town, "nobody")
    with pytest.raises(NotFound):
        bans.end_sessions(town.site_id, "nobody", actor="owner:eve")
    assert town.store.audit.page(town.site_id) == []
    sign_in(town, "bob")


def test_a_ban_outlives_the_persons_own_row(town: Town) -> None:
    ban(town, "bob")
    town.store.database.write(
        lambda tx: tx.script(f"DELETE FROM users WHERE site_id = '{town.site_id}' AND user_id = 'bob'")
    )
    with pytest.raises(Banned):
        sign_in(town, "bob")


def test_of_sends_and_a_ban_at_once_none_is_stored_behind_the_ban(town: Town, second_store: Store) -> None:
    """Two workers send as fast as they can; what each stored before the ban returned is all there is."""
    talk = town.open("bob", "ada").id
    stopped: list[type[BaseException]] = []

    def send_on(store: Store) -> None:
        try:
            while True:
                store.writer.send(town.site_id, "bob", talk, [new("x")])
        except Banned as error:
            stopped.append(type(error))

    senders = [gevent.spawn(send_on, store) for store in (town.store, second_store)]
    while town.seen("ada", talk).last_seq < 20:
        gevent.sleep(0)
    ban(town, "bob", store=second_store)
    stored = town.seen("ada", talk).last_seq
    gevent.joinall(senders, raise_error=True)
    assert town.seen("ada", talk).last_seq == stored
    assert stopped == [Banned, Banned]


def test_of_sign_ins_and_a_ban_at_once_no_session_is_left(town: Town, second_store: Store) -> None:
    secrets: list[str] = []

    def come_in(store: Store) -> None:
        try:
            while True:
                secrets.append(sign_in(town, "bob", store))
        except Banned:
            return

    jobs = [gevent.spawn(come_in, store) for store in (town.store, second_store)]
    while len(secrets) < 5:
        gevent.sleep(0)
    ban(town, "bob")
    gevent.joinall(jobs, raise_error=True)
    assert town.store.bans.sessions(town.site_id, "bob") == []
