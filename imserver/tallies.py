"""What the workers of a box have counted together, for /metrics of any of them.

# design: Each worker leaves a tally in a folder, a file of its own, once a second and whenever it is asked.
# All are summed. A number never falls: who sums writes the own tally first, and what a worker that has ended
# had counted is moved into one file of the past, under a lock. Gauges go with their worker. A worker is here
# while its process is, told from a later one with the same number by the time of its birth. A worker that is
# killed takes with it what it counted in its last second.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import gevent
import msgspec

from imserver.errors import Unavailable
from imserver.metrics import Family, Reading, outlasting, sum_up

SUFFIX = ".tally"
PAST = "past"
LOCK = "lock"
# Whoever sums holds the lock for some milliseconds.
LOCK_SECONDS = 2.0
LOOK_SECONDS = 0.005
# In /proc/PID/stat, counted behind the program's name, which may hold anything.
_BORN_FIELD = 19
T = TypeVar("T")


class Tally(msgspec.Struct, array_like=True, frozen=True):
    """What one worker has counted, and which process it is."""

    pid: int
    born: int
    families: list[Family]


class Past(msgspec.Struct, array_like=True, frozen=True):
    """What those have counted who are gone; ``taken`` are the files that may lie there still."""

    taken: list[str]
    families: list[Family]


class Tallies:
    """One worker's way to the folder. ``read`` returns what it has counted."""

    def __init__(self, *, folder: Path, worker_id: str, read: Callable[[], list[Family]]) -> None:
        self._folder = folder
        self._path = folder / (worker_id + SUFFIX)
        self._read = read

    def write(self) -> None:
        """Leave the own tally for the others. Raises Unavailable when the folder takes none."""
        self._leave(self._read())

    def close(self) -> None:
        """Leave what stays true when this worker is gone."""
        self._leave(outlasting(self._read()))

    def sum(self) -> list[Family]:
        """Return the sum over all workers, here or gone. Raises Unavailable when others hold it up."""
        self.write()
        with self._locked():
            past, here = self._look()
        workers = Reading("imserver_workers", (), float(len(here)))
        alive = Family("imserver_workers", "Workers of this box that are here.", "gauge", (workers,))
        return [alive, *sum_up([*here, past])]

    def _look(self) -> tuple[list[Family], list[list[Family]]]:
        past = _decoded(self._folder / PAST, Past) or Past([], [])
        here: list[list[Family]] = []
        gone: dict[str, list[Family]] = {}
        for path in self._folder.glob("*" + SUFFIX):
            tally = _decoded(path, Tally)
            if tally is not None and birth_of(tally.pid) == tally.born:
                here.append(tally.families)
            else:
                gone[path.name] = [] if tally is None else outlasting(tally.families)
        return (self._bury(past, gone) if gone else past.families), here

    def _bury(self, past: Past, gone: dict[str, list[Family]]) -> list[Family]:
        # The names go in with the numbers: whoever dies between the two leaves nothing that counts twice.
        fresh = [families for name, families in gone.items() if name not in past.taken]
        families = sum_up([past.families, *fresh])
        self._replace(self._folder / PAST, msgspec.msgpack.encode(Past(list(gone), families)))
        for name in gone:
            for path in self._folder.glob(name + "*"):
                path.unlink(missing_ok=True)
        return families

    def _leave(self, families: list[Family]) -> None:
        pid = os.getpid()
        data = msgspec.msgpack.encode(Tally(pid, birth_of(pid), families))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(self._path, data)
        except OSError as error:
            raise Unavailable(f"The numbers of a worker cannot be kept: {error.strerror}.") from error

    def _replace(self, path: Path, data: bytes) -> None:
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_bytes(data)
        fresh.replace(path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / LOCK).open("w") as lock, gevent.Timeout(LOCK_SECONDS, Unavailable):
            # A lock that is waited for would hold the loop.
            while not _is_ours(lock.fileno()):
                gevent.sleep(LOOK_SECONDS)
            yield


def birth_of(pid: int) -> int:
    """Return when a process began, in the kernel's ticks; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(text.rpartition(")")[2].split()[_BORN_FIELD])


def _is_ours(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _decoded(path: Path, kind: type[T]) -> T | None:
    """Return what lies in a file; None when it is gone, or of another release."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
