"""How a host's server signs tokens, in the owner's language: read from integrations/, the one place of it."""

import re
from dataclasses import dataclass
from pathlib import Path

from imserver.store.values import Site

LANGUAGES = {"php": "PHP", "python": "Python", "node": "Node", "ruby": "Ruby"}
SOURCES = (".php", ".py", ".mjs", ".js", ".rb")
# What the files' own first lines say where a site's values belong.
PLACEHOLDERS = {"url": "https://im.example.com", "site": "s_9f2", "kid": "k1"}
_COMMENT = re.compile(r"^\s*(?:\*|//|#)? ?(.*)$")


@dataclass(frozen=True, slots=True)
class Snippet:
    """``usage`` is what the owner writes, with the site's own values; ``source`` the file that it needs."""

    language: str
    word: str
    file_name: str
    usage: str
    source: str


class Snippets:
    """Whatever languages the folder has."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            name: path
            for name in LANGUAGES
            for path in sorted((folder / name).glob("*"))
            if path.suffix in SOURCES
        }

    def for_site(self, site: Site, *, base_url: str) -> list[Snippet]:
        """Return one for each language, with the id of the site's newest key, never with a secret."""
        kid = list(site.keys)[-1] if site.keys else ""
        values = {"url": base_url, "site": site.site_id, "kid": kid}
        return [_snippet(name, path, values) for name, path in self._files.items()]


def _snippet(name: str, path: Path, values: dict[str, str]) -> Snippet:
    source = path.read_text(encoding="utf-8")
    usage = "\n".join(_examples(source))
    for what, placeholder in PLACEHOLDERS.items():
        for quote in "'", '"':
            usage = usage.replace(f"{quote}{placeholder}{quote}", f"{quote}{values[what]}{quote}")
    return Snippet(name, LANGUAGES[name], path.name, usage, source)


def _examples(source: str) -> list[str]:
    """Return the indented lines of the file's first comment: how it is used."""
    found: list[str] = []
    for line in source.splitlines()[:30]:
        match = _COMMENT.match(line)
        text = match[1] if match else ""
        if text.startswith("    "):
            found.append(text[4:])
        elif found and text.strip():
            break
        elif found:
            found.append("")
    return "\n".join(found).strip().splitlines()
