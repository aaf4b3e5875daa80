"""Whose files are where: reserved, ready, sent with a message, dropped, forgotten.

design: a row is written before the bytes are kept and deleted after they have gone, so whatever dies in
between leaves a row that falls due, and never bytes that nobody knows of. What files take is counted in the
transaction that reserves or deletes them.
"""

from collections.abc import Callable, Sequence

import msgspec

from imserver.errors import NotFound, QuotaExceeded
from imserver.protocol.types import File
from imserver.store.database import Database, Row, Transaction
from imserver.store.members import may_read

# (site_id, file_id)
FileKey = tuple[str, str]
UNSENT, PICTURE = 0, -1
# A day is long enough for a draft with a photograph in it to be finished.
UNSENT_MS = 24 * 3600 * 1000
DUE_PER_TRANSACTION = 100
# The row of the site itself among the people's.
_SITE = ""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the store knows it. ``seq``: of its message; 0 not sent yet, -1 a conversation's picture."""

    site_id: str
    user_id: str
    conversation_id: str
    place: str
    thumb_place: str
    thumb_bytes: int
    file: File
    seq: int = UNSENT

    @property
    def key(self) -> FileKey:
        return self.site_id, self.file.id

    def is_claimable(self, user_id: str, conversation_id: str) -> bool:
        """Tell whether this person may send it now, in this conversation."""
        return (self.user_id, self.conversation_id, self.seq) == (user_id, conversation_id, UNSENT)


class Due(msgspec.Struct, frozen=True):
    """A file that nobody can reach any more, whose bytes are still there."""

    site_id: str
    file_id: str
    user_id: str
    place: str
    thumb_place: str
    stored_bytes: int


class Files:
    """The rows; the bytes are the storage's."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def reserve(self, stored: StoredFile, *, person_bytes: int, site_bytes: int) -> None:
        """Count the file before its bytes are kept; raise QuotaExceeded without room for it. 0: no limit."""
        now, taken = self._now_ms(), stored.file.size + stored.thumb_bytes
        row = (
            *stored.key,
            stored.user_id,
            stored.conversation_id,
            stored.place,
            stored.thumb_place,
            stored.thumb_bytes,
            taken,
            msgspec.json.encode(stored.file),
            now + UNSENT_MS,
            now,
        )
        most = {_SITE: site_bytes, stored.user_id: person_bytes}

        def reserve(tx: Transaction) -> None:
            tx.run("insert_files", rows=[row])
            tx.run("add_file_usage", rows=[(stored.site_id, user_id, taken) for user_id in sorted(most)])
            check_usage(tx, stored.site_id, most)

        self._database.write(reserve)

    def check_room(
        self, site_id: str, user_id: str, size: int, *, person_bytes: int, site_bytes: int
    ) -> None:
        """Raise QuotaExceeded if there would be no room for ``size`` more; ``reserve`` has the last word."""
        most = {_SITE: site_bytes, user_id: person_bytes}
        self._database.read(lambda tx: check_usage(tx, site_id, most, coming=size))

    def used_bytes(self, site_id: str, user_id: str) -> int:
        """Return what the person's files take."""
        return self._database.read(lambda tx: _usage(tx, site_id, [user_id])).get(user_id, 0)

    def mark_ready(self, site_id: str, file_id: str) -> None:
        """Let the file be sent and read; raise NotFound when it was swept meanwhile."""
        if not self._database.write(lambda tx: tx.run("mark_file_ready", site_id=site_id, file_id=file_id)):
            raise NotFound

    def load_readable(
        self, site_id: str, user_id: str, conversation_id: str, file_ids: Sequence[str]
    ) -> dict[str, StoredFile]:
        """Return those of the conversation that the person may read, by id.

        Raises NotFound unless they may read the conversation, or are invited and ask for its picture.
        """
        keys = sorted({(site_id, file_id) for file_id in file_ids})

        def load(tx: Transaction) -> list[StoredFile]:
            found = [_stored(row) for row in tx.rows("load_files", pairs=keys)]
            if may_read(tx, site_id, user_id, conversation_id):
                return [one for one in found if one.seq != UNSENT or one.user_id == user_id]
            invited = tx.rows("find_invited", site_id=site_id, conversation_id=conversation_id)
            if user_id not in {row[0] for row in invited}:
                raise NotFound
            return [one for one in found if one.seq == PICTURE]

        found = self._database.read(load)
        return {one.file.id: one for one in found if one.conversation_id == conversation_id}

    def load(self, site_id: str, file_ids: Sequence[str]) -> dict[str, StoredFile]:
        """Return those that are ready and not dropped, by id."""
        keys = sorted({(site_id, file_id) for file_id in file_ids})
        rows = self._database.read(lambda tx: tx.rows("load_files", pairs=keys))
        return {row[1]: _stored(row) for row in rows}

    def drop_unsent(self, site_id: str, user_id: str, file_id: str) -> Due:
        """Make an own file that was not sent unreachable; raise NotFound for any other."""
        now = self._now_ms()

        def drop(tx: Transaction) -> Due:
            found = lock_files(tx, [(site_id, file_id)]).get((site_id, file_id))
            if found is None or (found.user_id, found.seq) != (user_id, UNSENT):
                raise NotFound
            tx.run("drop_file", site_id=site_id, file_id=file_id, now=now)
            return Due(*tx.rows("lock_due_files", pairs=[(site_id, file_id)], now=now)[0])

        return self._database.write(drop)

    def take_due(self) -> list[Due]:
        """Make some files that are due unreachable, and return them; their bytes may go now."""
        now = self._now_ms()
        keys = self._database.read(lambda tx: tx.rows("find_due_files", now=now, limit=DUE_PER_TRANSACTION))
        if not keys:
            return []

        def take(tx: Transaction) -> list[Due]:
            # Some may have been sent since they were found.
            due = [Due(*row) for row in tx.rows("lock_due_files", pairs=keys, now=now)]
            if due:
                tx.run("drop_files", pairs=[(one.site_id, one.file_id) for one in due])
            return due

        return self._database.write(take)

    def forget(self, due: Sequence[Due]) -> None:
        """Delete the rows of files whose bytes have gone, and what they were counted as."""

        def forget(tx: Transaction) -> None:
            keys = sorted((one.site_id, one.file_id) for one in due)
            # Two workers may have taken the same ones: who comes second finds none, and gives nothing back.
            left = {row[:2] for row in tx.rows("lock_due_files", pairs=keys, now=2**62)}
            gone = [one for one in due if (one.site_id, one.file_id) in left]
            if gone:
                tx.run("delete_files", pairs=sorted(left))
                tx.run("add_file_usage", rows=_given_back(gone))

        self._database.write(forget)


