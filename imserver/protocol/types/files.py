"""Files as messages name them."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import Answer, ConversationId, Milliseconds, Request

FILES_PER_URLS = 50
FileId = Annotated[str, Meta(pattern="^[0-9A-Za-z_-]{1,64}$")]


class File(Answer, frozen=True, omit_defaults=True):
    """What the server found the file to be; where it lies is asked for by ``/v1/files/urls``."""

    id: FileId
    name: str
    type: str
    size: int
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    duration_ms: int | UnsetType = UNSET
    waveform: list[int] | UnsetType = UNSET
    thumb: bool = False


class FileUrlsRequest(Request, frozen=True):
    """Files of one conversation, those that one has uploaded and not sent yet included."""

    conversation_id: ConversationId
    file_ids: Annotated[list[FileId], Meta(min_length=1, max_length=FILES_PER_URLS)]


class FileUrl(Answer, frozen=True, omit_defaults=True):
    """Paths on this server. Who has one may read the file with it until it expires, without a session."""

    url: str
    expires_at: Milliseconds
    thumb_url: str | UnsetType = UNSET


class FileUrls(Answer, frozen=True):
    """By file id; what is not there, or not for this person, is left out."""

    data: dict[str, FileUrl]


class FileLimits(Answer, frozen=True):
    """What may be uploaded; ``person_bytes`` is 0 where a person's files have no limit."""

    file_bytes: int
    types: list[str]
    person_bytes: int
    used_bytes: int
