"""Rooms: one stream for all who have the room open, and a member's own row for who may send."""

from collections.abc import Iterable

import gevent
import msgspec
import pytest

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.cursor import START, Cursor
from imserver.store import Store, batch
from imserver.store.database import Call, Row
from imserver.store.values import Backlog, Person, UserKey, room_stream
from tests.store.town import Town, new


@pytest.fixture
def room(town: Town) -> str:
    """Give a room of ada's, in which bob takes part."""
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    assert town.store.groups.join(town.site_id, "bob", room)
    town.told.clear()
    return room


def backlog(town: Town, room: str, cursor: Cursor = START) -> list[bytes]:
    answer = town.store.log.read_backlog(town.site_id, room_stream(room), cursor)
    assert isinstance(answer, Backlog)
    return [event for event in answer.events if b'"kind":"line"' not in event and b"changed" not in event]


def test_a_message_to_a_room_is_one_row_in_the_rooms_own_stream(town: Town, room: str) -> None:
    town.say("ada", room, "hello", "all")
    town.say("bob", room, "hi")
    first = town.told[0].useq
    assert [(d.user_id, d.useq) for d in town.told] == [(room_stream(room), first + n) for n in range(3)]
    for user_id in ("ada", "bob"):
        assert town.store.log.fetch_head(town.site_id, user_id).useq == 1
    history = town.store.history.page(town.site_id, "bob", room, limit=3)
    assert [message.text for message in history.data] == ["hello", "all", "hi"]


def test_what_a_room_replays_is_byte_for_byte_what_it_told(town: Town, room: str) -> None:
    town.say("ada", room, 'quo"te', "😀")
    events = backlog(town, room)
    assert events == [d.event for d in town.told]
    event = msgspec.json.decode(events[1])
    assert (event["type"], event["room"], event["message"]["text"]) == ("message.created", room, "😀")
    head = town.store.log.fetch_head(town.site_id, room_stream(room))
    assert event["cursor"] == str(head.cursor)
    assert backlog(town, room, Cursor.parse(msgspec.json.decode(events[0])["cursor"])) == events[1:]
    key = UserKey(town.site_id, room_stream(room))
    assert town.store.log.load_heads([key]) == {key: head}


def test_only_those_who_take_part_send_and_have_a_mark(town: Town, room: str) -> None:
    for user_id in ("cyd", "nobody"):
        with pytest.raises(NotFound):
            town.say(user_id, room, "let me in")
        with pytest.raises(NotFound):
            town.store.writer.mark_read(town.site_id, user_id, room, 0)
    assert town.told == []
    assert town.store.groups.leave(town.site_id, "bob", room)
    with pytest.raises(NotFound):
        town.store.groups.leave(town.site_id, "bob", room)
    with pytest.raises(NotFound):
        town.say("bob", room, "too late")


def test_who_takes_part_is_told(town: Town, room: str) -> None:
    conversations = town.store.conversations
    assert not town.store.groups.join(town.site_id, "bob", room)
    assert conversations.load_participants(town.site_id, room) == ("ada", "bob")
    assert conversations.load_participants(town.site_id, "r-unknown") == ()
    direct = town.open("cyd", "ada")
    assert conversations.load_participants(town.site_id, direct.id) == ("ada", "cyd")
    assert conversations.is_participant(town.site_id, room, "ada")
    assert not conversations.is_participant(town.site_id, room, "cyd")
    assert not conversations.is_participant("elsewhere", room, "ada")


def test_there_are_no_rooms_without_a_site_a_person_or_a_room(town: Town, room: str) -> None:
    groups, other = town.store.groups, Town(town.store)
    other.add("eve")
    direct = town.open("ada", "bob")
    with pytest.raises(NotFound):
        groups.create_room(town.site_id, "nobody", name="Salon")
    for site_id, conversation_id, user_id in (
        (town.site_id, room, "nobody"),
        (town.site_id, "r-unknown", "cyd"),
        (town.site_id, direct.id, "cyd"),
        (other.site_id, room, "eve"),
    ):
        with pytest.raises(NotFound):
            groups.join(site_id, user_id, conversation_id)
    with pytest.raises(NotFound):
        groups.leave(town.site_id, "ada", direct.id)
    assert town.store.conversations.load_participants(town.site_id, direct.id) == ("ada", "bob")


