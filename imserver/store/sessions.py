"""Proofs of sign-in: opaque, revocable, bound to a site and an origin."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from imserver.errors import ServiceError, SessionEnded, Unauthenticated
from imserver.store.coalesce import KEYS_PER_QUERY, Coalescer
from imserver.store.database import Database, Row, Transaction
from imserver.store.kept_sessions import KeptSessions
from imserver.store.secrets import fresh_secret, read_secret
from imserver.store.values import Session, UserKey

# A session that ended is kept for a day, so that its client is told so and not "unknown".
KEPT_AFTER_END_MS = 24 * 3600 * 1000
DELETED_PER_TRANSACTION = 500
REVOKED_PER_TRANSACTION = 500
# MariaDB compares every row it finds with every pair of a list when a column is BINARY(16): 250 us per key
# at 500 pairs, 16 at 50. The ids of one site alone, which is how they mostly come, cost 6 us at any number.
PAIRS_PER_QUERY = 50
SITE_KEYS = 20


class SessionKey(NamedTuple):
    """The key of the table; the id is the start of the secret's hash."""

    site_id: str
    session_id: bytes


class Sessions:
    """A session that has been ended is of no use from the answer on that says so, on any worker.

    ``kept`` spares calls that come one after the other the look into the database.
    """

    def __init__(self, database: Database, *, kept: KeptSessions, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._kept = kept
        self._now_ms = now_ms
        self._arriving: Coalescer[SessionKey, Row] = Coalescer(self._load_rows)

    def require_session(self, secret_text: str) -> Session:
        """Raise Unauthenticated for what no session can look like, SessionEnded for what is none now.

        Look-ups of the same few milliseconds share one query.
        """
        key = _parse(secret_text)
        kept = self._kept.find(*key)
        if kept is not None and kept.expires_at > self._now_ms():
            return kept
        session = self._session(self._arriving.load(key))
        self._kept.keep(session)
        return session

    def find_sessions(self, secret_texts: Sequence[str]) -> list[Session | ServiceError]:
        """Return for each what ``require_session`` returns or raises, by one query per 500."""
        keys = [_parse_or_error(text) for text in secret_texts]
        known = [key for key in keys if isinstance(key, SessionKey)]
        rows = self._load_rows(list(dict.fromkeys(known))) if known else {}
        return [
            key if isinstance(key, ServiceError) else self._session_or_error(rows.get(key)) for key in keys
        ]

    def live_sessions(self, keys: Iterable[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
        """Return those (site_id, session_id) that are neither expired nor revoked nor unknown.

        Nearly always all of them, so those of a site are counted, and looked at when some are missing.
        """
        by_site, now = _by_site(set(keys)), self._now_ms()
        return self._database.read(lambda tx: _live_of(tx, by_site, now=now))

    def revoke_session(self, session: Session) -> None:
        """End one session; ending it again changes nothing."""
        key = {"site_id": session.site_id, "session_id": session.session_id}
        now = self._now_ms()
        self._database.write(lambda tx: tx.run("revoke_session", **key, now=now))
        self._kept.end(session.site_id, [session.session_id])

    def revoke_user(self, site_id: str, user_id: str) -> int:
        """End all sessions of a person; return how many there were."""
        user, now = UserKey(site_id, user_id), self._now_ms()
        ended, count = self._database.write(lambda tx: revoke_all_of(tx, user, now=now))
        self._kept.end(site_id, ended)
        return count

    def revoke_site(self, site_id: str) -> int:
        """End all sessions of a site, a few hundred at a time; return how many there were."""
        count, now = 0, self._now_ms()

        def revoke(tx: Transaction) -> list[bytes]:
            found = tx.rows("find_live_sessions", site_id=site_id, now=now, limit=REVOKED_PER_TRANSACTION)
            ids = [bytes(row[0]) for row in found]
            if ids:
                tx.run("revoke_sessions", site_id=site_id, session_ids=ids, now=now)
            return ids

        while ended := self._database.write(revoke):
            self._kept.end(site_id, ended)
            count += len(ended)
        return count

    def delete_expired(self) -> int:
        """Delete a bounded number of those that ended long ago; return how many that were."""
        before = self._now_ms() - KEPT_AFTER_END_MS

        def delete(tx: Transaction) -> int:
            found = tx.rows("find_expired_sessions", before=before, limit=DELETED_PER_TRANSACTION)
            return tx.run("delete_sessions", pairs=found) if found else 0

        return self._database.write(delete)

    def _session(self, row: Row | None) -> Session:
        if row is None or not _is_live(row, now=self._now_ms()):
            raise SessionEnded
        return session_of(row)

    def _session_or_error(self, row: Row | None) -> Session | ServiceError:
        try:
            return self._session(row)
        except SessionEnded as error:
            return error

    def _load_rows(self, keys: list[SessionKey]) -> dict[SessionKey, Row]:
        by_site = _by_site(keys)
        rows = self._database.read(lambda tx: _rows_of(tx, by_site))
        return {SessionKey(row[0], bytes(row[1])): row for row in rows}


def _by_site(keys: Iterable[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    by_site: dict[str, list[bytes]] = {}
    for site_id, session_id in keys:
        by_site.setdefault(site_id, []).append(session_id)
    return by_site


def _is_live(row: Row, *, now: int) -> bool:
    *_, expires_at, revoked_at, _guest = row
    return revoked_at is None and bool(expires_at > now)


def _live_of(tx: Transaction, by_site: dict[str, list[bytes]], *, now: int) -> set[tuple[str, bytes]]:
    live: set[tuple[str, bytes]] = set()
    doubtful: dict[str, list[bytes]] = {}
    for site_id, ids in by_site.items():
        if len(ids) >= SITE_KEYS and _are_all_live(tx, site_id, ids, now=now):
            live.update((site_id, session_id) for session_id in ids)
        else:
            doubtful[site_id] = ids
    rows = _rows_of(tx, doubtful)
    return live | {(row[0], bytes(row[1])) for row in rows if _is_live(row, now=now)}


def _are_all_live(tx: Transaction, site_id: str, ids: list[bytes], *, now: int) -> bool:
    chunks = [ids[start : start + KEYS_PER_QUERY] for start in range(0, len(ids), KEYS_PER_QUERY)]
    return all(
        tx.rows("count_live_sessions", site_id=site_id, session_ids=chunk, now=now) == [(len(chunk),)]
        for chunk in chunks
    )


def _rows_of(tx: Transaction, by_site: dict[str, list[bytes]]) -> list[Row]:
    rows: list[Row] = []
    scattered: list[tuple[str, bytes]] = []
    for site_id, ids in by_site.items():
        if len(ids) < SITE_KEYS:
            scattered += [(site_id, session_id) for session_id in ids]
            continue
        for start in range(0, len(ids), KEYS_PER_QUERY):
            chunk = ids[start : start + KEYS_PER_QUERY]
            rows += tx.rows("load_site_sessions", site_id=site_id, session_ids=chunk)
    for start in range(0, len(scattered), PAIRS_PER_QUERY):
        rows += tx.rows("load_sessions", pairs=scattered[start : start + PAIRS_PER_QUERY])
    return rows


def fresh_session(
    site_id: str, user_id: str, *, origin: str, expires_at: int, guest: bool = False
) -> tuple[str, Session]:
    """Return (secret text, session), which is to be stored."""
    secret, session_id = fresh_secret(site_id)
    return secret, Session(site_id, user_id, session_id, origin, expires_at, guest)


def save_sessions(tx: Transaction, sessions: Sequence[Session], *, now: int) -> None:
    """Store new sessions."""
    rows = [(s.site_id, s.session_id, s.user_id, s.origin, now, s.expires_at, int(s.guest)) for s in sessions]
    tx.run("insert_sessions", rows=sorted(rows))


def revoke_all_of(tx: Transaction, user: UserKey, *, now: int) -> tuple[list[bytes], int]:
    """End all sessions of a person.

    Returns the ids of those that were live, for ``KeptSessions.end``, and how many there were in all.
    """
    ended = [bytes(row[0]) for row in tx.rows("live_sessions_of", **user._asdict(), now=now)]
    return ended, tx.run("revoke_user", **user._asdict(), now=now)


def session_of(row: Row) -> Session:
    """Make a Session of the columns of ``load_sessions``."""
    site_id, session_id, user_id, origin, expires_at, _, guest = row
    return Session(site_id, user_id, bytes(session_id), origin, expires_at, bool(guest))


def _parse_or_error(secret_text: str) -> SessionKey | ServiceError:
    try:
        return _parse(secret_text)
    except Unauthenticated as error:
        return error


def _parse(secret_text: str) -> SessionKey:
    return SessionKey(*read_secret(secret_text))
