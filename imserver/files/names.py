"""Names of files: what a person reads, and what a browser saves them under."""

import re
import unicodedata
from urllib.parse import quote

from imserver.files.kinds import Kind

NAME_BYTES = 180
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
# Windows takes these for devices, whatever their suffix.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_ASCII = re.compile(r"[^A-Za-z0-9._ -]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")


def clean_name(name: str, kind: Kind) -> str:
    """Return a name that is only that: no folders, no control or bidi characters, a suffix that is true."""
    last = re.split(r"[\\/]", name)[-1]
    kept = "".join(
        " " if unicodedata.category(c)[0] in "CZ" else c for c in unicodedata.normalize("NFC", last)
    )
    text = " ".join(_FORBIDDEN.sub("_", kept).split()).strip(". ")
    suffix = _true_suffix(text, kind)
    stem = text[: -len(suffix)] if suffix and text.lower().endswith(suffix.lower()) else text
    stem = _cut(stem.strip(". ") or "file", NAME_BYTES - len(suffix))
    return ("_" if _DEVICES.match(stem) else "") + stem + suffix


def _true_suffix(text: str, kind: Kind) -> str:
    """Return the name's own suffix if files of the kind have such, else the usual one of the kind."""
    own = _SUFFIX.search(text)
    if own and (not kind.suffixes or own[0].lower() in kind.suffixes):
        return own[0]
    return kind.suffixes[0] if kind.suffixes else ".bin"


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore").rstrip(". ")


def disposition(name: str, *, is_inline: bool) -> str:
    """Return Content-Disposition in ASCII, with the whole name for browsers that read RFC 6266."""
    plain = _ASCII.sub("_", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()).strip()
    how = "inline" if is_inline else "attachment"
    return f"{how}; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"
