"""Files through the real web server: long bodies, early refusals, slow readers, a bucket behind it."""

import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.app.served import Answer, Pair, Server, Wire, meet, serving
from tests.files import samples
from tests.services import wait_until

BIG_BYTES = 20_000_000
# What may stay in a worker of a file that went through it; both ways 40 MB are moved.
GROWTH_BYTES = 12_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(files_file_bytes=25_000_000) as running:
        yield running


@pytest.fixture
def pair(server: Server) -> Pair:
    return meet(server)


def head_of(pair: Pair, length: int, *, name: str = "a.txt", session: str = "") -> bytes:
    query = urlencode({"conversation_id": pair.conversation_id, "name": name})
    lines = [
        f"POST /v1/files?{query} HTTP/1.1",
        "Host: localhost",
        f"Content-Length: {length}",
        f"Authorization: Bearer {session or pair.ada}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def upload(pair: Pair, body: bytes, name: str = "a.txt") -> Any:
    with Wire(pair.server.port) as wire:
        wire.write(head_of(pair, len(body), name=name), body)
        answer = wire.answer()
    assert answer.status == 201, answer.body
    return answer.json()


def url_of(pair: Pair, file_id: str) -> str:
    body = {"conversation_id": pair.conversation_id, "file_ids": [file_id]}
    with Wire(pair.server.port) as wire:
        data = wire.ask("POST", "/v1/files/urls", body, session=pair.ada).json()["data"]
    return str(data[file_id]["url"])


def resident_bytes(server: Server) -> int:
    (pid,) = server.workers()
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_large_file_goes_through_and_stays_out_of_memory(pair: Pair) -> None:
    body = b"0123456789abcde\n" * (BIG_BYTES // 16)
    upload(pair, body[:1_000_000])
    before = resident_bytes(pair.server)
    url = url_of(pair, upload(pair, body)["id"])
    with Wire(pair.server.port) as wire:
        answer = wire.ask("GET", url)
    assert answer.body == body
    assert resident_bytes(pair.server) - before < GROWTH_BYTES


def test_a_connection_serves_on_after_an_upload_and_a_part(pair: Pair) -> None:
    with Wire(pair.server.port) as wire:
        wire.write(head_of(pair, len(samples.PDF), name="a.pdf"), samples.PDF)
        url = url_of(pair, wire.answer().json()["id"])
        for _ in range(3):
            wire.write(f"GET {url} HTTP/1.1\r\nHost: localhost\r\nRange: bytes=1-3\r\n\r\n".encode())
            part = wire.answer()
            assert (part.status, part.body) == (206, samples.PDF[1:4])
        assert wire.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize(
    ("length", "sent", "code"),
    [(30_000_000, 3_000_000, "file_too_large"), (3_000_000, 3_000_000, "session_ended")],
)
def test_a_sender_hears_why_it_was_refused_while_it_still_sends(
    pair: Pair, length: int, sent: int, code: str
) -> None:
    site = pair.ada.partition(".")[0]
    session = f"{site}.{'A' * 43}" if code == "session_ended" else ""
    with Wire(pair.server.port) as wire:
        wire.write(head_of(pair, length, session=session), b"a" * sent)
        answer = wire.answer()
    assert answer.json()["error"]["code"] == code


def test_who_stops_in_the_middle_leaves_nothing(pair: Pair) -> None:
    folder = pair.server.folder / "files" / "incoming"
    wire = Wire(pair.server.port)
    wire.write(head_of(pair, 5_000_000), b"a" * 2_000_000)
    wait_until(lambda: folder.is_dir() and any(folder.iterdir()), what="the upload has begun")
    wire.__exit__()
    wait_until(lambda: not any(folder.iterdir()), what="what was received is gone")
    descriptors = pair.server.descriptors()
    upload(pair, b"words")
    wait_until(lambda: pair.server.descriptors() <= descriptors + 1)


def test_a_slow_reader_holds_up_nobody(pair: Pair) -> None:
    url = url_of(pair, upload(pair, b"a" * BIG_BYTES)["id"])
    slow = socket.create_connection(("127.0.0.1", pair.server.port))
    slow.sendall(f"GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert slow.recv(100).startswith(b"HTTP/1.1 200")
    for number in range(20):
        assert pair.send(f"message {number}").status == 200
    slow.close()
    wait_until(lambda: pair.send("after it").status == 200)


def test_people_talk_while_pictures_are_drawn(pair: Pair) -> None:
    body = samples.picture("PNG", (3_000, 3_000))
    with Wire(pair.server.port) as wire:
        wire.write(head_of(pair, len(body), name="a.png"), body)
        for number in range(10):
            assert pair.send(f"message {number}").status == 200
        drawn = wire.answer()
    assert (drawn.status, drawn.json()["width"]) == (201, 3_000)


def test_a_picture_goes_around_over_a_bucket(moto_settings: dict[str, str]) -> None:
    with serving(**moto_settings) as running:
        pair = meet(running)
        file = upload(pair, samples.photograph((900, 600)), "a.jpg")
        answer = fetch(pair, url_of(pair, file["id"]))
        assert (answer.status, len(answer.body)) == (200, file["size"])
        part = fetch(pair, url_of(pair, file["id"]), "Range: bytes=10-19\r\n")
        assert (part.status, part.body) == (206, answer.body[10:20])
        assert not [path for path in (running.folder / "files").rglob("*") if path.is_file()]
        with Wire(running.port) as wire:
            assert wire.ask("DELETE", f"/v1/files/{file['id']}", session=pair.ada).status == 204


def fetch(pair: Pair, url: str, more: str = "") -> Answer:
    with Wire(pair.server.port) as wire:
        wire.write(f"GET {url} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        return wire.answer()
