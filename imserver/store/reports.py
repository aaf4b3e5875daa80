"""Reports of people and of messages, kept with what was said, for whoever looks after the site."""

import secrets
from collections.abc import Callable

from msgspec import UNSET

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Message, NewReport
from imserver.store.database import Database, Transaction
from imserver.store.message_rows import read_messages
from imserver.store.people import load_people
from imserver.store.webhook_outbox import REPORT_CREATED, note_event

OPEN = "open"


class Reports:
    """Only inserts: a report is a record of what was seen, and stays when the message is gone."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def insert(self, site_id: str, reporter_id: str, report: NewReport) -> str:
        """Keep the report and return its id.

        Raises InvalidRequest unless it names either a person or a message, or for oneself; NotFound for a
        person of another site and for a message that the reporter cannot read.
        """
        report_id, now = "p" + secrets.token_hex(12), self._now_ms()

        def write(tx: Transaction) -> None:
            about = _about(tx, site_id, reporter_id, report)
            if about[0] == reporter_id:
                raise InvalidRequest("Nobody can report themselves.")
            row = (site_id, report_id, reporter_id, *about, report.reason.value, report.note, OPEN, now)
            tx.run("insert_report", rows=[row])
            note_event(tx, site_id, REPORT_CREATED, stream=report_id, now=now)

        self._database.write(write)
        return report_id


def _about(
    tx: Transaction, site_id: str, reporter_id: str, report: NewReport
) -> tuple[str, str, int, str, int]:
    """Return who is reported, the message's place, its text and its time."""
    names_message = report.conversation_id is not UNSET and report.seq is not UNSET
    if report.user_id is not UNSET and report.conversation_id is UNSET and report.seq is UNSET:
        if not load_people(tx, site_id, [report.user_id]):
            raise NotFound
        return report.user_id, "", 0, "", 0
    if not names_message or report.user_id is not UNSET:
        raise InvalidRequest("Report a user_id, or a conversation_id with a seq.")
    assert isinstance(report.conversation_id, str)  # noqa: S101 - for the type checker; names_message says so
    assert isinstance(report.seq, int)  # noqa: S101
    message = _require_message(tx, site_id, reporter_id, report.conversation_id, seq=report.seq)
    return message.sender_id, message.conversation_id, message.seq, message.text, message.created_at


def _require_message(
    tx: Transaction, site_id: str, reader_id: str, conversation_id: str, *, seq: int
) -> Message:
    key = {"site_id": site_id, "conversation_id": conversation_id}
    rows = tx.rows("load_reported", **key, seq=seq)
    if not rows or not tx.rows("find_participant", **key, user_id=reader_id):
        raise NotFound
    (message,) = read_messages(tx, site_id, reader_id, [(conversation_id, rows[0])])
    if message.hidden:
        raise NotFound
    return message
