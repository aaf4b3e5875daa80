"""Rooms as the site itself keeps them: it stands above their owners, and sees to rooms only.

Groups and direct conversations are their members' own: whoever asks for one here finds nothing.
"""

import msgspec

from imserver.errors import NotFound
from imserver.protocol.events import CONVERSATION_CHANGED
from imserver.protocol.types import LineKind, Role
from imserver.store.appending import StreamEvent
from imserver.store.audit import append
from imserver.store.bots import SYSTEM_ID
from imserver.store.changes import Changes
from imserver.store.database import Database, Transaction, first_row
from imserver.store.folding import fold, word_starts
from imserver.store.gathering import LINES_TOLD, Gathering, RoomRow, lock_gathering
from imserver.store.groups import add_member, begin_room, drop_member, withdraw
from imserver.store.people import load_people
from imserver.store.room_rows import RoomChange, changed_room, save_room, say_changes

# Of a room that is closed so many members are told at once; the others find it gone when they look.
TOLD_OF_CLOSING = 1_000


class SiteRoom(msgspec.Struct, frozen=True):
    """A room and how it goes. ``is_public`` is 0 for one that has been closed."""

    conversation_id: str
    name: str
    topic: str
    picture: str
    page: str
    slow_seconds: int
    is_public: int
    members: int
    last_seq: int
    last_at: int


class RoomMember(msgspec.Struct, frozen=True):
    """One who takes part."""

    user_id: str
    name: str
    role: str
    joined_at: int


