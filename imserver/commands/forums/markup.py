"""Other programs' BBCode and HTML as plain text: what a person read, without anything that does something.

Why not a library: those there are for BBCode make HTML of it, and all that is wanted is the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

MARKS = (
    "b|i|u|s|color|size|font|center|left|right|align|justify|list|olist|attachment|flash|spoiler|email|hr|"
    "quote|url|img|video|media|code|php"
)
_TAG = re.compile(
    rf"\[(/?)({MARKS})(?:[=:]([^\]\r\n]{{0,2000}}))?\]|\[\*(?::[^\]]*)?\]|\[/\*(?::[^\]]*)?\]", re.IGNORECASE
)
# Old phpBB marks its own tags with the message's uid: [b:1a2b3c4d].
_UID = re.compile(r":[a-z0-9]{5,10}$", re.IGNORECASE)
_CODE = re.compile(r"\[(code|php)(?:[=:][^\]]*)?\](.*?)\[/\1(?::[^\]]*)?\]", re.IGNORECASE | re.DOTALL)
_QUOTED_NAME = re.compile(
    r"""^(?:"([^"]*)"|'([^']*)'|(.*?)(?:\s+(?:post_id|pid|time|user_id|msg_id|dateline)=|$))"""
)
_BLANK_LINES = re.compile(r"\n{3,}")
# Only such addresses are told beside the words that led to them.
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+", re.IGNORECASE)
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
)
_UNSEEN = frozenset({"script", "style", "head", "title", "iframe", "object", "svg", "template", "noscript"})


def text_of_bbcode(source: str) -> str:
    """Return the text of a message with BBCode; what stands in code stays as it is."""
    return tidy("".join(_bbcode_parts(source)))


def text_of_html(source: str) -> str:
    """Return the text of a message in HTML; scripts and styles are gone, pictures are their words."""
    return tidy(_html_text(source))


def text_of_phpbb(source: str, uid: str = "") -> str:
    """Return the text of a message as phpBB stores it: XML from 3.2 on, BBCode in HTML before."""
    if source.startswith(("<r>", "<t>")) and source.endswith(("</r>", "</t>")):
        # What was typed stands between the tags, marks and all.
        return text_of_bbcode(unescape(re.sub(r"<[^>]*>", "", source)))
    if uid:
        source = source.replace(f":{uid}]", "]").replace(f":{uid}", "")
    return text_of_bbcode(_html_text(source.replace("\r\n", "\n"), keeps_lines=True))


def tidy(text: str) -> str:
    """Return the text without what nobody can see, and without more than one blank line at a time."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    lines = (line.rstrip() for line in seen.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _bbcode_parts(source: str) -> Iterator[str]:
    place = 0
    for code in _CODE.finditer(source):
        yield _without_tags(source[place : code.start()])
        yield code[2]
        place = code.end()
    yield _without_tags(source[place:])


def _without_tags(source: str) -> str:
    """Go through the tags; a quote or a link is written when its end comes, or the text's."""
    open_: list[tuple[str, str, list[str]]] = [("", "", [])]
    place = 0
    for tag in _TAG.finditer(source):
        open_[-1][2].append(source[place : tag.start()])
        place = tag.end()
        name, value = (tag[2] or "*").lower(), tag[3] or ""
        if name == "*":
            open_[-1][2].append("" if tag[0].startswith("[/") else "\n• ")
        elif name == "hr":
            open_[-1][2].append("\n—\n")
        elif name in ("quote", "url", "email", "img", "video", "media"):
            _nest(open_, name, _UID.sub("", value), closes=bool(tag[1]))
    open_[-1][2].append(source[place:])
    while len(open_) > 1:
        _close(open_)
    return "".join(open_[0][2])


def _nest(open_: list[tuple[str, str, list[str]]], name: str, value: str, *, closes: bool) -> None:
    if not closes:
        open_.append((name, value, []))
        return
    if name in (entry[0] for entry in open_):
        while open_[-1][0] != name:
            _close(open_)
        _close(open_)


def _close(open_: list[tuple[str, str, list[str]]]) -> None:
    name, value, parts = open_.pop()
    inner = "".join(parts)
    open_[-1][2].append(_quoted(inner, value) if name == "quote" else _linked(inner, value))


def _quoted(inner: str, value: str) -> str:
    match = _QUOTED_NAME.match(unescape(value).strip())
    name = next((part for part in match.groups() if part), "").strip() if match else ""
    lines = ([f"{name}:"] if name else []) + inner.strip().split("\n")
    return "\n" + "\n".join(f"> {line}" for line in lines) + "\n"


def _linked(words: str, address: str) -> str:
    """Return the words of a link and, if it is another thing and leads to a page, its address."""
    address = address.strip("\"' ")
    if not _ADDRESS.fullmatch(address) or address.removeprefix("mailto:") == words.strip():
        return words
    return f"{words} ({address})" if words.strip() else address


class _Text(HTMLParser):
    """Gathers what HTML shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str, list[str]]] = [("", "", [])]
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "a":
            self.stack.append((tag, known.get("href", ""), []))
        elif tag == "blockquote":
            self.stack.append((tag, "", []))
        elif tag == "img":
            self._add(known.get("alt", ""))
        elif tag in _BLOCKS:
            self._add("\n• " if tag == "li" else "\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in ("a", "blockquote") and any(entry[0] == tag for entry in self.stack):
            while self.stack[-1][0] != tag:
                self._close()
            self._close()
        elif tag in ("p", "div", "ul", "ol"):
            self._add("\n")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def text(self) -> str:
        """Return all of it."""
        self.close()
        while len(self.stack) > 1:
            self._close()
        return "".join(self.stack[0][2])

    def _add(self, text: str) -> None:
        if not self.unseen:
            self.stack[-1][2].append(text)

    def _close(self) -> None:
        tag, value, parts = self.stack.pop()
        inner = "".join(parts)
        self.stack[-1][2].append(_quoted(inner, "") if tag == "blockquote" else _linked(inner, value))


def _html_text(source: str, *, keeps_lines: bool = False) -> str:
    parser = _Text()
    # A line break in HTML is a blank; what old phpBB stores has both.
    parser.feed(re.sub(r"<br ?/?>\n", "\n", source) if keeps_lines else source)
    return parser.text()
