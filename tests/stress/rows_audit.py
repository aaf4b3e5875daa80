"""What the stored rows must say when nothing runs any more; in plain SQL, beside the product's queries."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pymysql

from tests.stress.ledger import Ledger

MESSAGES = "SELECT site_id, conversation_id, seq, sender_id, client_id FROM messages ORDER BY 1, 2, 3"
CONVERSATIONS = "SELECT site_id, conversation_id, last_seq FROM conversations"
PARTICIPANTS = "SELECT site_id, conversation_id, user_id FROM participants"
STREAMS = "SELECT site_id, user_id, head, head_tag, floor FROM streams"
INBOX = (
    "SELECT site_id, user_id, useq, tag, conversation_id, seq FROM inbox WHERE kind = 'message.created' "
    "ORDER BY 1, 2, 3"
)
LAST_SEQ = "SELECT last_seq FROM conversations WHERE site_id = %s AND conversation_id = %s"
PUT_OUT = "DELETE FROM participants WHERE site_id = %s AND conversation_id = %s"
# The site of ``neighbours.py``, whose own program counts what they send.
NEIGHBOURS = "neighbours"
# Runs one statement and returns its rows, ids as text.
Read = Callable[..., list[tuple[Any, ...]]]
NUMBERS = "SELECT site_id, user_id, useq, tag FROM inbox ORDER BY 1, 2, 3"


def query(store_url: str, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Run and commit one statement (``%s`` for arguments); return its rows, ids as text."""
    with _connected(store_url) as connection:
        return _rows(connection, sql, *arguments)


@contextmanager
def snapshot(store_url: str) -> Iterator[Read]:
    """Yield what reads the rows as they were at one moment, whatever is still being written."""
    with _connected(store_url) as connection:
        is_sqlite = isinstance(connection, sqlite3.Connection)
        connection.cursor().execute("BEGIN" if is_sqlite else "START TRANSACTION WITH CONSISTENT SNAPSHOT")
        yield partial(_rows, connection)


@contextmanager
def _connected(store_url: str) -> Iterator[Any]:
    parts = urlsplit(store_url)
    if store_url.startswith("sqlite"):
        connection: Any = sqlite3.connect(parts.path[1:], timeout=10, isolation_level=None)
    else:
        (socket,) = parse_qs(parts.query)["unix_socket"]
        connection = pymysql.connect(
            unix_socket=socket, user="root", database=parts.path[1:], autocommit=True, ssl_disabled=True
        )
    try:
        yield connection
    finally:
        connection.close()


def _rows(connection: Any, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql.replace("%s", "?") if isinstance(cursor, sqlite3.Cursor) else sql, arguments)
    return [tuple(_text(value) for value in row) for row in cursor.fetchall()]


def delete_participant(store_url: str, *, site_id: str, conversation_id: str, user_id: str) -> int:
    """Put somebody out under the lock of the conversation's counter; return its last number then."""
    (socket,) = parse_qs(urlsplit(store_url).query)["unix_socket"]
    name = urlsplit(store_url).path[1:]
    connection = pymysql.connect(unix_socket=socket, user="root", database=name, ssl_disabled=True)
    key = (site_id, conversation_id)
    try:
        cursor = connection.cursor()
        cursor.execute(f"{LAST_SEQ} FOR UPDATE", key)
        row = cursor.fetchone()
        cursor.execute(f"{PUT_OUT} AND user_id = %s", (*key, user_id))
        connection.commit()
    finally:
        connection.close()
    return int(row[0])  # type: ignore[index]


def _text(value: Any) -> Any:
    try:
        return value.decode("ascii") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def stored_ids(store_url: str) -> set[str]:
    """Return the client_ids of all stored messages."""
    return {_hex(row[4]) for row in query(store_url, MESSAGES)}


def heads(store_url: str) -> dict[tuple[str, str], int]:
    """Return the number of everybody's newest event."""
    return {row[:2]: row[2] for row in query(store_url, STREAMS)}


def audit(store_url: str, ledger: Ledger) -> Iterator[str]:
    """Yield what is wrong: holes, messages without inbox rows, answers without messages."""
    with snapshot(store_url) as read:
        yield from _audit(read, ledger)


def _audit(read: Read, ledger: Ledger) -> Iterator[str]:
    messages = read(MESSAGES)
    stored: dict[tuple[str, str], list[int]] = defaultdict(list)
    for site_id, conversation_id, seq, *_ in messages:
        stored[site_id, conversation_id].append(seq)
    for site_id, conversation_id, last_seq in read(CONVERSATIONS):
        if stored[site_id, conversation_id] != list(range(1, last_seq + 1)):
            yield f"conversation {conversation_id} has holes or a wrong last_seq"
    yield from _inboxes(read)
    yield from _inboxes_match(read, stored, ledger)
    yield from _answers_match([row for row in messages if row[0] != NEIGHBOURS], ledger)


def _inboxes(read: Read) -> Iterator[str]:
    numbers: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for site_id, user_id, useq, tag in read(NUMBERS):
        numbers[site_id, user_id].append((useq, tag))
    for site_id, user_id, head, head_tag, floor in read(STREAMS):
        have = numbers[site_id, user_id]
        if [useq for useq, _ in have] != list(range(floor + 1, head + 1)):
            yield f"the inbox of {site_id}/{user_id} has holes"
        if have and have[-1][1] != head_tag:
            yield f"the head of {site_id}/{user_id} has another tag than its row"


def _inboxes_match(read: Read, stored: dict[tuple[str, str], list[int]], ledger: Ledger) -> Iterator[str]:
    told: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for site_id, user_id, _, _, conversation_id, seq in read(INBOX):
        told[site_id, user_id, conversation_id].append(seq)
    for site_id, conversation_id, user_id in read(PARTICIPANTS):
        if ((site_id, conversation_id), (site_id, user_id)) in ledger.oracle.last_seqs:
            continue
        if told[site_id, user_id, conversation_id] != stored[site_id, conversation_id]:
            yield f"the inbox of {site_id}/{user_id} does not hold the messages of {conversation_id}"


def _answers_match(messages: list[tuple[Any, ...]], ledger: Ledger) -> Iterator[str]:
    stored = {_hex(row[4]): (row[0], row[1]) for row in messages}
    if len(stored) != len(messages):
        yield "a message is stored twice"
    for client_id in ledger.oracle.acknowledged:
        if stored.pop(client_id, None) is None:
            yield f"{client_id} was acknowledged and is not stored"
    for client_id in stored:
        send = ledger.sends.get(client_id)
        if send is None or send.status:
            yield f"{client_id} is stored, and was {'never sent' if send is None else 'refused'}"


def _hex(client_id: str | bytes) -> str:
    return (client_id.encode("ascii") if isinstance(client_id, str) else client_id).hex()
