"""Files in a folder of this machine, or of one that several boxes mount.

design: A place of 40 random hex digits lies in ``ab/cd/``, so no folder grows beyond what file systems like.
A file appears whole or not at all: it is synced where it was received, on the same file system, and renamed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from imserver.errors import NotFound, Unavailable
from imserver.files.storage import PIECE_BYTES
from imserver.files.threads import in_thread

T = TypeVar("T")
NOTES = "notes.ndjson"


class Disk:
    """See ``Storage``. The folder is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, place: str, path: Path) -> None:
        """Move ``path``, which has to be on the same file system, to its place."""
        _unless_down(_move, path, self._path(place))

    def read(self, place: str, *, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes in pieces, each read by a thread."""
        opened = _unless_down(_open, self._path(place))
        return _pieces(opened, start, stop)

    def delete(self, place: str) -> None:
        """Remove the file; its folders stay, because the next one may be making use of them."""
        _unless_down(_remove, self._path(place))

    def note(self, line: bytes) -> None:
        """Append to a file of the folder."""
        _unless_down(_append, self._folder / NOTES, line)

    def notes(self) -> list[bytes]:
        """Read that file."""
        try:
            return _unless_down((self._folder / NOTES).read_bytes).splitlines()
        except NotFound:
            return []

    def _path(self, place: str) -> Path:
        return self._folder / place[:2] / place[2:4] / place


def _pieces(opened: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    with closing(opened):
        while start < stop and (
            piece := in_thread(os.pread, opened.fileno(), min(PIECE_BYTES, stop - start), start)
        ):
            start += len(piece)
            yield piece


def _unless_down(call: Callable[..., T], *arguments: Any) -> T:
    try:
        return in_thread(call, *arguments)
    except FileNotFoundError as error:
        raise NotFound from error
    except OSError as error:
        raise Unavailable("Files cannot be kept or read now.") from error


def _move(path: Path, target: Path) -> None:
    with path.open("rb") as received:
        os.fsync(received.fileno())
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.replace(target)
    # The name is on the disk when its folder is; so are the folders' own names.
    for folder in target.parents[:3]:
        _sync_folder(folder)


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # One write: lines of several processes do not mingle.
        os.write(descriptor, line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
