"""The rows of an answer, read in one go.

Why not PyMySQL's own: it makes an object and two reads of every row and a call of every column, which was a
third of what a message cost us. The same bytes are cut here in one loop; columns, converters and errors stay
PyMySQL's, and a test holds this to what PyMySQL reads, for every type of column that we use.
"""

from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.connections import MySQLResult
from pymysql.constants import CR
from pymysql.protocol import MysqlPacket

from imserver.store.database import Row

# One answer of a full batch; more comes in several reads.
READ_BYTES = 64 * 1024
_NULL, _TWO_BYTES, _END, _ERROR = 0xFB, 0xFC, 0xFE, 0xFF
# How many bytes of length follow the first byte of a long column.
_LENGTH_BYTES = {_TWO_BYTES: 2, 0xFD: 3, 0xFE: 8}
_LONGEST = 0xFFFFFF
# How to read columns, by what the server says of them: the same each time a statement is asked, and 6 us a
# column to understand. Texts that are made up in a statement may be told of in many ways.
_KNOWN: dict[tuple[bytes, ...], list[Callable[[bytes], Any] | None]] = {}
_KNOWN_LIMIT = 2_000


class RowResult(MySQLResult):
    """A result whose columns are understood once per kind, and whose rows are cut out of large pieces."""

    connection: Any
    converters: list[tuple[str | None, Callable[[bytes], Any] | None]]

    def _read_result_packet(self, first_packet: Any) -> None:
        count = first_packet.read_length_encoded_integer()
        reader = _Reader(self.connection)
        # The last one says that there are no more.
        told = tuple([reader.next_packet() for _ in range(count + 1)])
        columns = _KNOWN.get(told)
        if columns is None:
            columns = self._understand(count, told)
            if len(_KNOWN) >= _KNOWN_LIMIT:
                _KNOWN.clear()
            _KNOWN[told] = columns
        rows = reader.cut_rows(columns)
        while not reader.is_at_end():
            rows.append(reader.cut_row(columns))
            rows += reader.cut_rows(columns)
        self._check_packet_is_eof(reader.last_packet())  # type: ignore[attr-defined]
        reader.check_finished()
        self.connection = None  # as PyMySQL does, against a cycle
        self.affected_rows = len(rows)
        self.rows = tuple(rows)

    def _understand(self, count: int, told: tuple[bytes, ...]) -> list[Callable[[bytes], Any] | None]:
        """Let PyMySQL read what the server says of the columns."""
        connection, self.field_count = self.connection, count
        self.connection = _Replay(connection, told)
        try:
            self._get_descriptions()  # type: ignore[attr-defined]
        finally:
            self.connection = connection
        return [_column(*pair) for pair in self.converters]


class _Replay:
    """Gives PyMySQL packets that have been read already."""

    def __init__(self, connection: Any, packets: tuple[bytes, ...]) -> None:
        self.encoding = connection.encoding
        self.use_unicode = connection.use_unicode
        self.decoders = connection.decoders
        self._packets = iter(packets)

    def _read_packet(self, kind: Any = MysqlPacket) -> Any:
        return kind(next(self._packets), self.encoding)


