"""Who may not use a site's messenger: at all, on any device, until a time or for ever."""

from collections.abc import Callable
from dataclasses import dataclass

from imserver.errors import FOR_EVER_MS, Banned, InvalidRequest, NotFound, ServiceError
from imserver.store.audit import append
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.kept_sessions import KeptSessions
from imserver.store.sessions import revoke_all_of
from imserver.store.values import UserKey
from imserver.store.webhook_outbox import BAN_ADDED, BAN_LIFTED, note_event

REASON_CHARACTERS = 500
FAR_FUTURE = (FOR_EVER_MS, "\U0010ffff")


@dataclass(frozen=True, slots=True)
class Ban:
    """``until_ms`` is 2^53 for ever. ``name`` is empty for somebody who has been erased since."""

    user_id: str
    until_ms: int
    reason: str
    actor: str
    created_at: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One device that is signed in."""

    session_id: bytes
    origin: str
    created_at: int
    expires_at: int


class Bans:
    """A ban holds for every send and sign-in that is committed after it: both hold the person's row."""

    def __init__(self, database: Database, *, kept: KeptSessions, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._kept = kept
        self._now_ms = now_ms

    def add(
        self, site_id: str, user_id: str, *, until_ms: int, reason: str, actor: str, report_id: str = ""
    ) -> list[bytes]:
        """Ban somebody, or change the ban; return the ids of the sessions that end by it.

        Raises NotFound for nobody of the site, InvalidRequest for a time that has passed and a long reason.
        """
        now = self._now_ms()
        if not now < until_ms <= FOR_EVER_MS:
            raise InvalidRequest("A ban ends at a time to come, in milliseconds, or at 2^53: never.")
        if len(reason) > REASON_CHARACTERS:
            raise InvalidRequest(f"A reason has at most {REASON_CHARACTERS} characters.")
        user = {"site_id": site_id, "user_id": user_id}
        detail = {"until_ms": until_ms, "reason": reason} | ({"report": report_id} if report_id else {})

        def write(tx: Transaction) -> list[bytes]:
            if not tx.rows("find_standings", site_id=site_id, user_ids=[user_id]):
                raise NotFound
            tx.run("set_banned_until", **user, until_ms=until_ms)
            tx.run("save_ban", rows=[(site_id, user_id, until_ms, reason, actor, now)])
            ended, _ = revoke_all_of(tx, UserKey(site_id, user_id), now=now)
            append(tx, site_id=site_id, actor=actor, act="ban.added", about=user_id, detail=detail, now=now)
            note_event(tx, site_id, BAN_ADDED, stream=user_id, place=now, now=now)
            return ended

        return self._ended(site_id, self._database.write(write))

    def lift(self, site_id: str, user_id: str, *, actor: str) -> bool:
        """Let somebody in again; return whether they were banned."""
        now, user = self._now_ms(), {"site_id": site_id, "user_id": user_id}

        def write(tx: Transaction) -> bool:
            tx.run("set_banned_until", **user, until_ms=0)
            if not tx.run("lift_site_ban", **user):
                return False
            append(tx, site_id=site_id, actor=actor, act="ban.lifted", about=user_id, now=now)
            note_event(tx, site_id, BAN_LIFTED, stream=user_id, place=now, now=now)
            return True

        return self._database.write(write)

    def find(self, site_id: str, user_id: str) -> Ban | None:
        """Return the ban that holds now, or None."""
        row = first_row(self._database.read(lambda tx: tx.rows("load_ban", site_id=site_id, user_id=user_id)))
        return Ban(*row) if row is not None and row[1] > self._now_ms() else None

    def page(self, site_id: str, *, before: tuple[int, str] = FAR_FUTURE, limit: int = 50) -> list[Ban]:
        """Return bans, the latest first, also those that are over; ``before`` is a place in that order."""
        rows: list[Row] = self._database.read(
            lambda tx: tx.rows(
                "page_bans", site_id=site_id, created_at=before[0], user_id=before[1], limit=limit
            )
        )
        return [Ban(*row) for row in rows]

    def sessions(self, site_id: str, user_id: str) -> list[LiveSession]:
        """Return the person's devices that are signed in, the oldest first."""
        now = self._now_ms()
        rows = self._database.read(
            lambda tx: tx.rows("live_sessions_of", site_id=site_id, user_id=user_id, now=now)
        )
        return [LiveSession(bytes(row[0]), *row[1:]) for row in rows]

    def end_sessions(self, site_id: str, user_id: str, *, actor: str) -> list[bytes]:
        """Sign the person out on all devices; return the ids of the sessions. They may sign in again."""
        now = self._now_ms()

        def write(tx: Transaction) -> list[bytes]:
            if not tx.rows("find_standings", site_id=site_id, user_ids=[user_id]):
                raise NotFound
            ended, _ = revoke_all_of(tx, UserKey(site_id, user_id), now=now)
            detail = {"sessions": len(ended)}
            append(
                tx, site_id=site_id, actor=actor, act="sessions.ended", about=user_id, detail=detail, now=now
            )
            return ended

        return self._ended(site_id, self._database.write(write))

    def _ended(self, site_id: str, session_ids: list[bytes]) -> list[bytes]:
        self._kept.end(site_id, session_ids)
        return session_ids


def find_banned(tx: Transaction, users: list[UserKey], *, now: int) -> dict[UserKey, ServiceError]:
    """Return who of those that sign in may not, within the transaction that opens their sessions.

    Their rows are held: a ban waits for it, and then finds the sessions that it has to end.
    """
    _, rows = tx.together(
        [("lock_standings", {"pairs": users}), ("find_bans_now", {"pairs": users, "now": now})]
    )
    return {UserKey(*row[:2]): Banned(until_ms=row[2], now=now) for row in rows}
