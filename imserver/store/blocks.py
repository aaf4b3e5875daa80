"""Walls between two people: made by a block of either, the same from both sides, and judged nowhere but here.

design: a wall is one row in each direction, so that whoever looks at others needs one look by key, and needs
the same one whether there is a wall or not. A block holds the conversation first, then the two people's
presence, so that it crosses neither a send nor a coming or going.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Blocked, BlockPage, Presence, Profile
from imserver.store.appending import StreamEvent
from imserver.store.changes import Changes
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.ids import direct_id
from imserver.store.keyset import open_place, seal
from imserver.store.notices import conversation_changed, people_changed
from imserver.store.people import load_people
from imserver.store.values import Sight, UserKey

# Nobody blocks more people than this by hand; a program that does has found something else.
BLOCKS_LIMIT = 5_000
IDS_PER_QUERY = 500


# What either of the two sees of the other from now on, and what the person's own devices are told.
_Outcome = tuple[list[Sight], list[StreamEvent]]
_NOTHING: _Outcome = ([], [])


class _Side(NamedTuple):
    """One person's own block of the other, and since when."""

    blocks: int
    since: int


class BlockPlace(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """The last of a page of those whom a person has blocked."""

    created_at: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    other_id: str


class Blocks:
    """Who has blocked whom. Nothing of it is cached."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def block(self, site_id: str, user_id: str, other_id: str) -> list[Sight]:
        """Let the two not see each other any more; again is no change.

        Returns what either sees otherwise from now on, which has to be told. Raises NotFound unless both are
        people of the site, InvalidRequest for oneself or too many.
        people of the site, InvalidRequest for oneself or too many.
        """
        if user_id == other_id:
            raise InvalidRequest("Nobody can block themselves.")
        me, other = UserKey(site_id, user_id), UserKey(site_id, other_id)
        return self._changes.commit(lambda tx, now: _block(tx, me, other, now=now))

    def unblock(self, site_id: str, user_id: str, other_id: str) -> list[Sight]:
        """Take the person's own block back, if there is one; the other's stays. Returns as ``block``."""
        me, other = UserKey(site_id, user_id), UserKey(site_id, other_id)
        return self._changes.commit(lambda tx, now: _unblock(tx, me, other, now=now))

    def page(self, site_id: str, user_id: str, *, cursor: str | None, limit: int) -> BlockPage:
        """Return whom the person has blocked, the latest first; never who has blocked them."""
        place = open_place(cursor, BlockPlace) if cursor else BlockPlace(2**62, "")
        key = {"site_id": site_id, "user_id": user_id, "limit": limit + 1}

        def load(tx: Transaction) -> list[Row]:
            return tx.rows("page_blocks", **key, created_at=place.created_at, other_id=place.other_id)

        rows = self._database.read(load)
        data = [_blocked(row) for row in rows[:limit]]
        last = BlockPlace(data[-1].blocked_at, data[-1].user.id) if len(rows) > limit else None
        return BlockPage(data=data, next_cursor=seal(last) if last else None)

    def load_walls(self, users: Iterable[tuple[str, str]]) -> set[tuple[str, str, str]]:
        """Return (site_id, user_id, other_id) of every wall around these people."""
        keys = sorted(set(users))
        return self._database.read(lambda tx: load_walls(tx, keys))


def load_walls(tx: Transaction, users: Sequence[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """Return (site_id, user_id, other_id) of every wall around these people, within a transaction."""
    chunks = (list(users[start : start + IDS_PER_QUERY]) for start in range(0, len(users), IDS_PER_QUERY))
    return {(row[0], row[1], row[2]) for chunk in chunks for row in tx.rows("load_walls", pairs=chunk)}


def find_walls(tx: Transaction, site_id: str, user_id: str, other_ids: Iterable[str]) -> set[str]:
    """Return those between whom and the person there is a wall, whoever made it.

    Ask it whether or not a block is likely: a query that only blocked people cause would tell them.
    """
    wanted = sorted(set(other_ids))
    chunks = [wanted[start : start + IDS_PER_QUERY] for start in range(0, len(wanted), IDS_PER_QUERY)]
    key = {"site_id": site_id, "user_id": user_id}
    return {row[0] for chunk in chunks for row in tx.rows("find_walls", **key, other_ids=chunk)}


def has_blocked(tx: Transaction, site_id: str, user_id: str, other_id: str) -> bool:
    """Tell whether the person has blocked the other, not whether the other has blocked them."""
    return bool(_find(tx, UserKey(site_id, user_id), UserKey(site_id, other_id)).blocks)


def _block(tx: Transaction, me: UserKey, other: UserKey, *, now: int) -> _Outcome:
    if len(load_people(tx, me.site_id, [me.user_id, other.user_id])) < 2:
        raise NotFound
    last_seq, before = _hold(tx, me, other)
    mine, theirs = _find(tx, me, other), _find(tx, other, me)
    if mine.blocks:
        return _NOTHING
    if tx.rows("count_blocks", site_id=me.site_id, user_id=me.user_id)[0][0] >= BLOCKS_LIMIT:
        raise InvalidRequest(f"At most {BLOCKS_LIMIT:,} people can be blocked.")
    _save(tx, me, other, mine=_Side(1, now), theirs=theirs)
    return _changed(tx, me, other, hides=True, last_seq=last_seq, before=before)


def _unblock(tx: Transaction, me: UserKey, other: UserKey, *, now: int) -> _Outcome:
    last_seq, before = _hold(tx, me, other)
    mine, theirs = _find(tx, me, other), _find(tx, other, me)
    if not mine.blocks:
        return _NOTHING
    if theirs.blocks:
        _save(tx, me, other, mine=_Side(0, 0), theirs=theirs)
    else:
        tx.run("delete_walls", triples=[(*me, other.user_id), (*other, me.user_id)])
    return _changed(tx, me, other, hides=False, last_seq=last_seq, before=before)


def _hold(tx: Transaction, me: UserKey, other: UserKey) -> tuple[int | None, list[Sight]]:
    """Lock the two's conversation and presence; return its last seq, if any, and what they see."""
    pair = me.site_id, direct_id(me.site_id, me.user_id, other.user_id)
    row = first_row(tx.rows("lock_conversations", pairs=[pair]))
    tx.rows("lock_presence", pairs=sorted((me, other)))
    return (None if row is None else int(row[2])), _sights(tx, me, other)


def _find(tx: Transaction, me: UserKey, other: UserKey) -> _Side:
    row = first_row(tx.rows("find_wall", **me._asdict(), other_id=other.user_id))
    return _Side(0, 0) if row is None else _Side(row[0], row[1])


def _save(tx: Transaction, me: UserKey, other: UserKey, *, mine: _Side, theirs: _Side) -> None:
    """Write both rows; each keeps its own time, which is when its own person blocked."""
    rows = [
        (*me, other.user_id, mine.blocks, theirs.blocks, mine.since),
        (*other, me.user_id, theirs.blocks, mine.blocks, theirs.since),
    ]
    tx.run("save_walls", rows=rows)


def _changed(
    tx: Transaction,
    me: UserKey,
    other: UserKey,
    *,
    hides: bool,
    last_seq: int | None,
    before: list[Sight],
) -> _Outcome:
    """Carry the block into the conversation and tell the person's own devices; the other is told nothing."""
    events: list[StreamEvent] = [people_changed(me, other.user_id)]
    if last_seq is not None:
        conversation_id = direct_id(me.site_id, me.user_id, other.user_id)
        key = {**me._asdict(), "conversation_id": conversation_id}
        if hides:
            tx.run("begin_hiding", **key)
        else:
            # What came behind the wall is hidden for good, and so not unread either.
            tx.run("end_hiding", **key, read_seq=last_seq)
        events.append(conversation_changed(me, conversation_id))
    return [after for after in _sights(tx, me, other) if after not in before], events


def _sights(tx: Transaction, me: UserKey, other: UserKey) -> list[Sight]:
    """Return what each of the two sees of the other."""
    return [_sight(tx, viewer, seen) for viewer, seen in ((me, other), (other, me))]


def _sight(tx: Transaction, viewer: UserKey, seen: UserKey) -> Sight:
    key = {"site_id": viewer.site_id, "viewer_id": viewer.user_id}
    row = first_row(tx.rows("load_sights", **key, user_ids=[seen.user_id]))
    if row is None:
        return Sight(viewer, seen.user_id, Presence.OFFLINE, "")
    presence = Presence(row[1])
    # Offline has no status text, or invisible could be told from it.
    return Sight(viewer, seen.user_id, presence, "" if presence is Presence.OFFLINE else row[2])


def _blocked(row: Row) -> Blocked:
    user_id, name, avatar, url, guest, created_at = row
    who = Profile(id=user_id, name=name, avatar=avatar, url=url, guest=bool(guest))
    return Blocked(user=who, blocked_at=created_at)
