"""The real services that tests run against: a private MariaDB and a private memcached, started on demand.

A service that is not installed fails the test that needs it, with the line that installs it; nothing skips.
"""

import atexit
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pymysql
import pytest

from imserver.commands.bench.services import (
    exchange,
    install_options,
    mariadb_options,
    memcached_options,
)
from imserver.store.values import SiteRules

# The rules of a site on which everybody writes to everybody; requests have tests of their own.
OPEN = SiteRules(requests=False)
APT_LINE = (
    "apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core memcached "
    "redis-server nginx siege logrotate chromium-headless-shell chromium fonts-dejavu-core "
    "fonts-noto-color-emoji php-cli php-mysql php-sqlite3 nodejs ruby"
)
# The shell is the same engine without windows: a new context costs it a fifth of what it costs the browser.
CHROMIUM = ("chromium-headless-shell", "chromium", "google-chrome")
# The shell keeps no page for going back.
WHOLE_CHROMIUM = ("chromium", "google-chrome")
# Small files: creating 96 MB of redo log takes longer than everything else here.
LOG_MEGABYTES, POOL_MEGABYTES = 16, 64
START_SECONDS = 60.0
STOP_SECONDS = 30.0
SHARED_MEMORY = Path("/dev/shm")
SERVICES_BYTES = 500_000_000
INSTALL_SECONDS = 120
# What was really started in this run; the summary line at the end of the run says so.
started: set[str] = set()

T = TypeVar("T")

_counter = itertools.count(1)


def require_program(*names: str) -> str:
    """Return the path of the first of ``names`` that is installed; fail with the line that installs it."""
    for name in names:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if path:
            return path
    pytest.fail(f"{names[0]} is not installed; run: {APT_LINE}", pytrace=False)


def version_of(*names: str) -> str:
    """Return what the program says its version is, or that it is missing."""
    try:
        output = subprocess.run(
            [require_program(*names), "--version"], capture_output=True, text=True, timeout=30
        )
    except pytest.fail.Exception:
        return "missing"
    words = output.stdout.replace(",", " ").replace("=", " ").split()
    return next((word for word in words if word[0].isdigit() and "." in word), "unknown")


