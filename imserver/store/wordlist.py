"""The words that a site does not let pass, found in a text however it is dressed up.

design: an owner writes words, phrases, and ``*`` for any letters. Expressions of their own would let one
mistake, or one hostile text, stand a worker still; what is compiled here is bounded. A text is folded
character by character, so that what is found in it is known by its place in the text as it was written.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache

import msgspec

from imserver.errors import InvalidRequest
from imserver.store.words import fold_text

WORDS_LIMIT = 500
PATTERN_CHARACTERS = 60
# One for the beginning or the middle, one for the end. Two in the middle, or one where words have no edges,
# let a list of this length look at a long message for minutes, while the worker stands still.
STARS_PER_PATTERN = 2
# Letters that are drawn like Latin ones and that no normal form brings together.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвмтнкгպսոհզցօαβεικνορτυχηωıɡℓ",
    "aeopcyxijsdhlqwbmthkrpunhqgoaBeikvoptuxnwigl".lower(),
)
# Where words are not parted by spaces, a word is found wherever it stands.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W_]+")
_ANY_LETTERS = r"[^\W_]{0,30}"
_GAP = r"[\W_]{1,5}"
_EDGES = r"(?<![^\W_])(?:%s)(?![^\W_])"
# "s p a m" is a word once three single letters stand in a row, each at most this far from the next.
SPELLED_LETTERS = 3
SPELLED_GAP = 2


class WordAction(StrEnum):
    """What becomes of a message that has the word, the strictest first."""

    REFUSE = "refuse"
    HOLD = "hold"
    MASK = "mask"


_STRICTNESS = {action: rank for rank, action in enumerate(WordAction)}


class WordRule(msgspec.Struct, frozen=True):
    """``words`` is a word or a phrase; ``*`` in it stands for any letters."""

    words: str
    action: WordAction


# Where a word is in a folded text, and what the list says of it.
_Hit = tuple[WordAction, int, int]


class Found(msgspec.Struct, frozen=True):
    """A word of the list in a text: where, and what the list says of it."""

    action: WordAction
    start: int
    end: int


class WordList:
    """The rules of one site, made ready. It never changes, and knows no text that it was asked about."""

    def __init__(self, rules: Iterable[WordRule]) -> None:
        self._whole: dict[str, WordAction] = {}
        self._patterns: list[tuple[re.Pattern[str], WordAction]] = []
        by_action: dict[WordAction, list[str]] = {}
        for rule in rules:
            folded = _folded(rule.words)
            if _is_one_word(folded):
                self._whole.setdefault(folded, rule.action)
            elif _is_bounded(folded):
                by_action.setdefault(rule.action, []).append(_expression(folded))
        for action, expressions in by_action.items():
            self._patterns.append((re.compile("|".join(expressions)), action))

    def __bool__(self) -> bool:
        return bool(self._whole or self._patterns)

    def find(self, text: str) -> list[Found]:
        """Return all that is found, the strictest first."""
        folded, places = _with_places(text)
        found = [
            Found(action, places[start], places[end - 1] + 1) for action, start, end in self._find(folded)
        ]
        return sorted(found, key=lambda one: (_STRICTNESS[one.action], one.start))

    def judge(self, text: str) -> tuple[WordAction | None, str]:
        """Return the strictest action, and the text with what is to be masked in it masked."""
        found = self.find(text)
        if not found:
            return None, text
        return found[0].action, masked(text, [one for one in found if one.action is WordAction.MASK])

    def _find(self, folded: str) -> Iterator[_Hit]:
        words = list(_WORD.finditer(folded))
        for word in words:
            action = self._whole.get(word[0])
            if action is not None:
                yield action, word.start(), word.end()
        for pattern, action in self._patterns:
            for match in pattern.finditer(folded):
                if match.end() > match.start():
                    yield action, match.start(), match.end()
        for spelled in _spelled(words):
            yield from self._find_spelled("".join(word[0] for word in spelled), spelled)

    def _find_spelled(self, joined: str, spelled: list[re.Match[str]]) -> Iterator[_Hit]:
        for whole, action in self._whole.items():
            at = joined.find(whole)
            if at >= 0 and len(whole) >= SPELLED_LETTERS:
                yield action, spelled[at].start(), spelled[at + len(whole) - 1].end()


def check_rules(rules: Iterable[WordRule]) -> None:
    """Raise InvalidRequest for a list that is too long, and for what would match nothing or nearly all."""
    listed = list(rules)
    if len(listed) > WORDS_LIMIT:
        raise InvalidRequest(f"A word filter holds at most {WORDS_LIMIT} words.")
    for rule in listed:
        words = rule.words
        letters = _WORD.findall(_folded(words))
        if len(words) > PATTERN_CHARACTERS or words.count("*") > STARS_PER_PATTERN:
            most = f"at most {PATTERN_CHARACTERS} characters, {STARS_PER_PATTERN} of them *"
            raise InvalidRequest(f"{words[:80]!r}: a word has {most}.")
        if not _is_bounded(_folded(words)):
            raise InvalidRequest(
                f"{words!r}: one * may stand before the end, and none in scripts without spaces."
            )
        if sum(map(len, letters)) < 2 and not _UNSPACED.search(words):
            raise InvalidRequest(f"{words!r}: a word has at least two letters.")


def masked(text: str, found: Iterable[Found]) -> str:
    """Return the text with a star for every character that was found."""
    characters = list(text)
    for one in found:
        characters[one.start : one.end] = "*" * (one.end - one.start)
    return "".join(characters)


def _is_bounded(folded: str) -> bool:
    if _UNSPACED.search(folded):
        return "*" not in folded
    return folded.rstrip("*").count("*") <= 1


def _is_one_word(folded: str) -> bool:
    return bool(_WORD.fullmatch(folded)) and not _UNSPACED.search(folded)


def _expression(folded: str) -> str:
    parts = [_ANY_LETTERS.join(map(re.escape, word.split("*"))) for word in folded.split()]
    expression = _GAP.join(parts)
    return expression if _UNSPACED.search(folded) else _EDGES % expression


def _spelled(words: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield the runs of single letters that stand close together."""
    run: list[re.Match[str]] = []
    for word in words:
        single = word.end() - word.start() == 1
        if run and (not single or word.start() - run[-1].end() > SPELLED_GAP):
            if len(run) >= SPELLED_LETTERS:
                yield run
            run = []
        if single:
            run.append(word)
    if len(run) >= SPELLED_LETTERS:
        yield run


def _folded(text: str) -> str:
    return _with_places(text.strip())[0]


def _with_places(text: str) -> tuple[str, list[int] | range]:
    """Return the folded text, and for each of its characters where it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for folded in _fold_character(character):
            characters.append(folded)
            places.append(place)
    return "".join(characters), places


@lru_cache(maxsize=8_192)
def _fold_character(character: str) -> str:
    """Return what a character is the same as: nothing for one that is not seen."""
    if unicodedata.category(character) == "Cf":
        return ""
    return fold_text(character).translate(_LOOKALIKES)