def lock_files(tx: Transaction, keys: Sequence[FileKey]) -> dict[FileKey, StoredFile]:
    """Return those that are ready, held until the transaction ends."""
    rows = tx.rows("lock_files", pairs=sorted(set(keys)))
    return {(row[0], row[1]): _stored(row) for row in rows}


def claim_files(tx: Transaction, rows: Sequence[tuple[str, str, int]]) -> None:
    """Give locked files (site_id, file_id) to the message of this seq; from now on they stay."""
    for site_id, file_id, seq in sorted(rows):
        tx.run("claim_file", site_id=site_id, file_id=file_id, seq=seq)


def drop_files(tx: Transaction, site_id: str, conversation_id: str, seq: int, *, now: int) -> None:
    """Make the files of a deleted message unreachable; their bytes go with the next sweep."""
    tx.run("drop_message_files", site_id=site_id, conversation_id=conversation_id, seq=seq, now=now)


def take_picture(tx: Transaction, site_id: str, user_id: str, conversation_id: str, file_id: str) -> None:
    """Make an unsent image the conversation's picture; raise NotFound unless it is the person's, of here."""
    found = lock_files(tx, [(site_id, file_id)]).get((site_id, file_id))
    if found is None or not found.is_claimable(user_id, conversation_id):
        raise NotFound
    if not found.file.type.startswith("image/"):
        raise NotFound
    claim_files(tx, [(site_id, file_id, PICTURE)])


def drop_picture(tx: Transaction, site_id: str, file_id: str, *, now: int) -> None:
    """Make the picture that a conversation had unreachable."""
    tx.run("drop_file", site_id=site_id, file_id=file_id, now=now)


def check_usage(tx: Transaction, site_id: str, most: dict[str, int], *, coming: int = 0) -> None:
    """Raise QuotaExceeded when somebody of ``most`` takes more than that; 0 there is no limit."""
    used = _usage(tx, site_id, sorted(most))
    if any(limit and used.get(user_id, 0) + coming > limit for user_id, limit in most.items()):
        raise QuotaExceeded


def _usage(tx: Transaction, site_id: str, user_ids: list[str]) -> dict[str, int]:
    rows = tx.rows("load_file_usage", site_id=site_id, user_ids=user_ids)
    return {row[0]: int(row[1]) for row in rows}


def _given_back(gone: Sequence[Due]) -> list[tuple[str, str, int]]:
    total: dict[tuple[str, str], int] = {}
    for one in gone:
        for user_id in (_SITE, one.user_id):
            key = one.site_id, user_id
            total[key] = total.get(key, 0) - one.stored_bytes
    return [(*key, count) for key, count in sorted(total.items())]


def _stored(row: Row) -> StoredFile:
    site_id, _, user_id, conversation_id, seq, place, thumb_place, thumb_bytes, about = row
    return StoredFile(
        site_id=site_id,
        user_id=user_id,
        conversation_id=conversation_id,
        seq=seq,
        place=place,
        thumb_place=thumb_place,
        thumb_bytes=thumb_bytes,
        file=msgspec.json.decode(about, type=File),
    )
