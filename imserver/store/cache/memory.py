"""The in-process cache: least recently used out first, bounded in entries, bytes and age."""

import time
from collections import OrderedDict
from collections.abc import Callable

from imserver.store.cache.backend import VALUE_LIMIT_BYTES

ENTRIES = 20_000
TOTAL_BYTES = 32 * 2**20
# Other workers of the box cannot invalidate what is in here, so nothing in here gets old.
AGE_SECONDS = 5.0
# A dict slot, the key and the tuple: measured about 300 bytes beside the value.
ENTRY_OVERHEAD_BYTES = 300


class MemoryBackend:
    """An LRU of one process; see the contract in ``backend.Backend``."""

    is_shared = False

    def __init__(
        self,
        *,
        entries_limit: int = ENTRIES,
        bytes_limit: int = TOTAL_BYTES,
        age_seconds: float = AGE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._entries_limit = entries_limit
        self._bytes_limit = bytes_limit
        self._age_seconds = age_seconds
        self._clock = clock
        self.total_bytes = 0
        self.hits = self.misses = self.failures = 0

    def get_many(self, keys: list[str]) -> dict[str, bytes]:
        """Return what is there and young enough."""
        found = {key: value for key in keys if (value := self._get(key)) is not None}
        self.hits += len(found)
        self.misses += len(keys) - len(found)
        return found

    def add(self, key: str, value: bytes, *, ttl_seconds: float) -> bool:
        """Store unless the key is there."""
        return self._get(key) is None and self.set(key, value, ttl_seconds=ttl_seconds)

    def set(self, key: str, value: bytes, *, ttl_seconds: float) -> bool:
        """Store, and let the least recently used go."""
        self.delete(key)
        if len(value) > VALUE_LIMIT_BYTES:
            return False
        return self._put(key, value, age_seconds=min(ttl_seconds, self._age_seconds))

    def _put(self, key: str, value: bytes, *, age_seconds: float) -> bool:
        self._entries[key] = (self._clock() + age_seconds, value)
        self.total_bytes += len(value) + ENTRY_OVERHEAD_BYTES
        while len(self._entries) > self._entries_limit or self.total_bytes > self._bytes_limit:
            self.delete(next(iter(self._entries)))
        return True

    def invalidate(self, key: str, tombstone: bytes, *, ttl_seconds: float) -> None:
        """Store the tombstone for all of its time: it has to outlive a slow reader."""
        self.delete(key)
        self._put(key, tombstone, age_seconds=ttl_seconds)

    def delete(self, key: str) -> bool:
        """Forget the key."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.total_bytes -= len(entry[1]) + ENTRY_OVERHEAD_BYTES
        return True

    def close(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.total_bytes = 0

    def _get(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            self.delete(key)
            return None
        self._entries.move_to_end(key)
        return entry[1]
