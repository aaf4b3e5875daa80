"""Two workers over one database, joined by a bus that the test controls, and the clients of a few people.

Everything that the server does here is the real code: store, writer, router, delivery, long polls and sweep.
Only the sockets are left out (polls block, as under any WSGI server), and the bus between the workers.
"""

import itertools
import time
from collections.abc import Callable

import gevent

from imserver.metrics import Metrics
from imserver.monitor import Monitor, Periods
from imserver.parking import ParkingLot
from imserver.presence import Announcer, ChangeLog
from imserver.protocol.types import Poll
from imserver.router import Router
from imserver.services.delivery import Delivery
from imserver.store import Store, open_store
from imserver.store.cache import open_cache
from imserver.store.values import Person
from imserver.store.writer import Writer
from imserver.transports.poll import PollTransport
from imserver.transports.sessions import WaitingSessions
from imserver.transports.waiter import Step
from imserver.transports.watching import Watching
from tests.property.clients import Client, read_state
from tests.property.faults import FaultyDatabase, GatedLog, Network
from tests.property.oracle import ClientLog, Oracle
from tests.services import OPEN, wait_until
from tests.sessions import open_session

# Longer than any test: what reaches a parked client here came by a hint or by the sweep.
POLL_SECONDS = (3_600.0, 3_600.0)
WEEK_MS = 7 * 24 * 3600 * 1000
# (site, person, device): two sites with the same ids, and a person with two devices.
DEVICES = (
    ("one", "ada", "phone"),
    ("one", "ada", "desk"),
    ("one", "bob", "desk"),
    ("one", "cyd", "desk"),
    ("two", "ada", "desk"),
    ("two", "bob", "desk"),
)
CATCH_UP_ROUNDS = 50
SETTLE_SECONDS = 10.0
# A look gathers others for two milliseconds before it reads.
TURN_SECONDS = 0.001

_worlds = itertools.count(1)
_clock = itertools.count(1_700_000_000_000)


def now_ms() -> int:
    """A clock that has another time at every look, so that nothing depends on how fast the test runs."""
    return next(_clock)


class ObservedTransport(PollTransport):
    """The real transport; the test asks it whether anything moves."""

    def is_quiet(self) -> bool:
        """Tell whether every poll waits and no log is being read."""
        steps = {waiter.step for waiter in self._polls()}
        return steps <= {Step.PARKED} and not self._readers


class Worker:
    """One worker's parts, wired as ``imserver.app`` does it."""

    transport_class: type[ObservedTransport] = ObservedTransport

    def __init__(self, name: str, store: Store, *, publish: Callable[[bytes], None]) -> None:
        self.name = name
        self.store = store
        self.log = GatedLog(store.log)
        self.lot = ParkingLot()
        metrics, changes = Metrics(), ChangeLog(epoch=name)
        self.router = Router(linger_seconds=45, clock=time.monotonic)
        self.delivery = Delivery(self.router, publish, is_alone=lambda: False, metrics=metrics)
        sessions = WaitingSessions()
        self.transport = self.transport_class(
            self.router,
            self.log,
            lot=self.lot,
            sessions=sessions,
            watching=Watching(changes, store.presence.load_states),
            metrics=metrics,
            find_readable=store.members.find_readable,
            poll_seconds=POLL_SECONDS,
            is_full=lambda: False,
        )
        self.monitor = Monitor(
            store,
            self.router,
            transport=sessions,
            following=self.transport.rooms,
            announcer=Announcer(change_seconds=10),
            changes=changes,
            tell_presence=self.delivery.tell_presence,
            metrics=metrics,
            worker_id=name,
            periods=Periods(sweep=5, batch=1, beat=5, buried=45),
            now_ms=now_ms,
        )
        store.writer.on_commit = store.changes.on_commit = self.delivery.tell

    def close(self) -> None:
        """Let go of everything, as the kernel does for a process that was killed."""
        self.store.close()
        self.lot.close()


