"""What we do ourselves in PyMySQL's place is what PyMySQL does: literals to the letter, rows to the type."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pymysql
import pytest
from gevent.event import Event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imserver.store import open_store
from imserver.store.mysql_packed import find_packed
from imserver.store.mysql_pool import _CONVERSIONS, Connection
from imserver.store.mysql_text import Literals, MysqlStatement, load_mysql_statements
from imserver.store.statements import MYSQL, SQL_FOLDER, Statement
from tests.services import MariaDB, wait_until

HOSTILE = (
    st.text()
    | st.text(alphabet="'\"\\%\0\n\r\x1a;-😀é {}")
    | st.sampled_from(["\\'", "%s", "%(a)s", "'; --"])
)
VALUES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | HOSTILE | st.binary() | st.floats(0, 1e9)
)
MODES = pytest.mark.parametrize("sql_mode", ["STRICT_ALL_TABLES", "NO_BACKSLASH_ESCAPES"])
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def options(mariadb: MariaDB, url: str) -> dict[str, Any]:
    return {
        "unix_socket": str(mariadb.socket),
        "user": "root",
        "database": url.partition("?")[0].rpartition("/")[2],
        "charset": "utf8mb4",
        "conv": _CONVERSIONS,
    }


@pytest.fixture
def connect(mariadb: MariaDB, mariadb_url: str) -> Iterator[Callable[..., Any]]:
    """Give a function that opens a connection of a kind, ours or PyMySQL's."""
    opened: list[Any] = []

    def open_one(kind: Callable[..., Any], **more: Any) -> Any:
        opened.append(kind(**options(mariadb, mariadb_url), **more))
        return opened[-1]

    yield open_one
    for connection in opened:
        if connection.open:
            connection.close()


@MODES
def test_what_is_written_is_what_pymysql_would_write(connect: Callable[..., Any], sql_mode: str) -> None:
    connection = connect(Connection, sql_mode=sql_mode)
    sql = "INSERT INTO t (a, b) VALUES %(rows)s; SELECT %(one)s WHERE a IN (%(few)s)"
    ours, theirs = MysqlStatement("s", sql), Statement("s", sql, dialect=MYSQL)

    @QUICK
    @given(st.lists(st.tuples(VALUES, VALUES), min_size=1), VALUES, st.lists(VALUES, min_size=1))
    def compare(rows: list[Any], one: Any, few: list[Any]) -> None:
        parameters = {"rows": rows, "one": one, "few": few}
        written = ours.write(parameters, Literals(connection.escape))
        text, arguments = theirs.render(parameters)
        assert written.lower() == connection.cursor().mogrify(text, arguments).lower()

    compare()


@MODES
def test_hostile_text_comes_back_as_it_went(connect: Callable[..., Any], sql_mode: str) -> None:
    connection = connect(Connection, sql_mode=sql_mode)
    statement = MysqlStatement("s", "SELECT CONCAT(%(text)s), HEX(%(data)s), %(number)s")

    @QUICK
    @given(HOSTILE, st.binary(), st.integers(-(2**63), 2**63 - 1))
    def round_trip(text: str, data: bytes, number: int) -> None:
        values = {"text": text, "data": data, "number": number}
        rows = connection.ask(statement.write(values, Literals(connection.escape)))
        assert rows == [(text, data.hex().upper(), number)]

    round_trip()


def test_pairs_find_the_same_rows_however_they_are_written(connect: Callable[..., Any]) -> None:
    connection = connect(Connection)
    connection.query("CREATE TABLE pair (a VARBINARY(9), b VARBINARY(9), PRIMARY KEY (a, b))")
    everything = [(a, b) for a in ("", "'", "s", "t") for b in ("", "\\", "x", "y", "z ")]
    literals = Literals(connection.escape)
    connection.query(
        MysqlStatement("i", "INSERT INTO pair VALUES %(rows)s").write({"rows": everything}, literals)
    )
    find = MysqlStatement(
        "f", "SELECT a, b FROM pair p WHERE (p.a, p.b) IN (%(pairs)s) AND 1 = 1 ORDER BY a, b"
    )

    @QUICK
    @given(st.lists(st.sampled_from([*everything, ("s", "absent"), ("absent", "x")]), min_size=1))
    def look(pairs: list[tuple[str, str]]) -> None:
        found = connection.ask(find.write({"pairs": pairs}, literals))
        assert found == sorted(set(pairs) & set(everything))

    look()


