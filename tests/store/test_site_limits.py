"""What a site may do: suspended, its rules, its plan; judged where it is stored, so on every worker alike."""

import gevent
import msgspec
import pytest

from imserver.errors import (
    GuestsMayNot,
    NotFound,
    SessionEnded,
    SiteFull,
    SiteLimit,
    SiteSuspended,
    SwitchedOff,
)
from imserver.services.suspension import Suspension
from imserver.store import Store
from imserver.store.admission import require_places
from imserver.store.values import Person, Session, SiteLimits, SiteRules
from tests.store.town import Town, new


def rule(town: Town, **rules: object) -> None:
    town.store.sites.change_rules(town.site_id, lambda old: msgspec.structs.replace(old, **rules))


def sign_in(store: Store, town: Town, user_id: str, *, guest: bool = False) -> tuple[str, Session]:
    person = Person(town.site_id, user_id, user_id.title(), guest=guest)
    return store.sign_ins.sign_in(person, origin="https://town.example", lifetime_ms=60_000)


def texts(town: Town, conversation_id: str) -> list[str]:
    return [message.text for message in town.history("ada", conversation_id)]


def test_nobody_signs_in_or_sends_on_a_suspended_site_and_nothing_is_lost(town: Town) -> None:
    talk = town.open("ada", "bob").id
    town.say("ada", talk, "before")
    secrets = [sign_in(town.store, town, user_id)[0] for user_id in ("ada", "bob")]
    assert Suspension(town.store).suspend(town.site_id) == 2
    assert town.store.sites.require_site(town.site_id).suspended
    for secret in secrets:
        with pytest.raises(SessionEnded):
            town.store.sessions.require_session(secret)
    with pytest.raises(SiteSuspended):
        sign_in(town.store, town, "ada")
    with pytest.raises(SiteSuspended):
        town.say("ada", talk, "while")
    assert Suspension(town.store).suspend(town.site_id) == 0
    Suspension(town.store).resume(town.site_id)
    sign_in(town.store, town, "ada")
    town.say("ada", talk, "after")
    assert texts(town, talk) == ["before", "after"]


def test_a_site_that_is_not_there_cannot_be_suspended(town: Town) -> None:
    with pytest.raises(NotFound):
        Suspension(town.store).suspend("absent")


def test_others_are_not_suspended_with_it(town: Town) -> None:
    other = Town(town.store, town.clock)
    for user_id in ("ada", "bob"):
        other.add(user_id)
    Suspension(town.store).suspend(town.site_id)
    talk = other.open("ada", "bob").id
    other.say("ada", talk, "here")
    assert sign_in(town.store, other, "ada")


def test_nobody_comes_in_behind_a_site_that_was_deleted(town: Town) -> None:
    with pytest.raises(NotFound):
        town.store.sign_ins.sign_in(Person("gone", "ada", "Ada"), origin="", lifetime_ms=60_000)


def test_a_full_site_lets_its_members_in_and_nobody_new(town: Town) -> None:
    rule(town, limits=SiteLimits(members=4))
    sign_in(town.store, town, "dee")
    with pytest.raises(SiteFull):
        sign_in(town.store, town, "eli")
    for user_id in ("ada", "dee"):
        sign_in(town.store, town, user_id)
    sign_in(town.store, town, "visitor", guest=True)
    with pytest.raises(SiteFull):
        sign_in(town.store, town, "visitor")
    town.store.database.write(lambda tx: require_places(tx, town.site_id, [Person(town.site_id, "ada", "A")]))
    with pytest.raises(SiteFull):
        town.store.database.write(
            lambda tx: require_places(tx, town.site_id, [Person(town.site_id, "fay", "F")])
        )


def test_two_workers_do_not_give_the_last_place_twice(town: Town, second_store: Store) -> None:
    rule(town, limits=SiteLimits(members=4))
    jobs = [
        gevent.spawn(sign_in, store, town, f"new{number}-{place}")
        for number in range(3)
        for place, store in enumerate((town.store, second_store))
    ]
    gevent.joinall(jobs)
    assert sorted(type(job.exception).__name__ for job in jobs) == ["NoneType"] + ["SiteFull"] * 5


def test_where_there_are_no_guests_members_still_come_in(town: Town) -> None:
    rule(town, guests=False)
    jobs = [
        gevent.spawn(sign_in, town.store, town, "ada"),
        gevent.spawn(sign_in, town.store, town, "visitor", guest=True),
    ]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs] == [type(None), GuestsMayNot]


