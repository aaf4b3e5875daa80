"""Sessions that were live a moment ago, in a cache that all workers share.

design: a page asks several things at once, each with the same session. What is kept is good for a few
seconds, which is written into it and signed, so that whoever can write to the cache can neither make a
session nor bring one back. Ending a session puts a tombstone in its place, before anybody is answered that it
has ended; it outlives any reader that has read the row before. Only where that worker cannot reach the cache
and another can, a session lives on until the word is passed on, which is tried every 2 s, and at most for the
rest of its seconds.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from imserver.store.cache import Backend
from imserver.store.cache.aside import TOMBSTONE, TOMBSTONE_SECONDS
from imserver.store.cache.backend import safe_key
from imserver.store.values import Session, UserKey

# A page's calls come within a second or two. One session that calls 600 times a second missed 1.5 % of the
# time with 5 s: all who ask in the moment when it is over look into the database.
KEPT_SECONDS = 15.0
SIGNATURE_BYTES = 16
SECRET_NAME = "kept-sessions"  # noqa: S105 - a name
# until when, in milliseconds, and a Session
Kept = tuple[int, Session]


class KeptSessions:
    """``secret`` is the installation's. Nothing is kept where the cache is each worker's own."""

    def __init__(
        self, cache: Backend, *, prefix: str, secret: Callable[[str], bytes], now_ms: Callable[[], int]
    ) -> None:
        self._cache = cache
        self._prefix = prefix
        self._secret = secret
        self._now_ms = now_ms
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Kept).decode
        # Hears what was looked for and what was there; must not block.
        self.on_looked: Callable[[Sequence[UserKey], Mapping[UserKey, object]], None] = lambda keys, found: (
            None
        )

    def find(self, site_id: str, session_id: bytes) -> Session | None:
        """Return the session if it was live a few seconds ago and has not been ended since."""
        if not self._cache.is_shared:
            return None
        name = self._name(site_id, session_id)
        data = self._cache.get_many([name]).get(name)
        session = None if data is None else self._open(data)
        # It says itself whose it is: what lies under a name that is not its own is nobody's.
        if session is not None and (session.site_id, session.session_id) != (site_id, session_id):
            session = None
        asked = UserKey(site_id, "")
        self.on_looked([asked], {} if session is None else {asked: session})
        return session

    def keep(self, session: Session) -> None:
        """Keep what was read from the database, unless it has been ended meanwhile."""
        if not self._cache.is_shared:
            return
        body = self._encode((self._now_ms() + int(KEPT_SECONDS * 1000), session))
        name = self._name(session.site_id, session.session_id)
        self._cache.add(name, self._sign(body) + body, ttl_seconds=KEPT_SECONDS)

    def end(self, site_id: str, session_ids: Iterable[bytes]) -> None:
        """Say after a commit that these have ended. Returns when the cache knows, or cannot be told now."""
        if not self._cache.is_shared:
            return
        for session_id in session_ids:
            name = self._name(site_id, session_id)
            self._cache.invalidate(name, TOMBSTONE, ttl_seconds=TOMBSTONE_SECONDS)

    def _open(self, data: bytes) -> Session | None:
        signature, body = data[:SIGNATURE_BYTES], data[SIGNATURE_BYTES:]
        if data == TOMBSTONE or not hmac.compare_digest(signature, self._sign(body)):
            return None
        try:
            until_ms, session = self._decode(body)
        except msgspec.DecodeError:  # another version of us wrote it
            return None
        return session if self._now_ms() < until_ms else None

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._secret(SECRET_NAME), body, hashlib.sha256)[:SIGNATURE_BYTES]

    def _name(self, site_id: str, session_id: bytes) -> str:
        return safe_key((self._prefix, "session", site_id, session_id.hex()))
