"""What limits for newcomers would have done: replayed on the stored messages, in small reads."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import gevent
import msgspec

from imserver.store.database import Database, Row
from imserver.store.newcomers import (
    DAY_MS,
    NewcomerRules,
    PastSend,
    Simulated,
    Standing,
    has_link,
    simulate,
)

CONVERSATIONS_PER_READ = 200
MESSAGES_PER_READ = 500
# What is read at the most: some seconds of reading, and 20 MB of what is remembered of it.
MESSAGES_READ = 200_000
DIRECT = "direct"
_LINE = b'"line":'


class Simulation(msgspec.Struct, frozen=True):
    """``complete`` is False where there was more than is read; ``read`` messages were."""

    result: Simulated
    days: int
    read: int
    complete: bool


class _Talk(NamedTuple):
    conversation_id: str
    kind: str
    last_at: int


class Simulator:
    """Reads only, and gives way between two reads."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def run(
        self, site_id: str, rules: NewcomerRules, *, days: int = 7, most: int = MESSAGES_READ
    ) -> Simulation:
        """Replay the last ``days`` under ``rules``. What newcomers sent before that time is not counted."""
        since = self._now_ms() - days * DAY_MS
        known: dict[str, Standing | None] = {}
        sends: list[PastSend] = []
        read = 0
        for talk in self._talks(site_id, since):
            for rows in self._messages(site_id, talk.conversation_id, since):
                read += len(rows)
                self._learn(site_id, known, rows)
                sends += [_send(talk, row) for row in rows if self._is_counted(rules, known, row)]
                if read >= most:
                    break
            if read >= most:
                break
        standings = [standing for standing in known.values() if standing is not None]
        return Simulation(simulate(rules, standings, sends), days, read, read < most)

    def _talks(self, site_id: str, since: int) -> Iterator[_Talk]:
        after = ""
        while rows := self._conversations(site_id, after):
            for conversation_id, kind, _, last_at in rows:
                if last_at >= since:
                    yield _Talk(conversation_id, kind, last_at)
            after = rows[-1][0]
            gevent.sleep(0)

    def _conversations(self, site_id: str, after: str) -> list[Row]:
        key = {"site_id": site_id, "after": after, "limit": CONVERSATIONS_PER_READ}
        return self._database.read(lambda tx: tx.rows("walk_conversations", **key))

    def _messages(self, site_id: str, conversation_id: str, since: int) -> Iterator[list[Row]]:
        """Yield the messages since then, the newest first."""
        key = {"site_id": site_id, "conversation_id": conversation_id}
        before = 2**62
        while rows := self._page(key, before):
            yield [row for row in rows if row[4] >= since and _LINE not in bytes(row[5] or b"")]
            before = rows[-1][0]
            if rows[-1][4] < since or before <= 1:
                return
            gevent.sleep(0)

    def _page(self, key: dict[str, str], before: int) -> list[Row]:
        return self._database.read(
            lambda tx: tx.rows("page_before", **key, before_seq=before, limit=MESSAGES_PER_READ)
        )

    def _learn(self, site_id: str, known: dict[str, Standing | None], rows: list[Row]) -> None:
        strangers = sorted({row[1] for row in rows} - known.keys())
        if not strangers:
            return
        known.update(dict.fromkeys(strangers))
        found = self._database.read(lambda tx: tx.rows("find_standings", site_id=site_id, user_ids=strangers))
        known.update({row[1]: Standing(*row) for row in found})

    def _is_counted(self, rules: NewcomerRules, known: dict[str, Standing | None], row: Row) -> bool:
        standing = known.get(row[1])
        return standing is not None and rules.covers(standing, now=row[4])


def _send(talk: _Talk, row: Row) -> PastSend:
    begins = talk.conversation_id if talk.kind == DIRECT and row[0] == 1 else ""
    return PastSend(row[1], row[4], has_link(row[3]), begins)
