"""Messages: look back, send, read on."""

from imserver.handlers.routes import Call, HistoryQuery, Services, call
from imserver.protocol import types


@call(
    "GET",
    "/v1/conversations/{conversation_id}/messages",
    query=HistoryQuery,
    gives=types.MessagePage,
)
def list_messages(services: Services, call: Call) -> types.MessagePage:
    """Read history before or after a seq, in ascending order; the newest without either."""
    return services.conversations.history(
        call.session,
        call.path["conversation_id"],
        before_seq=call.query.before_seq,
        after_seq=call.query.after_seq,
        limit=call.query.limit,
    )


@call(
    "POST",
    "/v1/conversations/{conversation_id}/messages",
    takes=types.SendMessages,
    gives=types.SentMessages,
)
def send_messages(services: Services, call: Call) -> types.SentMessages:
    """Store messages, all or none; repeat with the same client ids until there is an answer."""
    services.limits.send((call.session.site_id, call.session.user_id), count=len(call.body.messages))
    return services.conversations.send(call.session, call.path["conversation_id"], call.body.messages)


@call(
    "PUT",
    "/v1/conversations/{conversation_id}/read",
    takes=types.MarkRead,
    gives=types.ReadAnswer,
)
def mark_read(services: Services, call: Call) -> types.ReadAnswer:
    """Move the own read watermark up to a seq."""
    return services.conversations.mark_read(call.session, call.path["conversation_id"], call.body.seq)
