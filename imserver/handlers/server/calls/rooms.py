"""Rooms, as the site itself keeps them."""

from typing import Annotated

from msgspec import Meta, Struct

from imserver.handlers.server.routes import IdPageQuery, ServerCall, ServerServices, server_call
from imserver.protocol.types import server as wire

ROOM = "/rooms/{conversation_id}"
MEMBER = ROOM + "/members/{user_id}"


class ServerRemovalQuery(Struct, frozen=True, forbid_unknown_fields=True):
    ban: Annotated[bool, Meta(description="For good: they can neither come back nor be invited.")] = False


@server_call("GET", "/rooms", query=IdPageQuery, gives=wire.ServerRoomPage)
def server_list_rooms(services: ServerServices, call: ServerCall) -> wire.ServerRoomPage:
    """List the site's rooms, those of its pages too."""
    return services.rooms.page(call.site_id, cursor=call.query.cursor, limit=call.query.limit)


@server_call("POST", "/rooms", takes=wire.NewRoom, gives=wire.ServerRoom, status=201)
def server_create_room(services: ServerServices, call: ServerCall) -> wire.ServerRoom:
    """Make a public room; the site's own unless it names an owner."""
    return services.rooms.create(call.site_id, call.body, actor=call.actor)


@server_call("GET", ROOM, gives=wire.ServerRoom)
def server_get_room(services: ServerServices, call: ServerCall) -> wire.ServerRoom:
    """Read a room."""
    return services.rooms.require(call.site_id, call.path["conversation_id"])


@server_call("PATCH", ROOM, takes=wire.ChangeRoom, gives=wire.ServerRoom)
def server_change_room(services: ServerServices, call: ServerCall) -> wire.ServerRoom:
    """Change a room's name, topic or slow mode."""
    return services.rooms.change(call.site_id, call.path["conversation_id"], call.body, actor=call.actor)


@server_call("DELETE", ROOM, status=204)
def server_close_room(services: ServerServices, call: ServerCall) -> None:
    """Close a room for good: everybody is put out, and nobody finds, reads or enters it any more."""
    services.rooms.close(call.site_id, call.path["conversation_id"], actor=call.actor)


@server_call("GET", ROOM + "/members", query=IdPageQuery, gives=wire.ServerMemberPage)
def server_list_members(services: ServerServices, call: ServerCall) -> wire.ServerMemberPage:
    """List who takes part in a room, by id."""
    query = call.query
    return services.rooms.members(
        call.site_id, call.path["conversation_id"], cursor=query.cursor, limit=query.limit
    )


@server_call("PUT", MEMBER, takes=wire.PutMember, status=204)
def server_put_member(services: ServerServices, call: ServerCall) -> None:
    """Let somebody take part in a room, or give them another role there; lifts their ban from it."""
    services.rooms.put_member(
        call.site_id,
        call.path["conversation_id"],
        call.path["user_id"],
        call.body.role,
        actor=call.actor,
    )


@server_call("DELETE", MEMBER, query=ServerRemovalQuery, status=204)
def server_remove_member(services: ServerServices, call: ServerCall) -> None:
    """Put somebody out of a room, whatever their role there."""
    services.rooms.remove_member(
        call.site_id,
        call.path["conversation_id"],
        call.path["user_id"],
        ban=call.query.ban,
        actor=call.actor,
    )
