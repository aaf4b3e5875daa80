"""``bin/im config``: where each setting comes from, and everything that is wrong with them."""

import os

import click

from imserver.commands.opened import config_option, config_path, current_settings
from imserver.commands.refusal import ExitCode
from imserver.commands.settings import toml
from imserver.settings import DECLARATIONS, Declaration, Settings, examine, find_config


@click.group()
@config_option
def config() -> None:
    """Say where the settings come from, and what is wrong with them."""


@config.command()
@config_option
def check() -> int:
    """Look at all settings and say everything that is wrong; exit with 2 if something is."""
    problems = examine(environ=os.environ, config_path=config_path()).problems
    for problem in problems:
        click.echo(f"im: {problem}", err=True)
    if not problems:
        click.echo(f"{_place()}: nothing is wrong")
    return ExitCode.SETTINGS if problems else 0


@config.command()
@config_option
@click.option("--all", "is_whole", is_flag=True, help="The defaults, too.")
def show(is_whole: bool) -> None:
    """Print what is set, with the file or variable that sets it; secrets are not shown."""
    settings = current_settings()
    sources = examine(environ=os.environ, config_path=config_path()).sources
    click.echo(f"# file: {_place()}")
    for declaration in DECLARATIONS:
        source = sources.get(declaration.name)
        if source or is_whole:
            click.echo(f"{declaration.name} = {_shown(declaration, settings)}  # {source or 'default'}")


def _place() -> str:
    return str(find_config(os.environ, config_path=config_path()) or "none, the defaults and the environment")


def _shown(declaration: Declaration, settings: Settings) -> str:
    value = getattr(getattr(settings, declaration.section), declaration.key)
    return '"(not shown)"' if declaration.secret and value != declaration.default else toml(value)
