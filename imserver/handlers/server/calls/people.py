"""The site's people: described, listed, looked up."""

from imserver.handlers.server.routes import IdPageQuery, ServerCall, ServerServices, server_call
from imserver.protocol.types import server as wire


@server_call("GET", "/site", gives=wire.SiteInfo)
def server_get_site(services: ServerServices, call: ServerCall) -> wire.SiteInfo:
    """Read which site the key belongs to."""
    return services.desk.site(call.site_id)


@server_call("GET", "/users", query=IdPageQuery, gives=wire.ServerUserPage)
def server_list_users(services: ServerServices, call: ServerCall) -> wire.ServerUserPage:
    """List the site's people by id."""
    return services.desk.page(call.site_id, cursor=call.query.cursor, limit=call.query.limit)


@server_call("PUT", "/users", takes=wire.PutUsers, gives=wire.UsersSaved)
def server_put_users(services: ServerServices, call: ServerCall) -> wire.UsersSaved:
    """Describe up to 1,000 people, all or none; who is as before costs next to nothing."""
    saved = services.desk.put_many(call.site_id, call.body.users, actor=call.actor)
    return wire.UsersSaved(created=saved.created, changed=saved.changed, unchanged=saved.unchanged)


@server_call("POST", "/users/presence", takes=wire.UserIdsRequest, gives=wire.UserPresences)
def server_look_up_presence(services: ServerServices, call: ServerCall) -> wire.UserPresences:
    """Read what up to 1,000 people are now, as members see it: who is invisible is offline."""
    return services.desk.presences(call.site_id, call.body.ids)


@server_call("POST", "/users/unread", takes=wire.UserIdsRequest, gives=wire.UserUnreads)
def server_look_up_unread(services: ServerServices, call: ServerCall) -> wire.UserUnreads:
    """Count what up to 1,000 people have not read."""
    return services.desk.unread(call.site_id, call.body.ids)


@server_call("GET", "/users/{user_id}", gives=wire.ServerUser)
def server_get_user(services: ServerServices, call: ServerCall) -> wire.ServerUser:
    """Read a person."""
    return services.desk.require(call.site_id, call.path["user_id"])


@server_call("PUT", "/users/{user_id}", takes=wire.UserDescription, gives=wire.ServerUser)
def server_put_user(services: ServerServices, call: ServerCall) -> wire.ServerUser:
    """Describe a person anew, or before they come for the first time."""
    return services.desk.put(call.site_id, call.path["user_id"], call.body, actor=call.actor)
