"""Secrets that prove something: 32 random bytes that the client keeps, of which the store keeps a hash."""

import base64
import binascii
import hashlib
import re
from os import urandom

from imserver.errors import Unauthenticated

SECRET_BYTES = 32
# The last letter has two bits that mean nothing: they are zero, so that a secret has one spelling.
_FORM = re.compile(r"([a-z0-9][a-z0-9_-]{0,31})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])", re.ASCII)


def fresh_secret(site_id: str) -> tuple[str, bytes]:
    """Return the text for the client, which names the site, and the id under which it is stored."""
    secret = urandom(SECRET_BYTES)
    text = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return f"{site_id}.{text}", _hash(secret)


def read_secret(text: str) -> tuple[str, bytes]:
    """Return the site and the id behind ``text``; raise Unauthenticated for what no secret looks like."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise Unauthenticated
    try:
        secret = base64.b64decode(match[2] + "=", altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise Unauthenticated from error
    return match[1], _hash(secret)


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()[:16]
