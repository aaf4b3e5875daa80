"""House rules where messages are stored: words, limits for newcomers, and what waits for a moderator."""

from typing import Any

import gevent
import pytest

from imserver.errors import (
    ClientIdConflict,
    Conflict,
    InvalidRequest,
    LinksNotYet,
    MessageRefused,
    NewcomerLimited,
    NotFound,
)
from imserver.protocol.types import SentMessages
from imserver.store import Store
from imserver.store.held import HeldLine
from imserver.store.house import HouseRules
from imserver.store.newcomers import NewcomerRules
from imserver.store.values import Person
from imserver.store.wordlist import WordAction, WordRule
from tests.store.town import Town, new

WORDS = (
    WordRule("casino", WordAction.REFUSE),
    WordRule("darn", WordAction.MASK),
    WordRule("meet me", WordAction.HOLD),
)


def lay_down(town: Town, *words: WordRule, **newcomers: int) -> None:
    rules = HouseRules(words, NewcomerRules(**newcomers))
    town.store.houses.change(town.site_id, rules, actor="owner:eve")


@pytest.fixture
def talk(town: Town) -> str:
    return town.open("bob", "ada").id


def texts(town: Town, talk: str, reader: str = "ada") -> list[str]:
    return [message.text for message in town.history(reader, talk)]


def waiting(town: Town) -> list[HeldLine]:
    return town.store.held.page(town.site_id)


def approve(town: Town, held: HeldLine) -> None:
    message = town.store.held.look(town.site_id, held.held_id, actor="owner:eve").message
    town.store.writer.send_approved(town.site_id, held.sender_id, held.conversation_id, message)
    town.store.held.approve(town.site_id, held.held_id, actor="owner:eve")


# -- words


