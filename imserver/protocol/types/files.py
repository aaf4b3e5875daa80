"""Files as messages name them."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from imserver.protocol.types.base import Answer

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
