"""Events that only say that something is to be read again, for a person's own clients."""

import msgspec

from imserver.store.appending import StreamEvent
from imserver.store.values import UserKey

CONVERSATION_CHANGED = "conversation.changed"
PEOPLE_CHANGED = "people.changed"
SETTINGS_CHANGED = "settings.changed"

_encode = msgspec.json.Encoder().encode


def conversation_changed(user: UserKey, conversation_id: str) -> StreamEvent:
    """Return the event that lets the person's clients read the conversation again."""
    return _event(user, CONVERSATION_CHANGED, {"conversation_id": conversation_id}, conversation_id)


def people_changed(user: UserKey, about_id: str) -> StreamEvent:
    """Return the event that lets the person's clients read somebody's profile again."""
    return _event(user, PEOPLE_CHANGED, {"user_id": about_id})


def settings_changed(user: UserKey) -> StreamEvent:
    """Return the event that lets the person's clients read the settings again."""
    return _event(user, SETTINGS_CHANGED, {"user_id": user.user_id})


def _event(user: UserKey, kind: str, fields: dict[str, str], conversation_id: str = "") -> StreamEvent:
    body = _encode(fields)[1:-1]
    return user, kind, conversation_id, 0, body, body
