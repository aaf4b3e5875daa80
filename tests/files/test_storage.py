"""What keeps files, on a disk and in a bucket: the same tests for both."""

from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from imserver.errors import NotFound, Unavailable
from imserver.files.disk import Disk
from imserver.files.opening import open_storage
from imserver.files.s3 import S3
from imserver.files.storage import PIECE_BYTES, Storage, fresh_place
from imserver.sections import FilesSettings
from tests.s3_server import Moto
from tests.services import free_port

BODY = bytes(range(256)) * 2_000


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return Disk(tmp_path / "files")
    return S3(request.getfixturevalue("moto").bucket())


@pytest.fixture
def received(tmp_path: Path) -> Callable[[bytes], Path]:
    """Give a function that puts bytes where an upload would be."""

    def receive(body: bytes) -> Path:
        path = tmp_path / "files" / "incoming" / fresh_place()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    return receive


def read(storage: Storage, place: str, start: int = 0, stop: int = len(BODY)) -> bytes:
    return b"".join(storage.read(place, start=start, stop=stop))


def test_what_was_put_is_read_whole_and_in_parts(storage: Storage, received: Callable[[bytes], Path]) -> None:
    place = fresh_place()
    storage.put(place, received(BODY))
    assert read(storage, place) == BODY
    assert read(storage, place, 3, 7) == BODY[3:7]
    assert read(storage, place, len(BODY) - 1) == BODY[-1:]
    assert read(storage, place, 5, 5) == b""
    pieces = list(storage.read(place, start=0, stop=len(BODY)))
    assert max(map(len, pieces)) <= PIECE_BYTES
    assert len(pieces) > 1


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    with pytest.raises(NotFound):
        read(storage, fresh_place())


def test_deleting_twice_is_no_error(storage: Storage, received: Callable[[bytes], Path]) -> None:
    place = fresh_place()
    storage.put(place, received(BODY))
    storage.delete(place)
    storage.delete(place)
    with pytest.raises(NotFound):
        read(storage, place)


def test_what_was_noted_is_there(storage: Storage, received: Callable[[bytes], Path]) -> None:
    assert storage.notes() == []
    for line in (b"one", b"two"):
        storage.note(line)
    assert sorted(storage.notes()) == [b"one", b"two"]
    place = fresh_place()
    storage.put(place, received(BODY))
    assert read(storage, place) == BODY
    storage.delete(place)
    assert len(storage.notes()) == 2


def test_a_reader_that_leaves_leaves_nothing_open(
    storage: Storage, received: Callable[[bytes], Path]
) -> None:
    place = fresh_place()
    storage.put(place, received(BODY))
    pieces = storage.read(place, start=0, stop=len(BODY))
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert read(storage, place) == BODY


def test_many_at_once_do_not_mix(storage: Storage, received: Callable[[bytes], Path]) -> None:
    bodies = {fresh_place(): bytes([number]) * 200_000 for number in range(12)}
    gevent.joinall(
        [gevent.spawn(storage.put, place, received(body)) for place, body in bodies.items()],
        raise_error=True,
    )
    readers = {place: gevent.spawn(read, storage, place, 0, 200_000) for place in bodies}
    gevent.joinall(list(readers.values()), raise_error=True)
    assert {place: reader.value for place, reader in readers.items()} == bodies


def test_a_disk_spreads_files_and_keeps_them_private(
    tmp_path: Path, received: Callable[[bytes], Path]
) -> None:
    folder = tmp_path / "files"
    place = fresh_place()
    source = received(BODY)
    Disk(folder).put(place, source)
    kept = folder / place[:2] / place[2:4] / place
    assert kept.read_bytes() == BODY
    assert not source.exists()
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_a_disk_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    blocker = tmp_path / "files"
    blocker.write_bytes(b"not a folder")
    source = tmp_path / "source"
    source.write_bytes(BODY)
    with pytest.raises(Unavailable):
        Disk(blocker).put(fresh_place(), source)


def test_a_bucket_that_is_away_is_unavailable(received: Callable[[bytes], Path], moto: Moto) -> None:
    away = S3(moto.bucket(endpoint=f"http://127.0.0.1:{free_port()}"))
    place = fresh_place()
    for act in (
        lambda: away.put(place, received(BODY)),
        lambda: read(away, place),
        lambda: away.delete(place),
    ):
        with pytest.raises(Unavailable):
            act()
    with pytest.raises(Unavailable):
        S3(moto.bucket(name="absent")).put(place, received(BODY))


def test_others_go_on_while_a_bucket_is_written(moto: Moto, received: Callable[[bytes], Path]) -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        while True:
            gevent.sleep(0)
            turns += 1

    counting = gevent.spawn(count)
    S3(moto.bucket()).put(fresh_place(), received(BODY * 16))
    counting.kill()
    assert turns > 20


def test_the_settings_say_where_files_are_kept(tmp_path: Path, moto: Moto) -> None:
    assert isinstance(open_storage(FilesSettings(), folder=tmp_path), Disk)
    named = FilesSettings(bucket="files/some/where", s3_endpoint=moto.url, s3_key="key", s3_secret="secret")
    stored = open_storage(named, folder=tmp_path)
    assert isinstance(stored, S3)
    source = tmp_path / "source"
    source.write_bytes(BODY)
    place = fresh_place()
    stored.put(place, source)
    assert read(S3(moto.bucket(prefix="some/where/")), place) == BODY
