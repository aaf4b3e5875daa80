"""The lines that were not taken, in a file of their own: to be mended and imported again."""

import base64
import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from imserver.commands.imports.records import Record


class Refused:
    """``path`` appears with the first bad line, holds it as it was, its number and the reason.

    ``length`` is what a checkpoint remembers; what stands behind it was written and then not committed.
    """

    def __init__(self, path: Path, *, is_csv: bool, length: int = 0) -> None:
        self.path = path
        self.length = length
        self._is_csv = is_csv
        self._file: BinaryIO | None = None
        self.cut(length)

    def cut(self, length: int) -> None:
        """Forget what stands behind ``length``; without anything there is no file."""
        self.length = length
        if not self.path.exists() or self.path.stat().st_size == length:
            return
        if length:
            os.truncate(self.path, length)
            return
        self.close()
        self.path.unlink()

    def write(self, lines: Iterable[tuple[Record, str]]) -> int:
        """Write and sync; return how long the file is then, which the checkpoint remembers."""
        text = b"".join(self._row(record, reason) for record, reason in lines)
        if not text:
            return self.length
        if self._file is None:
            self._file = self.path.open("ab")
        if self._is_csv and not self.length:
            text = b"line,reason,text\n" + text
        self._file.write(text)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.length += len(text)
        return self.length

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _row(self, record: Record, reason: str) -> bytes:
        try:
            text, extra = record.raw.decode().rstrip("\r\n"), {}
        except UnicodeDecodeError:
            text, extra = record.raw.decode("utf-8", "replace").rstrip("\r\n"), _exact(record.raw)
        if not self._is_csv:
            return msgspec.json.encode({"line": record.line, "reason": reason, "text": text, **extra}) + b"\n"
        cells = io.StringIO()
        csv.writer(cells, lineterminator="\n").writerow([record.line, reason, text])
        return cells.getvalue().encode()


def _exact(raw: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(raw).decode()}
