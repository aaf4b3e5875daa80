"""The ids of conversations: random ones, and those that follow from what they are of."""

import base64
import hashlib
from os import urandom

import msgspec

from imserver.store.values import ROOM_PREFIX

# What an id begins with says the kind.
DIRECT_PREFIX, GROUP_PREFIX = "d", "g"


def new_id(prefix: str) -> str:
    """Return an id that nobody guesses."""
    return prefix + _digest(urandom(16))


def direct_id(site_id: str, user_id: str, peer_id: str) -> str:
    """Return the id that two people's conversation has, so that no second key has to keep it single."""
    return DIRECT_PREFIX + _digest(msgspec.json.encode([site_id, *sorted((user_id, peer_id))]))


def derived_group_id(site_id: str, origin: str | list[str]) -> str:
    """Return the id of the group that another program's thread, or set of people, becomes."""
    return GROUP_PREFIX + _digest(msgspec.json.encode([site_id, "import", origin]))


def page_room_id(site_id: str, page: str) -> str:
    """Return the id of the room of a page, for the same reason."""
    return ROOM_PREFIX + _digest(msgspec.json.encode([site_id, page]))


def _digest(data: bytes) -> str:
    return base64.b32encode(hashlib.sha256(data).digest()[:15]).decode().lower()
