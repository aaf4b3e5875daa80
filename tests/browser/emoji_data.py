"""Writes assets/app/emoji-data.js: ``python -m tests.browser.emoji_data emoji-test.txt`` (Unicode's)."""

import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "assets" / "app" / "emoji-data.js"
LINE = re.compile(r"^([0-9A-F ]+?)\s*; fully-qualified\s*# (\S+) E(\d+)\.\d (.+)$")
TONES = range(0x1F3FB, 0x1F400)
# Every system that runs the widget draws what is older.
NEW_FROM = 12
WIDTH = 148
QUOTES = {0x201C: None, 0x201D: None, 0x2019: "'"}
CATEGORIES = {
    "Smileys & Emotion": "smileys",
    "People & Body": "people",
    "Animals & Nature": "nature",
    "Food & Drink": "food",
    "Travel & Places": "travel",
    "Activities": "activities",
    "Objects": "objects",
    "Symbols": "symbols",
    "Flags": "flags",
}


def tinted(text: str, tone: int, bases: set[str]) -> str:
    """What the widget makes of ``text`` in a skin tone."""
    made = ""
    for character in text.replace("\ufe0f", "") if len(text) <= 2 else text:
        made += character + (chr(tone) if character in bases else "")
    return re.sub("([\U0001f3fb-\U0001f3ff])\ufe0f", r"\1", made)


def read(path: Path) -> dict[str, list[str]]:
    """Return the entries of each category: picture, name, ``+`` for skin tones, ``*`` and version if new."""
    rows: list[tuple[str, str, str, int]] = []
    category = ""
    for line in path.read_text().splitlines():
        if line.startswith("# group: "):
            category = line[9:].strip()
        if (match := LINE.match(line)) and category in CATEGORIES:
            rows.append((category, match[2], match[4], int(match[3])))
    every = {row[1] for row in rows}
    bases = {text[0] for text in every if len(text) > 1 and ord(text[1]) in TONES}
    entries: dict[str, list[str]] = {name: [] for name in CATEGORIES}
    for category, text, name, version in rows:
        if any(ord(character) in TONES for character in text):
            continue
        toned = any(c in bases for c in text) and all(tinted(text, tone, bases) in every for tone in TONES)
        mark = ("+" if toned else "") + (f"*{version}" if version >= NEW_FROM else "")
        short = name.removeprefix("flag: ").translate(QUOTES).lower()
        entries[category].append(f"{text} {short}{mark}")
    return entries


def wrap(words: list[str]) -> str:
    """Join with ``|``, in lines that an editor can show."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > WIDTH:
            lines.append(line)
            line = ""
        line += word + "|"
    return "\n".join([*lines, line.rstrip("|")])


def main(path: Path) -> None:
    """Write the module."""
    parts = [f"  {CATEGORIES[name]}: `{wrap(words)}`," for name, words in read(path).items()]
    TARGET.write_text(
        "// @ts-check\n"
        "// From Unicode's emoji-test.txt by tests/browser/emoji_data.py: picture and name;\n"
        "// + means that it has skin tones, *14 that it came with Emoji 14.\n"
        "/** @type {Record<string, string>} */\nexport const CATEGORIES = {\n" + "\n".join(parts) + "\n};\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
