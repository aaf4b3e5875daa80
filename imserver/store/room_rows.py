"""The rows that only groups and rooms have: what they are called, and how they are found and used."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from imserver.protocol.types import ConversationKind, LineKind
from imserver.store.database import Transaction
from imserver.store.folding import fold, word_starts
from imserver.store.gathering import Gathering, RoomRow
from imserver.store.values import room_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChange:
    """What is to be another than before; None stays as it is."""

    name: str | None = None
    topic: str | None = None
    picture: str | None = None
    slow_seconds: int | None = None


def insert_room(
    tx: Transaction,
    key: dict[str, str],
    *,
    kind: ConversationKind,
    name: str,
    topic: str = "",
    page: str = "",
    is_listed: int = 0,
    now: int,
) -> None:
    """Insert a group's or room's rows, with the words by which it is found; nobody takes part yet."""
    folded, is_public = fold(name), int(kind is ConversationKind.ROOM)
    tx.run("insert_conversation", **key, kind=kind.value, now=now)
    tx.run(
        "insert_room",
        **key,
        name=name,
        name_folded=folded,
        topic=topic,
        page=page,
        is_public=is_public,
        is_listed=is_listed,
    )
    if is_listed:
        _insert_words(tx, key, word_starts(folded))
    if is_public:
        tx.run("insert_streams", rows=[(key["site_id"], room_stream(key["conversation_id"]))])


def _insert_words(tx: Transaction, key: dict[str, str], words: Iterable[str]) -> None:
    tx.run(
        "insert_room_words", rows=[(key["site_id"], word, key["conversation_id"]) for word in sorted(words)]
    )


def changed_room(old: RoomRow, change: RoomChange) -> RoomRow:
    """Return the row as it is to be."""
    asked = {name: getattr(change, name) for name in ("name", "topic", "picture", "slow_seconds")}
    return msgspec.structs.replace(old, **{name: value for name, value in asked.items() if value is not None})


def save_room(gathering: Gathering, old: RoomRow, new: RoomRow) -> None:
    """Write the row, and the words by which it is found."""
    folded = fold(new.name)
    gathering.tx.run(
        "update_room",
        **gathering.key,
        name=new.name,
        name_folded=folded,
        topic=new.topic,
        picture=new.picture,
        slow_seconds=new.slow_seconds,
    )
    if new.is_listed and new.name != old.name:
        gathering.tx.run("delete_room_words", **gathering.key, words=word_starts(fold(old.name)))
        _insert_words(gathering.tx, gathering.key, word_starts(folded))


def say_changes(gathering: Gathering, user_id: str, old: RoomRow, new: RoomRow) -> None:
    """Plan the lines of what is another than before."""
    if new.name != old.name:
        gathering.say(user_id, LineKind.RENAMED, name=new.name)
    if new.picture != old.picture:
        gathering.say(user_id, LineKind.PICTURE)
    gathering.change()
