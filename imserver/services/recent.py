"""Sessions that were found live a moment ago, so that a chat's requests need not look each time.

# design: Generations of a dict stand for the time: what was looked up lives for two to three periods, and
# forgetting all that is old is dropping a dict. The sweep looks at the session of everybody who waits, and
# what it finds live is renewed, so that a client that talks is looked up once and not every few seconds. Of
# one that a hint says has ended a look-up that began before the end can bring nothing back. Only who asks
# again in the next period is kept at all: whoever comes asks twice in a moment, and then waits; 10,000 of
# them would fill megabytes, and leave holes where they lay.
"""

from collections.abc import Callable, Iterable

from imserver.errors import ServiceError, SessionEnded, WrongOrigin
from imserver.store.values import Session

Secret = str
Origin = str | None
RequireSessions = Callable[[list[tuple[Secret, Origin]]], list[Session | ServiceError]]

# A session that ended elsewhere while the bus was deaf is of use for no longer than GENERATIONS of these: the
# delay in which the sweep finds the same of a poll that waits, and half of it more, so that the next sweep
# comes before what this one has renewed is forgotten.
PERIOD_SECONDS = 2.5
GENERATIONS = 3
SESSIONS_KEPT = 20_000
# Who was here lately, by the hash of the secret; two who share a place cost one of them nothing but space.
PLACES = 1 << 17
# What a byte can count; a mark that is 255 periods old passes for a young one, with the same harm.
AGES = 255


class _Generation:
    """What was found, and what ended, within one period."""

    __slots__ = ("ended", "secrets", "sessions")

    def __init__(self) -> None:
        self.sessions: dict[Secret, Session] = {}
        self.secrets: dict[bytes, Secret] = {}
        self.ended: set[bytes] = set()

    def add(self, secret: Secret, session: Session) -> None:
        """Keep ``session``."""
        self.sessions[secret] = session
        self.secrets[session.session_id] = secret

    def drop(self, session_id: bytes) -> None:
        """Forget it, if it is here."""
        secret = self.secrets.pop(session_id, None)
        if secret is not None:
            del self.sessions[secret]


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
        self._young = _Generation()
        self._older = [_Generation() for _ in range(GENERATIONS - 1)]
        self._turn_at = clock() + PERIOD_SECONDS
        self._seen_at = bytearray(PLACES)
        self._age = 1

    def find(self, secret: Secret, *, origin: Origin) -> Session | None:
        """Return the session if it was live a moment ago. Never blocks.

        Raises SessionEnded or WrongOrigin as a look-up would.
        """
        self._turn()
        session = self._young.sessions.get(secret) or self._find_older(secret)
        if session is None:
            return None
        if session.expires_at <= self._now_ms():
            raise SessionEnded
        if origin is not None and origin != session.origin:
            raise WrongOrigin
        self._seen_at[hash(secret) % PLACES] = self._age
        return session

    def require_many(self, asked: list[tuple[Secret, Origin]]) -> list[Session | ServiceError]:
        """Return a session or what is wrong for each of ``asked``. Blocks for one query."""
        found = self._require_sessions(asked)
        self._turn()
        for (secret, _), session in zip(asked, found, strict=True):
            if isinstance(session, Session) and self._was_here_before(secret):
                self._keep(secret, session)
        return found

    def renew(self, session_ids: Iterable[bytes]) -> None:
        """Keep those of them that are kept, and were used lately, as if they had been looked up now."""
        self._turn()
        for session_id in session_ids:
            if session_id in self._young.secrets:
                continue
            for generation in self._older:
                secret = generation.secrets.get(session_id)
                if secret is not None and self._periods_since(secret) < GENERATIONS:
                    self._keep(secret, generation.sessions[secret])
                    break

    def forget(self, session_id: bytes) -> None:
        """A session has ended: look it up from now on."""
        self._turn()
        for generation in (self._young, *self._older):
            generation.drop(session_id)
        self._young.ended.add(session_id)

    def _find_older(self, secret: Secret) -> Session | None:
        for generation in self._older:
            session = generation.sessions.get(secret)
            if session is not None:
                return session
        return None

    def _keep(self, secret: Secret, session: Session) -> None:
        if len(self._young.sessions) < self._kept and not self._has_ended(session.session_id):
            self._young.add(secret, session)

    def _has_ended(self, session_id: bytes) -> bool:
        return any(session_id in generation.ended for generation in (self._young, *self._older))

    def _was_here_before(self, secret: Secret) -> bool:
        has_been = self._periods_since(secret) == 1
        self._seen_at[hash(secret) % PLACES] = self._age
        return has_been

    def _periods_since(self, secret: Secret) -> int:
        """Return how long ago it was used; AGES if never, as far as is known."""
        seen_at = self._seen_at[hash(secret) % PLACES]
        return (self._age - seen_at) % AGES if seen_at else AGES

    def _turn(self) -> None:
        late = self._clock() - self._turn_at
        if late < 0:
            return
        # After a silence several generations have grown old at once.
        turns = 1 + int(late / PERIOD_SECONDS)
        fresh = [_Generation() for _ in range(min(turns, GENERATIONS))]
        self._young, *self._older = [*fresh, self._young, *self._older][:GENERATIONS]
        self._turn_at += turns * PERIOD_SECONDS
        self._age = (self._age - 1 + turns) % AGES + 1
