"""Many friends at once: the rows that ``Roster.add_friends`` would make, at a hundred times its pace.

design: rows go in sorted by their key, thousands per statement, each with the friend's name already in it,
as far as it was known before; then the names are read under locks, as ``insert_friends`` does, and the few
that have become others meanwhile are put right. So whoever gets another name either waits for these rows or
has been waited for, and nothing is written twice.
"""

from collections.abc import Iterable, Sequence

from imserver.store.database import Transaction
from imserver.store.parts import in_parts

ROWS_PER_STATEMENT = 2_000
NAMES_PER_QUERY = 1_000
# What is remembered of names: some 20 MB.
NAMES_KEPT = 100_000

# user_id, friend_id, created_at
Friendship = tuple[str, str, int]


class RosterLoader:
    """Of one site. What it remembers of names is never trusted, only tried first."""

    def __init__(self, site_id: str) -> None:
        self._site_id = site_id
        self._names: dict[str, str | None] = {}

    def load(self, tx: Transaction, friendships: Sequence[Friendship]) -> int:
        """Add those who are not friends yet; return how many that were.

        Nobody is their own friend, and no pair stands twice: the caller has seen to that.
        """
        friend_ids = sorted({friend_id for _, friend_id, _ in friendships})
        self._learn(tx, friend_ids)
        names, site_id = self._names, self._site_id
        rows = [
            (site_id, user_id, friend_id, created_at, names[friend_id])
            for user_id, friend_id, created_at in sorted(friendships)
        ]
        count = sum(tx.run("add_friends", rows=part) for part in in_parts(rows, ROWS_PER_STATEMENT))
        self._put_right(tx, friend_ids)
        return count

    def find_unknown(self, tx: Transaction, user_ids: Iterable[str]) -> set[str]:
        """Return those who are nobody of the site."""
        wanted = sorted(set(user_ids))
        self._learn(tx, wanted, again=True)
        return {user_id for user_id in wanted if self._names[user_id] is None}

    def _learn(self, tx: Transaction, user_ids: list[str], *, again: bool = False) -> None:
        """Look up the names of those who are not remembered, ``again`` of those who were nobody, too."""
        if len(self._names) > NAMES_KEPT:
            self._names.clear()
        names = self._names
        unknown = [
            user_id for user_id in user_ids if (names.get(user_id) is None if again else user_id not in names)
        ]
        for part in in_parts(unknown, NAMES_PER_QUERY):
            rows = tx.rows("load_names", site_id=self._site_id, user_ids=part)
            found: dict[str, str] = {row[0]: row[1] for row in rows}
            self._names.update({user_id: found.get(user_id) for user_id in part})

    def _put_right(self, tx: Transaction, friend_ids: list[str]) -> None:
        changed: list[tuple[str, str]] = []
        for part in in_parts(friend_ids, NAMES_PER_QUERY):
            for user_id, name_folded in tx.rows("share_names", site_id=self._site_id, user_ids=part):
                if self._names[user_id] != name_folded:
                    self._names[user_id] = name_folded
                    changed.append((self._site_id, user_id))
        if changed:
            tx.run("rename_friends", pairs=changed)


def count_rows(tx: Transaction, site_id: str) -> int:
    """Count the rows of a whole site: as long as that takes."""
    return int(tx.rows("count_roster_rows", site_id=site_id)[0][0])
