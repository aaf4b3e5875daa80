"""What somebody sends who is blocked: answered and shown to them as always, and kept from the other."""

import pytest

from imserver.errors import Blocked
from imserver.protocol.cursor import START
from imserver.protocol.types import Message
from imserver.store.values import Backlog
from tests.store.town import Town, new


def hide(town: Town, user_id: str, conversation_id: str, *, hides: int = 1) -> None:
    """Let the person block the other one of a direct conversation."""
    place = f"conversation_id = '{conversation_id}' AND user_id = '{user_id}'"
    town.store.database.write(lambda tx: tx.script(f"UPDATE participants SET hides = {hides} WHERE {place}"))


def history(town: Town, user_id: str, conversation_id: str) -> list[Message]:
    return town.store.history.page(town.site_id, user_id, conversation_id, limit=100).data


def backlog(town: Town, user_id: str) -> list[bytes]:
    answer = town.store.log.read_backlog(town.site_id, user_id, START)
    assert isinstance(answer, Backlog)
    return answer.events


def test_one_who_is_blocked_finds_no_difference(town: Town) -> None:
    free, blocked = town.open("bob", "cyd"), town.open("bob", "ada")
    hide(town, "ada", blocked.id)
    answers = [town.say("bob", talk.id, "hello").messages[0] for talk in (free, blocked)]
    assert [(answer.seq, answer.duplicate) for answer in answers] == [(1, False)] * 2
    shown = [history(town, "bob", talk.id)[0] for talk in (free, blocked)]
    assert [(m.seq, m.text, m.hidden, m.version) for m in shown] == [(1, "hello", False, 0)] * 2
    events = backlog(town, "bob")
    assert events == [d.event for d in town.told if d.user_id == "bob"]
    assert len(events) == 2
    assert b"hidden" not in b"".join(events)


def test_the_one_who_blocks_hears_nothing_and_keeps_dense_numbers(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "before")
    hide(town, "ada", talk.id)
    town.say("bob", talk.id, "meanwhile")
    hide(town, "ada", talk.id, hides=0)
    town.say("bob", talk.id, "after")
    seen = [(m.seq, m.text, m.hidden) for m in history(town, "ada", talk.id)]
    assert seen == [(1, "before", False), (2, "", True), (3, "after", False)]
    assert len(backlog(town, "ada")) == 2
    assert b"meanwhile" not in b"".join(backlog(town, "ada"))
    assert [m.text for m in history(town, "bob", talk.id)] == ["before", "meanwhile", "after"]


def test_the_one_who_blocks_cannot_write_but_may_repeat_what_was_stored(town: Town) -> None:
    talk = town.open("ada", "bob")
    before = new("before")
    first = town.store.writer.send(town.site_id, "ada", talk.id, [before]).messages[0]
    hide(town, "ada", talk.id)
    again = town.store.writer.send(town.site_id, "ada", talk.id, [before]).messages[0]
    assert (again.seq, again.duplicate) == (first.seq, True)
    with pytest.raises(Blocked):
        town.say("ada", talk.id, "to nobody")
    with pytest.raises(Blocked):
        town.store.writer.send(town.site_id, "ada", talk.id, [before, new("and more")])
    assert [m.text for m in history(town, "bob", talk.id)] == ["before"]


def test_a_plain_message_may_share_its_commit_with_a_hidden_one(town: Town) -> None:
    free, blocked = town.open("bob", "cyd"), town.open("bob", "ada")
    hide(town, "ada", blocked.id)
    got = []
    for talk in (free, blocked):
        town.store.writer.submit_send(town.site_id, "bob", talk.id, [new("hi")], got.append)
    town.store.writer.close()
    assert [answer.messages[0].seq for answer in got] == [1, 1]
    assert [m.text for m in history(town, "cyd", free.id)] == ["hi"]
    assert [m.hidden for m in history(town, "ada", blocked.id)] == [True]
