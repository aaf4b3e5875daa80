"""Lists of people as a viewer sees them: friends, everyone online, everyone; searched and paged here."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import Card, Contact, ContactPage, Presence
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

    def card(self, site_id: str, viewer_id: str, user_id: str) -> Card:
        """Return all that the viewer may know of one person; raise NotFound."""
        key = {"site_id": site_id, "viewer_id": viewer_id, "user_id": user_id}
        row = first_row(self._database.read(lambda tx: tx.rows("load_card", **key)))
        if row is None:
            raise NotFound
        known = msgspec.structs.asdict(contact_of(row[:8]))
        return Card(**known, joined=row[8], blocked=bool(row[9]))

    def look_up(self, site_id: str, viewer_id: str, user_ids: Sequence[str]) -> list[Contact]:
        """Return those who exist, in the order asked for, each once."""
        wanted = list(dict.fromkeys(user_ids))
        if not wanted:
            return []
        key = {"site_id": site_id, "viewer_id": viewer_id, "user_ids": wanted}
        rows = self._database.read(lambda tx: tx.rows("load_contacts", **key))
        found = {row[0]: contact_of(row) for row in rows}
        return [found[user_id] for user_id in wanted if user_id in found]

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
        """Return everyone whom the viewer sees online, by name, without the viewer."""
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
            if what == "online" and not _sees_presence(tx, **who):
                return ContactPage(data=[], total=0)
            total = int(tx.rows(f"count_{what}{_suffix(q)}", **who, **_range(q))[0][0])
            suffix = "_many" if _suffix(q) and total > MANY_FOUND else _suffix(q)
            rows = tx.rows(f"page_{what}{suffix}", **who, **_columns(place), **_range(q), limit=limit + 1)
            return _page(rows, limit=limit, total=total, place=lambda row: kind(row[9], row[0]))

        return self._database.read(load)


def contact_of(columns: Row) -> Contact:
    """Make a Contact of user_id, name, avatar, url, shown, status_text, friend, guest.

    One who is seen offline has no status text, so that invisible cannot be told from offline.
    """
    user_id, name, avatar, url, shown, status_text, friend, guest = columns
    presence = Presence(shown)
    return Contact(
        id=user_id,
        name=name,
        avatar=avatar,
        url=url,
        presence=presence,
        status_text="" if presence is Presence.OFFLINE else status_text,
        friend=bool(friend),
        guest=bool(guest),
    )


def _sees_presence(tx: Transaction, *, site_id: str, viewer_id: str) -> bool:
    row = first_row(tx.rows("sees_presence", site_id=site_id, viewer_id=viewer_id))
    return row is None or bool(row[0])


def _suffix(q: str) -> str:
    return "_found" if fold(q) else ""


def _range(q: str) -> dict[str, str]:
    low, high = prefix_range(q)
    return {"low": low, "high": high}


def _columns(place: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(place)


def _friend_place(row: Row) -> FriendPlace:
    return FriendPlace(row[8], row[9], row[0])


def _page(rows: list[Row], *, limit: int, total: int, place: Any) -> ContactPage:
    data = [contact_of(row[:8]) for row in rows[:limit]]
    next_cursor = seal(place(rows[limit - 1])) if len(rows) > limit else None
    return ContactPage(data=data, total=total, next_cursor=next_cursor)
