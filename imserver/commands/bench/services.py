"""A private MariaDB and a private memcached from the system's packages, on unix sockets, for one run."""

import os
import shutil
import signal
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
def backing(
    engine: str, folder: Path, *, log_megabytes: int = 256, pool_megabytes: int = 512
) -> Iterator[Backing]:
    """Run what ``engine`` needs; a fresh, empty database each time."""
    if engine == "sqlite":
        yield Backing(store_url=f"sqlite:///{folder}/bench.db", cache_url="memory:")
        return
    with ExitStack() as stack:
        sizes = {"log_megabytes": log_megabytes, "pool_megabytes": pool_megabytes}
        database = stack.enter_context(_mariadb(folder, **sizes))
        cache = stack.enter_context(_memcached(folder))
        yield Backing(
            store_url=f"mysql://root@localhost/bench?unix_socket={folder}/my.sock",
            cache_url=f"memcached://{folder}/mc.sock",
            pids=(database, cache),
        )


def another_database(backing: Backing, folder: Path) -> str:
    """Return the URL of an empty database beside the one there is."""
    if backing.store_url.startswith("sqlite:"):
        return f"sqlite:///{folder}/another.db"
    path = Path(backing.store_url.partition("unix_socket=")[2])
    _create_database(path, "another")
    return backing.store_url.replace("/bench?", "/another?")


def program(name: str) -> str:
    """Return where a program is; raise LoadError with the line that installs it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise LoadError(LoadExit.USAGE, f"{name} is not installed; run: {APT_LINE}, or use --engine sqlite")
    return path


def memcached_counts(cache_url: str) -> dict[str, int]:
    """Return what memcached itself has counted, hits and misses; nothing for a cache in the process."""
    scheme, _, path = cache_url.partition("://")
    if scheme != "memcached":
        return {}
    words = exchange(Path(path), b"stats\r\n", until=b"END\r\n").decode().split()
    return {
        name: int(words[words.index(f"get_{name}") + 1])
        for name in ("hits", "misses")
        if f"get_{name}" in words
    }


def version(name: str) -> str:
    """Return what a program says of its version; nothing when it is not there."""
    try:
        done = subprocess.run([program(name), "--version"], capture_output=True, text=True, timeout=30)  # noqa: S603
    except LoadError:
        return ""
    words = done.stdout.replace(",", " ").split()
    return next((word for word in words if word[0].isdigit() and "." in word), "")


def mariadb_options(folder: Path, *, log_megabytes: int, pool_megabytes: int) -> list[str]:
    """Return how a private mariadbd runs in ``folder``: a unix socket, and a flush at every commit."""
    return [
        *_place(folder, log_megabytes, pool_megabytes),
        f"--socket={folder}/my.sock",
        f"--pid-file={folder}/my.pid",
        "--skip-networking",
        "--skip-log-bin",
        "--performance-schema=OFF",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_bin",
        "--innodb-flush-log-at-trx-commit=1",
        "--lower-case-table-names=0",
    ]


def install_options(folder: Path, *, log_megabytes: int, pool_megabytes: int) -> list[str]:
    """Return how mariadb-install-db makes the data of such a server."""
    return [
        *_place(folder, log_megabytes, pool_megabytes),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    ]


def memcached_options(path: Path, *, megabytes: int) -> list[str]:
    """Return how a private memcached runs on a unix socket."""
    user = ["-u", "root"] if os.geteuid() == 0 else []
    return [*user, "-s", str(path), "-a", "0700", "-m", str(megabytes), "-t", "1"]


def _place(folder: Path, log_megabytes: int, pool_megabytes: int) -> list[str]:
    user = ["--user=root"] if os.geteuid() == 0 else []
    size = [f"--innodb-log-file-size={log_megabytes}M", f"--innodb-buffer-pool-size={pool_megabytes}M"]
    # Two servers that share a folder for temporary tables delete each other's.
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return ["--no-defaults", *user, *size, f"--datadir={folder}/db", f"--tmpdir={temporary}"]


@contextmanager
def _mariadb(folder: Path, **sizes: int) -> Iterator[int]:
    # The log holds a run without a checkpoint in the middle of a measurement.
    install = [program("mariadb-install-db"), *install_options(folder, **sizes)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=120)  # noqa: S603
    if done.returncode:
        raise LoadError(LoadExit.BROKEN, f"mariadb-install-db failed: {done.stderr[-300:]}")
    command = [program("mariadbd"), *mariadb_options(folder, **sizes)]
    command.append("--max-connections=300")
    socket_path = folder / "my.sock"
    with running(command, log=folder / "my.log", is_ready=lambda: bool(exchange(socket_path, b""))) as pid:
        _create_database(socket_path, "bench")
        yield pid


@contextmanager
def _memcached(folder: Path) -> Iterator[int]:
    path = folder / "mc.sock"
    command = [program("memcached"), *memcached_options(path, megabytes=64)]

    def answers() -> bool:
        return exchange(path, b"version\r\n").startswith(b"VERSION")

    with running(command, log=folder / "mc.log", is_ready=answers) as pid:
        yield pid


@contextmanager
def running(
    command: list[str],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    environ: dict[str, str] | None = None,
    end: signal.Signals = signal.SIGTERM,
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
        process.send_signal(end)
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _create_database(path: Path, name: str) -> None:
    connection = pymysql.connect(unix_socket=str(path), user="root", connect_timeout=5, read_timeout=30)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    finally:
        connection.close()


def exchange(path: Path, question: bytes, *, until: bytes = b"") -> bytes:
    """Return what the server at ``path`` says to ``question``: first, or ``until`` it has said that.

    Nothing when it is not there.
    """
    said = b""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(question)
            while part := client.recv(4_096):
                said += part
                if said.endswith(until):
                    break
        except OSError:
            return b""
    return said
