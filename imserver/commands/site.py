"""``bin/im site``: the sites of this installation, their origins and their keys."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import click

from imserver.commands.announce import local_url
from imserver.commands.api_key import api_key
from imserver.commands.leaving import erasure, storage_of
from imserver.commands.opened import config_option, with_store
from imserver.errors import InvalidRequest, NotFound
from imserver.services.suspension import Suspension
from imserver.settings import Settings
from imserver.store import Store
from imserver.store.site_rules import RULES, with_rules
from imserver.store.sites import DEFAULT_RULES
from imserver.store.values import Site

DAY_MS = 24 * 3600 * 1000
_SITE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)

site_id_argument = click.argument("site_id", metavar="ID")


@click.group()
@config_option
def site() -> None:
    """The sites of this installation, their origins and their keys."""


site.add_command(api_key)


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
    _record(store, site_id, "site.origins", origins=list(checked))
    click.echo(f"{site_id}\t{' '.join(checked)}")


@site.command()
@site_id_argument
@with_store
def add_key(store: Store, _settings: Settings, *, site_id: str) -> None:
    """Add a second key, so that the host can change over while both are good; print it."""
    with naming(site_id):
        kid, secret = store.sites.add_key(site_id)
    _record(store, site_id, "site.key_added", about=kid)
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
    _record(store, site_id, "site.key_retired", about=key_id)
    click.echo(f"{site_id}\tretired {key_id}")


@site.command("set")
@site_id_argument
@click.argument("rules", metavar="KEY=VALUE...", nargs=-1)
@with_store
def set_rules(store: Store, _settings: Settings, *, site_id: str, rules: tuple[str, ...]) -> None:
    """Decide what a site is like and what its plan holds; without any: say what there is to decide."""
    if not rules:
        _list_rules(store, site_id)
        return
    given = dict(map(_pair, rules))
    with naming(site_id):
        changed = store.sites.change_rules(site_id, lambda old: with_rules(old, given))
    _record(store, site_id, "site.rules", changed=given)
    for rule in RULES:
        if rule.key in given:
            click.echo(f"{rule.key} = {_shown(rule.value(changed))}")


@site.command()
@site_id_argument
@with_store
def show(store: Store, _settings: Settings, *, site_id: str) -> None:
    """Say all there is to say of one site, without secrets."""
    with naming(site_id):
        figures, found = store.sites.load_figures(site_id), store.sites.require_site(site_id)
    limits, now_ms = found.rules.limits, time.time_ns() // 1_000_000
    lines = [
        ("site", f"{found.site_id}  {found.name}"),
        ("state", "suspended" if found.suspended else "works"),
        *(("origin", origin) for origin in found.origins),
        *(("key", f"{kid}  {_age(now_ms - made)}") for kid, made in figures.keys_made_at.items()),
        ("members", f"{figures.members:,}{_of(limits.members)}"),
        ("guests", f"{figures.guests:,}"),
        ("conversations", f"{figures.conversations:,}"),
        ("messages", f"{figures.messages:,}"),
        ("storage", f"{figures.storage_bytes:,}{_of(limits.storage_bytes)} bytes"),
    ]
    for name, text in lines:
        click.echo(f"{name:<14}{text}")
    for rule in RULES:
        if (value := rule.value(found.rules)) != rule.value(DEFAULT_RULES):
            click.echo(f"{'rule':<14}{rule.key} = {_shown(value)}")


@site.command()
@site_id_argument
@with_store
def suspend(store: Store, _settings: Settings, *, site_id: str) -> None:
    """Let nobody sign in or send, and end all sessions; nothing is deleted."""
    with naming(site_id):
        ended = Suspension(store).suspend(site_id)
    _record(store, site_id, "site.suspended", sessions=ended)
    click.echo(f"{site_id}\tsuspended, {ended:,} sessions ended; connections close within 5 s")


@site.command()
@site_id_argument
@with_store
def resume(store: Store, _settings: Settings, *, site_id: str) -> None:
    """Let the people of a suspended site in again."""
    with naming(site_id):
        Suspension(store).resume(site_id)
    _record(store, site_id, "site.resumed")
    click.echo(f"{site_id}\tworks")


@site.command()
@site_id_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_store
def delete(store: Store, settings: Settings, *, site_id: str, yes: bool) -> None:
    """Erase a site with everything that is its members'; there is no way back. Export it first."""
    with naming(site_id):
        figures = store.sites.load_figures(site_id)
    what = f"{figures.members:,} members, {figures.messages:,} messages, {figures.storage_bytes:,} bytes"
    if not yes and click.prompt(f"{what}.\nType {site_id} to erase all of it") != site_id:
        raise InvalidRequest(f"that is not {site_id}; nothing was erased")
    # Nobody writes any more behind what is erased.
    Suspension(store).suspend(site_id)
    erasure(store, storage_of(settings)).erase_site(site_id)
    click.echo(f"{site_id}\terased: {what}")


def _record(store: Store, site_id: str, act: str, *, about: str = "", **detail: object) -> None:
    """Write a line into the site's record: whoever types here is the admin of the installation."""
    store.audit.append(site_id=site_id, actor="admin", act=act, about=about, detail=detail)


def _list_rules(store: Store, site_id: str) -> None:
    with naming(site_id):
        rules = store.sites.require_site(site_id).rules
    for rule in RULES:
        click.echo(f"{rule.key} = {_shown(rule.value(rules))}\n    {rule.text} {rule.right.capitalize()}.")


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise InvalidRequest(f"{text} is not of the form KEY=VALUE, such as limits.members=500")
    return key.strip(), value


def _shown(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _of(most: int) -> str:
    return f" of {most:,}" if most else ""


def _age(age_ms: int) -> str:
    days = max(0, age_ms) // DAY_MS
    return "made today" if days < 1 else f"{days} days old"


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
