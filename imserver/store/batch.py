"""One group commit: many sends and read marks in one transaction.

design: plan in memory, write in a handful of multi-row statements. The conversations' counters are locked
first, in key order, then the recipients' streams, in key order; everything that is judged (membership, what
was sent before, how far somebody has read) is read under those locks, so it holds when it is committed.
A ``Batch`` is built anew for every try and touches nothing but its transaction.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from os import urandom
from typing import NamedTuple

from imserver.errors import ClientIdConflict, InvalidRequest, NotFound, ServiceError
from imserver.protocol.cursor import Cursor
from imserver.protocol.events import MESSAGE_CREATED, RECEIPT_READ, event_bytes, message_body, receipt_body
from imserver.protocol.types import Message, ReadAnswer, SentMessage, SentMessages
from imserver.store.database import Row, Transaction
from imserver.store.values import ConversationKey, Delivery, UserKey


class NewText(NamedTuple):
    """A message to be stored; ``client_id`` is 16 bytes."""

    client_id: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Send:
    """A request to store messages, all of them or none."""

    conversation: ConversationKey
    user_id: str
    messages: tuple[NewText, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A request to raise a read mark."""

    conversation: ConversationKey
    user_id: str
    seq: int


Job = Send | Read
Answer = SentMessages | ReadAnswer | ServiceError


@dataclass(frozen=True, slots=True)
class Committed:
    """``answers`` in the order of the jobs; ``deliveries`` in the order of the streams' numbers."""

    answers: list[Answer]
    deliveries: list[Delivery]


class _Stored(NamedTuple):
    """What is known of a client_id."""

    conversation_id: str
    seq: int
    text: str
    created_at: int


class _Sent(NamedTuple):
    """The key that makes a repeated send the same send."""

    site_id: str
    sender_id: str
    client_id: bytes


class _Event(NamedTuple):
    """An inbox row without its number."""

    user: UserKey
    kind: str
    conversation_id: str
    seq: int
    body: bytes


def commit_jobs(tx: Transaction, jobs: Sequence[Job], *, now: int) -> Committed:
    """Judge and write all jobs; one that fails its check has the error for an answer, and no other trace."""
    batch = Batch(tx, jobs, now=now)
    answers = [batch.judge(job) for job in jobs]
    return Committed(answers, batch.write(tx))