def test_no_statement_keeps_pairs_in_the_slow_form() -> None:
    for name, statement in load_mysql_statements().items():
        for parameter in statement._names:
            assert parameter != "pairs" or parameter in statement._columns, name


def columns_of_the_schema() -> set[str]:
    text = "".join(path.read_text() for path in (SQL_FOLDER / "migrations" / "mysql").glob("*.sql"))
    return set(re.findall(r"^ +(?:ADD COLUMN +)?[a-z]\w+ +([A-Z]+(?:\(\d+\))?)", text, re.MULTILINE))


def test_rows_are_read_as_pymysql_reads_them(connect: Callable[..., Any]) -> None:
    """Every type in the schema, NULL, and the lengths at which a column's length is written otherwise."""
    ours, theirs = connect(Connection), connect(pymysql.connections.Connection)
    kinds = [*sorted(columns_of_the_schema()), "LONGBLOB", "DECIMAL(20,3)", "DOUBLE", "DATETIME(3)"]
    assert len(kinds) > 10
    columns = ", ".join(f"c{number} {kind} NULL" for number, kind in enumerate(kinds))
    ours.query(f"CREATE TABLE each_kind (n INTEGER PRIMARY KEY, {columns})")
    for n, length in enumerate((0, 1, 250, 251, 252, 2_000, 65_535, 65_536, 200_000)):
        cells = [cell(kind, length) for kind in kinds]
        ours.query(f"INSERT INTO each_kind VALUES ({n}, {', '.join(cells)})")
    ours.query("INSERT INTO each_kind (n) VALUES (99)")
    ours.commit()
    for sql in (
        "SELECT * FROM each_kind ORDER BY n",
        "SELECT * FROM each_kind WHERE n < 0",
        "SELECT COUNT(*), SUM(n), COALESCE(SUM(n), 0), MAX(c0), n IS NOT NULL FROM each_kind GROUP BY n",
        "SELECT NULL, 1, 'x', '', x'0041', IS_FREE_LOCK('here')",
        "SELECT n.seq, REPEAT('é', n.seq % 300), IF(n.seq % 7, 'a', NULL) FROM seq_1_to_5000 n",
        "SELECT REPEAT('x', 3000000), 1 UNION ALL SELECT '', 2",
    ):
        with theirs.cursor() as cursor:
            cursor.execute(sql)
            expected = list(cursor.fetchall())
            theirs.rollback()
            ours.rollback()
            found = ours.ask(sql)
        assert found == expected
        assert [[type(value) for value in row] for row in found] == [
            [type(value) for value in row] for row in expected
        ]


def cell(kind: str, length: int) -> str:
    room = re.search(r"\((\d+)\)", kind)
    size = min(length, int(room[1]) if room else (65_535 if kind in ("TEXT", "BLOB") else length))
    if kind in ("TEXT", "BLOB", "LONGBLOB") or "BINARY" in kind or "CHAR" in kind:
        return f"REPEAT('y', {size})"
    number = min(length, 127) if kind == "TINYINT" else length
    return "'2026-01-02 03:04:05.678'" if "DATE" in kind else str(number)


