"""Single-use tickets: what an EventSource, which can send no header, shows instead of its session's secret.

A ticket stands in a URL, so it may end up in a log; by then it has been used, or is thirty seconds old.
"""

from collections.abc import Callable

from imserver.errors import SessionEnded, Unauthenticated
from imserver.store.database import Database, Transaction, first_row
from imserver.store.secrets import fresh_secret, read_secret
from imserver.store.sessions import session_of
from imserver.store.values import Session

# From the answer that carries the ticket to the request that shows it, on a bad line.
LIFETIME_MS = 30_000
DELETED_PER_TRANSACTION = 500


class Tickets:
    """Which of many who show the same ticket at once gets in, the row's deletion decides."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def insert(self, session: Session) -> tuple[str, int]:
        """Return (ticket text, when it expires); the text is stored nowhere."""
        text, ticket_id = fresh_secret(session.site_id)
        expires_at = self._now_ms() + LIFETIME_MS
        row = (session.site_id, ticket_id, session.session_id, expires_at)
        self._database.write(lambda tx: tx.run("insert_tickets", rows=[row]))
        return text, expires_at

    def redeem(self, text: str) -> Session:
        """Return the session that the ticket was made for, once.

        Raises Unauthenticated for what is no ticket (any more), SessionEnded when the session is none now.
        """
        site_id, ticket_id = read_secret(text)
        now = self._now_ms()

        def take(tx: Transaction) -> Session | None:
            row = first_row(tx.rows("find_ticket", site_id=site_id, ticket_id=ticket_id, now=now))
            taken = tx.run("delete_tickets", pairs=[(site_id, ticket_id)])
            if row is None or taken != 1:
                raise Unauthenticated("The ticket is unknown, expired or used.")
            *_, expires_at, revoked_at, _guest = row
            return session_of(row) if revoked_at is None and expires_at > now else None

        session = self._database.write(take)
        if session is None:
            raise SessionEnded
        return session

    def delete_expired(self) -> int:
        """Delete a bounded number of those that nobody can use any more; return how many that were."""
        now = self._now_ms()

        def delete(tx: Transaction) -> int:
            found = tx.rows("find_expired_tickets", now=now, limit=DELETED_PER_TRANSACTION)
            return tx.run("delete_tickets", pairs=found) if found else 0

        return self._database.write(delete)
