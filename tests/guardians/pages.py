"""The pages for readers, and what is in them: code blocks, inline code, headings, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^ *```(\w*)$")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; ``line`` is where it begins, for whoever has to find it."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its parts; ``prose`` is all that is outside of fenced blocks."""

    path: Path
    prose: str
    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def inline(self) -> list[str]:
        """Return what stands between backticks in the prose."""
        return _INLINE.findall(self.prose)

    def links(self) -> list[str]:
        """Return the targets of links and pictures."""
        return [str(target) for target in _LINK.findall(_INLINE.sub("code", self.prose))]

    def anchors(self) -> set[str]:
        """Return what may stand behind a # in an address of this page."""
        headings = re.findall(r"^#+ +(.+)$", self.prose, re.M)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def read_page(path: Path) -> Page:
    """Cut the page at ``path`` into its parts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    prose: list[str] = []
    blocks: list[Block] = []
    begun: tuple[int, str] | None = None
    for number, line in enumerate(lines, start=1):
        fence = _FENCE.match(line)
        if fence is None:
            prose += [line] if begun is None else []
        elif begun is None:
            begun = (number, fence[1])
        else:
            text = dedent("\n".join(lines[begun[0] : number - 1])) + "\n"
            blocks.append(Block(path, begun[0], begun[1], text))
            begun = None
    assert begun is None, f"{path}:{begun}: a code block does not end"
    return Page(path, "\n".join(prose), tuple(blocks))


def all_pages() -> Iterator[Page]:
    """Give every page but the changelog, which tells of what was."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "integrations").rglob("*.md")]
    for path in sorted(paths):
        if path.name != "CHANGELOG.md" and "node_modules" not in path.parts:
            yield read_page(path)
