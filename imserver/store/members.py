"""Who is in a group or room, in pages; and who may read a conversation at all."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import ConversationKind, Member, MemberPage, Role
from imserver.store.contacts import MANY_FOUND, contact_of
from imserver.store.conversation_rows import load_conversation
from imserver.store.database import Database, Row, Transaction
from imserver.store.folding import fold, prefix_range
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
        limit: int = 50,
    ) -> MemberPage:
        """Return who takes part, those online first, then by name. Raises NotFound, InvalidCursor."""
        place = open_place(cursor, MemberPlace) if cursor else FIRST
        who = {"site_id": site_id, "conversation_id": conversation_id}
        search = _Search(q, most_offline=0 if online_only else 1)

        def load(tx: Transaction) -> MemberPage:
            conversation = load_conversation(tx, **who, user_id=viewer_id)
            if conversation is None or conversation.kind is ConversationKind.DIRECT:
                raise NotFound
            online = int(tx.rows("count_members_online", **who)[0][0])
            everyone = online if online_only else conversation.members
            total = search.count(tx, who) if search.words else everyone
            rows = search.page(tx, {**who, "viewer_id": viewer_id}, place, total=total, limit=limit + 1)
            return _page(rows, limit=limit, total=total, online=online)

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


class _Search:
    """What of the list is asked for: ``words`` is empty when that is all of it."""

    def __init__(self, q: str, *, most_offline: int) -> None:
        self.words = fold(q)
        self._low, self._high = prefix_range(q)
        self._most_offline = most_offline

    def count(self, tx: Transaction, who: dict[str, str]) -> int:
        """Return how many there are."""
        found = tx.rows("count_members_found", **who, **self._range(), most_offline=self._most_offline)
        return int(found[0][0])

    def page(
        self, tx: Transaction, who: dict[str, str], place: MemberPlace, *, total: int, limit: int
    ) -> list[Row]:
        """Return at most ``limit`` rows behind ``place``: from its half of the list, then from the other."""
        rows: list[Row] = []
        for is_offline in range(place.is_offline, self._most_offline + 1):
            start = place if is_offline == place.is_offline else MemberPlace(is_offline, "", "")
            where = {**who, **_columns(start), "limit": limit - len(rows)}
            rows += self._rows(tx, where, is_many=total > MANY_FOUND)
            if len(rows) == limit:
                break
        return rows

    def _rows(self, tx: Transaction, where: dict[str, Any], *, is_many: bool) -> list[Row]:
        if not self.words:
            return tx.rows("page_members", **where)
        if is_many:
            return tx.rows("page_members_many", **where, **self._range())
        return tx.rows("page_members_found", **where, **self._range())

    def _range(self) -> dict[str, str]:
        return {"low": self._low, "high": self._high}


def may_read(tx: Transaction, site_id: str, user_id: str, conversation_id: str) -> bool:
    """Tell whether the person takes part, or it is a public room that has not banned them."""
    return conversation_id in find_readable(tx, site_id, user_id, [conversation_id])


def find_readable(tx: Transaction, site_id: str, user_id: str, conversation_ids: list[str]) -> set[str]:
    """Return which of these the person may read."""
    rows = tx.rows("find_readable", site_id=site_id, user_id=user_id, conversation_ids=conversation_ids)
    return {row[0] for row in rows}


def _columns(place: MemberPlace) -> dict[str, Any]:
    return msgspec.structs.asdict(place)


def _page(rows: list[Row], *, limit: int, total: int, online: int) -> MemberPage:
    last = rows[limit - 1] if len(rows) > limit else None
    return MemberPage(
        data=[_member(row) for row in rows[:limit]],
        total=total,
        online=online,
        next_cursor=seal(MemberPlace(last[9], last[10], last[0])) if last else None,
    )


def _member(row: Row) -> Member:
    contact = contact_of(row[:8])
    return Member(**msgspec.structs.asdict(contact), role=Role(row[8]))
