"""Writes that somebody has to hear of: committed, numbered and told together."""

import pytest

from imserver.errors import Conflict
from imserver.protocol.cursor import START
from imserver.protocol.events import CONVERSATION_CHANGED, conversation_body
from imserver.store.appending import StreamEvent
from imserver.store.database import Transaction
from imserver.store.values import Backlog
from tests.store.town import Town


def change(town: Town, user_id: str, conversation_id: str = "c") -> StreamEvent:
    body = conversation_body(conversation_id)
    return ((town.site_id, user_id), CONVERSATION_CHANGED, conversation_id, 0, body, body)


def test_a_change_is_told_as_the_log_replays_it(town: Town) -> None:
    def work(tx: Transaction, now: int) -> tuple[str, list[StreamEvent]]:
        return "done", [change(town, "bob", "one"), change(town, "ada"), change(town, "bob", "two")]

    assert town.store.changes.commit(work) == "done"
    assert [(d.user_id, d.useq) for d in town.told] == [("bob", 1), ("ada", 1), ("bob", 2)]
    replay = town.store.log.read_backlog(town.site_id, "bob", START)
    assert isinstance(replay, Backlog)
    assert replay.events == [d.event for d in town.told if d.user_id == "bob"]
    assert b'"type":"conversation.changed"' in replay.events[0]


def test_what_fails_is_neither_stored_nor_told(town: Town) -> None:
    def work(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
        tx.run("insert_conversation", site_id=town.site_id, conversation_id="c", kind="direct", now=now)
        raise Conflict

    with pytest.raises(Conflict):
        town.store.changes.commit(work)
    assert town.told == []
    key = {"site_id": town.site_id, "conversation_id": "c"}
    assert town.store.database.read(lambda tx: tx.rows("find_conversation", **key)) == []


def test_nothing_to_tell_is_nothing_told(town: Town) -> None:
    assert town.store.changes.commit(lambda tx, now: (now, [])) > 0
    assert town.told == []


def test_a_teller_that_fails_keeps_no_answer_back(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    def fail(deliveries: object) -> None:
        raise RuntimeError("bus down")

    town.store.changes.on_commit = fail
    assert town.store.changes.commit(lambda tx, now: ("done", [change(town, "ada")])) == "done"
    assert "telling of a change failed" in caplog.text


def test_columns_that_a_cut_off_migration_has_added_are_added(town: Town, engine: str) -> None:
    """MySQL commits DDL by itself, so that its record may be missing."""
    if engine == "sqlite":
        return
    town.store.database.write(lambda tx: tx.script("DELETE FROM schema_migrations WHERE version >= 17"))
    assert "0018_participant_marks" in town.store.migrate()
