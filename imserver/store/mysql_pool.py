"""Connections to MySQL, few and reused.

Why not DBUtils: its PooledDB returns a connection on any exit and resets it by a rollback. When a
``gevent.Timeout`` or ``GreenletExit`` strikes between a query and its answer, the answer is still on its way,
and the next borrower would read it as its own. Here a connection that is left by anything but a finished
transaction is closed. Waiting for a free one is bounded, which PooledDB's is not.
"""

import os
import socket
import ssl
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.connections import MAX_PACKET_LEN
from pymysql.constants import COMMAND, FIELD_TYPE
from pymysql.converters import conversions

from imserver.errors import Unavailable
from imserver.store.database import Row
from imserver.store.mysql_rows import RowResult, as_text
from imserver.store.places import Places

WAIT_SECONDS = 5.0
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
# After so long the server, or a firewall between, may have closed it: ask before using it.
IDLE_SECONDS = 30.0
# As long as an answer can be that comes as one text (``mysql_packed``).
PACKED_BYTES = 16 * 1024 * 1024
# So much of a conversation is sent by itself, for the server to begin with while the rest is written.
WORTH_SENDING_BYTES = 8_192
# A packet's length, its number, which is 0, and the command.
_HEAD = struct.Struct("<iB")
# One of so many connections, two of the usual eight: two batches of the writer, or one and the sign-ins.
LEFT_TO_WRITERS = 4
# Strict: what does not fit is an error, never cut off.
SQL_MODE = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and who we are."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False, default="")
    unix_socket: str | None = None

    def as_pymysql(self) -> dict[str, Any]:
        """Return what PyMySQL is to be told of it."""
        return {
            "host": self.host,
            "port": self.port,
            "unix_socket": self.unix_socket,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "charset": "utf8mb4",
            # Through a file of our own there is nobody to hide from; and a context costs the loop 70 ms.
            "ssl_disabled": self.unix_socket is not None,
        }


