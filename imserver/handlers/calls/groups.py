"""Groups and rooms: change, join, leave, invite, put out, list."""

from typing import Annotated

from msgspec import Meta, Struct

from imserver.handlers.routes import Call, Limit, Offset, PageCursor, Services, call
from imserver.protocol import types

CONVERSATION = "/v1/conversations/{conversation_id}"


class MemberQuery(Struct, frozen=True, forbid_unknown_fields=True):
    filter: Annotated[str, Meta(description="`everyone` or `online`.")] = "everyone"
    q: Annotated[str, Meta(description="The beginning of any word of the name.")] = ""
    cursor: PageCursor | None = None
    offset: Offset = 0
    limit: Limit | None = None


class RoomQuery(Struct, frozen=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(description="The beginning of any word of the name.")] = ""
    cursor: PageCursor | None = None
    limit: Limit | None = None


class RemovalQuery(Struct, frozen=True, forbid_unknown_fields=True):
    ban: Annotated[bool, Meta(description="For good: they can neither come back nor be invited.")] = False


@call("PATCH", CONVERSATION, takes=types.ChangeConversation, gives=types.Conversation)
def change_conversation(services: Services, call: Call) -> types.Conversation:
    """Change a group's or room's name, topic, picture or slow mode, as its owner or moderator."""
    _count(services, call)
    return services.groups.change(call.session, call.path["conversation_id"], call.body)


@call("PUT", CONVERSATION + "/membership", gives=types.Conversation)
def join_conversation(services: Services, call: Call) -> types.Conversation:
    """Accept the invitation to a group, or join a public room."""
    _count(services, call)
    return services.groups.join(call.session, call.path["conversation_id"])


@call("DELETE", CONVERSATION + "/membership", status=204)
def leave_conversation(services: Services, call: Call) -> None:
    """Leave a group or room, or decline the invitation."""
    _count(services, call)
    services.groups.leave(call.session, call.path["conversation_id"])


@call("GET", CONVERSATION + "/members", query=MemberQuery, gives=types.MemberPage)
def list_members(services: Services, call: Call) -> types.MemberPage:
    """List who is in a group or room, those online first; narrow by name."""
    query = call.query
    return services.groups.members(
        call.session,
        call.path["conversation_id"],
        query.filter,
        q=query.q,
        cursor=query.cursor,
        offset=query.offset,
        limit=query.limit,
    )


@call("GET", CONVERSATION + "/readers", gives=types.RoomReaders)
def count_readers(services: Services, call: Call) -> types.RoomReaders:
    """Count who has a room, such as that of a page, before them now, of those who are to be seen."""
    return services.groups.readers(call.session, call.path["conversation_id"])


@call("PUT", CONVERSATION + "/members/{user_id}", takes=types.SetRole, gives=types.Conversation)
def set_role(services: Services, call: Call) -> types.Conversation:
    """Make somebody owner, moderator or member, as an owner."""
    _count(services, call)
    return services.groups.set_role(
        call.session, call.path["conversation_id"], call.path["user_id"], call.body.role
    )


@call("DELETE", CONVERSATION + "/members/{user_id}", query=RemovalQuery, status=204)
def remove_member(services: Services, call: Call) -> None:
    """Put somebody out of a group or room, or take their invitation back, as its owner or moderator."""
    _count(services, call)
    services.groups.remove(
        call.session, call.path["conversation_id"], call.path["user_id"], ban=call.query.ban
    )


@call("POST", CONVERSATION + "/invitations", takes=types.Invite, status=204)
def invite_people(services: Services, call: Call) -> None:
    """Invite people, who accept or decline; the answer does not tell whether anybody was asked."""
    _count(services, call, count=len(call.body.user_ids))
    services.groups.invite(call.session, call.path["conversation_id"], call.body.user_ids)


@call("GET", "/v1/invitations", gives=types.InvitationPage)
def list_invitations(services: Services, call: Call) -> types.InvitationPage:
    """List what the person is invited to, the newest first."""
    return services.groups.invitations(call.session)


@call("GET", "/v1/rooms", query=RoomQuery, gives=types.PublicRoomPage)
def list_rooms(services: Services, call: Call) -> types.PublicRoomPage:
    """List public rooms by name; narrow by name."""
    query = call.query
    return services.groups.rooms(call.session, q=query.q, cursor=query.cursor, limit=query.limit)


def _count(services: Services, call: Call, *, count: int = 1) -> None:
    services.limits.change((call.session.site_id, call.session.user_id), count=count)
