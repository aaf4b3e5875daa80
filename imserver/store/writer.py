"""The group-committing writer: everything that was asked during the last commit shares the next one.

design: callers leave a job and whom to answer; a batch of what is queued is committed, told and answered, in
that order, so what is told is stored and what is answered was told. Callers may go away at any time: the
job is the queue's, not theirs. A connection that leaves hundreds of sends needs no greenlet for each. Which
of a batch's jobs is at fault when the database refuses the whole is found by committing them one by one.

While the database works on a batch this process idles, and the other way round; so when many wait, a second
batch is written beside the first. Parted by conversation alone it was slower than waiting: among 10,000
people two batches of 200 nearly always share a few, and the second waits for their streams. See ``Claims``.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import gevent
from gevent.event import AsyncResult, Event

from imserver.errors import InvalidRequest, InvalidText, SiteBusy, Unavailable
from imserver.protocol.types import NewMessage, ReadAnswer, SentMessages
from imserver.store.batch import Committed, commit_jobs
from imserver.store.claims import Claims
from imserver.store.database import Database, Row
from imserver.store.fair_queue import FairQueue, SitePace, Taken
from imserver.store.jobs import Answer, Delivered, Dressing, Job, NewText, Read, Send
from imserver.store.values import Delivery

logger = logging.getLogger(__name__)

# On MariaDB alone two hundreds are enough. In a worker with 10,000 busy sockets each of a commit's four round
# trips waits for a turn of the loop, so that larger batches pay.
BATCH = Taken(jobs=600, weight=800)
# So many have to wait for a second batch to be begun beside the first. At 10,000 a second p99 was 103 to
# 141 ms with 300, 56 to 80 with 120, 66 to 99 with 60; at 6,000 all the same.
BESIDE_JOBS = 120
# At 5,000 messages/s a full queue is a second's work; more waiting would end in the clients' timeouts.
QUEUE_LIMIT = 5_000
RETRY_AFTER_SECONDS = 1.0


# Called in the writer's greenlet, after the commit and after it was told; it must not block.
OnAnswer = Callable[[SentMessages | ReadAnswer | Exception], None]


class _Ticket(NamedTuple):
    """A queued job, and whom to answer."""

    job: Job
    on_answer: OnAnswer


class Writer:
    """``on_commit`` is told every committed event, in commit order; it must not block.

    ``on_grown`` hears which conversations have new messages: ``Committed.grown``, ``on_sent`` how many new
    messages each site has. They must not block either.
    ``site_per_second``: what one site may send while others send, too; 0 is no limit.
    """

    def __init__(
        self,
        database: Database,
        *,
        now_ms: Callable[[], int],
        on_commit: Callable[[list[Delivery]], None] = lambda deliveries: None,
        queue_limit: int = QUEUE_LIMIT,
        site_per_second: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.on_commit = on_commit
        self.on_grown: Callable[[Sequence[Row]], None] = lambda grown: None
        self.on_sent: Callable[[Mapping[str, int]], None] = lambda sent: None
        self.commits_count = 0
        self.messages_count = 0
        # Sites whose messages webhooks hear of; mostly none, and then a commit does nothing for them.
        self._hooked: frozenset[str] = frozenset()
        self._database = database
        self._now_ms = now_ms
        self._queue: FairQueue[_Ticket] = FairQueue(
            limit=queue_limit, weigh=_weight, messages=_messages, per_second=site_per_second, clock=clock
        )
        self._pace = SitePace(per_second=site_per_second, clock=clock)
        self._at_once = site_per_second
        self._wake = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._closing = False
        self._clock = clock
        self._commit_seconds = 0.0
        self._claims = Claims()
        self._under_way = 0

    def send(
        self, site_id: str, sender_id: str, conversation_id: str, messages: Sequence[NewMessage]
    ) -> SentMessages:
        """Store the messages, all or none, and return once they are committed.

        A message that was stored by an earlier call has ``duplicate`` set; one that a moderator has to see
        first has ``held``. Raises NotFound unless the sender takes part, ClientIdConflict when an id was used
        for something else, OutcomeUnknown when the messages may be stored or not, Unavailable when they are
        not; and what ``Conduct.check`` raises.
        """
        answer: AsyncResult[Answer] = AsyncResult()
        self.submit_send(site_id, sender_id, conversation_id, messages, _setter(answer))
        sent = answer.get()
        assert isinstance(sent, SentMessages)  # noqa: S101 - what a job is answered with follows the job
        return sent

    def send_approved(self, site_id: str, sender_id: str, conversation_id: str, message: NewText) -> None:
        """Store what a moderator has let pass; to do so again changes nothing. Raises as ``send``."""
        answer: AsyncResult[Answer] = AsyncResult()
        is_dressed = message.dressing is not None
        job = Send((site_id, conversation_id), sender_id, (message,), is_dressed, is_approved=True)
        self._submit(job, _setter(answer))
        answer.get()

    def mark_read(self, site_id: str, user_id: str, conversation_id: str, seq: int) -> ReadAnswer:
        """Raise the person's read mark, never lower it; raise InvalidRequest beyond the last message."""
        answer: AsyncResult[Answer] = AsyncResult()
        self.submit_read(site_id, user_id, conversation_id, seq, _setter(answer))
        read = answer.get()
        assert isinstance(read, ReadAnswer)  # noqa: S101 - as above
        return read

    def mark_delivered(self, site_id: str, user_id: str, conversation_id: str, seq: int) -> None:
        """Raise the mark of what the person's devices have; as ``mark_read``."""
        answer: AsyncResult[Answer] = AsyncResult()
        self.submit_delivered(site_id, user_id, conversation_id, seq, _setter(answer))
        answer.get()

    def submit_send(
        self,
        site_id: str,
        sender_id: str,
        conversation_id: str,
        messages: Sequence[NewMessage],
        on_answer: OnAnswer,
    ) -> None:
        """Queue what ``send`` stores and return at once; ``on_answer`` gets what it would return or raise.

        Raises InvalidRequest, InvalidText, Unavailable and SiteBusy itself: then nothing is queued and nobody
        is answered. SiteBusy: while others send, too, the site sends more than ``site_per_second``, or the
        queue is full, and of all sites this one has most in it; that may be an answer as well.
        """
        if self._queue.is_shared():
            late = self._pace.take(site_id, len(messages), at_once=self._at_once)
            if late:
                raise SiteBusy(retry_after=round(late, 1) + 0.1)
        new = tuple([_new(message) for message in messages])
        is_dressed = new[0].dressing is not None if len(new) == 1 else _is_dressed(new)
        self._submit(Send((site_id, conversation_id), sender_id, new, is_dressed), on_answer)

    def submit_read(
        self, site_id: str, user_id: str, conversation_id: str, seq: int, on_answer: OnAnswer
    ) -> None:
        """Queue what ``mark_read`` does and return at once; as ``submit_send``."""
        self._submit(Read((site_id, conversation_id), user_id, seq), on_answer)

    def submit_delivered(
        self, site_id: str, user_id: str, conversation_id: str, seq: int, on_answer: OnAnswer
    ) -> None:
        """Queue what ``mark_delivered`` does and return at once; as ``submit_send``."""
        self._submit(Delivered((site_id, conversation_id), user_id, seq), on_answer)

    def hook(self, hooked: frozenset[str]) -> None:
        """Write down for webhooks what these sites' people say from now on, with the messages themselves."""
        self._hooked = hooked

    def waiting_count(self) -> int:
        """Return how many jobs are queued, for metrics."""
        return len(self._queue)

    def close(self) -> None:
        """Refuse new jobs, finish those that are queued."""
        self._closing = True
        self._queue.hurry()
        self._wake.set()
        if self._greenlet is not None:
            self._greenlet.join()

    def _submit(self, job: Job, on_answer: OnAnswer) -> None:
        if self._closing:
            raise Unavailable(retry_after=RETRY_AFTER_SECONDS)
        ticket = _Ticket(job, on_answer)
        lost = self._queue.add(job.conversation[0], ticket)
        if lost is ticket:
            raise SiteBusy if self._queue.is_shared() else Unavailable(retry_after=RETRY_AFTER_SECONDS)
        if lost is not None:
            _answer([lost], [SiteBusy()])
        if not self._under_way or len(self._queue) == BESIDE_JOBS:
            self._wake.set()
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while self._queue or self._under_way or not self._closing:
            tickets = self._next()
            if tickets:
                self._under_way += 1
                gevent.spawn(self._write, tickets)
            else:
                self._wake.clear()
                self._wake.wait(self._queue.pause_seconds() or None)

    def _next(self) -> list[_Ticket]:
        """Return a batch, if one may begin now; those of sites that share are small, and go alone."""
        if not self._queue or self._queue.pause_seconds():
            return []
        if not self._under_way:
            return self._queue.take(BATCH, commit_seconds=self._commit_seconds)
        is_worth_it = len(self._queue) >= BESIDE_JOBS and not self._queue.is_shared()
        if not is_worth_it or self._under_way >= self._database.writes_at_once:
            return []
        return self._queue.take(BATCH, is_free=lambda ticket: self._claims.is_free(ticket.job))

    def _write(self, tickets: list[_Ticket]) -> None:
        """Write the batch, and then the next at once: to be woken for it would take turns of the loop."""
        try:
            while tickets:
                self._write_one(tickets)
                tickets = self._next()
                self._under_way += bool(tickets)
        finally:
            self._wake.set()

    def _write_one(self, tickets: list[_Ticket]) -> None:
        began = self._clock()
        is_alone = self._database.writes_at_once == 1
        claimed = [] if is_alone else self._claims.claim([ticket.job for ticket in tickets])
        try:
            self._commit(tickets)
        finally:
            self._commit_seconds = self._clock() - began
            self._claims.give_back(claimed)
            self._under_way -= 1

    def _commit(self, tickets: list[_Ticket]) -> None:
        jobs = [ticket.job for ticket in tickets]
        now = self._now_ms()
        try:
            done = self._database.write(lambda tx: commit_jobs(tx, jobs, now=now, hooked=self._hooked))
        except Unavailable as error:
            # Nothing is known to be stored, and asking again one by one would only take longer.
            _answer(tickets, [error] * len(tickets))
        except Exception as error:  # noqa: BLE001 - the callers raise it; logged without its text: it may quote a body
            logger.warning("a commit of %d jobs failed: %s", len(jobs), type(error).__name__)
            if len(tickets) == 1:
                _answer(tickets, [error])
                return
            for ticket in tickets:
                self._commit([ticket])
        else:
            if self._database.writes_at_once > 1:
                self._claims.learn(done.talks)
            self._tell(done)
            self.on_sent(_new_by_site(tickets, done.answers))
            _answer(tickets, done.answers)

    def _tell(self, done: Committed) -> None:
        self.commits_count += 1
        self.messages_count += sum([len(a.messages) for a in done.answers if isinstance(a, SentMessages)])
        if not done.deliveries:
            return
        self.on_grown(done.grown)
        try:
            self.on_commit(done.deliveries)
        except Exception:
            # The sweep delivers what was not told; the senders must be answered all the same.
            logger.exception("telling of a commit failed")


