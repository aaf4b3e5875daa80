"""Groups of members, as the host's tokens name them."""

from collections.abc import Sequence

from imserver.store.database import Transaction


def save_groups(tx: Transaction, groups: dict[tuple[str, str], Sequence[str]]) -> None:
    """Let people be of these groups and of no others; who is already costs one look."""
    if not groups:
        return
    found: dict[tuple[str, str], set[str]] = {key: set() for key in groups}
    for site_id, user_id, name in tx.rows("load_user_groups", pairs=sorted(groups)):
        found[site_id, user_id].add(_text(name))
    changed = sorted(key for key, names in groups.items() if set(names) != found[key])
    if gone := [key for key in changed if found[key]]:
        tx.run("delete_user_groups", pairs=gone)
    if rows := [(*key, name) for key in changed for name in sorted(set(groups[key]))]:
        tx.run("insert_user_groups", rows=rows)


def _text(column: str | bytes) -> str:
    return column if isinstance(column, str) else bytes(column).decode()
