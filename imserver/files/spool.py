"""Receives a body into a file, so that no file is ever in memory."""

import contextlib
import time
from collections.abc import Callable, Iterator
from os import urandom
from pathlib import Path
from typing import BinaryIO

from imserver.errors import FileTooLarge, InvalidRequest, Unavailable
from imserver.files.threads import in_thread

# What comes over the network in small pieces is written in large ones.
WRITE_BYTES = 262_144
# What a process that was killed left behind is old by then.
LEFTOVER_SECONDS = 86_400


class Spool:
    """A folder for files that are on their way; on the same file system as a disk's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def receive(self, read: Callable[[int], bytes], *, limit_bytes: int) -> Iterator[Path]:
        """Give a file with all that ``read`` returns until it returns nothing; it goes at the end.

        Raises FileTooLarge beyond ``limit_bytes``, InvalidRequest for an empty file, Unavailable when the
        disk is full.
        """
        with self.fresh() as path:
            try:
                opened = in_thread(_create, path)
            except OSError as error:
                raise Unavailable("Files cannot be received now.") from error
            with contextlib.closing(opened):
                _copy(read, opened, limit_bytes)
            yield path

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Path]:
        """Give a name in the folder that nobody else has; what is there at the end is removed."""
        path = self._folder / urandom(16).hex()
        try:
            yield path
        finally:
            in_thread(_remove, path)

    def sweep(self) -> int:
        """Remove what a process that was killed left behind; return how many files that were."""
        return in_thread(_remove_old, self._folder, time.time() - LEFTOVER_SECONDS)


def _copy(read: Callable[[int], bytes], opened: BinaryIO, limit_bytes: int) -> None:
    total = 0
    while piece := _gather(read):
        total += len(piece)
        if total > limit_bytes:
            raise FileTooLarge
        try:
            in_thread(opened.write, piece)
        except OSError as error:
            raise Unavailable("Files cannot be received now.") from error
    if not total:
        raise InvalidRequest("The file is empty.")


def _gather(read: Callable[[int], bytes]) -> bytes:
    pieces: list[bytes] = []
    missing = WRITE_BYTES
    while missing > 0 and (piece := read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.open("xb", buffering=0)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _remove_old(folder: Path, before: float) -> int:
    old = [path for path in folder.glob("*") if path.stat().st_mtime < before] if folder.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
