"""More than 300 uploads that mean harm, made the same way every time."""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from tests.files import samples

SCRIPT = b"<script>parent.postMessage('stolen','*');alert(document.domain)</script>"
PAGES = (
    b"<!DOCTYPE html><html><body>" + SCRIPT,
    b"<html>" + SCRIPT,
    b"\xef\xbb\xbf  \r\n\t<HTML>" + SCRIPT,
    SCRIPT,
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
    b"<?xml version='1.0'?><?xml-stylesheet href='javascript:alert(1)'?><svg/>",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
    b"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    b"<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    b"<math><maction actiontype='statusline#' xlink:href='javascript:alert(1)'>x",
    b"<meta http-equiv='refresh' content='0;url=javascript:alert(1)'>",
    b"<body onload=alert(1)>",
    b"<img src=x onerror=alert(1)>",
    b"<a href='javascript:alert(1)'>x</a>",
    "<script>alert(1)</script>".encode("utf-16"),
    "<script>alert(1)</script>".encode("utf-16-be"),
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-".encode("ascii"),
    b"/*<html>*/alert(1)",
    b"alert(document.domain)//",
    b"#!/bin/sh\nrm -rf /\n",
    b"MZ\x90\x00" + bytes(60),
    b"\x7fELF\x02\x01\x01" + bytes(60),
    b"[InternetShortcut]\r\nURL=javascript:alert(1)\r\n",
    b"{\\rtf1{\\object\\objhtml}}",
)
LYING_TYPES = (
    "image/png",
    "image/svg+xml",
    "text/html",
    "application/javascript",
    "audio/mpeg",
    "x/y\r\nA: b",
)
LYING_NAMES = (
    "photo.jpg",
    "photo.svg",
    "page.html",
    "app.js",
    "../../../../etc/cron.d/evil",
    "..\\..\\windows\\system32\\evil.dll",
    "/etc/passwd",
    "a\x00.png",
    "a\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>.png",
    "\u202egnp.exe",
    "\u2066\u2067\u200f\ufeff",
    "a" * 500 + ".png",
    "💣" * 250,
    '"; filename="evil.html',
    "'; filename*=UTF-8''evil.html",
    "CON",
    "%2e%2e%2f%2e%2e%2fevil.html",
    "<img src=x onerror=alert(1)>.png",
    ".htaccess",
    "",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """One upload: what it is meant to be, its bytes, the name and the type that it claims."""

    what: str
    body: bytes
    name: str
    type: str


def hostile_uploads() -> Iterator[Hostile]:
    """Yield all of them."""
    chance = random.Random(14)
    bodies = [*_pages(), *_polyglots(), *_bombs(), *_damaged(chance)]
    for number, (what, body) in enumerate(bodies):
        name = LYING_NAMES[number % len(LYING_NAMES)]
        yield Hostile(what, body, name, LYING_TYPES[number % len(LYING_TYPES)])
    for what, body in (("a page", PAGES[0]), ("a picture", samples.picture("PNG", (40, 30)))):
        for name in LYING_NAMES:
            yield Hostile(f"{what} under another name", body, name, chance.choice(LYING_TYPES))


def _pages() -> Iterator[tuple[str, bytes]]:
    for page in PAGES:
        yield "a page or program", page
        yield "after white space", b" \t\r\n" * 40 + page
        yield "after a comment", b"<!-- " + b"x" * 300 + b" -->" + page
        yield "behind a null", b"\x00" + page


def _polyglots() -> Iterator[tuple[str, bytes]]:
    pictures = {
        "JPEG": samples.picture("JPEG", (64, 48)),
        "PNG": samples.picture("PNG", (64, 48)),
        "GIF": samples.animation(2),
        "WEBP": samples.picture("WEBP", (64, 48)),
    }
    for form, body in pictures.items():
        for page in PAGES[:5]:
            yield f"{form} and a page", body + page
            yield f"a page and {form}", page + body
            yield f"{form} with a page in it", body[:40] + page + body[40:]
    yield "JPEG and JavaScript", b"\xff\xd8\xff\xe0/*" + pictures["JPEG"][6:] + b"*/=alert(1);"
    yield "GIF and JavaScript", b"GIF89a=1;/*" + pictures["GIF"][11:] + b"*/alert(1)"
    for page in PAGES[:3]:
        yield "JPEG with a page for a comment", samples.picture("JPEG", (64, 48), comment=page)
        yield "PNG with a page for a text", _png_with(b"tEXt", b"Comment\x00" + page)
        for name, body in (("PDF", samples.PDF), ("MP3", samples.MP3), ("OGG", samples.OGG)):
            yield f"{name} and a page", body + page
        yield "WAV and a page", b"RIFF\xff\xff\xff\x7fWAVEfmt " + page
        yield "MP4 and a page", samples.MP4 + page
        yield "WebM and a page", samples.WEBM + page
        yield "ZIP and a page", page + samples.archive(a=b"a")
        yield "ZIP with a page", samples.archive(**{"index.html": page})
    yield "JAR in a GIF", pictures["GIF"] + samples.archive(**{"META-INF__MANIFEST.MF": b"x"})
    yield "JAR", samples.archive(**{"META-INF__MANIFEST.MF": b"x"})


def _bombs() -> Iterator[tuple[str, bytes]]:
    for width, height in (
        (65_535, 65_535),
        (100_000, 100_000),
        (2**31 - 1, 1),
        (1, 2**31 - 1),
        (20_000, 20_000),
    ):
        yield "a pixel bomb", samples.png_claiming(width, height, rows=bytes(100_000))
    yield "a real pixel bomb", _flat_png(12_000, 12_000)
    yield "a text bomb", _png_with(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(80_000_000), 9))
    yield "a profile bomb", _png_with(b"iCCP", b"k\x00\x00" + zlib.compress(bytes(80_000_000), 9))
    yield "too many frames", samples.animation(320, (4, 4))
    yield "a GIF that claims much", samples.animation(2)[:6] + b"\xff\xff\xff\xff" + samples.animation(2)[10:]
    jpeg = bytearray(samples.picture("JPEG", (64, 48)))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    yield "a JPEG that claims much", bytes(jpeg)
    yield (
        "a WebP that claims much",
        b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\xff\xff\xff\x0f" + bytes(8),
    )
    for length in (1, 3, 1_000):
        yield "a zip bomb", samples.archive(a=bytes(length * 1_000))


def _damaged(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    whole = [samples.picture(form, (64, 48)) for form in ("JPEG", "PNG", "WEBP", "AVIF")]
    whole += [samples.animation(3), samples.photograph((64, 48))]
    for body in whole:
        for part in (8, 30, 100, len(body) // 2, len(body) - 2):
            yield "cut off", body[:part]
        for _ in range(6):
            broken = bytearray(body)
            for _ in range(chance.randrange(1, 12)):
                broken[chance.randrange(4, len(broken))] = chance.randrange(256)
            yield "changed at random", bytes(broken)
    for _ in range(20):
        yield "noise", chance.randbytes(chance.randrange(1, 5_000))


def _png_with(kind: bytes, body: bytes) -> bytes:
    plain = samples.picture("PNG", (10, 10))
    return plain[:33] + samples.chunk(kind, body) + plain[33:]


def _flat_png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()
