"""What a client starts from, and the long poll."""

from flask import Response, g, request

from imserver.handlers.routes import Call, Services, call
from imserver.handlers.wire import TakenOver, raw_json_response
from imserver.protocol import types


@call("GET", "/v1/state", gives=types.State)
def get_state(services: Services, call: Call) -> types.State:
    """Read one consistent snapshot, with the cursor to poll from."""
    return services.conversations.state(call.session)


@call("POST", "/v1/poll", takes=types.Poll, gives=types.PollAnswer)
def poll(services: Services, call: Call) -> Response:
    """Wait for events after the cursor; send it as text/plain from another origin, without a preflight."""
    answer = services.poll.poll(
        call.session,
        call.body,
        origin=g.get("cors_origin"),
        takeover=request.environ.get("imserver.takeover"),
    )
    if answer is None:
        return TakenOver()
    status, body = answer
    return raw_json_response(body, status=status)
