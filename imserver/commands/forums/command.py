"""``bin/im import phpbb|mybb|buddypress``: private messages and friends out of another program's database."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from imserver.commands.forums.loading import Counts, Loading, Refusals
from imserver.commands.forums.readers import Account, Buddypress, Mybb, Phpbb, Reader
from imserver.commands.opened import with_store
from imserver.errors import InvalidRequest, NotFound
from imserver.settings import Settings
from imserver.store import Store
from imserver.store.mysql_pool import Address
from imserver.store.store import mysql_address, wall_clock_ms

REFUSED_SOME = 3
SHOWN_SECONDS = 0.5


class Forum(NamedTuple):
    """``page``: where a person's page is, below the address of the forum."""

    title: str
    open: Callable[[Address, str], Reader]
    page: str
    prefix: str


FORUMS = {
    "phpbb": Forum(
        "phpBB 3",
        lambda address, prefix: Phpbb(address, prefix=prefix),
        "memberlist.php?mode=viewprofile&u={user_id}",
        "phpbb_",
    ),
    "mybb": Forum(
        "MyBB 1.8",
        lambda address, prefix: Mybb(address, prefix=prefix),
        "member.php?action=profile&uid={user_id}",
        "mybb_",
    ),
    "buddypress": Forum(
        "BuddyPress or BuddyBoss",
        lambda address, prefix: Buddypress(address, prefix=prefix),
        "members/{slug}/",
        "wp_",
    ),
}


def forum_command(name: str, forum: Forum) -> click.Command:
    """Return the command that imports from one program."""

    @click.option("--site", required=True, metavar="ID", help="The site; see bin/im site list.")
    @click.option(
        "--url",
        required=True,
        envvar="FORUM_URL",
        metavar="URL",
        help="Its database: mysql://user:password@host:3306/name. Better in the environment: FORUM_URL.",
    )
    @click.option("--prefix", default=forum.prefix, show_default=True, help="What its tables begin with.")
    @click.option("--base", default="", metavar="URL", help="Where it is on the web: makes links to people.")
    @click.option(
        "--refused",
        default=f"{name}.refused.ndjson",
        show_default=True,
        type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
        help="Where goes what is not taken.",
    )
    @with_store
    def command(
        store: Store, _settings: Settings, /, *, site: str, url: str, prefix: str, base: str, refused: Path
    ) -> int:
        return bring_in(store, forum, site=site, url=url, prefix=prefix, base=base, refused=refused)

    text = (
        f"Import people, friends, blocks and private messages of {forum.title}; see docs/moving.md.\n\n"
        "Only reads there. Run again, it brings in what is new since."
    )
    return click.command(name, help=text)(command)


def bring_in(
    store: Store, forum: Forum, *, site: str, url: str, prefix: str, base: str, refused: Path
) -> int:
    """Import everything and say what it was; return the exit code."""
    try:
        store.sites.require_site(site)
    except NotFound as error:
        raise NotFound(f"there is no site {site}; bin/im site list shows those there are") from error
    if not url.startswith("mysql://"):
        raise InvalidRequest("the database is named as mysql://user:password@host:3306/name")
    reader = forum.open(mysql_address(url), prefix)
    refusals = Refusals(refused)
    loading = Loading(
        store,
        site,
        refusals=refusals,
        page_of=lambda account: _page(forum, base, account),
        now_ms=wall_clock_ms,
        show=_Shown(sys.stderr).show,
    )
    for line in _lines(loading.load(reader)):
        click.echo(line)
    if not refusals.count:
        return 0
    click.echo(f"{refusals.count:,} were not taken; which and why is in {refused}")
    return REFUSED_SOME


class _Shown:
    """Says how far it is, on a terminal."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._shown = 0.0

    def show(self, counts: Counts) -> None:
        now = time.monotonic()
        if self._out.isatty() and now - self._shown >= SHOWN_SECONDS:
            self._shown = now
            self._out.write(
                "\r" + "  ".join(f"{count:,} {what}" for what, count in counts.read.items()) + "\x1b[K"
            )
            self._out.flush()


def _page(forum: Forum, base: str, account: Account) -> str:
    if not base:
        return ""
    return base.rstrip("/") + "/" + forum.page.format(user_id=account.user_id, slug=account.slug)


def _lines(counts: Counts) -> list[str]:
    return [f"{what}: {read:,} read, {counts.fresh[what]:,} new" for what, read in counts.read.items()]


COMMANDS = tuple(forum_command(name, forum) for name, forum in FORUMS.items())
