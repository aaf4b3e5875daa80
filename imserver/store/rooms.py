"""Lists of what a person may join: public rooms, and invitations."""

import msgspec

from imserver.protocol.types import (
    ConversationKind,
    Invitation,
    Profile,
    PublicRoom,
    PublicRoomPage,
)
from imserver.store.database import Database, Row, Transaction
from imserver.store.folding import fold, prefix_range
from imserver.store.keyset import open_place, seal

# The newest; who has more open than this declines some first.
INVITATIONS_SHOWN = 50


class RoomPlace(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """The last room of a page."""

    name_folded: str
    conversation_id: str


class Rooms:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page_public(
        self, site_id: str, user_id: str, *, q: str = "", cursor: str | None = None, limit: int = 50
    ) -> PublicRoomPage:
        """Return rooms that anybody may join, by name; without those that have banned the person."""
        place = open_place(cursor, RoomPlace) if cursor else RoomPlace("", "")
        low, high = prefix_range(q)
        where = {"site_id": site_id, "user_id": user_id, **msgspec.structs.asdict(place), "limit": limit + 1}

        def load(tx: Transaction) -> list[Row]:
            if fold(q):
                return tx.rows("page_rooms_found", **where, low=low, high=high)
            return tx.rows("page_rooms", **where)

        return _page(self._database.read(load), limit=limit)

    def load_invitations(self, site_id: str, user_id: str) -> list[Invitation]:
        """Return what the person is invited to, the newest first."""
        return self._database.read(lambda tx: load_invitations(tx, site_id, user_id))


def load_invitations(tx: Transaction, site_id: str, user_id: str) -> list[Invitation]:
    """Return what the person is invited to, within a transaction."""
    rows = tx.rows("page_invitations", site_id=site_id, user_id=user_id, limit=INVITATIONS_SHOWN)
    return [_invitation(row) for row in rows]


def _invitation(row: Row) -> Invitation:
    conversation_id, kind, name, picture, members, user_id, user_name, avatar, url, created_at = row
    return Invitation(
        conversation_id=conversation_id,
        kind=ConversationKind(kind),
        name=name,
        picture=picture,
        members=members,
        inviter=Profile(id=user_id, name=user_name, avatar=avatar, url=url),
        created_at=created_at,
    )


def _page(rows: list[Row], *, limit: int) -> PublicRoomPage:
    last = rows[limit - 1] if len(rows) > limit else None
    return PublicRoomPage(
        data=[_public_room(row) for row in rows[:limit]],
        next_cursor=seal(RoomPlace(last[6], last[0])) if last else None,
    )


def _public_room(row: Row) -> PublicRoom:
    conversation_id, name, topic, picture, members, joined = row[:6]
    return PublicRoom(
        conversation_id=conversation_id,
        name=name,
        topic=topic,
        picture=picture,
        members=members,
        joined=bool(joined),
    )
