"""Signing in, the code of the second step, signing out."""

from imserver.errors import SignInRefused
from imserver.handlers.console.gate import (
    INSIDE,
    SESSION_COOKIE,
    drop_cookie,
    require_privacy,
    set_cookie,
    waiting_session,
)
from imserver.handlers.console.table import ANYONE, SIGNED_IN, Answer, Visit, gone_to, notice, page, shown
from imserver.services.owners import Visitor
from imserver.store.owner_sessions import WAITS_FOR_CODE

HOME = "/console/"
SIGNED_OUT = notice("signed-out", "You have signed out.")


@page("GET", "/console/sign-in", role=ANYONE, title="Sign in")
def sign_in_form(visit: Visit) -> Answer:
    """Ask for e-mail and password."""
    return shown("sign_in.html", email=visit.form.get("email", ""), next=_next(visit))


@page("POST", "/console/sign-in", role=ANYONE, title="Sign in", again=sign_in_form)
def sign_in(visit: Visit) -> Answer:
    """Open a session, or one that waits for a code."""
    require_privacy()
    secret, waits = visit.desk.owners.sign_in(
        visit.text("email", most=254),
        visit.secret_text("password"),
        Visitor(visit.address, visit.agent),
        old=waiting_session(visit.desk),
    )
    where = _next(visit)
    response = gone_to(f"/console/code?next={where}" if waits else where)
    set_cookie(response, SESSION_COOKIE, secret)
    return response


@page("GET", "/console/code", role=ANYONE, title="Second step")
def code_form(visit: Visit) -> Answer:
    """Ask for the code of the second step."""
    waiting = waiting_session(visit.desk)
    if waiting is None or waiting.stage != WAITS_FOR_CODE:
        return gone_to("/console/sign-in")
    return shown("code.html", next=_next(visit))


@page("POST", "/console/code", role=ANYONE, title="Second step", again=code_form)
def check_code(visit: Visit) -> Answer:
    """Take a code, or a recovery code, and open the real session in the waiting one's place."""
    waiting = waiting_session(visit.desk)
    if waiting is None or waiting.stage != WAITS_FOR_CODE:
        raise SignInRefused("This took too long; sign in again.")
    secret = visit.desk.owners.finish_sign_in(
        waiting, visit.text("code", most=40), Visitor(visit.address, visit.agent)
    )
    response = gone_to(_next(visit))
    set_cookie(response, SESSION_COOKIE, secret)
    return response


@page("POST", "/console/sign-out", role=SIGNED_IN)
def sign_out(visit: Visit) -> Answer:
    """End the session."""
    visit.desk.owners.sign_out(visit.caller.session)
    response = gone_to("/console/sign-in", done=SIGNED_OUT)
    drop_cookie(response, SESSION_COOKIE)
    return response


def _next(visit: Visit) -> str:
    where = visit.form.get("next") or visit.query.get("next", "")
    return where if INSIDE.fullmatch(where) else HOME
