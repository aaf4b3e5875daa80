"""Who of a conversation is told what somebody does there now, such as typing."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from imserver.store.blocks import load_walls
from imserver.store.database import Database, Transaction
from imserver.store.values import ROOM_PREFIX

Key = tuple[str, str]
Wall = tuple[str, str, str]
KEYS_PER_QUERY = 100


class Hearer(NamedTuple):
    """Somebody who takes part. ``shows``: typing is shown and seen; ``shy``: shown by nobody invisible."""

    user_id: str
    shows: bool
    shy: bool


class Hearers(NamedTuple):
    """Who takes part in some conversations, and the walls among them."""

    parts: dict[Key, tuple[Hearer, ...]]
    walls: set[Wall]

    def of(self, key: Key, user_id: str) -> list[str] | None:
        """Return whom to tell of what the person does there; None for one who does not take part."""
        hearers = self.parts.get(key, ())
        me = next((hearer for hearer in hearers if hearer.user_id == user_id), None)
        if me is None:
            return None
        if not me.shows or me.shy:
            return []
        return [
            hearer.user_id
            for hearer in hearers
            if hearer.shows and hearer is not me and (key[0], user_id, hearer.user_id) not in self.walls
        ]


class HearerTable:
    """Asked of the database each time: a block, a switch or an invisible person counts at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, keys: Iterable[Key], who: Iterable[Key]) -> Hearers:
        """Return who takes part in the conversations, rooms left out, and the walls around those who act.

        ``keys`` are pairs of site and conversation, ``who`` of site and person. Both are asked always, so
        that a block costs no query more than none.
        """
        pairs = sorted({key for key in keys if not key[1].startswith(ROOM_PREFIX)})
        actors = sorted(set(who))
        return self._database.read(lambda tx: _load(tx, pairs, actors))


def _load(tx: Transaction, pairs: Sequence[Key], actors: Sequence[Key]) -> Hearers:
    parts: dict[Key, list[Hearer]] = {}
    for start in range(0, len(pairs), KEYS_PER_QUERY):
        chunk = list(pairs[start : start + KEYS_PER_QUERY])
        for site_id, conversation_id, user_id, shows, shy in tx.rows("load_hearers", pairs=chunk):
            parts.setdefault((site_id, conversation_id), []).append(Hearer(user_id, bool(shows), bool(shy)))
    return Hearers({key: tuple(hearers) for key, hearers in parts.items()}, load_walls(tx, actors))
