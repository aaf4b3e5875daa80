"""The queue of reports: what a moderator sees of a conversation, and that no look goes unrecorded."""

from typing import Any

import pytest

from imserver.errors import Conflict, MessageDeleted, NotFound
from imserver.protocol.types import NewReport, ReportReason
from imserver.store.report_queue import AROUND, Outcome, ReportLine
from tests.store.town import Town

EVE = "owner:eve@town.example"


def report(town: Town, reporter: str = "ada", **about: Any) -> str:
    return town.store.reports.insert(
        town.site_id, reporter, NewReport(reason=ReportReason.SPAM, note="look at this", **about)
    )


def queue(town: Town, state: str = "open") -> list[ReportLine]:
    return town.store.report_queue.page(town.site_id, state=state)


def acts(town: Town) -> list[str]:
    return [entry.act for entry in town.store.audit.page(town.site_id)]


@pytest.fixture
def talk(town: Town) -> str:
    """Give a conversation of 21 messages, the eleventh of which is bad."""
    talk = town.open("bob", "ada").id
    town.say("bob", talk, *(f"b{n}" for n in range(1, 11)))
    town.say("bob", talk, "the bad one", *(f"b{n}" for n in range(12, 21)))
    town.say("ada", talk, "stop it")
    return talk


def test_the_queue_says_who_and_why_and_nothing_of_what_was_said(town: Town, talk: str) -> None:
    report(town, conversation_id=talk, seq=11)
    town.clock.pass_seconds(1)
    report(town, user_id="cyd")
    first, second = queue(town)
    assert (first.reporter_name, first.user_id, first.user_name, first.kind) == (
        "Ada",
        "bob",
        "Bob",
        "direct",
    )
    assert (first.reason, first.note, first.state) == ("spam", "look at this", "open")
    assert (second.user_id, second.kind) == ("cyd", "")
    assert "bad one" not in repr(queue(town))
    assert town.store.report_queue.count_open(town.site_id) == 2
    assert acts(town) == []


def test_a_moderator_sees_the_message_and_five_around_it_once_it_is_recorded(town: Town, talk: str) -> None:
    report_id = report(town, conversation_id=talk, seq=11)
    opened = town.store.report_queue.look(town.site_id, report_id, actor=EVE)
    assert AROUND == 5
    assert [message.seq for message in opened.messages] == list(range(6, 17))
    assert (opened.text, opened.messages[5].text) == ("the bad one", "the bad one")
    assert opened.names == {"ada": "Ada", "bob": "Bob"}
    (entry,) = town.store.audit.page(town.site_id)
    assert (entry.actor, entry.act, entry.about) == (EVE, "report.viewed", "bob")
    assert entry.detail == {"report": report_id, "conversation": talk, "seq": 11, "from": 6, "to": 16}


def test_each_look_is_a_line_of_its_own(town: Town, talk: str) -> None:
    report_id = report(town, conversation_id=talk, seq=11)
    for _ in range(3):
        town.store.report_queue.look(town.site_id, report_id, actor=EVE)
    assert acts(town) == ["report.viewed"] * 3


