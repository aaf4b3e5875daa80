"""Words as messages are searched for: folded, cut, and in scripts without spaces every pair of characters.

What is stored in the index, what a query asks of it, and what finally judges a message are all made here, so
that they cannot disagree: a query's terms are a subset of the terms of every message that it matches.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# A term is a key of the index; longer words are found by their beginning and judged by the text.
TERM_BYTES = 64
# More words narrow no further: the rest of a query is only held against the texts that were found.
TERMS_PER_QUERY = 8
# One letter begins a tenth of all words: it is held against the texts, and asks the index only as a word.
PREFIX_CHARACTERS = 2
LAST_CHARACTER = "\U0010ffff"

# Accents of Latin, Greek and Cyrillic, vowel points of Hebrew and Arabic, what makes text look like emoji.
# The marks of Indic and South-East Asian scripts are letters of theirs, and stay.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_STRIPPED = re.compile(f"[{_MARKS}\u00ad\u0640\u200b-\u200f\u2060]")
# Thai to Myanmar, Khmer, kana, Han and its extensions, Hangul, whose words carry their endings, and emoji.
_UNSPACED = (
    "\u0e01-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3\u2600-\u27bf\u3005-\u3007\u3040-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)


def _ranges_of_marks() -> str:
    """Return the marks of the scripts that are written with spaces, for a character class."""
    blocks = [range(0x0300, 0x0E00), range(0x1700, 0x1780), range(0x1900, 0x1D00), range(0xA800, 0xAC00)]
    return "".join(chr(c) for block in blocks for c in block if unicodedata.category(chr(c))[0] == "M")


_PIECE = re.compile(f"([{_UNSPACED}]+)|((?:[^\\W_{_UNSPACED}]|[{_ranges_of_marks()}])+)")


def fold_text(text: str) -> str:
    """Return what is the same in texts that a reader would call the same: case, width, accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", _STRIPPED.sub("", unicodedata.normalize("NFKD", plain)))


def terms_of(text: str) -> set[str]:
    """Return the terms under which a message is found."""
    terms: set[str] = set()
    for run, word in _PIECE.findall(fold_text(text)):
        if word:
            terms.add(cut(word))
        else:
            terms.update(run)
            terms.update(_pairs(run))
    return terms


def cut(word: str) -> str:
    """Return as many of the word's characters as a term holds."""
    if len(word) * 4 <= TERM_BYTES:
        return word
    return word.encode()[:TERM_BYTES].decode(errors="ignore")


def _pairs(run: str) -> Iterator[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for: every word, the last one as a beginning, and every run of unspaced script.

    ``exact`` are terms that a matching message has; ``prefix`` begins a term of it, or is empty. Without
    either there is nothing to look for.
    """

    words: tuple[str, ...]
    beginning: str
    runs: tuple[str, ...]
    exact: tuple[str, ...]
    prefix: str

    @property
    def is_empty(self) -> bool:
        return not self.exact and not self.prefix

    def matches(self, text: str) -> bool:
        """Judge a message by its text."""
        folded = fold_text(text)
        # Most texts that are read for nothing end here, without being cut.
        if any(part not in folded for part in (*self.words, self.beginning, *self.runs)):
            return False
        if not self.words and not self.beginning:
            return True
        words = {word for _, word in _PIECE.findall(folded) if word}
        if not words.issuperset(self.words):
            return False
        return not self.beginning or any(word.startswith(self.beginning) for word in words)


def parse_query(text: str) -> Query:
    """Return what ``text`` asks for; a text that ends in a space ends its last word, too."""
    folded = fold_text(text)
    pieces = list(_PIECE.finditer(folded))
    runs = tuple(dict.fromkeys(piece[1] for piece in pieces if piece[1]))
    words = [piece[2] for piece in pieces if piece[2]]
    beginning = words.pop() if words and pieces[-1][2] and pieces[-1].end() == len(folded) else ""
    exact = [cut(word) for word in dict.fromkeys(words)]
    exact += [term for run in runs for term in (_pairs(run) if len(run) > 1 else (run,))]
    # Long words first: they are the rare ones, and a query asks for a few terms only.
    exact = sorted(dict.fromkeys(exact), key=len, reverse=True)[:TERMS_PER_QUERY]
    prefix = beginning if len(beginning) >= PREFIX_CHARACTERS else ""
    if not exact and beginning and not prefix:
        return Query((beginning,), "", (), (beginning,), "")
    return Query(tuple(dict.fromkeys(words)), beginning, runs, tuple(exact), cut(prefix))
