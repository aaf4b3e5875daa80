"""What each site does, hour by hour: counted in each worker's memory, added up in the database.

design: counting is a dict and an addition, because messages pass by. Once a minute the monitor writes what
has come together as additive upserts, so any number of workers share a row. What a worker had not written
when it was killed is lost: at most a minute, of pictures, not of messages.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from imserver.errors import OutcomeUnknown, Unavailable
from imserver.store.database import Database, Row, Transaction
from imserver.store.values import PREVIEW_SITE, UserKey

HOUR_MS = 3_600_000
KEPT_HOURS = 400 * 24
# What nobody's site did: the installation's own requests.
INSTALLATION = ""
# A flood of names that are no sites must not fill the memory; what is beyond is the installation's.
SITES_COUNTED = 20_000
ROWS_PER_STATEMENT = 500


class Hour(NamedTuple):
    """What a site did in an hour, or in several. ``hour`` is in hours since 1970, UTC."""

    hour: int
    messages: int = 0
    sign_ins: int = 0
    online_peak: int = 0
    errors: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    server_calls: int = 0
    hooks_taken: int = 0
    hooks_failed: int = 0


# Where each number stands among a site's counters.
MESSAGES, SIGN_INS, ERRORS, HITS, MISSES, SERVER_CALLS, HOOKS_TAKEN, HOOKS_FAILED = range(8)
NOTHING = (0,) * 8


class Usage:
    """The counters of this worker, and the table of all."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._counts: dict[str, list[int]] = {}

    def note_messages(self, sent: Mapping[str, int]) -> None:
        """Count messages that were stored, by site. Never blocks, as none of these."""
        for site_id, count in sent.items():
            self._row(site_id)[MESSAGES] += count

    def note_sign_in(self, site_id: str) -> None:
        """Count a session that was opened."""
        self._row(site_id)[SIGN_INS] += 1

    def note_error(self, site_id: str = INSTALLATION) -> None:
        """Count a request that was answered with an error."""
        self._row(site_id)[ERRORS] += 1

    def note_server_call(self, site_id: str) -> None:
        """Count a call of the site's own server."""
        self._row(site_id)[SERVER_CALLS] += 1

    def note_hook(self, site_id: str, *, taken: bool) -> None:
        """Count a request to a webhook of the site's."""
        self._row(site_id)[HOOKS_TAKEN if taken else HOOKS_FAILED] += 1

    def note_looked(self, keys: Sequence[UserKey], found: Mapping[UserKey, object]) -> None:
        """Count what was asked of the cache, and what it had; a key begins with its site."""
        for key in keys:
            self._row(key[0])[HITS if key in found else MISSES] += 1

    def flush(self) -> None:
        """Write what has come together; what cannot be written now is kept for the next time."""
        counts, self._counts = self._counts, {}
        hour = self._now_ms() // HOUR_MS
        try:
            self._database.write(lambda tx: _write(tx, counts, hour))
        except OutcomeUnknown:
            raise  # it may be there: counting it again would be worse than not at all
        except Unavailable:
            self._put_back(counts)
            raise

    def load(self, site_id: str, *, first_hour: int, end_hour: int) -> list[Hour]:
        """Return the hours from the first to before the end in which anything happened, the oldest first."""
        key = {"site_id": site_id, "first": first_hour, "end": end_hour}
        return [Hour(*row) for row in self._database.read(lambda tx: tx.rows("load_usage", **key))]

    def count_online(self, site_ids: Sequence[str]) -> dict[str, int]:
        """Return how many people of each site have a connection now; a site without any is left out."""
        if not site_ids:
            return {}
        ids = list(site_ids)
        return dict(self._database.read(lambda tx: tx.rows("count_connected", site_ids=ids)))

    def delete_old(self) -> int:
        """Delete hours that no picture shows any more; return how many rows that were."""
        before = self._now_ms() // HOUR_MS - KEPT_HOURS
        return self._database.write(lambda tx: tx.run("delete_old_usage", before=before))

    def _row(self, site_id: str) -> list[int]:
        row = self._counts.get(site_id)
        if row is None:
            if len(self._counts) >= SITES_COUNTED:
                site_id = INSTALLATION
            row = self._counts.setdefault(site_id, list(NOTHING))
        return row

    def _put_back(self, counts: Mapping[str, list[int]]) -> None:
        for site_id, numbers in counts.items():
            row = self._row(site_id)
            for place, number in enumerate(numbers):
                row[place] += number


def _write(tx: Transaction, counts: Mapping[str, list[int]], hour: int) -> None:
    online: dict[str, int] = dict(tx.rows("count_all_connected"))
    known = ({row[0] for row in tx.rows("list_site_ids")} | {INSTALLATION}) - {PREVIEW_SITE}
    rows = [_values(site_id, hour, counts, online) for site_id in sorted((counts.keys() | online) & known)]
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        tx.run("add_usage", rows=rows[start : start + ROWS_PER_STATEMENT])


def _values(site_id: str, hour: int, counts: Mapping[str, list[int]], online: Mapping[str, int]) -> Row:
    messages, sign_ins, *others = counts.get(site_id, NOTHING)
    return (site_id, hour, messages, sign_ins, online.get(site_id, 0), *others)
