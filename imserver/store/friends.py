"""The list of one person's friends: those who are seen online first, by name, then all others, by name.

design: a short list is sorted. A long one never is: its first half is the site's list of who is online, in
which the friends are looked up; its second half is the roster by name, in which the presence is looked up. An
index has the order of either, so a page costs what is on it. Walls are in both.
"""

from bisect import bisect_right
from typing import Annotated, Any

import msgspec

from imserver.store.database import Row, Transaction, first_row
from imserver.store.folding import FOLDED_CHARACTERS, LAST_CHARACTER, fold, prefix_range
from imserver.store.roster import count_friends

# More are walked in their order instead of being sorted: the first page of 2,000 takes 5 ms either way, of
# 100,000 it took 257 when they were sorted.
MANY_FRIENDS = 2_000
# So many names that a search finds are sorted; with more, people are gone through, and friends counted up to
# here. Of 100,000 people one letter found 36,000: 207 ms to sort them on SQLite, 22 ms to go through.
MANY_FOUND = 2_000


class FriendPlace(msgspec.Struct, frozen=True, array_like=True, tag="f"):
    """The last friend of a page; ``listed`` is 1 for one who is seen online."""

    listed: Annotated[int, msgspec.Meta(ge=0, le=2)]
    name_folded: str
    user_id: str


# Online friends have listed = 1: the first page begins above them.
FIRST_FRIEND = FriendPlace(2, "", "")
# Behind everybody, whatever they are called.
LAST_FRIEND = FriendPlace(0, LAST_CHARACTER * (FOLDED_CHARACTERS + 1), "")


class FriendList:
    """The list as its owner may see it; for one transaction."""

    def __init__(self, tx: Transaction, site_id: str, viewer_id: str, *, q: str) -> None:
        low, high = prefix_range(q)
        friends = count_friends(tx, site_id, viewer_id)
        self._tx = tx
        self._who = {"site_id": site_id, "viewer_id": viewer_id}
        self._range = {"low": low, "high": high}
        self._is_search = bool(fold(q))
        self._is_long = friends > MANY_FRIENDS
        self._finds_few = self._is_long and self._is_search and not self._finds_many()
        self.total = self._count_found() if self._is_search else friends

    def page(self, place: FriendPlace, *, limit: int) -> list[Row]:
        """Return at most ``limit`` rows behind ``place``."""
        columns = {**self._who, **msgspec.structs.asdict(place), "limit": limit}
        if self._finds_few:
            return self._tx.rows("page_friends_hit", **columns, **self._range)
        if self._is_long:
            return self._walk(place, limit=limit)
        if self._is_search:
            return self._tx.rows("page_friends_found", **columns, **self._range)
        return self._tx.rows("page_friends", **columns, skip=0)

    def page_at(self, offset: int, *, limit: int) -> list[Row]:
        """Return at most ``limit`` rows behind the first ``offset``; a search has no such page."""
        if not self._is_long:
            columns = {**self._who, **msgspec.structs.asdict(FIRST_FRIEND)}
            return self._tx.rows("page_friends", **columns, limit=limit, skip=offset)
        return self._walk(self._place_before(offset), limit=limit)

    def _walk(self, place: FriendPlace, *, limit: int) -> list[Row]:
        """Read from the half of ``place``, and, where that one ends, from the other."""
        rows: list[Row] = []
        if place.listed and self._sees_presence():
            start = place if place.listed == 1 else FriendPlace(1, "", "")
            rows = self._half("page_friends_online", start, limit=limit)
        if len(rows) < limit:
            start = FriendPlace(0, "", "") if place.listed else place
            rows += self._half("page_friends_offline", start, limit=limit - len(rows))
        return rows

    def _half(self, name: str, place: FriendPlace, *, limit: int) -> list[Row]:
        columns: dict[str, Any] = {**self._who, "name_folded": place.name_folded, "user_id": place.user_id}
        if self._is_search:
            return self._tx.rows(f"{name}_many", **columns, **self._range, limit=limit)
        return self._tx.rows(name, **columns, limit=limit)

    def _place_before(self, offset: int) -> FriendPlace:
        """Return the place of the last one of the first ``offset``."""
        if offset == 0:
            return FIRST_FRIEND
        online = self._tx.rows("load_online_friends", **self._who) if self._sees_presence() else []
        if offset <= len(online):
            return FriendPlace(1, *online[offset - 1])
        return self._seek_offline(offset - len(online), online=online)

    def _seek_offline(self, wanted: int, *, online: list[Row]) -> FriendPlace:
        """Return the place of the ``wanted``th of those who are not ``online``.

        Goes on in the roster as long as there are people online among those it has passed.
        """
        place, passed = FriendPlace(0, "", ""), 0
        behind = wanted
        while behind > passed:
            columns = {"name_folded": place.name_folded, "user_id": place.user_id}
            row = first_row(self._tx.rows("seek_friend", **self._who, **columns, skip=behind - passed - 1))
            if row is None:
                return LAST_FRIEND
            place, passed = FriendPlace(0, *row), behind
            behind = wanted + bisect_right(online, row)
        return place

    def _sees_presence(self) -> bool:
        return sees_presence(self._tx, **self._who)

    def _finds_many(self) -> bool:
        site = {"site_id": self._who["site_id"]}
        words = self._tx.rows("count_words", **site, **self._range, most=MANY_FOUND + 1)
        return int(words[0][0]) > MANY_FOUND

    def _count_found(self) -> int:
        if self._finds_few:
            return self._number("count_friends_hit")
        if self._is_long:
            return self._number("count_friends_many", most=MANY_FOUND + 1)
        return self._number("count_friends_found")

    def _number(self, name: str, **more: int) -> int:
        return int(self._tx.rows(name, **self._who, **self._range, **more)[0][0])


def count_online_friends(tx: Transaction, *, site_id: str, viewer_id: str) -> int:
    """Count the friends who are seen online, by the shorter of the two lists."""
    is_long = count_friends(tx, site_id, viewer_id) > MANY_FRIENDS
    name = "count_friends_among_online" if is_long else "count_online_among_friends"
    return int(tx.rows(name, site_id=site_id, viewer_id=viewer_id)[0][0])


def sees_presence(tx: Transaction, *, site_id: str, viewer_id: str) -> bool:
    """Tell whether the viewer is told of anybody's presence."""
    row = first_row(tx.rows("sees_presence", site_id=site_id, viewer_id=viewer_id))
    return row is None or bool(row[0])
