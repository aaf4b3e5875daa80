"""One group commit: many sends and read marks in one transaction.

design: plan in memory, write in a handful of multi-row statements. The conversations' counters are locked
first, in key order, then the recipients' streams, in key order; everything that is judged (membership, how
far somebody has read) is read under those locks, so it holds when it is committed. Whether a message was sent
before, its unique key says: it is written first, and only if the key is taken are the ids looked up and
everything is judged again, in the same transaction. A ``Batch`` touches nothing but its transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from imserver.errors import Blocked, ClientIdConflict, InvalidRequest, NotFound, ServiceError
from imserver.protocol.events import (
    MESSAGE_CREATED,
    RECEIPT_READ,
    message_body,
    receipt_body,
    room_body,
)
from imserver.protocol.types import Message, ReadAnswer, SentMessage, SentMessages
from imserver.store.appending import StreamEvent, append_events
from imserver.store.database import Call, Duplicate, Row, Transaction
from imserver.store.message_rows import Extra, extra_column
from imserver.store.values import ROOM, ROOM_PREFIX, Delivery, room_stream

# (site_id, conversation_id) or (site_id, user_id): equal to the keys in ``values``, and made in a third of
# the time; a batch makes thousands.
Pair = tuple[str, str]
# (site_id, sender_id, client_id): the key that makes a repeated send the same send.
SentKey = tuple[str, str, bytes]


class NewText(msgspec.Struct, frozen=True, gc=False):
    """A message to be stored; ``client_id`` is 16 bytes."""

    client_id: bytes
    text: str


class Send(msgspec.Struct, frozen=True):
    """A request to store messages, all of them or none."""

    conversation: Pair
    user_id: str
    messages: tuple[NewText, ...]


class Read(msgspec.Struct, frozen=True):
    """A request to raise a read mark."""

    conversation: Pair
    user_id: str
    seq: int


Job = Send | Read
Answer = SentMessages | ReadAnswer | ServiceError


@dataclass(frozen=True, slots=True)
class Committed:
    """``answers`` in the order of the jobs; ``deliveries`` in the order of the streams' numbers."""

    answers: list[Answer]
    deliveries: list[Delivery]
    # (site_id, conversation_id, last_seq, …) of the conversations that have new messages.
    grown: Sequence[Row] = ()


class _Stored(msgspec.Struct, frozen=True):
    """What is known of a client_id."""

    conversation_id: str
    seq: int
    text: str
    created_at: int


def commit_jobs(tx: Transaction, jobs: Sequence[Job], *, now: int) -> Committed:
    """Judge and write all jobs; one that fails its check has the error for an answer, and no other trace."""
    batch = Batch(tx, jobs, now=now)
    answers = batch.judge_all(jobs)
    try:
        return Committed(answers, batch.write(tx), batch.grown)
    except Duplicate:
        batch.recall(tx, jobs)
        answers = batch.judge_all(jobs)
        return Committed(answers, batch.write(tx), batch.grown)


