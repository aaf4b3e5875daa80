"""Messages: look back, send, read on, change, react, pin."""

from msgspec import UNSET

from imserver.errors import NotFound
from imserver.handlers.routes import Call, HistoryQuery, Services, call
from imserver.protocol import types

CONVERSATION = "/v1/conversations/{conversation_id}"
MESSAGE = CONVERSATION + "/messages/{seq}"
# The column holds 63 bits.
SEQ_DIGITS = 16


@call(
    "GET",
    "/v1/conversations/{conversation_id}/messages",
    query=HistoryQuery,
    gives=types.MessagePage,
)
def list_messages(services: Services, call: Call) -> types.MessagePage:
    """Read history before, after or around a seq, in ascending order; the newest without any."""
    return services.conversations.history(
        call.session,
        call.path["conversation_id"],
        before_seq=call.query.before_seq,
        after_seq=call.query.after_seq,
        around_seq=call.query.around_seq,
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
    session = call.session
    services.limits.send(
        (session.site_id, session.user_id), count=len(call.body.messages), guest=session.guest
    )
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


@call("PUT", CONVERSATION + "/delivered", takes=types.MarkDelivered, status=204)
def mark_delivered(services: Services, call: Call) -> None:
    """Say that a device has all messages up to a seq; sent once in a while, not for each."""
    services.messages.mark_delivered(call.session, call.path["conversation_id"], call.body.seq)


@call("PUT", CONVERSATION + "/unread", takes=types.SetUnread, status=204)
def set_unread(services: Services, call: Call) -> None:
    """Mark the conversation unread by hand, or no longer; reading ends it, too."""
    _count(services, call)
    services.messages.set_unread(call.session, call.path["conversation_id"], on=call.body.on)


@call("PATCH", MESSAGE, takes=types.EditMessage, gives=types.Message)
def edit_message(services: Services, call: Call) -> types.Message:
    """Give an own message another text, for a day (`messages.edit_seconds`)."""
    _count(services, call)
    mentions = None if call.body.mentions is UNSET else call.body.mentions
    return services.messages.edit(call.session, *_place(call), text=call.body.text, mentions=mentions)


@call("DELETE", MESSAGE, gives=types.Message)
def delete_message(services: Services, call: Call) -> types.Message:
    """Delete an own message, or as owner or moderator any; nothing but its place is left."""
    _count(services, call)
    return services.messages.delete(call.session, *_place(call))


@call("PUT", MESSAGE + "/reactions", takes=types.SetReaction, gives=types.Message)
def set_reaction(services: Services, call: Call) -> types.Message:
    """Put an emoji to a message, or take it away."""
    _count(services, call)
    return services.messages.react(call.session, *_place(call), emoji=call.body.emoji, on=call.body.on)


@call("GET", CONVERSATION + "/pins", gives=types.MessagePage)
def list_pins(services: Services, call: Call) -> types.MessagePage:
    """Read all pinned messages, at most 50, the last pinned first."""
    return services.messages.pins(call.session, call.path["conversation_id"])


@call("PUT", CONVERSATION + "/pins/{seq}", gives=types.Message)
def pin_message(services: Services, call: Call) -> types.Message:
    """Pin a message; in groups and rooms as owner or moderator."""
    _count(services, call)
    return services.messages.pin(call.session, *_place(call))


@call("DELETE", CONVERSATION + "/pins/{seq}", gives=types.Message)
def unpin_message(services: Services, call: Call) -> types.Message:
    """Pin a message no longer."""
    _count(services, call)
    return services.messages.unpin(call.session, *_place(call))


def _count(services: Services, call: Call) -> None:
    services.limits.change((call.session.site_id, call.session.user_id))


def _place(call: Call) -> tuple[str, int]:
    """Return the conversation and the seq of the path; raise NotFound for a seq that no message can have."""
    text = call.path["seq"]
    if not (text.isascii() and text.isdigit() and len(text) <= SEQ_DIGITS):
        raise NotFound
    return call.path["conversation_id"], int(text)
