"""What is wrong with a page of the owner's: the tag, its values, the page's policy, its origin."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import SplitResult, urljoin, urlsplit

from imserver.services.findings import GOOD, WARN, Finding
from imserver.services.policies import blocking
from imserver.store.values import Site

LOADER = "/im.js"
# The library's parser takes minutes for some pages of 200 KB, while every other site waits: it is only given
# the tags that count, each of a length that nobody's tag has.
_TAG = re.compile(r"<(?:script|meta)\b[^<>]{0,4000}>", re.IGNORECASE)
TAGS_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was fetched, or pasted. ``policies`` are those of its headers."""

    address: str
    html: str
    policies: Sequence[str] = ()


@dataclass(slots=True)
class Tag:
    """The script tag: where it loads from, and its data- attributes."""

    source: str
    data: dict[str, str]
    nonce: str = ""


@dataclass(slots=True)
class _Reader(HTMLParser):
    tags: list[Tag] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script" and _parts(values.get("src", "")).path.endswith(LOADER):
            data = {name[5:]: value for name, value in values.items() if name.startswith("data-")}
            self.tags.append(Tag(values["src"], data, values.get("nonce", "")))
        elif tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(values.get("content", ""))


def find_tag(page: Page) -> Tag | None:
    """Return the first of our tags in the page."""
    reader = _read(page)
    return reader.tags[0] if reader.tags else None


def check_page(page: Page, site: Site, *, base_url: str) -> list[Finding]:
    """Return what keeps the messenger from starting in this page; one good finding if nothing does."""
    reader = _read(page)
    found = [
        *_tag(reader.tags, page, site, base_url),
        *_policy([*page.policies, *reader.policies], page, reader.tags, base_url),
        *_origin(page, site, base_url),
    ]
    good = Finding(code="page_good", text="The page has the tag, and nothing on it is in its way.", kind=GOOD)
    return found or [good]


def _read(page: Page) -> _Reader:
    reader = _Reader()
    for _, tag in zip(range(TAGS_LOOKED_AT), _TAG.finditer(_without_comments(page.html)), strict=False):
        reader.feed(tag[0])
        reader.reset()
    return reader


def _without_comments(html: str) -> str:
    """Return the page as a browser sees it: one that has no end takes the rest of the page with it."""
    pieces, at = [], 0
    while (begin := html.find("<!--", at)) >= 0:
        pieces.append(html[at:begin])
        end = html.find("-->", begin + 2)
        if end < 0:
            return "".join(pieces)
        at = end + 3
    return "".join([*pieces, html[at:]])


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def joined(base: str, address: str) -> str:
    """Return an address of a page as a browser would ask for it; one that is none as it stands there."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _tag(tags: list[Tag], page: Page, site: Site, base_url: str) -> Iterator[Finding]:
    if not tags:
        yield Finding(
            code="tag_missing",
            text="The page has no script tag of the messenger.",
            todo="Paste the tag into the template that all your pages share. If it is for members only, "
            "paste the page's source: we look without an account.",
        )
        return
    tag = tags[0]
    source = joined(page.address, tag.source)
    if source.partition("?")[0] != base_url + LOADER:
        yield Finding(
            code="tag_wrong_host",
            text=f"The tag loads {source[:120]}, which is not this installation.",
            todo=f"Load {base_url}{LOADER}.",
        )
    if tag.data.get("site") != site.site_id:
        said = f"names the site {tag.data['site'][:40]}" if tag.data.get("site") else "names no site"
        yield Finding(
            code="tag_wrong_site",
            text=f"The tag {said}; this one is {site.site_id}.",
            todo=f'Write data-site="{site.site_id}".',
        )
    if len(tags) > 1:
        yield Finding(
            code="tag_twice", text="The page has the tag more than once.", todo="One is enough.", kind=WARN
        )


def _policy(policies: list[str], page: Page, tags: list[Tag], base_url: str) -> Iterator[Finding]:
    nonce = tags[0].nonce if tags else ""
    for kind, address, what in (
        ("script", base_url + LOADER, "the messenger's script"),
        ("frame", f"{base_url}/frame", "the messenger's frame"),
    ):
        blocked = [
            name
            for policy in policies
            if (name := blocking(policy, kind, address, page=page.address, nonce=nonce))
        ]
        if blocked:
            directive = f"{kind}-src" if blocked[0] == "default-src" else blocked[0]
            yield Finding(
                code=f"csp_{kind}",
                text=f"The page's Content-Security-Policy ({blocked[0]}) keeps {what} out.",
                todo=f"Add {base_url} to {directive}.",
            )


def _origin(page: Page, site: Site, base_url: str) -> Iterator[Finding]:
    parts = _parts(page.address)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not parts.netloc or origin == base_url:
        return
    if origin not in site.origins:
        yield Finding(
            code="origin_not_listed",
            text=f"{origin} is not one of this site's origins.",
            todo=f"Add {origin} on the page Origins.",
        )
    if parts.scheme == "https" and base_url.startswith("http:"):
        yield Finding(
            code="mixed_content",
            text="Your page is served over HTTPS and the messenger over HTTP, which browsers refuse.",
            todo="Give the messenger a certificate, and set server.public_url to its https address.",
        )
