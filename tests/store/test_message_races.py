"""The same message changed from two workers at once: nothing is lost, nothing counted twice."""

from collections.abc import Callable
from typing import Any

import gevent
import msgspec
import pytest

from imserver.errors import MessageDeleted, TooMany
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import Message
from imserver.store import Store
from imserver.store.values import room_stream
from tests.store.town import Town

THUMB = "👍"


def together(*acts: Callable[[], Message]) -> list[Any]:
    """Run the acts at once; return what each answered or raised."""
    jobs = [gevent.spawn(act) for act in acts]
    gevent.joinall(jobs)
    return [job.value if job.successful() else job.exception for job in jobs]


def act(store: Store, part: str, verb: str, *place: str, **what: Any) -> Callable[[], Message]:
    return lambda: getattr(getattr(store, part), verb)(*place, **what)  # type: ignore[no-any-return]


def test_everybodys_reaction_is_counted_once(town: Town, second_store: Store) -> None:
    room = town.store.groups.create_room(town.site_id, "ada", name="Salon")
    people = [f"p{n}" for n in range(8)]
    for user_id in people:
        town.add(user_id)
        town.store.groups.join(town.site_id, user_id, room)
    seq = town.say("ada", room, "one").messages[0].seq
    acts = [
        act(store, "reactions", "react", town.site_id, user_id, room, seq=seq, emoji=THUMB, on=True)
        for user_id in people
        for store in (town.store, second_store)
    ]
    answers = together(*acts)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    (last,) = [message for message in town.history("ada", room) if message.seq == seq]
    assert (last.version, last.reactions[0].count) == (8, 8)
    assert sorted(last.reactions[0].user_ids) == people
    cursors = [msgspec.json.decode(event)["cursor"] for event in town.replay(room_stream(room))]
    assert [Cursor.parse(cursor).useq for cursor in cursors] == list(range(1, len(cursors) + 1))


def test_what_is_deleted_while_it_is_edited_is_deleted(town: Town, second_store: Store) -> None:
    talk = town.open("ada", "bob")
    for n in range(1, 6):
        town.say("ada", talk.id, f"secret {n}")
        what = {"text": f"secret again {n}", "mentions": None, "window_ms": 60_000}
        answers = together(
            act(town.store, "edits", "edit", town.site_id, "ada", talk.id, seq=n, **what),
            act(second_store, "edits", "delete", town.site_id, "ada", talk.id, seq=n),
            act(
                second_store, "reactions", "react", town.site_id, "bob", talk.id, seq=n, emoji=THUMB, on=True
            ),
        )
        assert all(isinstance(answer, Message | MessageDeleted) for answer in answers)
    for message in town.history("bob", talk.id):
        assert (message.deleted, message.text, message.reactions) == (True, "", ())
    assert b"secret" not in b"".join(town.replay("bob"))


def test_the_last_place_for_a_pin_is_taken_once(
    town: Town, second_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.store.pins.PINS_PER_CONVERSATION", 3)
    talk = town.open("ada", "bob")
    town.say("ada", talk.id, *(str(n) for n in range(6)))
    answers = together(
        *(
            act(store, "pins", "pin", town.site_id, user_id, talk.id, seq=n)
            for n in range(1, 7)
            for store, user_id in ((town.store, "ada"), (second_store, "bob"))
        )
    )
    assert all(isinstance(answer, Message | TooMany) for answer in answers)
    pinned = town.store.pins.page(town.site_id, "ada", talk.id).data
    assert len(pinned) == 3
    assert len([m for m in town.history("ada", talk.id) if m.line]) == 3
    assert town.seen("bob", talk.id).last_seq == 9
