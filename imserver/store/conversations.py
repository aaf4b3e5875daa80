"""Direct conversations: opened by either side. Lists of conversations of every kind, by last activity."""

from collections.abc import Callable

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Conversation, ConversationPage
from imserver.store.conversation_rows import FIRST, ConversationPlace, load_conversation, page_conversations
from imserver.store.database import Database, Transaction
from imserver.store.direct import insert_direct
from imserver.store.ids import direct_id
from imserver.store.keyset import open_place
from imserver.store.people import FORMER_ID


class Conversations:
    """What a person's list of conversations shows."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def open_direct(self, site_id: str, user_id: str, peer_id: str) -> Conversation:
        """Find or create the conversation of two people; the same one whoever opens it, and when.

        Raises NotFound if either is not a person of the site, InvalidRequest if they are the same.
        """
        if user_id == peer_id:
            raise InvalidRequest("A conversation needs another person.")
        if FORMER_ID in (user_id, peer_id):
            raise NotFound
        key = {"site_id": site_id, "conversation_id": direct_id(site_id, user_id, peer_id)}
        found = self._database.read(lambda tx: load_conversation(tx, user_id=user_id, **key))
        if found is not None:
            return found
        now = self._now_ms()

        def create(tx: Transaction) -> Conversation | None:
            insert_direct(tx, site_id, user_id, peer_id, now=now)
            return load_conversation(tx, user_id=user_id, **key)

        return _require(self._database.write(create))

    def require_conversation(self, site_id: str, user_id: str, conversation_id: str) -> Conversation:
        """Raise NotFound unless the person takes part in it, or may read it: a public room."""
        key = {"site_id": site_id, "user_id": user_id, "conversation_id": conversation_id}
        return _require(self._database.snapshot(lambda tx: load_conversation(tx, **key)))

    def page_conversations(
        self, site_id: str, user_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> ConversationPage:
        """Return those that hold a message, and groups and rooms, the most recent first."""
        place = open_place(cursor, ConversationPlace) if cursor else FIRST
        return self._database.snapshot(
            lambda tx: page_conversations(tx, site_id, user_id, place=place, limit=limit)
        )

    def is_participant(self, site_id: str, conversation_id: str, user_id: str) -> bool:
        """Tell whether the person takes part in the conversation, of whatever kind."""
        member = {"site_id": site_id, "conversation_id": conversation_id, "user_id": user_id}
        return bool(self._database.read(lambda tx: tx.rows("find_participant", **member)))

    def load_participants(self, site_id: str, conversation_id: str) -> tuple[str, ...]:
        """Return the ids of all who take part, in order; of a room that may be thousands."""
        key = {"site_id": site_id, "conversation_id": conversation_id}
        rows = self._database.read(lambda tx: tx.rows("list_participants", **key))
        return tuple(row[0] for row in rows)


def _require(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound
    return conversation
