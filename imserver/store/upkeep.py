"""What has to be thrown away from time to time, in small bites."""

from collections.abc import Callable

import gevent

from imserver.store.database import Database, Row, Transaction
from imserver.store.sessions import Sessions
from imserver.store.tickets import Tickets
from imserver.store.used_tokens import UsedTokens

KEPT_MS = 30 * 24 * 3600 * 1000
KEPT_ROWS = 20_000
# Bites that hold a stream's lock for a few milliseconds at most.
STREAMS_PER_QUERY = 500
ROWS_PER_TRANSACTION = 1_000


class Upkeep:
    """Called by the monitor; any number of workers may do so at once."""

    def __init__(
        self, database: Database, sessions: Sessions, tickets: Tickets, *, used_tokens: UsedTokens
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._tickets = tickets
        self._used_tokens = used_tokens

    def trim(self, now: int, *, kept_ms: int = KEPT_MS, kept_rows: int = KEPT_ROWS) -> int:
        """Delete inbox rows that are too old or too many; return how many were deleted.

        A stream's floor rises in the transaction that deletes. The newest row always stays, because a
        cursor that stands on it is compared with it.
        """
        deleted, place = 0, ("", "")
        while page := self._page(place):
            place = (page[-1][0], page[-1][1])
            for site_id, user_id, head, floor, oldest_at in page:
                old = oldest_at is not None and oldest_at < now - kept_ms
                if head - floor > 1 and (old or head - floor > kept_rows):
                    deleted += self._trim_stream(site_id, user_id, before=now - kept_ms, kept_rows=kept_rows)
            gevent.sleep(0)
        return deleted

    def delete_expired_sessions(self) -> int:
        """Delete all sessions that ended long ago; return how many that were."""
        return _all_bites(self._sessions.delete_expired)

    def delete_expired_tickets(self) -> int:
        """Delete all tickets that nobody used in time, and used tokens; return how many tickets."""
        _all_bites(self._used_tokens.delete_expired)
        return _all_bites(self._tickets.delete_expired)

    def _page(self, place: tuple[str, str]) -> list[Row]:
        site_id, user_id = place
        return self._database.read(
            lambda tx: tx.rows("page_streams", site_id=site_id, user_id=user_id, limit=STREAMS_PER_QUERY)
        )

    def _trim_stream(self, site_id: str, user_id: str, *, before: int, kept_rows: int) -> int:
        deleted = 0
        key = {"site_id": site_id, "user_id": user_id}
        while count := self._database.write(lambda tx: _trim(tx, key, before=before, kept_rows=kept_rows)):
            deleted += count
            gevent.sleep(0)
        return deleted


def _all_bites(delete: Callable[[], int]) -> int:
    deleted = 0
    while count := delete():
        deleted += count
    return deleted


def _trim(tx: Transaction, key: dict[str, str], *, before: int, kept_rows: int) -> int:
    """Delete one bite of one stream; return how many rows that was."""
    for _, _, head, _, floor in tx.rows("lock_streams", pairs=[tuple(key.values())]):
        rows = tx.rows("oldest_rows", **key, floor=floor, limit=ROWS_PER_TRANSACTION)
        new_floor = floor
        for useq, created_at in rows:
            if useq >= head or (created_at >= before and head - useq < kept_rows):
                break
            new_floor = useq
        if new_floor > floor:
            tx.run("raise_floor", **key, floor=new_floor)
            return tx.run("delete_inbox", **key, floor=new_floor)
    return 0
