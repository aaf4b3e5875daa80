"""What people do with conversations: open, list, send, read on, look back."""

import unicodedata

from imserver.errors import InvalidRequest, InvalidText
from imserver.protocol.types import (
    Conversation,
    ConversationPage,
    MessagePage,
    NewMessage,
    ReadAnswer,
    SentMessages,
    State,
)
from imserver.store import Store
from imserver.store.values import Session
from imserver.store.writer import OnAnswer

HISTORY_LIMIT = (50, 100)
PAGE_LIMIT = (30, 100)
# Layout in a message is a line break or a tab; every other control character is a trick or an accident.
LAYOUT = frozenset("\n\t")
# Unassigned characters count as visible: they may be emoji that are younger than this Python.
INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


class Conversations:
    """Every call is made for the person behind ``session`` and sees what that person may see."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open_direct(self, session: Session, peer_id: str) -> Conversation:
        """Return the direct conversation with ``peer_id``; it is made when there is none yet."""
        return self._store.conversations.open_direct(session.site_id, session.user_id, peer_id)

    def page(self, session: Session, *, cursor: str | None, limit: int | None) -> ConversationPage:
        """Return conversations with messages, the one with the newest first."""
        return self._store.conversations.page_conversations(
            session.site_id, session.user_id, cursor=cursor, limit=within(PAGE_LIMIT, limit)
        )

    def require(self, session: Session, conversation_id: str) -> Conversation:
        """Raise NotFound unless the person takes part in it."""
        return self._store.conversations.require_conversation(
            session.site_id, session.user_id, conversation_id
        )

    def history(
        self,
        session: Session,
        conversation_id: str,
        *,
        before_seq: int | None = None,
        after_seq: int | None = None,
        around_seq: int | None = None,
        limit: int | None,
    ) -> MessagePage:
        """Return stored messages next to a seq, in ascending order; the newest without any."""
        return self._store.history.page(
            session.site_id,
            session.user_id,
            conversation_id,
            before_seq=before_seq,
            after_seq=after_seq,
            around_seq=around_seq,
            limit=within(HISTORY_LIMIT, limit),
        )

    def send(self, session: Session, conversation_id: str, messages: list[NewMessage]) -> SentMessages:
        """Store the messages, all or none, and return after the commit.

        May be repeated with the same client ids for ever. Raises InvalidText, ClientIdConflict,
        NotFound, OutcomeUnknown.
        """
        _check(messages)
        return self._store.writer.send(session.site_id, session.user_id, conversation_id, messages)

    def mark_read(self, session: Session, conversation_id: str, seq: int) -> ReadAnswer:
        """Move the person's watermark up to ``seq``; it never goes back."""
        return self._store.writer.mark_read(session.site_id, session.user_id, conversation_id, seq)

    def submit_send(
        self, session: Session, conversation_id: str, messages: list[NewMessage], on_answer: OnAnswer
    ) -> None:
        """Queue what ``send`` stores; raise what is wrong with the request itself, at once.

        Never blocks. ``on_answer`` gets SentMessages or the error, from the writer, after the commit.
        """
        _check(messages)
        self._store.writer.submit_send(session.site_id, session.user_id, conversation_id, messages, on_answer)

    def submit_read(self, session: Session, conversation_id: str, seq: int, on_answer: OnAnswer) -> None:
        """Queue what ``mark_read`` does; as ``submit_send``."""
        self._store.writer.submit_read(session.site_id, session.user_id, conversation_id, seq, on_answer)

    def state(self, session: Session) -> State:
        """Return one consistent snapshot of what the person's client shows, and its cursor."""
        return self._store.state(session.site_id, session.user_id, PAGE_LIMIT[0])


def _check(messages: list[NewMessage]) -> None:
    if len(messages) > 1 and len({message.client_id for message in messages}) < len(messages):
        raise InvalidRequest("Two messages of one request have the same client_id.")
    for message in messages:
        if message.text or not message.files:
            check_text(message.text)


def check_text(text: str) -> None:
    """Raise InvalidText for a message that nobody could see or that has control characters."""
    if text.isascii() and text.isprintable() and not text.isspace() and text:
        return
    # Each once: in texts of 4,000 characters that were none of ASCII this was a twelfth of a worker's time.
    characters = set(text)
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in LAYOUT for c in characters):
        raise InvalidText("A message has no control characters but line breaks and tabs.")
    if all(unicodedata.category(c) in INVISIBLE for c in characters):
        raise InvalidText


def within(default_and_most: tuple[int, int], limit: int | None) -> int:
    """Return a page's size; raise InvalidRequest for one that is not from 1 to the most."""
    default, most = default_and_most
    if limit is None:
        return default
    if not 1 <= limit <= most:
        raise InvalidRequest(f"limit is a number from 1 to {most}.")
    return limit


def check_beginning(*, q: str, cursor: str | None, offset: int) -> None:
    """Raise InvalidRequest for a page that is to begin behind a row and behind a number of rows."""
    if offset and (q or cursor):
        raise InvalidRequest("offset goes with neither q nor cursor.")
