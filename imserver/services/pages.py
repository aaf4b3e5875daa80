"""The address of a page whose visitors share a room: one form for all the forms that it comes in. Pure."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

from imserver.errors import InvalidRequest, WrongOrigin
from imserver.protocol.types import PAGE_CHARACTERS, ROOM_NAME_CHARACTERS

# What mailings and advertisements hang onto an address says how somebody came, not where they are.
TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid"})
PORTS = {"http": 80, "https": 443}


def normal_page(address: str, *, origins: Iterable[str]) -> str:
    """Return the address by which the page's room is found.

    Without fragment, credentials, default port and tracking; host in small letters. Raises InvalidRequest for
    what is no address of a web page, WrongOrigin for a page of another origin than ``origins``.
    """
    if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
        raise InvalidRequest("page is an http or https address.")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidRequest("page is an http or https address.") from error
    if parts.scheme not in PORTS or not host or "@" in parts.netloc:
        raise InvalidRequest("page is an http or https address.")
    usual = port in (None, PORTS[parts.scheme])
    origin = f"{parts.scheme}://{_bracketed(host)}" + ("" if usual else f":{port}")
    if origin not in origins:
        raise WrongOrigin("This page is not of one of the site's origins.")
    query = _without_tracking(parts.query)
    return (origin + (parts.path or "/") + ("?" + query if query else ""))[:PAGE_CHARACTERS]


def page_name(page: str) -> str:
    """Return what the room of a page is called: its address, for nobody may name it for the others."""
    return page.partition("://")[2].rstrip("/")[:ROOM_NAME_CHARACTERS]


def _without_tracking(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _is_tracking(name.lower())]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _is_tracking(name: str) -> bool:
    return name.startswith("utm_") or name in TRACKING


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
