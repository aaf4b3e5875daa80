"""Looking for messages."""

from imserver.errors import InvalidRequest
from imserver.protocol.types import SearchPage
from imserver.services.conversations import within
from imserver.store import Store
from imserver.store.values import Session

SEARCH_LIMIT = (20, 50)
SEARCH_CHARACTERS = 200


class Search:
    """Every call is made for the person behind ``session``, who finds what they may read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self, session: Session, *, q: str, conversation_id: str | None, cursor: str | None, limit: int | None
    ) -> SearchPage:
        """Return messages that have every word of ``q``, the newest first; everywhere or in one conversation.

        Raises NotFound for a conversation that the person may not read, InvalidRequest without a word.
        """
        if len(q) > SEARCH_CHARACTERS:
            raise InvalidRequest(f"q has at most {SEARCH_CHARACTERS} characters.")
        who, size = (session.site_id, session.user_id), within(SEARCH_LIMIT, limit)
        if conversation_id is None:
            return self._store.search.page_everywhere(*who, q=q, cursor=cursor, limit=size)
        return self._store.search.page_conversation(*who, conversation_id, q=q, cursor=cursor, limit=size)
