"""Groups of members, as the host's tokens and its own server name them."""

from collections.abc import Sequence

from imserver.store.database import Transaction

# (site_id, user_id) as the store's keys.
Pair = tuple[str, str]


def load_groups(tx: Transaction, pairs: Sequence[Pair]) -> dict[Pair, set[str]]:
    """Return the groups of each of these people; an empty set for who is in none."""
    found: dict[Pair, set[str]] = {(site_id, user_id): set() for site_id, user_id in pairs}
    if not found:
        return found
    for site_id, user_id, name in tx.rows("load_user_groups", pairs=sorted(found)):
        found[site_id, user_id].add(_text(name))
    return found


def save_groups(tx: Transaction, groups: dict[Pair, Sequence[str]]) -> set[Pair]:
    """Let people be of these groups and of no others; return for whom that is a change.

    Only what differs is written; who is already costs one look.
    """
    wanted = {(*key, name) for key, names in groups.items() for name in names}
    held = {(*key, name) for key, names in load_groups(tx, list(groups)).items() for name in names}
    if gone := sorted(held - wanted):
        tx.run("delete_user_groups", triples=gone)
    if fresh := sorted(wanted - held):
        tx.run("insert_user_groups", rows=fresh)
    return {(site_id, user_id) for site_id, user_id, _ in wanted ^ held}


def _text(column: str | bytes) -> str:
    return column if isinstance(column, str) else bytes(column).decode()
