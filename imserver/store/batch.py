"""One group commit: many sends and read marks in one transaction.

design: plan in memory, write in a handful of multi-row statements. The conversations' counters are locked
first, in key order, then the recipients' streams, in key order; everything that is judged (membership, how
far somebody has read) is read under those locks, so it holds when it is committed. Whether a message was sent
before, its unique key says: it is written first, and only if the key is taken are the ids looked up and
everything is judged again, in the same transaction. A ``Batch`` touches nothing but its transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from imserver.errors import Blocked, ClientIdConflict, InvalidRequest, NotFound, ServiceError
from imserver.protocol.events import (
    CONVERSATION_CHANGED,
    MESSAGE_CREATED,
    RECEIPT_READ,
    conversation_body,
    message_body,
    plain_body,
    receipt_body,
    room_body,
)
from imserver.protocol.types import Message, ReadAnswer, SentMessage, SentMessages
from imserver.store.appending import StreamEvent, append_events
from imserver.store.conduct import Conduct, standing_calls
from imserver.store.database import Call, Duplicate, Row, Transaction
from imserver.store.jobs import Answer, Delivered, Job, NewText, Pair, Read, Send, SentKey
from imserver.store.message_rows import NOTHING, Extra, dress, extra_column, plain_message
from imserver.store.receipts import Receipts
from imserver.store.references import References, is_same
from imserver.store.sent import Sent, find_sent, named_by
from imserver.store.site_budgets import SiteBudgets
from imserver.store.slow_mode import SlowRooms
from imserver.store.values import ROOM, ROOM_PREFIX, Delivery, room_stream
from imserver.store.webhook_outbox import NOBODY, Hooked, message_calls

# What load_participants says of a direct conversation beside the marks: has blocked the other one; has not
# accepted the request of a stranger yet; has declined it.
HIDES, REQUESTED, DECLINED = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Committed:
    """``answers`` in the order of the jobs; ``deliveries`` in the order of the streams' numbers."""

    answers: list[Answer]
    deliveries: list[Delivery]
    # (site_id, conversation_id, last_seq, …) of the conversations that have new messages.
    grown: Sequence[Row] = ()
    # Who takes part; a room is there with its stream only.
    talks: Mapping[Pair, Sequence[Pair]] = field(default_factory=dict)


def commit_jobs(tx: Transaction, jobs: Sequence[Job], *, now: int, hooked: Hooked = NOBODY) -> Committed:
    """Judge and write all jobs; one that fails its check has the error for an answer, and no other trace."""
    batch = Batch(tx, jobs, now=now, hooked=hooked)
    answers = batch.judge_all(jobs)
    try:
        return Committed(answers, batch.write(tx), batch.grown, batch.recipients)
    except Duplicate:
        batch.recall(tx, jobs)
        answers = batch.judge_all(jobs)
        return Committed(answers, batch.write(tx), batch.grown, batch.recipients)


