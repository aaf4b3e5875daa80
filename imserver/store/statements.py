"""Named statements from ``sql/queries``, and the one place where lists become placeholders.

aiosql reads the files. Its own calls hand named parameters to the driver one by one, which leaves lists
and multi-row inserts to string work at every call; so the parsed text is rendered here instead:

    WHERE user_id IN (:user_ids)              user_ids = ["a", "b"]            IN (?, ?)
    WHERE (site_id, user_id) IN (:pairs)      pairs = [("s", "a"), ("s", "b")] IN ((?, ?), (?, ?))
    INSERT INTO t (a, b) VALUES :rows         rows = [(1, 2), (3, 4)]          VALUES (?, ?), (?, ?)
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.pyformat import PyFormatAdapter

SQL_FOLDER = Path(__file__).resolve().parents[2] / "sql"
PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Dialect:
    """``selects_rows``: a list of rows inside IN (…) has to be selected from VALUES."""

    name: str
    placeholder: str
    selects_rows: bool


# SQLite knows rows on the right of IN only as VALUES; MySQL takes the list itself.
SQLITE = Dialect("sqlite", "?", selects_rows=True)
MYSQL = Dialect("mysql", "%s", selects_rows=False)
# VALUES alone have no type, and SQLite looks into an index only for what has the column's: without this,
# it reads the whole table. Bytes are what they are.
_TYPED = {str: "CAST(column{n} AS TEXT)", int: "CAST(column{n} AS INTEGER)", bytes: "column{n}"}


class Statement:
    """One statement, cut at its parameters."""

    __slots__ = ("_dialect", "_names", "_texts", "gives_rows", "name")

    def __init__(self, name: str, sql: str, *, dialect: Dialect) -> None:
        parts = PARAMETER.split(sql.strip().rstrip(";"))
        self.name = name
        self.gives_rows = parts[0].startswith("SELECT")
        self._dialect = dialect
        self._texts = parts[0::2]
        self._names = parts[1::2]

    def render(self, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """Return the SQL in the driver's style and its positional arguments."""
        pieces, arguments = [self._texts[0]], list[Any]()
        for name, text in zip(self._names, self._texts[1:], strict=True):
            value = parameters[name]
            if isinstance(value, list):
                pieces.append(self._list(value, inside_in=pieces[-1].endswith("("), arguments=arguments))
            else:
                pieces.append(self._dialect.placeholder)
                arguments.append(value)
            pieces.append(text)
        return "".join(pieces), arguments

    def render_parts(self, parameters: Mapping[str, Any], *, most: int) -> Iterator[tuple[str, list[Any]]]:
        """Yield what ``render`` returns, once per part of a list, in lengths that are powers of two.

        For a driver that keeps each distinct text prepared, up to 100 KB for a list of hundreds: a few
        lengths instead of all save it megabytes. The rows of the parts are the rows of the whole.
        ``most`` is a power of two.
        """
        lists = [name for name, value in parameters.items() if isinstance(value, list)]
        if not lists or not parameters[lists[0]]:
            yield self.render(parameters)
            return
        (name,) = lists
        cut = _cut_rows if name == "rows" else _cut_and_pad
        for part in cut(parameters[name], most):
            yield self.render({**parameters, name: part})

    def _list(self, values: list[Any], *, inside_in: bool, arguments: list[Any]) -> str:
        if not values:
            raise ValueError(f"{self.name}: an empty list; the caller has nothing to ask for")
        mark = self._dialect.placeholder
        if not isinstance(values[0], tuple):
            arguments.extend(values)
            return ", ".join([mark] * len(values))
        for row in values:
            arguments.extend(row)
        row_marks = "(" + ", ".join([mark] * len(values[0])) + ")"
        rows = ", ".join([row_marks] * len(values))
        return _selected(values[0], rows) if inside_in and self._dialect.selects_rows else rows


def _selected(row: tuple[Any, ...], rows: str) -> str:
    columns = ", ".join(_TYPED[type(value)].format(n=n) for n, value in enumerate(row, 1))
    return f"SELECT {columns} FROM (VALUES {rows})"  # noqa: S608 - of our own words and marks


def _cut_and_pad(values: list[Any], most: int) -> Iterator[list[Any]]:
    """Yield parts whose last value stands again up to the next power of two: inside IN it finds no more."""
    for start in range(0, len(values), most):
        part = values[start : start + most]
        yield part + part[-1:] * ((1 << (len(part) - 1).bit_length()) - len(part))


def _cut_rows(rows: list[Any], most: int) -> Iterator[list[Any]]:
    """Yield parts of 2^n rows, the largest first: rows to insert cannot stand twice."""
    start = 0
    while start < len(rows):
        count = min(most, 1 << ((len(rows) - start).bit_length() - 1))
        yield rows[start : start + count]
        start += count


def load_statements(dialect: Dialect, *, folder: Path = SQL_FOLDER / "queries") -> dict[str, Statement]:
    """Return the statements, with placeholders in the dialect's style."""
    texts = load_texts(dialect, folder=folder)
    return {name: Statement(name, sql, dialect=dialect) for name, sql in texts.items()}


def load_texts(dialect: Dialect, *, folder: Path = SQL_FOLDER / "queries") -> dict[str, str]:
    """Read the portable files first; the dialect's folder overrides by name."""
    texts: dict[str, str] = {}
    for place in (folder, folder / dialect.name):
        for path in sorted(place.glob("*.sql")):
            texts.update(_parse(path))
    return texts


# Reading all of them takes 0.14 s, and a process may open several stores; a file changes with a deploy only.
@functools.cache
def _parse(path: Path) -> tuple[tuple[str, str], ...]:
    queries = aiosql.from_path(path, PyFormatAdapter)
    # aiosql adds a cursor twin to every SELECT
    names = [name for name in queries.available_queries if not name.endswith("_cursor")]
    return tuple((name, getattr(queries, name).sql) for name in names)
