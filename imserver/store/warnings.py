"""What moderators say to a member: kept until the member has seen it, wherever that is."""

import secrets

from imserver.errors import TooMany
from imserver.protocol.events import MEMBER_WARNED, WARNING_SEEN, seen_body, warned_body
from imserver.protocol.types import Warned
from imserver.store.appending import StreamEvent
from imserver.store.audit import append
from imserver.store.changes import Changes
from imserver.store.database import Database, Transaction
from imserver.store.values import UserKey

# A member who has seen none of so many is not reached by one more; a ban is.
WAITING_MOST = 20


class Warnings:
    """A row is a warning that was not seen; the line of the record stays."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def insert(self, user: UserKey, *, text: str, actor: str) -> str:
        """Warn a member of the site, and record who did; return the warning's id. Raises TooMany."""

        def work(tx: Transaction, now: int) -> tuple[str, list[StreamEvent]]:
            waiting = len(load_warnings(tx, *user))
            if waiting >= WAITING_MOST:
                raise TooMany(f"They have not seen their last {WAITING_MOST} warnings yet.")
            # They are shown in the order in which they were written, those of one millisecond, too.
            warning_id = f"w{now:011x}{waiting:02x}{secrets.token_hex(4)}"
            tx.run("insert_warning", **user._asdict(), warning_id=warning_id, body=text, now=now)
            detail = {"text": text}
            append(
                tx,
                site_id=user.site_id,
                actor=actor,
                act="member.warned",
                about=user.user_id,
                detail=detail,
                now=now,
            )
            body = warned_body(warning_id=warning_id, text=text, at=now)
            return warning_id, [(user, MEMBER_WARNED, "", 0, body, body)]

        return self._changes.commit(work)

    def list_waiting(self, user: UserKey) -> list[Warned]:
        """Return what the member has not seen yet, the oldest first."""
        return self._database.read(lambda tx: load_warnings(tx, *user))

    def mark_seen(self, user: UserKey, warning_id: str) -> None:
        """Show it no more, and tell the member's other devices; one that is none of theirs is no news."""

        def work(tx: Transaction, _now: int) -> tuple[None, list[StreamEvent]]:
            if not tx.run("delete_warning", **user._asdict(), warning_id=warning_id):
                return None, []
            body = seen_body(warning_id)
            return None, [(user, WARNING_SEEN, "", 0, body, body)]

        self._changes.commit(work)


def load_warnings(tx: Transaction, site_id: str, user_id: str) -> list[Warned]:
    """Return what a member has not seen yet, the oldest first."""
    rows = tx.rows("load_warnings", site_id=site_id, user_id=user_id)
    return [Warned(id=warning_id, text=body, at=at) for warning_id, body, at in rows]
