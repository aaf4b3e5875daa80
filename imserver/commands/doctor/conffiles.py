"""The wanted values: read from the templates in conf/, so that there is one place for each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ASSIGNMENT = re.compile(r"-?(?P<key>\w[\w.-]*?)\s*=\s*(?P<value>.+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A value with the comment above it."""

    key: str
    value: str
    reason: str


def read_assignments(path: Path) -> list[Wanted]:
    """Return the ``key = value`` lines of ``path``, each with the comment that it stands under."""
    return [
        Wanted(key=found["key"], value=found["value"], reason=reason)
        for reason, line in _explained(path)
        if (found := _ASSIGNMENT.fullmatch(line))
    ]


def read_limits(path: Path) -> list[Wanted]:
    """Return the hard limits of a limits.conf, such as ``nofile``."""
    rows = [(reason, line.split()) for reason, line in _explained(path)]
    return [
        Wanted(key=row[2], value=row[3], reason=reason)
        for reason, row in rows
        if len(row) == 4 and row[1] == "hard"
    ]


def _explained(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each line that is no comment with the comment block above it."""
    block: list[str] = []
    is_open = False
    for line in map(str.strip, path.read_text(encoding="utf-8").splitlines()):
        if line.startswith("#"):
            block = [*block, line.lstrip("# ")] if is_open else [line.lstrip("# ")]
            is_open = True
        else:
            is_open = False
            # A header that ends with an empty line explains the file, not what follows.
            block = block if line else []
            if line:
                yield " ".join(block), line
