"""The group-committing writer: everything that was asked during the last commit shares the next one.

design: callers leave a job and wait; ONE greenlet takes what is queued, commits it, tells, answers, in that
order, so what is told is stored and what is answered was told. Callers may go away at any time: the job is
the queue's, not theirs. Which of a batch's jobs is at fault when the database refuses the whole is found by
committing them one by one.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import gevent
from gevent.event import AsyncResult, Event

from imserver.errors import InvalidRequest, InvalidText, ServiceError, Unavailable
from imserver.protocol.types import NewMessage, ReadAnswer, SentMessages
from imserver.store.batch import Answer, Committed, Job, NewText, Read, Send, commit_jobs
from imserver.store.database import Database
from imserver.store.values import ConversationKey, Delivery

logger = logging.getLogger(__name__)

# Measured on MariaDB: fifties reach 17,000 messages/s, two hundreds 21,000; beyond that only latency grows.
JOBS_PER_COMMIT = 200
MESSAGES_PER_COMMIT = 400
# At 5,000 messages/s a full queue is a second's work; more waiting would end in the clients' timeouts.
QUEUE_LIMIT = 5_000
RETRY_AFTER_SECONDS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """A queued job, and where its caller waits."""

    job: Job
    answer: "AsyncResult[Answer]" = field(default_factory=AsyncResult)


class Writer:
    """``on_commit`` is told every committed event, in commit order; it must not block."""

    def __init__(
        self,
        database: Database,
        *,
        now_ms: Callable[[], int],
        on_commit: Callable[[list[Delivery]], None] = lambda deliveries: None,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        self.on_commit = on_commit
        self.commits_count = 0
        self.messages_count = 0
        self._database = database
        self._now_ms = now_ms
        self._queue: deque[_Ticket] = deque()
        self._queue_limit = queue_limit
        self._wake = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None
        self._closing = False

    def send(
        self, site_id: str, sender_id: str, conversation_id: str, messages: Sequence[NewMessage]
    ) -> SentMessages:
        """Store the messages, all or none, and return once they are committed.

        A message that was stored by an earlier call has ``duplicate`` set. Raises NotFound unless the sender
        takes part, ClientIdConflict when an id was used for something else, OutcomeUnknown when the
        messages may be stored or not, Unavailable when they are not.
        """
        new = tuple(NewText(_client_id(message.client_id), _text(message.text)) for message in messages)
        answer = self._ask(Send(ConversationKey(site_id, conversation_id), sender_id, new))
        assert isinstance(answer, SentMessages)  # noqa: S101 - what _ask returns follows the job
        return answer

    def mark_read(self, site_id: str, user_id: str, conversation_id: str, seq: int) -> ReadAnswer:
        """Raise the person's read mark, never lower it; raise InvalidRequest beyond the last message."""
        answer = self._ask(Read(ConversationKey(site_id, conversation_id), user_id, seq))
        assert isinstance(answer, ReadAnswer)  # noqa: S101 - as above
        return answer

    def waiting_count(self) -> int:
        """Return how many jobs are queued, for metrics."""
        return len(self._queue)

    def close(self) -> None:
        """Refuse new jobs, finish those that are queued."""
        self._closing = True
        self._wake.set()
        if self._greenlet is not None:
            self._greenlet.join()

    def _ask(self, job: Job) -> Answer:
        if self._closing or len(self._queue) >= self._queue_limit:
            raise Unavailable(retry_after=RETRY_AFTER_SECONDS)
        ticket = _Ticket(job)
        self._queue.append(ticket)
        self._wake.set()
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)
        answer = ticket.answer.get()
        if isinstance(answer, ServiceError):
            raise answer
        assert answer is not None  # noqa: S101 - only answers and errors are ever set
        return answer

    def _run(self) -> None:
        while self._queue or not self._closing:
            if self._queue:
                self._commit(self._take())
            else:
                self._wake.clear()
                self._wake.wait()

    def _take(self) -> list[_Ticket]:
        taken: list[_Ticket] = []
        messages = 0
        while self._queue and len(taken) < JOBS_PER_COMMIT and messages < MESSAGES_PER_COMMIT:
            ticket = self._queue.popleft()
            taken.append(ticket)
            messages += len(ticket.job.messages) if isinstance(ticket.job, Send) else 1
        return taken

    def _commit(self, tickets: list[_Ticket]) -> None:
        jobs = [ticket.job for ticket in tickets]
        now = self._now_ms()
        try:
            done = self._database.write(lambda tx: commit_jobs(tx, jobs, now=now))
        except Unavailable as error:
            # Nothing is known to be stored, and asking again one by one would only take longer.
            _fail(tickets, error)
        except Exception as error:  # noqa: BLE001 - the callers raise it; logged without its text: it may quote a body
            logger.warning("a commit of %d jobs failed: %s", len(jobs), type(error).__name__)
            if len(tickets) == 1:
                _fail(tickets, error)
                return
            for ticket in tickets:
                self._commit([ticket])
        else:
            self._tell(done)
            for ticket, answer in zip(tickets, done.answers, strict=True):
                ticket.answer.set(answer)

    def _tell(self, done: Committed) -> None:
        self.commits_count += 1
        self.messages_count += sum(len(a.messages) for a in done.answers if isinstance(a, SentMessages))
        if not done.deliveries:
            return
        try:
            self.on_commit(done.deliveries)
        except Exception:
            # The sweep delivers what was not told; the senders must be answered all the same.
            logger.exception("telling of a commit failed")


def _fail(tickets: list[_Ticket], error: Exception) -> None:
    for ticket in tickets:
        ticket.answer.set_exception(error)


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
