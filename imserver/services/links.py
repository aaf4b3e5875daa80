"""Links in mails: signed, for one purpose and one person, and only for a while."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

import msgspec

from imserver.errors import LinkExpired, NotFound

SIGNATURE_BYTES = 16


class Link(msgspec.Struct, frozen=True, array_like=True):
    """``conversation_id`` is empty where the purpose is about no conversation."""

    purpose: str
    site_id: str
    user_id: str
    conversation_id: str
    expires_at: int


class Links:
    """``secret`` is asked when it is needed: the database keeps it."""

    def __init__(self, secret: Callable[[], bytes], *, now_ms: Callable[[], int]) -> None:
        self._secret = secret
        self._now_ms = now_ms

    def seal(self, link: Link) -> str:
        """Return the text that stands for the link in an address."""
        body = msgspec.json.encode(link)
        return base64.urlsafe_b64encode(self._sign(body) + body).decode().rstrip("=")

    def open(self, text: str, *, purpose: str) -> Link:
        """Raise NotFound for what was not sealed here for this purpose, LinkExpired when its time is over."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotFound from error
        signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(body)):
            raise NotFound
        link = msgspec.json.decode(body, type=Link)
        if link.purpose != purpose:
            raise NotFound
        if link.expires_at <= self._now_ms():
            raise LinkExpired
        return link

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._secret(), body, hashlib.sha256)[:SIGNATURE_BYTES]
