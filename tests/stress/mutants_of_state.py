"""Mutants of what the server remembers: who waits, who takes part, what is on its way."""

from typing import Any

import gevent

from imserver.store.batch import Batch
from imserver.store.cache.connection import Connection
from imserver.transports.arrivals import ArrivalsDesk
from imserver.transports.outbox import Outbox

# Between the look and the registration: a database with much to do.
LOOK_SECONDS = 0.2


def look_before_register(engine: Any) -> None:
    """A poll looks into the log first and registers second: what comes between wakes nobody."""

    def arrive(desk: Any, arrival: Any) -> None:
        session = arrival.session
        heads = desk._load_heads([(session.site_id, session.user_id)])
        gevent.sleep(LOOK_SECONDS)
        waiter = desk._enter(arrival)
        if waiter is not None:
            desk._settle(waiter, arrival.request, heads.get(waiter.mailbox.user))

    def receive(self: Any, arrivals: Any) -> None:
        for arrival in list(arrivals):
            gevent.spawn(arrive, self, arrival)

    # The class is not slotted against this, and the quick door asks the desk by name.
    ArrivalsDesk.receive = receive  # type: ignore[method-assign]
    ArrivalsDesk.receive_at_once = lambda self, arrival: False  # type: ignore[method-assign]


def membership_cached(engine: Any) -> None:
    """Who takes part in a conversation is read once and believed for ever."""
    known: dict[Any, list[Any]] = {}

    def load(self: Any, tx: Any, jobs: Any) -> None:
        real_load(self, _Remembering(tx, known), jobs)

    real_load = Batch._load
    Batch._load = load  # type: ignore[method-assign]


class _Remembering:
    """A transaction that reads participants once."""

    def __init__(self, tx: Any, known: dict[Any, list[Any]]) -> None:
        self._tx = tx
        self._known = known

    def together(self, calls: Any) -> list[Any]:
        return [self._one(name, parameters) for name, parameters in calls]

    def _one(self, name: str, parameters: dict[str, Any]) -> list[Any]:
        if name != "load_participants":
            return self._tx.together([(name, parameters)])[0]  # type: ignore[no-any-return]
        missing = [pair for pair in parameters["pairs"] if pair not in self._known]
        for row in self._tx.rows(name, pairs=missing) if missing else ():
            self._known.setdefault(row[:2], []).append(row)
        return [row for pair in parameters["pairs"] for row in self._known.get(pair, ())]


def unbounded_buffer(engine: Any) -> None:
    """Whatever a reader does not take is kept for it, however much and however long."""
    Outbox.is_full = lambda self, fd: False  # type: ignore[method-assign]
    Outbox._check = lambda self, fd, rest: None  # type: ignore[method-assign]
    Outbox._look = lambda self: None  # type: ignore[method-assign]


def shared_cache_socket(engine: Any) -> None:
    """All greenlets share a socket to memcached, as with a python-memcached that is imported too early."""
    hosts: dict[str, Any] = {}

    def begin(self: Connection, address: str) -> None:
        real_begin(self, address)
        (own,) = self._client.servers
        shared = hosts.setdefault(address, own)
        self._client.servers[:] = [shared]
        self._client.buckets[:] = [shared for _ in self._client.buckets]

    real_begin = Connection.__init__
    Connection.__init__ = begin  # type: ignore[method-assign]
