"""``bin/im site api-key``: the keys with which a site's own server calls the server API."""

from datetime import UTC, datetime

import click

from imserver.commands.opened import config_option, with_store
from imserver.errors import NotFound
from imserver.settings import Settings
from imserver.store import Store


@click.group("api-key")
@config_option
def api_key() -> None:
    """Make and retire the keys of the server API; a site has at most two."""


@api_key.command()
@click.argument("site")
@click.option("--label", default="", help="What it is for, such as forum.")
@with_store
def add(store: Store, _settings: Settings, site: str, label: str) -> None:
    """Give SITE a key and print it; it is not kept and cannot be shown again."""
    _require_site(store, site)
    key_id, text = store.api_keys.insert(site, label=label)
    click.echo(f"key id  {key_id}\nkey     {text}")


@api_key.command("list")
@click.argument("site")
@with_store
def list_keys(store: Store, _settings: Settings, site: str) -> None:
    """List the keys of SITE: id, label, when made, when last used."""
    _require_site(store, site)
    for key in store.api_keys.list_keys(site):
        click.echo(f"{key.key_id}\t{key.label or '-'}\t{_day(key.created_at)}\t{_day(key.used_at)}")


@api_key.command()
@click.argument("site")
@click.argument("key_id")
@with_store
def retire(store: Store, _settings: Settings, site: str, key_id: str) -> None:
    """Refuse the key KEY_ID of SITE from now on."""
    try:
        store.api_keys.retire(site, key_id)
    except NotFound as error:
        raise NotFound(f"there is no site {site} with an API key {key_id}") from error
    click.echo(f"{site}\tretired {key_id}")


def _require_site(store: Store, site: str) -> None:
    try:
        store.sites.require_site(site)
    except NotFound as error:
        raise NotFound(f"there is no site {site}") from error


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}" if at_ms else "never"
