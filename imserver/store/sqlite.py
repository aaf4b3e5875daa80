"""The embedded database: SQLite in WAL mode.

design: writes run as a whole in ONE native thread, because a commit waits for the disk (synchronous=FULL)
and BEGIN IMMEDIATE waits for other workers' locks, up to 5 s; neither may stop the hub. One thread, because
SQLite has one writer anyway and a second would only wait for the first. Reads run on the hub: WAL readers
never wait, and a hop to a thread costs more than the statement. Nothing in the thread touches gevent or logs.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from gevent.threadpool import ThreadPool

from imserver.errors import Conflict, InvalidRequest, StoreError, Unavailable
from imserver.store import migrations
from imserver.store.database import Call, Duplicate, Row, Transaction, TryAgain, with_retries
from imserver.store.statements import SQLITE, Statement, load_statements

T = TypeVar("T")
BUSY_SECONDS = 5.0
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA temp_store=MEMORY",
    # 128 KB a connection instead of 2 MB: the system's page cache holds the file anyway, once for all.
    "PRAGMA cache_size=-128",
)
# Each statement in the writer's thread waits for the hub to hand over the GIL: few long ones are 1.6 times as
# fast as many short ones. Those of the hub have nobody to wait for, and short ones take less memory.
WRITTEN_AT_ONCE = 512
READ_AT_ONCE = 32
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_TAKEN = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
# The disk or the file is in trouble; that may pass, and nothing was stored.
_DOWN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


class SqliteTransaction:
    """Runs named statements on one connection."""

    __slots__ = ("_connection", "_most", "_statements")

    def __init__(
        self, connection: sqlite3.Connection, statements: dict[str, Statement], *, most: int
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._most = most

    def rows(self, name: str, /, **parameters: Any) -> list[Row]:
        """Return all rows of the statement."""
        found: list[Row] = []
        for sql, arguments in self._statements[name].render_parts(parameters, most=self._most):
            found += self._connection.execute(sql, arguments).fetchall()
        return found

    def run(self, name: str, /, **parameters: Any) -> int:
        """Run the statement; return how many rows it changed."""
        texts = list(self._statements[name].render_parts(parameters, most=self._most))
        try:
            if len(texts) == 1:
                return self._connection.execute(*texts[0]).rowcount
            return self._run_parts(texts)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode in _TAKEN:
                raise Duplicate(name) from error
            raise

    def _run_parts(self, texts: list[tuple[str, list[Any]]]) -> int:
        """Run all of them, or none: they are one statement to the caller."""
        self._connection.execute("SAVEPOINT parts")
        try:
            return sum(self._connection.execute(sql, arguments).rowcount for sql, arguments in texts)
        except sqlite3.Error:
            if self._connection.in_transaction:  # a full disk has rolled everything back already
                self._connection.execute("ROLLBACK TO parts")
            raise
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE parts")

    def together(self, calls: Iterable[Call]) -> list[list[Row]]:
        """Run statements one after the other; return the rows of each."""
        answers: list[list[Row]] = []
        taken: Duplicate | None = None
        for name, parameters in calls:
            try:
                answers.append(self._either(name, parameters))
            except Duplicate as error:
                taken = taken or error
        if taken is not None:
            raise taken
        return answers

    def run_all(self, calls: Iterable[Call]) -> int:
        """Run statements one after the other; return how many rows they changed in all."""
        return sum(self.run(name, **parameters) for name, parameters in calls)

    def _either(self, name: str, parameters: dict[str, Any]) -> list[Row]:
        if self._statements[name].gives_rows:
            return self.rows(name, **parameters)
        self.run(name, **parameters)
        return []

    def script(self, sql: str) -> None:
        """Run one statement as it stands."""
        self._connection.execute(sql)


class SqliteDatabase:
    """One file; see the contract in ``database.Database``."""

    writes_at_once = 1

    def __init__(self, path: str) -> None:
        self._path = path
        self._statements = load_statements(SQLITE)
        self._thread = ThreadPool(1)
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._closed = False

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on the hub, on a snapshot."""
        return with_retries(lambda: self._read_once(work))

    snapshot = read

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in the writer's thread and commit; a caller that goes away does not undo it."""
        self._check_open()
        return with_retries(lambda: self._in_thread(lambda: self._write_once(work)))

    def migrate(self, *, now_ms: int) -> list[str]:
        """Apply what is missing, each migration in a transaction of its own."""
        steps = migrations.load_migrations(SQLITE)
        self.write(lambda tx: tx.script(migrations.CREATE_TABLE))
        return [step.label for step in steps if self.write(partial(step.apply, now_ms=now_ms))]

    def plan(self) -> list[str]:
        """Return the names of what is missing."""
        steps = migrations.load_migrations(SQLITE)
        if not Path(self._path).exists():
            return [step.label for step in steps]
        return self.read(lambda tx: migrations.find_missing(tx, steps))

    def close(self) -> None:
        """Wait for the transaction that is running, then close the file."""
        if self._closed:
            return
        self._closed = True
        self._in_thread(self._close_writer)
        self._thread.kill()
        if self._reader is not None:
            self._reader.close()

    def _in_thread(self, call: Callable[[], T]) -> T:
        result, error = self._thread.apply(_outcome, (call,))
        if error is not None:
            raise error
        return cast(T, result)

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The database is closed.")

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error:
            connection.close()  # such as while another process turns WAL on
            raise
        return connection

    def _write_once(self, work: Callable[[Transaction], T]) -> T:
        try:
            if self._writer is None:
                self._writer = self._connect()
            transaction = SqliteTransaction(self._writer, self._statements, most=WRITTEN_AT_ONCE)
            return _transact(self._writer, "BEGIN IMMEDIATE", transaction, work)
        except (sqlite3.Error, UnicodeEncodeError, Duplicate) as error:
            answer = _translate(error)
            if answer is error:
                raise
            raise answer from error

    def _read_once(self, work: Callable[[Transaction], T]) -> T:
        self._check_open()
        try:
            if self._reader is None:
                self._reader = self._connect()
            if self._reader.in_transaction:
                raise StoreError("A read yielded to another greenlet; transactions must not wait.")
            transaction = SqliteTransaction(self._reader, self._statements, most=READ_AT_ONCE)
            return _transact(self._reader, "BEGIN", transaction, work)
        except (sqlite3.Error, UnicodeEncodeError, Duplicate) as error:
            answer = _translate(error)
            if answer is error:
                raise
            raise answer from error


def _outcome(call: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    """Carry an exception out of the thread as a value: gevent prints those that are raised there."""
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - it is raised again on the hub's side
        return None, error


def _transact(
    connection: sqlite3.Connection,
    begin: str,
    transaction: SqliteTransaction,
    work: Callable[[Transaction], T],
) -> T:
    connection.execute(begin)
    try:
        result = work(transaction)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors, such as a full disk, have rolled back already
            connection.execute("ROLLBACK")
        raise
    return result


def _translate(error: Exception) -> Exception:
    if isinstance(error, UnicodeEncodeError):
        return InvalidRequest("The request has text that is not valid Unicode.")
    if isinstance(error, Duplicate):
        return TryAgain(Conflict())
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF in _BUSY:
        return TryAgain(Unavailable("The database is busy."))
    if code & 0xFF in _DOWN:
        return Unavailable("The database cannot write now.")
    return error
