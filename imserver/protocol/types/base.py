"""What every wire type is made of: ids, times, the two roots, errors."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

SiteId = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,31}$", description="A community website.")]
# 128 bytes is what the database keeps; the services count bytes, the schema counts characters.
UserId = Annotated[
    str, Meta(min_length=1, max_length=128, description="The host's id of a person on one site.")
]
ConversationId = Annotated[str, Meta(min_length=1, max_length=32)]
ClientId = Annotated[
    str, Meta(pattern="^[0-9a-f]{32}$", description="128 random bits, made when the person presses Enter.")
]
CursorText = Annotated[str, Meta(max_length=32, description="`useq.tag` of the last event applied.")]
Milliseconds = Annotated[int, Meta(description="Milliseconds since 1970, UTC.")]


class Request(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A body that a client sends."""


class Answer(Struct, frozen=True, kw_only=True):
    """A body that the server sends."""


class ErrorBody(Answer, frozen=True, omit_defaults=True):
    code: str
    message: str
    retry_after: Annotated[float, Meta(description="Seconds.")] | UnsetType = UNSET


class ErrorAnswer(Answer, frozen=True):
    """The one shape of every error."""

    error: ErrorBody
