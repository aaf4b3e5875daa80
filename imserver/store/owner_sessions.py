"""Console sessions: an opaque secret in a cookie, of which the database keeps a hash."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from imserver.store.database import Database, Row, Transaction

# Written at most so often: a page a second must not be a commit a second.
TOUCH_MS = 60_000
AGENT_CHARACTERS = 200
ADDRESS_CHARACTERS = 64
SECRET_CHARACTERS = 43
WAITS_FOR_CODE, FULL = "code", "full"


@dataclass(frozen=True, slots=True)
class OwnerSession:
    """``stage`` is WAITS_FOR_CODE between the password and the code: good for nothing but the code's page."""

    session_id: bytes
    owner_id: str
    stage: str
    agent: str
    address: str
    created_at: int
    seen_at: int
    expires_at: int


def secret_id(secret: str) -> bytes:
    """Return under what a secret that a browser keeps is stored."""
    return hashlib.sha256(secret.encode()).digest()[:16]


class OwnerSessions:
    """A session ends ``idle_ms`` after its last use, and at ``expires_at`` however much it is used."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def open(
        self,
        owner_id: str,
        *,
        stage: str,
        lifetime_ms: int,
        agent: str,
        address: str,
        instead_of: OwnerSession | None = None,
    ) -> str:
        """Return the secret of a new session; the one that it takes the place of ends."""
        secret, now = token_urlsafe(32), self._now_ms()
        values = {
            "session_id": secret_id(secret),
            "owner_id": owner_id,
            "stage": stage,
            "agent": agent[:AGENT_CHARACTERS],
            "address": address[:ADDRESS_CHARACTERS],
            "now": now,
            "expires_at": now + lifetime_ms,
        }

        def insert(tx: Transaction) -> None:
            if instead_of is not None:
                tx.run("end_owner_session", owner_id=instead_of.owner_id, session_id=instead_of.session_id)
            tx.run("insert_owner_session", **values)

        self._database.write(insert)
        return secret

    def find(self, secret: str, *, idle_ms: int) -> OwnerSession | None:
        """Return the live session behind ``secret`` and note that it is in use."""
        if len(secret) != SECRET_CHARACTERS or not secret.isascii():
            return None
        session_id, now = secret_id(secret), self._now_ms()
        rows = self._database.read(lambda tx: tx.rows("load_owner_session", session_id=session_id))
        session = _session(rows[0]) if rows else None
        if session is None or session.expires_at <= now or session.seen_at + idle_ms <= now:
            return None
        if session.seen_at + TOUCH_MS <= now:
            self._database.write(lambda tx: tx.run("touch_owner_session", session_id=session_id, now=now))
        return session

    def list_sessions(self, owner_id: str, *, idle_ms: int) -> list[OwnerSession]:
        """Return the person's live sessions, the one used last first."""
        now = self._now_ms()
        rows = self._database.read(lambda tx: tx.rows("list_owner_sessions", owner_id=owner_id))
        found = map(_session, rows)
        return [one for one in found if one.expires_at > now and one.seen_at + idle_ms > now]

    def end(self, owner_id: str, session_id: bytes) -> bool:
        """End one session of this person; return False if there was none."""
        key = {"owner_id": owner_id, "session_id": session_id}
        return bool(self._database.write(lambda tx: tx.run("end_owner_session", **key)))

    def end_others(self, session: OwnerSession) -> int:
        """End all other sessions of the person; return how many there were."""
        key = {"owner_id": session.owner_id, "kept": session.session_id}
        return self._database.write(lambda tx: tx.run("end_owner_sessions", **key))

    def delete_ended(self, *, idle_ms: int) -> int:
        """Delete what can no longer be used; return how many that were."""
        now = self._now_ms()
        return self._database.write(
            lambda tx: tx.run("delete_ended_owner_sessions", now=now, idle_before=now - idle_ms)
        )


def _session(row: Row) -> OwnerSession:
    session_id, *rest = row
    return OwnerSession(bytes(session_id), *rest)
