"""Reactions and pins: who may, how many, and what everybody sees of them."""

from collections.abc import Callable

import pytest

from imserver.errors import Blocked, Forbidden, MessageDeleted, NotFound, TooMany
from imserver.protocol.types import Line, LineKind, Message, Reaction
from imserver.store.values import room_stream
from tests.store.test_hidden_messages import hide
from tests.store.test_lines import add
from tests.store.town import Clock, Town, new

THUMB, HEART = "👍", "❤\ufe0f"


def react(
    town: Town, user_id: str, conversation_id: str, emoji: str, *, seq: int = 1, on: bool = True
) -> Message:
    return town.store.reactions.react(town.site_id, user_id, conversation_id, seq=seq, emoji=emoji, on=on)


def shown(message: Message) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(reaction.emoji, reaction.count, reaction.user_ids) for reaction in message.reactions]


def pinned(town: Town, user_id: str, conversation_id: str) -> list[int]:
    page = town.store.pins.page(town.site_id, user_id, conversation_id)
    return [message.seq for message in page.data]


def test_reactions_are_counted_and_everybody_hears_of_each(town: Town, clock: Clock) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    react(town, "bob", talk.id, THUMB)
    clock.pass_seconds(1)
    react(town, "ada", talk.id, HEART)
    clock.pass_seconds(1)
    last = react(town, "ada", talk.id, THUMB)
    assert shown(last) == [(THUMB, 2, ("bob", "ada")), (HEART, 1, ("ada",))]
    assert last.version == 3
    for user_id in ("ada", "bob"):
        assert town.history(user_id, talk.id) == [last]
        assert town.replay(user_id)[-1] == town.live(user_id)[-1]
    assert shown(react(town, "ada", talk.id, HEART, on=False)) == [(THUMB, 2, ("bob", "ada"))]


