"""Rooms as a site's own server makes and keeps them."""

from collections.abc import Callable

from msgspec import UNSET

from imserver.protocol.types import Role
from imserver.protocol.types import server as wire
from imserver.services.conversations import within
from imserver.services.delivery import Delivery
from imserver.services.groups import clean_name, clean_topic
from imserver.services.site_desk import PAGE_LIMIT, after, next_place
from imserver.store import Store
from imserver.store.bots import SYSTEM_ID
from imserver.store.room_rows import RoomChange
from imserver.store.site_rooms import RoomMember, SiteRoom


class SiteRoomDesk:
    """Every call raises NotFound for what is no room of the site; members' own groups are not to be found.

    ``actor`` is the key that asks, for the record.
    """

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    def page(self, site_id: str, *, cursor: str | None, limit: int | None) -> wire.ServerRoomPage:
        """Return all rooms, those of pages too."""
        most = within(PAGE_LIMIT, limit)
        found = self._store.site_rooms.page(site_id, after=after(cursor), limit=most + 1)
        next_cursor = next_place(found, most, lambda room: room.conversation_id)
        return wire.ServerRoomPage(data=[_shown(room) for room in found[:most]], next_cursor=next_cursor)

    def require(self, site_id: str, conversation_id: str) -> wire.ServerRoom:
        """Return the room as it is."""
        return _shown(self._store.site_rooms.require(site_id, conversation_id))

    def create(self, site_id: str, wanted: wire.NewRoom, *, actor: str) -> wire.ServerRoom:
        """Make a public room of the owner, or of the site. Raises InvalidText, NotFound for the owner."""
        name, topic = clean_name(wanted.name), clean_topic(wanted.topic)
        owner_id = wanted.owner_id
        if owner_id is UNSET:
            owner_id = self._speak(site_id)
        conversation_id = self._store.site_rooms.create(
            site_id, owner_id, name=name, topic=topic, actor=actor
        )
        return self.require(site_id, conversation_id)

    def change(
        self, site_id: str, conversation_id: str, wanted: wire.ChangeRoom, *, actor: str
    ) -> wire.ServerRoom:
        """Change what is not absent."""
        change = RoomChange(
            name=None if wanted.name is UNSET else clean_name(wanted.name),
            topic=None if wanted.topic is UNSET else clean_topic(wanted.topic),
            slow_seconds=None if wanted.slow_seconds is UNSET else wanted.slow_seconds,
        )
        self._act(site_id, conversation_id, self._store.site_rooms.change, change, actor=actor)
        return self.require(site_id, conversation_id)

    def close(self, site_id: str, conversation_id: str, *, actor: str) -> None:
        """Close it for good; who has it before them hears it no longer."""
        self._store.site_rooms.require(site_id, conversation_id)
        self._speak(site_id)
        for user_id in self._store.site_rooms.close(site_id, conversation_id, actor=actor):
            self._delivery.tell_left(site_id, user_id, conversation_id)

    def members(
        self, site_id: str, conversation_id: str, *, cursor: str | None, limit: int | None
    ) -> wire.ServerMemberPage:
        """Return who takes part, by id."""
        most = within(PAGE_LIMIT, limit)
        found = self._store.site_rooms.members(site_id, conversation_id, after=after(cursor), limit=most + 1)
        next_cursor = next_place(found, most, lambda member: member.user_id)
        return wire.ServerMemberPage(data=[_member(each) for each in found[:most]], next_cursor=next_cursor)

    def put_member(self, site_id: str, conversation_id: str, user_id: str, role: Role, *, actor: str) -> None:
        """Let somebody take part, with this role."""
        self._act(site_id, conversation_id, self._store.site_rooms.put_member, user_id, role, actor=actor)

    def remove_member(
        self, site_id: str, conversation_id: str, user_id: str, *, ban: bool, actor: str
    ) -> None:
        """Put somebody out, whatever their role."""
        self._store.site_rooms.require(site_id, conversation_id)
        self._speak(site_id)
        self._store.site_rooms.remove_member(site_id, conversation_id, user_id, ban=ban, actor=actor)
        self._delivery.tell_left(site_id, user_id, conversation_id)

    def _act(
        self, site_id: str, conversation_id: str, act: Callable[..., None], *what: object, actor: str
    ) -> None:
        self._store.site_rooms.require(site_id, conversation_id)
        self._speak(site_id)
        act(site_id, conversation_id, *what, actor=actor)

    def _speak(self, site_id: str) -> str:
        """Return the site's own voice, in whose name things are done."""
        return self._store.bots.require(site_id, SYSTEM_ID)


def _shown(room: SiteRoom) -> wire.ServerRoom:
    return wire.ServerRoom(
        id=room.conversation_id,
        name=room.name,
        topic=room.topic,
        page=room.page,
        slow_seconds=room.slow_seconds,
        open=bool(room.is_public),
        members=room.members,
        last_seq=room.last_seq,
        last_at=room.last_at,
    )


def _member(member: RoomMember) -> wire.ServerMember:
    return wire.ServerMember(
        id=member.user_id, name=member.name, role=Role(member.role), joined_at=member.joined_at
    )
