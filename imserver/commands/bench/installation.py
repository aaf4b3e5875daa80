"""A private server for one measurement: fresh store, free port, settings without the limits for people."""

import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from imserver.commands.bench.members import enrol, make_room, pair_up
from imserver.commands.bench.services import Backing, backing, running
from imserver.commands.load.crew import Seat
from imserver.commands.load.fleet import Fleet, Plan, Progress, match, processes_for
from imserver.commands.load.keys import SiteKey, tokens
from imserver.commands.load.processes import cpu_seconds, tree_cpu_seconds, tree_pss_kb
from imserver.commands.load.target import Target
from imserver.settings import ROOT
from imserver.store import Store, open_store

SITE = "bench"
# Ours, and the same application where a waiting poll blocks a greenlet.
WORKERS = {"parked": "imserver.worker.ParkingWorker", "blocking": "gevent"}
# What a server does once, right after its start, is over by then.
SETTLE_SECONDS = 3.0


@dataclass(slots=True, kw_only=True)
class Installation:
    """A running server and its store."""

    port: int
    pid: int
    store: Store
    backing: Backing
    enrolled: int = 0
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        return Target(address="127.0.0.1", port=self.port, host=f"127.0.0.1:{self.port}")

    def members(self, count: int, *, site_id: str = SITE) -> list[Seat]:
        """Return so many fresh members with open sessions."""
        self.enrolled += count
        now_ms = time.time_ns() // 1_000_000
        return enrol(self.store, site_id, start=self.enrolled - count, count=count, now_ms=now_ms)

    def strangers(self, count: int) -> list[Seat]:
        """Return so many whom the site knows and the messenger does not: they have still to sign in."""
        ((kid, secret),) = self.store.sites.require_site(SITE).keys.items()
        key = SiteKey(site_id=SITE, kid=kid, secret=secret)
        return [Seat(user_id=user_id, token=token) for user_id, token in tokens(key, count)]

    def plan(
        self,
        seats: list[Seat],
        transport: str,
        *,
        peers: int = 0,
        has_room: bool = False,
        site_id: str = SITE,
    ) -> Plan:
        """Return the plan to connect ``seats``, each with ``peers`` others to talk to, or all in a room."""
        bare = self._plan(seats, transport, site_id=site_id)
        if has_room:
            return self._plan(seats, transport, room=make_room(self.store, SITE, seats))
        if not peers:
            return bare
        now_ms = time.time_ns() // 1_000_000
        pairs = pair_up(self.store, site_id, seats, match(bare.parts(), peers=peers), now_ms=now_ms)
        return self._plan(seats, transport, pairs=pairs, site_id=site_id)

    def fleet(self, plan: Plan, progress: Progress | None = None) -> Fleet:
        """Return the processes that carry out ``plan``."""
        return Fleet(plan, progress=progress)

    def pss_kb(self) -> int:
        """Return the memory of all server processes."""
        return tree_pss_kb(self.pid)

    def cpu(self) -> tuple[float, float]:
        """Return CPU seconds so far of the server, and of database and cache."""
        return tree_cpu_seconds(self.pid), sum(map(cpu_seconds, self.backing.pids))

    def _plan(
        self,
        seats: list[Seat],
        transport: str,
        *,
        pairs: list[tuple[int, int, str]] | None = None,
        room: str = "",
        site_id: str = SITE,
    ) -> Plan:
        return Plan(
            target=self.target,
            site_id=site_id,
            transport=transport,
            seats=seats,
            processes=processes_for(len(seats), wanted=0),
            pairs=pairs or (),
            room=room,
            is_snapshot_read=False,
        )


@contextmanager
def installation(
    engine: str,
    *,
    workers: int = 1,
    variant: str = "parked",
    connections: int = 18_000,
    settle_seconds: float = SETTLE_SECONDS,
) -> Iterator[Installation]:
    """Run a fresh server of ``variant`` on ``engine``."""
    with tempfile.TemporaryDirectory(prefix="im-bench-") as name:
        folder = Path(name)
        with backing(engine, folder) as behind:
            store = open_store(store_url=behind.store_url)
            try:
                store.migrate()
                store.sites.insert_site(site_id=SITE, name="Bench", origins=())
                port = _free_port()
                environ = _environ(folder, behind, port=port, workers=workers, connections=connections)
                command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "conf" / "gunicorn.py")]
                command += ["-k", WORKERS[variant], "wsgi:application"]
                # Its end is not measured: at SIGTERM it would wait for polls that nobody waits for any more.
                with running(
                    command,
                    log=folder / "server.log",
                    is_ready=lambda: _answers(port),
                    environ=environ,
                    end=signal.SIGQUIT,
                ) as pid:
                    time.sleep(settle_seconds)
                    yield Installation(port=port, pid=pid, store=store, backing=behind, environ=environ)
            finally:
                store.close()


def _environ(folder: Path, behind: Backing, *, port: int, workers: int, connections: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IM_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "IM_STORE_URL": behind.store_url,
        "IM_CACHE_URL": behind.cache_url,
        "IM_SERVER_BIND": f"127.0.0.1:{port}",
        "IM_SERVER_WORKERS": str(workers),
        "IM_SERVER_CONNECTIONS": str(connections),
        "IM_SERVER_GRACEFUL_SECONDS": "20",
        "IM_BUS_FOLDER": f"{folder}/bus",
        "IM_DEMO_ENABLED": "off",
        "IM_LOG_LEVEL": "warning",
        "IM_LIMITS_MESSAGES_PER_MINUTE": "0",
        "IM_LIMITS_SIGN_INS_PER_MINUTE": "0",
        "IM_LIMITS_SEARCHES_PER_MINUTE": "0",
    }


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return probe.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
