"""Many friends at once: the rows that ``Roster.add_friends`` would make, at a hundred times its pace.

design: the friends' names are read first, under locks that keep them as they are, then the rows go in sorted
by their key, thousands per statement, each with its name. Only who was nobody of the site, and so had no row
to lock, may have come meanwhile: they are looked for once more behind the rows, and either are found or will
find the rows themselves. A shared lock stops nobody from sending; who changes a name waits for this commit.
"""

from collections.abc import Iterable, Iterator, Sequence

from imserver.store.database import Call, Row, Transaction
from imserver.store.parts import in_parts

ROWS_PER_STATEMENT = 2_000
NAMES_PER_QUERY = 1_000

# user_id, friend_id, created_at
Friendship = tuple[str, str, int]


def load_friends(tx: Transaction, site_id: str, friendships: Sequence[Friendship]) -> int:
    """Add those who are not friends yet; return how many that were.

    Nobody is their own friend, and no pair stands twice: the caller has seen to that.
    """
    friend_ids = {friend_id for _, friend_id, _ in friendships}
    names = _hold_names(tx, site_id, friend_ids)
    # While the server is at one statement the next is written, so that neither waits for the other.
    count = tx.run_all(_insertions(site_id, sorted(friendships), names))
    come = _hold_names(tx, site_id, friend_ids - names.keys())
    if come:
        tx.run("rename_friends", pairs=[(site_id, user_id) for user_id in sorted(come)])
    return count


def find_unknown(tx: Transaction, site_id: str, user_ids: Iterable[str]) -> set[str]:
    """Return those who are nobody of the site."""
    wanted = set(user_ids)
    return wanted - _names(tx, "load_names", site_id, wanted).keys()


def count_rows(tx: Transaction, site_id: str) -> int:
    """Count the rows of a whole site: as long as that takes."""
    return int(tx.rows("count_roster_rows", site_id=site_id)[0][0])


def _insertions(site_id: str, friendships: Sequence[Friendship], names: dict[str, str]) -> Iterator[Call]:
    name_of = names.get
    for part in in_parts(friendships, ROWS_PER_STATEMENT):
        rows: list[Row] = [
            (site_id, user_id, friend_id, created_at, name_of(friend_id))
            for user_id, friend_id, created_at in part
        ]
        yield "add_friends", {"rows": rows}


def _hold_names(tx: Transaction, site_id: str, user_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of those who are somebody; nobody changes them before the commit."""
    return _names(tx, "share_names", site_id, user_ids)


def _names(tx: Transaction, statement: str, site_id: str, user_ids: Iterable[str]) -> dict[str, str]:
    found = tx.together(
        (statement, {"site_id": site_id, "user_ids": part})
        for part in in_parts(sorted(user_ids), NAMES_PER_QUERY)
    )
    return {row[0]: row[1] for rows in found for row in rows}