class Incoming:
    """What comes over a connection; what was received with one answer and belongs to the next is put back."""

    __slots__ = ("_back", "_file")

    def __init__(self, file: Any) -> None:
        self._file = file
        self._back = b""

    def read(self, size: int) -> bytes:
        """Return ``size`` bytes; fewer only at the end."""
        back = self._back
        if not back:
            return self._file.read(size)  # type: ignore[no-any-return]
        self._back = back[size:]
        return back[:size] if len(back) >= size else back + self._file.read(size - len(back))

    def read1(self, size: int) -> bytes:
        """Return what there is, after one call of the system at the most."""
        back, self._back = self._back, b""
        return back or self._file.read1(size)

    def put_back(self, data: bytes) -> None:
        """Let ``data`` be read again, before what follows it."""
        self._back = data + self._back

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Connection(pymysql.connections.Connection):
    """A connection that knows when it was last used, reads rows quickly, and closes without a word."""

    used_at: float = 0.0
    # How many answers are still to come when the one that is being read is through.
    owed_count: int = 0
    _context: Any = None
    # Without TLS: what is written to the descriptor is what the server gets.
    _is_plain = False
    _secure: bool
    _sock: Any
    _result: Any
    _rfile: Any

    def ask(self, sql: str) -> list[Row]:
        """Return the rows that ``sql`` finds; PyMySQL's cursor does no more for us."""
        self.query(sql)
        return list(self._result.rows or ())

    def ask_all(self, texts: Iterable[str]) -> list[list[Row]]:
        """Return the rows of each statement; each is sent before the answers of those before it are read.

        The next text is asked for while the server works. All answers are read, then the worst error is
        raised: anything else before a taken key, after which a transaction lives on.
        """
        return [list(result.rows or ()) for result in self._converse(texts)]

    def run_all(self, texts: Iterable[str]) -> int:
        """Return how many rows the statements, which go as in ``ask_all``, changed in all."""
        return sum(int(result.affected_rows) for result in self._converse(texts))

    def _converse(self, texts: Iterable[str]) -> list[Any]:
        try:
            sent_count = self._send(texts)
        except BaseException:
            self.discard()  # answers are on their way that nobody will read
            raise
        answers: list[Any] = []
        errors: list[pymysql.Error] = []
        for self.owed_count in range(sent_count - 1, -1, -1):
            try:
                answers.append(self._read_answer())
            except pymysql.Error as error:
                if not self.open:
                    raise
                errors.append(error)
        if errors:
            raise next(
                (error for error in errors if not isinstance(error, pymysql.IntegrityError)), errors[0]
            )
        return answers

    def _send(self, texts: Iterable[str]) -> int:
        """Send the statements, short ones together; return how many they are."""
        count = size = 0
        gathered: list[bytes] = []
        for text in texts:
            count += 1
            sql = text.encode()
            if len(sql) + 1 >= MAX_PACKET_LEN:
                self._write_bytes(b"".join(gathered))
                self._execute_command(COMMAND.COM_QUERY, sql)  # type: ignore[attr-defined]
                gathered, size = [], 0
                continue
            gathered += (_HEAD.pack(len(sql) + 1, COMMAND.COM_QUERY), sql)
            size += len(sql)
            if size >= WORTH_SENDING_BYTES:
                self._write_bytes(b"".join(gathered))
                gathered, size = [], 0
        if gathered:
            self._write_bytes(b"".join(gathered))
        return count

    def _write_bytes(self, data: bytes) -> None:
        """Write at once what the socket takes; gevent's ``sendall`` costs 8 us before it does."""
        written = 0
        if self._is_plain:
            try:
                written = os.write(self._sock.fileno(), data)
            except OSError:
                written = 0  # waited for, or raised, by what follows
        if written < len(data):
            super()._write_bytes(data[written:])  # type: ignore[misc]

    def _read_answer(self) -> Any:
        self._next_seq_id = 1  # the numbers of an answer follow those of its question
        self._read_query_result()
        return self._result

    def connect(self, sock: socket.socket | None = None) -> None:
        """Dial unix sockets here: PyMySQL leaves a refused one open until it is collected."""
        if sock is None and self.unix_socket:
            sock = _dial(str(self.unix_socket))
            self._secure = True  # what PyMySQL notes of a unix socket: a password may be sent over it
        super().connect(sock)
        self._rfile = Incoming(self._rfile)
        self._is_plain = not isinstance(self._sock, ssl.SSLSocket)

    def _read_query_result(self, unbuffered: bool = False) -> int:
        """Do what PyMySQL does, with our own reader of rows; nothing here is ever read unbuffered."""
        self._result = None
        result: Any = RowResult(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return int(result.affected_rows)

    def _create_ssl_ctx(self, sslp: Any) -> Any:
        # Reading the system's certificates takes 70 ms, in which the loop stands: once, not per connection.
        if not sslp and Connection._context is None:
            Connection._context = super()._create_ssl_ctx(sslp)  # type: ignore[misc]
        return super()._create_ssl_ctx(sslp) if sslp else Connection._context  # type: ignore[misc]

    def discard(self) -> None:
        """Close without waiting for the server; closing twice is fine."""
        if self.open:
            self.close()


def connect_plain(
    address: Address, *, read_seconds: float, sql_mode: str | None = None
) -> "pymysql.Connection[Any]":
    """Return a connection of its own, as PyMySQL makes it: to read whole tables of ours, or of others.

    Nobody else is lent it; the caller closes it. Raises Unavailable.
    """
    try:
        return pymysql.connect(
            **address.as_pymysql(), sql_mode=sql_mode, read_timeout=read_seconds, write_timeout=read_seconds
        )
    except pymysql.OperationalError as error:
        raise Unavailable("The database cannot be reached.") from error


def _dial(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(CONNECT_SECONDS)
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


# Ids are VARBINARY, so that 'a' and 'a ' differ; they come as bytes and become text here, in this one place.
# What is meant as bytes is BINARY(16) or BLOB, which are other types on the wire.
_CONVERSIONS: dict[Any, Any] = {**conversions, FIELD_TYPE.VAR_STRING: as_text, FIELD_TYPE.VARCHAR: as_text}


class Pool:
    """Bounded; a borrower waits for a free connection, then gives up with Unavailable.

    A few are left to those who write: a thousand who catch up from the log would each go before the next
    commit, and everybody's messages wait for them.
    """

    def __init__(
        self,
        address: Address,
        *,
        size: int,
        wait_seconds: float = WAIT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._address = address
        self._read_seconds = read_seconds
        self._wait_seconds = wait_seconds
        self._places = Places(size)
        self._reading = Places(size - size // LEFT_TO_WRITERS)
        self._idle: list[Connection] = []
        self._closed = False

    @contextmanager
    def connection(self, *, writes: bool = False) -> Iterator[Connection]:
        """Lend a connection; close it unless the block ends, or raises an ``Exception`` of its own.

        A block that catches its own errors leaves the connection without an open transaction, or closed.
        """
        if writes:
            with self._place(self._places):
                yield from self._lend()
        else:
            with self._place(self._reading), self._place(self._places):
                yield from self._lend()

    @contextmanager
    def _place(self, places: Places) -> Iterator[None]:
        if not places.take(self._wait_seconds):
            raise Unavailable("All connections to the database are in use.")
        try:
            yield
        finally:
            places.give_back()

    def discard_idle(self) -> None:
        """Close the idle connections: the server has gone, and they with it."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.discard()

    def close(self) -> None:
        """Close the idle ones now, the others when they come back."""
        self._closed = True
        self.discard_idle()

    def _lend(self) -> Iterator[Connection]:
        connection = self._take()
        try:
            yield connection
        except BaseException as error:
            # A Timeout or GreenletExit may have struck between a query and its answer.
            if not isinstance(error, Exception):
                connection.discard()
            raise
        finally:
            self._give_back(connection)

    def _take(self) -> Connection:
        if self._closed:
            raise Unavailable("The database is closed.")
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.used_at < IDLE_SECONDS or _answers(connection):
                return connection
            connection.discard()
        return self._connect()

    def _give_back(self, connection: Connection) -> None:
        if self._closed:
            connection.discard()
        if connection.open:
            connection.used_at = time.monotonic()
            self._idle.append(connection)

    def _connect(self) -> Connection:
        try:
            connection = Connection(
                **self._address.as_pymysql(),
                conv=_CONVERSIONS,
                sql_mode=SQL_MODE,
                init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=self._read_seconds,
                write_timeout=READ_SECONDS,
                autocommit=False,
            )
            connection.query(f"SET time_zone = '+00:00', group_concat_max_len = {PACKED_BYTES}")
        except (pymysql.OperationalError, OSError) as error:
            raise Unavailable("The database cannot be reached.") from error
        return connection


def _answers(connection: Connection) -> bool:
    try:
        connection.ping(reconnect=False)
    except (pymysql.Error, OSError):
        return False
    return True
