"""Who is kept out, and what people take along or leave behind."""

from collections.abc import Iterator

from flask import Response

from imserver.handlers.server.routes import IdPageQuery, ServerCall, ServerServices, server_call
from imserver.protocol.types import server as wire

NDJSON = "application/x-ndjson"


@server_call("GET", "/bans", query=IdPageQuery, gives=wire.ServerBanPage)
def server_list_bans(services: ServerServices, call: ServerCall) -> wire.ServerBanPage:
    """List bans, the latest first, also those that are over."""
    return services.bans.page(call.site_id, cursor=call.query.cursor, limit=call.query.limit)


@server_call("GET", "/bans/{user_id}", gives=wire.ServerBan)
def server_get_ban(services: ServerServices, call: ServerCall) -> wire.ServerBan:
    """Read the ban that holds for somebody now; 404 without one."""
    return services.bans.require(call.site_id, call.path["user_id"])


@server_call("PUT", "/bans/{user_id}", takes=wire.PutBan, gives=wire.ServerBan)
def server_put_ban(services: ServerServices, call: ServerCall) -> wire.ServerBan:
    """Keep somebody out: nothing they send is stored from now on, and their devices are signed out."""
    return services.bans.ban(call.site_id, call.path["user_id"], call.body, actor=call.actor)


@server_call("DELETE", "/bans/{user_id}", status=204)
def server_lift_ban(services: ServerServices, call: ServerCall) -> None:
    """Let somebody in again; 404 for who was not banned."""
    services.bans.lift(call.site_id, call.path["user_id"], actor=call.actor)


@server_call("DELETE", "/users/{user_id}", status=204, when_suspended=True)
def server_erase_user(services: ServerServices, call: ServerCall) -> None:
    """Erase a person: nothing that says who they were is left; others' conversations keep their order."""
    services.data.erase(call.site_id, call.path["user_id"], actor=call.actor)


@server_call("GET", "/exports/users/{user_id}", media_type=NDJSON, when_suspended=True)
def server_export_user(services: ServerServices, call: ServerCall) -> Response:
    """Take along all that is a person's: a JSON object per line, as `bin/im export` writes it."""
    return _streamed(services.data.export(call.site_id, call.path["user_id"], actor=call.actor))


@server_call("GET", "/exports/site", media_type=NDJSON, when_suspended=True)
def server_export_site(services: ServerServices, call: ServerCall) -> Response:
    """Take along everything of the site, line by line; that it was taken is on the record."""
    return _streamed(services.data.export_site(call.site_id, actor=call.actor))


def _streamed(lines: Iterator[bytes]) -> Response:
    response = Response(lines, mimetype=NDJSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
