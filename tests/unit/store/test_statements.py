"""Lists and rows become placeholders, in both dialects, and every query file can be read."""

import re
from pathlib import Path

import pytest

from imserver.errors import StoreError
from imserver.store.exports import Exports
from imserver.store.migrations import load_migrations
from imserver.store.mysql_packed import PACKED
from imserver.store.personal import SITE_TABLES
from imserver.store.statements import MYSQL, SQL_FOLDER, SQLITE, Dialect, Statement, load_statements

BOTH = pytest.mark.parametrize("dialect", [SQLITE, MYSQL], ids=lambda dialect: dialect.name)


def test_scalars_and_lists_become_placeholders() -> None:
    statement = Statement("s", "SELECT a FROM t WHERE b = %(b)s AND a IN (%(ids)s);", dialect=SQLITE)
    assert statement.render({"b": 1, "ids": ["x", "y"]}) == (
        "SELECT a FROM t WHERE b = ? AND a IN (?, ?)",
        [1, "x", "y"],
    )


SELECTED = "SELECT CAST(column1 AS INTEGER), CAST(column2 AS INTEGER) FROM"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        (SQLITE, f"WHERE (a, b) IN ({SELECTED} (VALUES (?, ?), (?, ?)))"),
        (MYSQL, "WHERE (a, b) IN ((%s, %s), (%s, %s))"),
    ],
)
def test_pairs_inside_in_are_written_as_the_dialect_wants(dialect: Dialect, sql: str) -> None:
    statement = Statement("s", "WHERE (a, b) IN (%(pairs)s)", dialect=dialect)
    assert statement.render({"pairs": [(1, 2), (3, 4)]}) == (sql, [1, 2, 3, 4])


@BOTH
def test_rows_after_values_are_the_same_in_both(dialect: Dialect) -> None:
    statement = Statement("s", "INSERT INTO t (a, b) VALUES %(rows)s", dialect=dialect)
    sql, arguments = statement.render({"rows": [(1, None), (b"x", "y")]})
    assert sql.replace("%s", "?") == "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)"
    assert arguments == [1, None, b"x", "y"]


def test_a_value_never_becomes_part_of_the_sql() -> None:
    statement = Statement("s", "SELECT %(a)s, %(b)s", dialect=MYSQL)
    hostile = "%(b)s'; DROP TABLE users; --"
    assert statement.render({"a": hostile, "b": "?"}) == ("SELECT %s, %s", [hostile, "?"])


def test_an_empty_list_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="empty list"):
        Statement("s", "IN (%(ids)s)", dialect=SQLITE).render({"ids": []})


