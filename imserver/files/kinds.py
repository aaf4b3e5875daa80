"""What a file is, by its bytes; what its sender or its name says plays no part.

design: Browsers guess, so we leave them nothing to guess: pictures, sound and films are named by a signature
at the very first byte, text is what decodes as UTF-8 without control characters, and what could be run, by a
browser or by a machine, has a name of its own so that it can be refused.
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 65_536
_READ_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Kind:
    """``suffixes``: how names of such files end, the usual one first; none where any will do."""

    type: str
    suffixes: tuple[str, ...] = ()

    @property
    def is_picture(self) -> bool:
        return self.type.startswith("image/")

    @property
    def is_drawn(self) -> bool:
        """Whether it can be drawn anew, which every picture is before anybody sees it."""
        return self in _DRAWABLE

    @property
    def is_active(self) -> bool:
        """Whether a browser or a machine would run it."""
        return self in (MARKUP, PROGRAM, JAVA)

    @property
    def is_sound(self) -> bool:
        return self.type.startswith("audio/")


OCTETS = Kind("application/octet-stream")
PROGRAM = Kind("application/x-executable")
MARKUP = Kind("text/html", (".html", ".htm", ".svg", ".xml", ".xhtml"))
TEXT = Kind("text/plain", (".txt", ".log", ".csv", ".md", ".srt", ".vtt", ".ics", ".json"))
JPEG = Kind("image/jpeg", (".jpg", ".jpeg", ".jfif"))
PNG = Kind("image/png", (".png",))
GIF = Kind("image/gif", (".gif",))
WEBP = Kind("image/webp", (".webp",))
AVIF = Kind("image/avif", (".avif",))
HEIC = Kind("image/heic", (".heic", ".heif"))
MP4 = Kind("video/mp4", (".mp4", ".m4v", ".3gp"))
MP4_SOUND = Kind("audio/mp4", (".m4a", ".mp4"))
QUICKTIME = Kind("video/quicktime", (".mov",))
WEBM = Kind("video/webm", (".webm",))
WEBM_SOUND = Kind("audio/webm", (".webm", ".weba"))
OGG = Kind("video/ogg", (".ogv", ".ogg"))
OGG_SOUND = Kind("audio/ogg", (".ogg", ".oga", ".opus"))
MP3 = Kind("audio/mpeg", (".mp3",))
AAC = Kind("audio/aac", (".aac",))
WAV = Kind("audio/wav", (".wav",))
FLAC = Kind("audio/flac", (".flac",))
PDF = Kind("application/pdf", (".pdf",))
ZIP = Kind("application/zip", (".zip",))
JAVA = Kind("application/java-archive", (".jar", ".apk"))
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
DOCX = Kind(f"{_OFFICE}.wordprocessingml.document", (".docx",))
XLSX = Kind(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",))
PPTX = Kind(f"{_OFFICE}.presentationml.presentation", (".pptx",))
OPEN_DOCUMENTS = {
    f"{_OPEN}.text": Kind(f"{_OPEN}.text", (".odt",)),
    f"{_OPEN}.spreadsheet": Kind(f"{_OPEN}.spreadsheet", (".ods",)),
    f"{_OPEN}.presentation": Kind(f"{_OPEN}.presentation", (".odp",)),
    "application/epub+zip": Kind("application/epub+zip", (".epub",)),
}
# What pictures are drawn from, and what they are afterwards.
_DRAWABLE = (JPEG, PNG, GIF, WEBP, AVIF)
DRAWN = {kind.type: kind for kind in (JPEG, PNG, WEBP)}

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"#!", PROGRAM),
    (b"\xfe\xed\xfa\xce", PROGRAM),
    (b"\xfe\xed\xfa\xcf", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # a Windows shortcut
)
_PICTURE_BRANDS = {b"avif": AVIF, b"avis": AVIF} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"), HEIC
)
_FILM_CODECS = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG", b"V_THEORA")
# Whatever makes a browser, or the program behind a double click, take text for a page.
_MARKUP = re.compile(
    rb"<(?:!doctype|\?xml|html|head|body|script|svg|i?frame|math|meta|object|embed|handler|xsl:)",
    re.IGNORECASE,
)
_MARKUP_WITHIN_BYTES = 4_096
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def look_at(path: Path) -> Kind:
    """Return what the file is; reads it all only if it may be text. Blocks, so call it in a thread."""
    with path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
        kind = kind_of(head)
        if kind is not None:
            return kind
        reader = codecs.getincrementaldecoder("utf-8")()
        piece = head
        while piece:
            if not _is_text(piece, reader):
                return OCTETS
            piece = opened.read(_READ_BYTES)
    return TEXT if _ends_well(reader) else OCTETS


def kind_of(head: bytes) -> Kind | None:
    """Return what the first bytes say; None where they say nothing."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    for begins, judge in ((b"PK\x03\x04", _archive), (b"\x1a\x45\xdf\xa3", _matroska), (b"OggS", _ogg)):
        if head.startswith(begins):
            return judge(head)
    return _sound_frame(head) or (MARKUP if _is_markup(head) else None)


def _brand(head: bytes) -> Kind:
    brand = head[8:12]
    if brand in _PICTURE_BRANDS:
        return _PICTURE_BRANDS[brand]
    if brand == b"qt  ":
        return QUICKTIME
    is_sound = brand.startswith(b"M4A") or (b"soun" in head and b"vide" not in head)
    return MP4_SOUND if is_sound else MP4


def _archive(head: bytes) -> Kind:
    named = re.match(rb"mimetype(application/[a-z.+-]+?)(?:PK|$)", head[30:120])
    if named is not None:
        return OPEN_DOCUMENTS.get(named[1].decode(), ZIP)
    if b"META-INF/MANIFEST.MF" in head or b"AndroidManifest.xml" in head:
        return JAVA
    if b"[Content_Types].xml" in head:
        for part, kind in ((b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX)):
            if part in head:
                return kind
    return ZIP


def _matroska(head: bytes) -> Kind | None:
    if b"webm" not in head[:64]:
        return None
    return WEBM if any(codec in head for codec in _FILM_CODECS) else WEBM_SOUND


def _ogg(head: bytes) -> Kind:
    return OGG if b"theora" in head[:4_096] else OGG_SOUND


def _sound_frame(head: bytes) -> Kind | None:
    """Sound without a container begins with a frame: eleven set bits, then what cannot be anything."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return AAC
    is_layer_three = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    is_possible = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return MP3 if is_layer_three and is_possible else None


def _is_markup(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf")[:_MARKUP_WITHIN_BYTES].replace(b"\x00", b"")
    return bool(_MARKUP.search(start))


def _is_text(piece: bytes, reader: codecs.IncrementalDecoder) -> bool:
    try:
        reader.decode(piece)
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(piece) is None


def _ends_well(reader: codecs.IncrementalDecoder) -> bool:
    try:
        reader.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
