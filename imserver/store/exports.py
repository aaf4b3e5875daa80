"""Rows of a member's, or of a site's, in pages: what the exports are made of."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from imserver.errors import NotFound
from imserver.store.database import Database, Row, first_row
from imserver.store.values import UserKey

ROWS_PER_PAGE = 500


class _Rows(NamedTuple):
    """A statement's columns, and which of them say where its next page begins: one, two, or none."""

    columns: str
    place: str = ""


_PROFILE = "user_id name avatar url roles guest email joined moderator created_at seen_at"
_REPORT = "user_id conversation_id seq body sent_at reason note state created_at"
# By kind of line; the statement is export_KIND.
_OF_MEMBERS = {
    "presence": _Rows("chosen status_text changed_at"),
    "friend": _Rows("friend_id created_at", "friend_id"),
    "block": _Rows("other_id created_at", "other_id"),
    "invitation": _Rows("conversation_id inviter_id created_at", "conversation_id"),
    "warning": _Rows("warning_id body created_at", "warning_id"),
    "session": _Rows("created_at expires_at origin", "created_at"),
    "report": _Rows(f"report_id {_REPORT}", "report_id"),
    "reaction": _Rows("conversation_id seq emoji created_at", "conversation_id seq emoji"),
}
_CONVERSATION = _Rows("id kind name role joined_at read_seq last_seq last_at", "id")
_FILE = _Rows("file_id conversation_id place about", "file_id")
_KEPT = _Rows("file_id place bytes thumb_place thumb_bytes", "file_id")
# By table; the statement is export_site_TABLE.
_OF_SITES = {
    "users": _Rows(_PROFILE, "user_id"),
    "roster": _Rows("user_id friend_id created_at", "user_id friend_id"),
    "blocks": _Rows("user_id other_id created_at", "user_id other_id"),
    "conversations": _Rows(
        "conversation_id kind name topic page last_seq last_at created_at", "conversation_id"
    ),
    "participants": _Rows("conversation_id user_id role joined_at read_seq", "conversation_id user_id"),
    "messages": _Rows("conversation_id seq sender_id body created_at extra", "conversation_id seq"),
    "files": _Rows("file_id user_id conversation_id seq place about created_at", "file_id"),
    "reports": _Rows(f"report_id reporter_id {_REPORT}", "report_id"),
}
_TRUTHS = frozenset({"guest", "moderator"})
_JSON = frozenset({"roles", "about", "extra"})


class Exports:
    """Only reads. Each page is a transaction of its own: an export may take hours."""

    kinds = tuple(_OF_MEMBERS)
    site_tables = tuple(_OF_SITES)

    def __init__(self, database: Database) -> None:
        self._database = database

    def load_profile(self, user: UserKey) -> dict[str, Any]:
        """Raise NotFound for who is no member."""
        row = first_row(self._database.read(lambda tx: tx.rows("export_profile", **user._asdict())))
        if row is None:
            raise NotFound
        return _fields(_PROFILE, row)

    def rows_of(self, user: UserKey, kind: str) -> Iterator[dict[str, Any]]:
        """Yield what a member has of one of ``kinds``."""
        rows = _OF_MEMBERS[kind]
        for row in self._pages(f"export_{kind}", rows, **user._asdict()):
            yield _fields(rows.columns, row)

    def conversations_of(self, user: UserKey) -> Iterator[dict[str, Any]]:
        """Yield what the member takes part in, with who else does."""
        for row in self._pages("export_conversation", _CONVERSATION, **user._asdict()):
            key = {"site_id": user.site_id, "conversation_id": row[0]}
            # Of a room only the member: who else is there is not theirs to take along.
            people = [] if row[1] == "room" else self._people(key)
            yield {**_fields(_CONVERSATION.columns, row), "participants": people}

    def files_of(self, user: UserKey) -> Iterator[Row]:
        """Yield (file_id, conversation_id, place, about) of what the member has uploaded."""
        return self._pages("export_file", _FILE, **user._asdict())

    def site_rows(self, site_id: str, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of one of ``site_tables``."""
        rows = _OF_SITES[table]
        for row in self._pages(f"export_site_{table}", rows, site_id=site_id):
            yield _fields(rows.columns, row)

    def kept_files(self, site_id: str) -> Iterator[Row]:
        """Yield (file_id, place, bytes, thumb_place, thumb_bytes) of all files that have their bytes."""
        return self._pages("list_kept_files", _KEPT, site_id=site_id)

    def _people(self, key: dict[str, str]) -> list[str]:
        rows = self._database.read(lambda tx: tx.rows("list_participants", **key))
        return [row[0] for row in rows]

    def _pages(self, name: str, rows: _Rows, **key: Any) -> Iterator[Row]:
        columns, place = rows.columns.split(), rows.place.split()
        where: dict[str, Any] = _beginning(place)
        while True:
            asked = {**key, **where, "limit": ROWS_PER_PAGE}
            found = self._database.read(lambda tx, asked=asked: tx.rows(name, **asked))  # type: ignore[misc]
            yield from found
            if len(found) < ROWS_PER_PAGE or not place:
                return
            last = dict(zip(columns, found[-1], strict=True))
            where = dict(zip(where, (last[column] for column in place), strict=True))


def _beginning(place: list[str]) -> dict[str, Any]:
    """Return the parameters by which the first page is asked for."""
    if len(place) == 3:
        return {name: -1 if name == "seq" else "" for name in place}
    values = [-1 if name in ("seq", "created_at") else "" for name in place]
    return dict(zip(("after", "after_second"), values, strict=False))


def _fields(columns: str, row: Row) -> dict[str, Any]:
    return {name: _plain(name, cell) for name, cell in zip(columns.split(), row, strict=True)}


def _plain(name: str, cell: Any) -> Any:
    if name in _TRUTHS:
        return bool(cell)
    if name in _JSON:
        return None if cell is None else msgspec.json.decode(cell if isinstance(cell, str) else bytes(cell))
    return bytes(cell).decode() if isinstance(cell, bytes | bytearray | memoryview) else cell
