"""Sessions that were found live a moment ago, so that a chat's requests need not look each time.

# design: Two generations of one dict each stand for the time: what was looked up lives for one to two
# periods, and forgetting all that is old is dropping a dict. A session that a hint says has ended is kept
# in a third, so that a look-up that began before the end cannot bring it back. Only who asks again soon is
# kept at all: 10,000 people who come and then wait would fill megabytes, and leave holes where they lay.
"""

from collections.abc import Callable

from imserver.errors import ServiceError, SessionEnded, WrongOrigin
from imserver.store.values import Session

Secret = str
Origin = str | None
RequireSessions = Callable[[list[tuple[Secret, Origin]]], list[Session | ServiceError]]

# A session that ended elsewhere while the bus was deaf is of use for at most twice as long: the delay in
# which the sweep finds the same of a poll that waits.
PERIOD_SECONDS = 2.5
SESSIONS_KEPT = 20_000
# Who was here lately, by the hash of the secret; two who share a place cost one of them nothing but space.
PLACES = 1 << 17
# What a byte can count; a mark that is 255 periods old passes for a young one, with the same harm.
AGES = 255


class RecentSessions:
    """``require_sessions`` looks many up at once; ``clock`` is monotonic."""

    def __init__(
        self,
        require_sessions: RequireSessions,
        *,
        now_ms: Callable[[], int],
        clock: Callable[[], float],
        kept: int = SESSIONS_KEPT,
    ) -> None:
        self._require_sessions = require_sessions
        self._now_ms = now_ms
        self._clock = clock
        self._kept = kept
        self._young: dict[Secret, Session] = {}
        self._old: dict[Secret, Session] = {}
        self._ended: tuple[set[bytes], set[bytes]] = (set(), set())
        self._turn_at = clock() + PERIOD_SECONDS
        self._seen_at = bytearray(PLACES)
        self._age = 1

    def find(self, secret: Secret, *, origin: Origin) -> Session | None:
        """Return the session if it was live a moment ago. Never blocks.

        Raises SessionEnded or WrongOrigin as a look-up would.
        """
        self._turn()
        session = self._young.get(secret) or self._old.get(secret)
        if session is None or self._has_ended(session.session_id):
            return None
        if session.expires_at <= self._now_ms():
            raise SessionEnded
        if origin is not None and origin != session.origin:
            raise WrongOrigin
        return session

    def require_many(self, asked: list[tuple[Secret, Origin]]) -> list[Session | ServiceError]:
        """Return a session or what is wrong for each of ``asked``. Blocks for one query."""
        found = self._require_sessions(asked)
        self._turn()
        for (secret, _), session in zip(asked, found, strict=True):
            if isinstance(session, Session) and self._was_here(secret) and len(self._young) < self._kept:
                self._young[secret] = session
        return found

    def forget(self, session_id: bytes) -> None:
        """A session has ended: look it up from now on."""
        self._ended[0].add(session_id)

    def _has_ended(self, session_id: bytes) -> bool:
        young, old = self._ended
        return session_id in young or session_id in old

    def _was_here(self, secret: Secret) -> bool:
        place = hash(secret) % PLACES
        before, self._seen_at[place] = self._seen_at[place], self._age
        return before != 0 and (self._age - before) % AGES <= 1

    def _turn(self) -> None:
        now = self._clock()
        if now < self._turn_at:
            return
        # After a silence of two periods both generations are old.
        is_late = now >= self._turn_at + PERIOD_SECONDS
        self._old, self._young = {} if is_late else self._young, {}
        self._ended = (set(), set() if is_late else self._ended[0])
        self._turn_at = now + PERIOD_SECONDS
        self._age = (self._age + is_late) % AGES + 1
