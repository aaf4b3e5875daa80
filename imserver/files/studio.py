"""Has pictures drawn anew by child processes, two at a time, while the worker goes on serving.

design: ``posix_spawn`` and not ``fork``: a worker holds thousands of sockets and much memory, which a fork
copies the tables of. The child's words are read through a pipe that gevent watches; its end is the end of
the pipe, so nobody has to wait for a signal.
"""

import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
import msgspec
from gevent.lock import BoundedSemaphore
from gevent.os import make_nonblocking, nb_read

from imserver.errors import FileBroken, PictureTooLarge, ServiceError, Unavailable

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("redraw.py")
AT_ONCE = 2
# Who waits longer for a place than this is better told to come again.
TURN_SECONDS = 30.0
CPU_SECONDS = 20
# The machine may be busy with others; still, a child that makes no way is ended.
WALL_SECONDS = 60.0
# What Python and the decoders take, and what a pixel takes in all the copies of it.
BASE_BYTES, BYTES_PER_PIXEL = 400_000_000, 16
FRAMES, FRAME_PIXELS = 300, 150_000_000
EDGE, THUMB_EDGE = 4_096, 480
_ANSWER_BYTES = 4_096


class Drawn(msgspec.Struct, frozen=True):
    """What a redrawn picture is."""

    type: str
    width: int
    height: int
    thumb: bool


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    answer_fd: int


class Studio:
    """Redraws pictures of at most ``pixels``, into files of at most ``output_bytes``."""

    def __init__(self, *, pixels: int, output_bytes: int) -> None:
        self._places = BoundedSemaphore(AT_ONCE)
        self._limits = json.dumps(
            {
                "pixels": pixels,
                "memory_bytes": BASE_BYTES + BYTES_PER_PIXEL * pixels,
                "cpu_seconds": CPU_SECONDS,
                "output_bytes": output_bytes,
                "frames": FRAMES,
                "frame_pixels": FRAME_PIXELS,
                "edge": EDGE,
                "thumb_edge": THUMB_EDGE,
            }
        )

    def redraw(self, source: Path, *, picture: Path, thumb: Path) -> Drawn:
        """Write the picture and perhaps its thumbnail; return what was drawn.

        Raises PictureTooLarge or FileBroken for what cannot be drawn, Unavailable when there are too many.
        """
        if not self._places.acquire(timeout=TURN_SECONDS):
            raise Unavailable("Too many pictures are being drawn now.", retry_after=TURN_SECONDS)
        try:
            child = self._start(source, picture, thumb)
            return _judge(_hear(child))
        finally:
            self._places.release()

    def _start(self, source: Path, picture: Path, thumb: Path) -> _Child:
        answer_fd, child_fd = os.pipe()
        create = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, str(source), os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, child_fd, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 3, str(picture), create, 0o600),
            (os.POSIX_SPAWN_OPEN, 4, str(thumb), create, 0o600),
        ]
        # Nothing of ours is inherited: every descriptor that Python opens closes itself here.
        command = [sys.executable, "-I", "-B", str(PROGRAM), self._limits]
        try:
            pid = os.posix_spawn(sys.executable, command, {}, file_actions=actions)
        except OSError as error:
            os.close(answer_fd)
            raise Unavailable("Pictures cannot be drawn now.") from error
        finally:
            os.close(child_fd)
        make_nonblocking(answer_fd)
        return _Child(pid, answer_fd)


def _hear(child: _Child) -> bytes:
    """Return all that the child says before it ends, which it does at the latest when its time is over."""
    timer = gevent.Timeout.start_new(WALL_SECONDS)
    try:
        return b"".join(_words(child.answer_fd))
    except gevent.Timeout as timeout:
        if timeout is not timer:
            raise
        return b""
    finally:
        timer.close()
        _end(child)


def _words(descriptor: int) -> Iterator[bytes]:
    while words := nb_read(descriptor, _ANSWER_BYTES):
        yield words


def _end(child: _Child) -> None:
    """Make sure that it is gone, and leave no zombie, though gevent may have taken the status already."""
    os.close(child.answer_fd)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child.pid, 0)


def _judge(words: bytes) -> Drawn:
    # A child that was killed for its memory or its time has said nothing.
    told: dict[str, Any] = json.loads(words) if words else {"refused": "too_large"}
    if "refused" not in told:
        return msgspec.convert(told, Drawn)
    log.info("a picture was refused: %s %s", told["refused"], told.get("error", ""))
    refusals: dict[str, type[ServiceError]] = {"too_large": PictureTooLarge, "too_long": PictureTooLarge}
    raise refusals.get(told["refused"], FileBroken)
