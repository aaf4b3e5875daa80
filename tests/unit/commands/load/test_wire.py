"""The client's bytes, held against the websockets library's own server."""

import json

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from imserver.commands.load.wire import (
    PING,
    TEXT,
    WireError,
    accept_of,
    blocks,
    frame,
    header,
    read_answer,
    read_frame,
    read_head,
    sse_fields,
    upgrade_request,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x01\xfe\x80\x7f"
SIZES = [0, 1, 125, 126, 127, 65_535, 65_536]


def upgraded() -> tuple[ServerProtocol, bytes]:
    """Return the library's server after our handshake, and what it answered."""
    server = ServerProtocol()
    server.receive_data(upgrade_request("/v1/socket", host="localhost:80", key=KEY))
    (request,) = server.events_received()
    server.send_response(server.accept(request))  # type: ignore[arg-type]
    return server, b"".join(server.data_to_send())


def test_the_library_accepts_our_handshake_and_we_accept_its_answer() -> None:
    server, answer = upgraded()
    assert server.state is State.OPEN
    found = read_head(answer + b"\x81\x00")
    assert found is not None
    status, head, used = found
    assert (status, used) == (101, len(answer))
    assert header(head, b"sec-websocket-accept") == accept_of(KEY).lower()
    assert header(head, b"sec-websocket-extensions") == b""


@pytest.mark.parametrize("size", SIZES)
def test_the_library_reads_our_frames(size: int) -> None:
    server, _ = upgraded()
    payload = b"x" * size
    data = frame(payload, MASK)
    server.receive_data(data[:3])
    server.receive_data(data[3:])
    (got,) = server.events_received()
    assert isinstance(got, Frame)
    assert (got.opcode, got.data) == (Opcode.TEXT, payload)


@pytest.mark.parametrize("size", SIZES)
def test_we_read_the_librarys_frames_and_only_whole_ones(size: int) -> None:
    server, _ = upgraded()
    server.send_text(b"y" * size)
    server.send_ping(b"still there?")
    data = b"".join(server.data_to_send())
    first = read_frame(data, 0)
    assert first is not None
    opcode, start, end = first
    assert (opcode, data[start:end]) == (TEXT, b"y" * size)
    second = read_frame(data, end)
    assert second is not None
    assert (second[0], data[second[1] : second[2]], second[2]) == (PING, b"still there?", len(data))
    assert all(read_frame(data[:cut], 0) is None for cut in {0, 1, 2, end - 1} if cut < end)


@pytest.mark.parametrize("data", [b"\x01\x00", b"\x81\x80\0\0\0\0", b"\xc1\x00"])
def test_fragments_masks_and_compression_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        read_frame(data, 0)


def test_an_answer_is_read_once_it_is_whole() -> None:
    answer = b"HTTP/1.1 201 CREATED\r\nContent-Length: 4\r\nX: y\r\n\r\nbody"
    assert all(read_answer(answer[:cut]) is None for cut in range(len(answer)))
    assert read_answer(answer + b"HTTP") == (201, b"body", len(answer))
    assert read_answer(b"HTTP/1.1 204 NO CONTENT\r\n\r\n") == (204, b"", 27)
    for wrong in (b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 20_000):
        with pytest.raises(WireError):
            read_answer(wrong)


def test_a_stream_is_cut_at_blank_lines() -> None:
    welcome, event = {"cursor": "0.00000000"}, {"type": "message.created"}
    data = f"event: welcome\ndata: {json.dumps(welcome)}\n\n:\n\nid: 1.0\ndata: {json.dumps(event)}\n\nda"
    first, comment, last = blocks(data.encode())
    assert sse_fields(first[0]) == (b"welcome", json.dumps(welcome).encode())
    assert sse_fields(comment[0]) == (b"", b"")
    assert sse_fields(last[0]) == (b"", json.dumps(event).encode())
    assert data[last[1] :] == "da"
