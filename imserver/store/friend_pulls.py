"""Lists of friends that are fetched from a site's own server: whose is due, and how it went."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from imserver.store.database import Database, Transaction, first_row
from imserver.store.values import UserKey

# After every time that a clock shows: nothing to do before somebody signs in again.
NEVER_AT = 2**62
# Longer than a fetch may take.
CLAIM_MS = 120_000
NOTED_LIMIT = 20_000
ERRORS_SHOWN = 20
ERROR_CHARACTERS = 200


class FriendPull(msgspec.Struct, frozen=True):
    """``status`` is of HTTP, 0 for no answer; ``pulled_at`` when the list was last known to be right."""

    etag: str = ""
    pulled_at: int = 0
    due_at: int = NEVER_AT
    tries: int = 0
    status: int = 0
    error: str = ""


class PullFailure(msgspec.Struct, frozen=True):
    """One that failed, and when it is tried again; ``NEVER_AT``: at the next sign-in."""

    user_id: str
    status: int
    error: str
    tries: int
    due_at: int


class PullSummary(msgspec.Struct, frozen=True):
    """How a site's lists are: how many were ever fetched, and how many of the last fetches failed."""

    people: int
    failed: int
    last_pulled_at: int
    failures: list[PullFailure]


class FriendPulls:
    """Sign-ins are only noted, in memory; what this worker forgets by dying, the next sign-in notes again."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._noted: set[tuple[str, str]] = set()

    def note(self, site_id: str, user_id: str) -> None:
        """Hear that somebody has signed in. Never blocks."""
        if len(self._noted) < NOTED_LIMIT:
            self._noted.add((site_id, user_id))

    def take_noted(self) -> list[tuple[str, str]]:
        """Return who has signed in since the last call."""
        noted, self._noted = self._noted, set()
        return sorted(noted)

    def make_due(self, users: Iterable[tuple[str, str]], *, older_ms: int) -> int:
        """Let the lists of these be fetched that are older than ``older_ms``; return how many that is."""
        pairs, now = sorted(set(users)), self._now_ms()
        if not pairs:
            return 0

        def write(tx: Transaction) -> int:
            known = {(row[0], row[1]): row[2:] for row in tx.rows("find_friend_pulls", pairs=pairs)}
            fresh = [(*pair, now) for pair in pairs if pair not in known]
            if fresh:
                tx.run("insert_friend_pulls", rows=fresh)
            # What is planned already stays as it is: a host that is down is not asked more often for that.
            old = [
                pair
                for pair, (pulled_at, due_at) in known.items()
                if due_at == NEVER_AT and pulled_at + older_ms <= now
            ]
            for site_id, user_id in old:
                tx.run("hasten_friend_pull", site_id=site_id, user_id=user_id, due_at=now)
            return len(fresh) + len(old)

        return self._database.write(write)

    def claim_due(self, *, limit: int) -> list[UserKey]:
        """Return people whose list is due, this worker's to fetch for two minutes."""
        now = self._now_ms()
        due = self._database.read(lambda tx: tx.rows("find_due_friend_pulls", now=now, limit=limit))
        return [user for user in (UserKey(*row) for row in due) if self._claim(user, now)]

    def find(self, user: UserKey) -> FriendPull:
        """Return how the person's list is; as new if it was never asked for."""
        row = first_row(self._database.read(lambda tx: tx.rows("load_friend_pull", **user._asdict())))
        return FriendPull() if row is None else FriendPull(*row)

    def settle(self, user: UserKey, pull: FriendPull) -> None:
        """Write down how it went."""
        columns: dict[str, Any] = msgspec.structs.asdict(pull) | {"error": pull.error[:ERROR_CHARACTERS]}

        def write(tx: Transaction) -> None:
            if not tx.rows("find_friend_pulls", pairs=[tuple(user)]):
                tx.run("insert_friend_pulls", rows=[(*user, NEVER_AT)])
            tx.run("settle_friend_pull", **user._asdict(), **columns)

        self._database.write(write)

    def summary(self, site_id: str) -> PullSummary:
        """Return how all of the site's lists are, with the most recent failures."""

        def load(tx: Transaction) -> PullSummary:
            people, failed, last = tx.rows("count_friend_pulls", site_id=site_id)[0]
            rows = tx.rows("list_friend_pull_errors", site_id=site_id, limit=ERRORS_SHOWN)
            return PullSummary(people, int(failed), last, [PullFailure(*row) for row in rows])

        return self._database.read(load)

    def _claim(self, user: UserKey, now: int) -> bool:
        """Take a person whose time has come; False if another worker was faster."""

        def write(tx: Transaction) -> bool:
            row = first_row(tx.rows("load_friend_pull", **user._asdict()))
            if row is None or row[2] > now:
                return False
            return bool(tx.run("claim_friend_pull", **user._asdict(), due_at=now + CLAIM_MS, before=row[2]))

        return self._database.write(write)