@BOTH
def test_all_query_files_are_read_and_each_name_is_defined_once_per_folder(dialect: Dialect) -> None:
    statements = load_statements(dialect)
    for folder in (SQL_FOLDER / "queries", SQL_FOLDER / "queries" / dialect.name):
        names = [
            name
            for path in folder.glob("*.sql")
            for name in re.findall(r"^-- name: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        ]
        assert len(names) == len(set(names))
        assert set(names) <= set(statements)


def test_both_dialects_know_the_same_names_but_for_the_migration_lock() -> None:
    only = set(load_statements(MYSQL)) ^ set(load_statements(SQLITE))
    assert only == {"take_migration_lock", "give_migration_lock", *(f"{name}_packed" for name in PACKED)}


def test_every_statement_that_the_code_names_exists_and_every_one_is_used() -> None:
    package = Path(__file__).parents[3] / "imserver"
    code = _code_in(package / "store")
    named = set(re.findall(r'(?:tx\.(?:rows|run)\(|yield|\(|\[)\s*"([a-z]+_\w+)", (?:\{|\w+=|\*\*)', code))
    named |= set(re.findall(r'tx\.(?:rows|run)\(\s*"(\w+)"', code))
    known = set(load_statements(MYSQL))
    assert named <= known
    lists = {
        name
        for name in known
        if re.match(
            r"(page|count|seek)_(friends|online|others|everyone)(_online|_offline|_among_\w+)?(_found|_many|_hit)?$",
            name,
        )
    }
    # Those that run one after the other are named in tuples; of these families a table's name makes one.
    families = {f"erase_site_{table}" for table in SITE_TABLES} | {
        f"export_{kind}" for kind in (*Exports.kinds, *(f"site_{table}" for table in Exports.site_tables))
    }
    packed = {f"{name}_packed" for name in PACKED}
    assert families | packed <= known
    # bin/bench asks its private stores things that no service does.
    everywhere = code + _code_in(package / "commands" / "bench")
    assert known - lists - families - packed <= named | set(re.findall(r'"(\w+)"', everywhere))


def _code_in(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))


@BOTH
def test_no_query_is_without_its_site(dialect: Dialect) -> None:
    """What reads across sites is listed here, and is for the server's own upkeep."""
    across = {"list_sites", "list_site_keys", "find_expired_sessions", "page_streams", "ping"}
    across |= {"orphaned_leases", "find_leased", "find_expired_tickets", "find_expired_used_tokens"}
    across |= {"take_mail_watches", "find_due_mail"}
    across |= {"find_due_friend_pulls", "list_hooked_sites", "find_due_webhooks", "find_old_webhook_events"}
    across |= {"look_at_turn", "find_turn", "insert_turn", "take_turn"}
    across |= {"find_due_files", "find_secret", "insert_secret", "list_origins"}
    across |= {"table_sizes", "find_decided_held", "find_old_reports"}
    # Accounts of the console are of no site, and neither is what a link that works once is found by.
    across |= {"list_roles_of", "delete_roles_of", "find_owner_link", "delete_owner_links_of"}
    across |= {"delete_expired_owner_links", "count_all_connected", "list_site_ids", "delete_old_usage"}
    for name, statement in load_statements(dialect).items():
        text = "".join(statement._texts)
        if re.search(r"\b(owners|owner_sessions|owner_codes)\b", text) and "owner_roles" not in text:
            continue
        if "workers" in text or "schema_migrations" in text or "_LOCK(" in text or name in across:
            continue
        assert "site_id" in text, name
        assert {"site_id", "site_ids", "pairs", "triples", "rows"} & set(statement._names), name


@BOTH
def test_migrations_are_numbered_and_alike_in_both(dialect: Dialect) -> None:
    steps = load_migrations(dialect)
    assert [step.label for step in steps] == [step.label for step in load_migrations(SQLITE)]
    if dialect is MYSQL:
        assert [len(step.statements) for step in steps] == [1] * len(steps)


def test_a_gap_and_a_strange_name_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sqlite"
    folder.mkdir()
    (folder / "0002_late.sql").write_text("SELECT 1;")
    with pytest.raises(StoreError, match="not numbered"):
        load_migrations(SQLITE, folder=tmp_path)
    (folder / "first.sql").write_text("SELECT 1;")
    with pytest.raises(StoreError, match=r"first\.sql"):
        load_migrations(SQLITE, folder=tmp_path)


def test_a_better_comment_is_not_an_edit_but_other_sql_is(tmp_path: Path) -> None:
    folder = tmp_path / "sqlite"
    folder.mkdir()
    checksums = []
    for text in ("-- a\nSELECT 1;", "-- b\nSELECT 1;\n", "SELECT 2;"):
        (folder / "0001_x.sql").write_text(text)
        checksums.append(load_migrations(SQLITE, folder=tmp_path)[0].checksum)
    assert checksums[0] == checksums[1] != checksums[2]


def test_long_lists_are_cut_to_few_lengths_that_hold_every_value():
    statement = Statement("find", "SELECT a FROM t WHERE a IN (%(ids)s)", dialect=SQLITE)
    for count in (1, 2, 3, 31, 32, 33, 100):
        parts = list(statement.render_parts({"ids": list(range(count))}, most=32))
        assert {value for _, arguments in parts for value in arguments} == set(range(count))
        assert {len(arguments) for _, arguments in parts} <= {1, 2, 4, 8, 16, 32}


def test_rows_are_cut_to_few_lengths_and_none_stands_twice():
    statement = Statement("add", "INSERT INTO t (a) VALUES %(rows)s", dialect=SQLITE)
    for count in (1, 2, 3, 31, 32, 33, 100):
        parts = list(statement.render_parts({"rows": [(n,) for n in range(count)]}, most=32))
        assert [value for _, arguments in parts for value in arguments] == list(range(count))
        assert {len(arguments) for _, arguments in parts} <= {1, 2, 4, 8, 16, 32}


def test_an_empty_list_is_refused_in_parts_too():
    statement = Statement("find", "SELECT a FROM t WHERE a IN (%(ids)s)", dialect=SQLITE)
    with pytest.raises(ValueError, match="empty list"):
        list(statement.render_parts({"ids": []}, most=32))
