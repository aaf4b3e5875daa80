"""Stored messages of one conversation, in pages by sequence number."""

from typing import NamedTuple

from msgspec import UNSET, UnsetType

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Message, MessagePage
from imserver.store.database import Database, Row, Transaction
from imserver.store.members import may_read
from imserver.store.message_rows import read_messages

# Above every sequence number: the newest page is the one before it.
END_SEQ = 2**62


class History:
    """Read by participants, and a public room by everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        site_id: str,
        user_id: str,
        conversation_id: str,
        *,
        before_seq: int | None = None,
        after_seq: int | None = None,
        around_seq: int | None = None,
        limit: int = 50,
    ) -> MessagePage:
        """Return the messages next to a place, ascending; without a place, the newest.

        ``around_seq`` stands in the middle, if there is enough on both of its sides. Raises NotFound unless
        the person may read there, InvalidRequest if more than one place is given.
        """
        if [before_seq, after_seq, around_seq].count(None) < 2:
            raise InvalidRequest("Give one of before_seq, after_seq and around_seq.")
        where = _Where(site_id, user_id, conversation_id)

        def load(tx: Transaction) -> MessagePage:
            if not may_read(tx, site_id, user_id, conversation_id):
                raise NotFound
            if around_seq is not None:
                return _around(tx, where, around_seq, limit=limit)
            if after_seq is not None:
                rows = where.after(tx, after_seq, limit=limit + 1)
                return MessagePage(data=where.read(tx, rows[:limit]), has_more=len(rows) > limit)
            rows = where.before(tx, END_SEQ if before_seq is None else before_seq, limit=limit + 1)
            return MessagePage(
                data=where.read(tx, rows[limit - 1 :: -1]),
                has_more=len(rows) > limit,
                trimmed_seq=UNSET if len(rows) > limit else where.trimmed_seq(tx),
            )

        return self._database.read(load)


class _Where(NamedTuple):
    site_id: str
    user_id: str
    conversation_id: str

    @property
    def key(self) -> dict[str, str]:
        return {"site_id": self.site_id, "conversation_id": self.conversation_id}

    def before(self, tx: Transaction, seq: int, *, limit: int) -> list[Row]:
        """Return messages before a seq, the newest first."""
        return tx.rows("page_before", **self.key, before_seq=min(seq, END_SEQ), limit=limit)

    def after(self, tx: Transaction, seq: int, *, limit: int) -> list[Row]:
        """Return messages after a seq, the oldest first."""
        return tx.rows("page_after", **self.key, after_seq=min(seq, END_SEQ), limit=limit)

    def trimmed_seq(self, tx: Transaction) -> int | UnsetType:
        """Return up to where messages were deleted for their age; UNSET if none were."""
        rows = tx.rows("find_trimmed", **self.key)
        return rows[0][0] if rows and rows[0][0] else UNSET

    def read(self, tx: Transaction, rows: list[Row]) -> list[Message]:
        return read_messages(tx, self.site_id, self.user_id, [(self.conversation_id, row) for row in rows])


def _around(tx: Transaction, where: _Where, seq: int, *, limit: int) -> MessagePage:
    """Give half of the page to what is before; what one side leaves free the other fills."""
    older = where.before(tx, seq, limit=limit + 1)
    newer = where.after(tx, seq - 1, limit=limit + 1)
    half = limit // 2
    before = max(min(half, len(older)), limit - len(newer))
    shown_older = older[:before]
    shown_newer = newer[: limit - len(shown_older)]
    has_before, has_after = len(older) > len(shown_older), len(newer) > len(shown_newer)
    return MessagePage(
        data=where.read(tx, [*shown_older[::-1], *shown_newer]),
        has_more=has_before or has_after,
        has_before=has_before,
        has_after=has_after,
        trimmed_seq=UNSET if has_before else where.trimmed_seq(tx),
    )
