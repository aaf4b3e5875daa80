"""What a member, or a site, takes along: lines of JSON, each saying what kind it is, and the files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from imserver.files.storage import Storage
from imserver.protocol.types import File
from imserver.store import Store
from imserver.store.database import Row
from imserver.store.values import UserKey

FORMAT = 1
MESSAGES_PER_PAGE = 100
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """``name`` is safe to write: it is made of the file's id alone."""

    name: str
    place: str
    size: int


class Export:
    """Reads in pages, so memory does not grow with what there is.

    A member's holds all that is theirs and all that they may see; never a session, ticket or secret.
    """

    def __init__(self, store: Store, storage: Storage) -> None:
        self._store = store
        self._storage = storage

    def export_member(self, site_id: str, user_id: str) -> Iterator[bytes]:
        """Yield the lines, the profile first; raise NotFound before the first for who is no member."""
        user = UserKey(site_id, user_id)
        profile = self._store.exports.load_profile(user)
        return self._member_lines(user, profile)

    def member_files(self, site_id: str, user_id: str) -> Iterator[ExportedFile]:
        """Yield the files that the person has uploaded and that are still there."""
        for row in self._store.exports.files_of(UserKey(site_id, user_id)):
            yield _file(row)

    def export_site(self, site_id: str) -> Iterator[bytes]:
        """Yield everything of a site but keys, sessions and what only the program needs; raise NotFound."""
        self._store.sites.require_site(site_id)
        return self._site_lines(site_id)

    def site_files(self, site_id: str) -> Iterator[ExportedFile]:
        """Yield all files of a site."""
        for row in self._store.exports.site_rows(site_id, "files"):
            yield ExportedFile(row["file_id"], row["place"], int(row["about"]["size"]))

    def read(self, file: ExportedFile) -> Iterator[bytes]:
        """Return the bytes of a file in pieces; raise NotFound if they are gone."""
        return self._storage.read(file.place, start=0, stop=file.size)

    def _member_lines(self, user: UserKey, profile: dict[str, Any]) -> Iterator[bytes]:
        exports = self._store.exports
        yield _line("export", format=FORMAT, site_id=user.site_id, user_id=user.user_id)
        yield _line("profile", **profile)
        settings = self._store.preferences.load(*user)
        yield _line("settings", **msgspec.to_builtins(settings))
        for kind in exports.kinds:
            for fields in exports.rows_of(user, kind):
                yield _line(kind, **fields)
        for conversation in exports.conversations_of(user):
            yield _line("conversation", **conversation)
            yield from self._messages(user, conversation["id"])
        for row in exports.files_of(user):
            yield _line("file", **msgspec.to_builtins(_about(row[3])), stored_as=_file(row).name)

    def _messages(self, user: UserKey, conversation_id: str) -> Iterator[bytes]:
        """Yield what the person may see of a conversation, the oldest first."""
        after = 0
        while True:
            page = self._store.history.page(
                *user, conversation_id, after_seq=after, limit=MESSAGES_PER_PAGE
            ).data
            if not page:
                return
            for message in page:
                yield _line("message", **msgspec.to_builtins(message))
            after = page[-1].seq

    def _site_lines(self, site_id: str) -> Iterator[bytes]:
        yield _line("export", format=FORMAT, site_id=site_id)
        for table in self._store.exports.site_tables:
            for fields in self._store.exports.site_rows(site_id, table):
                yield _line(table, **{name: value for name, value in fields.items() if name != "site_id"})


def _line(kind: str, /, **fields: Any) -> bytes:
    return _encode({"kind": kind, "data": fields}) + b"\n"


def _about(column: Any) -> File:
    return msgspec.json.decode(column if isinstance(column, str) else bytes(column), type=File)


def _file(row: Row) -> ExportedFile:
    file_id, _, place, about = row
    return ExportedFile(file_id, place, _about(about).size)
