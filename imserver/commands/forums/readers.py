"""What other programs' databases hold: people, friends, blocks, messages. Nothing of theirs is changed."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from itertools import groupby
from typing import Any, Protocol

import aiosql
import pymysql
from aiosql.adapters.pyformat import PyFormatAdapter
from pymysql.cursors import SSCursor

from imserver.commands.forums.markup import text_of_bbcode, text_of_html, text_of_phpbb, tidy
from imserver.errors import InvalidRequest, Unavailable
from imserver.protocol.types import MESSAGE_CHARACTERS
from imserver.store.bulk_messages import OldMessage
from imserver.store.mysql_pool import Address, connect_plain
from imserver.store.statements import SQL_FOLDER

PREFIX = re.compile(r"[A-Za-z0-9_$]{0,40}")
READ_SECONDS = 3_600
_REPLY = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A person there. ``slug``: what their page's address is made of, where that is not the id."""

    user_id: str
    name: str
    email: str
    joined: int
    slug: str


class Reader(Protocol):
    """One program. Each call reads from the beginning."""

    def people(self) -> Iterator[Account]:
        """Yield everybody who has an account."""

    def friends(self) -> Iterator[tuple[str, str, int]]:
        """Yield (user_id, friend_id, since when, in ms or 0)."""

    def blocks(self) -> Iterator[tuple[str, str]]:
        """Yield (user_id, whom they want to hear nothing of)."""

    def messages(self) -> Iterator[OldMessage]:
        """Yield the messages, oldest first; one that is too long comes in parts."""


class Tables:
    """The statements of ``sql/forums/NAME.sql`` on somebody else's database, read row by row."""

    def __init__(self, name: str, address: Address, *, prefix: str) -> None:
        if not PREFIX.fullmatch(prefix):
            raise InvalidRequest("a prefix of tables has letters, digits and _ only")
        queries = aiosql.from_path(SQL_FOLDER / "forums" / f"{name}.sql", PyFormatAdapter)
        self._texts = {
            query: getattr(queries, query).sql.replace("{prefix}", prefix)
            for query in queries.available_queries
            if not query.endswith("_cursor")
        }
        self._address = address
        self._name = name

    def rows(self, query: str) -> Iterator[Row]:
        """Yield the rows; raise InvalidRequest if the tables are not there."""
        with closing(self._connect()) as connection, connection.cursor(SSCursor) as cursor:
            try:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")
                cursor.execute("SET time_zone = '+00:00'")
                cursor.execute(self._texts[query])
            except pymysql.Error as error:
                raise InvalidRequest(f"these are not the tables of {self._name}: {error.args[-1]}") from error
            yield from iter(cursor.fetchone, None)

    def _connect(self) -> "pymysql.Connection[Any]":
        try:
            return connect_plain(self._address, read_seconds=READ_SECONDS)
        except Unavailable as error:
            raise Unavailable(f"the database of {self._name} cannot be reached") from error


class Phpbb:
    """phpBB 3.0 to 3.3."""

    def __init__(self, address: Address, *, prefix: str) -> None:
        self._tables = Tables("phpbb", address, prefix=prefix)

    def people(self) -> Iterator[Account]:
        """See ``Reader``; names are stored as HTML."""
        for user_id, name, email, joined, slug in self._tables.rows("people"):
            yield Account(user_id, unescape(name).strip() or user_id, email, joined, slug)

    def friends(self) -> Iterator[tuple[str, str, int]]:
        """See ``Reader``."""
        yield from self._tables.rows("friends")

    def blocks(self) -> Iterator[tuple[str, str]]:
        """See ``Reader``."""
        yield from self._tables.rows("blocks")

    def messages(self) -> Iterator[OldMessage]:
        """See ``Reader``; who got a blind copy has it from the author alone."""
        for _, group in groupby(self._tables.rows("messages"), key=lambda row: row[:8]):
            rows = list(group)
            msg_id, author, seconds, subject, text, uid, to_address, bcc_address = rows[0][:8]
            blind = set(_addressed(bcc_address)) - {author}
            people = {row[8] for row in rows} | set(_addressed(to_address))
            yield from _posted(
                f"phpbb-{msg_id}",
                author,
                people - blind,
                blind,
                text=_with_subject(unescape(subject), text_of_phpbb(text, uid)),
                created_at=seconds * 1_000,
                unread_by={row[8] for row in rows if row[9]} - {author},
            )


class Mybb:
    """MyBB 1.8: a copy for everybody."""

    def __init__(self, address: Address, *, prefix: str) -> None:
        self._tables = Tables("mybb", address, prefix=prefix)

    def people(self) -> Iterator[Account]:
        """See ``Reader``."""
        for row in self._tables.rows("people"):
            yield Account(*row)

    def friends(self) -> Iterator[tuple[str, str, int]]:
        """See ``Reader``."""
        for user_id, buddies, _ in self._tables.rows("lists"):
            yield from ((user_id, other, 0) for other in _ids(buddies))

    def blocks(self) -> Iterator[tuple[str, str]]:
        """See ``Reader``."""
        for user_id, _, ignored in self._tables.rows("lists"):
            yield from ((user_id, other) for other in _ids(ignored))

    def messages(self) -> Iterator[OldMessage]:
        """See ``Reader``; what nobody sent, such as notices of the program, is left out.

        What was written to each of many by themselves, in one second, stays between two: that is why the
        recipients tell copies apart, too.
        """
        for _, group in groupby(self._tables.rows("messages"), key=lambda row: (row[6], row[2])):
            copies: dict[tuple[str, str, str], list[Row]] = {}
            for row in group:
                copies.setdefault((row[3], row[4], row[5]), []).append(row)
            for rows in copies.values():
                if rows[0][2] != "0":
                    yield from self._message(rows)

    def _message(self, rows: list[Row]) -> Iterator[OldMessage]:
        pmid, _, author, recipients, subject, text, seconds, _, _ = rows[0]
        blind = set(_serialised(recipients, "bcc")) - {author}
        people = {author, *_serialised(recipients, "to"), *(row[1] for row in rows)}
        yield from _posted(
            f"mybb-{pmid}",
            author,
            people - blind,
            blind,
            text=_with_subject(subject, text_of_bbcode(text)),
            created_at=seconds * 1_000,
            unread_by={row[1] for row in rows if not row[7] and row[8] != 2} - {author},
        )