class Batch:
    """What the transaction has read, and what it is going to write."""

    def __init__(self, tx: Transaction, jobs: Sequence[Job], *, now: int) -> None:
        self._now = now
        pairs = sorted({job.conversation for job in jobs})
        self._last_seq = {
            ConversationKey(*row[:2]): int(row[2]) for row in tx.rows("lock_conversations", pairs=pairs)
        }
        self._read_seq: dict[ConversationKey, dict[str, int]] = {}
        for site_id, conversation_id, user_id, read_seq in tx.rows("load_participants", pairs=pairs):
            self._read_seq.setdefault(ConversationKey(site_id, conversation_id), {})[user_id] = read_seq
        self._sent = _find_sent(tx, jobs)
        self._messages: list[Row] = []
        self._events: list[_Event] = []
        self._grown: set[ConversationKey] = set()
        self._moved: set[tuple[ConversationKey, str]] = set()

    def judge(self, job: Job) -> Answer:
        """Plan the job and return its answer; plan nothing of one that fails."""
        try:
            members = self._read_seq.get(job.conversation, {})
            if job.user_id not in members:
                raise NotFound
            return self._send(job) if isinstance(job, Send) else self._read(job, members)
        except ServiceError as error:
            return error

    def write(self, tx: Transaction) -> list[Delivery]:
        """Write what was planned; return what has to be told once it is committed."""
        if self._messages:
            tx.run("insert_messages", rows=self._messages)
        deliveries = self._append(tx) if self._events else []
        if self._grown:
            rows = [
                (*key, self._last_seq[key], self._now, "direct", self._now) for key in sorted(self._grown)
            ]
            tx.run("save_conversations", rows=rows)
        if self._moved:
            marks = [(*key, user_id, self._read_seq[key][user_id]) for key, user_id in sorted(self._moved)]
            tx.run("save_read_marks", rows=marks)
        return deliveries

    def _send(self, job: Send) -> SentMessages:
        fresh: dict[bytes, str] = {}
        for new in job.messages:
            known = self._sent.get(_Sent(job.conversation.site_id, job.user_id, new.client_id))
            same = known is None or (known.conversation_id, known.text) == (
                job.conversation.conversation_id,
                new.text,
            )
            if not same or fresh.setdefault(new.client_id, new.text) != new.text:
                raise ClientIdConflict
        sent = [self._store(job, new) for new in job.messages]
        return SentMessages(conversation_id=job.conversation.conversation_id, messages=sent)

    def _store(self, job: Send, new: NewText) -> SentMessage:
        key = _Sent(job.conversation.site_id, job.user_id, new.client_id)
        known = self._sent.get(key)
        client_id = new.client_id.hex()
        if known is not None:
            return SentMessage(
                client_id=client_id, seq=known.seq, created_at=known.created_at, duplicate=True
            )
        conversation_id = job.conversation.conversation_id
        seq = self._last_seq[job.conversation] = self._last_seq[job.conversation] + 1
        self._sent[key] = _Stored(conversation_id, seq, new.text, self._now)
        self._messages.append((*job.conversation, seq, job.user_id, new.client_id, new.text, self._now))
        self._grown.add(job.conversation)
        self._move_mark(job, seq)
        message = Message(
            conversation_id=conversation_id,
            seq=seq,
            sender_id=job.user_id,
            client_id=client_id,
            text=new.text,
            created_at=self._now,
        )
        body = message_body(message)
        for user_id in self._read_seq[job.conversation]:
            user = UserKey(job.conversation.site_id, user_id)
            self._events.append(_Event(user, MESSAGE_CREATED, conversation_id, seq, body))
        return SentMessage(client_id=client_id, seq=seq, created_at=self._now)

    def _read(self, job: Read, members: dict[str, int]) -> ReadAnswer:
        last_seq, conversation_id = self._last_seq[job.conversation], job.conversation.conversation_id
        if job.seq > last_seq:
            raise InvalidRequest("There is no message with this seq yet.")
        if job.seq > members[job.user_id]:
            self._move_mark(job, job.seq)
            body = receipt_body(
                conversation_id=conversation_id,
                user_id=job.user_id,
                read_seq=job.seq,
                unread=last_seq - job.seq,
            )
            user = UserKey(job.conversation.site_id, job.user_id)
            self._events.append(_Event(user, RECEIPT_READ, conversation_id, job.seq, body))
        read_seq = members[job.user_id]
        return ReadAnswer(conversation_id=conversation_id, read_seq=read_seq, unread=last_seq - read_seq)

    def _move_mark(self, job: Job, seq: int) -> None:
        self._read_seq[job.conversation][job.user_id] = seq
        self._moved.add((job.conversation, job.user_id))

    def _append(self, tx: Transaction) -> list[Delivery]:
        """Number the events per recipient, under the streams' locks."""
        users = sorted({event.user for event in self._events})
        heads = {UserKey(*row[:2]): (row[2], row[3]) for row in tx.rows("lock_streams", pairs=users)}
        tags = struct.unpack(f"={len(self._events)}I", urandom(4 * len(self._events)))
        rows, deliveries = [], []
        for event, tag in zip(self._events, tags, strict=True):
            head, after_tag = heads[event.user]
            useq = head + 1
            heads[event.user] = (useq, tag)
            payload = None if event.kind == MESSAGE_CREATED else event.body
            rows.append(
                (*event.user, useq, tag, event.kind, event.conversation_id, event.seq, payload, self._now)
            )
            data = event_bytes(event.kind, event.body, Cursor(useq, tag))
            deliveries.append(Delivery(*event.user, useq, tag, data, after_tag))
        tx.run("insert_inbox", rows=rows)
        tx.run("save_streams", rows=[(*user, *heads[user]) for user in users])
        return deliveries


def _find_sent(tx: Transaction, jobs: Sequence[Job]) -> dict[_Sent, _Stored]:
    triples = sorted(
        {
            _Sent(job.conversation.site_id, job.user_id, new.client_id)
            for job in jobs
            if isinstance(job, Send)
            for new in job.messages
        }
    )
    rows = tx.rows("find_sent", triples=triples) if triples else []
    return {_Sent(row[0], row[1], bytes(row[2])): _Stored(*row[3:]) for row in rows}
