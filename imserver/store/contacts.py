"""Lists of people as a viewer sees them: friends, everyone online, everyone; searched and paged here."""

from collections.abc import Sequence
from typing import Any

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import Card, Contact, ContactPage, Presence
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.first_friends import FirstFriends
from imserver.store.folding import FOLDED_CHARACTERS, LAST_CHARACTER, fold, prefix_range
from imserver.store.friends import (
    FIRST_FRIEND,
    MANY_FOUND,
    FriendList,
    FriendPlace,
    count_online_friends,
    sees_presence,
)
from imserver.store.keyset import open_place, seal


class OnlinePlace(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    """The last person of a page of everyone online."""

    name_folded: str
    user_id: str


class PersonPlace(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """The last person of a page of everyone."""

    name_folded: str
    user_id: str


# What the queries call a kind of person; 0 is a member.
GUEST, BOT = 1, 2
# Behind everybody, whatever they are called.
LAST_NAME = LAST_CHARACTER * (FOLDED_CHARACTERS + 1)


class Contacts:
    """Pages by keyset: what changes between two pages moves nobody else."""

    def __init__(self, database: Database, first: FirstFriends) -> None:
        self._database = database
        self._first = first

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
        self,
        site_id: str,
        viewer_id: str,
        *,
        q: str = "",
        cursor: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> ContactPage:
        """Return friends, those online first, then by name: behind ``cursor``, or else the first ``offset``.

        Of a search that finds more than 2,000 ``total`` counts 2,001, in every list. Raises InvalidCursor.
        """
        if not (q or cursor or offset):
            found = self._first.find(site_id, viewer_id, limit=limit + 1)
            if found is not None:
                return _page(found[1], limit=limit, total=found[0], place=_friend_place)
        place = open_place(cursor, FriendPlace) if cursor else FIRST_FRIEND

        def load(tx: Transaction) -> ContactPage:
            friends = FriendList(tx, site_id, viewer_id, q=q)
            if offset:
                rows = friends.page_at(offset, limit=limit + 1)
            else:
                rows = friends.page(place, limit=limit + 1)
            return _page(rows, limit=limit, total=friends.total, place=_friend_place)

        return self._database.snapshot(load)

    def page_online(self, site_id: str, viewer_id: str, **asked: Any) -> ContactPage:
        """Return everyone whom the viewer sees online, by name, without the viewer; see ``page_everyone``."""
        return self._page_by_name(site_id, viewer_id, what="online", kind=OnlinePlace, **asked)

    def page_others(self, site_id: str, viewer_id: str, **asked: Any) -> ContactPage:
        """Return those of everyone online who are no friends; there is no search in it."""
        return self._page_by_name(site_id, viewer_id, what="others", kind=OnlinePlace, **asked)

    def page_everyone(self, site_id: str, viewer_id: str, **asked: Any) -> ContactPage:
        """Return all people of the site but the viewer, by name.

        As ``page_friends``, with ``q``, ``cursor``, ``offset`` and ``limit``.
        """
        return self._page_by_name(site_id, viewer_id, what="everyone", kind=PersonPlace, **asked)

    def _page_by_name(
        self,
        site_id: str,
        viewer_id: str,
        *,
        what: str,
        kind: type[OnlinePlace | PersonPlace],
        q: str = "",
        cursor: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> ContactPage:
        place = open_place(cursor, kind) if cursor else kind("", "")
        who = {"site_id": site_id, "viewer_id": viewer_id}

        def load(tx: Transaction) -> ContactPage:
            if what != "everyone" and not sees_presence(tx, **who):
                return ContactPage(data=[], total=0)
            total = _count(tx, what, who, q=q)
            if not total:
                return ContactPage(data=[], total=0)
            start = _place_before(tx, what, who, offset=offset, kind=kind) if offset else place
            suffix = "_many" if _suffix(q) and total > MANY_FOUND else _suffix(q)
            rows = tx.rows(f"page_{what}{suffix}", **who, **_columns(start), **_range(q), limit=limit + 1)
            return _page(rows, limit=limit, total=total, place=lambda row: kind(row[9], row[0]))

        return self._database.snapshot(load)


def _count(tx: Transaction, what: str, who: dict[str, str], *, q: str) -> int:
    if what == "others":
        online = int(tx.rows("count_online", **who)[0][0])
        return max(0, online - count_online_friends(tx, **who))
    found = {**_range(q), "most": MANY_FOUND + 1}
    return int(tx.rows(f"count_{what}{_suffix(q)}", **who, **found)[0][0])


def _place_before(
    tx: Transaction,
    what: str,
    who: dict[str, str],
    *,
    offset: int,
    kind: type[OnlinePlace | PersonPlace],
) -> OnlinePlace | PersonPlace:
    row = first_row(tx.rows(f"seek_{what}", **who, skip=offset - 1))
    return kind(LAST_NAME, "") if row is None else kind(*row)


def contact_of(columns: Row) -> Contact:
    """Make a Contact of user_id, name, avatar, url, shown, status_text, friend, kind.

    One who is seen offline has no status text, so that invisible cannot be told from offline.
    """
    user_id, name, avatar, url, shown, status_text, friend, kind = columns
    presence = Presence(shown)
    return Contact(
        id=user_id,
        name=name,
        avatar=avatar,
        url=url,
        presence=presence,
        status_text="" if presence is Presence.OFFLINE else status_text,
        friend=bool(friend),
        guest=kind == GUEST,
        bot=kind == BOT,
    )


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
