"""The outbox: one write per turn, whole frames, bounded memory, and no peer that harms the others."""

import contextlib
import errno
import os
from collections.abc import Iterator

import gevent
import pytest

from imserver.transports import outbox as module
from imserver.transports.outbox import LAST_WORDS_BYTES, STALLED_SECONDS
from imserver.transports.stream import Stage
from tests.services import wait_until
from tests.unit.stream_desk import Listener, StreamDesk


@pytest.fixture
def desk() -> Iterator[StreamDesk]:
    desk = StreamDesk(worker_bytes=200_000, socket_bytes=100_000)
    yield desk
    desk.close()


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Every write: to which descriptor, how much."""
    seen: list[tuple[int, int]] = []
    write = os.write

    def note(fd: int, data: bytes) -> int:
        seen.append((fd, len(data)))
        return write(fd, data)

    monkeypatch.setattr(module.os, "write", note)
    return seen


def _open(desk: StreamDesk, name: str, *, buffer_bytes: int = 4_096) -> tuple[int, Listener]:
    stream, listener = desk.open(session=name, buffer_bytes=buffer_bytes)
    listener.listen()
    return stream.fd, listener


def _stage(desk: StreamDesk, fd: int) -> Stage:
    tenant = desk.lot.tenant(fd)
    return Stage.DONE if tenant is None else tenant.stage


def _fill(fd: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(fd, b"y" * 4_096)


def test_what_is_said_in_one_turn_is_one_write(desk, writes):
    fd, listener = _open(desk, "a")
    writes.clear()
    for number in range(10):
        desk.outbox.put(fd, b"\x81\x01%d" % number)
    assert writes == []
    assert listener.frames()[1:] == list(range(10))
    assert writes == [(fd, 30)]


def test_what_is_not_taken_waits_and_follows_in_order(desk):
    fd, listener = _open(desk, "a")
    said = [b"\x81\x7e\x10\x00" + b"%04096d" % 0, *(b"\x81\x01%d" % number for number in range(1, 10))] * 5
    for data in said:
        desk.outbox.put(fd, data)
        gevent.sleep(0)
    assert desk.outbox.waiting_bytes
    before = len(listener.heard)
    wait_until(lambda: len(listener.listen()) - before == sum(map(len, said)))
    assert listener.heard[before:] == b"".join(said)
    assert desk.outbox.waiting_bytes == 0


def test_a_reader_with_too_much_waiting_is_closed(desk):
    fd, _ = _open(desk, "a")
    desk.outbox.put(fd, b"x" * 150_000)
    wait_until(lambda: _stage(desk, fd) is Stage.DONE)
    assert desk.outbox.waiting_bytes == 0


def test_beyond_the_limit_of_the_worker_the_one_with_most_is_closed(desk):
    sizes = {"a": 60_000, "b": 90_000, "c": 80_000}
    fds = {name: _open(desk, name)[0] for name in sizes}
    for name, size in sizes.items():
        desk.outbox.put(fds[name], b"x" * size)
        gevent.sleep(0)
    wait_until(lambda: _stage(desk, fds["b"]) is Stage.DONE)
    assert [_stage(desk, fds[name]) is Stage.DONE for name in "ac"] == [False, False]
    assert 0 < desk.outbox.waiting_bytes <= 200_000


def test_a_reader_that_stands_still_is_closed_and_one_that_moves_is_not(desk):
    stuck, _ = _open(desk, "a")
    moving, listener = _open(desk, "b")
    for fd in (stuck, moving):
        desk.outbox.put(fd, b"x" * 90_000)
    gevent.sleep(0)
    for _ in range(4):
        desk.clock.now += STALLED_SECONDS / 3
        before = desk.outbox.waiting_bytes
        listener.socket.setblocking(False)
        listener.socket.recv(16_384)
        wait_until(lambda before=before: desk.outbox.waiting_bytes < before)
    desk.outbox._look()
    assert _stage(desk, stuck) is Stage.DONE
    assert _stage(desk, moving) is not Stage.DONE


def test_a_short_piece_that_was_begun_is_ended_and_what_was_not_is_dropped(desk):
    other, _ = _open(desk, "b")
    desk.outbox.put(other, b"x" * 50_000)
    gevent.sleep(0)
    taken = 50_000 - desk.outbox.waiting_bytes
    fd, _ = _open(desk, "a")
    desk.outbox.put(fd, b"x" * (taken + LAST_WORDS_BYTES))
    gevent.sleep(0)
    desk.outbox.put(fd, b"never begun")
    gevent.sleep(0)
    begun = desk.outbox.take_begun(fd)
    assert begun is not None
    assert 0 < len(begun) <= LAST_WORDS_BYTES
    assert set(begun) == {ord("x")}


def test_the_end_of_a_long_piece_is_not_kept_for_a_last_word(desk):
    fd, _ = _open(desk, "a")
    desk.outbox.put(fd, b"x" * 50_000)
    gevent.sleep(0)
    assert desk.outbox.take_begun(fd) is None
    assert desk.outbox.waiting_bytes == 0


def test_a_whole_frame_that_found_the_socket_full_is_dropped(desk):
    fd, listener = _open(desk, "a")
    _fill(fd)
    desk.outbox.put(fd, b"not begun")
    gevent.sleep(0)
    assert desk.outbox.waiting_bytes == len(b"not begun")
    assert desk.outbox.take_begun(fd) == b""
    assert desk.outbox.waiting_bytes == 0
    listener.socket.close()


def test_a_network_that_breaks_takes_one_connection_and_not_the_others(desk, monkeypatch):
    broken, _ = _open(desk, "a")
    well, listener = _open(desk, "b")
    write = os.write

    def fail(fd: int, data: bytes) -> int:
        if fd == broken:
            raise OSError(errno.EHOSTUNREACH, "no route to host")
        return write(fd, data)

    monkeypatch.setattr(module.os, "write", fail)
    for fd in (broken, well):
        desk.outbox.put(fd, b'\x81\x02"')
        desk.outbox.put(fd, b'"')
    assert listener.frames()[1:] == [""]
    assert _stage(desk, broken) is Stage.DONE


def test_a_bug_in_closing_one_connection_does_not_silence_the_others(desk, monkeypatch, capsys):
    bad, other = _open(desk, "a")
    well, listener = _open(desk, "b")

    def fail(fd: int) -> None:
        desk.outbox.take(fd)
        raise RuntimeError("a bug")

    monkeypatch.setattr(desk.outbox, "on_gone", fail)
    # Closed behind the server's back, and written to before the lot has told so.
    other.socket.close()
    desk.outbox.put(well, b"\x81\x011")
    desk.outbox.put(bad, b"\x81\x012")
    assert wait_until(lambda: listener.frames()[1:]) == [1]
    desk.outbox.put(well, b"\x81\x013")
    assert wait_until(lambda: listener.frames()[2:]) == [3]
    assert "a bug" in capsys.readouterr().err
