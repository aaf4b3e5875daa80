"""The host's signed token (JWT, HS256 only): who a person is, vouched for by the site's secret."""

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import jwt

from imserver.errors import TokenExpired, TokenForged, TokenMalformed, TokenNotYetValid, TokenWrongSite
from imserver.store.newcomers import UNKNOWN
from imserver.store.values import Once, Person

# A token is a ticket to a session, not a session: a leaked one is worth an hour at most.
TOKEN_LIFETIME_SECONDS = 3_600
NAME_CHARACTERS = 80
ADDRESS_CHARACTERS = 500
USER_ID_BYTES = 128
JTI_CHARACTERS = 128
EMAIL_CHARACTERS = 254
# Clubs, classes, teams: whoever is in more of them sees nearly everybody anyway.
GROUPS, GROUP_CHARACTERS = 32, 64
COUNTED = 100
# One @, a dot behind it, nothing that a mail's header or a page could take for something else.
EMAIL = re.compile(r"[^\s@<>\"',;:\\()\[\]]+@[^\s@<>\"',;:\\()\[\]]+\.[^\s@<>\"',;:\\()\[\].]+")
# The year 5138: what a host says in milliseconds by mistake is refused, not shown.
LAST_SECOND = 10**11
# Characters that turn the text around them: harmless alone, a disguise in a name.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read_token(
    token: str, *, site_id: str, keys: Mapping[str, bytes], now_seconds: float, skew_seconds: float
) -> Person:
    """Return the person for whom ``token`` vouches.

    ``keys`` are the site's live secrets by key id. Raises TokenMalformed, TokenWrongSite, TokenForged,
    TokenExpired or TokenNotYetValid; a token of which nothing is verified is never trusted for anything
    but the choice among these.
    """
    header, claims = _peek(token)
    if header.get("alg") != "HS256" or "crit" in header:
        raise TokenMalformed("A token is signed with HS256 and has no critical extensions.")
    if claims.get("iss") != site_id:
        raise TokenWrongSite
    _verify(token, keys=_candidates(header, keys))
    _check_times(claims, now_seconds=now_seconds, skew_seconds=skew_seconds)
    return person_of_claims(site_id, claims)


def find_once(token: str, *, skew_seconds: float) -> Once | None:
    """Return what a token that ``read_token`` has accepted is remembered by; None for one without a jti.

    Raises TokenMalformed for a jti that is none.
    """
    _, claims = _peek(token)
    if "jti" not in claims:
        return None
    jti = _text(claims, "jti", characters=JTI_CHARACTERS)
    if not jti:
        raise TokenMalformed("jti is a string that no other token of this site has.")
    token_id = hashlib.sha256(jti.encode()).digest()[:16]
    return Once(token_id, round((claims["exp"] + skew_seconds) * 1000) + 1000)


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenMalformed
    _bytes(parts[2])
    return _segment(parts[0]), _segment(parts[1])


