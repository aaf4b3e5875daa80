"""Records of a file that is larger than memory: each with its line and where it ends.

design: lines are read one by one and nothing is kept but the record at hand. A record of CSV goes on over a
line break inside quotes; where the quotes are never closed it must not swallow the rest of the file, so it
ends at a bound, its first line is what is bad, and reading goes on with the second.
"""

import gzip
import hashlib
import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

# A message has 4,000 characters, a person three addresses of 2,048: nothing that is any good is longer.
RECORD_BYTES = 65_536
HASHED_BYTES = 1 << 20
STDIN = "-"


class Record(NamedTuple):
    """``line``: of its first byte, from 1. ``end``: the offset behind it. ``fault``: why it is unreadable."""

    line: int
    end: int
    raw: bytes
    fault: str = ""
    # How many lines it takes.
    lines: int = 1


class _Line(NamedTuple):
    raw: bytes
    length: int


class Records:
    """The records of one stream, from ``offset`` on, which is where line ``line`` begins."""

    def __init__(self, stream: BinaryIO, *, quoted: bool, offset: int = 0, line: int = 1) -> None:
        self._stream = stream
        self._quoted = quoted
        self._offset = offset
        self._line = line
        self._back: deque[_Line] = deque()

    def __iter__(self) -> Iterator[Record]:
        readline, quoted = self._stream.readline, self._quoted
        while True:
            if not self._back:
                # Nearly all records are one line, and of millions each step counts.
                raw = readline(RECORD_BYTES + 1)
                length = len(raw)
                if length <= RECORD_BYTES and not (quoted and b'"' in raw):
                    if not raw:
                        return
                    self._offset += length
                    self._line += 1
                    yield Record(self._line - 1, self._offset, raw)
                    continue
                self._back.append(self._whole(raw, length))
            first = self._back.popleft()
            yield self._quoted_record(first) if self._is_open(first.raw) else self._record([first])

    def _is_open(self, raw: bytes) -> bool:
        return self._quoted and b'"' in raw and raw.count(b'"') % 2 == 1

    def _quoted_record(self, first: _Line) -> Record:
        """Read on to where the quotes are closed; without such a place only the first line is taken."""
        lines, size = [first], first.length
        while size <= RECORD_BYTES and (more := self._next()) is not None:
            lines.append(more)
            size += more.length
            if self._is_open(more.raw):
                return self._record(lines)
        self._back.extendleft(reversed(lines[1:]))
        return self._record([first], fault="a quotation mark is not closed")

    def _record(self, lines: list[_Line], *, fault: str = "") -> Record:
        line, raw = self._line, b"".join(part.raw for part in lines)
        length = sum(part.length for part in lines)
        if length > RECORD_BYTES:
            fault = f"longer than {RECORD_BYTES:,} bytes"
        self._line += len(lines)
        self._offset += length
        return Record(line, self._offset, raw, fault, len(lines))

    def _next(self) -> _Line | None:
        """Return the next line."""
        if self._back:
            return self._back.popleft()
        raw = self._stream.readline(RECORD_BYTES + 1)
        return self._whole(raw, len(raw)) if raw else None

    def _whole(self, raw: bytes, length: int) -> _Line:
        """Read a line that is too long to its end, and keep its beginning."""
        if length <= RECORD_BYTES or raw.endswith(b"\n"):
            return _Line(raw, length)
        while rest := self._stream.readline(RECORD_BYTES):
            length += len(rest)
            if rest.endswith(b"\n"):
                break
        return _Line(raw[:200], length)


class Source:
    """An opened file: ``stream`` is what it holds, decompressed; ``total_bytes`` is 0 where not known."""

    def __init__(self, raw: io.BufferedReader, *, total_bytes: int) -> None:
        self.total_bytes = total_bytes
        self._raw = raw
        # gzip is known by its first bytes, whatever the file is called.
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        self.stream: io.BufferedReader = raw
        if packed:
            unpacked = cast(io.RawIOBase, gzip.GzipFile(fileobj=raw))
            self.stream = io.BufferedReader(unpacked, HASHED_BYTES)

    def position(self) -> int:
        """Return how much of ``total_bytes`` has been read."""
        return self._raw.tell() if self.total_bytes else 0


@contextmanager
def open_source(name: str, *, stdin: BinaryIO) -> Iterator[Source]:
    """Open a plain or compressed file, or ``-`` for standard input."""
    if name == STDIN:
        piped: io.BufferedReader = io.BufferedReader(cast(io.RawIOBase, stdin), HASHED_BYTES)
        yield Source(piped, total_bytes=0)
        return
    with Path(name).open("rb", buffering=HASHED_BYTES) as raw:
        assert isinstance(raw, io.BufferedReader)  # noqa: S101 - for the type checker
        source = Source(raw, total_bytes=Path(name).stat().st_size)
        try:
            yield source
        finally:
            source.stream.close()


def fingerprint(name: str) -> str:
    """Return what identifies the content of a file, as it lies there."""
    digest = hashlib.sha256()
    with Path(name).open("rb") as stream:
        while piece := stream.read(HASHED_BYTES):
            digest.update(piece)
    return digest.hexdigest()
