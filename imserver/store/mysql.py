"""MySQL 8 and MariaDB 10.11, by PyMySQL.

design: write transactions run at READ COMMITTED. All that they judge by is read under row locks taken by
primary key, in one order, and unique keys guard what is inserted; so they need no gap locks, which at
REPEATABLE READ make two commits that insert side by side deadlock, and a plain SELECT after the locks must
see what was committed while it waited for them, not an older snapshot. (The binary log has to be in ROW
format, the default of MySQL 8; MariaDB's MIXED uses rows by itself.) ``snapshot`` asks for REPEATABLE READ.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

import pymysql
from pymysql.constants import CR, ER

from imserver.errors import Conflict, InvalidRequest, OutcomeUnknown, StoreError, Unavailable
from imserver.store import migrations
from imserver.store.database import Call, Duplicate, Row, Transaction, TryAgain, with_retries
from imserver.store.mysql_packed import Packed, find_packed
from imserver.store.mysql_pool import Address, Connection, Pool
from imserver.store.mysql_text import Literals, MysqlStatement, load_mysql_statements
from imserver.store.statements import MYSQL

__all__ = ["Address", "MysqlDatabase"]

T = TypeVar("T")
# Another process may be migrating: wait for it this long at a time, as often as any write is tried.
MIGRATION_LOCK_SECONDS = 10
# A large table is rebuilt without an answer for that long.
MIGRATION_READ_SECONDS = 3_600.0
_LOCK_LOST = {ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT}
# The connection is gone, or the server is going: what it did is undone, unless it was at COMMIT.
_CONNECTION_LOST = {
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_CONN_HOST_ERROR,
    CR.CR_CONNECTION_ERROR,
    CR.CR_SERVER_LOST_EXTENDED,
    ER.SERVER_SHUTDOWN,
    ER.NEW_ABORTING_CONNECTION,
    ER.FORCING_CLOSE,
    ER.NET_READ_ERROR,
    1927,  # MariaDB: connection was killed
}
# The server stands but cannot write now: disk or table full, read-only, too many connections, query killed.
_DOWN = {
    ER.CON_COUNT_ERROR,
    ER.DISK_FULL,
    ER.ERROR_ON_WRITE,
    ER.GET_ERRNO,
    ER.QUERY_INTERRUPTED,
    ER.RECORD_FILE_FULL,
    ER.OPTION_PREVENTS_STATEMENT,
    3,  # the server could not write one of its files
}


class MysqlTransaction:
    """Runs named statements on one connection."""

    __slots__ = ("_connection", "_literals", "_packed", "_statements")

    def __init__(
        self, connection: Connection, statements: dict[str, MysqlStatement], packed: dict[str, Packed]
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._packed = packed
        self._literals = Literals(connection.escape)

    def rows(self, name: str, /, **parameters: Any) -> list[Row]:
        """Return all rows of the statement."""
        if (packed := self._packed.get(name)) is not None:
            rows = self._connection.ask(packed.write(parameters, self._literals))
            return self._unpack(packed, rows, (name, parameters))
        return self._connection.ask(self._statements[name].write(parameters, self._literals))

    def run(self, name: str, /, **parameters: Any) -> int:
        """Run the statement; return how many rows it changed."""
        try:
            return self._connection.query(self._statements[name].write(parameters, self._literals))
        except pymysql.IntegrityError as error:
            if _code(error) == ER.DUP_ENTRY:
                raise Duplicate(name) from error
            raise

    def together(self, calls: Iterable[Call]) -> list[list[Row]]:
        """Run statements one after the other, in one round trip; return the rows of each."""
        asked: list[Call] = []
        answers = self._converse(calls, self._connection.ask_all, asked)
        for number, call in enumerate(asked):
            if (packed := self._packed.get(call[0])) is not None:
                answers[number] = self._unpack(packed, answers[number], call)
        return answers

    def run_all(self, calls: Iterable[Call]) -> int:
        """Run statements as ``together`` does; return how many rows they changed in all."""
        return self._converse(calls, self._connection.run_all, [])

    def _converse(self, calls: Iterable[Call], say: Callable[[Iterator[str]], T], asked: list[Call]) -> T:
        """Say the calls, and note them in ``asked``."""

        def texts() -> Iterator[str]:
            for call in calls:
                asked.append(call)
                name, parameters = call
                yield (self._packed.get(name) or self._statements[name]).write(parameters, self._literals)

        try:
            return say(texts())
        except pymysql.IntegrityError as error:
            if _code(error) == ER.DUP_ENTRY:
                raise Duplicate(" or ".join(name for name, _ in asked)) from error
            raise

    def _unpack(self, packed: Packed, rows: list[Row], call: Call) -> list[Row]:
        found = packed.unpack(rows)
        if found is None:
            # Asked again as it stands: what it locks is locked already.
            name, parameters = call
            return self._connection.ask(self._statements[name].write(parameters, self._literals))
        return found

    def script(self, sql: str) -> None:
        """Run one statement as it stands; adding columns that are there already is done."""
        try:
            self._connection.query(sql)
        except pymysql.OperationalError as error:
            if _code(error) != ER.DUP_FIELDNAME:
                raise


class MysqlDatabase:
    """One schema of a server; see the contract in ``database.Database``."""

    writes_at_once = 2

    def __init__(self, address: Address, *, pool_size: int = 8) -> None:
        self._address = address
        self._statements = load_mysql_statements()
        self._packed = find_packed(self._statements)
        self._pool = Pool(address, size=pool_size)

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``; nothing is committed, so a lost connection only costs another try."""
        return with_retries(lambda: self._attempt(work, pool=self._pool))

    def snapshot(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on one view of the data."""
        return with_retries(lambda: self._attempt(_at_one_moment(work), pool=self._pool))

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` and commit."""
        return with_retries(lambda: self._attempt(work, pool=self._pool, commit=True))

    def migrate(self, *, now_ms: int) -> list[str]:
        """Apply what is missing, under a lock that keeps other processes out.

        DDL commits by itself, so a step that was cut off may have run without being recorded; every
        statement is one that may run twice.
        """
        steps = migrations.load_migrations(MYSQL)
        for step in steps:
            if len(step.statements) != 1:
                raise StoreError(f"{step.label}: on MySQL a migration is one statement.")
        work = partial(self._migrate, steps=steps, now_ms=now_ms)
        pool = Pool(self._address, size=1, read_seconds=MIGRATION_READ_SECONDS)
        try:
            return with_retries(lambda: self._attempt(work, pool=pool, commit=True))
        finally:
            pool.close()

    def plan(self) -> list[str]:
        """Return the names of what is missing."""
        steps = migrations.load_migrations(MYSQL)
        return self.read(lambda tx: migrations.find_missing(tx, steps))

    def close(self) -> None:
        """Close every connection that is not in use, and the others when they come back."""
        self._pool.close()

    def _migrate(self, tx: Transaction, *, steps: list[migrations.Migration], now_ms: int) -> list[str]:
        name = f"imserver:{self._address.database}"[:64]
        if tx.rows("take_migration_lock", name=name, seconds=MIGRATION_LOCK_SECONDS) != [(1,)]:
            raise TryAgain(Unavailable("Another process migrates the database."))
        try:
            tx.script(migrations.CREATE_TABLE)
            return [step.label for step in steps if step.apply(tx, now_ms=now_ms)]
        finally:
            tx.rows("give_migration_lock", name=name)

    def _attempt(self, work: Callable[[MysqlTransaction], T], *, pool: Pool, commit: bool = False) -> T:
        with pool.connection(writes=commit) as connection:
            try:
                result = work(MysqlTransaction(connection, self._statements, self._packed))
                if not commit:
                    connection.rollback()
                    return result
            except Exception as error:
                self._clean(connection, error)
                answer = _translate(error)
                if answer is error:
                    raise
                raise answer from error
            try:
                connection.commit()
            except (pymysql.Error, OSError) as error:
                self._clean(connection, error)
                # Unless it says that it rolled back, the server may have committed and its answer got lost.
                raise (_translate(error) if _code(error) in _LOCK_LOST else OutcomeUnknown()) from error
            return result

    def _clean(self, connection: Connection, error: Exception) -> None:
        """Leave the connection rolled back or closed; a lost one casts doubt on the idle ones too."""
        if _is_lost(error):
            self._pool.discard_idle()
            connection.discard()
            return
        try:
            connection.rollback()
        except (pymysql.Error, OSError):
            connection.discard()


def _at_one_moment(work: Callable[[Transaction], T]) -> Callable[[MysqlTransaction], T]:
    def with_view(tx: MysqlTransaction) -> T:
        tx.script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        tx.script("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        return work(tx)

    return with_view


def _code(error: Exception) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _is_lost(error: Exception) -> bool:
    return isinstance(error, pymysql.InterfaceError | OSError) or _code(error) in _CONNECTION_LOST


def _translate(error: Exception) -> Exception:
    """Return what the caller of the transaction is to see, or TryAgain."""
    if isinstance(error, UnicodeEncodeError):
        return InvalidRequest("The request has text that is not valid Unicode.")
    if isinstance(error, Duplicate):
        return TryAgain(Conflict())
    if not isinstance(error, pymysql.Error | OSError):
        return error
    if isinstance(error.__context__, TimeoutError):
        return Unavailable("The database does not answer.")  # a server that hangs would hang four times
    if _is_lost(error) or _code(error) in _LOCK_LOST:
        return TryAgain(Unavailable("The database cannot be reached or is busy."))
    return Unavailable("The database cannot write now.") if _code(error) in _DOWN else error
