"""What is wrong with a token, in the order of causes: what is found first explains what would come later.

Nothing here decides who gets in; ``tokens.read_token`` does, and has the last word here, too.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

import jwt

from imserver.errors import Unauthenticated
from imserver.services.findings import GOOD, Finding, span_text
from imserver.services.tokens import LAST_SECOND, TOKEN_LIFETIME_SECONDS, read_token
from imserver.store.values import Site

ECHO_CHARACTERS = 60
SNIPPET = "Sign it with the snippet of this page, or compare yours with it."


def check_token(token: str, site: Site, *, now_seconds: float, skew_seconds: float) -> list[Finding]:
    """Return what keeps this site from taking the token; one good finding if nothing does."""
    token = token.strip()
    if token.encode() in site.keys.values():
        return [
            Finding(
                code="token_is_secret",
                text="This is the secret itself, not a token.",
                todo="If it stood in a page, anybody may have read it: add a key, use that, retire this one.",
            )
        ]
    try:
        header, claims = _read(token)
    except ValueError as error:
        return [Finding(code="token_malformed", text=f"This is not a signed token: {error}.", todo=SNIPPET)]
    found = [*_form(header, claims, site), *_signature(token, header, site)]
    found += [*_times(claims, now_seconds, skew_seconds), *_subject(claims)]
    return found or [_verdict(token, site, now_seconds, skew_seconds)]


def _verdict(token: str, site: Site, now_seconds: float, skew_seconds: float) -> Finding:
    try:
        person = read_token(
            token, site_id=site.site_id, keys=site.keys, now_seconds=now_seconds, skew_seconds=skew_seconds
        )
    except Unauthenticated as error:
        return Finding(code=error.code, text=str(error), todo=SNIPPET)
    return Finding(
        code="token_good",
        text=f"The token is right: it signs in {person.name} ({person.user_id}).",
        kind=GOOD,
    )


def _read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError(
            f"it has {len(parts)} part{'' if len(parts) == 1 else 's'}, a token has three, with dots between"
        )
    return _segment(parts[0], "first"), _segment(parts[1], "second")


def _segment(text: str, which: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ValueError(f"its {which} part is not JSON in base64url") from error
    if not isinstance(value, dict):
        raise ValueError(f"its {which} part is not a JSON object")
    return value


def _form(header: Mapping[str, Any], claims: Mapping[str, Any], site: Site) -> Iterator[Finding]:
    if header.get("alg") != "HS256":
        yield Finding(
            code="token_algorithm",
            text=f"The token says that it is signed with {_echo(header.get('alg'))}; only HS256 is taken.",
            todo="Choose HS256 where your program signs it.",
        )
    if claims.get("iss") != site.site_id:
        said = "has no iss" if "iss" not in claims else f"is of the site {_echo(claims['iss'])}"
        yield Finding(
            code="token_wrong_site",
            text=f"The token {said}; this site is {site.site_id}.",
            todo=f"Set iss to {site.site_id}.",
        )


def _signature(token: str, header: Mapping[str, Any], site: Site) -> Iterator[Finding]:
    if header.get("alg") != "HS256":
        return
    kid = header.get("kid")
    if kid is not None and kid not in site.keys:
        yield Finding(
            code="token_wrong_key",
            text=f"The token names the key {_echo(kid)}, which this site has not (any more).",
            todo=f"Use the key {' or '.join(site.keys)}, with its own secret.",
        )
        return
    keys = [site.keys[kid]] if kid is not None else list(site.keys.values())
    if not any(_is_signed(token, key) for key in keys):
        yield _forged(token, keys)


def _forged(token: str, keys: list[bytes]) -> Finding:
    for words, mistaken in (
        ("with a line break behind the secret", lambda key: [key + b"\n", key + b"\r\n"]),
        ("with a space around the secret", lambda key: [key + b" ", b" " + key, b" " + key + b" "]),
        ("with the secret in quotes", lambda key: [b'"' + key + b'"', b"'" + key + b"'"]),
        ("with what the secret means in base64, not with its text", _decoded),
    ):
        if any(_is_signed(token, wrong) for key in keys for wrong in mistaken(key)):
            return Finding(
                code="token_forged",
                text=f"The token is signed {words}.",
                todo="Sign it with the secret's text exactly as it was shown.",
            )
    return Finding(
        code="token_forged",
        text="The token is not signed with a live secret of this site.",
        todo="Put the whole secret of the newest key into your server's settings. If it is lost, add a key.",
    )


def _decoded(key: bytes) -> list[bytes]:
    try:
        return [base64.urlsafe_b64decode(key + b"=" * (-len(key) % 4))]
    except (binascii.Error, ValueError):
        return []


def _is_signed(token: str, key: bytes) -> bool:
    head, _, signature = token.rpartition(".")
    algorithm = jwt.get_algorithm_by_name("HS256")
    try:
        given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return False
    return bool(algorithm.verify(head.encode(), algorithm.prepare_key(key), given))


def _times(claims: Mapping[str, Any], now: float, skew: float) -> Iterator[Finding]:
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        yield Finding(
            code="token_exp",
            text="The token has no expiry time." if expires is None else "exp is not a number.",
            todo="Set exp to a number of seconds since 1970, ten minutes from now.",
        )
        return
    if expires > LAST_SECOND:
        yield Finding(
            code="token_exp", text="exp is in milliseconds.", todo="Set exp in seconds: divide it by 1000."
        )
        return
    since = [claims[name] for name in ("iat", "nbf") if isinstance(claims.get(name), int | float)]
    if since and max(since) > now + skew:
        yield Finding(
            code="clock_ahead",
            text=f"Your server's clock is {span_text(max(since) - now)} ahead of ours.",
            todo="Let your server set its clock by NTP (timedatectl set-ntp true).",
        )
    elif expires <= now - skew:
        yield _expired(expires, now)
    elif expires > now + skew + TOKEN_LIFETIME_SECONDS:
        yield Finding(
            code="token_lives_long",
            text=f"The token is good for {span_text(expires - now)}; an hour is the most.",
            todo="Set exp to ten minutes from now. If that is what you do, your server's clock is ahead.",
        )


def _expired(expires: float, now: float) -> Finding:
    return Finding(
        code="token_expired",
        text=f"The token expired {span_text(now - expires)} ago.",
        todo="Take a fresh one from the page. If this one was fresh, your server's clock is behind, or a "
        "cache keeps pages with old tokens.",
    )


def _subject(claims: Mapping[str, Any]) -> Iterator[Finding]:
    subject = claims.get("sub")
    if subject is None or subject == "":
        yield Finding(
            code="token_sub_missing",
            text="The token does not say who the member is: it has no sub.",
            todo="Set sub to the member's id, as a string.",
        )
    elif not isinstance(subject, str):
        yield Finding(
            code="token_sub_number",
            text=f"sub is {_echo(subject)}, and not a string.",
            todo=f'Put it in quotes: "{_echo(subject)}".',
        )


def _echo(value: object) -> str:
    """Return what somebody sent, short enough to be quoted back."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:ECHO_CHARACTERS]
