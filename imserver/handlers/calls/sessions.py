"""Signing in and out."""

from flask import g

from imserver.handlers.routes import Call, Services, call
from imserver.handlers.wire import client_address, foreign, own_origin
from imserver.protocol import types


@call(
    "POST",
    "/v1/sessions",
    takes=types.OpenSession,
    gives=types.SessionAnswer,
    status=201,
    signed_in=False,
)
def open_session(services: Services, call: Call) -> types.SessionAnswer:
    """Exchange the host's signed token for a session."""
    services.limits.sign_in(client_address(services.trusted_proxies))
    own = own_origin(services.public_url)
    g.site_id = call.body.site
    answer = services.identity.sign_in(call.body.site, call.body.token, origin=call.origin, own_origin=own)
    g.cors_origin = foreign(call.origin, own)
    return answer


@call("DELETE", "/v1/sessions/current", status=204)
def end_session(services: Services, call: Call) -> None:
    """Sign out; the session is of no use from now on, anywhere."""
    services.identity.sign_out(call.session)
