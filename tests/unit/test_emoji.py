"""What is one emoji, and how it is spelled."""

import pytest

from imserver.protocol.emoji import canonical

ONE = [
    "😀",
    "👍🏽",
    "👨\u200d👩\u200d👧\u200d👦",
    "🏳️\u200d🌈",
    "🏴\u200d☠️",
    "🇩🇪",
    "1️⃣",
    "👩🏻\u200d❤️\u200d💋\u200d👩🏿",
    "🧑\u200d💻",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "🫨",
    "🤷🏽\u200d♀️",
    "🙂\u200d↔️",
    "🐦\u200d🔥",
    "⛹🏽\u200d♂️",
    "🕵️\u200d♀️",
    "👁️\u200d🗨️",
    "🫱🏻\u200d🫲🏿",
    "❤️\u200d🔥",
    "🧑🏽\u200d🦽\u200d➡️",
    "☝🏿",
    "🐈\u200d⬛",
    "🫩",
]
NONE = (
    *("", "a", "1", "#", "<b>", "é", "中", "★", "♩", "😀😀", "😀a", " 😀", "😀 ", "😀\n"),
    *("🇩", "🇦🇦", "🇩🇪🇩", "🏽", "\u200d", "\ufe0f", "\u20e3", "a\ufe0f", "0\ufe0f", "\u202e😀", "😀\u200b"),
    *(
        "😀\ufe0f\ufe0f",
        "❤\ufe0e",
        "👍🏽🏽",
        "😀\u200d",
        "😀\u200d😀",
        "👨\u200d" * 20 + "👨",
        "🏴\U000e0067\U000e007f",
    ),
)


@pytest.mark.parametrize("emoji", ONE)
def test_every_kind_of_emoji_is_one(emoji: str) -> None:
    assert canonical(emoji) == emoji


@pytest.mark.parametrize("text", NONE, ids=ascii)
def test_nothing_else_is(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("❤", "❤\ufe0f"),
        ("☺", "☺\ufe0f"),
        ("😀\ufe0f", "😀"),
        ("#\u20e3", "#\ufe0f\u20e3"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("🤷🏽\u200d♀", "🤷🏽\u200d♀\ufe0f"),
        ("©", "©\ufe0f"),
    ],
)
def test_an_emoji_has_one_spelling(text: str, spelled: str) -> None:
    assert canonical(text) == spelled
    assert canonical(spelled) == spelled
