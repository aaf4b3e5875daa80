"""What is in the tables, read past the application."""

import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pymysql

# A worker's own records come and go with time, not with requests.
OF_WORKERS = frozenset(
    {"workers", "leases", "schema_migrations", "search_terms", "search_marks", "mail_watches"}
)
# And so do events that are brought, and lists that are fetched, behind the back of whoever asks.
OF_WORKERS |= {"turns", "webhook_outbox", "webhook_heads", "webhook_log", "webhook_posts", "friend_pulls"}


def count_rows(store_url: str) -> dict[str, int]:
    """Return how many rows each table holds that requests can write to."""
    with closing(_connect(store_url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if store_url.startswith("sqlite")
            else "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() "
            "AND table_type = 'BASE TABLE'"
        )
        tables = sorted({row[0] for row in cursor.fetchall()} - OF_WORKERS)
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            counts[table] = int(cursor.fetchone()[0])
    return counts


def count_leases(store_url: str, user_id: str) -> int:
    """Return how many workers hold a lease of the person, whose id needs no quoting."""
    with closing(_connect(store_url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM leases WHERE user_id = '{user_id}'")
        return int(cursor.fetchone()[0])


def read_row(store_url: str, select: str, key: dict[str, str]) -> tuple[Any, ...]:
    """Return the one row with this key, with texts as text; values of ``key`` need no quoting."""
    where = " AND ".join(f"{name} = '{value}'" for name, value in key.items())
    with closing(_connect(store_url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"{select} WHERE {where}")
        (row,) = cursor.fetchall()
    return tuple(cell.decode() if isinstance(cell, bytes) else cell for cell in row)


def read_rows(store_url: str, select: str) -> list[tuple[Any, ...]]:
    """Return all rows, with texts as text."""
    with closing(_connect(store_url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(select)
        return [tuple(_text(cell) for cell in row) for row in cursor.fetchall()]


def list_columns(store_url: str) -> dict[str, list[str]]:
    """Return the columns of every table."""
    if store_url.startswith("sqlite"):
        tables = read_rows(
            store_url, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_stat1'"
        )
        return {
            table: [row[1] for row in read_rows(store_url, f"PRAGMA table_info({table})")]
            for (table,) in tables
        }
    found: dict[str, list[str]] = {}
    rows = read_rows(
        store_url,
        "SELECT c.table_name, c.column_name FROM information_schema.columns c "
        "JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
        "WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'",
    )
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def _text(cell: Any) -> Any:
    try:
        return cell.decode() if isinstance(cell, bytes) else cell
    except UnicodeDecodeError:
        return cell


def _connect(store_url: str) -> "sqlite3.Connection | pymysql.Connection":
    parts = urlsplit(store_url)
    if parts.scheme == "sqlite":
        return sqlite3.connect(parts.path[1:])
    unix_socket = parse_qs(parts.query)["unix_socket"][0]
    # Without this, each connection makes a TLS context, which takes longer than all that is asked over it.
    return pymysql.connect(
        unix_socket=unix_socket,
        user="root",
        database=parts.path[1:],
        charset="utf8mb4",
        ssl_disabled=True,
    )
