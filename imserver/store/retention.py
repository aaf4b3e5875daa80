"""Messages that are older than their site keeps them: deleted for good, with all that hangs on them.

design: each conversation loses its oldest, in bites of a few hundred under its lock, and remembers up to
where: ``trimmed_seq``. So what is left is dense, a page of history knows that it begins there, and nothing
has to be searched for. The log of events, which keeps no words, may still refer to what is gone.
"""

from collections.abc import Callable, Sequence

import gevent

from imserver.store.database import Database, Transaction
from imserver.store.search_index import block_of
from imserver.store.values import Site

DAY_MS = 24 * 3600 * 1000
CONVERSATIONS_PER_QUERY = 200
# A bite holds the conversation's lock for some ten milliseconds.
MESSAGES_PER_BITE = 500


class Retention:
    """Called by the monitor; any number of workers may do so at once."""

    def __init__(
        self, database: Database, *, list_sites: Callable[[], Sequence[Site]], now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._list_sites = list_sites
        self._now_ms = now_ms

    def trim(self) -> int:
        """Delete what is overdue on every site; return how many messages that were."""
        return sum(self._trim_site(site) for site in self._list_sites() if site.rules.retention_days)

    def _trim_site(self, site: Site) -> int:
        before, place, trimmed = self._now_ms() - site.rules.retention_days * DAY_MS, "", 0
        while page := self._page(site.site_id, place, before):
            place = page[-1]
            for conversation_id in page:
                trimmed += self._trim_conversation(site.site_id, conversation_id, before)
        return trimmed

    def _page(self, site_id: str, place: str, before: int) -> list[str]:
        rows = self._database.read(
            lambda tx: tx.rows(
                "page_overdue",
                site_id=site_id,
                conversation_id=place,
                before=before,
                limit=CONVERSATIONS_PER_QUERY,
            )
        )
        return [row[0] for row in rows]

    def _trim_conversation(self, site_id: str, conversation_id: str, before: int) -> int:
        trimmed, now = 0, self._now_ms()
        key = {"site_id": site_id, "conversation_id": conversation_id}
        while count := self._database.write(lambda tx: _bite(tx, key, before=before, now=now)):
            trimmed += count
            gevent.sleep(0)
        return trimmed


def _bite(tx: Transaction, key: dict[str, str], *, before: int, now: int) -> int:
    """Delete the oldest messages of a conversation that are overdue; return how many that were."""
    tx.rows("lock_conversations", pairs=[tuple(key.values())])
    found = tx.rows("find_trimmed", **key)
    if not found:
        return 0
    last = start = int(found[0][0])
    rows = tx.rows("oldest_messages", **key, trimmed_seq=start, limit=MESSAGES_PER_BITE)
    for seq, created_at in rows:
        if created_at >= before:
            break
        last = seq
    if last == start:
        return 0
    tx.run("set_trimmed", **key, trimmed_seq=last)
    tx.run("trim_messages", **key, trimmed_seq=last)
    tx.run("trim_reactions", **key, trimmed_seq=last)
    tx.run("trim_pins", **key, trimmed_seq=last)
    tx.run("trim_files", **key, trimmed_seq=last, now=now)
    tx.run("trim_search_terms", **key, block=block_of(last + 1))
    # Thousands of members are gone through once, not with every bite.
    if len(rows) < MESSAGES_PER_BITE or last < rows[-1][0]:
        tx.run("trim_unread", **key, trimmed_seq=last)
    return last - start
