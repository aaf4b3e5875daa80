"""Content security policies, as far as they concern the one tag: which directive keeps what out."""

import re
from urllib.parse import urlsplit

# What stands in for a directive that is missing, in the order in which browsers look.
FALLBACKS = {
    "script": ("script-src-elem", "script-src", "default-src"),
    "frame": ("frame-src", "child-src", "default-src"),
    "connect": ("connect-src", "default-src"),
}
_PORT = re.compile(r"[0-9]{1,5}")
PORTS = {"http": 80, "https": 443}


def blocking(policy: str, kind: str, address: str, *, page: str, nonce: str = "") -> str | None:
    """Return the directive of ``policy`` that keeps ``address`` out of ``page``; None if none does.

    ``kind`` is script, frame or connect. A hash cannot allow what is not at hand, so it allows nothing here.
    """
    directives = _directives(policy)
    name = next((name for name in FALLBACKS[kind] if name in directives), None)
    if name is None:
        return None
    sources = directives[name]
    if kind == "script" and nonce and f"'nonce-{nonce}'" in sources:
        return None
    # With strict-dynamic, browsers heed nonces and hashes alone.
    if kind == "script" and "'strict-dynamic'" in sources:
        return name
    return None if any(_allows(source, address, page) for source in sources) else name


def _directives(policy: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            # The first of a name counts.
            found.setdefault(words[0].lower(), words[1:])
    return found


def _allows(source: str, address: str, page: str) -> bool:
    target = urlsplit(address)
    if source.lower() == "'self'":
        return _origin(address) == _origin(page)
    if source.startswith("'"):
        return False
    if source == "*":
        return target.scheme in PORTS
    if source.endswith(":") and "/" not in source:
        return source[:-1].lower() == target.scheme or (
            source.lower() == "http:" and target.scheme == "https"
        )
    scheme, _, rest = source.rpartition("://")
    host, slash, path = rest.partition("/")
    name, _, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    scheme = scheme.lower() or urlsplit(page).scheme
    return (
        (scheme == target.scheme or (scheme == "http" and target.scheme == "https"))
        and _is_host(name.lower(), target.hostname or "")
        and _is_port(port, target.port, target.scheme)
        and _is_path(slash + path, target.path)
    )


def _is_host(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else pattern == host


def _is_port(pattern: str, port: int | None, scheme: str) -> bool:
    actual = port or PORTS[scheme]
    return pattern == "*" or (int(pattern) == actual if _PORT.fullmatch(pattern) else actual == PORTS[scheme])


def _is_path(pattern: str, path: str) -> bool:
    if pattern in ("", "/"):
        return True
    return path.startswith(pattern) if pattern.endswith("/") else path == pattern


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
