"""A private MariaDB and a private memcached from the system's packages, on unix sockets, for one run."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql

from imserver.commands.load.failures import LoadError, LoadExit

APT_LINE = "apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core memcached"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ENGINES = ("mariadb", "sqlite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """Where the store and the cache are, and the processes that are theirs."""

    store_url: str
    cache_url: str
    pids: tuple[int, ...] = ()


@contextmanager
def backing(engine: str, folder: Path) -> Iterator[Backing]:
    """Run what ``engine`` needs; a fresh, empty database each time."""
    if engine == "sqlite":
        yield Backing(store_url=f"sqlite:///{folder}/bench.db", cache_url="memory:")
        return
    with ExitStack() as stack:
        database = stack.enter_context(_mariadb(folder))
        cache = stack.enter_context(_memcached(folder))
        yield Backing(
            store_url=f"mysql://root@localhost/bench?unix_socket={folder}/my.sock",
            cache_url=f"memcached://{folder}/mc.sock",
            pids=(database, cache),
        )


def program(name: str) -> str:
    """Return where a program is; raise LoadError with the line that installs it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise LoadError(LoadExit.USAGE, f"{name} is not installed; run: {APT_LINE}, or use --engine sqlite")
    return path


def version(name: str) -> str:
    """Return what a program says of its version; nothing when it is not there."""
    try:
        done = subprocess.run([program(name), "--version"], capture_output=True, text=True, timeout=30)  # noqa: S603
    except LoadError:
        return ""
    words = done.stdout.replace(",", " ").split()
    return next((word for word in words if word[0].isdigit() and "." in word), "")


@contextmanager
def _mariadb(folder: Path) -> Iterator[int]:
    user = ["--user=root"] if os.geteuid() == 0 else []
    # The log holds a run without a checkpoint in the middle of a measurement.
    size = ["--innodb-log-file-size=256M", "--innodb-buffer-pool-size=512M"]
    install = [
        *[program("mariadb-install-db"), "--no-defaults", *user, *size, f"--datadir={folder}/db"],
        *["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
    ]
    done = subprocess.run(install, capture_output=True, text=True, timeout=120)  # noqa: S603
    if done.returncode:
        raise LoadError(LoadExit.BROKEN, f"mariadb-install-db failed: {done.stderr[-300:]}")
    command = [
        *[program("mariadbd"), "--no-defaults", *user, *size, f"--datadir={folder}/db"],
        *[f"--socket={folder}/my.sock", f"--pid-file={folder}/my.pid", "--skip-networking", "--skip-log-bin"],
        *["--performance-schema=OFF", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin"],
        *["--innodb-flush-log-at-trx-commit=1", "--max-connections=300"],
    ]
    with running(
        command, log=folder / "my.log", is_ready=lambda: bool(_exchange(folder / "my.sock", b""))
    ) as pid:
        _create_database(folder / "my.sock")
        yield pid


@contextmanager
def _memcached(folder: Path) -> Iterator[int]:
    user = ["-u", "root"] if os.geteuid() == 0 else []
    command = [program("memcached"), *user, "-s", f"{folder}/mc.sock", "-a", "0700", "-m", "64", "-t", "1"]
    ready = lambda: _exchange(folder / "mc.sock", b"version\r\n").startswith(b"VERSION")  # noqa: E731
    with running(command, log=folder / "mc.log", is_ready=ready) as pid:
        yield pid


@contextmanager
def running(
    command: list[str], *, log: Path, is_ready: Callable[[], bool], environ: dict[str, str] | None = None
) -> Iterator[int]:
    """Run a program in the background; give its pid. It ends with us, even when we are killed."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs and arguments
            [program("setpriv"), "--pdeathsig", "TERM", *command], stdout=output, stderr=output, env=environ
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")[-500:]
                raise LoadError(LoadExit.BROKEN, f"{Path(command[0]).name} did not start: {said}")
            time.sleep(0.02)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _create_database(path: Path) -> None:
    connection = pymysql.connect(unix_socket=str(path), user="root", connect_timeout=5, read_timeout=30)
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE bench")
    finally:
        connection.close()


def _exchange(path: Path, question: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(question)
            return client.recv(4_096)
        except OSError:
            return b""
