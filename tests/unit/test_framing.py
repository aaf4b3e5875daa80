"""Events as the bytes of both kinds of stream; what a client of either reads out of them."""

import re

import msgspec
import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from imserver.errors import RateLimited
from imserver.protocol import closing
from imserver.protocol.closing import Closing
from imserver.protocol.cursor import Cursor
from imserver.protocol.framing import SseFraming, WebSocketFraming, answer_frame, ws_frame
from imserver.protocol.types import ResetReason
from imserver.settings import ROOT

PLACE = Cursor(12, 0x9F3A01BC)
EVENT = b'{"type":"message.created","text":"a\\nb"}'
SAID = {
    "event": (
        lambda f: f.event(EVENT, PLACE),
        b'id: 12.9f3a01bc\ndata: {"type":"message.created","text":"a\\nb"}\n\n',
    ),
    "fleeting": (lambda f: f.event(EVENT, None), b'data: {"type":"message.created","text":"a\\nb"}\n\n'),
    "welcome": (
        lambda f: f.welcome(PLACE, "e.7"),
        b'event: welcome\ndata: {"cursor":"12.9f3a01bc","presence":"e.7"}\n\n',
    ),
    "reset": (lambda f: f.reset(ResetReason.TAG, ""), b'event: reset\ndata: {"reason":"tag"}\n\n'),
    "bye": (lambda f: f.bye(250), b'event: bye\ndata: {"retry_ms":250}\n\n'),
    "idle": (lambda f: f.idle(), b":\n\n"),
    "end": (lambda f: f.end(4408, "slow"), b""),
}
MEANT = {
    "event": {"type": "message.created", "text": "a\nb"},
    "fleeting": {"type": "message.created", "text": "a\nb"},
    "welcome": {"type": "welcome", "cursor": "12.9f3a01bc", "presence": "e.7"},
    "reset": {"type": "reset", "reason": "tag"},
    "bye": {"type": "bye", "retry_ms": 250},
}


def read(data: bytes) -> Frame:
    """Return the one frame that a client of the library reads."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
    client.receive_data(data)
    (found,) = client.events_received()
    assert isinstance(found, Frame)
    return found


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_of_any_size_is_read_by_the_library(size):
    found = read(ws_frame(b"x" * size))
    assert (found.opcode, bytes(found.data), found.fin) == (Opcode.TEXT, b"x" * size, True)


@pytest.mark.parametrize("name", SAID)
def test_server_sent_events_are_these_bytes(name):
    make, expected = SAID[name]
    assert make(SseFraming()) == expected


@pytest.mark.parametrize("name", MEANT)
def test_a_frame_holds_what_the_event_says(name):
    make, _ = SAID[name]
    assert msgspec.json.decode(read(make(WebSocketFraming())).data) == MEANT[name]


def test_a_reset_of_a_room_names_it():
    told = msgspec.json.decode(read(WebSocketFraming().reset(ResetReason.FLOOR, "r1")).data)
    assert told == {"type": "reset", "reason": "floor", "room": "r1"}


def test_an_error_is_the_same_in_both():
    error = RateLimited(retry_after=1.5)
    body = {"code": "rate_limited", "message": error.text, "retry_after": 1.5}
    frame = msgspec.json.decode(read(WebSocketFraming().error(error)).data)
    assert frame == {"type": "error", "error": body}
    kind, data = SseFraming().error(error).decode().strip().split("\n")
    assert kind == "event: error"
    assert msgspec.json.decode(data.removeprefix("data: ")) == {"error": body}


def test_an_answer_carries_the_number_of_its_request():
    told = msgspec.json.decode(read(answer_frame(b"ack", 7, b'{"read_seq":3}')).data)
    assert told == {"type": "ack", "id": 7, "read_seq": 3}


def test_the_end_of_a_socket_has_a_code_and_a_reason():
    found = read(WebSocketFraming().end(4408, "slow"))
    assert found.opcode is Opcode.CLOSE
    assert found.data == b"\x11\x38slow"


def test_every_close_code_is_explained_to_people():
    rows = re.findall(
        r"^\| (\d{4}) \| `(\w+)` \| [^|]+ \| (yes|no)\b", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE
    )
    explained = {(int(code), reason, answer == "yes") for code, reason, answer in rows}
    table = {tuple(each) for each in vars(closing).values() if isinstance(each, Closing)}
    assert explained == table