class Buddypress:
    """BuddyPress, or BuddyBoss: threads of messages in HTML."""

    def __init__(self, address: Address, *, prefix: str) -> None:
        self._tables = Tables("buddypress", address, prefix=prefix)

    def people(self) -> Iterator[Account]:
        """See ``Reader``."""
        for user_id, name, email, joined, slug in self._tables.rows("people"):
            yield Account(user_id, unescape(name).strip() or slug or user_id, email, int(joined or 0), slug)

    def friends(self) -> Iterator[tuple[str, str, int]]:
        """See ``Reader``; a friendship is one row for both."""
        for one, other, since in self._tables.rows("friends"):
            yield one, other, int(since or 0) * 1_000
            yield other, one, int(since or 0) * 1_000

    def blocks(self) -> Iterator[tuple[str, str]]:
        """See ``Reader``; BuddyPress itself knows none."""
        return iter(())

    def messages(self) -> Iterator[OldMessage]:
        """See ``Reader``; the last ``unread_count`` messages of a thread are unread."""
        left: dict[int, int] = {row[0]: row[1] for row in self._tables.rows("threads")}
        deleted = self._deleted()
        for _, group in groupby(self._tables.rows("messages"), key=lambda row: row[0]):
            rows = list(group)
            number, author, seconds, subject, text, thread = rows[0][:6]
            from_here, left[thread] = left.get(thread, 0), left.get(thread, 0) - 1
            if number in deleted:
                continue
            yield from _posted(
                f"buddypress-{number}",
                author,
                {author, *(row[6] for row in rows)},
                set(),
                text=_with_subject(unescape(subject), text_of_html(text)),
                created_at=int(seconds or 0) * 1_000,
                unread_by={row[6] for row in rows if from_here <= row[7]} - {author},
                name=unescape(subject),
                thread=f"buddypress-{thread}",
            )

    def _deleted(self) -> set[int]:
        """Return the messages that BuddyBoss keeps though they were deleted; BuddyPress keeps none."""
        ((can_be_deleted,),) = self._tables.rows("can_be_deleted")
        return {row[0] for row in self._tables.rows("deleted")} if can_be_deleted else set()


def _posted(
    message_id: str,
    author: str,
    people: set[str],
    blind: set[str],
    *,
    text: str,
    created_at: int,
    unread_by: set[str],
    name: str = "",
    thread: str = "",
) -> Iterator[OldMessage]:
    """Yield the message in parts that fit: to all at once, and to each who got it blind.

    One to nobody, or without a word, is yielded as well: somebody has to say that it is not taken.
    """
    ways = [(message_id, people | {author})] if people - {author} or not blind else []
    ways += [(f"{message_id}-{other}", {author, other}) for other in sorted(blind)]
    for way_id, them in ways:
        for number, part in enumerate(list(in_pieces(text)) or [""], 1):
            yield OldMessage(
                message_id=way_id if number == 1 else f"{way_id}.{number}",
                sender_id=author,
                participants=tuple(sorted(them)),
                text=part,
                created_at=created_at,
                unread_by=frozenset(unread_by & them),
                name=name,
                # A thread is kept together only where its people cannot change.
                thread=thread if len(them) > 2 else "",
            )


def in_pieces(text: str, most: int = MESSAGE_CHARACTERS) -> Iterator[str]:
    """Yield pieces of at most so many characters, cut where a paragraph, a line or a word ends."""
    while len(text) > most:
        ends = (text.rfind(mark, most // 2, most) for mark in ("\n\n", "\n", " "))
        cut = next((end for end in ends if end > 0), most)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _with_subject(subject: str, text: str) -> str:
    """Let the first message of a topic begin with what it is about; a reply repeats it for nothing."""
    subject = tidy(subject)
    if not subject or _REPLY.match(subject):
        return text
    return f"{subject}\n{text}" if text else subject


def _addressed(addresses: str) -> list[str]:
    """Return the ids of people in phpBB's ``u_2:u_3:g_5``; of groups, those who got it have a row."""
    return [part[2:] for part in addresses.split(":") if part.startswith("u_") and part[2:].isdigit()]


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip().isdigit()]


def _serialised(recipients: str, kind: str) -> list[str]:
    """Return the ids of MyBB's recipients, which PHP has written: ``to`` or ``bcc``."""
    found = re.search(rf'"{kind}";a:\d+:\{{([^}}]*)\}}', recipients)
    pairs: Iterable[tuple[str, str]] = (
        re.findall(r'i:\d+;(?:s:\d+:"(\d+)"|i:(\d+));', found[1]) if found else []
    )
    return [text or number for text, number in pairs]
