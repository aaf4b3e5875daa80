"""Who is in a group or room, in pages; and who may read a conversation at all."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import ConversationKind, Member, MemberPage, Role
from imserver.store.contacts import contact_of
from imserver.store.conversation_rows import load_conversation
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.folding import fold, prefix_range
from imserver.store.friends import MANY_FOUND
from imserver.store.keyset import open_place, seal


class MemberPlace(msgspec.Struct, frozen=True, array_like=True, tag="m"):
    """The last person of a page; the list is all who are online, by name, then all others."""

    is_offline: Annotated[int, msgspec.Meta(ge=0, le=1)]
    name_folded: str
    user_id: str


FIRST = MemberPlace(0, "", "")


class Members:
    """Pages by keyset, read from an index that has their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        site_id: str,
        viewer_id: str,
        conversation_id: str,
        *,
        online_only: bool = False,
        q: str = "",
        cursor: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> MemberPage:
        """Return who takes part, those online first, then by name: behind ``cursor``, or else ``offset``.

        Raises NotFound, InvalidCursor. A search has no ``offset``.
        """
        place = open_place(cursor, MemberPlace) if cursor else FIRST
        who = {"site_id": site_id, "conversation_id": conversation_id}

        def load(tx: Transaction) -> MemberPage:
            conversation = load_conversation(tx, **who, user_id=viewer_id)
            if conversation is None or conversation.kind is ConversationKind.DIRECT:
                raise NotFound
            listing = _Listing(tx, {**who, "viewer_id": viewer_id}, q=q, online_only=online_only)
            total = listing.count(everyone=conversation.members)
            if offset:
                rows = listing.page_at(offset, limit=limit + 1)
            else:
                rows = listing.page(place, is_many=total > MANY_FOUND, limit=limit + 1)
            return _page(rows, limit=limit, total=total, online=listing.online)

        return self._database.snapshot(load)

    def find_readable(self, site_id: str, user_id: str, conversation_ids: Sequence[str]) -> set[str]:
        """Return which of these the person may read."""
        ids = list(conversation_ids)
        if not ids:
            return set()
        return self._database.read(lambda tx: find_readable(tx, site_id, user_id, ids))

    def find_hearing(self, hearings: Sequence[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        """Return which of (site, person, room) may go on: who takes part, or may read a public room."""
        triples = sorted({(site_id, room, user_id) for site_id, user_id, room in hearings})
        rooms = sorted({triple[:2] for triple in triples})

        def load(tx: Transaction) -> set[tuple[str, str, str]]:
            inside = {row[:3] for row in tx.rows("find_members", triples=triples)}
            public = {row[:2] for row in tx.rows("find_public", pairs=rooms)}
            banned = {row[:3] for row in tx.rows("find_banned", triples=triples)}
            return {t for t in triples if t in inside or (t[:2] in public and t not in banned)}

        return {(site_id, user_id, room) for site_id, room, user_id in self._database.read(load)}


# A row, and in which half of the list the viewer finds it.
_Placed = tuple[int, Row]


class _Listing:
    """The list as one viewer may see it.

    Whoever is behind a wall stands among those offline, and for a viewer who sees no presence everybody does:
    neither the order nor a count tells more than the faces.
    """

    def __init__(self, tx: Transaction, who: dict[str, str], *, q: str, online_only: bool) -> None:
        online, walled, private = tx.rows("count_members_online", **who)[0]
        low, high = prefix_range(q)
        self.online = 0 if private else int(online) - int(walled)
        self._tx = tx
        self._who = who
        self._is_search = bool(fold(q))
        self._range = {"low": low, "high": high}
        self._found = {**self._range, "most": MANY_FOUND + 1}
        self._online_only = online_only
        self._is_private = bool(private)

    def count(self, *, everyone: int) -> int:
        """Return how many there are of what is asked for, of a search 2,001 at the most."""
        if self._online_only and self._is_private:
            return 0
        if not self._is_search:
            return self.online if self._online_only else everyone
        if self._online_only:
            return int(self._tx.rows("count_members_found_online", **self._who, **self._found)[0][0])
        who = {name: self._who[name] for name in ("site_id", "conversation_id")}
        return int(self._tx.rows("count_members_found", **who, **self._found)[0][0])

    def page(self, place: MemberPlace, *, is_many: bool, limit: int) -> list[_Placed]:
        """Return at most ``limit`` rows behind ``place``: from its half of the list, then from the other."""
        rows: list[_Placed] = []
        if not place.is_offline and not self._is_private:
            where = self._where(place, is_offline=0, most_hidden=0, limit=limit)
            rows = [(0, row) for row in self._rows(where, is_many=is_many)]
        if len(rows) < limit and not self._online_only:
            start = place if place.is_offline else MemberPlace(1, "", "")
            rows += [(1, row) for row in self._offline(start, is_many=is_many, limit=limit - len(rows))]
        return rows

    def page_at(self, offset: int, *, limit: int) -> list[_Placed]:
        """Return at most ``limit`` rows behind the first ``offset``.

        The table has those behind a wall among those online. They are few, so the place that is looked up is
        a few rows too early at most, and how many is known from their own places.
        """
        if self._is_private:
            row = self._seek("seek_member_by_name", skip=offset - 1)
            start = None if row is None else MemberPlace(1, *row)
            return [] if start is None else self.page(start, is_many=False, limit=limit)
        walled = self._tx.rows("load_walled_members", **self._who)
        half = int(offset > self.online)
        wanted = offset - self.online if half else offset
        first = max(0, wanted - len(walled)) if half else wanted
        row = self._seek("seek_member", is_offline=half, skip=max(0, first - 1))
        if first and row is None:
            return []
        place = MemberPlace(half, *row) if first and row else MemberPlace(half, "", "")
        passed = bisect_right(walled, (place.name_folded, place.user_id))
        early = wanted - first - passed if half else passed
        return self.page(place, is_many=False, limit=limit + early)[early:]

    def _seek(self, name: str, **where: int) -> Row | None:
        who = {name: self._who[name] for name in ("site_id", "conversation_id")}
        return first_row(self._tx.rows(name, **who, **where))

    def _offline(self, place: MemberPlace, *, is_many: bool, limit: int) -> list[Row]:
        where = self._where(place, is_offline=1, most_hidden=1, limit=limit)
        rows = self._rows(where, is_many=is_many)
        if self._is_private:
            rows += self._rows({**where, "is_offline": 0}, is_many=is_many)
        else:
            behind = {name: where[name] for name in ("name_folded", "user_id", "limit")}
            rows += self._tx.rows("page_members_walled", **self._who, **behind, **self._range)
        return sorted(rows, key=lambda row: (row[10], row[0]))[:limit]

    def _where(self, place: MemberPlace, **rest: int) -> dict[str, Any]:
        return {**self._who, "name_folded": place.name_folded, "user_id": place.user_id, **rest}

    def _rows(self, where: dict[str, Any], *, is_many: bool) -> list[Row]:
        if not self._is_search:
            return self._tx.rows("page_members", **where)
        if is_many:
            return self._tx.rows("page_members_many", **where, **self._range)
        return self._tx.rows("page_members_found", **where, **self._range)


def may_read(tx: Transaction, site_id: str, user_id: str, conversation_id: str) -> bool:
    """Tell whether the person takes part, or it is a public room that has not banned them."""
    return conversation_id in find_readable(tx, site_id, user_id, [conversation_id])


def find_readable(tx: Transaction, site_id: str, user_id: str, conversation_ids: list[str]) -> set[str]:
    """Return which of these the person may read."""
    rows = tx.rows("find_readable", site_id=site_id, user_id=user_id, conversation_ids=conversation_ids)
    return {row[0] for row in rows}


def _page(rows: list[_Placed], *, limit: int, total: int, online: int) -> MemberPage:
    next_cursor = None
    if len(rows) > limit:
        half, last = rows[limit - 1]
        next_cursor = seal(MemberPlace(half, last[10], last[0]))
    data = [_member(row) for _, row in rows[:limit]]
    return MemberPage(data=data, total=total, online=online, next_cursor=next_cursor)


def _member(row: Row) -> Member:
    contact = contact_of(row[:8])
    return Member(**msgspec.structs.asdict(contact), role=Role(row[8]))