class Batch:
    """What the transaction has read, and what it is going to write."""

    def __init__(self, tx: Transaction, jobs: Sequence[Job], *, now: int, hooked: Hooked = NOBODY) -> None:
        self._now, self._hooked = now, hooked
        self._pairs = sorted({job.conversation for job in jobs})
        self.grown: list[Row] = []
        self._stored_seq: dict[Pair, int] = {}
        self._rooms: set[Pair] = set()
        self._stored_marks: dict[Pair, dict[str, int]] = {pair: {} for pair in self._pairs}
        self.recipients: dict[Pair, list[Pair]] = {pair: [] for pair in self._pairs}
        self._groups: set[Pair] = set()
        # Of direct conversations: what is out of the ordinary, by person.
        self._flags: dict[Pair, dict[str, int]] = {}
        self._stored_flags = self._flags
        self._slow = SlowRooms()
        self._conduct = Conduct(now=now)
        self._load(tx, jobs)
        # Most are plain sends, and one look at each is all that the others cost them.
        others = [job for job in jobs if type(job) is not Send or job.is_dressed]
        dressed = [job for job in others if isinstance(job, Send)]
        self._references = References(tx, dressed) if dressed else None
        marks = [job for job in others if not isinstance(job, Send) and job.conversation not in self._rooms]
        self._receipts = (
            Receipts(tx, marks, parts=self.recipients, apart=self._flags, groups=self._groups)
            if marks
            else None
        )
        self._stored: dict[SentKey, Sent] = {}
        # Whether anything in the batch is more than a plain send between two who talk.
        self._is_careful = bool(dressed or self._flags or self._slow or self._budgets or self._conduct)
        if self._is_careful:
            # What would be refused now may have been stored when it was not.
            self._stored = find_sent(tx, [*dressed, *self._doubtful(jobs)])
        self._plan_nothing()

    def _doubtful(self, jobs: Sequence[Job]) -> list[Job]:
        return [
            job
            for job in jobs
            if self._slow.has(job.conversation, job.user_id)
            or self._budgets.concerns(job.conversation[0])
            or self._flags.get(job.conversation, {}).get(job.user_id, 0) & HIDES
            or self._conduct.concerns(job)
        ]

    def judge_all(self, jobs: Sequence[Job]) -> list[Answer]:
        """Plan the jobs and return their answers; plan nothing of one that fails."""
        return [self._judge(job) for job in jobs]

    def write(self, tx: Transaction) -> list[Delivery]:
        """Write what was planned; return what has to be told once it is committed.

        Raises Duplicate, and has written nothing, if one of the messages is stored already.
        """
        deliveries = append_events(
            tx, self._events, now=self._now, first=self._message_calls(), last=self._counter_calls()
        )
        return deliveries + self._fleeting if self._fleeting else deliveries

    def recall(self, tx: Transaction, jobs: Sequence[Job]) -> None:
        """Look up what was sent before, and forget the plan."""
        self._stored = find_sent(tx, jobs)
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
            yield from message_calls(self._messages, self._hooked, now=self._now)
        if self._moved:
            marks = [(*pair, user_id, self._marks[pair][user_id]) for pair, user_id in sorted(self._moved)]
            yield "save_read_marks", {"rows": marks}
        if self._mentioned:
            rows = [(*triple, seq) for triple, seq in sorted(self._mentioned.items())]
            yield "save_mentions", {"rows": rows}
        if self._accepted:
            yield "accept_requests", {"triples": sorted(self._accepted)}
        yield from self._slow.calls()
        yield from self._budgets.calls()
        yield from self._conduct.calls()
        if self._references is not None:
            yield from self._references.calls()
        if self._receipts is not None:
            yield from self._receipts.calls()

    def _load(self, tx: Transaction, jobs: Sequence[Job]) -> None:
        """Lock the conversations and load who takes part, in one round trip."""
        calls = [*self._participant_calls(jobs), *standing_calls(jobs)]
        sites: Call = ("load_concerned_sites", {"site_ids": sorted({pair[0] for pair in self._pairs})})
        locked, concerned, *found = tx.together(
            [("lock_conversations", {"pairs": self._pairs}), sites, *calls]
        )
        self._budgets = SiteBudgets(tx, [row[:3] for row in concerned if row[3]], now=self._now)
        self._conduct.note_houses([(row[0], row[4]) for row in concerned if row[4]])
        for site_id, conversation_id, last_seq, kind in locked:
            self._stored_seq[site_id, conversation_id] = last_seq
            if kind == ROOM:
                self._rooms.add((site_id, conversation_id))
            elif kind != "direct":
                self._groups.add((site_id, conversation_id))
        for (name, _), rows in zip(calls, found, strict=True):
            if name == "find_members":
                self._note_members(rows)
            elif name == "load_participants":
                self._note_participants(rows)
            else:
                self._conduct.note_standings(rows)
        self._conduct.look(tx, jobs)

    def _participant_calls(self, jobs: Sequence[Job]) -> Iterator[Call]:
        """Of rooms, only those are loaded who send, read or are mentioned; the others have the one stream."""
        whole = [pair for pair in self._pairs if not pair[1].startswith(ROOM_PREFIX)]
        if whole:
            yield "load_participants", {"pairs": whole}
        if len(whole) < len(self._pairs):
            there = [job for job in jobs if job.conversation[1].startswith(ROOM_PREFIX)]
            asked = {(*job.conversation, user_id) for job in there for user_id in named_by(job)}
            yield "find_members", {"triples": sorted(asked)}

    def _note_participants(self, rows: list[Row]) -> None:
        for site_id, conversation_id, user_id, read_seq, flags in rows:
            pair = site_id, conversation_id
            self._stored_marks[pair][user_id] = read_seq
            self.recipients[pair].append((site_id, user_id))
            if flags:
                self._flags.setdefault(pair, {})[user_id] = flags

    def _note_members(self, rows: list[Row]) -> None:
        for site_id, conversation_id, user_id, read_seq, slow_seconds, sent_at in rows:
            self._stored_marks[site_id, conversation_id][user_id] = read_seq
            if slow_seconds:
                triple = site_id, conversation_id, user_id
                self._slow.note(triple, seconds=slow_seconds, sent_at=sent_at)
        for site_id, conversation_id in self._rooms:
            self.recipients[site_id, conversation_id] = [(site_id, room_stream(conversation_id))]

    def _plan_nothing(self) -> None:
        self._last_seq = dict(self._stored_seq)
        self._marks = {pair: dict(marks) for pair, marks in self._stored_marks.items()}
        self._sent = dict(self._stored)
        if self._stored_flags:
            self._flags = {pair: dict(flags) for pair, flags in self._stored_flags.items()}
        self._messages: list[Row] = []
        self.grown = []
        # By the first three columns of a message: what it has beside its text.
        self._extras: dict[Row, bytes | None] = {}
        self._events: list[StreamEvent] = []
        self._moved: set[tuple[Pair, str]] = set()
        self._mentioned: dict[tuple[str, str, str], int] = {}
        self._accepted: set[tuple[str, str, str]] = set()
        self._fleeting: list[Delivery] = []
        self._slow.forget()
        self._budgets.forget()
        self._conduct.forget()
        if self._references is not None:
            self._references.forget()
        if self._receipts is not None:
            self._receipts.forget()

    def _judge(self, job: Job) -> Answer:
        try:
            if job.user_id not in self._marks[job.conversation]:
                raise NotFound
            return self._send(job) if isinstance(job, Send) else self._mark(job)
        except ServiceError as error:
            return error

    # -- sends

    def _send(self, job: Send) -> SentMessages:
        site_id, conversation_id = job.conversation
        keys = [(site_id, job.user_id, new.client_id) for new in job.messages]
        if len(keys) > 1 or keys[0] in self._sent:
            self._check_ids(job, keys)
        if self._is_careful:
            self._check_fresh(job, keys)
        sent = [self._store(job, key, new) for key, new in zip(keys, job.messages, strict=True)]
        return SentMessages(conversation_id=conversation_id, messages=sent)

    def _check_ids(self, job: Send, keys: list[SentKey]) -> None:
        fresh: dict[SentKey, NewText] = {}
        for key, new in zip(keys, job.messages, strict=True):
            known = self._sent.get(key)
            if known is None:
                is_right = fresh.setdefault(key, new) == new
            else:
                is_here = known.conversation_id == job.conversation[1]
                is_right = is_here and is_same(known.text, known.extra, new)
            if not is_right:
                raise ClientIdConflict

    def _check_fresh(self, job: Send, keys: list[SentKey]) -> None:
        """Judge what was not stored before, all of it before any of it is planned."""
        fresh = [new for key, new in zip(keys, job.messages, strict=True) if key not in self._sent]
        if fresh and self._flags.get(job.conversation, {}).get(job.user_id, 0) & HIDES:
            raise Blocked
        if self._references is not None:
            self._references.check(job, fresh, parts=self._marks[job.conversation])
        begins = self._begins(job)
        self._conduct.check(job, fresh, begins=begins)
        self._budgets.check(job.conversation[0], count=len(fresh), is_room=job.conversation in self._rooms)
        # The last, because they plan that the person has sent.
        self._slow.check(job.conversation, job.user_id, count=len(fresh), now=self._now)
        self._budgets.spend(job.conversation[0], count=len(fresh))
        self._conduct.plan(job, fresh, begins=begins)

    def _begins(self, job: Send) -> str:
        """Return the conversation if it is a direct one that the job would be the first to write to."""
        pair = job.conversation
        is_direct = pair not in self._rooms and pair not in self._groups
        return pair[1] if is_direct and not self._last_seq[pair] else ""

    def _store(self, job: Send, key: SentKey, new: NewText) -> SentMessage:
        client_id = key[2].hex()
        known = self._sent.get(key)
        if known is not None:
            return SentMessage(
                client_id=client_id, seq=known.seq, created_at=known.created_at, duplicate=True
            )
        pair, user_id, now = job.conversation, job.user_id, self._now
        site_id, conversation_id = pair
        is_masked = False
        if self._conduct:
            held = self._conduct.hold(job, new)
            if held is not None:
                return held
            new, is_masked = self._conduct.passed(job, new)
        seq = self._last_seq[pair] = self._last_seq[pair] + 1
        is_plain = not self._is_careful or not (new.dressing or pair in self._flags or is_masked)
        extra = NOTHING if is_plain else self._extra(job, new, seq, is_masked=is_masked)
        self._sent[key] = Sent(conversation_id, seq, new.text, now, extra)
        self._messages.append((site_id, conversation_id, seq, user_id, key[2], new.text, now))
        self._move_mark(job, seq)
        if is_plain:
            body = plain_body(conversation_id, seq, user_id, client_id, new.text, now)
            if pair in self._rooms:
                body = room_body(conversation_id, body)
            self._events += [
                (user, MESSAGE_CREATED, conversation_id, seq, None, body) for user in self.recipients[pair]
            ]
        else:
            self._post(pair, plain_message(conversation_id, (*self._messages[-1][2:], None, 0)), extra)
        return SentMessage(client_id=client_id, seq=seq, created_at=now)

    def _extra(self, job: Send, new: NewText, seq: int, *, is_masked: bool) -> Extra:
        """Return what the message has beside its text, and plan what follows from that."""
        pair, flags = job.conversation, self._flags.get(job.conversation, {})
        hidden_from = tuple(user_id for user_id, flag in flags.items() if flag & HIDES)
        if flags.get(job.user_id, 0):
            self._accept(pair, job.user_id)
        if new.dressing is None:
            extra = Extra(hidden_from=hidden_from) if hidden_from else NOTHING
        else:
            assert self._references is not None  # noqa: S101 - there is a dressing
            extra = self._references.dress(job, new.dressing, seq, hidden_from=hidden_from)
            for user_id in self._references.hearing(job, new.dressing, without=hidden_from):
                self._mention(pair, user_id, seq)
        if is_masked:
            extra = msgspec.structs.replace(extra, masked=True)
        if extra != NOTHING:
            self._extras[*pair, seq] = extra_column(extra)
        return extra

    def _post(self, pair: Pair, message: Message, extra: Extra) -> None:
        """Tell those who may see a message that is more than a text, or whose conversation is not plain.

        What is hidden from somebody is answered and shown to its sender as always.
        """
        flags = self._flags.get(pair, {})
        quoted = self._references.quoted(pair, extra.reply_to) if self._references else None
        for stream in self.recipients[pair]:
            viewer_id = stream[1]
            if viewer_id in extra.hidden_from or flags.get(viewer_id, 0) & DECLINED:
                continue
            body = message_body(dress(message, extra, viewer_id=viewer_id, quoted=quoted))
            if pair in self._rooms:
                body = room_body(pair[1], body)
            self._events.append((stream, MESSAGE_CREATED, pair[1], message.seq, None, body))

    def _accept(self, pair: Pair, user_id: str) -> None:
        """Whoever answers a stranger has accepted the request."""
        self._accepted.add((*pair, user_id))
        self._flags[pair].pop(user_id)
        self._change(pair, user_id)

    def _mention(self, pair: Pair, user_id: str, seq: int) -> None:
        self._mentioned[*pair, user_id] = seq
        if pair in self._rooms:
            # They may not have the room open; their own stream says that there is something to look at.
            self._change(pair, user_id)

    def _change(self, pair: Pair, user_id: str) -> None:
        body = conversation_body(pair[1])
        self._events.append(((pair[0], user_id), CONVERSATION_CHANGED, pair[1], 0, body, body))

    # -- marks

    def _mark(self, job: Read | Delivered) -> ReadAnswer:
        (site_id, conversation_id), marks = job.conversation, self._marks[job.conversation]
        last_seq = self._last_seq[job.conversation]
        if job.seq > last_seq:
            raise InvalidRequest("There is no message with this seq yet.")
        is_news = isinstance(job, Read) and job.seq > marks[job.user_id]
        if is_news:
            self._move_mark(job, job.seq)
            body = receipt_body(
                conversation_id=conversation_id,
                user_id=job.user_id,
                read_seq=job.seq,
                unread=last_seq - job.seq,
            )
            user = site_id, job.user_id
            self._events.append((user, RECEIPT_READ, conversation_id, job.seq, body, body))
        if self._receipts is not None and job.conversation not in self._rooms:
            self._events += self._receipts.tell(job)
            self._fleeting += self._receipts.take_fleeting()
        read_seq = marks[job.user_id]
        return ReadAnswer(conversation_id=conversation_id, read_seq=read_seq, unread=last_seq - read_seq)

    def _move_mark(self, job: Job, seq: int) -> None:
        self._marks[job.conversation][job.user_id] = seq
        self._moved.add((job.conversation, job.user_id))
