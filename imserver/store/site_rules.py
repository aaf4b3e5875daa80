"""What an owner may decide: every rule once, with what it may be. Command line and console ask here."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from imserver.errors import InvalidRequest
from imserver.store.values import SiteRules

_LARGEST = 2**53
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", re.ASCII)
# What the widget hands to CSS as a colour, however it is written, without anything that is more than one.
_COLOUR = re.compile(
    r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})|(rgb|hsl|oklch)\([0-9., %/deg-]{1,40}\)|[a-z]{3,24}", re.ASCII
)
_LENGTH = re.compile(r"[0-9]{1,2}(\.[0-9])?px", re.ASCII)
_FONT = re.compile(r"[A-Za-z0-9 ,'\"_-]{1,120}", re.ASCII)
_ADDRESS = re.compile(r"https?://[!-~]{1,2000}", re.ASCII)
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class _Wrong(Exception):
    """The text is not what the rule may be."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``read`` makes the value of a text; ``right`` says what would be right."""

    key: str
    text: str
    right: str
    read: Callable[[str], Any]

    def value(self, rules: SiteRules) -> Any:
        """Return what ``rules`` say of it; nothing is the empty text or 0."""
        group, _, name = self.key.rpartition(".")
        if group == "theme":
            return rules.theme.get(name, "")
        return getattr(rules.limits if group else rules, name)


def _flag(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise _Wrong
    return text.lower() in _YES


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise _Wrong
    return int(text)


def _days(text: str) -> int:
    if _number(text) > 36_500:
        raise _Wrong
    return int(text)


def _minutes(text: str) -> int:
    minutes = _number(text)
    if not 1 <= minutes <= 10_080:
        raise _Wrong
    return minutes


def _erased(text: str) -> str:
    if text not in {"delete", "keep"}:
        raise _Wrong
    return text


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and not pattern.fullmatch(text):
            raise _Wrong
        return text

    return read


def _roster(text: str) -> str:
    if text not in {"everyone", "friends", "group"}:
        raise _Wrong
    return text


_FLAG = "on or off"
_ROSTERS = "everyone, friends or group"
_COUNT = "a whole number; 0 is no limit"
_A_COLOUR = "a colour such as #0a7cff or rgb(10 124 255), or nothing"
RULES: tuple[Rule, ...] = (
    Rule("guests", "People without an account may come in.", _FLAG, _flag),
    Rule("guests_create", "Guests may make groups and rooms.", _FLAG, _flag),
    Rule("guests_upload", "Guests may send files.", _FLAG, _flag),
    Rule("requests", "Members who are not friends ask first.", _FLAG, _flag),
    Rule("roster", "Whom members find: everyone, friends, or those of one group.", _ROSTERS, _roster),
    Rule("rooms", "There are rooms, those of pages included.", _FLAG, _flag),
    Rule("uploads", "Files may be sent.", _FLAG, _flag),
    Rule("retention_days", "How long messages are kept; 0: for ever.", "a number of days up to 36500", _days),
    Rule(
        "erased_texts",
        "What erased members have written: delete leaves empty places, keep a former member's texts.",
        "delete or keep",
        _erased,
    ),
    Rule(
        "language",
        "What the widget speaks where the page does not say; empty: what the browser does.",
        "a language such as de or pt-BR, or nothing",
        _matching(_LANGUAGE),
    ),
    Rule(
        "friends_url",
        "Where the site's own server says who somebody's friends are.",
        "an address such as https://forum.example/im-friends, or nothing",
        _matching(_ADDRESS),
    ),
    Rule(
        "friends_minutes",
        "How old a list of friends may be at a sign-in.",
        "a number of minutes from 1 to 10080",
        _minutes,
    ),
    Rule("theme.accent", "The colour of what can be pressed.", _A_COLOUR, _matching(_COLOUR)),
    Rule("theme.accent-ink", "The colour of words on that.", _A_COLOUR, _matching(_COLOUR)),
    Rule("theme.surface", "The colour of the ground.", _A_COLOUR, _matching(_COLOUR)),
    Rule("theme.ink", "The colour of words.", _A_COLOUR, _matching(_COLOUR)),
    Rule("theme.radius", "How round corners are.", "a length such as 8px, or nothing", _matching(_LENGTH)),
    Rule("theme.font", "The font.", "names of fonts such as Georgia, serif, or nothing", _matching(_FONT)),
    Rule("limits.members", "Members; guests are none.", _COUNT, _number),
    Rule("limits.messages_per_day", "Messages on one UTC day.", _COUNT, _number),
    Rule("limits.storage_bytes", "What all files together may take.", _COUNT, _number),
    Rule("limits.sends_per_second", "Messages a second, of all members together.", _COUNT, _number),
)
_BY_KEY = {rule.key: rule for rule in RULES}


def with_rules(rules: SiteRules, given: Mapping[str, str]) -> SiteRules:
    """Return ``rules`` with what ``given`` says, by key; raise InvalidRequest with what would be right.

    An empty text takes a text's rule back.
    """
    changed: dict[str, dict[str, Any]] = {"": {}, "limits": {}, "theme": dict(rules.theme)}
    for key, text in given.items():
        group, _, name = key.rpartition(".")
        value = _read(key, text.strip())
        changed[group][name] = value
    theme = {name: value for name, value in changed["theme"].items() if value}
    limits = msgspec.structs.replace(rules.limits, **changed["limits"])
    return msgspec.structs.replace(rules, **changed[""], theme=theme, limits=limits)


def _read(key: str, text: str) -> Any:
    rule = _BY_KEY.get(key)
    if rule is None:
        near = difflib.get_close_matches(key, list(_BY_KEY), n=1, cutoff=0.0)[0]
        raise InvalidRequest(f"There is no rule {key}; did you mean {near}?")
    try:
        return rule.read(text)
    except _Wrong as error:
        raise InvalidRequest(f"{key} is {text!r}; it must be {rule.right}.") from error