def wait_until(fact: Callable[[], T], *, seconds: float = 10.0, what: str = "") -> T:
    """Return ``fact()`` as soon as it is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := fact()):
        if time.monotonic() > deadline:
            pytest.fail(f"not so after {seconds:g} s: {what or getattr(fact, '__name__', fact)}")
        time.sleep(0.01)
    return value


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_folder(parent: Path = Path("/tmp")) -> Path:
    """Make a folder whose name is short enough for unix sockets in it; it goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="im-", dir=parent))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Daemon:
    """One background program that a test may stop, kill, freeze and start again; it never outlives us."""

    def __init__(self, name: str, *, command: list[str], is_ready: Callable[[], bool], log: Path) -> None:
        self.name = name
        self._command = command
        self._is_ready = is_ready
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        if self.pid is None:
            # The signal ends it even when this process is killed and runs no clean-up.
            last_will = [require_program("setpriv"), "--pdeathsig", "KILL"]
            with self._log.open("ab") as log:
                self._process = subprocess.Popen([*last_will, *self._command], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.pid is None or time.monotonic() > deadline:
                pytest.fail(f"{self.name} did not start:\n{self._log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)
        started.add(self.name)

    def stop(self) -> None:
        """End it in an orderly way."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it from running, without ending it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self.pid is None or self._process is None:
            return
        self._process.send_signal(number)
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=STOP_SECONDS)


class MariaDB:
    """A private database server on a unix socket, with a flush at every commit as in production."""

    def __init__(
        self, folder: Path, *, log_megabytes: int = LOG_MEGABYTES, pool_megabytes: int = POOL_MEGABYTES
    ) -> None:
        self.socket = folder / "my.sock"
        self._data = folder / "db"
        self._log = folder / "my.log"
        self._folder = folder
        self._sizes = {"log_megabytes": log_megabytes, "pool_megabytes": pool_megabytes}
        options = mariadb_options(folder, **self._sizes)
        command = [require_program("mariadbd", "mysqld"), *options, "--max-connections=200"]
        self._daemon = Daemon("MariaDB", command=command, is_ready=self.answers, log=self._log)

    def start(self) -> None:
        """Create the data folder the first time, start the server, wait until it answers."""
        if not self._data.exists():
            self._install()
        self._daemon.start()

    def stop(self) -> None:
        self._daemon.stop()

    def kill(self) -> None:
        self._daemon.kill()

    def freeze(self) -> None:
        self._daemon.freeze()

    def thaw(self) -> None:
        self._daemon.thaw()

    def back_up(self, folder: Path) -> None:
        """Copy the files of the stopped server into ``folder``, which must not be there yet."""
        self._copy(self._data, folder)

    def restore(self, folder: Path) -> None:
        """Give the stopped server the files of a backup."""
        shutil.rmtree(self._data)
        self._copy(folder, self._data)

    def answers(self) -> bool:
        """Tell whether it greets a client."""
        return bool(exchange(self.socket, b""))

    def create_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"im_{os.getpid()}_{next(_counter)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"mysql://root@localhost/{name}?unix_socket={self.socket}"

    def drop_database(self, url: str) -> None:
        """Drop the database of ``url``."""
        self.execute(f"DROP DATABASE IF EXISTS {url.partition('?')[0].rpartition('/')[2]}")

    def execute(self, statement: str) -> None:
        """Run one statement as the administrator."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def _copy(self, source: Path, target: Path) -> None:
        assert self._daemon.pid is None, "the files of a running server are not whole"
        subprocess.run(["cp", "-a", str(source), str(target)], check=True, timeout=STOP_SECONDS)

    def _connect(self) -> pymysql.Connection:
        return pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            connect_timeout=5,
            read_timeout=30,
            write_timeout=30,
            # A TLS context, which nobody needs on a socket of this machine, takes 20 ms to make.
            ssl_disabled=True,
        )

    def _install(self) -> None:
        options = install_options(self._folder, **self._sizes)
        command = [require_program("mariadb-install-db", "mysql_install_db"), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        if done.returncode != 0:
            pytest.fail(
                f"mariadb-install-db failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}", pytrace=False
            )


class Memcached:
    """A private memcached on a unix socket."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "mc.sock"
        self.url = f"memcached://{self.socket}"
        command = [require_program("memcached"), *memcached_options(self.socket, megabytes=32)]
        self._daemon = Daemon("memcached", command=command, is_ready=self.answers, log=folder / "mc.log")

    def start(self) -> None:
        self._daemon.start()

    def stop(self) -> None:
        self._daemon.stop()

    def kill(self) -> None:
        self._daemon.kill()

    def freeze(self) -> None:
        self._daemon.freeze()

    def thaw(self) -> None:
        self._daemon.thaw()

    def flush(self) -> None:
        """Forget every key."""
        assert exchange(self.socket, b"flush_all\r\n") == b"OK\r\n"

    def answers(self) -> bool:
        """Tell whether it talks to a client."""
        return exchange(self.socket, b"version\r\n").startswith(b"VERSION")


@pytest.fixture(scope="session")
def services_folder() -> Path:
    """One short folder for the data and sockets of all services of this run.

    In memory if there is room: a new schema per test is mostly waiting for the disk, and what a killed
    server has written is kept there as well.
    """
    has_room = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > SERVICES_BYTES
    return make_folder(SHARED_MEMORY) if has_room else make_folder()


@pytest.fixture(scope="session")
def mariadb_server(services_folder: Path) -> Iterator[MariaDB]:
    server = MariaDB(services_folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def memcached_server(services_folder: Path) -> Iterator[Memcached]:
    server = Memcached(services_folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def mariadb(mariadb_server: MariaDB) -> Iterator[MariaDB]:
    """Give the running database server; whatever a test does to it, it runs again afterwards."""
    mariadb_server.start()
    yield mariadb_server
    mariadb_server.start()


@pytest.fixture
def memcached(memcached_server: Memcached) -> Iterator[Memcached]:
    """Give the running cache server; whatever a test does to it, it runs again afterwards."""
    memcached_server.start()
    yield memcached_server
    memcached_server.start()


@pytest.fixture
def make_database(mariadb: MariaDB) -> Iterator[Callable[[], str]]:
    """Give a function that creates an empty database and returns its URL; they go after the test."""
    urls: list[str] = []

    def make() -> str:
        urls.append(mariadb.create_database())
        return urls[-1]

    yield make
    mariadb.start()
    for url in urls:
        mariadb.drop_database(url)


@pytest.fixture
def mariadb_url(make_database: Callable[[], str]) -> str:
    """Give the URL of one fresh, empty database."""
    return make_database()


@pytest.fixture
def memcached_url(memcached: Memcached) -> str:
    """Give the URL of the running memcached; use ``cache_prefix`` to be alone on it."""
    return memcached.url


@pytest.fixture
def cache_prefix() -> str:
    """Give a key prefix that no other test has."""
    return f"t{uuid.uuid4().hex[:12]}"
