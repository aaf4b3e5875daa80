"""Stored messages of one conversation, in pages by sequence number."""

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import MessagePage
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
        limit: int = 50,
    ) -> MessagePage:
        """Return the messages next to a place, ascending; without a place, the newest.

        Raises NotFound unless the person may read it, InvalidRequest if both places are given.
        """
        if before_seq is not None and after_seq is not None:
            raise InvalidRequest("Give before_seq or after_seq, not both.")
        key = {"site_id": site_id, "conversation_id": conversation_id}

        def load(tx: Transaction) -> MessagePage:
            if not may_read(tx, site_id, user_id, conversation_id):
                raise NotFound
            rows = _page(tx, key, before_seq=before_seq, after_seq=after_seq, limit=limit + 1)
            found = [(conversation_id, row) for row in rows[:limit]]
            data = read_messages(tx, site_id, user_id, found)
            return MessagePage(data=data if after_seq is not None else data[::-1], has_more=len(rows) > limit)

        return self._database.read(load)


def _page(
    tx: Transaction, key: dict[str, str], *, before_seq: int | None, after_seq: int | None, limit: int
) -> list[Row]:
    if after_seq is not None:
        return tx.rows("page_after", **key, after_seq=min(after_seq, END_SEQ), limit=limit)
    before = END_SEQ if before_seq is None else min(before_seq, END_SEQ)
    return tx.rows("page_before", **key, before_seq=before, limit=limit)
