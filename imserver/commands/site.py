"""``bin/site``: the sites of this installation, their origins and their keys."""

import argparse
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from imserver.commands.announce import local_url
from imserver.commands.refusal import ExitCode
from imserver.errors import ImserverError, InvalidRequest, NotFound, SettingsError
from imserver.settings import ROOT, Settings, load_settings
from imserver.store import Store, open_store
from imserver.store.values import Site, SiteRules

_SITE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
FAILED = 1


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.config is not None:
        os.environ["IM_CONFIG"] = str(Path(options.config).absolute())
    os.chdir(ROOT)
    try:
        settings = load_settings(environ=os.environ)
        lines = run(options, settings)
    except SettingsError as error:
        return _failed(ExitCode.SETTINGS, error)
    except ImserverError as error:
        return _failed(FAILED, error)
    print("\n".join(lines))  # noqa: T201 - the command's output
    return 0


def run(options: argparse.Namespace, settings: Settings) -> list[str]:
    """Carry out ``options`` on the store of ``settings``; return what to print."""
    store = open_store(store_url=settings.store.url, cache_url="memory:", cache_prefix=settings.cache.prefix)
    try:
        store.migrate()
        lines: list[str] = options.run(store, options, settings)
        return lines
    finally:
        store.close()


def add(store: Store, options: argparse.Namespace, settings: Settings) -> list[str]:
    """Create a site; return its key and the tag for its pages."""
    if options.id is not None and not _SITE_ID.fullmatch(options.id):
        raise InvalidRequest("a site's id is 1 to 32 of a-z, 0-9, _ and -, and begins with a letter or digit")
    origins = tuple(map(checked_origin, options.origin))
    site = store.sites.insert_site(site_id=options.id, name=options.name, origins=origins)
    ((kid, secret),) = site.keys.items()
    return [
        f"site    {site.site_id}",
        f"key id  {kid}",
        f"secret  {secret.decode()}",
        "",
        "The secret signs the members' tokens on your server; keep it there. Paste this into your pages:",
        "",
        script_tag(site, base=settings.server.public_url or local_url(settings.server.bind)),
    ]


def list_all(store: Store, _options: argparse.Namespace, _settings: Settings) -> list[str]:
    """Return one line per site, without secrets."""
    return [
        f"{site.site_id}\t{site.name}\t{' '.join(site.origins)}\tkeys: {' '.join(site.keys)}"
        for site in store.sites.list_sites()
    ]


def set_origins(store: Store, options: argparse.Namespace, _settings: Settings) -> list[str]:
    """Replace a site's origins."""
    origins = tuple(map(checked_origin, options.origin))
    try:
        store.sites.set_origins(options.id, origins)
    except NotFound as error:
        raise NotFound(f"there is no site {options.id}") from error
    return [f"{options.id}\t{' '.join(origins)}"]


def add_key(store: Store, options: argparse.Namespace, _settings: Settings) -> list[str]:
    """Give a site a second key, so that its host can change over while both are good."""
    try:
        kid, secret = store.sites.add_key(options.id)
    except NotFound as error:
        raise NotFound(f"there is no site {options.id}") from error
    return [f"key id  {kid}", f"secret  {secret.decode()}"]


def retire_key(store: Store, options: argparse.Namespace, _settings: Settings) -> list[str]:
    """Delete a key; tokens that it signed are no longer taken, sessions that were opened with them stay."""
    try:
        store.sites.retire_key(options.id, options.key)
    except NotFound as error:
        raise NotFound(f"there is no site {options.id} with a key {options.key}") from error
    return [f"{options.id}\tretired {options.key}"]


def set_rules(store: Store, options: argparse.Namespace, _settings: Settings) -> list[str]:
    """Say what a site's guests may do, and whether strangers' conversations are requests."""
    rules = SiteRules(
        guests_create=options.guests_create,
        guests_upload=options.guests_upload,
        requests=not options.no_requests,
    )
    try:
        store.sites.set_rules(options.id, rules)
    except NotFound as error:
        raise NotFound(f"there is no site {options.id}") from error
    may = [word for word, yes in (("create", rules.guests_create), ("upload", rules.guests_upload)) if yes]
    strangers = "ask first" if rules.requests else "just write"
    return [f"{options.id}\tguests may {' and '.join(may) or 'only talk'}\tstrangers {strangers}"]


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/site", description="The sites of this installation.")
    parser.add_argument("--config", metavar="FILE", help="settings, as for bin/serve")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    adding = commands.add_parser("add", help="create a site; print its key and its script tag")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--origin", metavar="URL", action="append", required=True, help="may be repeated")
    adding.add_argument("--id", metavar="ID", help="instead of a random one")
    adding.set_defaults(run=add)
    listing = commands.add_parser("list", help="list the sites")
    listing.set_defaults(run=list_all)
    replacing = commands.add_parser("origins", help="replace the origins that may show the widget")
    replacing.add_argument("id", metavar="ID")
    replacing.add_argument("--origin", metavar="URL", action="append", required=True, help="may be repeated")
    replacing.set_defaults(run=set_origins)
    keying = commands.add_parser("add-key", help="add a second key; print it")
    keying.add_argument("id", metavar="ID")
    keying.set_defaults(run=add_key)
    retiring = commands.add_parser("retire-key", help="delete a key once nothing is signed with it")
    retiring.add_argument("id", metavar="ID")
    retiring.add_argument("key", metavar="KEY_ID")
    retiring.set_defaults(run=retire_key)
    ruling = commands.add_parser("rules", help="set a site's rules, all of them at once; alone: the defaults")
    ruling.add_argument("id", metavar="ID")
    ruling.add_argument("--guests-create", action="store_true", help="guests may make groups and rooms")
    ruling.add_argument("--guests-upload", action="store_true", help="guests may send files")
    ruling.add_argument("--no-requests", action="store_true", help="strangers need not ask first")
    ruling.set_defaults(run=set_rules)
    for command in (adding, listing, replacing, keying, retiring, ruling):
        command.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help="settings")
    return parser


def _failed(exit_code: int, error: ImserverError) -> int:
    print(f"site: {error}", file=sys.stderr)  # noqa: T201 - the command's output
    return exit_code