def test_an_error_in_the_middle_of_the_rows_is_raised_and_the_connection_goes_on(
    connect: Callable[..., Any],
) -> None:
    connection = connect(Connection)
    with pytest.raises(pymysql.OperationalError) as failure:
        connection.ask("SELECT IF(seq = 4000, (SELECT 1 UNION SELECT 2), REPEAT('x', 99)) FROM seq_1_to_5000")
    assert failure.value.args[0] == pymysql.constants.ER.SUBQUERY_NO_1_ROW
    assert connection.ask("SELECT 1") == [(1,)]


def test_a_server_that_dies_in_the_middle_of_the_rows_is_a_lost_one(
    connect: Callable[..., Any], mariadb: MariaDB
) -> None:
    connection = connect(Connection)
    asking = gevent.spawn(connection.ask, "SELECT seq, REPEAT('x', 9999), SLEEP(0.001) FROM seq_1_to_100000")
    watcher = connect(Connection)
    wait_until(
        lambda: watcher.ask("SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT seq%'")
    )
    mariadb.kill()
    asking.join(timeout=10)
    assert isinstance(asking.exception, pymysql.OperationalError)
    assert not connection.open


def test_a_reader_that_is_struck_in_the_middle_closes_the_connection(connect: Callable[..., Any]) -> None:
    connection = connect(Connection)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.2):
        connection.ask("SELECT seq, REPEAT('x', 9999), SLEEP(0.001) FROM seq_1_to_100000")
    assert not connection.open


