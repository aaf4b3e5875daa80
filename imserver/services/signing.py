"""How a site's server knows that a request is ours: an HMAC over the time and what is said."""

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "X-IM-Signature"


def signature(secrets: Iterable[bytes], said: bytes, *, now_seconds: int) -> str:
    """Return the header's value: ``t=SECONDS,v1=HEX``, with a ``v1`` for each secret.

    HEX is HMAC-SHA256 of ``SECONDS.`` and what is said; with the time in it, what was listened to cannot be
    said again much later.
    """
    signed = b"%d." % now_seconds + said
    marks = [f"v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={now_seconds}", *marks])
