"""What a line of an import says, however it is written: CSV with a header, or a JSON object per line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec

from imserver.commands.imports.records import Record
from imserver.errors import InvalidRequest

# Inside a cell of CSV that holds several values.
SEPARATOR = "|"
# Seconds since 1970 reach this in the year 5138, milliseconds did in 1973.
_FIRST_MILLISECONDS = 100_000_000_000

Id = Annotated[str, msgspec.Meta(min_length=1)]
Moment = int | str


class BadLine(Exception):
    """The line cannot be taken; the text says why."""


class RosterLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """``user_id`` has ``friend_id`` for a friend."""

    user_id: Id
    friend_id: Id
    created_at: Moment = 0


class UserLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One person, as a token would describe them. Without ``groups`` those of before hold."""

    user_id: Id
    name: str
    avatar: str = ""
    url: str = ""
    roles: tuple[str, ...] = ()
    guest: bool = False
    email: str = ""
    joined: Moment = 0
    moderator: bool = False
    groups: tuple[str, ...] | None = None


class MessageLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One message. ``id`` is the other program's own, by which it is known when it comes again."""

    id: Id
    sender_id: Id
    participants: tuple[Id, ...]
    created_at: Moment
    text: Annotated[str, msgspec.Meta(min_length=1)]
    conversation: str = ""
    name: str = ""
    unread_by: tuple[Id, ...] = ()


Line = RosterLine | UserLine | MessageLine
_LISTS = frozenset({"roles", "groups", "participants", "unread_by"})
# A record and what it says, or why it says nothing.
Read = tuple[Record, Line | BadLine]


def moment_ms(moment: Moment) -> int:
    """Return milliseconds of a time in seconds, in milliseconds or in ISO 8601, UTC unless it says otherwise.

    Raises BadLine. 0 is no time.
    """
    if not moment:
        return 0
    if isinstance(moment, int) or (moment.isascii() and moment.isdigit()):
        number = int(moment)
        if not 0 <= number < 2**53:
            raise BadLine("a time is not within reach")
        return number if number >= _FIRST_MILLISECONDS else number * 1_000
    try:
        when = datetime.fromisoformat(moment)
    except ValueError as error:
        raise BadLine(f"{moment[:40]!r} is no time; write 1700000000 or 2023-11-14T22:13:20Z") from error
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1_000)


def json_reader(kind: type[Line]) -> Callable[[Sequence[Record]], Iterator[Read]]:
    """Return what reads one JSON object per line."""
    decode = msgspec.json.Decoder(kind).decode

    def read(records: Sequence[Record]) -> Iterator[Read]:
        for record in records:
            if record.fault or not record.raw.isspace():
                yield record, _attempt(record, decode)

    return read


def csv_reader(kind: type[Line], header: Record) -> Callable[[Sequence[Record]], Iterator[Read]]:
    """Return what reads lines with the columns of ``header``; raise InvalidRequest for wrong ones."""
    names = _columns(kind, header)
    lists = [name for name in names if name in _LISTS]

    def read(records: Sequence[Record]) -> Iterator[Read]:
        rows = _cells(records)
        lines = _convert_all(kind, names, rows, lists)
        if lines and not any(record.fault for record in records):
            yield from zip(records, lines, strict=True)
            return
        for record, cells in zip(records, rows, strict=True):
            if cells or record.fault:
                yield record, _attempt(record, partial(_convert, kind, names, cells, lists))

    return read


def _columns(kind: type[Line], header: Record) -> list[str]:
    names = [name.strip() for name in next(csv.reader([header.raw.decode("utf-8-sig", "replace")]), [])]
    known = {field.name: field.required for field in msgspec.structs.fields(kind)}
    wrong = [name for name in names if name not in known]
    missing = [name for name, required in known.items() if required and name not in names]
    if header.fault or wrong or missing or len(set(names)) < len(names):
        raise InvalidRequest(
            f"the first line names the columns: {_names(known, required=True)} and, if you like, "
            f"{_names(known, required=False)}; it says {','.join(names)[:200]!r}"
        )
    return names


def _names(known: dict[str, bool], *, required: bool) -> str:
    return ", ".join(name for name, is_required in known.items() if is_required is required)


def _cells(records: Sequence[Record]) -> list[list[str] | Exception]:
    """Cut all records at once; only if one of them is bad, one by one."""
    try:
        rows: list[Any] = list(csv.reader([record.raw.decode() for record in records], strict=True))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    return rows if len(rows) == len(records) else [_cells_of(record) for record in records]


def _cells_of(record: Record) -> list[str] | Exception:
    try:
        return next(csv.reader([record.raw.decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        return error


def _convert(kind: type[Line], names: list[str], cells: Any, lists: list[str], _raw: bytes) -> Line:
    if isinstance(cells, Exception):
        raise cells
    if len(cells) != len(names):
        raise BadLine(f"{len(cells)} cells instead of {len(names)}")
    values: dict[str, Any] = dict(zip(names, cells, strict=True))
    for name in lists:
        values[name] = [part for part in values[name].split(SEPARATOR) if part]
    return msgspec.convert(values, kind, strict=False)


def _convert_all(kind: type[Line], names: list[str], rows: list[Any], lists: list[str]) -> list[Line]:
    """Convert all rows at once, at half of what it takes one by one; none if that cannot be."""
    if lists or not all(type(cells) is list and len(cells) == len(names) for cells in rows):
        return []
    values = [dict(zip(names, cells, strict=True)) for cells in rows]
    try:
        found: list[Line] = msgspec.convert(values, list[kind], strict=False)  # type: ignore[valid-type]
    except msgspec.ValidationError:
        return []
    return found


def _attempt(record: Record, read: Callable[[bytes], Line]) -> Line | BadLine:
    if record.fault:
        return BadLine(record.fault)
    try:
        return read(record.raw)
    except UnicodeDecodeError:
        return BadLine("not UTF-8")
    except (msgspec.ValidationError, msgspec.DecodeError, csv.Error) as error:
        return BadLine("not UTF-8" if "UTF-8" in str(error) else str(error))
    except BadLine as error:
        return error
