"""Sending and reading marks: stored once, in order, or not at all."""

import gevent
import pytest

from imserver.errors import ClientIdConflict, InvalidRequest, InvalidText, NotFound, Unavailable
from imserver.protocol.cursor import START
from imserver.protocol.types import NewMessage
from imserver.store import Store
from imserver.store.values import Backlog
from tests.store.town import Clock, Town, new


def texts(town: Town, user_id: str, conversation_id: str) -> list[str]:
    page = town.store.history.page(town.site_id, user_id, conversation_id, limit=500)
    return [message.text for message in page.data]


def backlog(town: Town, user_id: str) -> list[bytes]:
    answer = town.store.log.read_backlog(town.site_id, user_id, START)
    assert isinstance(answer, Backlog)
    return answer.events


def test_a_sent_message_is_stored_and_told_to_both_before_the_answer(town: Town) -> None:
    talk = town.open("ada", "bob")
    answer = town.say("ada", talk.id, "hello 😀")
    assert [(m.seq, m.duplicate) for m in answer.messages] == [(1, False)]
    assert texts(town, "bob", talk.id) == ["hello 😀"]
    assert [(d.user_id, d.useq) for d in town.told] == [("ada", 1), ("bob", 1)]


def test_what_is_replayed_is_byte_for_byte_what_was_told(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, 'quo"te', "tab\t", "😀", "\x00 end")
    town.say("bob", talk.id, "back")
    town.store.writer.mark_read(town.site_id, "ada", talk.id, 5)
    for user_id in ("ada", "bob"):
        assert backlog(town, user_id) == [d.event for d in town.told if d.user_id == user_id]


def test_numbers_are_dense_when_many_send_at_once_from_two_workers(town: Town, second_store: Store) -> None:
    talk = town.open("ada", "bob")
    other = town.open("cyd", "bob")

    def send(store: Store, user_id: str, conversation_id: str) -> None:
        for n in range(10):
            store.writer.send(town.site_id, user_id, conversation_id, [new(f"{user_id} {n}")])

    jobs = [
        gevent.spawn(send, store, user_id, conversation_id)
        for store in (town.store, second_store)
        for user_id, conversation_id in (
            ("ada", talk.id),
            ("bob", talk.id),
            ("cyd", other.id),
            ("bob", other.id),
        )
    ]
    gevent.joinall(jobs, raise_error=True)
    for conversation_id in (talk.id, other.id):
        page = town.store.history.page(town.site_id, "bob", conversation_id, limit=100)
        assert [message.seq for message in page.data] == list(range(1, 41))
    assert len(backlog(town, "bob")) == 80
    assert town.store.log.fetch_head(town.site_id, "bob").useq == 80


def test_many_senders_share_a_commit(town: Town) -> None:
    talk = town.open("ada", "bob")
    gevent.joinall([gevent.spawn(town.say, "ada", talk.id, str(n)) for n in range(100)], raise_error=True)
    assert town.store.writer.messages_count == 100
    assert town.store.writer.commits_count <= 3


