"""What was sent before: a client_id and what it stands for."""

from collections.abc import Sequence

import msgspec

from imserver.store.database import Row, Transaction
from imserver.store.jobs import Job, Send, SentKey
from imserver.store.message_rows import Extra, extra_of


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What is known of a client_id."""

    conversation_id: str
    seq: int
    text: str
    created_at: int
    extra: Extra


def find_sent(tx: Transaction, jobs: Sequence[Job]) -> dict[SentKey, Sent]:
    """Return what is known of the client ids of the jobs."""
    triples = sorted(
        {
            (job.conversation[0], job.user_id, new.client_id)
            for job in jobs
            if isinstance(job, Send)
            for new in job.messages
        }
    )
    rows = tx.rows("find_sent", triples=triples) if triples else []
    return {(row[0], row[1], bytes(row[2])): _known(row) for row in rows}


def _known(row: Row) -> Sent:
    _, _, _, conversation_id, seq, text, created_at, extra = row
    return Sent(conversation_id, seq, text, created_at, extra_of(extra))


def named_by(job: Job) -> set[str]:
    """Return whose part in the conversation the job asks for."""
    if not isinstance(job, Send) or not job.is_dressed:
        return {job.user_id}
    return {job.user_id, *(u for new in job.messages if new.dressing for u in new.dressing.mentions)}
