"""What people do with messages after they were sent: change, delete, react, pin, receive, mark unread."""

from collections.abc import Sequence

from imserver.errors import InvalidReaction
from imserver.protocol.emoji import canonical
from imserver.protocol.types import Message, MessagePage
from imserver.services.conversations import check_text
from imserver.store import Store
from imserver.store.values import Session


class Messages:
    """Every call is made for the person behind ``session``; ``edit_seconds`` is how long words may change."""

    def __init__(self, store: Store, *, edit_seconds: int) -> None:
        self._store = store
        self._edit_ms = edit_seconds * 1000

    def edit(
        self, session: Session, conversation_id: str, seq: int, *, text: str, mentions: Sequence[str] | None
    ) -> Message:
        """Return the own message with its new text. Raises what ``Edits.edit`` does, and InvalidText."""
        if text:
            check_text(text)
        return self._store.edits.edit(
            session.site_id,
            session.user_id,
            conversation_id,
            seq=seq,
            text=text,
            mentions=mentions,
            window_ms=self._edit_ms,
        )

    def delete(self, session: Session, conversation_id: str, seq: int) -> Message:
        """Return the tombstone. Raises NotFound, Forbidden."""
        return self._store.edits.delete(session.site_id, session.user_id, conversation_id, seq=seq)

    def react(self, session: Session, conversation_id: str, seq: int, *, emoji: str, on: bool) -> Message:
        """Return the message with its reactions; raise InvalidReaction for what is not one emoji."""
        spelled = canonical(emoji)
        if spelled is None:
            raise InvalidReaction
        return self._store.reactions.react(
            session.site_id, session.user_id, conversation_id, seq=seq, emoji=spelled, on=on
        )

    def pins(self, session: Session, conversation_id: str) -> MessagePage:
        """Return the pinned messages, the last pinned first."""
        return self._store.pins.page(session.site_id, session.user_id, conversation_id)

    def pin(self, session: Session, conversation_id: str, seq: int) -> Message:
        """Return the message, pinned."""
        return self._store.pins.pin(session.site_id, session.user_id, conversation_id, seq=seq)

    def unpin(self, session: Session, conversation_id: str, seq: int) -> Message:
        """Return the message, pinned no longer."""
        return self._store.pins.unpin(session.site_id, session.user_id, conversation_id, seq=seq)

    def set_unread(self, session: Session, conversation_id: str, *, on: bool) -> None:
        """Mark the conversation unread by hand, or no longer."""
        self._store.marks.set_unread(session.site_id, session.user_id, conversation_id, on=on)

    def mark_delivered(self, session: Session, conversation_id: str, seq: int) -> None:
        """Raise the mark of what the person's devices have."""
        self._store.writer.mark_delivered(session.site_id, session.user_id, conversation_id, seq)
