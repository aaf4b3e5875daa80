"""The messenger as it is deployed: gunicorn with conf/gunicorn.py, MariaDB or SQLite, memcached."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from imserver.settings import ROOT
from imserver.store import Store, open_store
from tests.services import MariaDB, Memcached, free_port, make_folder, require_program
from tests.stress.http_wire import Address, HttpConnection

READY_SECONDS = 40.0
END_SECONDS = 40.0
CONFIG = Path(__file__).with_name("gunicorn_stressed.py")
USUAL = {
    "IM_DEMO_ENABLED": "off",
    "IM_LOG_LEVEL": "warning",
    "IM_LIMITS_MESSAGES_PER_MINUTE": "0",
    "IM_LIMITS_SIGN_INS_PER_MINUTE": "0",
}
# 127.0.0.1, as /proc/net/tcp writes it.
_LOOPBACK = "0100007F"


class NotReady(Exception):
    """The server did not come up; the text says what its log says."""


@dataclass(slots=True)
class Installation:
    """One fresh installation; ``settings`` are IM_ and STRESS_ variables."""

    settings: dict[str, str]
    mariadb: MariaDB | None
    memcached: Memcached
    folder: Path = field(default_factory=make_folder)
    port: int = field(default_factory=free_port)
    store_url: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> Address:
        return "127.0.0.1", self.port

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def prepare(self) -> None:
        """Make the database and its schema."""
        if self.mariadb is not None:
            self.mariadb.start()
            self.store_url = self.mariadb.create_database()
        else:
            self.store_url = f"sqlite:///{self.folder / 'im.db'}"
        self.memcached.start()
        store = self.open_store()
        store.migrate()
        store.close()

    def start(self) -> None:
        """Start gunicorn and wait until it answers."""
        last_will = [require_program("setpriv"), "--pdeathsig", "KILL"]
        command = [*last_will, sys.executable, "-m", "gunicorn", "-c", str(CONFIG), "wsgi:application"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environ(), stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(f"the server is not ready:\n{self.log.read_text(errors='replace')[-3000:]}")
            gevent.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return self.ask("/healthz").startswith(b"ok") or True
        except OSError:
            return False

    def ask(self, path: str) -> bytes:
        """GET something from whichever worker answers; raise OSError unless the answer is complete."""
        connection = HttpConnection(self.address, seconds=5.0)
        try:
            return connection.ask("GET", path).body
        finally:
            connection.close()

    def signal(self, number: signal.Signals, *, pid: int | None = None) -> None:
        """Send a signal to the master, or to the worker ``pid``; one that has gone is no error."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid or self.process.pid, number)

    def workers(self) -> list[int]:
        """Return the process ids of the living workers."""
        assert self.process is not None
        try:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        except OSError:
            return []
        return [int(pid) for pid in children if _is_alive(int(pid))]

    def wait_for_end(self, seconds: float) -> bool:
        """Wait for gunicorn's own end; tell whether it came."""
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            gevent.sleep(0.05)
        return self.process.poll() is not None

    def close(self) -> None:
        """End everything that was started here, whatever state it is in."""
        if self.process is None:
            return
        for pid in self.workers():
            self.signal(signal.SIGCONT, pid=pid)
            self.signal(signal.SIGKILL, pid=pid)
        self.process.kill()
        self.process.wait(timeout=END_SECONDS)

    def drop(self) -> None:
        """Forget the database."""
        if self.mariadb is not None and self.mariadb.answers():
            self.mariadb.drop_database(self.store_url)

    def open_store(self) -> Store:
        """Return a store of our own on the same database."""
        return open_store(store_url=self.store_url)

    def observe(self) -> dict[int, dict[str, Any]]:
        """Return what each worker says of itself (see gunicorn_stressed), by process id."""
        seen: dict[int, dict[str, Any]] = {}
        wanted = set(self.workers())
        for _ in range(400):
            if seen.keys() >= wanted:
                break
            connection = HttpConnection(self.address, seconds=10.0)
            try:
                told = connection.ask("GET", "/-/worker").json()
            finally:
                connection.close()
            seen[told["pid"]] = told
        return seen

    def rss_bytes(self) -> dict[int, int]:
        """Return the resident memory of each worker."""
        return {pid: _rss_bytes(pid) for pid in self.workers()}

    def tracebacks(self) -> list[str]:
        """Return the last line of every traceback in the server's log."""
        text = self.log.read_text(errors="replace")
        return re.findall(r"^Traceback .*\n(?:[ \t].*\n)+(\S.*)$", text, re.MULTILINE)

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IM_", "STRESS_"))}
        ours = {
            "IM_SERVER_BIND": f"127.0.0.1:{self.port}",
            "IM_STORE_URL": self.store_url,
            "IM_CACHE_URL": self.memcached.url,
            "IM_CACHE_PREFIX": f"s{self.port}",
            "IM_BUS_FOLDER": str(self.folder / "bus"),
        }
        return kept | USUAL | ours | self.settings


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _rss_bytes(pid: int) -> int:
    try:
        found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def worker_of_ports(pids: list[int], *, server_port: int) -> dict[int, int]:
    """Return which worker holds the connection of each port of a client on 127.0.0.1, from /proc.

    The load tools, which use other loopback addresses, may have the same ports.
    """
    inodes: dict[str, int] = {}
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(link)
                if target.startswith("socket:["):
                    inodes[target[8:-1]] = pid
    return {port: inodes[inode] for port, inode in _peers(server_port) if inode in inodes}


def _peers(server_port: int) -> Iterator[tuple[int, str]]:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        address, _, port = fields[2].rpartition(":")
        if int(fields[1].rpartition(":")[2], 16) == server_port and address == _LOOPBACK:
            yield int(port, 16), fields[9]
