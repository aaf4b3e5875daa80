"""What a person notes for themselves about a conversation."""

from imserver.errors import NotFound
from imserver.protocol.events import CONVERSATION_CHANGED, conversation_body
from imserver.store.appending import StreamEvent
from imserver.store.changes import Changes
from imserver.store.database import Transaction
from imserver.store.talks import lock_talk


class Marks:
    """Seen by nobody else; the person's own devices hear of them."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def set_unread(self, site_id: str, user_id: str, conversation_id: str, *, on: bool) -> None:
        """Mark the conversation unread by hand, or no longer; reading and writing there end it, too.

        Raises NotFound unless the person takes part.
        """

        def work(tx: Transaction, now: int) -> tuple[None, list[StreamEvent]]:
            talk = lock_talk(tx, site_id, conversation_id, user_id)
            if user_id not in talk.parts:
                raise NotFound
            if not tx.run("set_unread_mark", **talk.key, user_id=user_id, mark=int(on)):
                return None, []
            body = conversation_body(conversation_id)
            return None, [((site_id, user_id), CONVERSATION_CHANGED, conversation_id, 0, body, body)]

        self._changes.commit(work)
