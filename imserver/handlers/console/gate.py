"""Who may pass: the session's cookie, the role, and that a form is one of ours."""

import re
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import NamedTuple

from flask import Response, request

from imserver.errors import Forbidden, NotFound, SignInRefused
from imserver.handlers.console.desk import Desk
from imserver.handlers.console.table import ANYONE, SIGNED_IN, ConsolePage
from imserver.handlers.wire import own_origin
from imserver.services.owners import Caller, form_token, is_form_token
from imserver.store.owner_sessions import FULL, OwnerSession
from imserver.store.owners import RANKS
from imserver.store.values import Site

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
SESSION_COOKIE = "im_console"
# Before anybody has signed in: it only ties a form to the browser that was given it.
FORM_COOKIE = "im_console_form"


# A path of ours and nothing else: no //host, no backslash, no query that somebody else wrote.
INSIDE = re.compile(r"/console/[A-Za-z0-9_./-]*", re.ASCII)


class Passed(NamedTuple):
    """What the gate found; ``secret`` is what the page's forms are tied to, ``fresh`` a cookie to set."""

    caller: Caller | None
    site: Site | None
    rank: int
    secret: str
    fresh: bool


def pass_gate(desk: Desk, page: ConsolePage, path: dict[str, str], form: Mapping[str, str]) -> Passed:
    """Raise SignInRefused for who has to sign in, NotFound for what is not theirs, Forbidden for odd forms.

    A site of somebody else, one that is not there, and a page for a higher role are all NotFound.
    """
    caller = None if page.role == ANYONE else _require_caller(desk)
    rank, site = 0, None
    if caller is not None and page.role != SIGNED_IN:
        site_id = path.get("site_id", "")
        rank = desk.owners.rank(caller.owner, site_id)
        if rank < RANKS[page.role]:
            raise NotFound
        site = desk.store.sites.require_site(site_id) if page.is_of_site else None
    secret = read_cookie(SESSION_COOKIE) if caller else read_cookie(FORM_COOKIE)
    fresh = not secret
    secret = secret or token_urlsafe(32)
    if request.method == "POST":
        _require_own_form(desk, secret, form)
    return Passed(caller, site, rank, secret, fresh and caller is None)


def waiting_session(desk: Desk) -> OwnerSession | None:
    """Return the session of the cookie whatever its stage: for the pages of signing in."""
    return desk.owners.find_session(read_cookie(SESSION_COOKIE))


def read_cookie(name: str) -> str:
    """Return a cookie's value, or nothing."""
    return request.cookies.get(_full_name(name), "")


def set_cookie(response: Response, name: str, value: str) -> None:
    """Give the browser a cookie that scripts cannot read and other websites cannot make it send."""
    response.set_cookie(
        _full_name(name), value, secure=request.is_secure, httponly=True, samesite="Strict", path="/"
    )


def drop_cookie(response: Response, name: str) -> None:
    """Let the browser forget a cookie."""
    response.delete_cookie(
        _full_name(name), secure=request.is_secure, httponly=True, samesite="Strict", path="/"
    )


def require_privacy() -> None:
    """Raise Forbidden where a password should not be typed: over plain HTTP, unless it is on this machine."""
    host = request.host if request.host.endswith("]") else request.host.rsplit(":", 1)[0]
    if not request.is_secure and host not in LOOPBACK_HOSTS:
        raise Forbidden("The console takes passwords over HTTPS only; put a proxy with TLS in front.")


def token_for(passed: Passed) -> str:
    """Return what the forms of this answer carry."""
    return form_token(passed.secret)


def _full_name(name: str) -> str:
    # The prefix keeps other hosts and plain HTTP from planting one; browsers take it over HTTPS only.
    return f"__Host-{name}" if request.is_secure else name


def _require_caller(desk: Desk) -> Caller:
    session = waiting_session(desk)
    if session is None or session.stage != FULL:
        raise SignInRefused("Sign in first.")
    return desk.owners.caller(session)


def _require_own_form(desk: Desk, secret: str, form: Mapping[str, str]) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin != own_origin(desk.public_url):
        raise Forbidden(
            f"This form was sent from {origin[:100]}, and the console is {own_origin(desk.public_url)}. "
            "If both are the console, a proxy hides its address: set server.public_url."
        )
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Forbidden("This form was sent from another website.")
    given = request.headers.get("X-Form-Token") or form.get("form_token", "")
    if not is_form_token(given, secret):
        raise Forbidden("This form is from another session. Go back and load the page again.")
