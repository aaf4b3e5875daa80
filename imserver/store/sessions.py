"""Proofs of sign-in: opaque, revocable, bound to a site and an origin."""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from typing import NamedTuple

from imserver.errors import SessionEnded, Unauthenticated
from imserver.store.coalesce import KEYS_PER_QUERY, Coalescer
from imserver.store.database import Database, Row, Transaction
from imserver.store.values import Session

SECRET_BYTES = 32
_FORM = re.compile(r"([a-z0-9][a-z0-9_-]{0,31})\.([A-Za-z0-9_-]{43})", re.ASCII)
# A session that ended is kept for a day, so that its client is told so and not "unknown".
KEPT_AFTER_END_MS = 24 * 3600 * 1000
DELETED_PER_TRANSACTION = 500


class SessionKey(NamedTuple):
    """The key of the table; the id is the start of the secret's hash."""

    site_id: str
    session_id: bytes


class Sessions:
    """Look-ups are never cached: a revocation holds from its commit on."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._arriving: Coalescer[SessionKey, Row] = Coalescer(self._load_rows)

    def insert_session(
        self, site_id: str, user_id: str, *, origin: str, lifetime_ms: int
    ) -> tuple[str, Session]:
        """Return (secret text, session); the secret is stored nowhere."""
        secret, now = secrets.token_bytes(SECRET_BYTES), self._now_ms()
        session = Session(site_id, user_id, _session_id(secret), origin, now + lifetime_ms)

        def insert(tx: Transaction) -> None:
            tx.run(
                "insert_session",
                site_id=site_id,
                session_id=session.session_id,
                user_id=user_id,
                origin=origin,
                now=now,
                expires_at=session.expires_at,
            )

        self._database.write(insert)
        text = base64.urlsafe_b64encode(secret).decode().rstrip("=")
        return f"{site_id}.{text}", session

    def require_session(self, secret_text: str) -> Session:
        """Raise Unauthenticated for what no session can look like, SessionEnded for what is none now.

        Look-ups of the same few milliseconds share one query.
        """
        row = self._arriving.load(_parse(secret_text))
        if row is None or not self._is_live(row):
            raise SessionEnded
        site_id, session_id, user_id, origin, expires_at, _ = row
        return Session(site_id, user_id, bytes(session_id), origin, expires_at)

    def live_sessions(self, keys: Iterable[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
        """Return those (site_id, session_id) that are neither expired nor revoked nor unknown."""
        rows = self._load_rows([SessionKey(*key) for key in keys])
        return {key for key, row in rows.items() if self._is_live(row)}

    def revoke_session(self, session: Session) -> None:
        """End one session; ending it again changes nothing."""
        key = {"site_id": session.site_id, "session_id": session.session_id}
        now = self._now_ms()
        self._database.write(lambda tx: tx.run("revoke_session", **key, now=now))

    def revoke_user(self, site_id: str, user_id: str) -> int:
        """End all sessions of a person; return how many there were."""
        now = self._now_ms()
        return self._database.write(
            lambda tx: tx.run("revoke_user", site_id=site_id, user_id=user_id, now=now)
        )

    def delete_expired(self) -> int:
        """Delete a bounded number of those that ended long ago; return how many that were."""
        before = self._now_ms() - KEPT_AFTER_END_MS

        def delete(tx: Transaction) -> int:
            found = tx.rows("find_expired_sessions", before=before, limit=DELETED_PER_TRANSACTION)
            return tx.run("delete_sessions", pairs=found) if found else 0

        return self._database.write(delete)

    def _is_live(self, row: Row) -> bool:
        *_, expires_at, revoked_at = row
        return revoked_at is None and bool(expires_at > self._now_ms())

    def _load_rows(self, keys: list[SessionKey]) -> dict[SessionKey, Row]:
        def load(tx: Transaction) -> list[Row]:
            chunks = (keys[start : start + KEYS_PER_QUERY] for start in range(0, len(keys), KEYS_PER_QUERY))
            return [
                row for chunk in chunks for row in tx.rows("load_sessions", pairs=[tuple(k) for k in chunk])
            ]

        return {SessionKey(row[0], bytes(row[1])): row for row in self._database.read(load)}


def _parse(secret_text: str) -> SessionKey:
    match = _FORM.fullmatch(secret_text)
    if match is None:
        raise Unauthenticated
    try:
        secret = base64.b64decode(match[2] + "=", altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise Unauthenticated from error
    return SessionKey(match[1], _session_id(secret))


def _session_id(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()[:16]
