"""What a person makes of a conversation: take a stranger's, put it away, let it make no noise."""

from imserver.errors import NotFound
from imserver.store.appending import StreamEvent
from imserver.store.changes import Changes
from imserver.store.database import Transaction
from imserver.store.notices import conversation_changed
from imserver.store.values import UserKey

# participants.request: nothing to answer; a stranger wrote; put away, and not told of any more.
ACCEPTED, PENDING, DECLINED = 0, 1, 2


class Requests:
    """Only the person's own row changes, and only their own devices are told."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def answer(self, site_id: str, user_id: str, conversation_id: str, *, accepted: bool) -> None:
        """Take a stranger's conversation in or put it away; raise NotFound unless the person takes part.

        What nobody asked for cannot be put away: declining any other conversation is no change.
        """
        user = UserKey(site_id, user_id)

        def work(tx: Transaction, _now: int) -> tuple[None, list[StreamEvent]]:
            key = _hold(tx, user, conversation_id)
            changed = tx.run("accept_request", **key) if accepted else tx.run("decline_request", **key)
            return None, [conversation_changed(user, conversation_id)] if changed else []

        self._changes.commit(work)

    def mute(self, site_id: str, user_id: str, conversation_id: str, *, until_ms: int) -> None:
        """Let the conversation make no noise until then; raise NotFound unless the person takes part."""
        user = UserKey(site_id, user_id)

        def work(tx: Transaction, _now: int) -> tuple[None, list[StreamEvent]]:
            key = _hold(tx, user, conversation_id)
            changed = tx.run("mute_conversation", **key, until_ms=until_ms)
            return None, [conversation_changed(user, conversation_id)] if changed else []

        self._changes.commit(work)


def _hold(tx: Transaction, user: UserKey, conversation_id: str) -> dict[str, str]:
    """Lock the conversation; return the key of the person's row in it, or raise NotFound."""
    key = {**user._asdict(), "conversation_id": conversation_id}
    tx.rows("lock_conversations", pairs=[(user.site_id, conversation_id)])
    if not tx.rows("find_participant", **key):
        raise NotFound
    return key
