"""Sign-ins that arrive together share a transaction: people saved, sessions opened, one flush for all.

design: as the writer. ONE greenlet commits what was asked for during the last commit, then answers. If the
database refuses a batch, each of it is committed alone, so that the one at fault harms nobody.
"""

import logging
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import gevent
from gevent.event import AsyncResult

from imserver.errors import ServiceError, TokenUsed, Unavailable
from imserver.store.admission import find_refused
from imserver.store.bans import find_banned
from imserver.store.database import Database, Transaction
from imserver.store.people import ChangedPeople, People, check_person, save_people
from imserver.store.sessions import fresh_session, save_sessions
from imserver.store.used_tokens import take_once
from imserver.store.values import Once, Person, Session, UserKey

logger = logging.getLogger(__name__)

# A new member is 8 rows with their indexes; a batch of so many takes some 20 ms.
SIGN_INS_PER_COMMIT = 50
# At 1,000 a second, two seconds' worth; who waits longer has given up.
QUEUE_LIMIT = 2_000
RETRY_AFTER_SECONDS = 2.0


class _Waiting(NamedTuple):
    """Who signs in, and the greenlet that asked; it is answered with whether it has been done."""

    person: Person
    session: Session
    once: Once | None
    done: "AsyncResult[bool]"

    @property
    def key(self) -> UserKey:
        return UserKey(self.person.site_id, self.person.user_id)


class SignIns:
    """The way in: a person as the host describes them now, and a session for them, or neither."""

    def __init__(self, database: Database, people: People, *, now_ms: Callable[[], int]) -> None:
        # Hears who has signed in; must not block.
        self.on_signed_in: Callable[[str, str], None] = lambda site_id, user_id: None
        self.commits_count = 0
        self._database = database
        self._people = people
        self._now_ms = now_ms
        self._queue: deque[_Waiting] = deque()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def sign_in(
        self, person: Person, *, origin: str, lifetime_ms: int, once: Once | None = None
    ) -> tuple[str, Session]:
        """Save the person if anything changed; return (secret text, session) once both are committed.

        Raises InvalidRequest for a person who cannot be kept, Unavailable when the queue is full, what
        ``find_refused`` finds (SiteSuspended, SiteFull, GuestsMayNot), Banned, TokenUsed when the token is
        taken ``once`` and was, and what ``Database.write`` raises.
        """
        check_person(person)
        if len(self._queue) >= QUEUE_LIMIT:
            raise Unavailable(retry_after=RETRY_AFTER_SECONDS)
        secret, session = fresh_session(
            person.site_id,
            person.user_id,
            origin=origin,
            expires_at=self._now_ms() + lifetime_ms,
            guest=person.guest,
        )
        waiting = _Waiting(person, session, once, AsyncResult())
        self._queue.append(waiting)
        if self._greenlet is None or self._greenlet.dead:
            self._greenlet = gevent.spawn(self._run)
        waiting.done.get()
        self.on_signed_in(person.site_id, person.user_id)
        return secret, session

    def close(self) -> None:
        """Finish those that are queued."""
        if self._greenlet is not None:
            self._greenlet.join()

    def _run(self) -> None:
        while self._queue:
            count = min(len(self._queue), SIGN_INS_PER_COMMIT)
            self._commit([self._queue.popleft() for _ in range(count)])

    def _commit(self, batch: list[_Waiting]) -> None:
        now = self._now_ms()
        try:
            changed, refused = self._database.write(lambda tx: _write(tx, batch, now=now))
        except Unavailable as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - whoever waits raises it; logged without its text
            logger.warning("a commit of %d sign-ins failed: %s", len(batch), type(error).__name__)
            if len(batch) == 1:
                _fail(batch, error)
                return
            for waiting in batch:
                self._commit([waiting])
        else:
            self.commits_count += 1
            self._people.forget(changed)
            for waiting in batch:
                _answer(waiting, refused.get(waiting.session.session_id))


def _write(
    tx: Transaction, batch: list[_Waiting], *, now: int
) -> tuple[ChangedPeople, dict[bytes, ServiceError]]:
    """Return whose profile has changed, and which sessions are not opened, and have left no trace."""
    keys = sorted({waiting.key for waiting in batch})
    barred = find_refused(tx, [waiting.person for waiting in batch]) | find_banned(tx, keys, now=now)
    refused: dict[bytes, ServiceError] = {}
    for waiting in batch:
        refusal = barred.get(waiting.key) or _judge_token(tx, waiting)
        if refusal is not None:
            refused[waiting.session.session_id] = refusal
    admitted = [waiting for waiting in batch if waiting.session.session_id not in refused]
    if not admitted:
        return ChangedPeople([], []), refused
    changed = save_people(tx, [waiting.person for waiting in admitted], now=now)
    save_sessions(tx, [waiting.session for waiting in admitted], now=now)
    return changed, refused


def _judge_token(tx: Transaction, waiting: _Waiting) -> TokenUsed | None:
    if waiting.once is None or take_once(tx, waiting.person.site_id, waiting.once):
        return None
    return TokenUsed()


def _answer(waiting: _Waiting, refusal: ServiceError | None) -> None:
    if refusal is None:
        waiting.done.set(True)
    else:
        waiting.done.set_exception(refusal)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        waiting.done.set_exception(error)
