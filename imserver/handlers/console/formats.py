"""How the console writes times and numbers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

UNITS = ((1024**4, "TB"), (1024**3, "GB"), (1024**2, "MB"), (1024, "KB"))
# By the first that is found: most browsers name others, too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
SPANS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"))


def moment(time_ms: int) -> Markup:
    """Return a time for people and, in the element, for programs."""
    when = datetime.fromtimestamp(time_ms / 1000, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        when.isoformat(timespec="seconds"), f"{when:%d %b %Y, %H:%M} UTC"
    )


def span(time_ms: int) -> str:
    """Return how long that is, in the largest unit that it fills."""
    for length, word in SPANS:
        if time_ms >= length:
            count = time_ms // length
            return f"{count} {word}{'' if count == 1 else 's'}"
    return "less than a minute"


def count(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}"


def size(bytes_count: int) -> str:
    """Return a size in a unit that people read."""
    for unit, word in UNITS:
        if bytes_count >= unit:
            return f"{bytes_count / unit:.1f} {word}"
    return f"{bytes_count} bytes"


def lines(text: str) -> Markup:
    """Return text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def plain(value: object) -> str:
    """Return a value of the record as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def browser(agent: str) -> str:
    """Return what people call the browser that names itself ``agent``, and what it runs on."""
    name = next((word for token, word in BROWSERS if token in agent), "")
    system = next((word for token, word in SYSTEMS if token in agent), "")
    if not name:
        return agent[:80] or "unknown"
    return f"{name} on {system}" if system else name


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "span": span,
    "count": count,
    "size": size,
    "lines": lines,
    "browser": browser,
    "plain": plain,
}
