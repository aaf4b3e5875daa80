"""Hosts' tokens that are taken once, because they have a jti: which of them have been.

Only a hash is kept, and only until the token would be refused for its age.
"""

from collections.abc import Callable

from imserver.store.database import Database, Duplicate, Transaction
from imserver.store.values import Once

DELETED_PER_TRANSACTION = 500


def take_once(tx: Transaction, site_id: str, once: Once) -> bool:
    """Return whether nobody has taken this token before; the unique key decides between two workers."""
    try:
        tx.run("insert_used_token", rows=[(site_id, once.token_id, once.expires_at)])
    except Duplicate:
        return False
    return True


class UsedTokens:
    """What the upkeep needs of them."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def delete_expired(self) -> int:
        """Delete a bounded number of those that have grown too old to be shown; return how many that were."""
        now = self._now_ms()

        def delete(tx: Transaction) -> int:
            found = tx.rows("find_expired_used_tokens", now=now, limit=DELETED_PER_TRANSACTION)
            return tx.run("delete_used_tokens", pairs=found) if found else 0

        return self._database.write(delete)
