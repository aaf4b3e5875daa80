"""What a command of ``bin/im`` is given: the settings, and the store opened and brought up to date.

``--config FILE`` may stand before or behind any command's name. Relative paths in settings start at the
folder that holds the Procfile, so that is where a command runs; give a path of the person's to
``click.Path(resolve_path=True)`` or ``click.File``, which look at it before.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click

from imserver.commands.refusal import ExitCode, Refusal
from imserver.errors import StoreError, Unavailable
from imserver.settings import ROOT, Settings, load_settings
from imserver.store import Store, open_store

FAILED = 1
_CONFIG = "imserver.config"

P = ParamSpec("P")
R = TypeVar("R")


def _remember(context: click.Context, _option: click.Parameter, path: str | None) -> None:
    if path is not None:
        context.meta[_CONFIG] = path


# ``ctx.meta`` is one for a command and all its groups, so the option may stand anywhere.
config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(resolve_path=True),
    callback=_remember,
    expose_value=False,
    help="Settings, as for bin/serve.",
)


def config_path() -> Path | None:
    """Return the file that ``--config`` names in the command that runs; None if it does not."""
    context = click.get_current_context(silent=True)
    named = None if context is None else context.meta.get(_CONFIG)
    return None if named is None else Path(named)


def current_settings() -> Settings:
    """Return the settings of the command that runs; raise SettingsError."""
    return load_settings(environ=os.environ, config_path=config_path())


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Hand out the store of ``settings``, migrated, and close it; raise Refusal if it cannot be used."""
    store = open_store(store_url=settings.store.url, cache_url="memory:", cache_prefix=settings.cache.prefix)
    try:
        _bring_up_to_date(store)
        yield store
    finally:
        store.close()


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command ``settings`` as its first argument, and the option ``--config``."""

    @config_option
    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        with chdir(ROOT):
            return command(current_settings(), *arguments, **options)

    return run


def with_store(command: Callable[Concatenate[Store, Settings, P], R]) -> Callable[P, R]:
    """Give a command ``store`` and ``settings`` as its first arguments, and the option ``--config``.

    The store is migrated before and closed behind it. Its cache is this process's own: what is changed here
    is seen by the servers within the 5 s that they keep site records.
    """

    @config_option
    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        with chdir(ROOT):
            settings = current_settings()
            with opened_store(settings) as store:
                return command(store, settings, *arguments, **options)

    return run


def _bring_up_to_date(store: Store) -> None:
    try:
        store.migrate()
    except (StoreError, Unavailable) as error:
        raise Refusal(ExitCode.STORE, f"the database cannot be used: {error}") from error
