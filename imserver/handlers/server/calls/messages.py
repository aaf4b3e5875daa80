"""What the site says itself, and its bots."""

from imserver.handlers.server.routes import ServerCall, ServerServices, server_call
from imserver.protocol.types import SentMessages
from imserver.protocol.types import server as wire


@server_call("POST", "/messages", takes=wire.ServerSend, gives=SentMessages)
def server_send_messages(services: ServerServices, call: ServerCall) -> SentMessages:
    """Say something as the site or as one of its bots, to a person or where the bot takes part."""
    return services.voice.send(call.site_id, call.body, actor=call.actor)


@server_call("GET", "/bots", gives=wire.Bots)
def server_list_bots(services: ServerServices, call: ServerCall) -> wire.Bots:
    """List the site's bots; `im:system` is the site's own voice."""
    return services.voice.bots(call.site_id)


@server_call("PUT", "/bots/{user_id}", takes=wire.PutBot, gives=wire.ServerUser)
def server_put_bot(services: ServerServices, call: ServerCall) -> wire.ServerUser:
    """Make or rename a bot: a person of the site who is no member's account."""
    return services.voice.put_bot(call.site_id, call.path["user_id"], call.body, actor=call.actor)
