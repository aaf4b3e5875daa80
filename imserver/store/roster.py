"""Who has whom as a friend."""

from collections.abc import Callable, Iterable

from imserver.store.database import Database, Transaction
from imserver.store.first_friends import FirstFriends
from imserver.store.values import UserKey

FRIENDS_PER_QUERY = 500
FRIENDS_READ = 5_000


class Roster:
    """Friends by user; one direction, as the host says it.

    ``first`` is told whose list has changed; what of it is kept in the cache is its business.
    """

    def __init__(self, database: Database, first: FirstFriends, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._first = first
        self._now_ms = now_ms

    def add_friends(self, site_id: str, user_id: str, friend_ids: Iterable[str]) -> int:
        """Add those who are not friends yet; return how many that were."""
        wanted, now = sorted(set(friend_ids) - {user_id}), self._now_ms()

        def add(tx: Transaction) -> int:
            return sum(_add(tx, UserKey(site_id, user_id), chunk, now=now) for chunk in _chunks(wanted))

        return self._changed(site_id, user_id, self._database.write(add))

    def remove_friends(self, site_id: str, user_id: str, friend_ids: Iterable[str]) -> int:
        """Remove; return how many there were."""
        wanted = sorted(set(friend_ids))

        def remove(tx: Transaction) -> int:
            key = {"site_id": site_id, "user_id": user_id}
            return sum(tx.run("delete_friends", **key, friend_ids=chunk) for chunk in _chunks(wanted))

        return self._changed(site_id, user_id, self._database.write(remove))

    def page_ids(self, site_id: str, user_id: str, *, after: str, limit: int) -> list[str]:
        """Return the ids of friends, in their order, behind ``after``; people of the site or not yet."""
        key = {"site_id": site_id, "user_id": user_id, "friend_id": after, "limit": limit}
        return [row[0] for row in self._database.read(lambda tx: tx.rows("list_friend_ids", **key))]

    def _changed(self, site_id: str, user_id: str, count: int) -> int:
        if count:
            self._first.forget([UserKey(site_id, user_id)])
        return count


def count_friends(tx: Transaction, site_id: str, user_id: str) -> int:
    """Count the friends who are people of the site."""
    return int(tx.rows("count_friends", site_id=site_id, user_id=user_id)[0][0])


def change_roster(
    tx: Transaction, key: UserKey, *, add: list[str], remove: list[str], now: int
) -> tuple[int, int]:
    """Add and remove friends, none of whom is in both lists; return how many were added and removed."""
    removed = sum(tx.run("delete_friends", **key._asdict(), friend_ids=chunk) for chunk in _chunks(remove))
    return sum(_add(tx, key, chunk, now=now) for chunk in _chunks(add)), removed


def all_friends(tx: Transaction, key: UserKey) -> Iterable[str]:
    """Yield the ids of all friends, people of the site or not yet."""
    after = ""
    while page := tx.rows("list_friend_ids", **key._asdict(), friend_id=after, limit=FRIENDS_READ):
        yield from (row[0] for row in page)
        after = page[-1][0]


def _add(tx: Transaction, key: UserKey, friend_ids: list[str], *, now: int) -> int:
    have = {row[0] for row in tx.rows("find_friends", **key._asdict(), friend_ids=friend_ids)}
    fresh = [friend_id for friend_id in friend_ids if friend_id not in have]
    return insert_friends(tx, key, fresh, now=now) if fresh else 0


def insert_friends(tx: Transaction, key: UserKey, friend_ids: list[str], *, now: int) -> int:
    """Add those, none of whom is a friend yet, under their names; return how many that were.

    The names are read under locks and after the rows are there: whoever gets another one meanwhile either
    waits for these rows or has been waited for.
    """
    count = tx.run("insert_friends", rows=[(*key, friend_id, now) for friend_id in friend_ids])
    tx.rows("lock_names", site_id=key.site_id, user_ids=friend_ids)
    tx.run("name_friends", **key._asdict(), friend_ids=friend_ids)
    return count


def _chunks(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + FRIENDS_PER_QUERY] for start in range(0, len(ids), FRIENDS_PER_QUERY)]
