"""Searching messages."""

from imserver.protocol.types.base import Answer, ConversationId
from imserver.protocol.types.messages import Message


class SearchHit(Answer, frozen=True):
    conversation_id: ConversationId
    message: Message


class SearchPage(Answer, frozen=True):
    """``data`` is the newest first. A page may end early, even empty, as long as ``next_cursor`` goes on."""

    data: list[SearchHit]
    next_cursor: str | None = None
