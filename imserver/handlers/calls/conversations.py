"""Conversations: list, open, read."""

from imserver.handlers.routes import Call, PageQuery, Services, call
from imserver.protocol import types


@call("GET", "/v1/conversations", query=PageQuery, gives=types.ConversationPage)
def list_conversations(services: Services, call: Call) -> types.ConversationPage:
    """List conversations that have messages, the most recent first."""
    return services.conversations.page(call.session, cursor=call.query.cursor, limit=call.query.limit)


@call("POST", "/v1/conversations", takes=types.OpenConversation, gives=types.Conversation)
def open_conversation(services: Services, call: Call) -> types.Conversation:
    """Open the direct conversation with a person, or find it."""
    return services.conversations.open_direct(call.session, call.body.user_id)


@call("GET", "/v1/conversations/{conversation_id}", gives=types.Conversation)
def get_conversation(services: Services, call: Call) -> types.Conversation:
    """Read one conversation."""
    return services.conversations.require(call.session, call.path["conversation_id"])
