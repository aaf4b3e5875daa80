"""Receipts: how far somebody has a conversation, and how far others may know."""

from typing import Any

import gevent
import msgspec
import pytest
from msgspec import UNSET

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import ChosenPresence, SetSettings
from imserver.services.receiving import Receiving
from imserver.store.values import Session
from tests.store.test_dressed_sends import ask
from tests.store.test_hidden_messages import hide
from tests.store.town import Town, new


def read(town: Town, user_id: str, conversation_id: str, seq: int) -> None:
    town.store.writer.mark_read(town.site_id, user_id, conversation_id, seq)


def receive(town: Town, user_id: str, conversation_id: str, seq: int) -> None:
    town.store.writer.mark_delivered(town.site_id, user_id, conversation_id, seq)


def receipts(town: Town, user_id: str) -> list[tuple[str, int, int]]:
    events: list[dict[str, Any]] = [msgspec.json.decode(t.event) for t in town.told if t.user_id == user_id]
    return [(e["user_id"], e["read_seq"], e["delivered_seq"]) for e in events if e["type"] == "receipt.peer"]


def test_the_other_one_hears_what_was_received_and_read(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1", "2", "3")
    receive(town, "bob", talk.id, 3)
    read(town, "bob", talk.id, 2)
    read(town, "bob", talk.id, 3)
    assert receipts(town, "ada") == [("bob", 0, 3), ("bob", 2, 3), ("bob", 3, 3)]
    assert receipts(town, "bob") == []
    assert town.replay("ada") == town.live("ada")
    assert town.told_marks("bob", talk.id) == (3, 3)
    seen = town.seen("ada", talk.id)
    assert (seen.peer_read_seq, seen.peer_delivered_seq) == (3, 3)


def test_marks_never_go_back_and_what_is_known_is_not_told_again(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1", "2", "3")
    read(town, "bob", talk.id, 3)
    told = len(town.told)
    for _ in range(2):
        receive(town, "bob", talk.id, 2)
        read(town, "bob", talk.id, 1)
    assert len(town.told) == told
    with pytest.raises(InvalidRequest):
        receive(town, "bob", talk.id, 4)
    for user_id in ("cyd", "nobody"):
        with pytest.raises(NotFound):
            receive(town, user_id, talk.id, 1)


def test_one_who_answers_first_and_reads_then_is_told_of_all_the_same(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1")
    town.say("bob", talk.id, "2")
    read(town, "bob", talk.id, 2)
    assert receipts(town, "ada") == [("bob", 2, 2)]


def test_nothing_is_told_across_a_block_and_nothing_afterwards(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1", "2")
    town.say("bob", talk.id, "3")
    hide(town, "ada", talk.id)
    read(town, "ada", talk.id, 3)
    receive(town, "bob", talk.id, 2)
    assert receipts(town, "ada") == receipts(town, "bob") == []
    assert town.told_marks("ada", talk.id) == town.told_marks("bob", talk.id) == (0, 0)
    assert town.seen("ada", talk.id).unread == 0
    hide(town, "ada", talk.id, hides=0)
    assert receipts(town, "ada") == receipts(town, "bob") == []


def switch(town: Town, user_id: str, *, on: bool) -> None:
    town.store.preferences.change(town.site_id, user_id, SetSettings(receipts=on))


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_a_switch_holds_from_either_side_and_for_the_past(town: Town, who: str) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1", "2")
    read(town, "bob", talk.id, 1)
    switch(town, who, on=False)
    read(town, "bob", talk.id, 2)
    assert receipts(town, "ada") == [("bob", 1, 1)]
    for user_id in ("ada", "bob"):
        seen = town.seen(user_id, talk.id)
        assert (seen.peer_read_seq, seen.peer_delivered_seq) == (UNSET, UNSET)
    switch(town, who, on=True)
    assert town.seen("ada", talk.id).peer_read_seq == 1
    assert town.seen("bob", talk.id).unread == 0


def test_an_invisible_reader_is_not_given_away_and_sees_the_others(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1")
    town.store.presence.choose(town.site_id, "bob", presence=ChosenPresence.INVISIBLE, status_text=None)
    read(town, "bob", talk.id, 1)
    receive(town, "bob", talk.id, 1)
    assert receipts(town, "ada") == []
    assert town.told_marks("bob", talk.id) == (0, 0)
    town.say("bob", talk.id, "2")
    read(town, "ada", talk.id, 2)
    assert receipts(town, "bob") == [("ada", 2, 2)]


def test_a_request_that_waits_gives_no_receipts(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "hello?")
    ask(town, "bob", talk.id, 1)
    read(town, "bob", talk.id, 1)
    assert receipts(town, "ada") == []
    town.say("bob", talk.id, "yes")
    read(town, "bob", talk.id, 2)
    assert receipts(town, "ada") == [("bob", 2, 2)]


def test_in_a_group_a_wall_keeps_receipts_and_mentions(town: Town) -> None:
    group = town.store.groups.create_group(town.site_id, "ada", name="Three", invited=["bob", "cyd"])
    for user_id in ("bob", "cyd"):
        town.store.groups.join(town.site_id, user_id, group)
    town.store.blocks.block(town.site_id, "bob", "cyd")
    seq = town.post("cyd", group, new("@bob @ada", mentions=("bob", "ada"))).messages[0].seq
    assert town.seen("ada", group).mentioned_seq == seq
    assert town.seen("bob", group).mentioned_seq == 0
    read(town, "bob", group, seq)
    assert (receipts(town, "cyd"), receipts(town, "ada")) == ([], [("bob", seq, seq)])
    last = town.say("cyd", group, "well").messages[0].seq
    edit = town.store.edits.edit
    edit(town.site_id, "cyd", group, seq=last, text="@bob", mentions=["bob", "ada"], window_ms=60_000)
    assert town.seen("bob", group).mentioned_seq == 0
    assert town.seen("ada", group).mentioned_seq == last


def test_a_room_has_no_receipts(town: Town) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    town.store.groups.join(town.site_id, "bob", room)
    seq = town.say("ada", room, "1").messages[0].seq
    receive(town, "bob", room, seq)
    read(town, "bob", room, seq)
    assert receipts(town, "ada") == []
    assert b"receipt.peer" not in b"".join(told.event for told in town.told)
    assert town.seen("bob", room).unread == 0


def test_a_groups_receipts_are_told_and_not_kept(town: Town) -> None:
    group = town.store.groups.create_group(town.site_id, "ada", name="Three", invited=["bob", "cyd"])
    for user_id in ("bob", "cyd"):
        town.store.groups.join(town.site_id, user_id, group)
    seq = town.say("ada", group, "hello").messages[0].seq
    read(town, "bob", group, seq)
    for user_id in ("ada", "cyd"):
        assert receipts(town, user_id) == [("bob", seq, seq)]
        assert b"receipt.peer" not in b"".join(town.replay(user_id))
        assert [told.useq for told in town.told if b"receipt.peer" in told.event] == [0, 0]
    assert receipts(town, "bob") == []


def test_a_mark_made_by_hand_is_the_persons_own_and_ends_by_reading(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "1")
    read(town, "bob", talk.id, 1)
    town.told.clear()
    town.store.marks.set_unread(town.site_id, "bob", talk.id, on=True)
    town.store.marks.set_unread(town.site_id, "bob", talk.id, on=True)
    assert town.seen("bob", talk.id).marked_unread
    assert [(told.user_id, b"conversation.changed" in told.event) for told in town.told] == [("bob", True)]
    assert town.replay("bob")[-1] == town.live("bob")[-1]
    town.say("bob", talk.id, "2")
    assert not town.seen("bob", talk.id).marked_unread
    with pytest.raises(NotFound):
        town.store.marks.set_unread(town.site_id, "cyd", talk.id, on=True)


def test_what_devices_receive_is_gathered_and_written_once(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, *"123")
    later: list[Any] = []
    receiving = Receiving(town.store.writer, spawn_later=lambda seconds, call: later.append(call))
    bob = Session(town.site_id, "bob", b"", "", 0)
    for seq in (1, 3, 2, 2**53):
        receiving.note(bob, talk.id if seq < 4 else "d-unknown", seq)
    assert len(later) == 1
    later[0]()
    with gevent.Timeout(10):
        town.store.writer.close()
    assert receipts(town, "ada") == [("bob", 0, 3)]
