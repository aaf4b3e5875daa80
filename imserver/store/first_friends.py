"""The beginning of everybody's list of friends, with the cache beside the database.

design: names and pictures change seldom, presence and walls all the time. So the friends of a person are kept
in the cache, in the order of the list, as one value, and who of them is seen online is asked of the database
each time: those few are then put in front. Where the cache is each worker's own nothing is kept, because
nobody could tell the others of a change. What is kept may be old for as long as a value lives if whoever
changed it died in the moment between the commit and the word to the cache; walls, presence and who may read
are never kept.
"""

from collections.abc import Iterable

from imserver.errors import Unavailable
from imserver.store.cache import Aside, Backend
from imserver.store.database import Database, Row, Transaction
from imserver.store.values import UserKey

# Whoever has more is served by the database alone, which walks long lists in their order.
FRIENDS_KEPT = 200
# So many lists are forgotten one by one (100 us each); beyond that, all of the site's at once.
LISTS_FORGOTTEN = 200
LIST_SECONDS = 300.0
# user_id, name, avatar, url, shown, status_text, friend, guest, listed, name_folded
FriendRow = tuple[str, str, str, str, str, str, int, int, int, str]
# How many there are, and who. Of more than FRIENDS_KEPT only that there are more.
Friends = tuple[int, list[FriendRow]]


class FirstFriends:
    """For those who have few friends, which is nearly everybody."""

    def __init__(self, database: Database, cache: Backend, *, prefix: str) -> None:
        self._database = database
        self._is_kept = cache.is_shared
        self.cache: Aside[UserKey, Friends] = Aside(
            cache,
            self._load_many,
            prefix=f"{prefix}:f",
            kind=Friends,
            parts=tuple,
            ttl_seconds=LIST_SECONDS,
            group=lambda key: key.site_id,
        )

    def find(self, site_id: str, viewer_id: str, *, limit: int) -> tuple[int, list[Row]] | None:
        """Return how many friends there are and the first ``limit`` as the viewer sees them.

        The rows are those of ``page_friends``. None means that the database has to sort them.
        """
        if not self._is_kept:
            return None
        total, friends = self.cache.fetch(UserKey(site_id, viewer_id)) or (0, [])
        if total > FRIENDS_KEPT:
            return None
        who = {"site_id": site_id, "viewer_id": viewer_id}
        online = self._database.read(lambda tx: tx.rows("list_online_friends", **who, limit=limit))
        return total, _in_front(online, friends, limit=limit)

    def forget(self, viewers: Iterable[UserKey]) -> None:
        """Say after a commit that these have other friends."""
        if self._is_kept:
            self.cache.forget(viewers)

    def forget_site(self, site_id: str) -> None:
        """Say after a commit that any list of the site may be another."""
        if self._is_kept:
            self.cache.forget_group(site_id)

    def forget_with(self, users: list[UserKey]) -> None:
        """Say after a commit that these look different: in the lists of all who have them as a friend.

        Raises nothing: what is committed is to be answered.
        """
        if not self._is_kept or not users:
            return
        followers = self._find_followers(users)
        if followers is not None:
            self.cache.forget(followers)
            return
        for site_id in {user.site_id for user in users}:
            self.cache.forget_group(site_id)

    def _find_followers(self, users: list[UserKey]) -> set[UserKey] | None:
        """Return who has these as a friend; None if that is too many, or cannot be said now."""
        if len(users) > LISTS_FORGOTTEN:
            return None
        asked = {"pairs": users, "limit": LISTS_FORGOTTEN + 1}
        try:
            rows = self._database.read(lambda tx: tx.rows("list_followers", **asked))
        except Unavailable:
            return None
        return {UserKey(*row) for row in rows} if len(rows) <= LISTS_FORGOTTEN else None

    def _load_many(self, keys: list[UserKey]) -> dict[UserKey, Friends]:
        return self._database.read(lambda tx: {key: _load(tx, key) for key in keys})


def _load(tx: Transaction, key: UserKey) -> Friends:
    who = {"site_id": key.site_id, "viewer_id": key.user_id}
    rows = tx.rows("list_first_friends", **who, limit=FRIENDS_KEPT + 1)
    return (len(rows), []) if len(rows) > FRIENDS_KEPT else (len(rows), rows)


def _in_front(online: list[Row], friends: list[FriendRow], *, limit: int) -> list[Row]:
    """Return those who are seen online, by name, then the others, by name."""
    known = {row[0] for row in online}
    return (online + [row for row in friends if row[0] not in known])[:limit]