def test_nothing_is_shown_when_the_look_cannot_be_recorded(
    town: Town, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = report(town, conversation_id=talk, seq=11)

    def fail(*_: object, **__: object) -> int:
        raise KeyError("no room left")

    monkeypatch.setattr("imserver.store.report_queue.append", fail)
    with pytest.raises(KeyError, match="no room left"):
        town.store.report_queue.look(town.site_id, report_id, actor=EVE)


def test_a_report_keeps_the_words_as_they_were(town: Town, talk: str) -> None:
    report_id = report(town, conversation_id=talk, seq=11)
    town.store.edits.edit(
        town.site_id, "bob", talk, seq=11, text="I was nice", mentions=None, window_ms=10**9
    )
    opened = town.store.report_queue.look(town.site_id, report_id, actor=EVE)
    assert (opened.text, opened.messages[5].text) == ("the bad one", "I was nice")
    town.store.edits.delete(town.site_id, "bob", talk, seq=11)
    opened = town.store.report_queue.look(town.site_id, report_id, actor=EVE)
    assert (opened.text, opened.messages[5].text, opened.messages[5].deleted) == ("the bad one", "", True)


def test_what_was_hidden_from_the_one_who_reported_stays_hidden(town: Town, talk: str) -> None:
    town.store.blocks.block(town.site_id, "ada", "bob")
    town.say("bob", talk, "behind the wall")
    report_id = report(town, conversation_id=talk, seq=19)
    opened = town.store.report_queue.look(town.site_id, report_id, actor=EVE)
    assert [message.seq for message in opened.messages] == list(range(14, 22))


@pytest.mark.parametrize("kind", ["group", "room"])
def test_reports_come_from_groups_and_rooms_too(town: Town, kind: str) -> None:
    if kind == "group":
        where = town.store.groups.create_group(town.site_id, "ada", name="Club", invited=["bob"])
    else:
        where = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    town.store.groups.join(town.site_id, "bob", where)
    seq = town.say("bob", where, "the bad one").messages[0].seq
    report_id = report(town, conversation_id=where, seq=seq)
    assert queue(town)[0].kind == kind
    opened = town.store.report_queue.look(town.site_id, report_id, actor=EVE)
    assert opened.messages[-1].text == "the bad one"
    town.store.report_queue.delete_message(town.site_id, report_id, actor=EVE)
    assert town.history("ada", where)[-1].deleted


def test_a_person_who_is_reported_opens_no_conversation(town: Town, talk: str) -> None:
    opened = town.store.report_queue.look(town.site_id, report(town, user_id="bob"), actor=EVE)
    assert (opened.messages, opened.text, opened.conversation_id) == ([], "", "")


def test_a_deleted_message_is_gone_for_everybody_and_told(town: Town, talk: str) -> None:
    report_id = report(town, conversation_id=talk, seq=11)
    town.store.report_queue.delete_message(town.site_id, report_id, actor=EVE)
    for reader in ("ada", "bob"):
        message = town.history(reader, talk)[10]
        assert (message.text, message.deleted, message.seq) == ("", True, 11)
        assert b'"type":"message.changed"' in town.live(reader)[-1]
    (line,) = queue(town, "closed")
    assert (line.outcome, line.decided_by, line.decided_at) == ("message_deleted", EVE, town.clock.now_ms)
    assert acts(town) == ["report.decided"]
    assert town.store.report_queue.look(town.site_id, report_id, actor=EVE).text == "the bad one"


def test_what_its_sender_has_deleted_cannot_be_deleted_again(town: Town, talk: str) -> None:
    report_id = report(town, conversation_id=talk, seq=11)
    town.store.edits.delete(town.site_id, "bob", talk, seq=11)
    with pytest.raises(MessageDeleted):
        town.store.report_queue.delete_message(town.site_id, report_id, actor=EVE)
    assert len(queue(town)) == 1


def test_a_report_is_decided_once(town: Town, talk: str) -> None:
    report_id = report(town, conversation_id=talk, seq=11)
    reports = town.store.report_queue
    reports.decide(town.site_id, report_id, Outcome.DISMISSED, actor=EVE)
    with pytest.raises(Conflict):
        reports.decide(town.site_id, report_id, Outcome.BANNED, actor=EVE)
    with pytest.raises(Conflict):
        reports.delete_message(town.site_id, report_id, actor=EVE)
    assert (queue(town), queue(town, "closed")[0].outcome) == ([], "dismissed")
    assert acts(town) == ["report.decided"]


def test_reports_of_another_site_are_not_there(town: Town, talk: str) -> None:
    other = Town(town.store, town.clock)
    report_id = report(town, conversation_id=talk, seq=11)
    reports = town.store.report_queue
    assert queue(other) == []
    for act in (reports.look, reports.delete_message):
        with pytest.raises(NotFound):
            act(other.site_id, report_id, actor=EVE)  # type: ignore[operator]
    with pytest.raises(NotFound):
        reports.decide(other.site_id, report_id, Outcome.DISMISSED, actor=EVE)
    assert acts(town) == acts(other) == []


def test_closed_reports_are_deleted_in_the_end_and_open_ones_never(town: Town, talk: str) -> None:
    closed = report(town, conversation_id=talk, seq=11)
    report(town, user_id="bob")
    town.store.report_queue.decide(town.site_id, closed, Outcome.DISMISSED, actor=EVE)
    town.clock.pass_seconds(179 * 86_400)
    assert town.store.report_queue.delete_old() == 0
    town.clock.pass_seconds(2 * 86_400)
    assert town.store.report_queue.delete_old() == 1
    assert len(queue(town)) == 1


def test_the_queue_is_paged(town: Town) -> None:
    for _ in range(5):
        report(town, user_id="bob")
    seen: list[str] = []
    place = (0, "")
    while lines := town.store.report_queue.page(town.site_id, after=place, limit=2):
        seen += [line.report_id for line in lines]
        place = (lines[-1].created_at, lines[-1].report_id)
    assert len(seen) == len(set(seen)) == 5
