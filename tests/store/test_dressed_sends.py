"""Replies, mentions and files: judged where they are stored, drawn as they are now."""

import pytest

from imserver.errors import Blocked, ClientIdConflict, InvalidMention, InvalidReply, NotFound
from imserver.protocol.types import Quote
from imserver.store.values import room_stream
from tests.store.test_hidden_messages import hide
from tests.store.town import Town, new


def test_a_reply_quotes_the_message_as_the_server_has_it(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "x" * 300)
    town.post("bob", talk.id, new("yes", reply_to=1))
    for user_id in ("ada", "bob"):
        reply = town.history(user_id, talk.id)[1]
        assert reply.reply == Quote(seq=1, sender_id="ada", text="x" * 200)
        assert town.replay(user_id) == town.live(user_id)
    listed = town.store.conversations.require_conversation(town.site_id, "ada", talk.id)
    assert listed.last_message == town.history("ada", talk.id)[1]


@pytest.mark.parametrize("seq", [2, 3, 2**53])
def test_a_reply_to_nothing_of_this_conversation_is_refused(town: Town, seq: int) -> None:
    talk, other = town.open("ada", "bob"), town.open("ada", "cyd")
    town.say("ada", talk.id, "one")
    town.say("ada", other.id, "one", "two", "three")
    with pytest.raises(InvalidReply):
        town.post("ada", talk.id, new("first"), new("to what", reply_to=seq))
    assert len(town.history("ada", talk.id)) == 1
    assert town.say("ada", talk.id, "two").messages[0].seq == 2


def test_a_reply_may_be_repeated(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    reply = new("yes", reply_to=1, mentions=("ada",))
    first, again = (town.post("bob", talk.id, reply).messages[0] for _ in range(2))
    assert (again.seq, again.duplicate) == (first.seq, True)
    for other in (
        new("yes", reply.client_id),
        new("yes", reply.client_id, reply_to=1),
        new("yes", reply.client_id, reply_to=1, mentions=("bob",)),
        new("no", reply.client_id, reply_to=1, mentions=("ada",)),
    ):
        with pytest.raises(ClientIdConflict):
            town.post("bob", talk.id, other)
    assert town.replay("ada") == town.live("ada")
    assert len(town.replay("ada")) == 2


def test_a_mention_marks_the_place_for_those_mentioned(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    town.post("ada", talk.id, new("@bob, @ada", mentions=("bob", "ada", "bob")))
    assert town.history("bob", talk.id)[1].mentions == ("bob", "ada")
    assert town.seen("bob", talk.id).mentioned_seq == 2
    assert town.seen("ada", talk.id).mentioned_seq == 0


@pytest.mark.parametrize("user_id", ["cyd", "nobody", "\x1froom"])
def test_a_mention_of_a_stranger_is_refused(town: Town, user_id: str) -> None:
    talk = town.open("ada", "bob")
    with pytest.raises(InvalidMention):
        town.post("ada", talk.id, new("@cyd", mentions=("bob", user_id)))
    assert town.history("ada", talk.id) == []
    assert town.seen("bob", talk.id).mentioned_seq == 0


def test_one_who_is_mentioned_in_a_room_is_told_in_the_own_stream(town: Town) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Chess")
    assert town.store.groups.join(town.site_id, "bob", room)
    town.told.clear()
    _, mentioning = town.post("ada", room, new("one"), new("@bob", mentions=("bob",))).messages
    with pytest.raises(InvalidMention):
        town.post("ada", room, new("@cyd", mentions=("cyd",)))
    assert town.seen("bob", room).mentioned_seq == mentioning.seq
    assert [b"conversation.changed" in event for event in town.live("bob")] == [True]
    assert len(town.live(room_stream(room))) == 2
    assert town.replay(room_stream(room))[-2:] == town.live(room_stream(room))
    assert b'"mentions":["bob"]' in town.live(room_stream(room))[1]


def test_a_file_that_nobody_uploaded_is_not_found(town: Town) -> None:
    talk = town.open("ada", "bob")
    with pytest.raises(NotFound):
        town.post("ada", talk.id, new("", files=("f" * 32,)))


def test_a_reply_of_one_who_is_blocked_is_theirs_alone_and_so_is_the_quote(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    hide(town, "ada", talk.id)
    town.post("bob", talk.id, new("two", reply_to=1, mentions=("ada",)))
    with pytest.raises(Blocked):
        town.post("ada", talk.id, new("three", reply_to=1))
    hide(town, "ada", talk.id, hides=0)
    town.post("bob", talk.id, new("three", reply_to=2))
    assert town.seen("ada", talk.id).mentioned_seq == 0
    mine, theirs = town.history("bob", talk.id), town.history("ada", talk.id)
    assert [(m.text, m.hidden) for m in theirs] == [("one", False), ("", True), ("three", False)]
    assert [m.reply.text if m.reply else None for m in mine] == [None, "one", "two"]
    assert theirs[2].reply == Quote(seq=2, sender_id="bob", text="")
    for user_id in ("ada", "bob"):
        assert town.replay(user_id) == town.live(user_id)
    with pytest.raises(InvalidReply):
        town.post("ada", talk.id, new("what?", reply_to=2))


def ask(town: Town, user_id: str, conversation_id: str, request: int) -> None:
    place = f"conversation_id = '{conversation_id}' AND user_id = '{user_id}'"
    town.store.database.write(
        lambda tx: tx.script(f"UPDATE participants SET request = {request} WHERE {place}")
    )


def test_whoever_answers_a_stranger_has_accepted_the_request(town: Town) -> None:
    talk = town.open("ada", "bob")
    ask(town, "bob", talk.id, 1)
    town.say("ada", talk.id, "hello")
    assert len(town.live("bob")) == 1
    town.say("bob", talk.id, "who are you?", "well?")
    assert not town.seen("bob", talk.id).request
    assert [b"conversation.changed" in event for event in town.live("bob")] == [False, True, False, False]
    assert town.replay("bob") == town.live("bob")


def test_one_who_has_declined_a_request_hears_nothing_and_can_look(town: Town) -> None:
    talk = town.open("ada", "bob")
    ask(town, "bob", talk.id, 2)
    town.say("ada", talk.id, "hello")
    assert town.live("bob") == town.replay("bob") == []
    assert [m.text for m in town.history("bob", talk.id)] == ["hello"]
    assert len(town.live("ada")) == 1
