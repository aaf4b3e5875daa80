"""Hints reach every other worker, in batches, and what is lost is noticed."""

import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imserver.bus import PEERS_SECONDS, SUFFIX, Bus
from tests.services import make_folder, wait_until


class End:
    """A bus with what it received."""

    def __init__(self, folder: Path, name: str) -> None:
        self.hints: list[bytes] = []
        self.gaps = 0
        self.bus = Bus(folder=folder, worker_id=name)
        self.bus.on_hint = self.hints.append
        self.bus.on_gap = self._count_gap

    def _count_gap(self) -> None:
        self.gaps += 1


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = make_folder()
    yield folder / "bus"
    shutil.rmtree(folder)


@pytest.fixture
def ends(folder: Path) -> Iterator[list[End]]:
    ends = [End(folder, name) for name in ("a", "b", "c")]
    for end in ends:
        end.bus.open()
    yield ends
    for end in ends:
        end.bus.close()


def test_a_hint_reaches_every_other_worker_and_not_oneself(ends):
    a, b, c = ends
    a.bus.publish(b"hint")
    wait_until(lambda: b.hints and c.hints)
    assert (a.hints, b.hints, c.hints) == ([], [b"hint"], [b"hint"])


def test_many_hints_arrive_in_order_in_few_datagrams(ends):
    a, b, _ = ends
    hints = [b"%05d" % n + b"x" * 300 for n in range(1_000)]
    for hint in hints:
        a.bus.publish(hint)
    wait_until(lambda: len(b.hints) == len(hints))
    assert b.hints == hints
    assert b.gaps == 0


def test_a_lost_datagram_is_noticed_at_the_next_one(ends):
    a, b, _ = ends
    a.bus.publish(b"1")
    wait_until(lambda: b.hints)
    a.bus._number += 1
    a.bus.publish(b"3")
    wait_until(lambda: len(b.hints) == 2)
    assert b.gaps == 1


def test_a_worker_that_does_not_read_holds_nobody_else_up(ends, folder):
    a, b, _ = ends
    frozen = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    frozen.bind(str(folder / ("frozen" + SUFFIX)))
    time.sleep(PEERS_SECONDS)
    large = [b"%02d" % number + b"x" * 50_000 for number in range(20)]
    for number, hint in enumerate(large, 1):
        a.bus.publish(hint)
        wait_until(lambda number=number: len(b.hints) == number)
    assert b.gaps == 0
    assert a.bus.lost_total > 0
    frozen.close()


def test_a_worker_that_died_is_forgotten(ends, folder):
    a, b, _ = ends
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dead.bind(str(folder / ("dead" + SUFFIX)))
    dead.close()

    def is_forgotten() -> bool:
        a.bus.publish(b"hint")
        return not (folder / ("dead" + SUFFIX)).exists()

    wait_until(is_forgotten)
    wait_until(lambda: b.hints)


def test_a_datagram_that_is_no_hint_is_dropped(ends, folder, caplog):
    _, b, _ = ends
    stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stranger.sendto(b"\xc1 nonsense", str(folder / ("b" + SUFFIX)))
    stranger.close()
    wait_until(lambda: "could not be read" in caplog.text)
    assert b.hints == []


def test_closing_removes_the_socket_and_is_harmless_twice(ends, folder):
    ends[0].bus.close()
    ends[0].bus.close()
    assert not (folder / ("a" + SUFFIX)).exists()
