"""memcached, by python-memcached, whose client is neither shared nor trusted.

design: python-memcached opens a connection per greenlet that touches a client, swallows errors, moves keys
to other servers when one is away (and so finds old values when it is back), and pickles. Here each server
has a few owner greenlets with a client of that one server each; everybody else queues. What waits together
goes out as one get_multi. A breaker per server stops the asking, and a mender replays what it missed.
"""

import zlib
from dataclasses import dataclass, field

import gevent
from gevent.event import AsyncResult
from gevent.queue import Empty, Queue

from imserver.store.cache.backend import VALUE_LIMIT_BYTES
from imserver.store.cache.breaker import Breaker
from imserver.store.cache.connection import Connection

OWNERS_PER_SERVER = 4
KEYS_PER_GET = 100
# An owner answers within two timeouts; a caller that still waits then goes to the database.
WAIT_SECONDS = 1.0
MEND_SECONDS = 2.0
# A replayed invalidation is old by now, but a reader may have begun before it: as long as any may read.
REPLAY_SECONDS = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class _Get:
    keys: list[str]
    answer: "AsyncResult[dict[str, bytes]]" = field(default_factory=AsyncResult)


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    """``verb`` is set, add or delete. The answer is None when the server could not be told."""

    verb: str
    key: str
    value: bytes = b""
    ttl_seconds: float = 0
    answer: "AsyncResult[bool | None]" = field(default_factory=AsyncResult)

    def run(self, connection: Connection) -> bool | None:
        return connection.write(self.verb, self.key, self.value, ttl_seconds=self.ttl_seconds)


class Server:
    """One memcached, behind its owners and its breaker."""

    def __init__(self, address: str) -> None:
        self.breaker = Breaker()
        self.failures = 0
        self._address = address
        self._queue: Queue[_Get | _Write | None] = Queue()
        self._owners: list[gevent.Greenlet[..., None]] = []
        self._mender: gevent.Greenlet[..., None] | None = None

    def get(self, keys: list[str]) -> dict[str, bytes]:
        """Return what is there; nothing while the server is away."""
        if self.breaker.is_open:
            return {}
        job = _Get(keys)
        self._put(job)
        return job.answer.wait(WAIT_SECONDS) or {}

    def write(self, job: _Write) -> bool | None:
        """Return whether it was stored, None when the server could not be told."""
        if self.breaker.is_open:
            return None
        self._put(job)
        return job.answer.wait(WAIT_SECONDS)

    def invalidate(self, key: str, tombstone: bytes, *, ttl_seconds: float) -> None:
        """Store the tombstone now, or before the server is asked for anything again."""
        if self.write(_Write("set", key, tombstone, ttl_seconds)) is not True:
            self.breaker.remember(key, tombstone)
            self._start_mending()

    def close(self) -> None:
        """Let the owners close their connections."""
        for _ in self._owners:
            self._queue.put(None)
        gevent.joinall(self._owners, timeout=WAIT_SECONDS)
        if self._mender is not None:
            self._mender.kill()

    def _put(self, job: _Get | _Write) -> None:
        if not self._owners:  # not before the first use: a fork in between would share the sockets
            self._owners = [gevent.spawn(self._own) for _ in range(OWNERS_PER_SERVER)]
        self._queue.put(job)

    def _own(self) -> None:
        connection = Connection(self._address)
        job = self._queue.get()
        while job is not None:
            if isinstance(job, _Get):
                gets, job = self._gather(job)
                self._answer(connection, gets)
            else:
                self._write(connection, job)
                job = None
            job = job or self._queue.get()
        connection.close()

    def _gather(self, first: _Get) -> tuple[list[_Get], _Write | None]:
        """Take the look-ups that wait; return them, and the write that ended them if there was one."""
        gets, keys_count = [first], len(first.keys)
        while keys_count < KEYS_PER_GET:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if not isinstance(job, _Get):
                if job is None:
                    self._queue.put(None)  # the sign to end, for whoever comes next
                    break
                return gets, job
            gets.append(job)
            keys_count += len(job.keys)
        return gets, None

    def _answer(self, connection: Connection, gets: list[_Get]) -> None:
        keys = list({key: None for job in gets for key in job.keys})
        found = None if self.breaker.is_open else connection.get(keys)
        self._judge(found)
        for job in gets:
            job.answer.set({key: found[key] for key in job.keys if key in found} if found else {})

    def _write(self, connection: Connection, job: _Write) -> None:
        done = None if self.breaker.is_open else job.run(connection)
        self._judge(done)
        job.answer.set(done)

    def _judge(self, answer: object) -> None:
        if answer is not None:
            self.breaker.succeeded()
            return
        self.failures += 1
        self.breaker.failed()
        if self.breaker.is_open:
            self._start_mending()

    def _start_mending(self) -> None:
        if self._mender is None or self._mender.dead:
            self._mender = gevent.spawn(self._mend)

    def _mend(self) -> None:
        connection = Connection(self._address)
        while True:
            gevent.sleep(MEND_SECONDS)
            if self._replay(connection) and self.breaker.try_close():
                break
        connection.close()

    def _replay(self, connection: Connection) -> bool:
        """Tell the server what it missed; return whether it took everything."""
        if self.breaker.must_flush:
            if not connection.flush():
                return False
            self.breaker.must_flush = False
        taken = connection.get(["im-probe"]) is not None
        for key, tombstone in self.breaker.take_remembered().items():
            taken = taken and connection.write("set", key, tombstone, ttl_seconds=REPLAY_SECONDS) is True
            if not taken:
                self.breaker.remember(key, tombstone)
        return taken


class MemcachedBackend:
    """Several servers, each key on one of them for good; see the contract in ``backend.Backend``."""

    is_shared = True

    def __init__(self, addresses: list[str]) -> None:
        self.servers = [Server(address) for address in addresses]
        self.hits = self.misses = 0

    @property
    def failures(self) -> int:
        """How often a server could not be asked."""
        return sum(server.failures for server in self.servers)

    def get_many(self, keys: list[str]) -> dict[str, bytes]:
        """Return what is there."""
        by_server: dict[int, list[str]] = {}
        for key in keys:
            by_server.setdefault(self._place(key), []).append(key)
        found: dict[str, bytes] = {}
        for place, part in by_server.items():
            found.update(self.servers[place].get(part))
        self.hits += len(found)
        self.misses += len(keys) - len(found)
        return found

    def add(self, key: str, value: bytes, *, ttl_seconds: float) -> bool:
        """Store unless the key is there."""
        return self._store(_Write("add", key, value, ttl_seconds))

    def set(self, key: str, value: bytes, *, ttl_seconds: float) -> bool:
        """Store."""
        return self._store(_Write("set", key, value, ttl_seconds))

    def invalidate(self, key: str, tombstone: bytes, *, ttl_seconds: float) -> None:
        """Store the tombstone, now or before the server is trusted again."""
        self.servers[self._place(key)].invalidate(key, tombstone, ttl_seconds=ttl_seconds)

    def delete(self, key: str) -> bool:
        """Forget the key."""
        return self.servers[self._place(key)].write(_Write("delete", key)) is not None

    def close(self) -> None:
        """Close every connection."""
        for server in self.servers:
            server.close()

    def _store(self, job: _Write) -> bool:
        if len(job.value) > VALUE_LIMIT_BYTES:
            return False
        return self.servers[self._place(job.key)].write(job) is True

    def _place(self, key: str) -> int:
        return zlib.crc32(key.encode()) % len(self.servers)