class World:
    """``store_url`` names a migrated database; every world has sites of its own in it."""

    worker_class: type[Worker] = Worker
    writer_class: type[Writer] = Writer
    client_class: type[Client] = Client
    sweeps = True

    def __init__(self, store_url: str) -> None:
        self.store_url = store_url
        self.number = next(_worlds)
        self.network = Network()
        self.oracle = Oracle()
        self.workers: dict[str, Worker] = {}
        for name in ("w0", "w1"):
            self.start_worker(name)
        for site in sorted({site for site, _, _ in DEVICES}):
            self.workers["w0"].store.sites.insert_site(
                site_id=self.site_id(site), name=site, origins=(), rules=OPEN
            )
        self.clients: list[Client] = []
        for device in DEVICES:
            self.clients.append(self._client(*device))

    # -- the server's side

    def start_worker(self, name: str) -> None:
        """Start a worker; one of that name is killed first, with every poll that waits there."""
        old = self.workers.pop(name, None)
        if old is not None:
            for client in self.clients:
                if client.worker == name:
                    client.hang_up()
            old.close()
        self.network.missed.discard(name)
        self.workers[name] = self.worker_class(
            name, self.open_store(), publish=lambda hint: self._post(name, hint)
        )

    def open_store(self) -> Store:
        """Return a store of its own for one process."""
        database = open_store(store_url=self.store_url, now_ms=now_ms).database
        store = Store(FaultyDatabase(database), open_cache("memory:"), now_ms=now_ms)
        store.writer = self.writer_class(store.database, now_ms=now_ms)
        return store

    def site_id(self, site: str) -> str:
        """Return the id that ``site`` has in this world."""
        return f"{site}-{self.number}"

    def sweep(self, name: str) -> None:
        """Let the worker compare its waiting polls with the log."""
        if self.sweeps:
            self.workers[name].monitor.sweep()
        self.settle()
        self.network.missed.discard(name)

    def release_held(self, *, backwards: bool) -> None:
        """Deliver what the bus held back; a worker that was started since has no use for it, and no harm."""
        held = self.network.take_held()
        for target, hint in reversed(held) if backwards else held:
            self.workers[target].delivery.receive(hint)
        self.settle()

    def close(self) -> None:
        """End every worker."""
        for client in self.clients:
            client.hang_up()
        for worker in self.workers.values():
            worker.close()

    # -- the clients' side

    def start_poll(self, client: Client, worker_name: str) -> None:
        """Let the client poll; an older poll of it is hung up."""
        client.hang_up()
        transport = self.workers[worker_name].transport
        request = Poll(token="", cursor=str(client.cursor))
        client.worker = worker_name
        client.poll = gevent.spawn(transport.poll, client.session, request, origin=None, takeover=None)

    def poll(self, client: Client, worker_name: str) -> None:
        """Let the client poll, and take the answer if there is one at once."""
        self.start_poll(client, worker_name)
        self.settle()

    def poll_while(self, client: Client, worker_name: str, place: str, act: Callable[[], object]) -> None:
        """Let ``act`` happen in the middle of the client's poll, before or after it has read the head."""
        log = self.workers[worker_name].log
        log.close("before" if place == "before" else "after")
        try:
            self.start_poll(client, worker_name)
            wait_until(lambda: log.waiting_count or client.poll.ready(), what="the poll reads the head")
            act()
        finally:
            log.open.set()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing moves by itself; who was answered polls again, as the widget does."""
        self._wait_until_still()
        while ready := [client for client in self.parked() if client.poll.ready()]:
            for client in ready:
                self._collect(client)
            self._wait_until_still()

    def catch_up(self) -> None:
        """Let every client poll until it waits, sweep, and go on until nobody gets anything more.

        A poll that waits already stays as it is: only hints and the sweep may help it.
        """
        for _ in range(CATCH_UP_ROUNDS):
            before = self._entries_count()
            for client in self.clients:
                if client.poll is None:
                    self.poll(client, "w0" if client.session.user_id == "ada" else "w1")
            for name in self.workers:
                self.sweep(name)
            if self._entries_count() == before and len(self.parked()) == len(self.clients):
                return
        raise AssertionError("the clients do not come to rest")

    def parked(self) -> list[Client]:
        """Return the clients whose polls wait."""
        return [client for client in self.clients if client.poll is not None]

    def check_parked(self) -> None:
        """Fail if a client waits and lacks an event, although no hint for its worker was lost."""
        for client in self.parked():
            if client.worker not in self.network.missed:
                head = self.workers["w0"].store.log.load_heads([client.user])[client.user]
                assert client.cursor == head.cursor, f"{client.name} waits and was not told"

    def logs(self) -> dict[str, ClientLog]:
        """Return what every client has applied, for the oracle."""
        return {client.name: client.log() for client in self.clients}

    def _client(self, site: str, user_id: str, device: str) -> Client:
        store, site_id = self.workers["w0"].store, self.site_id(site)
        store.people.save_person(Person(site_id, user_id, user_id.title()))
        _, session = open_session(store, site_id, user_id, origin="https://host.example", lifetime_ms=WEEK_MS)
        return self.client_class(f"{user_id}@{site} {device}", session)

    def _post(self, source: str, hint: bytes) -> None:
        for name, worker in self.workers.items():
            if name != source:
                self.network.post(name, hint, worker.delivery.receive)

    def _entries_count(self) -> int:
        return sum(len(client.entries) for client in self.clients)

    def _wait_until_still(self) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self._is_still():
            assert time.monotonic() < deadline, "the world does not settle"
            gevent.sleep(TURN_SECONDS)

    def _is_still(self) -> bool:
        # Three turns of the hub: a link is called, a greenlet it woke runs, and what that one spawned runs.
        for _ in range(3):
            gevent.sleep(0)
        moving = [client for client in self.clients if client.poll is not None and not client.poll.ready()]
        waiting = sum(len(worker.transport) for worker in self.workers.values())
        quiet = all(worker.transport.is_quiet() for worker in self.workers.values())
        return quiet and waiting == len(moving)

    def _collect(self, client: Client) -> None:
        assert client.poll is not None
        worker, (status, body) = client.worker, client.poll.get()
        client.poll, client.worker = None, ""
        assert status == 200, f"{client.name} was answered {status}: {body!r}"
        if client.loses_next_answer:
            client.loses_next_answer = False
        else:
            store = self.workers[worker].store
            if not client.take(body, read_state=lambda: read_state(store, client.session)):
                return
        self.start_poll(client, worker)
