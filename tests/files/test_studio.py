"""Pictures are drawn anew, elsewhere, and what is meant to hurt hurts nobody."""

import gc
import io
import os
import struct
import zlib
from pathlib import Path

import gevent
import pytest
from PIL import Image

from imserver.errors import FileBroken, PictureTooLarge, ServiceError
from imserver.files import studio as studio_module
from imserver.files.studio import Drawn, Studio
from tests.files import samples


class Desk:
    """A studio with a folder."""

    def __init__(self, folder: Path, *, pixels: int = 20_000_000, output_bytes: int = 50_000_000) -> None:
        self.studio = Studio(pixels=pixels, output_bytes=output_bytes)
        self.source, self.picture, self.thumb = (folder / name for name in ("source", "picture", "thumb"))

    def draw(self, body: bytes) -> Drawn:
        self.source.write_bytes(body)
        return self.studio.redraw(self.source, picture=self.picture, thumb=self.thumb)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_photograph_stands_upright_and_tells_nothing(desk: Desk) -> None:
    body = samples.photograph((800, 600))
    assert samples.SECRET.encode() in body
    drawn = desk.draw(body)
    assert drawn == Drawn(type="image/jpeg", width=600, height=800, thumb=True)
    for path in (desk.picture, desk.thumb):
        assert samples.SECRET.encode() not in path.read_bytes()
        with Image.open(path) as image:
            assert not image.getexif()
            assert (
                not set(image.info)
                - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive"}
                - {
                    "progression",
                    "background",
                    "loop",
                    "duration",
                    "timestamp",
                }
            )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (samples.picture("PNG", (300, 200)), Drawn("image/png", 300, 200, False)),
        (samples.picture("PNG", (300, 200), mode="RGBA"), Drawn("image/png", 300, 200, False)),
        (samples.picture("PNG", (300, 200), mode="P"), Drawn("image/png", 300, 200, False)),
        (samples.picture("PNG", (300, 200), mode="1"), Drawn("image/png", 300, 200, False)),
        (samples.picture("PNG", (300, 200), mode="I;16"), Drawn("image/png", 300, 200, False)),
        (samples.picture("JPEG", (300, 200), mode="CMYK"), Drawn("image/jpeg", 300, 200, False)),
        (samples.picture("WEBP", (300, 200)), Drawn("image/webp", 300, 200, False)),
        (samples.picture("AVIF", (300, 200)), Drawn("image/webp", 300, 200, False)),
        (samples.picture("GIF", (300, 200)), Drawn("image/png", 300, 200, False)),
        (samples.animation(5, (64, 48)), Drawn("image/webp", 64, 48, False)),
        (samples.picture("JPEG", (5_000, 100)), Drawn("image/jpeg", 4_096, 82, True)),
    ],
    ids=lambda value: value.type if isinstance(value, Drawn) else "",
)
def test_every_usual_picture_is_drawn(desk: Desk, body: bytes, expected: Drawn) -> None:
    assert desk.draw(body) == expected
    with Image.open(desk.picture) as image:
        image.load()
        assert image.size == (expected.width, expected.height)


def test_what_moves_still_moves(desk: Desk) -> None:
    desk.draw(samples.animation(7))
    with Image.open(desk.picture) as image:
        assert image.n_frames == 7  # type: ignore[attr-defined]


def test_transparency_is_kept(desk: Desk) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(out, "PNG")
    desk.draw(out.getvalue())
    with Image.open(desk.picture) as image:
        assert image.convert("RGBA").getpixel((10, 10))[3] == 0  # type: ignore[index]


def test_what_stands_behind_a_picture_is_gone(desk: Desk) -> None:
    desk.draw(samples.picture() + b"<script>alert(1)</script>" * 100)
    assert b"script" not in desk.picture.read_bytes()


def bomb_of_text() -> bytes:
    text = b"k\x00\x00" + zlib.compress(bytes(100_000_000), 9)
    plain = samples.picture("PNG", (10, 10))
    return plain[:33] + samples.chunk(b"zTXt", text) + plain[33:]


def lying_gif(width: int, height: int) -> bytes:
    body = bytearray(samples.animation(2))
    body[6:10] = struct.pack("<HH", width, height)
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (samples.png_claiming(60_000, 60_000), PictureTooLarge),
        (samples.png_claiming(2**31 - 1, 2**31 - 1), ServiceError),
        (samples.png_claiming(0, 0), FileBroken),
        (samples.png_claiming(4_000, 4_000, rows=bytes(1_000)), FileBroken),
        (samples.picture("PNG", (6_000, 6_000)), PictureTooLarge),
        (bomb_of_text(), FileBroken),
        (lying_gif(65_000, 65_000), PictureTooLarge),
        (samples.animation(400, (4, 4)), PictureTooLarge),
        (samples.picture("JPEG")[:2_000], FileBroken),
        (samples.picture("PNG")[:300], FileBroken),
        (samples.picture("WEBP")[:300], FileBroken),
        (b"\xff\xd8\xff\xe0 not a picture at all", FileBroken),
        (b"GIF89a<script>alert(1)</script>", FileBroken),
    ],
)
def test_what_cannot_be_drawn_is_refused(desk: Desk, body: bytes, refusal: type[ServiceError]) -> None:
    with pytest.raises(refusal):
        desk.draw(body)


def test_a_child_without_an_answer_is_a_refusal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    program = desk.source.with_name("dies.py")
    program.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr(studio_module, "PROGRAM", program)
    with pytest.raises(PictureTooLarge):
        desk.draw(samples.picture())


def children() -> list[str]:
    """Return our child processes, those that ended and wait to be noticed included."""
    return [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]


def test_a_child_that_makes_no_way_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    program = desk.source.with_name("sleeps.py")
    program.write_text("import time; time.sleep(1000)")
    monkeypatch.setattr(studio_module, "PROGRAM", program)
    monkeypatch.setattr(studio_module, "WALL_SECONDS", 0.3)
    gc.collect()
    running = children()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(PictureTooLarge):
        desk.draw(samples.picture())
    assert len(os.listdir("/proc/self/fd")) <= before
    assert children() == running


def test_memory_is_limited_by_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio_module, "BASE_BYTES", 150_000_000)
    monkeypatch.setattr(studio_module, "BYTES_PER_PIXEL", 0)
    with pytest.raises((PictureTooLarge, FileBroken)):
        Desk(tmp_path).draw(samples.picture("PNG", (4_400, 4_400)))


def test_others_go_on_while_a_picture_is_drawn(desk: Desk) -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        while True:
            gevent.sleep(0)
            turns += 1

    counting = gevent.spawn(count)
    desk.draw(samples.picture("PNG", (2_000, 2_000)))
    counting.kill()
    assert turns > 100