def _bytes(text: str) -> bytes:
    """Return what ``text`` spells. There is one spelling: the library would also read many others."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenMalformed from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise TokenMalformed("Each part of a token is base64url without padding.")
    return raw


def _segment(text: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(text).decode(), object_pairs_hook=_without_repeats, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise TokenMalformed from error
    if not isinstance(value, dict):
        raise TokenMalformed
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers that pick different ones of two equal keys see two different tokens.
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key appears twice")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _candidates(header: Mapping[str, Any], keys: Mapping[str, bytes]) -> list[bytes]:
    kid = header.get("kid")
    if kid is None:
        return list(keys.values())
    if not isinstance(kid, str) or kid not in keys:
        raise TokenForged
    return [keys[kid]]


def _verify(token: str, *, keys: list[bytes]) -> None:
    # Times are checked by us, with the clock that is handed in; this is about the signature alone.
    for key in keys:
        try:
            jwt.decode_complete(token, key, algorithms=["HS256"], options=_SIGNATURE_ONLY)
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError as error:
            raise TokenMalformed from error
        return
    raise TokenForged


_SIGNATURE_ONLY: Any = {
    f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
} | {"verify_signature": True}


def _check_times(claims: Mapping[str, Any], *, now_seconds: float, skew_seconds: float) -> None:
    expires = _time(claims, "exp")
    if expires is None:
        raise TokenMalformed("A token has an expiry time, exp.")
    for claim in ("nbf", "iat"):
        since = _time(claims, claim)
        if since is not None and since > now_seconds + skew_seconds:
            raise TokenNotYetValid
    if expires <= now_seconds - skew_seconds:
        raise TokenExpired
    if expires > now_seconds + skew_seconds + TOKEN_LIFETIME_SECONDS:
        raise TokenMalformed("A token lives for one hour at most.")


def _time(claims: Mapping[str, Any], claim: str) -> float | None:
    value = claims.get(claim)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenMalformed(f"{claim} is a number of seconds since 1970.")
    return value


def person_of_claims(site_id: str, claims: Mapping[str, Any]) -> Person:
    """Return the person whom a host describes so; raise TokenMalformed for what none can be."""
    user_id = _text(claims, "sub", characters=USER_ID_BYTES)
    if not user_id or len(user_id.encode()) > USER_ID_BYTES:
        raise TokenMalformed("sub is the person's id: a string of 1 to 128 bytes.")
    name = _text(claims, "name", characters=NAME_CHARACTERS).strip()
    return Person(
        site_id=site_id,
        user_id=user_id,
        name=name or user_id[:NAME_CHARACTERS],
        avatar=_address(claims, "avatar"),
        url=_address(claims, "url"),
        roles=_roles(claims),
        guest=_flag(claims, "guest"),
        email=_email(claims),
        joined=_joined(claims),
        moderator=_flag(claims, "moderator"),
        posts=_count(claims, "posts"),
        trust=_count(claims, "trust"),
        groups=_groups(claims),
    )


def _text(claims: Mapping[str, Any], claim: str, *, characters: int) -> str:
    value = claims.get(claim, "")
    if not isinstance(value, str) or len(value) > characters:
        raise TokenMalformed(f"{claim} is a string of at most {characters} characters.")
    if any(unicodedata.category(c) in ("Cc", "Cs") or c in BIDI_CONTROLS for c in value):
        raise TokenMalformed(f"{claim} has control characters.")
    return value


def _address(claims: Mapping[str, Any], claim: str) -> str:
    value = _text(claims, claim, characters=ADDRESS_CHARACTERS)
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise TokenMalformed(f"{claim} is not an address.") from error
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise TokenMalformed(f"{claim} is an http or https address.")
    return value


def _flag(claims: Mapping[str, Any], claim: str) -> bool:
    value = claims.get(claim, False)
    if not isinstance(value, bool):
        raise TokenMalformed(f"{claim} is true or false.")
    return value


def _count(claims: Mapping[str, Any], claim: str) -> int:
    """Return a number of 0 or more, no larger than makes a difference; -1 for a claim that is absent."""
    value = claims.get(claim)
    if value is None:
        return UNKNOWN
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TokenMalformed(f"{claim} is a whole number, 0 or more.")
    # A member who writes a thousand posts must not be saved anew after each.
    return min(value, COUNTED)


def _email(claims: Mapping[str, Any]) -> str:
    email = _text(claims, "email", characters=EMAIL_CHARACTERS).strip()
    if email and not EMAIL.fullmatch(email):
        raise TokenMalformed("email is an address such as ada@example.org.")
    return email


def _joined(claims: Mapping[str, Any]) -> int:
    seconds = _time(claims, "joined") or 0
    if not 0 <= seconds <= LAST_SECOND:
        raise TokenMalformed("joined is a number of seconds since 1970.")
    return int(seconds) * 1000


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...]:
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or len(roles) > 16:
        raise TokenMalformed("roles is a list of at most 16 names.")
    return tuple(_text({"roles": role}, "roles", characters=32) for role in roles)


def _groups(claims: Mapping[str, Any]) -> tuple[str, ...]:
    groups = claims.get("groups", [])
    if not isinstance(groups, list):
        raise TokenMalformed("groups is a list of names.")
    return read_groups(groups)


def read_groups(groups: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of groups, each once; raise TokenMalformed for too many, and for what is no name."""
    if len(groups) > GROUPS:
        raise TokenMalformed(f"groups is a list of at most {GROUPS} names.")
    names = [_text({"groups": group}, "groups", characters=GROUP_CHARACTERS) for group in groups]
    return tuple(sorted(set(filter(None, names))))


def sign_token(person: Person, *, keys: Mapping[str, bytes], now_seconds: float) -> str:
    """Return a token as a host would sign it for ``person``, with the newest of the site's keys."""
    kid, secret = list(keys.items())[-1]
    claims = {
        "iss": person.site_id,
        "sub": person.user_id,
        "name": person.name,
        "avatar": person.avatar,
        "url": person.url,
        **({"guest": True} if person.guest else {}),
        **({"moderator": True} if person.moderator else {}),
        **({"email": person.email} if person.email else {}),
        **({"joined": person.joined // 1000} if person.joined else {}),
        **({"posts": person.posts} if person.posts != UNKNOWN else {}),
        **({"trust": person.trust} if person.trust != UNKNOWN else {}),
        **({"groups": list(person.groups)} if person.groups else {}),
        "iat": int(now_seconds),
        "exp": int(now_seconds) + TOKEN_LIFETIME_SECONDS,
    }
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": kid})