class SiteRooms:
    """Every call raises NotFound for what is no room of the site. The site's own voice says what was done.

    ``actor`` names who does it: what changes a room is a line of the record.
    """

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def page(self, site_id: str, *, after: str, limit: int) -> list[SiteRoom]:
        """Return rooms by id, behind ``after``."""
        where = {"site_id": site_id, "conversation_id": after, "limit": limit}
        rows = self._database.read(lambda tx: tx.rows("list_site_rooms", **where))
        return [SiteRoom(*row) for row in rows]

    def require(self, site_id: str, conversation_id: str) -> SiteRoom:
        """Return the room."""
        key = {"site_id": site_id, "conversation_id": conversation_id}
        row = first_row(self._database.read(lambda tx: tx.rows("load_site_room", **key)))
        if row is None:
            raise NotFound
        return SiteRoom(*row)

    def members(self, site_id: str, conversation_id: str, *, after: str, limit: int) -> list[RoomMember]:
        """Return who takes part, by id, behind ``after``."""
        self.require(site_id, conversation_id)
        where = {"site_id": site_id, "conversation_id": conversation_id, "user_id": after, "limit": limit}
        rows = self._database.read(lambda tx: tx.rows("list_room_members", **where))
        return [RoomMember(*row) for row in rows]

    def create(self, site_id: str, owner_id: str, *, name: str, topic: str, actor: str) -> str:
        """Return the id of a new public room. Raises NotFound for the owner."""

        def create(tx: Transaction, now: int) -> tuple[str, list[StreamEvent]]:
            room = begin_room(tx, site_id, owner_id, name=name, topic=topic, now=now)
            _note(room, "room.created", actor=actor, now=now, owner=owner_id)
            return room.conversation_id, room.finish(now=now)

        return self._changes.commit(create)

    def change(self, site_id: str, conversation_id: str, change: RoomChange, *, actor: str) -> None:
        """Change name, topic or slow mode."""

        def apply(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            room = _lock_room(tx, site_id, conversation_id)
            old = room.load_room()
            new = changed_room(old, change)
            if new != old:
                save_room(room, old, new)
                say_changes(room, SYSTEM_ID, old, new)
                changed = [
                    name for name in RoomRow.__struct_fields__ if getattr(new, name) != getattr(old, name)
                ]
                _note(room, "room.changed", actor=actor, now=now, changed=changed)
            return None, room.finish(now=now)

        self._changes.commit(apply)

    def put_member(self, site_id: str, conversation_id: str, user_id: str, role: Role, *, actor: str) -> None:
        """Let somebody take part, whether they were banned or not, with this role.

        Raises NotFound for a person of another site and an absent one alike.
        """

        def apply(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            room = _lock_room(tx, site_id, conversation_id)
            held = room.role_of(user_id)
            if held is None:
                _let_in(room, user_id, role, now=now)
            elif held is not role:
                tx.run("set_role", **room.key, user_id=user_id, role=role.value)
                room.say(SYSTEM_ID, LineKind.ROLE, user_id=user_id, name=role.value)
                room.tell(user_id, CONVERSATION_CHANGED)
            if held is not role:
                _note(room, "room.member_put", actor=actor, now=now, member=user_id, role=role.value)
            return None, room.finish(now=now)

        self._changes.commit(apply)

    def remove_member(
        self, site_id: str, conversation_id: str, user_id: str, *, ban: bool, actor: str
    ) -> bool:
        """Put somebody out, whatever their role; with ``ban`` for good. Return whether they took part.

        Raises NotFound for somebody who neither takes part nor is invited nor to be banned.
        """

        def apply(tx: Transaction, now: int) -> tuple[bool, list[StreamEvent]]:
            room = _lock_room(tx, site_id, conversation_id)
            is_member, was_invited = room.role_of(user_id) is not None, withdraw(room, user_id)
            if is_member:
                drop_member(room, user_id, LineKind.REMOVED, by=SYSTEM_ID)
            elif not was_invited and not (ban and load_people(tx, site_id, [user_id])):
                raise NotFound
            if ban and not tx.rows("find_ban", **room.key, user_id=user_id):
                tx.run("insert_ban", **room.key, user_id=user_id, by_id=SYSTEM_ID, now=now)
                room.tell(user_id, CONVERSATION_CHANGED)
            _note(room, "room.member_removed", actor=actor, now=now, member=user_id, banned=ban)
            return is_member, room.finish(now=now)

        return self._changes.commit(apply)

    def close(self, site_id: str, conversation_id: str, *, actor: str) -> list[str]:
        """Put everybody out for good: nobody finds, reads or enters it any more. Return who took part.

        At most the first 1,000 are returned, and told; what was said is kept as long as the site keeps
        anything.
        """

        def apply(tx: Transaction, now: int) -> tuple[list[str], list[StreamEvent]]:
            room = _lock_room(tx, site_id, conversation_id)
            old = room.load_room()
            first = tx.rows("list_room_members", **room.key, user_id="", limit=TOLD_OF_CLOSING)
            if old.is_listed and (words := word_starts(fold(old.name))):
                tx.run("delete_room_words", **room.key, words=sorted(words))
            tx.run("delete_invitations", **room.key)
            tx.run("empty_room", **room.key)
            tx.run("empty_room_list", **room.key)
            tx.run("close_room", **room.key)
            members = [row[0] for row in first]
            for user_id in members:
                room.tell(user_id, CONVERSATION_CHANGED)
            room.change()
            _note(room, "room.closed", actor=actor, now=now, members=old.members)
            return members, room.finish(now=now)

        return self._changes.commit(apply)


def _note(room: Gathering, act: str, *, actor: str, now: int, **detail: object) -> None:
    append(
        room.tx,
        site_id=room.site_id,
        actor=actor,
        act=act,
        about=room.conversation_id,
        detail=detail,
        now=now,
    )


def _lock_room(tx: Transaction, site_id: str, conversation_id: str) -> Gathering:
    room = lock_gathering(tx, site_id, conversation_id)
    if not room.is_room:
        raise NotFound
    return room


def _let_in(room: Gathering, user_id: str, role: Role, *, now: int) -> None:
    members = room.load_room().members
    if room.tx.rows("find_ban", **room.key, user_id=user_id):
        room.tx.run("delete_bans", **room.key, user_ids=[user_id])
    withdraw(room, user_id)
    add_member(room, user_id, role, now=now)
    if members < LINES_TOLD:
        room.say(SYSTEM_ID, LineKind.JOINED, user_id=user_id)
        room.change()
    room.tell(user_id, CONVERSATION_CHANGED)
