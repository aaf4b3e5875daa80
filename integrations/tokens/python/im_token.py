"""Signs the members of your community in to the messenger: one file, no library, Python 3.8 or newer.

    site = {"url": "https://im.example.com", "id": "s_9f2", "key_id": "k1", "secret": "..."}
    member = {"id": 42, "name": "Ada", "avatar": "https://forum.example.com/ada.png"}   # None: nobody

    tag(member, site, {"token-url": "/im-token"})        # in every page, anywhere; put it in unescaped
    status, headers, body = answer_token(member, site)   # all that /im-token does

A member may also have url, email, roles, guest, moderator, joined, posts: docs/api.md, "Signing in". If the
messenger asks your server for friends, is_asked_by_messenger() tells whether it is the messenger that asks.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import time

# Long enough for a clock that is minutes off, short enough for a page that was saved: widgets fetch anew.
TOKEN_SECONDS = 600
NAME_CHARACTERS = 80
ADDRESS_CHARACTERS = 500
ID_BYTES = 128
QUESTION_SECONDS = 300
SECRET_BYTES = 32
# Control characters, halves of characters, and those that turn the text around them: all refused in tokens.
REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")
ADDRESS = re.compile(r"https?://[A-Za-z0-9._:-]+(?:[/?#].*)?")
HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def sign_token(member, site, now=None):
    """Return the member's token; raise ValueError if the member or the site is not complete."""
    secret = (site.get("secret") or "").encode()
    if len(secret) < SECRET_BYTES or not site.get("id") or not site.get("key_id"):
        raise ValueError('The site needs id, key_id and secret, as "bin/im site add" printed them.')
    header = {"alg": "HS256", "typ": "JWT", "kid": site["key_id"]}
    claims = _claims(member, site["id"], int(time.time() if now is None else now))
    signed = _segment(header) + b"." + _segment(claims)
    return (signed + b"." + _base64url(hmac.new(secret, signed, hashlib.sha256).digest())).decode()


def tag(member, site, data=None):
    """Return the script tag for a page that the member looks at; "" if nobody is signed in."""
    if member is None:
        return ""
    values = {"site": site["id"], "token": sign_token(member, site), **(data or {})}
    attributes = "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in values.items())
    return f'<script async src="{html.escape(site["url"])}/im.js"{attributes}></script>'


def answer_token(member, site, sec_fetch_site=""):
    """Return status, headers and body for data-token-url: a fresh token, or 401 if nobody is signed in.

    ``sec_fetch_site`` is the request's header of that name: no page of another site has any business here.
    """
    foreign = sec_fetch_site == "cross-site"
    if member is None or foreign:
        return 403 if foreign else 401, dict(HEADERS), b'{"error": "Nobody is signed in."}'
    return 200, dict(HEADERS), json.dumps({"token": sign_token(member, site)}).encode()


def is_asked_by_messenger(signature, user_id, secret, now=None):
    """Tell whether a question for the friends of ``user_id`` is signed, and not older than five minutes.

    ``signature`` is the request's header X-IM-Signature.
    """
    found = re.fullmatch(r"t=([0-9]{1,12})((?:,v1=[0-9a-f]{64})+)", signature)
    if found is None:
        return False
    right = hmac.new(secret.encode(), f"{found[1]}.{user_id}".encode(), hashlib.sha256).hexdigest()
    # All of them, and each in the same time: how long it takes tells nothing.
    is_right = any([hmac.compare_digest(right, given) for given in found[2][4:].split(",v1=")])  # noqa: C419
    return is_right and abs((time.time() if now is None else now) - int(found[1])) <= QUESTION_SECONDS


def _claims(member, site_id, now):
    member = {name: value for name, value in member.items() if value is not None}
    user_id = str(member.pop("id", ""))
    if not user_id or REFUSED.search(user_id) or len(user_id.encode()) > ID_BYTES:
        raise ValueError("A member has an id of 1 to 128 bytes, without control characters.")
    name = REFUSED.sub(" ", str(member.pop("name", ""))).strip()[:NAME_CHARACTERS]
    for claim in ("avatar", "url"):
        if not _is_address(str(member.get(claim, ""))):
            member.pop(claim, None)
    return {**member, "iss": site_id, "sub": user_id, "exp": now + TOKEN_SECONDS, "name": name}


def _is_address(text):
    return bool(ADDRESS.fullmatch(text)) and not REFUSED.search(text) and len(text) <= ADDRESS_CHARACTERS


def _segment(value):
    return _base64url(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
