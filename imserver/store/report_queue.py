"""The queue of reports, sealed: what was said is read on the record, and never more than what was reported.

design: a report opens one window, the message and a few around it, as the one who reported it could read
them. The line that says who looked is committed in the transaction that reads, so nothing is shown without
it; there is no other way for a moderator into a conversation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from imserver.errors import Conflict, NotFound
from imserver.protocol.types import Message
from imserver.store.appending import StreamEvent
from imserver.store.audit import append
from imserver.store.changes import Changes
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.edits import leave_tombstone
from imserver.store.message_rows import read_messages
from imserver.store.people import load_people
from imserver.store.revising import find_written
from imserver.store.talks import lock_talk

OPEN, CLOSED = "open", "closed"
# What stands around a reported message and helps to understand it.
AROUND = 5
# Words that were reported are kept for as long as an appeal may take.
CLOSED_KEPT_MS = 180 * 86_400_000
DELETED_PER_TRANSACTION = 500


class Outcome(StrEnum):
    """What became of a report."""

    DISMISSED = "dismissed"
    MESSAGE_DELETED = "message_deleted"
    WARNED = "warned"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report as the queue lists it: who, why and when, and nothing of what was said.

    ``kind`` is that of the conversation, empty where a person was reported. ``note`` is what the one who
    reported wrote to the moderators.
    """

    report_id: str
    reporter_id: str
    reporter_name: str
    user_id: str
    user_name: str
    kind: str
    reason: str
    note: str
    state: str
    created_at: int
    outcome: str
    decided_by: str
    decided_at: int


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A report with what was said: ``text`` as it was then, ``messages`` as they are now."""

    line: ReportLine
    conversation_id: str
    seq: int
    text: str
    sent_at: int
    messages: list[Message]
    names: dict[str, str]


class ReportQueue:
    """For moderators; people make reports with ``Reports``."""

    def __init__(self, database: Database, changes: Changes, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._changes = changes
        self._now_ms = now_ms

    def page(
        self, site_id: str, *, state: str = OPEN, after: tuple[int, str] = (0, ""), limit: int = 50
    ) -> list[ReportLine]:
        """Return reports, the oldest first, after a place in that order."""
        place = {"created_at": after[0], "report_id": after[1]}
        rows = self._database.read(
            lambda tx: tx.rows("page_reports", site_id=site_id, state=state, **place, limit=limit)
        )
        return [ReportLine(*row) for row in rows]

    def count_open(self, site_id: str) -> int:
        """Return how many nobody has decided."""
        return int(
            self._database.read(lambda tx: tx.rows("count_reports", site_id=site_id, state=OPEN))[0][0]
        )

    def look(self, site_id: str, report_id: str, *, actor: str) -> OpenedReport:
        """Record that ``actor`` looks, and then return what was said. Raises NotFound."""
        now = self._now_ms()

        def write(tx: Transaction) -> OpenedReport:
            opened = _open(tx, site_id, report_id)
            detail = {"report": report_id, "conversation": opened.conversation_id, "seq": opened.seq}
            seqs = [message.seq for message in opened.messages]
            detail |= {"from": min(seqs), "to": max(seqs)} if seqs else {}
            about = opened.line.user_id
            append(tx, site_id=site_id, actor=actor, act="report.viewed", about=about, detail=detail, now=now)
            return opened

        return self._database.write(write)

    def decide(self, site_id: str, report_id: str, outcome: Outcome, *, actor: str) -> ReportLine:
        """Close the report, on the record; return it. Raises NotFound, Conflict if it is closed."""
        now = self._now_ms()

        def write(tx: Transaction) -> ReportLine:
            line, _ = _require_open(tx, site_id, report_id)
            _close(tx, site_id, line, outcome, actor=actor, now=now)
            return line

        return self._database.write(write)

    def find(self, site_id: str, report_id: str) -> ReportLine:
        """Return a report without what was said. Raises NotFound."""
        return self._database.read(lambda tx: _require(tx, site_id, report_id)[0])

    def require_open(self, site_id: str, report_id: str) -> ReportLine:
        """Return a report that nobody has decided. Raises NotFound, Conflict."""
        return self._database.read(lambda tx: _require_open(tx, site_id, report_id)[0])

    def delete_message(self, site_id: str, report_id: str, *, actor: str) -> None:
        """Leave nothing of the reported message but its place, and close the report.

        What the report keeps stays. Raises NotFound, Conflict if the report is closed, MessageDeleted.
        """

        def work(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            line, row = _require_open(tx, site_id, report_id)
            conversation_id, seq = row[0], row[1]
            if not seq:
                raise NotFound
            talk = lock_talk(tx, site_id, conversation_id)
            stored = find_written(tx, talk, seq, user_id="")
            _, events = leave_tombstone(tx, talk, stored, by="", now=now)
            _close(tx, site_id, line, Outcome.MESSAGE_DELETED, actor=actor, now=now)
            return None, events

        self._changes.commit(work)

    def delete_old(self) -> int:
        """Delete a bounded number of reports that were closed long ago; return how many that were."""
        before = self._now_ms() - CLOSED_KEPT_MS

        def delete(tx: Transaction) -> int:
            found = tx.rows("find_old_reports", before=before, limit=DELETED_PER_TRANSACTION)
            return tx.run("delete_reports", pairs=found) if found else 0

        return self._database.write(delete)


def _open(tx: Transaction, site_id: str, report_id: str) -> OpenedReport:
    line, (conversation_id, seq, text, sent_at) = _require(tx, site_id, report_id)
    messages: list[Message] = []
    if seq:
        key = {"site_id": site_id, "conversation_id": conversation_id}
        rows = tx.rows("messages_between", **key, first_seq=seq - AROUND, last_seq=seq + AROUND)
        # As the one who reported it may read them: what was hidden from them stays so.
        found = read_messages(tx, site_id, line.reporter_id, [(conversation_id, row) for row in rows])
        messages = [message for message in found if not message.hidden]
    ids = sorted({message.sender_id for message in messages} | {line.user_id, line.reporter_id})
    names = {person.user_id: person.name for person in load_people(tx, site_id, ids)}
    return OpenedReport(line, conversation_id, seq, text, sent_at, messages, names)


def _require(tx: Transaction, site_id: str, report_id: str) -> tuple[ReportLine, Row]:
    row = first_row(tx.rows("load_report", site_id=site_id, report_id=report_id))
    if row is None:
        raise NotFound
    return ReportLine(*row[:13]), row[13:]


def _require_open(tx: Transaction, site_id: str, report_id: str) -> tuple[ReportLine, Row]:
    line, rest = _require(tx, site_id, report_id)
    if line.state != OPEN:
        raise Conflict("Somebody has decided this report already.")
    return line, rest


def _close(
    tx: Transaction, site_id: str, line: ReportLine, outcome: Outcome, *, actor: str, now: int
) -> None:
    decided = {"state": CLOSED, "outcome": outcome.value, "actor": actor, "now": now}
    tx.run("close_report", site_id=site_id, report_id=line.report_id, **decided)
    detail = {"report": line.report_id, "outcome": outcome.value}
    append(tx, site_id=site_id, actor=actor, act="report.decided", about=line.user_id, detail=detail, now=now)
