"""The one interface of the caches, and how a logical key becomes one that every backend takes."""

import hashlib
import re
from collections.abc import Iterable
from typing import Protocol

# memcached refuses more by default, and python-memcached drops it without a word.
VALUE_LIMIT_BYTES = 1_000_000
_PLAIN = re.compile(r"[A-Za-z0-9_.@-]{1,60}")


class Backend(Protocol):
    """Bytes by key, for a while. Nothing here raises for a server that is away: it answers less."""

    hits: int
    misses: int
    # Whether all workers see what one of them stores or forgets.
    is_shared: bool

    @property
    def failures(self) -> int:
        """How often a server could not be asked."""

    def get_many(self, keys: list[str]) -> dict[str, bytes]:
        """Return what is there; a key that is missing, or whose server is away, is absent."""

    def add(self, key: str, value: bytes, *, ttl_seconds: float) -> bool:
        """Store unless the key is there; return whether it was stored."""

    def set(self, key: str, value: bytes, *, ttl_seconds: float) -> bool:
        """Store; return False when it could not be."""

    def invalidate(self, key: str, tombstone: bytes, *, ttl_seconds: float) -> None:
        """Store ``tombstone`` in the value's place, now or before the server is trusted again."""

    def delete(self, key: str) -> bool:
        """Forget the key; return False when the server could not be told."""

    def close(self) -> None:
        """Close every connection."""


def safe_key(parts: Iterable[str]) -> str:
    """Join the parts to a key of plain ASCII under 250 bytes; different parts give different keys.

    A part that is long or strange is hashed. No plain part holds ``~`` or ``:``, so a hash cannot be
    taken for a part, nor two parts for one.
    """
    return ":".join(part if _PLAIN.fullmatch(part) else _hashed(part) for part in parts)


def _hashed(part: str) -> str:
    return "~" + hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:40]