class _Reader:
    """What has been received of one answer, and how far it has been read."""

    __slots__ = ("_connection", "_data", "_end", "_place")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._data = b""
        self._place = self._end = 0  # of the current packet's body

    def next_packet(self) -> bytes:
        """Open the next packet and return it. Raise what the server sent instead."""
        self._open()
        packet = self._data[self._place : self._end]
        if packet[:1] == b"\xff":
            self.last_packet().raise_for_error()
        return packet

    def is_at_end(self) -> bool:
        """Open the next packet; tell whether it is the last one. Raise what the server sent instead."""
        length = self._open()
        first = self._data[self._place]
        if first == _ERROR:
            self.last_packet().raise_for_error()
        return first == _END and length < 9

    def _open(self) -> int:
        """Move on to the next packet; return how long it is."""
        start = self._end
        if start + 4 > len(self._data):
            start = self._fill(start, start + 4)
        data = self._data
        length = data[start] | data[start + 1] << 8 | data[start + 2] << 16
        self._check(length, data[start + 3])
        self._place, self._end = start + 4, start + 4 + length
        if self._end > len(data):
            self._place = self._fill(self._place, self._end)
            self._end = self._place + length
        return length

    def cut_rows(self, columns: list[Callable[[bytes], Any] | None]) -> list[Row]:
        """Return the rows that are here as a whole and have nothing but short columns: nearly all of them.

        Stops before the first packet that is anything else, which ``is_at_end`` and ``cut_row`` understand.
        """
        data, place, number = self._data, self._end, self._connection._next_seq_id
        rows: list[Row] = []
        while place + 4 < len(data):
            end = place + 4 + (data[place] | data[place + 1] << 8 | data[place + 2] << 16)
            if end > len(data) or data[place + 3] != number:
                break
            place += 4
            row: list[Any] = []
            for convert in columns:
                stop = data[place] + place + 1
                if data[place] >= _NULL or stop > end:
                    break
                part = data[place + 1 : stop]
                row.append(part if convert is None else convert(part))
                place = stop
            if place != end:
                break
            rows.append(tuple(row))
            number = (number + 1) % 256
            self._end = place
        self._connection._next_seq_id = number
        return rows

    def cut_row(self, columns: list[Callable[[bytes], Any] | None]) -> Row:
        """Return the columns of the current packet."""
        data, place = self._data, self._place
        row: list[Any] = []
        for convert in columns:
            end = data[place]
            place += 1
            if end >= _NULL:
                if end == _NULL:
                    row.append(None)
                    continue
                wide = _LENGTH_BYTES[end]
                end = int.from_bytes(data[place : place + wide], "little")
                place += wide
            end += place
            row.append(data[place:end] if convert is None else convert(data[place:end]))
            place = end
        return tuple(row)

    def last_packet(self) -> Any:
        """Return the current packet as PyMySQL's."""
        return MysqlPacket(self._data[self._place : self._end], self._connection.encoding)

    def check_finished(self) -> None:
        """Leave what there is of the next answer; raise if nobody has asked for one."""
        if self._end == len(self._data):
            return
        if not self._connection.owed_count:
            self._refuse()  # it would be taken for the answer to the next question
        self._connection._rfile.put_back(self._data[self._end :])

    def _check(self, length: int, number: int) -> None:
        connection = self._connection
        if number != connection._next_seq_id or length == _LONGEST:
            self._refuse()
        connection._next_seq_id = (number + 1) % 256

    def _refuse(self) -> None:
        self._connection._force_close()
        raise pymysql.OperationalError(CR.CR_SERVER_LOST, "The server's answer is out of step.")

    def _fill(self, start: int, end: int) -> int:
        """Receive until ``end`` is there; forget what lies before ``start`` and return where it is now."""
        parts = [self._data[start:]]
        missing = end - len(self._data)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        self._data = b"".join(parts)
        return 0

    def _receive(self) -> bytes:
        connection = self._connection
        try:
            data: bytes = connection._rfile.read1(READ_BYTES)
        except OSError as error:
            connection._force_close()
            raise pymysql.OperationalError(CR.CR_SERVER_LOST, f"Lost the server: {error}") from error
        except BaseException:
            connection._force_close()  # the rest of the answer is still on its way
            raise
        if not data:
            connection._force_close()
            raise pymysql.OperationalError(CR.CR_SERVER_LOST, "Lost the server in the middle of an answer.")
        return data


def _column(encoding: str | None, converter: Callable[[Any], Any] | None) -> Callable[[bytes], Any] | None:
    """Return one call that does what PyMySQL does in two; None leaves the bytes as they are."""
    if encoding is None:
        return bytes.decode if converter is as_text else converter
    if converter is int:
        return int  # of ASCII digits
    if encoding in ("utf8", "ascii") and converter in (None, as_text):
        return bytes.decode
    return lambda data: converter(data.decode(encoding)) if converter else data.decode(encoding)


def as_text(value: bytes | str) -> str:
    """Return an id as text, whether the server calls its column binary or not."""
    return value if isinstance(value, str) else value.decode()