def test_a_store_that_speaks_without_backslashes_keeps_hostile_text(
    mariadb: MariaDB, mariadb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a server whose administrator has set NO_BACKSLASH_ESCAPES for everybody."""
    monkeypatch.setattr("imserver.store.mysql_pool.SQL_MODE", "STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES")
    store = open_store(store_url=mariadb_url)
    store.migrate()
    name = "\\' OR 1 = 1; -- %s \\"
    assert store.sites.insert_site(site_id="s", name=name, origins=()).name == name
    assert store.sites.list_sites()[0].name == name
    store.close()


def test_many_questions_are_answered_in_their_order(connect: Callable[..., Any]) -> None:
    connection = connect(Connection)
    connection.query("CREATE TEMPORARY TABLE t (a INTEGER PRIMARY KEY, b VARCHAR(200))")
    rows = ", ".join(f"({number}, '{'x' * 190}')" for number in range(2_000))
    texts = [
        f"INSERT INTO t VALUES {rows}",
        "SELECT a, b FROM t ORDER BY a",
        "SELECT 7",
        "DELETE FROM t",
        "SELECT 8",
    ]
    _, found, seven, _, eight = connection.ask_all(texts)
    assert [row[0] for row in found] == list(range(2_000))
    assert (seven, eight) == ([(7,)], [(8,)])
    assert connection.ask("SELECT 9") == [(9,)]


def test_what_many_statements_change_is_counted_together(connect: Callable[..., Any]) -> None:
    connection = connect(Connection)
    connection.query("CREATE TEMPORARY TABLE t (a INTEGER PRIMARY KEY)")
    insert = "INSERT INTO t VALUES {} ON DUPLICATE KEY UPDATE a = t.a"
    rows = ", ".join(f"({number})" for number in range(30_000))
    assert connection.run_all([insert.format("(1), (2)"), insert.format("(2), (3)"), "DELETE FROM t"]) == 6
    assert connection.run_all(insert.format(rows) for _ in range(3)) == 30_000
    assert connection.ask("SELECT COUNT(*) FROM t") == [(30_000,)]


def test_no_questions_have_no_answers(connect: Callable[..., Any]) -> None:
    assert connect(Connection).ask_all([]) == []


def test_all_answers_are_read_before_an_error_is_raised(connect: Callable[..., Any]) -> None:
    connection = connect(Connection)
    with pytest.raises(pymysql.OperationalError, match="nonsense"):
        connection.ask_all(["SELECT 1", "SELECT nonsense", "SELECT 3"])
    assert connection.ask("SELECT 4") == [(4,)]


def test_a_taken_key_hides_nothing_worse(connect: Callable[..., Any]) -> None:
    connection = connect(Connection)
    connection.query("CREATE TEMPORARY TABLE t (a INTEGER PRIMARY KEY)")
    twice = "INSERT INTO t VALUES (1), (1)"
    with pytest.raises(pymysql.IntegrityError):
        connection.ask_all(["SELECT 1", twice, "SELECT 2"])
    with pytest.raises(pymysql.OperationalError, match="nonsense"):
        connection.ask_all([twice, "SELECT nonsense"])


def test_a_question_that_cannot_be_made_closes_a_connection_with_answers_on_their_way(
    connect: Callable[..., Any],
) -> None:
    def texts() -> Iterator[str]:
        yield "SELECT 1"
        raise KeyError("planning failed")

    connection = connect(Connection)
    with pytest.raises(KeyError):
        connection.ask_all(texts())
    assert not connection.open


def test_packed_rows_are_the_rows_whatever_an_id_holds(mariadb_url: str) -> None:
    store = open_store(store_url=mariadb_url)
    store.migrate()
    plain = ["ada", "b\x00b", "x'00'", "é😀", "z "]
    for ids in (["ada"], ["ada", "é😀", "z "], plain):
        site_id = f"s{len(ids)}"
        rows = [(site_id, user_id, number, 2**32 - 1) for number, user_id in enumerate(ids)]
        keys = [row[:2] for row in rows]

        def look(tx: Any, rows: list[Any] = rows, keys: list[Any] = keys) -> list[Any]:
            tx.run("save_streams", rows=rows)
            absent = ("absent", "ada")
            return [
                tx.rows("lock_streams", pairs=[*keys, absent]),
                *tx.together([("lock_streams", {"pairs": keys}), ("load_heads", {"pairs": [absent]})]),
            ]

        locked, together, nothing = store.database.write(look)
        assert sorted(locked) == sorted(together) == sorted((*row, 0) for row in rows)
        assert [[type(value) for value in row] for row in locked] == [[str, str, int, int, int]] * len(ids)
        assert nothing == []
    store.close()


def test_every_packed_statement_has_the_columns_of_the_plain_one(mariadb_url: str) -> None:
    store = open_store(store_url=mariadb_url)
    store.migrate()
    statements = load_mysql_statements()
    for name, packed in find_packed(statements).items():
        plain = statements[name]._texts[0].partition(" FROM ")[0].removeprefix("SELECT ")
        assert len(plain.split(", ")) == len(packed.kinds), name
        assert packed.statement._texts[0].count("x'00'") == len(packed.kinds)
    store.close()


def test_a_conversation_of_long_and_short_statements_is_answered_in_order(
    connect: Callable[..., Any],
) -> None:
    connection = connect(Connection)
    texts = [f"SELECT {n}, '{'x' * length}'" for n, length in enumerate((1, 9_000, 2, 70_000, 3, 4))]
    answers = connection.ask_all(iter(texts))
    assert [(rows[0][0], len(rows[0][1])) for rows in answers] == [
        (0, 1), (1, 9_000), (2, 2), (3, 70_000), (4, 3), (5, 4),
    ]  # fmt: skip


def test_who_writes_waits_for_no_crowd_of_readers(mariadb_url: str) -> None:
    store = open_store(store_url=mariadb_url, pool_size=4)
    store.migrate()
    database, gate = store.database, Event()
    done: list[str] = []

    def read(tx: Any) -> None:
        tx.rows("load_heads", pairs=[("s", "ada")])
        gate.wait()
        done.append("read")

    readers = [gevent.spawn(database.read, read) for _ in range(6)]
    gevent.sleep(0.05)
    writers = [gevent.spawn(database.write, lambda tx: done.append("written")) for _ in range(2)]
    gevent.joinall(writers, timeout=5, raise_error=True)
    assert done == ["written"] * 2
    gate.set()
    gevent.joinall(readers, timeout=5, raise_error=True)
    store.close()
