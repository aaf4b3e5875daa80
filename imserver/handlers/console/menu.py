"""The menu of a site: its pages in the order in which they are wanted."""

from collections.abc import Mapping
from typing import NamedTuple

from imserver.handlers.console.table import PAGES, ConsolePage
from imserver.store.owners import RANKS

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Overview", ("Usage", "Install")),
    (
        "Community",
        ("Members", "Conversations", "Reports", "Held messages", "Bans", "Word filter", "Newcomers", "Audit"),
    ),
    ("Site", ("Appearance", "Settings", "Origins", "Keys", "Webhooks", "Team")),
)


class Item(NamedTuple):
    """One line of the menu; ``waiting``: how much there is to decide."""

    word: str
    address: str
    is_here: bool
    waiting: int


class Group(NamedTuple):
    """Lines of the menu under one heading."""

    heading: str
    entries: list[Item]


def menu(site_id: str, rank: int, *, here: ConsolePage, waiting: Mapping[str, int]) -> list[Group]:
    """Return the pages that somebody of this rank may see; what no group names comes last."""
    pages = {page.nav: page for page in PAGES if page.nav and RANKS.get(page.role, 99) <= rank}
    named = [word for _, words in GROUPS for word in words]
    others = tuple(word for word in pages if word not in named)
    groups = []
    for heading, words in (*GROUPS, ("More", others)):
        items = [
            _item(pages[word], site_id, here=here, waiting=waiting.get(word, 0))
            for word in words
            if word in pages
        ]
        if items:
            groups.append(Group(heading, items))
    return groups


def _item(page: ConsolePage, site_id: str, *, here: ConsolePage, waiting: int) -> Item:
    # What belongs to one line of a list stands under the list.
    is_here = here.nav == page.nav or here.again is page.handler or here.path.startswith(f"{page.path}/")
    return Item(page.nav, page.path.replace("<site_id>", site_id), is_here, waiting)