def _weight(ticket: _Ticket) -> int:
    return len(ticket.job.messages) if isinstance(ticket.job, Send) else 1


def _messages(ticket: _Ticket) -> int:
    return len(ticket.job.messages) if isinstance(ticket.job, Send) else 0


def _new_by_site(tickets: list[_Ticket], answers: Sequence[Answer]) -> dict[str, int]:
    """Count the messages that were not there before, by site."""
    counts: dict[str, int] = {}
    for ticket, answer in zip(tickets, answers, strict=True):
        if isinstance(answer, SentMessages):
            site_id = ticket.job.conversation[0]
            new = sum([not message.duplicate for message in answer.messages])
            counts[site_id] = counts.get(site_id, 0) + new
    return counts


def _answer(tickets: list[_Ticket], answers: Sequence[SentMessages | ReadAnswer | Exception]) -> None:
    for ticket, answer in zip(tickets, answers, strict=True):
        try:
            ticket.on_answer(answer)
        except Exception:
            # The others of the batch wait for theirs, and the next batch for the writer.
            logger.exception("an answer could not be handed over")


def _setter(result: "AsyncResult[Answer]") -> OnAnswer:
    def set_answer(answer: SentMessages | ReadAnswer | Exception) -> None:
        if isinstance(answer, Exception):
            result.set_exception(answer)
        else:
            result.set(answer)

    return set_answer


def _new(message: NewMessage) -> NewText:
    client_id, text = _client_id(message.client_id), _text(message.text)
    if not (message.reply_to or message.mentions or message.files):
        return NewText(client_id, text)
    mentions = tuple(dict.fromkeys(message.mentions))
    return NewText(client_id, text, Dressing(message.reply_to, mentions, message.files))


def _is_dressed(new: tuple[NewText, ...]) -> bool:
    return any(message.dressing is not None for message in new)


def _client_id(text: str) -> bytes:
    try:
        client_id = bytes.fromhex(text)
    except ValueError as error:
        raise InvalidRequest("A client_id is 32 hexadecimal digits.") from error
    if len(client_id) != 16:
        raise InvalidRequest("A client_id is 32 hexadecimal digits.")
    return client_id


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText from error
    return text
