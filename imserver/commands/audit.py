"""``bin/im audit``: read the record of what was done on a site, and prove that nobody has changed it."""

import json
from datetime import UTC, datetime

import click

from imserver.commands.opened import FAILED, config_option, with_store
from imserver.settings import Settings
from imserver.store import Store
from imserver.store.audit import Entry


@click.group()
@config_option
def audit() -> None:
    """Read and verify the record of what was done on a site."""


@audit.command()
@click.argument("site_id", metavar="SITE")
@click.option("--about", default="", help="Only what was done to this person, conversation or report.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@with_store
def show(store: Store, _settings: Settings, site_id: str, about: str, limit: int) -> None:
    """Print the newest entries, the latest first, one a line."""
    store.sites.require_site(site_id)
    for entry in store.audit.page(site_id, about=about, limit=limit):
        click.echo(_line(entry))


@audit.command()
@click.argument("site_id", metavar="SITE")
@with_store
def verify(store: Store, _settings: Settings, site_id: str) -> int:
    """Check the whole chain; name the first broken entry, and then exit with 1."""
    store.sites.require_site(site_id)
    verdict = store.audit.verify(site_id)
    if verdict.broken is not None:
        whole = f"the {verdict.count} before it are whole"
        click.echo(f"{site_id}\tBROKEN: entry {verdict.broken} {verdict.reason}; {whole}")
        return FAILED
    click.echo(f"{site_id}\t{verdict.count} entries, all as written; the last hash is {verdict.last_hash}")
    return 0


def _line(entry: Entry) -> str:
    when = datetime.fromtimestamp(entry.created_at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True) if entry.detail else ""
    return "\t".join([str(entry.n), when, entry.actor, entry.act, entry.about, detail]).rstrip()
