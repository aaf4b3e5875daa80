"""Cache-aside: look in the cache, load what is missing, fill with ``add``; a write leaves a tombstone.

design: the race to lose is a slow reader that read the old row, and fills the cache after the writer has
cleaned it. Readers therefore only ``add``, and a writer puts a tombstone in the key's place that outlives
any reader (a database read ends after 10 s). While it lies there everybody reads the database.
A value carries its logical key, so an answer for another key, however it came about, is a miss.
Values may belong to groups. Each also carries the mark that its group had before it was read, and is good
as long as the group still has it: a group is forgotten by giving it another mark.
"""

import random
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from secrets import token_hex
from typing import Any, Generic, TypeVar

import msgspec
from gevent.event import AsyncResult

from imserver.store.cache.backend import Backend, safe_key

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

TTL_SECONDS = 600.0
NEGATIVE_TTL_SECONDS = 30.0
TOMBSTONE_SECONDS = 12.0
# Marks are asked for all the time; one that is gone is replaced, and only costs what its group holds.
MARK_SECONDS = 86_400.0
# Entries that were filled together must not expire together.
TTL_SPREAD = 0.2
TOMBSTONE = b"T"
NIL = b"\xc0"  # None in msgpack: known to be absent
# By group; None where the cache could not say.
Marks = Mapping[str, str | None]


class Aside(Generic[K, V]):
    """Values of one kind. ``load_many`` returns what exists; what it leaves out is cached as absent."""

    def __init__(
        self,
        backend: Backend,
        load_many: Callable[[list[K]], Mapping[K, V]],
        *,
        prefix: str,
        kind: Any,
        parts: Callable[[K], tuple[str, ...]],
        ttl_seconds: float = TTL_SECONDS,
        group: Callable[[K], str] | None = None,
    ) -> None:
        self._backend = backend
        self._load_many = load_many
        self._prefix = prefix
        self._parts = parts
        self._ttl_seconds = ttl_seconds
        self._group = group
        self._encode = msgspec.msgpack.Encoder().encode
        self._open = msgspec.msgpack.Decoder(tuple[list[str], msgspec.Raw]).decode
        self._decode: Callable[[msgspec.Raw], V] = msgspec.msgpack.Decoder(kind).decode
        # Hears what was looked for and what was there; must not block.
        self.on_looked: Callable[[Sequence[K], Mapping[K, object]], None] = lambda keys, found: None
        self._flights: dict[K, AsyncResult[dict[K, V | None]]] = {}

    def fetch_many(self, keys: Iterable[K]) -> dict[K, V]:
        """Return those that exist, from the cache or from one load of all that are missing."""
        wanted = list(dict.fromkeys(keys))
        marks, found = self._cached(wanted)
        self.on_looked(wanted, found)
        while True:
            missing = [key for key in wanted if key not in found]
            if not missing:
                return {key: value for key, value in found.items() if value is not None}
            # Whoever loads a key already is waited for; if they fail, the next round loads it here.
            flights = {key: self._flights[key] for key in missing if key in self._flights}
            mine = [key for key in missing if key not in flights]
            if mine:
                found.update(self._load(mine, marks))
            for key, flight in flights.items():
                loaded = flight.get() or {}
                if key in loaded:
                    found[key] = loaded[key]

    def fetch(self, key: K) -> V | None:
        """Return the value, or None if there is no such thing."""
        return self.fetch_many([key]).get(key)

    def forget(self, keys: Iterable[K]) -> None:
        """Say after a commit that the values have changed; a load that began earlier is not shared."""
        for key in keys:
            self._flights.pop(key, None)
            self._backend.invalidate(self._name(key), TOMBSTONE, ttl_seconds=TOMBSTONE_SECONDS)

    def forget_group(self, group: str) -> None:
        """Say after a commit that all values of a group have changed: at one price, however many."""
        self._flights.clear()
        mark = token_hex(8).encode()
        self._backend.invalidate(self._mark_name(group), mark, ttl_seconds=MARK_SECONDS)

    def _name(self, key: K) -> str:
        return safe_key((self._prefix, *self._parts(key)))

    def _mark_name(self, group: str) -> str:
        return safe_key((f"{self._prefix}:mark", group))

    def _cached(self, keys: list[K]) -> tuple[Marks, dict[K, V | None]]:
        """Return the marks of the keys' groups as they are before anything is read, and what is cached."""
        if not keys:
            return {}, {}
        names = {self._name(key): key for key in keys}
        groups = {self._mark_name(group): group for group in map(self._group, keys)} if self._group else {}
        data = self._backend.get_many([*groups, *names])
        marks = {group: self._mark(name, data.pop(name, None)) for name, group in groups.items()}
        found: dict[K, V | None] = {}
        for name, value in data.items():
            self._open_into(found, names[name], name, value, marks)
        return marks, found

    def _mark(self, name: str, mark: bytes | None) -> str | None:
        """Return a group's mark; None when there is none to be had, and nothing of the group can be kept."""
        if mark is not None:
            return mark.hex()
        fresh = token_hex(8).encode()
        return fresh.hex() if self._backend.add(name, fresh, ttl_seconds=MARK_SECONDS) else None

    def _label(self, key: K, marks: Marks) -> tuple[str, ...] | None:
        """Return what a value of ``key`` says it is."""
        if self._group is None:
            return self._parts(key)
        mark = marks.get(self._group(key))
        return None if mark is None else (*self._parts(key), mark)

    def _open_into(self, found: dict[K, V | None], key: K, name: str, data: bytes, marks: Marks) -> None:
        if data == TOMBSTONE:
            return
        try:
            parts, raw = self._open(data)
            value = None if bytes(raw) == NIL else self._decode(raw)
        except msgspec.DecodeError:
            self._backend.delete(name)  # written by another version, or by somebody else
            return
        label = self._label(key, marks)
        if tuple(parts) == label:
            found[key] = value
        elif label is not None and self._group is not None:
            # It is in the way of what is good now. Deleting it could delete a tombstone that has just come.
            self._backend.invalidate(name, TOMBSTONE, ttl_seconds=TOMBSTONE_SECONDS)

    def _load(self, keys: list[K], marks: Marks) -> dict[K, V | None]:
        flight: AsyncResult[dict[K, V | None]] = AsyncResult()
        loaded: dict[K, V | None] = {}
        self._flights.update(dict.fromkeys(keys, flight))
        try:
            values = self._load_many(keys)
            loaded = {key: values.get(key) for key in keys}
        finally:
            for key in keys:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.set(loaded)
        for key, value in loaded.items():
            self._fill(key, value, marks)
        return loaded

    def _fill(self, key: K, value: V | None, marks: Marks) -> None:
        label = self._label(key, marks)
        if label is None:
            return
        ttl_seconds = NEGATIVE_TTL_SECONDS if value is None else self._ttl_seconds
        ttl_seconds *= random.uniform(1 - TTL_SPREAD, 1 + TTL_SPREAD)  # noqa: S311 - not a secret
        data = self._encode((label, value))
        self._backend.add(self._name(key), data, ttl_seconds=ttl_seconds)
