"""What a setting may be: each check returns what would be right, or None when the value is fine."""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

Value = str | int | float | bool | tuple[str, ...]
Check = Callable[[Value], str | None]

_HOST_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(?P<port>[0-9]{1,5})", re.ASCII)
_PREFIX = re.compile(r"[a-z0-9_-]{1,16}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]{1,200})?", re.ASCII)
_MEDIA_TYPE = re.compile(r"(\*|[a-z]+)/[a-z0-9.+*-]+", re.ASCII)
_SENDER = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+|[^<>@,;\r\n]+ <[^\s<>@,;]+@[^\s<>@,;]+>", re.ASCII)
_LARGEST_PORT = 65_535
# A unix socket path has 107 bytes; the bus needs some of them for its own file names.
_SOCKET_FOLDER_BYTES = 80


def between(least: float, most: float) -> Check:
    """Accept a number from ``least`` to ``most``."""

    def check(value: Value) -> str | None:
        inside = isinstance(value, int | float) and least <= value <= most
        return None if inside else f"a number from {least:g} to {most:g}"

    return check


def zero_or_between(least: float, most: float) -> Check:
    """Accept 0, which turns the setting off, or a number from ``least`` to ``most``."""
    inside = between(least, most)

    def check(value: Value) -> str | None:
        return None if value == 0 else inside(value) and f"0 (off) or a number from {least:g} to {most:g}"

    return check


def one_of(*words: str) -> Check:
    """Accept one of ``words``."""

    def check(value: Value) -> str | None:
        return None if value in words else "one of " + ", ".join(f'"{word}"' for word in words)

    return check


def anything(_value: Value) -> str | None:
    """Accept every value of the right type."""
    return None


def split_bind(bind: str) -> tuple[str, int] | None:
    """Return host and port of ``host:port`` or ``[v6]:port``; None when it is neither."""
    match = _HOST_PORT.fullmatch(bind)
    if match is None or not 0 < int(match["port"]) <= _LARGEST_PORT:
        return None
    return match["host"].strip("[]"), int(match["port"])


def bind_address(value: Value) -> str | None:
    """Accept ``host:port``, ``[v6]:port`` or ``unix:/path``."""
    text = str(value)
    if text.startswith("unix:/") or split_bind(text) is not None:
        return None
    return 'an address such as "127.0.0.1:8080", "[::]:8080" or "unix:/run/imserver/web.sock"'


def _split(url: str) -> SplitResult:
    """Split ``url``; one that cannot be split, or has an impossible port, comes back empty."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def web_address(value: Value) -> str | None:
    """Accept an origin such as ``https://im.example.com``, or nothing."""
    parts = _split(str(value))
    is_origin = (
        parts.scheme in {"http", "https"} and parts.netloc and f"{parts.scheme}://{parts.netloc}" == value
    )
    return None if not value or is_origin else 'an origin such as "https://im.example.com", without a path'


def networks(value: Value) -> str | None:
    """Accept a list of IP addresses and networks."""
    assert isinstance(value, tuple)  # noqa: S101 - the type was checked before any check runs
    try:
        for text in value:
            ipaddress.ip_network(text)
    except ValueError:
        return 'a list of addresses or networks such as ["127.0.0.1", "10.0.0.0/8"]'
    return None


def store_url(value: Value) -> str | None:
    """Accept the URL of an SQLite file or of a MySQL database."""
    parts = _split(str(value))
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return None
    if parts.scheme == "mysql" and parts.hostname is not None and len(parts.path) > 1:
        return None
    return '"sqlite:///var/imserver.db", "sqlite:////absolute/path.db" or "mysql://user:password@host:3306/database"'


def cache_url(value: Value) -> str | None:
    """Accept ``memory:`` or the URL of memcached servers."""
    text = str(value)
    address = text.removeprefix("memcached://")
    if text == "memory:" or (address not in {text, "", "/"}):
        return None
    return '"memory:", "memcached://host:11211,other:11211" or "memcached:///path/to.sock"'


def redis_url(value: Value) -> str | None:
    """Accept the URL of a Redis server, or nothing."""
    parts = _split(str(value))
    is_server = parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
    is_socket = parts.scheme == "unix" and len(parts.path) > 1
    return None if not value or is_server or is_socket else '"redis://host:6379" or "unix:///path/to.sock"'


def mail_url(value: Value) -> str | None:
    """Accept where mail is handed over, or nothing."""
    parts = _split(str(value))
    is_server = parts.scheme in {"smtp", "starttls", "smtps"} and bool(parts.hostname) and not parts.path
    shown = '"smtp://host:25", "starttls://user:password@host:587" or "smtps://user:password@host:465"'
    return None if not value or is_server else shown


def mail_sender(value: Value) -> str | None:
    """Accept an address in ASCII, alone or behind a name, or nothing."""
    is_sender = _SENDER.fullmatch(str(value)) is not None
    return None if not value or is_sender else '"no-reply@example.org" or "Seed Club <no-reply@example.org>"'


def key_prefix(value: Value) -> str | None:
    """Accept a short prefix for cache keys."""
    return None if _PREFIX.fullmatch(str(value)) else "1 to 16 of a-z, 0-9, _ and -"


def socket_folder(value: Value) -> str | None:
    """Accept an absolute folder that is short enough for unix sockets in it, or nothing."""
    text = str(value)
    short = text.startswith("/") and len(text.encode()) <= _SOCKET_FOLDER_BYTES
    return None if not text or short else f"an absolute path of at most {_SOCKET_FOLDER_BYTES} bytes"


def bucket(value: Value) -> str | None:
    """Accept the name of an S3 bucket, perhaps with a prefix, or nothing."""
    return None if not value or _BUCKET.fullmatch(str(value)) else '"bucket-name" or "bucket-name/prefix"'


def media_types(value: Value) -> str | None:
    """Accept a list of media types, in which * stands for anything."""
    assert isinstance(value, tuple)  # noqa: S101 - the type was checked before any check runs
    is_right = all(_MEDIA_TYPE.fullmatch(text) for text in value)
    return None if is_right else 'a list of types such as ["image/*", "application/pdf"]'
