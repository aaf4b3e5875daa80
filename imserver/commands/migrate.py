"""``bin/im migrate``: bring the database's schema up to date, or say what that would do."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import click

from imserver.commands.opened import opened_store, with_settings
from imserver.commands.refusal import ExitCode, Refusal
from imserver.errors import StoreError, Unavailable
from imserver.settings import Settings
from imserver.store import Store, open_store
from imserver.store.migrations import Migration, load_migrations
from imserver.store.statements import MYSQL, SQLITE

_TABLE = re.compile(
    r"(?:TABLE(?: IF (?:NOT )?EXISTS)?|INTO|UPDATE|FROM|JOIN| ON|VIEW)\s+(?!SELECT|DUPLICATE|CONFLICT)(\w+)",
    re.ASCII,
)
# What a statement does to those who work meanwhile, on MySQL 8 and MariaDB 10.11: the first that fits.
EFFECTS = (
    (r"CREATE TABLE|CREATE OR REPLACE|CREATE VIEW|DROP VIEW", "makes it; nobody waits"),
    (r"DROP TABLE", "takes the table away; waits for transactions that use it"),
    (
        r"ALTER TABLE .*\bADD COLUMN\b",
        "is instant; waits for transactions that use the table, others wait for it",
    ),
    (
        r"CREATE (UNIQUE )?INDEX|ALTER TABLE .*\bADD (UNIQUE )?(KEY|INDEX)\b",
        "reads the whole table; writes go on",
    ),
    (r"ALTER TABLE", "may copy the whole table, and writes may wait for that"),
    (r"UPDATE|INSERT|DELETE", "changes rows, which stay locked until it is done"),
)
SQLITE_EFFECT = "locks the file; writes wait"
MEGABYTE = 1_048_576

T = TypeVar("T")


@click.command()
@click.option("--plan", "is_plan", is_flag=True, help="Say what would run, and change nothing.")
@with_settings
def migrate(settings: Settings, *, is_plan: bool) -> None:
    """Bring the database's schema up to date."""
    if is_plan:
        for line in planned(settings):
            click.echo(line)
        return
    before = set(_missing(settings))
    with opened_store(settings):
        for label in sorted(before):
            click.echo(f"applied {label}")
    if not before:
        click.echo("nothing is missing")


def planned(settings: Settings) -> Iterator[str]:
    """Yield what ``migrate`` would run, statement by statement, with what that means for others."""
    missing = _missing(settings)
    if not missing:
        yield "nothing is missing"
        return
    is_sqlite = urlsplit(settings.store.url).scheme == "sqlite"
    sizes = {} if is_sqlite else _asked(settings, Store.load_table_sizes)
    if is_sqlite:
        yield _file_size(settings.store.url)
    for migration in load_migrations(SQLITE if is_sqlite else MYSQL):
        if migration.label in missing:
            yield from _described(migration, sizes, is_sqlite=is_sqlite)
    yield f"{len(missing)} migrations would run; bin/im migrate runs them, and so does starting the server"


def effect_of(statement: str) -> str:
    """Return what a statement means for those who work meanwhile, on MySQL and MariaDB."""
    flat = " ".join(statement.split())
    return next(effect for pattern, effect in EFFECTS if re.match(pattern, flat, re.IGNORECASE))


def tables_of(statement: str) -> list[str]:
    """Return the tables that a statement names, each once."""
    return list(dict.fromkeys(_TABLE.findall(statement)))


def _described(migration: Migration, sizes: dict[str, tuple[int, int]], *, is_sqlite: bool) -> Iterator[str]:
    yield f"\n{migration.label}"
    for statement in migration.statements:
        effect = SQLITE_EFFECT if is_sqlite else effect_of(statement)
        known = [(name, *sizes[name]) for name in tables_of(statement) if name in sizes]
        sized = ", ".join(
            f"{name} about {rows:,} rows, {size / MEGABYTE:,.1f} MB" for name, rows, size in known
        )
        yield f"  {effect}{f' ({sized})' if sized else ''}:"
        yield from (f"    {line}" for line in statement.splitlines())


def _missing(settings: Settings) -> list[str]:
    return _asked(settings, Store.plan)


def _asked(settings: Settings, ask: Callable[[Store], T]) -> T:
    """Return what ``ask`` says of a store that nothing is done to; raise Refusal if it cannot be used."""
    store = open_store(store_url=settings.store.url, cache_url="memory:", cache_prefix=settings.cache.prefix)
    try:
        return ask(store)
    except (StoreError, Unavailable) as error:
        raise Refusal(ExitCode.STORE, f"the database cannot be used: {error}") from error
    finally:
        store.close()


def _file_size(url: str) -> str:
    path = Path(unquote(urlsplit(url).path[1:]))
    size = path.stat().st_size if path.exists() else 0
    return f"{path}: {size / MEGABYTE:,.1f} MB"
