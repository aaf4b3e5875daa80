"""The person's own account: name, password, second step, sessions."""

import binascii

from markupsafe import Markup

from imserver.errors import InvalidRequest
from imserver.handlers.console.table import SIGNED_IN, Answer, Visit, gone_to, notice, page, shown
from imserver.services import second_step

HERE = "/console/account"
RENAMED = notice("renamed", "Your name has been changed.")
CHANGED = notice("password-changed", "Your password has been changed; you are signed out everywhere else.")
ENDED = notice("session-ended", "The session has been ended.")
OTHERS_ENDED = notice("others-ended", "You are signed out everywhere else.")
STEP_OFF = notice("second-step-off", "The second step is off.")


@page("GET", HERE, role=SIGNED_IN, title="Your account")
def account(visit: Visit) -> Answer:
    """Show it."""
    owner = visit.caller.owner
    return shown(
        "account.html",
        owner=owner,
        sessions=visit.desk.owners.sessions(visit.caller),
        codes_left=visit.desk.store.owners.count_codes(owner.owner_id),
        now_ms=visit.desk.now_ms(),
    )


@page("POST", "/console/account/name", role=SIGNED_IN, title="Your account", again=account)
def set_name(visit: Visit) -> Answer:
    """Change the name."""
    visit.desk.owners.set_name(visit.caller, visit.text("name", most=200))
    return gone_to(HERE, done=RENAMED)


@page("POST", "/console/account/password", role=SIGNED_IN, title="Your account", again=account)
def set_password(visit: Visit) -> Answer:
    """Change the password; all other sessions end."""
    visit.desk.owners.set_password(
        visit.caller, old=visit.secret_text("old_password"), new=visit.secret_text("new_password")
    )
    return gone_to(HERE, done=CHANGED)


@page("GET", "/console/account/second-step", role=SIGNED_IN, title="Second step")
def second_step_form(visit: Visit) -> Answer:
    """Show a picture for an authenticator app; nothing is stored before a code proves that it was read."""
    totp = second_step.known_or_fresh(visit.form.get("totp", ""))
    picture = second_step.picture(totp, email=visit.caller.owner.email, issuer="imserver")
    # Made by a library, of digits and our own words.
    return shown("second_step.html", totp=totp, picture=Markup(picture), codes=[])  # noqa: S704


@page("POST", "/console/account/second-step", role=SIGNED_IN, title="Second step", again=second_step_form)
def turn_second_step_on(visit: Visit) -> Answer:
    """Keep the secret and show the recovery codes, once."""
    visit.desk.owners.confirm(visit.caller, visit.secret_text("password"))
    codes = visit.desk.owners.set_second_step(
        visit.caller, visit.required("totp", most=64), visit.required("code", most=20)
    )
    return shown("second_step.html", totp="", picture="", codes=codes)


@page("POST", "/console/account/second-step/off", role=SIGNED_IN, title="Your account", again=account)
def turn_second_step_off(visit: Visit) -> Answer:
    """Forget the secret and the recovery codes."""
    visit.desk.owners.drop_second_step(visit.caller, visit.secret_text("password"))
    return gone_to(HERE, done=STEP_OFF)


@page("POST", "/console/account/sessions/end", role=SIGNED_IN, title="Your account", again=account)
def end_session(visit: Visit) -> Answer:
    """End one session, or all others."""
    wanted = visit.required("session", most=32)
    if wanted == "others":
        visit.desk.owners.end_others(visit.caller)
        return gone_to(HERE, done=OTHERS_ENDED)
    try:
        session_id = binascii.unhexlify(wanted)
    except ValueError as error:
        raise InvalidRequest("There is no such session.") from error
    visit.desk.owners.end_session(visit.caller, session_id)
    return gone_to(HERE, done=ENDED)
