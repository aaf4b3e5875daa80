"""Conversations: list, open, read."""

from msgspec import UNSET

from imserver.handlers.routes import Call, PageQuery, Services, call
from imserver.handlers.wire import own_origin
from imserver.protocol import types


@call("GET", "/v1/conversations", query=PageQuery, gives=types.ConversationPage)
def list_conversations(services: Services, call: Call) -> types.ConversationPage:
    """List conversations that have messages, the most recent first."""
    return services.conversations.page(call.session, cursor=call.query.cursor, limit=call.query.limit)


@call("POST", "/v1/conversations", takes=types.OpenConversation, gives=types.Conversation)
def open_conversation(services: Services, call: Call) -> types.Conversation:
    """Open the direct conversation with a person or a page's room, or make a group or a room."""
    body = call.body
    if body.kind is not types.ConversationKind.DIRECT:
        if body.page is UNSET:
            services.guests.require_may_create(call.session)
        count = 1 if body.user_ids is UNSET else 1 + len(body.user_ids)
        services.limits.change((call.session.site_id, call.session.user_id), count=count)
    return services.groups.open(call.session, body, own_origin=own_origin(services.public_url))


@call("GET", "/v1/conversations/{conversation_id}", gives=types.Conversation)
def get_conversation(services: Services, call: Call) -> types.Conversation:
    """Read one conversation."""
    return services.conversations.require(call.session, call.path["conversation_id"])
