"""Sends without a greenlet each: left with the writer, answered by a call."""

from typing import Any

import gevent
import pytest

from imserver.errors import ClientIdConflict, InvalidRequest, InvalidText, NotFound, Unavailable
from imserver.protocol.types import ReadAnswer, SentMessages
from imserver.services.conversations import Conversations
from imserver.store import batch
from imserver.store.values import Session
from imserver.store.writer import Writer
from tests.services import wait_until
from tests.store.town import Clock, Town, new


def session_of(town: Town, user_id: str) -> Session:
    return Session(town.site_id, user_id, b"x" * 16, "", 2**62)


def test_many_sends_of_one_greenlet_are_answered_in_order_after_they_were_told(town: Town) -> None:
    talk = town.open("ada", "bob")
    calls = Conversations(town.store)
    seen: list[tuple[Any, int]] = []
    for n in range(50):
        calls.submit_send(
            session_of(town, "ada"), talk.id, [new(str(n))], lambda a: seen.append((a, len(town.told)))
        )
    assert seen == []
    wait_until(lambda: len(seen) == 50)
    assert [answer.messages[0].seq for answer, _ in seen] == list(range(1, 51))
    assert all(told >= 2 * (n + 1) for n, (_, told) in enumerate(seen))
    assert town.store.writer.commits_count <= 2


def test_reads_and_failures_come_as_answers_too(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1", "2")
    calls = Conversations(town.store)
    answers: list[Any] = []
    calls.submit_read(session_of(town, "bob"), talk.id, 1, answers.append)
    calls.submit_read(session_of(town, "bob"), talk.id, 9, answers.append)
    calls.submit_send(session_of(town, "cyd"), talk.id, [new("no")], answers.append)
    calls.submit_send(session_of(town, "bob"), talk.id, [new("yes")], answers.append)
    wait_until(lambda: len(answers) == 4)
    assert [type(answer) for answer in answers] == [ReadAnswer, InvalidRequest, NotFound, SentMessages]
    assert answers[0].unread == 1


def test_what_is_wrong_with_the_request_is_raised_at_once(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    calls, ada = Conversations(town.store), session_of(town, "ada")
    twin = new("a")
    answers: list[Any] = []
    with pytest.raises(InvalidText):
        calls.submit_send(ada, talk.id, [new(" ")], answers.append)
    with pytest.raises(InvalidRequest):
        calls.submit_send(ada, talk.id, [twin, twin], answers.append)
    writer = Writer(town.store.database, now_ms=clock, queue_limit=0)
    with pytest.raises(Unavailable):
        writer.submit_read(town.site_id, "ada", talk.id, 0, answers.append)
    gevent.sleep(0)
    assert answers == []


def test_one_who_chokes_on_an_answer_harms_nobody(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    talk = town.open("ada", "bob")
    answers: list[Any] = []

    def choke(answer: object) -> None:
        raise RuntimeError("gone")

    submit = town.store.writer.submit_send
    submit(town.site_id, "ada", talk.id, [new("1")], choke)
    submit(town.site_id, "ada", talk.id, [new("2")], answers.append)
    wait_until(lambda: answers)
    assert town.say("bob", talk.id, "3").messages[0].seq == 3
    assert "an answer could not be handed over" in caplog.text


def test_a_batch_of_new_and_repeated_messages_is_judged_as_if_one_by_one(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repeats are found by their unique key, after all were planned as new; on SQLite in a later part."""
    talk, other = town.open("ada", "bob"), town.open("ada", "cyd")
    old = new("old")
    town.store.writer.send(town.site_id, "ada", talk.id, [old])
    town.told.clear()
    writer = Writer(town.store.database, now_ms=clock, on_commit=town.told.extend)
    looked_up: list[int] = []
    real = batch.find_sent
    monkeypatch.setattr(batch, "find_sent", lambda tx, jobs: looked_up.append(1) or real(tx, jobs))
    answers: list[Any] = []
    submit = writer.submit_send
    for n in range(700):
        submit(town.site_id, "ada", talk.id, [new(f"new {n}")], answers.append)
    wait_until(lambda: len(answers) == 700)
    assert looked_up == []
    first, second = new("first"), new("second")
    submit(town.site_id, "ada", talk.id, [first, second], answers.append)
    for n in range(150):
        submit(town.site_id, "bob", talk.id, [new(f"more {n}")], answers.append)
    submit(town.site_id, "ada", talk.id, [old, new("beside the old")], answers.append)
    submit(town.site_id, "ada", other.id, [new("good"), old], answers.append)
    submit(town.site_id, "ada", talk.id, [new("last")], answers.append)
    wait_until(lambda: len(answers) == 854)
    assert looked_up == [1]
    beside, conflict, last = answers[-3:]
    assert [(m.seq, m.duplicate) for m in beside.messages] == [(1, True), (854, False)]
    assert isinstance(conflict, ClientIdConflict)
    assert last.messages[0].seq == 855
    assert town.store.log.fetch_head(town.site_id, "cyd").useq == 0
    assert [d.useq for d in town.told if d.user_id == "bob"] == list(range(2, 856))
    writer.close()


def test_each_conversation_keeps_its_order_and_everybody_is_numbered_without_a_gap(
    town: Town, clock: Clock
) -> None:
    talks = [town.open("ada", "bob"), town.open("ada", "cyd"), town.open("bob", "cyd")]
    for n in range(5):
        town.add(f"u{n}")
        talks.append(town.open("ada", f"u{n}"))
    writer = Writer(town.store.database, now_ms=clock, on_commit=town.told.extend)
    answers: dict[str, list[Any]] = {talk.id: [] for talk in talks}
    for n in range(100):
        for talk in talks:
            sender = "bob" if talk is talks[2] else "ada"
            writer.submit_send(town.site_id, sender, talk.id, [new(str(n))], answers[talk.id].append)
    writer.close()
    for talk in talks:
        assert [answer.messages[0].seq for answer in answers[talk.id]] == list(range(1, 101))
        page = town.store.history.page(town.site_id, talk.peer.id, talk.id, limit=100)
        assert [message.text for message in page.data] == [str(n) for n in range(100)]
    told = [d.useq for d in town.told if d.user_id == "ada"]
    assert told == list(range(1, 701))
    assert town.store.log.fetch_head(town.site_id, "ada").useq == 700


def test_a_commit_that_is_tried_again_keeps_its_conversations_order(town: Town, clock: Clock) -> None:
    talk, other = town.open("ada", "bob"), town.open("ada", "cyd")

    class Stumbling:
        """Refuses every third transaction once, whatever is in it."""

        writes_at_once = 1

        calls = 0

        def write(self, work: Any) -> Any:
            self.calls += 1
            if self.calls % 3 == 1:
                raise RuntimeError("stumbled")
            return town.store.database.write(work)

    writer = Writer(Stumbling(), now_ms=clock)  # type: ignore[arg-type]
    stored: dict[str, list[int]] = {talk.id: [], other.id: []}

    def note(answer: Any) -> None:
        if isinstance(answer, SentMessages):
            stored[answer.conversation_id].append(answer.messages[0].seq)

    for n in range(60):
        for conversation in (talk, other):
            writer.submit_send(town.site_id, "ada", conversation.id, [new(f"{n:02}")], note)
    writer.close()
    for conversation, peer in ((talk, "bob"), (other, "cyd")):
        page = town.store.history.page(town.site_id, peer, conversation.id, limit=100)
        texts = [message.text for message in page.data]
        assert texts == sorted(texts)
        assert len(texts) > 30
        assert stored[conversation.id] == [message.seq for message in page.data]
