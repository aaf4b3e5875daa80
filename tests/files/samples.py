"""Files as people have them, made on the spot."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

# What a camera writes into a picture, and nobody must be told.
SECRET = "48.8584N 2.2945E"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 400
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(200)
WEBM_SOUND = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(40) + b"A_OPUS" + bytes(500)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(40) + b"V_VP9A_OPUS" + bytes(500)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"....hdlr....vide....soun" + bytes(400)
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00isomiso2" + bytes(400)


def picture(
    form: str = "JPEG", size: tuple[int, int] = (640, 480), *, mode: str = "RGB", **how: Any
) -> bytes:
    """Return a picture with something in it."""
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.save(out, form, **how)
    return out.getvalue()


def photograph(size: tuple[int, int] = (800, 600)) -> bytes:
    """Return a JPEG that lies on its side and says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[29] = SECRET
    return picture(size=size, exif=exif, comment=SECRET.encode())


def animation(frames: int = 5, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a GIF that moves."""
    out = io.BytesIO()
    shots = [Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, 90)) for number in range(frames)]
    shots[0].save(out, "GIF", save_all=True, append_images=shots[1:], duration=40)
    return out.getvalue()


def archive(**members: bytes) -> bytes:
    """Return a zip file; two underscores in a name stand for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, body in members.items():
            made.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int, *, rows: bytes = b"") -> bytes:
    """Return a PNG whose header claims a size, whatever is in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )
