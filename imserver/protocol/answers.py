"""Poll answers and errors as JSON bytes, put together from events that are encoded already."""

from collections.abc import Mapping, Sequence

import msgspec

from imserver.errors import ServiceError
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import (
    ErrorAnswer,
    ErrorBody,
    OwnPresence,
    OwnPresenceChanged,
    PresenceChange,
    PresenceChanged,
    ResetReason,
)

encode = msgspec.json.Encoder().encode


def poll_answer(
    events: Sequence[bytes],
    cursor: Cursor,
    *,
    more: bool = False,
    presence: str = "",
    reset: ResetReason | None = None,
    retry_ms: int | None = None,
    resets: Mapping[str, ResetReason] | None = None,
) -> bytes:
    """Return the JSON of a ``PollAnswer``; the events go in as they are, without being decoded."""
    tail = f'],"cursor":"{cursor}"'
    if more:
        tail += ',"more":true'
    if presence:
        tail += f',"presence":"{presence}"'
    if reset is not None:
        tail += f',"reset":"{reset.value}"'
    if retry_ms is not None:
        tail += f',"retry_ms":{retry_ms}'
    if resets:
        tail += f',"resets":{encode(resets).decode()}'
    return b'{"events":[' + b",".join(events) + tail.encode() + b"}"


def error_answer(error: ServiceError) -> bytes:
    """Return the JSON of the one shape that every error has."""
    body = ErrorBody(code=error.code, message=str(error))
    if error.retry_after is not None:
        body = ErrorBody(code=error.code, message=str(error), retry_after=error.retry_after)
    return encode(ErrorAnswer(error=body))


def presence_changed(changes: list[PresenceChange]) -> bytes:
    """Return the event that tells a watcher what the people on its screen are now."""
    return encode(PresenceChanged(changes=changes))


def own_presence_changed(own: OwnPresence) -> bytes:
    """Return the event that tells a person's other devices what was chosen on one."""
    return encode(OwnPresenceChanged(own=own))
