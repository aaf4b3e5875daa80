"""What a file is, its bytes say."""

from pathlib import Path

import pytest

from imserver.files.kinds import HEAD_BYTES, HEIC, JAVA, MARKUP, PROGRAM, kind_of, look_at
from tests.files import samples

KNOWN = {
    "image/jpeg": samples.picture("JPEG"),
    "image/png": samples.picture("PNG"),
    "image/gif": samples.animation(),
    "image/webp": samples.picture("WEBP"),
    "image/avif": samples.picture("AVIF"),
    "audio/mpeg": samples.MP3,
    "audio/ogg": samples.OGG,
    "audio/webm": samples.WEBM_SOUND,
    "audio/mp4": samples.M4A,
    "audio/aac": b"\xff\xf1\x50\x80" + bytes(100),
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100),
    "audio/flac": b"fLaC" + bytes(100),
    "video/mp4": samples.MP4,
    "video/webm": samples.WEBM,
    "video/quicktime": b"\x00\x00\x00\x14ftypqt  " + bytes(100),
    "video/ogg": b"OggS" + bytes(25) + b"\x80theora" + bytes(100),
    "application/pdf": samples.PDF,
    "application/zip": samples.archive(a=b"a"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": samples.archive(
        **{"[Content_Types].xml": b"<a/>", "word__document.xml": b"<a/>"}
    ),
    "application/vnd.oasis.opendocument.text": samples.archive(
        mimetype=b"application/vnd.oasis.opendocument.text"
    ),
    "application/java-archive": samples.archive(**{"META-INF__MANIFEST.MF": b"Manifest-Version: 1.0"}),
    "text/plain": "Zażółć gęślą jaźń 😀\n".encode(),
    "text/html": b"  <!DOCTYPE html><p>hello",
    "application/x-executable": b"MZ" + bytes(100),
    "application/octet-stream": bytes(range(256)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_is_known_by_its_bytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(KNOWN[name])
    assert look_at(path).type == name


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
        b"hello <SCRIPT>alert(1)</SCRIPT>",
        b"<!-- a comment --><html>",
        "<script>alert(1)</script>".encode("utf-16"),
        b"\x00\x01\x02 <iframe src=x>",
        b"<math><mi xlink:href='javascript:alert(1)'>",
    ],
)
def test_what_a_browser_would_run_is_markup(body: bytes) -> None:
    assert kind_of(body) is MARKUP
    assert MARKUP.is_active


@pytest.mark.parametrize("body", [b"\x7fELF\x02", b"#!/bin/sh\n", b"MZ\x90", b"\xca\xfe\xba\xbe"])
def test_programs_are_known_as_such(body: bytes) -> None:
    assert kind_of(body) is PROGRAM
    assert PROGRAM.is_active
    assert JAVA.is_active


def test_text_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("é".encode() * HEAD_BYTES)
    assert look_at(path).type == "text/plain"
    path.write_bytes("é".encode() * HEAD_BYTES + b"\x00")
    assert look_at(path).type == "application/octet-stream"
    path.write_bytes("é".encode() * HEAD_BYTES + b"\xc3")
    assert look_at(path).type == "application/octet-stream"


def test_a_picture_that_we_cannot_draw_says_so() -> None:
    kind = kind_of(b"\x00\x00\x00\x18ftypheic" + bytes(50))
    assert kind is HEIC
    assert kind.is_picture
    assert not kind.is_drawn