def test_a_day_holds_so_many_messages_whoever_sends_them(town: Town, second_store: Store) -> None:
    rule(town, limits=SiteLimits(messages_per_day=3))
    talk = town.open("ada", "bob").id
    first = new("1")
    town.post("ada", talk, first)
    second_store.writer.send(town.site_id, "bob", talk, [new("2")])
    with pytest.raises(SiteLimit) as refused:
        town.say("ada", talk, "3", "4")
    assert (refused.value.status, refused.value.code) == (429, "site_limit")
    assert refused.value.retry_after == 3_600
    town.say("ada", talk, "3")
    with pytest.raises(SiteLimit):
        second_store.writer.send(town.site_id, "bob", talk, [new("4")])
    assert town.post("ada", talk, first).messages[0].duplicate
    town.clock.pass_seconds(24 * 3600)
    town.say("ada", talk, "tomorrow")
    assert texts(town, talk) == ["1", "2", "3", "tomorrow"]


def test_sends_of_one_moment_on_two_workers_share_the_day(town: Town, second_store: Store) -> None:
    rule(town, limits=SiteLimits(messages_per_day=4))
    talk = town.open("ada", "bob").id
    jobs = [
        gevent.spawn(store.writer.send, town.site_id, "ada", talk, [new(str(number))])
        for number in range(4)
        for store in (town.store, second_store)
    ]
    gevent.joinall(jobs)
    assert sorted(type(job.exception).__name__ for job in jobs) == ["NoneType"] * 4 + ["SiteLimit"] * 4
    assert len(texts(town, talk)) == 4


def test_a_rate_allows_a_second_at_once_and_then_waits(town: Town) -> None:
    rule(town, limits=SiteLimits(sends_per_second=5))
    talk = town.open("ada", "bob").id
    town.say("ada", talk, *"12345")
    with pytest.raises(SiteLimit) as refused:
        town.say("bob", talk, "6")
    assert refused.value.retry_after == 0.2
    town.clock.pass_seconds(0.2)
    town.say("bob", talk, "6")
    town.clock.pass_seconds(60)
    town.say("ada", talk, *"abcdefgh")
    assert len(texts(town, talk)) == 14


def test_a_refused_message_spends_nothing(town: Town) -> None:
    rule(town, limits=SiteLimits(messages_per_day=1))
    talk = town.open("ada", "bob").id
    with pytest.raises(NotFound):
        town.say("cyd", talk, "not mine")
    with pytest.raises(SiteLimit):
        town.say("ada", talk, "1", "2")
    town.say("ada", talk, "1")


def test_rooms_that_are_switched_off_take_no_messages(town: Town) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    talk = town.open("ada", "bob").id
    rule(town, rooms=False)
    with pytest.raises(SwitchedOff):
        town.say("ada", room, "hello?")
    town.say("ada", talk, "between us")
    rule(town, rooms=True)
    town.say("ada", room, "again")


def test_rules_that_are_changed_at_once_all_hold(town: Town, second_store: Store) -> None:
    jobs = [
        gevent.spawn(
            store.sites.change_rules,
            town.site_id,
            lambda old, name=name: msgspec.structs.replace(old, **{name: True}),
        )
        for store, name in ((town.store, "guests_create"), (second_store, "guests_upload"))
    ]
    gevent.joinall(jobs, raise_error=True)
    rules = town.store.sites.list_sites()[0].rules
    assert (rules.guests_create, rules.guests_upload) == (True, True)


def test_figures_say_what_a_site_holds(town: Town) -> None:
    talk = town.open("ada", "bob").id
    town.say("ada", talk, "1", "2")
    sign_in(town.store, town, "visitor", guest=True)
    figures = town.store.sites.load_figures(town.site_id)
    assert (figures.members, figures.guests, figures.conversations, figures.messages) == (3, 1, 1, 2)
    assert list(figures.keys_made_at.values()) == [town.clock.now_ms]
    with pytest.raises(NotFound):
        town.store.sites.load_figures("absent")


def test_rules_are_kept_as_they_were_when_one_was_unknown_to_older_servers(town: Town) -> None:
    town.store.sites.set_rules(town.site_id, SiteRules())
    assert town.store.sites.list_sites()[0].rules == SiteRules()