def test_a_reaction_that_is_there_already_is_told_to_nobody(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    first = react(town, "bob", talk.id, THUMB)
    town.told.clear()
    assert react(town, "bob", talk.id, THUMB) == first
    assert react(town, "bob", talk.id, HEART, on=False) == first
    assert react(town, "ada", talk.id, THUMB, on=False) == first
    assert town.told == []


def test_a_message_has_twenty_different_reactions_and_no_more(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    for n in range(20):
        react(town, "bob", talk.id, chr(0x1F400 + n))
    with pytest.raises(TooMany):
        react(town, "bob", talk.id, THUMB)
    assert len(react(town, "ada", talk.id, chr(0x1F400)).reactions) == 20
    react(town, "bob", talk.id, chr(0x1F401), on=False)
    assert len(react(town, "bob", talk.id, THUMB).reactions) == 20


def test_only_the_first_twenty_who_react_are_named(town: Town, clock: Clock) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    seq = town.say("ada", room, "one").messages[0].seq
    for n in range(25):
        town.add(f"p{n:02}")
        town.store.groups.join(town.site_id, f"p{n:02}", room)
        clock.pass_seconds(1)
        last = react(town, f"p{n:02}", room, THUMB, seq=seq)
    assert last.reactions == (Reaction(emoji=THUMB, count=25, user_ids=tuple(f"p{n:02}" for n in range(20))),)
    assert town.replay(room_stream(room))[-1] == town.live(room_stream(room))[-1]
    assert shown(react(town, "p00", room, THUMB, seq=seq, on=False))[0][2][-1] == "p20"


def test_there_is_nothing_to_react_to_for_those_who_see_nothing(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one", "two")
    for user_id, seq in (("cyd", 1), ("bob", 3), ("bob", 0)):
        with pytest.raises(NotFound):
            react(town, user_id, talk.id, THUMB, seq=seq)
    town.store.edits.delete(town.site_id, "ada", talk.id, seq=1)
    with pytest.raises(MessageDeleted):
        react(town, "bob", talk.id, THUMB)
    add(town, talk.id, Line(what=LineKind.RENAMED), by="ada")
    with pytest.raises(Forbidden):
        react(town, "bob", talk.id, THUMB, seq=3)


def test_a_deleted_message_has_no_reactions_and_no_pin(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    react(town, "bob", talk.id, THUMB)
    town.store.pins.pin(town.site_id, "bob", talk.id, seq=1)
    gone = town.store.edits.delete(town.site_id, "ada", talk.id, seq=1)
    assert (gone.reactions, gone.pinned) == ((), False)
    assert pinned(town, "ada", talk.id) == []
    key = {"site_id": town.site_id, "conversation_id": talk.id, "seq": 1, "emoji": THUMB}
    assert town.store.database.read(lambda tx: tx.rows("count_reactions", **key)) == [(0,)]


def test_an_edit_keeps_reactions_and_a_reaction_keeps_the_edit(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.post("ada", talk.id, new("one", mentions=("bob",)))
    react(town, "bob", talk.id, THUMB)
    town.store.edits.edit(town.site_id, "ada", talk.id, seq=1, text="two", mentions=None, window_ms=60_000)
    last = react(town, "ada", talk.id, HEART)
    assert (last.text, last.mentions, len(last.reactions), last.version) == ("two", ("bob",), 2, 3)
    assert last.edited_at


def test_the_reaction_of_a_blocked_person_is_seen_by_themselves_alone(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one")
    react(town, "ada", talk.id, THUMB)
    hide(town, "ada", talk.id)
    heard = len(town.live("ada"))
    assert shown(react(town, "bob", talk.id, THUMB)) == [(THUMB, 2, ("ada", "bob"))]
    assert shown(react(town, "bob", talk.id, HEART)) == [(THUMB, 2, ("ada", "bob")), (HEART, 1, ("bob",))]
    assert len(town.live("ada")) == len(town.replay("ada")) == heard
    assert shown(town.history("ada", talk.id)[0]) == [(THUMB, 1, ("ada",))]
    assert b"bob" not in town.replay("ada")[-1]
    assert shown(town.history("bob", talk.id)[0])[1] == (HEART, 1, ("bob",))
    assert town.replay("bob")[-1] == town.live("bob")[-1]
    with pytest.raises(Blocked):
        react(town, "ada", talk.id, HEART)
    with pytest.raises(Blocked):
        town.store.pins.pin(town.site_id, "ada", talk.id, seq=1)


def test_both_of_a_conversation_pin_and_a_line_says_so(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one", "two")
    assert town.store.pins.pin(town.site_id, "bob", talk.id, seq=2).pinned
    town.store.pins.pin(town.site_id, "ada", talk.id, seq=1)
    told = len(town.told)
    town.store.pins.pin(town.site_id, "bob", talk.id, seq=1)
    assert len(town.told) == told
    assert pinned(town, "ada", talk.id) == pinned(town, "bob", talk.id) == [2, 1]
    lines = [message.line for message in town.history("bob", talk.id) if message.line]
    assert [(line.what, line.seq, line.by) for line in lines] == [("pinned", 2, "bob"), ("pinned", 1, "ada")]
    for user_id in ("ada", "bob"):
        assert town.replay(user_id)[-2:] == town.live(user_id)[-2:]
    assert not town.store.pins.unpin(town.site_id, "ada", talk.id, seq=2).pinned
    town.store.pins.unpin(town.site_id, "ada", talk.id, seq=2)
    for user_id in ("ada", "bob"):
        assert town.replay(user_id)[-2:] == town.live(user_id)[-2:]
    assert pinned(town, "ada", talk.id) == [1]
    with pytest.raises(NotFound):
        pinned(town, "cyd", talk.id)
    with pytest.raises(NotFound):
        town.store.pins.pin(town.site_id, "cyd", talk.id, seq=1)


def test_whoever_sees_the_number_of_pins_is_told_that_it_has_changed(town: Town) -> None:
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, "one", "two")

    def count_told(act: Callable[[], object]) -> list[int]:
        before = [town.live(user_id) for user_id in ("ada", "bob")]
        act()
        after = [town.live(user_id) for user_id in ("ada", "bob")]
        return [
            b"".join(now[len(then) :]).count(b"conversation.changed")
            for then, now in zip(before, after, strict=True)
        ]

    place = town.site_id, "bob", talk.id
    for act in (town.store.pins.pin, town.store.pins.unpin):
        assert count_told(lambda act=act: act(*place, seq=2)) == [1, 1]
        assert count_told(lambda act=act: act(*place, seq=2)) == [0, 0]
    town.store.pins.pin(*place, seq=1)
    assert count_told(lambda: town.store.edits.delete(town.site_id, "ada", talk.id, seq=1)) == [1, 1]
    assert count_told(lambda: town.store.edits.delete(town.site_id, "ada", talk.id, seq=2)) == [0, 0]


def test_in_a_room_those_pin_who_keep_it(town: Town) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    town.store.groups.join(town.site_id, "bob", room)
    seq = town.say("bob", room, "one").messages[0].seq
    for act in (town.store.pins.pin, town.store.pins.unpin):
        with pytest.raises(Forbidden):
            act(town.site_id, "bob", room, seq=seq)
    town.store.pins.pin(town.site_id, "ada", room, seq=seq)
    assert pinned(town, "bob", room) == [seq]
    assert town.live(room_stream(room))[-2:] == town.replay(room_stream(room))[-2:]


def test_a_conversation_has_fifty_pins_and_no_more(town: Town) -> None:
    talk = town.open("ada", "bob")
    for n in range(3):
        town.say("ada", talk.id, *(f"{n} {m}" for m in range(17)))
    for seq in range(1, 51):
        town.store.pins.pin(town.site_id, "ada", talk.id, seq=seq)
    with pytest.raises(TooMany):
        town.store.pins.pin(town.site_id, "ada", talk.id, seq=51)
    town.store.pins.unpin(town.site_id, "ada", talk.id, seq=7)
    assert town.store.pins.pin(town.site_id, "ada", talk.id, seq=51).pinned
