"""Ways to break what is true: who was sent before, which number comes next, what an old cursor means."""

import contextlib
import json
from collections import Counter
from typing import Any

import pymysql

from imserver.errors import StoreError, Unavailable
from imserver.protocol.cursor import Cursor
from imserver.store import log, writer
from imserver.store.batch import Batch, Committed
from imserver.store.cache.backend import safe_key
from imserver.store.jobs import Send, SentKey
from imserver.store.message_rows import NOTHING
from imserver.store.mysql_text import MysqlStatement
from imserver.store.sent import Sent
from imserver.store.statements import MYSQL, load_texts

REMEMBERED_SECONDS = 600.0


def dedup_in_cache(engine: Any) -> None:
    """What was sent before is written into the cache after the commit, and the table has no unique key."""
    cache, planned = engine.store.cache, []
    _alter(engine, "ALTER TABLE messages DROP INDEX messages_once")

    def commit(tx: Any, jobs: Any, **rest: Any) -> Committed:
        made = Batch(tx, jobs, **rest)
        made._stored = _remembered(cache, jobs)
        made._plan_nothing()
        answers = made.judge_all(jobs)
        planned[:] = made._messages
        return Committed(answers, made.write(tx), made.grown)

    def tell(self: Any, done: Committed) -> None:
        for site_id, conversation_id, seq, sender_id, client_id, text, sent_at in planned:
            value = json.dumps([conversation_id, seq, text, sent_at]).encode()
            cache.set(_key(site_id, sender_id, client_id), value, ttl_seconds=REMEMBERED_SECONDS)
        planned.clear()
        real_tell(self, done)

    real_tell = writer.Writer._tell
    writer.commit_jobs = commit  # type: ignore[assignment]
    writer.Writer._tell = tell  # type: ignore[method-assign]


def _remembered(cache: Any, jobs: Any) -> dict[SentKey, Sent]:
    keys = {
        _key(job.conversation[0], job.user_id, new.client_id): (
            job.conversation[0],
            job.user_id,
            new.client_id,
        )
        for job in jobs
        if isinstance(job, Send)
        for new in job.messages
    }
    return {
        keys[name]: Sent(*json.loads(value), NOTHING) for name, value in cache.get_many(list(keys)).items()
    }


def _key(site_id: str, sender_id: str, client_id: bytes) -> str:
    return safe_key(("sent", site_id, sender_id, client_id.hex()))


def no_tag_check(engine: Any) -> None:
    """A cursor is its number, whatever event that was: a restored database goes unnoticed."""

    def read(tx: Any, user: Any, cursor: Cursor) -> Any:
        if cursor.useq:
            here = tx.rows("load_backlog", **user._asdict(), from_useq=cursor.useq, limit=1)
            cursor = Cursor(cursor.useq, here[0][1]) if here else cursor
        return real_read(tx, user, cursor)

    real_read = log._read_backlog
    log._read_backlog = read  # type: ignore[assignment]


def auto_increment_cursor(engine: Any) -> None:
    """Numbers are drawn outside the transaction, as AUTO_INCREMENT does: who rolls back leaves a hole."""
    _alter(
        engine,
        "CREATE TABLE IF NOT EXISTS drawn (site_id VARBINARY(32), user_id VARBINARY(128), "
        "n BIGINT, PRIMARY KEY (site_id, user_id))",
    )

    def write(self: Any, tx: Any) -> Any:
        return real_write(self, _Drawing(tx, Counter(event[0] for event in self._events), engine))

    real_write = Batch.write
    Batch.write = write  # type: ignore[method-assign]


class _Drawing:
    """A transaction that locks no streams."""

    def __init__(self, tx: Any, counts: Counter[Any], engine: Any) -> None:
        self._tx = tx
        self._counts = counts
        self._database = engine.store.database

    def together(self, calls: Any) -> list[Any]:
        return [self._one(name, parameters) for name, parameters in calls]

    def _one(self, name: str, parameters: dict[str, Any]) -> list[Any]:
        if name != "lock_streams":
            return self._tx.together([(name, parameters)])[0]  # type: ignore[no-any-return]
        found = self._tx.rows("load_heads", **parameters)
        return self._database.write(  # type: ignore[no-any-return]
            lambda tx: [(*row[:2], self._draw(tx, row), *row[3:]) for row in found]
        )

    def _draw(self, tx: Any, row: Any) -> int:
        site_id, user_id, head = row[:3]
        count = self._counts[site_id, user_id]
        tx.script(
            f"INSERT INTO drawn VALUES ('{site_id}', '{user_id}', {head + count}) "
            f"ON DUPLICATE KEY UPDATE n = n + {count}"
        )
        where = f"site_id = '{site_id}' AND user_id = '{user_id}'"
        ((drawn,),) = tx._connection.ask(f"SELECT n FROM drawn WHERE {where}")
        return int(drawn) - count


def clock_as_order(engine: Any) -> None:
    """What comes after a cursor is what was written later, by the clocks of those who wrote it."""
    here = "GREATEST(%(from_useq)s, 1)"
    later = (
        f"(i.useq = {here} OR i.created_at > (SELECT c.created_at FROM inbox c WHERE c.site_id = %(site_id)s "
        f"AND c.user_id = %(user_id)s AND c.useq = {here}))"
    )
    sql = load_texts(MYSQL)["load_backlog"]
    assert sql.count("i.useq >= %(from_useq)s") == sql.count("ORDER BY i.useq") == 1
    sql = sql.replace("i.useq >= %(from_useq)s", later)
    sql = sql.replace("ORDER BY i.useq", f"ORDER BY i.useq <> {here}, i.created_at, i.useq")
    engine.store.database._statements["load_backlog"] = MysqlStatement("load_backlog", sql)


def _alter(engine: Any, sql: str) -> None:
    """Change the schema; another worker may have done it already."""
    with contextlib.suppress(pymysql.Error, StoreError, Unavailable):
        engine.store.database.write(lambda tx: tx.script(sql))
