"""What a check of a site's installation says: one thing that is wrong, and what to do about it."""

from dataclasses import dataclass

BAD, WARN, GOOD = "bad", "warn", "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``code`` is for programs and stays; ``text`` says what is wrong, ``todo`` what mends it."""

    code: str
    text: str
    todo: str = ""
    kind: str = BAD


def span_text(seconds: float) -> str:
    """Return how long that is, for people."""
    seconds = abs(seconds)
    for length, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        # A moment has passed since: what was an hour is not 60 minutes.
        if seconds > 0.98 * length:
            count = round(seconds / length)
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    count = round(seconds)
    return f"{count} second{'' if count == 1 else 's'}"
