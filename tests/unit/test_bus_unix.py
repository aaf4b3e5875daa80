"""The bus of one box: peers that die, freeze or lose their folder."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from imserver.bus import SUFFIX, UnixBus
from imserver.bus.batches import Numbers, decode, encode, split
from imserver.bus.peer import WAITING_BYTES, Peer
from tests.bus.test_bus import End, introduce
from tests.services import make_folder, wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = make_folder()
    yield folder / "bus"
    shutil.rmtree(folder)


@pytest.fixture
def ends(folder: Path) -> Iterator[list[End]]:
    ends = [End(UnixBus(folder=folder, worker_id=name)) for name in "ab"]
    for end in ends:
        end.bus.open()
    introduce(ends)
    yield ends
    for end in ends:
        end.bus.close()


def bind(folder: Path, name: str) -> socket.socket:
    """Return the socket of a worker that does not read."""
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bound.bind(str(folder / (name + SUFFIX)))
    bound.setblocking(False)
    return bound


def knows(end: End, name: str) -> bool:
    assert isinstance(end.bus, UnixBus)
    return name in end.bus._peers


def read_all(bound: socket.socket) -> list[bytes]:
    """Return the hints of every datagram that lies in the socket."""
    hints: list[bytes] = []
    while True:
        try:
            batch = decode(bound.recv(300_000))
        except BlockingIOError:
            return hints
        assert batch is not None
        hints += batch[2]


def test_a_worker_that_stands_still_holds_nobody_up_and_gets_everything_later(
    ends: list[End], folder: Path
) -> None:
    a, b = ends
    with bind(folder, "frozen") as frozen:
        wait_until(lambda: knows(a, "frozen"))
        hints = [b"%04d" % number for number in range(100)]
        for count, hint in enumerate(hints, 1):
            a.bus.publish(hint)
            wait_until(lambda count=count: len(b.hints) == count)
        assert b.gaps == a.bus.lost_count() == 0
        # The kernel keeps ten datagrams, and there is one per hint: most had to wait in the sender.
        late: list[bytes] = []
        wait_until(lambda: late.extend(read_all(frozen)) or len(late) == len(hints))
        assert late == hints


def test_what_a_worker_misses_for_ever_is_dropped_and_counted(ends: list[End], folder: Path) -> None:
    a, b = ends
    with bind(folder, "frozen"):
        wait_until(lambda: knows(a, "frozen"))
        large = b"x" * 50_000
        count = WAITING_BYTES // len(large) + 50
        for number in range(1, count + 1):
            a.bus.publish(large)
            if number % 20 == 0:
                wait_until(lambda number=number: len(b.hints) >= number)
        wait_until(lambda: len(b.hints) == count)
        assert 0 < a.bus.lost_count() < 50
        assert b.gaps == 0


def test_a_worker_that_died_is_forgotten_and_its_socket_removed(ends: list[End], folder: Path) -> None:
    bind(folder, "dead").close()
    wait_until(lambda: not (folder / ("dead" + SUFFIX)).exists())
    assert not knows(ends[0], "dead")


def test_a_worker_that_dies_later_is_forgotten(ends: list[End], folder: Path) -> None:
    a, b = ends
    with bind(folder, "mortal"):
        wait_until(lambda: knows(a, "mortal") and knows(b, "mortal"))

    def is_forgotten() -> bool:
        a.bus.publish(b"hint")
        return not knows(a, "mortal") and not (folder / ("mortal" + SUFFIX)).exists()

    wait_until(is_forgotten)
    wait_until(lambda: b.hints)


def test_two_workers_that_leave_at_once_silence_nobody(ends: list[End], folder: Path) -> None:
    a, b = ends
    with bind(folder, "one"), bind(folder, "two"):
        wait_until(lambda: knows(a, "one") and knows(a, "two"))
        for name in ("one", "two"):
            (folder / (name + SUFFIX)).unlink()
    # The first turns out to be gone, the folder is read, and the second is forgotten in mid-round.
    a.bus.publish(b"during")
    wait_until(lambda: not knows(a, "two"))
    a.bus.publish(b"after")
    wait_until(lambda: b"after" in b.hints)


def test_a_datagram_that_is_no_batch_is_dropped(
    ends: list[End], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"\xc1 nonsense", str(folder / ("b" + SUFFIX)))
    wait_until(lambda: "could not be read" in caplog.text)
    assert ends[1].hints == []


def test_closing_removes_the_socket(ends: list[End], folder: Path) -> None:
    ends[0].bus.close()
    assert not (folder / ("a" + SUFFIX)).exists()


def test_a_folder_that_was_deleted_is_bound_again(ends: list[End], folder: Path) -> None:
    shutil.rmtree(folder)
    wait_until(lambda: {path.name for path in folder.glob("*.bus")} == {"a.bus", "b.bus"})
    introduce(ends)
    ends[0].bus.publish(b"still here")
    wait_until(lambda: ends[1].hints)
    assert ends[1].hints == [b"still here"]


def test_a_new_worker_is_known_without_a_look_into_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imserver.bus.unix.PEERS_SECONDS", 600.0)
    early, late = (UnixBus(folder=folder, worker_id=name) for name in ("early", "late"))
    early.open()
    late.open()
    wait_until(lambda: not early.is_alone())
    early.close()
    late.close()


def test_a_peer_without_anybody_is_refused(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Peer(str(folder / "nobody.bus"))


def test_hints_are_split_below_the_limit_in_their_order() -> None:
    hints = [b"a" * 40, b"b" * 40, b"c" * 200, b"d" * 40, b"e" * 40]
    assert list(split(hints, most_bytes=100)) == [hints[:2], hints[2:3], hints[3:]]
    assert list(split(hints, most_bytes=1_000)) == [hints]
    assert list(split([])) == []


def test_a_batch_comes_back_as_it_was() -> None:
    assert decode(encode(("w", 7, [b"1", b""]))) == ("w", 7, [b"1", b""])
    assert decode(b"") is decode(encode(("w", 7, ["text"]))) is None  # type: ignore[list-item]


def test_numbers_notice_what_is_missing() -> None:
    numbers = Numbers()
    assert not numbers.follows("w", 5, is_beat=False)
    assert numbers.follows("w", 6, is_beat=False)
    assert numbers.follows("w", 6, is_beat=True)
    assert not numbers.follows("w", 8, is_beat=False)
    assert not numbers.follows("w", 9, is_beat=True)
    assert numbers.follows("w", 10, is_beat=False)
