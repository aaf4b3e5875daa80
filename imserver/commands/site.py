"""``bin/im site``: the sites of this installation, their origins and their keys."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import click

from imserver.commands.announce import local_url
from imserver.commands.opened import config_option, with_store
from imserver.errors import InvalidRequest, NotFound
from imserver.settings import Settings
from imserver.store import Store
from imserver.store.values import Site, SiteRules

_SITE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)

site_id_argument = click.argument("site_id", metavar="ID")


@click.group()
@config_option
def site() -> None:
    """The sites of this installation, their origins and their keys."""


def _origin_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--origin", "origins", metavar="URL", multiple=True, required=True, help="May be repeated."
    )(command)


@site.command()
@click.argument("name")
@_origin_option
@click.option("--id", "site_id", metavar="ID", help="Instead of a random one.")
@with_store
def add(
    store: Store, settings: Settings, *, name: str, origins: tuple[str, ...], site_id: str | None
) -> None:
    """Create a site; print its key and its script tag."""
    if site_id is not None and not _SITE_ID.fullmatch(site_id):
        raise InvalidRequest("a site's id is 1 to 32 of a-z, 0-9, _ and -, and begins with a letter or digit")
    made = store.sites.insert_site(site_id=site_id, name=name, origins=tuple(map(checked_origin, origins)))
    ((kid, secret),) = made.keys.items()
    click.echo(f"site    {made.site_id}\nkey id  {kid}\nsecret  {secret.decode()}\n")
    click.echo(
        "The secret signs the members' tokens on your server; keep it there. Paste this into your pages:\n"
    )
    click.echo(script_tag(made, base=settings.server.public_url or local_url(settings.server.bind)))


@site.command("list")
@with_store
def list_sites(store: Store, _settings: Settings) -> None:
    """List the sites, one a line, without secrets."""
    for each in store.sites.list_sites():
        click.echo(f"{each.site_id}\t{each.name}\t{' '.join(each.origins)}\tkeys: {' '.join(each.keys)}")


@site.command()
@site_id_argument
@_origin_option
@with_store
def origins(store: Store, _settings: Settings, *, site_id: str, origins: tuple[str, ...]) -> None:
    """Replace the origins that may show the widget."""
    checked = tuple(map(checked_origin, origins))
    with naming(site_id):
        store.sites.set_origins(site_id, checked)
    click.echo(f"{site_id}\t{' '.join(checked)}")


@site.command()
@site_id_argument
@with_store
def add_key(store: Store, _settings: Settings, *, site_id: str) -> None:
    """Add a second key, so that the host can change over while both are good; print it."""
    with naming(site_id):
        kid, secret = store.sites.add_key(site_id)
    click.echo(f"key id  {kid}\nsecret  {secret.decode()}")


@site.command()
@site_id_argument
@click.argument("key_id")
@with_store
def retire_key(store: Store, _settings: Settings, *, site_id: str, key_id: str) -> None:
    """Delete a key once nothing is signed with it.

    Tokens that it signed are no longer taken; sessions that were opened with them stay.
    """
    with naming(f"{site_id} with a key {key_id}"):
        store.sites.retire_key(site_id, key_id)
    click.echo(f"{site_id}\tretired {key_id}")


@site.command()
@site_id_argument
@click.option("--guests-create", is_flag=True, help="Guests may make groups and rooms.")
@click.option("--guests-upload", is_flag=True, help="Guests may send files.")
@click.option("--no-requests", is_flag=True, help="Strangers need not ask first.")
@with_store
def rules(
    store: Store,
    _settings: Settings,
    *,
    site_id: str,
    guests_create: bool,
    guests_upload: bool,
    no_requests: bool,
) -> None:
    """Set a site's rules, all of them at once; alone: the defaults."""
    rules = SiteRules(guests_create=guests_create, guests_upload=guests_upload, requests=not no_requests)
    with naming(site_id):
        store.sites.set_rules(site_id, rules)
    may = [word for word, yes in (("create", rules.guests_create), ("upload", rules.guests_upload)) if yes]
    strangers = "ask first" if rules.requests else "just write"
    click.echo(f"{site_id}\tguests may {' and '.join(may) or 'only talk'}\tstrangers {strangers}")


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Say in NotFound which site it is that is not there."""
    try:
        yield
    except NotFound as error:
        raise NotFound(f"there is no site {what}") from error


def script_tag(site: Site, *, base: str) -> str:
    """Return what the owner pastes into the pages."""
    return (
        f'<script async src="{base}/im.js" data-site="{site.site_id}" data-token="TOKEN" '
        'data-token-url="/im-token"></script>'
    )


def checked_origin(text: str) -> str:
    """Return ``text`` as a browser writes an origin; raise InvalidRequest for anything else."""
    try:
        parts = urlsplit(text.rstrip("/"))
        default = {"http": 80, "https": 443}.get(parts.scheme)
        port = "" if parts.port in {None, default} else f":{parts.port}"
    except ValueError:
        parts, default, port = urlsplit(""), None, ""
    if (
        default is None
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise InvalidRequest(f"{text} is not an origin; write it such as https://forum.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"
