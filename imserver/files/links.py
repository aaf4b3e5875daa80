"""Addresses that prove a right for a while: signed, expiring, bound to site, conversation, file and name.

design: Who may have an address is judged when it is made, and it lives for minutes. Its end is rounded up,
so that who asks again in the meantime gets the same address, and the browser the picture that it has.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec

from imserver.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """``part`` is "file" or "thumb"; ``expires_at`` is in seconds since 1970."""

    site_id: str
    conversation_id: str
    file_id: str
    name: str
    part: str
    expires_at: int


class Links:
    """Makes and checks addresses with one secret."""

    def __init__(self, secret: bytes, *, life_seconds: int) -> None:
        self._secret = secret
        self._life_seconds = life_seconds

    def end_of_life(self, now_seconds: float) -> int:
        """Return when an address that is made now expires: after one to two halves of its life."""
        half = max(1, self._life_seconds // 2)
        return (int(now_seconds) // half + 2) * half

    def address(self, link: Link) -> str:
        """Return the path and query."""
        query = {"c": link.conversation_id, "e": link.expires_at, "p": link.part, "s": self._sign(link)}
        return (
            f"/f/{quote(link.site_id)}/{quote(link.file_id)}/{quote(link.name, safe='')}?{urlencode(query)}"
        )

    def check(self, link: Link, signature: str, *, now_seconds: float) -> None:
        """Raise NotFound unless we have signed this, and it still counts."""
        is_ours = hmac.compare_digest(self._sign(link).encode(), signature.encode(errors="replace"))
        if not is_ours or link.expires_at <= now_seconds:
            raise NotFound

    def _sign(self, link: Link) -> str:
        data = msgspec.json.encode(link)
        digest = hmac.digest(self._secret, data, hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")
