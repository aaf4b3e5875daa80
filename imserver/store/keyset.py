"""Opaque cursors of lists: the place of the last row, wrapped so that nobody is tempted to build one."""

import base64
import binascii
from typing import TypeVar

import msgspec

from imserver.errors import InvalidCursor

P = TypeVar("P")


def seal(place: msgspec.Struct) -> str:
    """Return the text by which ``open_place`` finds the place again."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def open_place(text: str, kind: type[P]) -> P:
    """Raise InvalidCursor for anything that is not a sealed place of this kind of list."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise InvalidCursor from error
