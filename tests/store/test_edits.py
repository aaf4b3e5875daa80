"""Messages that change: other words, no words, and who hears of it."""

import pytest

from imserver.errors import (
    Blocked,
    EditTooLate,
    Forbidden,
    InvalidMention,
    InvalidText,
    MessageDeleted,
    NotFound,
)
from imserver.protocol.types import Line, LineKind, Message
from imserver.store.values import room_stream
from tests.store.test_hidden_messages import hide
from tests.store.test_lines import add
from tests.store.town import Clock, Town, new

DAY_MS = 86_400_000


def edit(town: Town, user_id: str, conversation_id: str, seq: int, text: str, **more: object) -> Message:
    asked = {"mentions": None, "window_ms": DAY_MS} | more
    return town.store.edits.edit(town.site_id, user_id, conversation_id, seq=seq, text=text, **asked)  # type: ignore[arg-type]


def delete(town: Town, user_id: str, conversation_id: str, seq: int) -> Message:
    return town.store.edits.delete(town.site_id, user_id, conversation_id, seq=seq)


def check_logs(town: Town, *user_ids: str) -> None:
    """The last event that each heard is byte for byte what the log replays, which says the last version."""
    for user_id in user_ids:
        assert town.replay(user_id)[-1] == town.live(user_id)[-1]


def test_an_edited_message_has_a_version_and_everybody_hears_of_it(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "helo", "second")
    clock.pass_seconds(5)
    edited = edit(town, "ada", talk.id, 1, "hello")
    assert (edited.seq, edited.text, edited.version, edited.edited_at) == (1, "hello", 1, clock())
    for user_id in ("ada", "bob"):
        assert town.history(user_id, talk.id)[0] == edited
        assert b'"type":"message.changed"' in town.live(user_id)[-1]
    check_logs(town, "ada", "bob")
    assert edit(town, "ada", talk.id, 1, "Hello").version == 2
    assert town.seen("bob", talk.id).last_seq == 2