def test_a_repeated_send_has_the_same_answer_and_no_second_event(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    message = new("once")
    first = town.store.writer.send(town.site_id, "ada", talk.id, [message])
    clock.pass_seconds(60)
    again = town.store.writer.send(town.site_id, "ada", talk.id, [message])
    assert (again.messages[0].seq, again.messages[0].created_at) == (1, first.messages[0].created_at)
    assert again.messages[0].duplicate
    assert len(backlog(town, "bob")) == 1


def test_the_same_message_twice_in_one_commit_is_stored_once(town: Town) -> None:
    talk = town.open("ada", "bob")
    message = new("once")
    jobs = [gevent.spawn(town.store.writer.send, town.site_id, "ada", talk.id, [message]) for _ in range(20)]
    gevent.joinall(jobs, raise_error=True)
    assert [job.value.messages[0].seq for job in jobs] == [1] * 20
    assert sorted(job.value.messages[0].duplicate for job in jobs) == [False] + [True] * 19
    assert texts(town, "bob", talk.id) == ["once"]


def test_the_same_message_sent_to_two_workers_at_once_is_stored_once(town: Town, second_store: Store) -> None:
    talk = town.open("ada", "bob")
    for n in range(10):
        message = new(f"message {n}")
        jobs = [
            gevent.spawn(store.writer.send, town.site_id, "ada", talk.id, [message])
            for store in (town.store, second_store)
        ]
        gevent.joinall(jobs, raise_error=True)
    assert texts(town, "bob", talk.id) == [f"message {n}" for n in range(10)]


def test_a_client_id_used_for_another_text_is_a_conflict_and_stores_nothing(town: Town) -> None:
    talk = town.open("ada", "bob")
    message = new("first")
    town.store.writer.send(town.site_id, "ada", talk.id, [message])
    with pytest.raises(ClientIdConflict):
        town.store.writer.send(town.site_id, "ada", talk.id, [new("good"), new("other", message.client_id)])
    assert texts(town, "ada", talk.id) == ["first"]


def test_a_client_id_used_in_another_conversation_is_a_conflict(town: Town, second_store: Store) -> None:
    message = new("first")
    talks = [town.open("ada", "bob"), town.open("ada", "cyd")]
    jobs = [
        gevent.spawn(store.writer.send, town.site_id, "ada", talk.id, [message])
        for store, talk in zip((town.store, second_store), talks, strict=True)
    ]
    gevent.joinall(jobs)
    assert sorted(type(job.exception) for job in jobs if not job.successful()) == [ClientIdConflict]
    assert sum(len(texts(town, "ada", talk.id)) for talk in talks) == 1


def test_two_people_may_use_the_same_client_id(town: Town) -> None:
    talk = town.open("ada", "bob")
    message = new("mine")
    for user_id in ("ada", "bob"):
        town.store.writer.send(town.site_id, user_id, talk.id, [message])
    assert texts(town, "ada", talk.id) == ["mine", "mine"]


@pytest.mark.parametrize("user_id", ["cyd", "nobody"])
def test_one_who_takes_no_part_finds_nothing(town: Town, user_id: str) -> None:
    talk = town.open("ada", "bob")
    with pytest.raises(NotFound):
        town.say(user_id, talk.id, "let me in")
    with pytest.raises(NotFound):
        town.store.writer.mark_read(town.site_id, user_id, talk.id, 0)
    with pytest.raises(NotFound):
        town.say("ada", "d-unknown", "hello")


def test_another_site_finds_nothing(town: Town) -> None:
    talk = town.open("ada", "bob")
    other = Town(town.store)
    other.add("ada")
    with pytest.raises(NotFound):
        other.say("ada", talk.id, "from outside")


def test_a_job_that_fails_its_check_fails_alone(town: Town) -> None:
    talk = town.open("ada", "bob")
    good = [gevent.spawn(town.say, "ada", talk.id, str(n)) for n in range(5)]
    bad = gevent.spawn(town.say, "cyd", talk.id, "bad")
    gevent.joinall([*good, bad])
    assert isinstance(bad.exception, NotFound)
    assert all(job.successful() for job in good)
    assert len(texts(town, "ada", talk.id)) == 5


def test_twenty_messages_in_one_request_keep_their_order(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, *[f"line {n}" for n in range(20)])
    assert texts(town, "bob", talk.id) == [f"line {n}" for n in range(20)]


@pytest.mark.parametrize("client_id", ["", "zz" * 16, "ab" * 15, "é" * 32])
def test_a_malformed_client_id_is_refused(town: Town, client_id: str) -> None:
    talk = town.open("ada", "bob")
    with pytest.raises(InvalidRequest):
        town.store.writer.send(town.site_id, "ada", talk.id, [NewMessage(client_id=client_id, text="hi")])


def test_text_that_is_not_unicode_is_refused_before_it_is_queued(town: Town) -> None:
    talk = town.open("ada", "bob")
    with pytest.raises(InvalidText):
        town.say("ada", talk.id, "\ud800")


def test_sending_moves_the_senders_own_mark(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("bob", talk.id, "1", "2")
    town.say("ada", talk.id, "3")
    state = town.store.conversations.require_conversation(town.site_id, "ada", talk.id)
    assert (state.last_seq, state.read_seq, state.unread) == (3, 3, 0)
    state = town.store.conversations.require_conversation(town.site_id, "bob", talk.id)
    assert (state.read_seq, state.unread) == (2, 1)


def test_a_read_mark_moves_forward_only_and_tells_each_once(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1", "2", "3")
    town.told.clear()
    mark = town.store.writer.mark_read
    assert mark(town.site_id, "bob", talk.id, 2).unread == 1
    assert mark(town.site_id, "bob", talk.id, 1).read_seq == 2
    assert mark(town.site_id, "bob", talk.id, 2).read_seq == 2
    assert [d.user_id for d in town.told] == ["bob", "ada"]
    assert b'"type":"receipt.read"' in town.told[0].event
    assert b'"type":"receipt.peer"' in town.told[1].event
    with pytest.raises(InvalidRequest):
        mark(town.site_id, "bob", talk.id, 4)


def test_a_caller_that_goes_away_does_not_disturb_the_others(town: Town) -> None:
    talk = town.open("ada", "bob")
    leaving = gevent.spawn(town.say, "ada", talk.id, "left behind")
    staying = gevent.spawn(town.say, "bob", talk.id, "stays")
    gevent.sleep(0)
    leaving.kill()
    staying.get()
    assert sorted(texts(town, "ada", talk.id)) == ["left behind", "stays"]


def test_a_teller_that_fails_does_not_keep_the_answer_back(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    talk = town.open("ada", "bob")

    def fail(deliveries: object) -> None:
        raise RuntimeError("bus down")

    town.store.writer.on_commit = fail
    assert town.say("ada", talk.id, "hi").messages[0].seq == 1
    assert "telling of a commit failed" in caplog.text


def test_closing_finishes_what_is_queued_and_refuses_the_rest(town: Town) -> None:
    talk = town.open("ada", "bob")
    queued = [gevent.spawn(town.say, "ada", talk.id, str(n)) for n in range(300)]
    gevent.sleep(0)
    town.store.writer.close()
    gevent.joinall(queued, raise_error=True)
    with pytest.raises(Unavailable):
        town.say("ada", talk.id, "too late")
    assert len(texts(town, "ada", talk.id)) == 300