def test_words_that_are_refused_store_nothing_of_the_request(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    with pytest.raises(MessageRefused) as refused:
        town.say("bob", talk, "hello", "come to the c a s i n o")
    assert (refused.value.status, refused.value.code) == (403, "message_refused")
    assert texts(town, talk) == []
    town.say("bob", talk, "hello")
    assert texts(town, talk) == ["hello"]


def test_words_are_masked_for_everybody_and_in_every_copy(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    message = new("well, darn it")
    for is_again in (False, True, True):
        assert town.post("bob", talk, message).messages[0].duplicate is is_again
    for reader in ("ada", "bob"):
        assert texts(town, talk, reader) == ["well, **** it"]
    for event in (*town.live("ada"), *town.replay("ada"), *town.live("bob")):
        assert b"darn" not in event


def test_the_filter_of_one_moment_does_not_conflict_with_that_of_another(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    masked, plain = new("darn"), new("casinos are fine")
    town.post("bob", talk, masked, plain)
    lay_down(town, WordRule("casinos", WordAction.REFUSE))
    answer = town.post("bob", talk, masked, plain)
    assert [message.duplicate for message in answer.messages] == [True, True]
    with pytest.raises(ClientIdConflict):
        town.post("bob", talk, new("another text", plain.client_id))


def test_a_rule_holds_from_its_commit_on_over_all_workers(town: Town, talk: str, second_store: Store) -> None:
    second_store.writer.send(town.site_id, "bob", talk, [new("casino")])
    lay_down(town, *WORDS)
    with pytest.raises(MessageRefused):
        second_store.writer.send(town.site_id, "bob", talk, [new("casino")])
    lay_down(town)
    second_store.writer.send(town.site_id, "bob", talk, [new("casino")])
    assert texts(town, talk) == ["casino", "casino"]


def test_one_sites_words_are_not_anothers(town: Town, talk: str) -> None:
    other = Town(town.store, town.clock)
    for user_id in ("ada", "bob"):
        other.add(user_id)
    lay_down(other, *WORDS)
    town.say("bob", talk, "casino")
    with pytest.raises(MessageRefused):
        other.say("bob", other.open("bob", "ada").id, "casino")


def test_a_message_with_a_dressing_is_masked_too(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    town.say("ada", talk, "what?")
    town.post("bob", talk, new("darn", reply_to=1, mentions=("ada",)))
    message = town.history("ada", talk)[-1]
    assert (message.text, message.mentions) == ("****", ("ada",))
    assert message.reply.seq == 1  # type: ignore[union-attr]


def edit(town: Town, talk: str, text: str) -> str:
    return town.store.edits.edit(
        town.site_id, "bob", talk, seq=1, text=text, mentions=None, window_ms=10**12
    ).text


def test_an_edit_is_no_way_around_it(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    town.say("bob", talk, "hello")
    for text in ("casino", "meet me"):
        with pytest.raises(MessageRefused):
            edit(town, talk, text)
    assert edit(town, talk, "oh darn") == "oh ****"
    assert edit(town, talk, "oh darn") == "oh ****"
    assert [message.version for message in town.history("ada", talk)] == [1]


def test_names_of_rooms_are_judged(town: Town) -> None:
    lay_down(town, *WORDS)
    passes = town.store.houses.name_passes
    assert passes(town.site_id, "Casino night") == (False, "Casino night")
    assert passes(town.site_id, "Darn socks") == (True, "**** socks")
    assert passes(town.site_id, "Meet me") == (False, "Meet me")
    assert passes(town.site_id, "Chess") == (True, "Chess")


# -- newcomers


def test_a_newcomer_sends_two_a_minute_and_is_told_how_long_to_wait(town: Town, talk: str) -> None:
    lay_down(town, days=3)
    town.say("bob", talk, "1")
    town.say("bob", talk, "2")
    town.clock.pass_seconds(20)
    with pytest.raises(NewcomerLimited) as refused:
        town.say("bob", talk, "3")
    error = refused.value
    assert (error.status, error.code, error.retry_after) == (429, "newcomer_limited", 40.0)
    town.clock.pass_seconds(40)
    town.say("bob", talk, "3")
    assert texts(town, talk) == ["1", "2", "3"]


def test_sends_of_one_moment_on_two_workers_count_together(
    town: Town, talk: str, second_store: Store
) -> None:
    lay_down(town, days=3)
    other = town.open("bob", "cyd").id
    jobs = [
        gevent.spawn(store.writer.send, town.site_id, "bob", where, [new("x")])
        for store in (town.store, second_store)
        for where in (talk, other)
        for _ in range(2)
    ]
    gevent.joinall(jobs)
    assert sorted(type(job.exception).__name__ for job in jobs) == ["NewcomerLimited"] * 6 + ["NoneType"] * 2


def test_a_repeated_send_is_not_counted_again(town: Town, talk: str) -> None:
    lay_down(town, days=3)
    message = new("once")
    for is_again in (False, True, True, True):
        assert town.post("bob", talk, message).messages[0].duplicate is is_again
    town.say("bob", talk, "the second")


def test_who_is_not_new_any_more_is_free(town: Town, talk: str) -> None:
    lay_down(town, days=3, posts=10, trust=2)
    known = [("posts", {"posts": 10}), ("joined", {"joined": 1}), ("trust", {"trust": 2})]
    for user_id, claims in known:
        person = Person(town.site_id, user_id, user_id.title(), **({"joined": 1} | claims))  # type: ignore[arg-type]
        town.store.people.save_person(person)
        town.say(user_id, town.open(user_id, "ada").id, *"12345")
    town.clock.pass_seconds(3 * 86_400)
    town.say("bob", talk, *"12345")


def test_links_wait_until_somebody_has_talked(town: Town, talk: str) -> None:
    lay_down(town, days=3, links_after=2, per_minute=0, per_ten_minutes=0)
    with pytest.raises(LinksNotYet):
        town.say("bob", talk, "look: https://spam.example")
    town.say("bob", talk, "hello")
    with pytest.raises(LinksNotYet):
        edit(town, talk, "look: www.spam.example")
    town.say("bob", talk, "how are you")
    town.say("bob", talk, "look: https://fine.example")
    assert edit(town, talk, "www.fine.example") == "www.fine.example"


def test_a_newcomer_begins_few_conversations_an_hour(town: Town) -> None:
    lay_down(town, days=3, talks_per_hour=2, per_minute=0, per_ten_minutes=0)
    for user_id in ("dan", "eli"):
        town.add(user_id)
    begun = [town.open("bob", peer).id for peer in ("ada", "cyd", "dan", "eli")]
    town.say("ada", begun[0], "come and talk")
    for talk in begun[:3]:
        town.say("bob", talk, "hi")
    town.say("bob", begun[1], "and more")
    with pytest.raises(NewcomerLimited) as refused:
        town.say("bob", begun[3], "hi")
    assert refused.value.retry_after == 3_600.0
    town.clock.pass_seconds(3_600)
    town.say("bob", begun[3], "hi")


# -- held messages


def held_of(answer: SentMessages) -> list[Any]:
    return [(message.seq, message.held) for message in answer.messages]


def test_a_held_message_is_seen_by_nobody_until_it_is_approved(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    message = new("meet me at noon")
    for _ in range(3):
        assert held_of(town.post("bob", talk, message)) == [(0, True)]
    town.say("bob", talk, "something else")
    assert texts(town, talk) == texts(town, talk, "bob") == ["something else"]
    assert town.seen("ada", talk).unread == 1
    (line,) = waiting(town)
    assert (line.sender_id, line.conversation_id, line.reason, line.name) == ("bob", talk, "words", "Bob")
    assert not any(b"noon" in event for event in (*town.live("ada"), *town.live("bob")))

    approve(town, line)
    assert texts(town, talk) == ["something else", "meet me at noon"]
    assert [message.seq for message in town.history("ada", talk)] == [1, 2]
    assert b"meet me at noon" in town.live("ada")[-1]
    assert waiting(town) == []
    again = town.post("bob", talk, message).messages[0]
    assert (again.seq, again.duplicate) == (2, True)


def test_a_refused_message_is_told_to_its_sender_alone(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    message = new("meet me")
    town.post("bob", talk, message)
    town.store.held.refuse(town.site_id, waiting(town)[0].held_id, actor="owner:eve")
    assert b'"type":"message.refused"' in town.live("bob")[-1]
    assert message.client_id.encode() in town.replay("bob")[-1]
    assert town.live("ada") == []
    with pytest.raises(MessageRefused):
        town.post("bob", talk, message)
    assert texts(town, talk) == []


def test_the_first_messages_of_a_newcomer_wait(town: Town, talk: str) -> None:
    lay_down(town, days=3, hold_first=2, per_minute=0)
    assert held_of(town.say("bob", talk, "1", "2")) == [(0, True), (0, True)]
    for line in waiting(town):
        assert line.reason == "first"
        approve(town, line)
    assert held_of(town.say("bob", talk, "3"))[0][0] == 3
    assert texts(town, talk) == ["1", "2", "3"]


def test_held_messages_count_against_the_limits(town: Town, talk: str) -> None:
    lay_down(town, days=3, hold_first=1)
    for _ in range(2):
        town.say("bob", talk, "x")
    with pytest.raises(NewcomerLimited):
        town.say("bob", talk, "x")


def test_what_is_decided_is_decided(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    town.say("bob", talk, "meet me")
    held_id = waiting(town)[0].held_id
    town.store.held.refuse(town.site_id, held_id, actor="owner:eve")
    for act in (town.store.held.refuse, town.store.held.approve, town.store.held.look):
        with pytest.raises(Conflict):
            act(town.site_id, held_id, actor="owner:eve")  # type: ignore[operator]
        with pytest.raises(NotFound):
            act(town.site_id, "hnone", actor="owner:eve")  # type: ignore[operator]
    assert texts(town, talk) == []


def test_every_look_and_decision_is_on_the_record(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    town.say("bob", talk, "meet me secretly")
    approve(town, waiting(town)[0])
    acts = [(entry.act, entry.about) for entry in town.store.audit.page(town.site_id)]
    assert acts == [("held.approved", "bob"), ("held.viewed", "bob"), ("rules.changed", "")]
    assert town.store.audit.verify(town.site_id).broken is None
    assert all("secretly" not in str(entry.detail) for entry in town.store.audit.page(town.site_id))


def test_a_reply_with_a_mention_is_approved_as_it_was_written(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    town.say("ada", talk, "where?")
    town.post("bob", talk, new("meet me here", reply_to=1, mentions=("ada",)))
    approve(town, waiting(town)[0])
    message = town.history("ada", talk)[-1]
    assert (message.text, message.mentions, message.reply.seq) == ("meet me here", ("ada",), 1)  # type: ignore[union-attr]


def test_decided_ones_are_deleted_in_the_end(town: Town, talk: str) -> None:
    lay_down(town, *WORDS)
    for _ in range(2):
        town.say("bob", talk, "meet me")
    town.store.held.refuse(town.site_id, waiting(town)[0].held_id, actor="owner:eve")
    assert town.store.held.delete_decided() == 0
    town.clock.pass_seconds(31 * 86_400)
    assert town.store.held.delete_decided() == 1
    assert len(waiting(town)) == 1


def test_rules_that_cannot_be_meant_change_nothing(town: Town) -> None:
    lay_down(town, *WORDS)
    for bad in (HouseRules((WordRule("*", WordAction.MASK),)), HouseRules((), NewcomerRules(days=-1))):
        with pytest.raises(InvalidRequest):
            town.store.houses.change(town.site_id, bad, actor="owner:eve")
    assert town.store.houses.load(town.site_id).words == WORDS
    assert len(town.store.audit.page(town.site_id)) == 1
