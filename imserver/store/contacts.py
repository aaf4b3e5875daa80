"""Lists of people as a viewer sees them: friends, everyone online, everyone; searched and paged here."""

from typing import Annotated, Any

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import Contact, ContactPage, Presence
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.folding import fold, prefix_range
from imserver.store.keyset import open_place, seal
from imserver.store.roster import count_friends


class FriendPlace(msgspec.Struct, frozen=True, array_like=True, tag="f"):
    """The last friend of a page; ``listed`` is 1 for one who is seen online."""

    listed: Annotated[int, msgspec.Meta(ge=0, le=2)]
    name_folded: str
    user_id: str


class OnlinePlace(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    """The last person of a page of everyone online."""

    name_folded: str
    user_id: str


class PersonPlace(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """The last person of a page of everyone."""

    name_folded: str
    user_id: str


# Online friends have listed = 1: the first page begins above them.
FIRST_FRIEND = FriendPlace(2, "", "")

# A search that finds more goes through the people by name instead of sorting what it found: of 100,000, one
# letter found 36,000, and its first page took 207 ms on SQLite, 22 ms since.
MANY_FOUND = 2_000


class Contacts:
    """Pages by keyset: what changes between two pages moves nobody else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def contact(self, site_id: str, viewer_id: str, user_id: str) -> Contact:
        """Return one person as the viewer sees them; raise NotFound."""

        def load(tx: Transaction) -> Row | None:
            return first_row(tx.rows("load_contact", site_id=site_id, viewer_id=viewer_id, user_id=user_id))

        row = self._database.read(load)
        if row is None:
            raise NotFound
        return contact_of(row[:7])

    def page_friends(
        self, site_id: str, viewer_id: str, *, q: str = "", cursor: str | None = None, limit: int = 50
    ) -> ContactPage:
        """Return friends, those online first, then by name."""
        place = open_place(cursor, FriendPlace) if cursor else FIRST_FRIEND
        who = {"site_id": site_id, "viewer_id": viewer_id}

        def load(tx: Transaction) -> ContactPage:
            rows = tx.rows(
                f"page_friends{_suffix(q)}", **who, **_columns(place), **_range(q), limit=limit + 1
            )
            if _suffix(q):
                total = int(tx.rows("count_friends_found", **who, **_range(q))[0][0])
            else:
                total = count_friends(tx, site_id, viewer_id)
            return _page(rows, limit=limit, total=total, place=_friend_place)

        return self._database.read(load)

    def page_online(
        self, site_id: str, viewer_id: str, *, q: str = "", cursor: str | None = None, limit: int = 50
    ) -> ContactPage:
        """Return everyone who is seen online, by name; neither the viewer nor the invisible."""
        place = open_place(cursor, OnlinePlace) if cursor else OnlinePlace("", "")
        return self._page_by_name(site_id, viewer_id, what="online", place=place, q=q, limit=limit)

    def page_everyone(
        self, site_id: str, viewer_id: str, *, q: str = "", cursor: str | None = None, limit: int = 50
    ) -> ContactPage:
        """Return all people of the site but the viewer, by name."""
        place = open_place(cursor, PersonPlace) if cursor else PersonPlace("", "")
        return self._page_by_name(site_id, viewer_id, what="everyone", place=place, q=q, limit=limit)

    def _page_by_name(
        self, site_id: str, viewer_id: str, *, what: str, place: OnlinePlace | PersonPlace, q: str, limit: int
    ) -> ContactPage:
        who = {"site_id": site_id, "viewer_id": viewer_id}
        kind = type(place)

        def load(tx: Transaction) -> ContactPage:
            total = int(tx.rows(f"count_{what}{_suffix(q)}", **who, **_range(q))[0][0])
            suffix = "_many" if _suffix(q) and total > MANY_FOUND else _suffix(q)
            rows = tx.rows(f"page_{what}{suffix}", **who, **_columns(place), **_range(q), limit=limit + 1)
            return _page(rows, limit=limit, total=total, place=lambda row: kind(row[8], row[0]))

        return self._database.read(load)


def contact_of(columns: Row) -> Contact:
    """Make a Contact of user_id, name, avatar, url, shown, status_text, friend.

    One who is seen offline has no status text, so that invisible cannot be told from offline.
    """
    user_id, name, avatar, url, shown, status_text, friend = columns
    presence = Presence(shown)
    return Contact(
        id=user_id,
        name=name,
        avatar=avatar,
        url=url,
        presence=presence,
        status_text="" if presence is Presence.OFFLINE else status_text,
        friend=bool(friend),
    )


def _suffix(q: str) -> str:
    return "_found" if fold(q) else ""


def _range(q: str) -> dict[str, str]:
    low, high = prefix_range(q)
    return {"low": low, "high": high}


def _columns(place: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(place)


def _friend_place(row: Row) -> FriendPlace:
    return FriendPlace(row[7], row[8], row[0])


def _page(rows: list[Row], *, limit: int, total: int, place: Any) -> ContactPage:
    data = [contact_of(row[:7]) for row in rows[:limit]]
    next_cursor = seal(place(rows[limit - 1])) if len(rows) > limit else None
    return ContactPage(data=data, total=total, next_cursor=next_cursor)
