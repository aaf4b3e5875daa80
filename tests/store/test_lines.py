"""System lines."""

from imserver.protocol.cursor import START
from imserver.protocol.types import Line, LineKind
from imserver.store.lines import add_line
from imserver.store.values import Backlog, room_stream
from tests.store.town import Town


def add(town: Town, conversation_id: str, line: Line, *, by: str) -> None:
    town.store.changes.commit(
        lambda tx, now: (None, add_line(tx, town.site_id, conversation_id, line, by=by, now=now))
    )


def unread(town: Town, user_id: str, conversation_id: str) -> int:
    return town.store.conversations.require_conversation(town.site_id, user_id, conversation_id).unread


def test_a_line_stands_among_the_messages_and_is_told_to_all(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "first")
    add(town, talk.id, Line(what=LineKind.RENAMED, name="<b>Chess</b>"), by="bob")
    town.say("ada", talk.id, "third")
    page = town.store.history.page(town.site_id, "ada", talk.id, limit=10).data
    assert [(m.seq, m.kind, m.text) for m in page] == [
        (1, "text", "first"),
        (2, "line", ""),
        (3, "text", "third"),
    ]
    assert page[1].line == Line(what=LineKind.RENAMED, name="<b>Chess</b>")
    for user_id in ("ada", "bob"):
        replay = town.store.log.read_backlog(town.site_id, user_id, START)
        assert isinstance(replay, Backlog)
        assert replay.events == [d.event for d in town.told if d.user_id == user_id]
        assert b'"kind":"line"' in replay.events[1]


def test_whoever_has_read_all_before_a_line_has_read_the_line(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "first")
    add(town, talk.id, Line(what=LineKind.JOINED, user_id="cyd"), by="ada")
    assert unread(town, "ada", talk.id) == 0
    assert unread(town, "bob", talk.id) == 2


def test_a_line_in_a_room_is_in_the_rooms_own_stream(town: Town) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Chess")
    before = len(town.told)
    add(town, room, Line(what=LineKind.JOINED, user_id="ada"), by="ada")
    assert [d.user_id for d in town.told[before:]] == [room_stream(room)]
    replay = town.store.log.read_backlog(town.site_id, room_stream(room), START)
    assert isinstance(replay, Backlog)
    assert replay.events == [d.event for d in town.told if d.user_id == room_stream(room)]
