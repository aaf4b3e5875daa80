"""Names of files are names and nothing else."""

import random

import pytest

from imserver.files.kinds import JPEG, OCTETS, PDF, TEXT
from imserver.files.names import NAME_BYTES, clean_name, disposition

CASES = [
    ("photo.jpg", "photo.jpg"),
    ("photo.JPEG", "photo.JPEG"),
    ("Überraschung 😀.jpg", "Überraschung 😀.jpg"),
    ("../../etc/passwd", "passwd.jpg"),
    ("..\\..\\boot.ini", "boot.ini.jpg"),
    ("C:\\Users\\ada\\photo.jpg", "photo.jpg"),
    ("", "file.jpg"),
    ("...", "file.jpg"),
    (".htaccess", "htaccess.jpg"),
    ("evil\r\nSet-Cookie: a=b.jpg", "evil Set-Cookie_ a=b.jpg"),
    ("a\x00b.jpg", "a b.jpg"),
    ("gpj.\u202eexe.jpg", "gpj. exe.jpg"),
    ("\u2066\u200bphoto\u2069.jpg", "photo.jpg"),
    ("photo.jpg.exe", "photo.jpg.exe.jpg"),
    ("page.html", "page.html.jpg"),
    ('a"b<c>|d?.jpg', "a_b_c__d_.jpg"),
    ("con.jpg", "_con.jpg"),
    ("photo.jpg   ", "photo.jpg"),
]


@pytest.mark.parametrize(("given", "kept"), CASES)
def test_a_name_keeps_what_is_harmless(given: str, kept: str) -> None:
    assert clean_name(given, JPEG) == kept


def test_a_long_name_keeps_its_suffix() -> None:
    name = clean_name("ä" * 500 + ".pdf", PDF)
    assert name.endswith("ä.pdf")
    assert len(name.encode()) <= NAME_BYTES


def test_a_suffix_says_what_the_bytes_are() -> None:
    assert clean_name("page.html", TEXT) == "page.html.txt"
    assert clean_name("notes.md", TEXT) == "notes.md"
    assert clean_name("drawing.psd", OCTETS) == "drawing.psd"
    assert clean_name("drawing", OCTETS) == "drawing.bin"


def test_no_name_breaks_out_of_its_header() -> None:
    chance = random.Random(4)
    alphabet = "ab.\"'\\;=%\r\n\t\x00\x1b\u202e\u2028é漢😀/:*<>"
    for _ in range(3_000):
        name = clean_name("".join(chance.choices(alphabet, k=chance.randrange(40))), TEXT)
        header = disposition(name, is_inline=False)
        assert header.isascii()
        assert header.isprintable()
        assert header.startswith('attachment; filename="')
        assert header.count('"') == 2
        assert "/" not in name
        assert "\\" not in name
