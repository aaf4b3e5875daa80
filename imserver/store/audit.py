"""What was done on a site on somebody's behalf: only appended to, each entry chained to the one before.

design: an entry's hash covers the entry and the hash before it, so whoever changes, removes or inserts a line
behind the program's back has to make every later hash anew. The head row says how long the record is: whoever
appends holds it, which gives entries of any number of workers one order, and a record cut short is noticed.
Who can write to the database at will can forge all of it; a hash that was noted elsewhere shows that, too.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from imserver.errors import InvalidRequest
from imserver.store.database import Call, Database, Row, Transaction

BEGINNING = "0" * 64
ENTRIES_PER_READ = 1_000
END_N = 2**62
ABOUT_BYTES = 128
DETAIL_CHARACTERS = 8_000

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """``actor`` did ``act``, such as ``ban.added``, to ``about``: a person, a conversation, a report."""

    n: int
    created_at: int
    actor: str
    act: str
    about: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``broken`` is the number of the first entry that is not what was written; None if all are."""

    count: int
    last_hash: str
    broken: int | None = None
    reason: str = ""


class Audit:
    """There is no way to change or delete an entry."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def append(
        self, *, site_id: str, actor: str, act: str, about: str = "", detail: Detail | None = None
    ) -> int:
        """Write one entry and return its number, once it is committed."""
        now = self._now_ms()
        return self._database.write(
            lambda tx: append(tx, site_id=site_id, actor=actor, act=act, about=about, detail=detail, now=now)
        )

    def page(
        self, site_id: str, *, before: int | None = None, about: str = "", limit: int = 50
    ) -> list[Entry]:
        """Return the newest entries, or those before a number; with ``about`` those about one thing."""
        key = {"site_id": site_id, "before": END_N if before is None else before, "limit": limit}
        if about:
            rows = self._database.read(lambda tx: tx.rows("page_audit_about", **key, about=about))
        else:
            rows = self._database.read(lambda tx: tx.rows("page_audit", **key))
        return [_entry(row) for row in rows]

    def verify(self, site_id: str) -> Verdict:
        """Read the whole record, in pieces, and name the first entry that is not as it was written."""
        promised = self._database.read(lambda tx: tx.rows("find_audit_head", site_id=site_id))
        count, last_hash = 0, BEGINNING
        for *said, digest in self._walk(site_id):
            if said[0] != count + 1:
                return Verdict(count, last_hash, count + 1, "is missing")
            if digest != chained(last_hash, site_id, *said):
                return Verdict(count, last_hash, count + 1, "was changed")
            count, last_hash = count + 1, digest
        return _held_against(promised, count, last_hash)

    def _walk(self, site_id: str) -> Iterator[Row]:
        """Yield all rows, the oldest first."""
        after = 0
        while rows := self._piece(site_id, after):
            yield from rows
            after = rows[-1][0]

    def _piece(self, site_id: str, after: int) -> list[Row]:
        return self._database.read(
            lambda tx: tx.rows("walk_audit", site_id=site_id, after=after, limit=ENTRIES_PER_READ)
        )


def append(
    tx: Transaction,
    *,
    site_id: str,
    actor: str,
    act: str,
    about: str = "",
    detail: Detail | None = None,
    now: int,
) -> int:
    """Write one entry within the caller's transaction; return its number.

    The record's head is held until that ends, so call it behind all other locks but the streams'. ``detail``
    holds ids, numbers and decisions, never what somebody wrote in a conversation. Raises InvalidRequest.
    """
    text = canonical(detail or {})
    if len(about.encode()) > ABOUT_BYTES or len(text) > DETAIL_CHARACTERS:
        raise InvalidRequest("This is more than a line of the record holds.")
    head: list[Call] = [
        ("begin_audit", {"site_id": site_id, "hash": BEGINNING}),
        ("lock_audit_head", {"site_id": site_id}),
    ]
    ((last_n, before),) = tx.together(head)[1]
    n = last_n + 1
    digest = chained(before, site_id, n, now, actor, act, about, text)
    row = {"now": now, "actor": actor, "act": act, "about": about, "detail": text}
    tx.together(
        [
            ("insert_audit", {"site_id": site_id, "n": n, **row, "hash": digest}),
            ("move_audit_head", {"site_id": site_id, "n": n, "hash": digest}),
        ]
    )
    return int(n)


def chained(before: str, site_id: str, *said: Any) -> str:
    """Return the hash of an entry, by the columns of its row, that stands behind the one with ``before``."""
    names = ("n", "created_at", "actor", "act", "about", "detail")
    text = canonical({"site_id": site_id, **dict(zip(names, said, strict=True))})
    return hashlib.sha256((before + text).encode()).hexdigest()


def canonical(value: Detail) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, all characters as themselves."""
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _held_against(promised: list[Row], count: int, last_hash: str) -> Verdict:
    """Compare the end that was found with the one that the head told of before the walk."""
    length = promised[0][0] if promised else 0
    # The head was read first: entries that were appended during the walk are more, never fewer.
    if count < length:
        return Verdict(count, last_hash, count + 1, "is missing")
    if count == length and promised and promised[0][1] != last_hash:
        return Verdict(count, last_hash, count, "was changed")
    return Verdict(count, last_hash)


def _entry(row: Row) -> Entry:
    n, created_at, actor, act, about, detail, digest = row
    return Entry(n, created_at, actor, act, about, _read(detail), digest)


def _read(detail: str) -> dict[str, Any]:
    try:
        return dict(json.loads(detail))
    except (ValueError, TypeError):
        return {"unreadable": detail[:80]}  # somebody was at it; ``verify`` says so