class Batch:
    """What the transaction has read, and what it is going to write."""

    def __init__(self, tx: Transaction, jobs: Sequence[Job], *, now: int) -> None:
        self._now = now
        self._pairs = sorted({job.conversation for job in jobs})
        self.grown: list[Row] = []
        self._stored_seq: dict[Pair, int] = {}
        self._rooms: set[Pair] = set()
        self._stored_marks: dict[Pair, dict[str, int]] = {pair: {} for pair in self._pairs}
        self._recipients: dict[Pair, list[Pair]] = {pair: [] for pair in self._pairs}
        # Of direct conversations: who has blocked the other one.
        self._hiders: dict[Pair, list[str]] = {}
        self._load(tx, jobs)
        self._stored: dict[SentKey, _Stored] = _find_sent(tx, self._doubtful(jobs)) if self._hiders else {}
        self._plan_nothing()

    def _doubtful(self, jobs: Sequence[Job]) -> list[Job]:
        """Return those that would be refused now, and may have been stored when they were not."""
        return [job for job in jobs if job.user_id in self._hiders.get(job.conversation, ())]

    def judge_all(self, jobs: Sequence[Job]) -> list[Answer]:
        """Plan the jobs and return their answers; plan nothing of one that fails."""
        return [self._judge(job) for job in jobs]

    def write(self, tx: Transaction) -> list[Delivery]:
        """Write what was planned; return what has to be told once it is committed.

        Raises Duplicate, and has written nothing, if one of the messages is stored already.
        """
        return append_events(
            tx, self._events, now=self._now, first=self._message_calls(), last=self._counter_calls()
        )

    def recall(self, tx: Transaction, jobs: Sequence[Job]) -> None:
        """Look up what was sent before, and forget the plan."""
        self._stored = _find_sent(tx, jobs)
        self._plan_nothing()

    def _message_calls(self) -> Iterator[Call]:
        extras = self._extras
        if self._messages and extras:
            rows = [(*row, extras.get(row[:3])) for row in self._messages]
            yield "insert_dressed_messages", {"rows": rows}
        elif self._messages:
            yield "insert_messages", {"rows": self._messages}

    def _counter_calls(self) -> Iterator[Call]:
        if self._messages:
            grown = sorted({row[:2] for row in self._messages})
            self.grown = [(*pair, self._last_seq[pair], self._now, "direct", self._now) for pair in grown]
            yield "save_conversations", {"rows": self.grown}
        if self._moved:
            marks = [(*pair, user_id, self._marks[pair][user_id]) for pair, user_id in sorted(self._moved)]
            yield "save_read_marks", {"rows": marks}

    def _load(self, tx: Transaction, jobs: Sequence[Job]) -> None:
        """Lock the conversations and load who takes part, in one round trip."""
        calls = list(self._participant_calls(jobs))
        locked, *found = tx.together([("lock_conversations", {"pairs": self._pairs}), *calls])
        for site_id, conversation_id, last_seq, kind in locked:
            self._stored_seq[site_id, conversation_id] = last_seq
            if kind == ROOM:
                self._rooms.add((site_id, conversation_id))
        for (name, _), rows in zip(calls, found, strict=True):
            if name == "find_members":
                self._note_members(rows)
            else:
                self._note_participants(rows)

    def _participant_calls(self, jobs: Sequence[Job]) -> Iterator[Call]:
        """Of rooms, only those are loaded who send or read; everybody else has the room's one stream."""
        whole = [pair for pair in self._pairs if not pair[1].startswith(ROOM_PREFIX)]
        if whole:
            yield "load_participants", {"pairs": whole}
        if len(whole) < len(self._pairs):
            asked = {(*job.conversation, job.user_id) for job in jobs}
            triples = {triple for triple in asked if triple[1].startswith(ROOM_PREFIX)}
            yield "find_members", {"triples": sorted(triples)}

    def _note_participants(self, rows: list[Row]) -> None:
        for site_id, conversation_id, user_id, read_seq, hides in rows:
            pair = site_id, conversation_id
            self._stored_marks[pair][user_id] = read_seq
            self._recipients[pair].append((site_id, user_id))
            if hides:
                self._hiders.setdefault(pair, []).append(user_id)

    def _note_members(self, rows: list[Row]) -> None:
        for site_id, conversation_id, user_id, read_seq in rows:
            self._stored_marks[site_id, conversation_id][user_id] = read_seq
        for site_id, conversation_id in self._rooms:
            self._recipients[site_id, conversation_id] = [(site_id, room_stream(conversation_id))]

    def _plan_nothing(self) -> None:
        self._last_seq = dict(self._stored_seq)
        self._marks = {pair: dict(marks) for pair, marks in self._stored_marks.items()}
        self._sent = dict(self._stored)
        self._messages: list[Row] = []
        self.grown = []
        # By the first three columns of a message: what it has beside its text.
        self._extras: dict[Row, bytes | None] = {}
        self._events: list[StreamEvent] = []
        self._moved: set[tuple[Pair, str]] = set()

    def _judge(self, job: Job) -> Answer:
        try:
            if job.user_id not in self._marks[job.conversation]:
                raise NotFound
            return self._send(job) if isinstance(job, Send) else self._read(job)
        except ServiceError as error:
            return error

    def _send(self, job: Send) -> SentMessages:
        site_id, conversation_id = job.conversation
        keys = [(site_id, job.user_id, new.client_id) for new in job.messages]
        if len(keys) > 1 or keys[0] in self._sent:
            self._check_ids(job, keys)
        sent = [self._store(job, key, new.text) for key, new in zip(keys, job.messages, strict=True)]
        return SentMessages(conversation_id=conversation_id, messages=sent)

    def _check_ids(self, job: Send, keys: list[SentKey]) -> None:
        fresh: dict[SentKey, str] = {}
        for key, new in zip(keys, job.messages, strict=True):
            known = self._sent.get(key)
            here = known is None or known.conversation_id == job.conversation[1]
            text = fresh.setdefault(key, new.text) if known is None else known.text
            if not here or text != new.text:
                raise ClientIdConflict

    def _store(self, job: Send, key: SentKey, text: str) -> SentMessage:
        client_id = key[2].hex()
        known = self._sent.get(key)
        if known is not None:
            return SentMessage(
                client_id=client_id, seq=known.seq, created_at=known.created_at, duplicate=True
            )
        hidden_from = self._hiders.get(job.conversation, ()) if self._hiders else ()
        if job.user_id in hidden_from:
            raise Blocked
        pair, user_id, now = job.conversation, job.user_id, self._now
        site_id, conversation_id = pair
        seq = self._last_seq[pair] = self._last_seq[pair] + 1
        self._sent[key] = _Stored(conversation_id, seq, text, now)
        self._messages.append((site_id, conversation_id, seq, user_id, key[2], text, now))
        self._move_mark(job, seq)
        message = Message(
            conversation_id=conversation_id,
            seq=seq,
            sender_id=user_id,
            client_id=client_id,
            text=text,
            created_at=now,
        )
        body = message_body(message)
        if pair in self._rooms:
            body = room_body(conversation_id, body)
        recipients = self._recipients[pair]
        if hidden_from:
            # Stored, answered and shown to the sender as always; nobody else hears of it, now or later.
            recipients = [user for user in recipients if user[1] not in hidden_from]
            extra = Extra(hidden_from=tuple(hidden_from))
            self._extras[site_id, conversation_id, seq] = extra_column(extra)
        self._events += [(user, MESSAGE_CREATED, conversation_id, seq, None, body) for user in recipients]
        return SentMessage(client_id=client_id, seq=seq, created_at=now)

    def _read(self, job: Read) -> ReadAnswer:
        (site_id, conversation_id), marks = job.conversation, self._marks[job.conversation]
        last_seq = self._last_seq[job.conversation]
        if job.seq > last_seq:
            raise InvalidRequest("There is no message with this seq yet.")
        if job.seq > marks[job.user_id]:
            self._move_mark(job, job.seq)
            body = receipt_body(
                conversation_id=conversation_id,
                user_id=job.user_id,
                read_seq=job.seq,
                unread=last_seq - job.seq,
            )
            user = site_id, job.user_id
            self._events.append((user, RECEIPT_READ, conversation_id, job.seq, body, body))
        read_seq = marks[job.user_id]
        return ReadAnswer(conversation_id=conversation_id, read_seq=read_seq, unread=last_seq - read_seq)

    def _move_mark(self, job: Job, seq: int) -> None:
        self._marks[job.conversation][job.user_id] = seq
        self._moved.add((job.conversation, job.user_id))


def _find_sent(tx: Transaction, jobs: Sequence[Job]) -> dict[SentKey, _Stored]:
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
    return {(row[0], row[1], bytes(row[2])): _Stored(*row[3:]) for row in rows}
