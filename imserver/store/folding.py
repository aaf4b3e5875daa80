"""Names as they are searched: case-folded, compatibility-normalised, and cut at words."""

import unicodedata

# Enough to order and to find by; a hostile name must not fill an index.
FOLDED_CHARACTERS = 64
WORDS_PER_NAME = 8
# Above every name that begins with a prefix: no character sorts after this one.
LAST_CHARACTER = "\U0010ffff"


def fold(text: str) -> str:
    """Return what equal-looking names have in common, at most 64 characters of it."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())[:FOLDED_CHARACTERS]


def word_starts(folded: str) -> list[str]:
    """Return the rest of the name from each of its words on: what a prefix search has to look at."""
    words = folded.split(" ")
    return list(dict.fromkeys(" ".join(words[index:]) for index in range(min(len(words), WORDS_PER_NAME))))


def prefix_range(query: str) -> tuple[str, str]:
    """Return (low, high) such that low <= word < high holds for the words that begin like ``query``."""
    low = fold(query)
    return low, low + LAST_CHARACTER