def test_the_members_of_a_room_are_never_loaded_for_a_message(
    town: Town, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, object]] = []

    class Watching:
        def __init__(self, tx: object) -> None:
            self._tx = tx

        def together(self, calls: Iterable[Call]) -> list[list[Row]]:
            wanted = list(calls)
            found = self._tx.together(wanted)  # type: ignore[attr-defined]
            asked.extend((name, rows) for (name, _), rows in zip(wanted, found, strict=True))
            return found  # type: ignore[no-any-return]

    real = batch.commit_jobs
    monkeypatch.setattr("imserver.store.writer.commit_jobs", lambda tx, *a, **k: real(Watching(tx), *a, **k))  # type: ignore[arg-type]
    for n in range(20):
        town.add(f"u{n}")
        town.store.groups.join(town.site_id, f"u{n}", room)
    town.say("u7", room, "hello")
    found = {name: rows for name, rows in asked if name in ("load_participants", "find_members")}
    assert [(name, [row[2] for row in rows]) for name, rows in found.items()] == [("find_members", ["u7"])]


def test_rooms_and_direct_conversations_share_a_commit(town: Town, room: str) -> None:
    direct = town.open("ada", "bob")
    jobs = [
        gevent.spawn(town.say, user_id, conversation_id, str(n))
        for n in range(5)
        for user_id, conversation_id in (("ada", room), ("bob", direct.id), ("cyd", room), ("bob", room))
    ]
    gevent.joinall(jobs)
    assert [type(job.exception) for job in jobs if not job.successful()] == [NotFound] * 5
    first = min(d.useq for d in town.told if d.user_id == room_stream(room))
    assert [d.useq for d in town.told if d.user_id == room_stream(room)] == list(range(first, first + 10))
    assert len([d for d in town.told if d.user_id == "ada"]) == 5
    assert town.store.writer.commits_count <= 3


def test_marks_in_a_room_are_each_members_own(town: Town, room: str) -> None:
    town.say("ada", room, "1", "2", "3")
    town.told.clear()
    answer = town.store.writer.mark_read(town.site_id, "bob", room, 4)
    assert (answer.read_seq, answer.unread) == (4, 1)
    assert [d.user_id for d in town.told] == ["bob"]
    assert b"room" not in town.told[0].event
    assert town.store.writer.mark_read(town.site_id, "ada", room, 0).unread == 0
    town.store.groups.join(town.site_id, "cyd", room)
    assert town.store.writer.mark_read(town.site_id, "cyd", room, 0).unread == 0


def test_a_room_is_in_the_list_of_those_who_joined_it(town: Town, room: str) -> None:
    direct = town.open("ada", "bob")
    town.say("ada", direct.id, "for bob")
    town.clock.pass_seconds(1)
    town.say("ada", room, "for the room")
    for page in (
        town.store.conversations.page_conversations(town.site_id, "bob"),
        town.store.state(town.site_id, "bob", 30).conversations,
    ):
        assert [conversation.id for conversation in page.data] == [room, direct.id]
    assert town.store.state(town.site_id, "bob", 30).unread_total == 2
    assert town.store.conversations.page_conversations(town.site_id, "cyd").data == []
    seen = town.store.conversations.require_conversation(town.site_id, "cyd", room)
    assert (seen.role, seen.unread, seen.members, seen.last_message.text) == ("", 0, 2, "for the room")
    assert seen.room_cursor == str(town.store.log.fetch_head(town.site_id, room_stream(room)).cursor)


def test_a_repeated_message_to_a_room_is_stored_once(town: Town, room: str) -> None:
    message = new("once")
    answers = [town.store.writer.send(town.site_id, "ada", room, [message]) for _ in range(2)]
    assert [answer.messages[0].duplicate for answer in answers] == [False, True]
    assert len(backlog(town, room)) == 1


def test_messages_to_a_room_from_two_workers_are_numbered_without_a_gap(
    town: Town, room: str, second_store: Store
) -> None:
    def send(store: Store, user_id: str) -> None:
        for n in range(10):
            store.writer.send(town.site_id, user_id, room, [new(str(n))])

    stores = (town.store, second_store)
    jobs = [gevent.spawn(send, store, user_id) for store in stores for user_id in ("ada", "bob")]
    gevent.joinall(jobs, raise_error=True)
    cursors = [Cursor.parse(msgspec.json.decode(event)["cursor"]) for event in backlog(town, room)]
    assert [cursor.useq for cursor in cursors] == list(range(cursors[0].useq, cursors[0].useq + 40))


def test_nobody_can_be_named_like_a_room(town: Town, room: str) -> None:
    with pytest.raises(InvalidRequest):
        town.store.people.save_person(Person(town.site_id, room_stream(room), "Mallory"))