def test_the_log_says_what_a_message_is_now(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    edit(town, "ada", talk.id, 1, "two")
    edit(town, "ada", talk.id, 1, "three")
    created, *changed = town.replay("bob")
    assert [b'"text":"three"' in event for event in (created, *changed)] == [True] * 3
    assert b'"type":"message.created"' in created
    assert changed[-1] == town.live("bob")[-1]


def test_the_same_text_again_is_no_change(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    first = edit(town, "ada", talk.id, 1, "two")
    town.told.clear()
    assert edit(town, "ada", talk.id, 1, "two") == first
    assert edit(town, "ada", talk.id, 1, "two", mentions=()) == first
    assert town.told == []


def test_only_the_sender_edits_and_only_what_is_there(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    with pytest.raises(Forbidden):
        edit(town, "bob", talk.id, 1, "mine now")
    for user_id, seq in (("cyd", 1), ("nobody", 1), ("ada", 2), ("ada", 0), ("ada", 2**53)):
        with pytest.raises(NotFound):
            edit(town, user_id, talk.id, seq, "what")
    with pytest.raises(NotFound):
        edit(Town(town.store), "ada", talk.id, 1, "from another site")
    with pytest.raises(InvalidText):
        edit(town, "ada", talk.id, 1, "")
    assert [message.text for message in town.history("bob", talk.id)] == ["one"]


def test_words_may_be_changed_for_a_while(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    with pytest.raises(EditTooLate):
        edit(town, "ada", talk.id, 1, "never", window_ms=0)
    clock.pass_seconds(60)
    with pytest.raises(EditTooLate):
        edit(town, "ada", talk.id, 1, "too late", window_ms=60_000)
    assert edit(town, "ada", talk.id, 1, "one", window_ms=60_000).version == 0


def test_an_edit_may_mention_others_and_calls_only_those(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one", "two")
    with pytest.raises(InvalidMention):
        edit(town, "ada", talk.id, 1, "@cyd", mentions=("cyd",))
    assert edit(town, "ada", talk.id, 2, "@bob", mentions=("bob", "ada")).mentions == ("bob", "ada")
    assert town.seen("bob", talk.id).mentioned_seq == 2
    assert edit(town, "ada", talk.id, 1, "@bob!", mentions=("bob",)).mentions == ("bob",)
    assert town.seen("bob", talk.id).mentioned_seq == 2
    assert edit(town, "ada", talk.id, 2, "@bob?").mentions == ("bob", "ada")
    assert edit(town, "ada", talk.id, 2, "nobody", mentions=()).mentions == ()


def test_a_deleted_message_leaves_nothing_but_its_place(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.post("ada", talk.id, new("a secret", mentions=("bob",)))
    town.post("bob", talk.id, new("what?", reply_to=1))
    gone = delete(town, "ada", talk.id, 1)
    assert (gone.text, gone.deleted, gone.mentions, gone.version) == ("", True, (), 1)
    for user_id in ("ada", "bob"):
        first, second = town.history(user_id, talk.id)
        assert first == gone
        assert second.reply is not None
        assert second.reply.text == ""
        assert b"a secret" not in b"".join(town.replay(user_id))
    check_logs(town, "ada", "bob")
    rows = town.store.database.read(
        lambda tx: tx.rows("load_message", site_id=town.site_id, conversation_id=talk.id, seq=1)
    )
    assert "secret" not in repr(rows)


def test_what_is_deleted_stays_so(town: Town) -> None:
    talk = town.open("ada", "bob")
    message = new("one")
    town.post("ada", talk.id, message)
    gone = delete(town, "ada", talk.id, 1)
    town.told.clear()
    assert delete(town, "ada", talk.id, 1) == gone
    assert town.told == []
    with pytest.raises(MessageDeleted):
        edit(town, "ada", talk.id, 1, "again")
    again = town.post("ada", talk.id, message).messages[0]
    assert (again.seq, again.duplicate) == (1, True)
    assert town.history("bob", talk.id) == [gone]


def test_an_edited_message_may_still_be_repeated(town: Town) -> None:
    talk = town.open("ada", "bob")
    message = new("one")
    town.post("ada", talk.id, message)
    edit(town, "ada", talk.id, 1, "two")
    again = town.post("ada", talk.id, message).messages[0]
    assert (again.seq, again.duplicate) == (1, True)
    assert [m.text for m in town.history("bob", talk.id)] == ["two"]


def test_nobody_deletes_what_another_has_said_to_them(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    with pytest.raises(Forbidden):
        delete(town, "bob", talk.id, 1)
    with pytest.raises(NotFound):
        delete(town, "cyd", talk.id, 1)


def test_a_keeper_of_a_room_deletes_but_does_not_edit(town: Town) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Chess")
    town.store.groups.join(town.site_id, "bob", room)
    town.store.groups.join(town.site_id, "cyd", room)
    seq = town.say("bob", room, "spam").messages[0].seq
    with pytest.raises(Forbidden):
        delete(town, "cyd", room, seq)
    with pytest.raises(Forbidden):
        edit(town, "ada", room, seq, "censored")
    assert delete(town, "ada", room, seq).deleted
    check_logs(town, room_stream(room))
    assert b'"room":' in town.live(room_stream(room))[-1]
    assert all(b"changed" not in event for event in town.live("cyd")[1:])


def test_a_line_is_nobodys(town: Town) -> None:
    talk = town.open("ada", "bob")
    add(town, talk.id, Line(what=LineKind.RENAMED, name="Chess"), by="ada")
    for act in (lambda: edit(town, "ada", talk.id, 1, "x"), lambda: delete(town, "ada", talk.id, 1)):
        with pytest.raises(Forbidden):
            act()


def test_one_who_has_blocked_the_other_changes_nothing(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    hide(town, "ada", talk.id)
    with pytest.raises(Blocked):
        edit(town, "ada", talk.id, 1, "two")
    with pytest.raises(Blocked):
        delete(town, "ada", talk.id, 1)


def test_what_a_blocked_person_takes_back_leaves_the_screen_of_the_other(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("bob", talk.id, "what ada has read")
    hide(town, "ada", talk.id)
    town.say("bob", talk.id, "what she never sees")
    heard = len(town.live("ada"))
    gone = delete(town, "bob", talk.id, 1)
    delete(town, "bob", talk.id, 2)
    assert len(town.live("ada")) == len(town.replay("ada")) == heard + 1
    assert town.live("ada")[-1] == town.replay("ada")[-1]
    assert b'"deleted":true' in town.live("ada")[-1]
    assert town.history("ada", talk.id)[0] == gone
    check_logs(town, "ada", "bob")


def test_what_a_blocked_person_edits_is_kept_from_the_other(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("bob", talk.id, "hello")
    hide(town, "ada", talk.id)
    heard = len(town.live("ada"))
    edited = edit(town, "bob", talk.id, 1, "now listen")
    assert (edited.text, edited.version, edited.hidden) == ("now listen", 1, False)
    assert len(town.live("ada")) == len(town.replay("ada")) == heard
    assert b"listen" not in b"".join(town.replay("ada"))
    assert town.history("bob", talk.id) == [edited]
    hide(town, "ada", talk.id, hides=0)
    assert [(m.text, m.hidden) for m in town.history("ada", talk.id)] == [("", True)]
    with pytest.raises(NotFound):
        edit(town, "ada", talk.id, 1, "what I cannot see")
