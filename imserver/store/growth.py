"""How far a room has come, and who of some people is in it: for telling those who do not follow it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imserver.store.database import Database, first_row

# Looked up by the key of who takes part: a few milliseconds, then the loop serves others.
PEOPLE_PER_QUERY = 500


class Growth(NamedTuple):
    """``members`` counts all of the room's."""

    last_seq: int
    last_at: int
    members: int


class GrowthTable:
    """Reads only; of a room of 100,000 never more rows than there are people to be told here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, site_id: str, room: str) -> Growth | None:
        """Return how far the room is; None for what is no room."""
        key = {"site_id": site_id, "conversation_id": room}
        row = first_row(self._database.read(lambda tx: tx.rows("load_growth", **key)))
        return None if row is None else Growth(*row)

    def members_among(
        self, site_id: str, room: str, user_ids: Sequence[str], *, members: int
    ) -> Iterator[list[str]]:
        """Yield those who are in the room, which has ``members``, some hundred at a time. Blocks."""
        key = {"site_id": site_id, "conversation_id": room}
        if members <= len(user_ids):
            here = set(user_ids)
            rows = self._database.read(lambda tx: tx.rows("list_participants", **key))
            yield [row[0] for row in rows if row[0] in here]
            return
        for start in range(0, len(user_ids), PEOPLE_PER_QUERY):
            part = list(user_ids[start : start + PEOPLE_PER_QUERY])
            rows = self._database.read(lambda tx, ids=part: tx.rows("find_participants", **key, user_ids=ids))  # type: ignore[misc]
            yield [row[0] for row in rows]
