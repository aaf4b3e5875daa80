"""Programs of their own in bin/ that ``bin/im`` knows as well; they are handed the rest of the line."""

from collections.abc import Callable

import click

from imserver.commands import settings as settings_program
from imserver.commands.doctor import program as doctor_program
from imserver.commands.opened import config_path

# Their own parsers know their options, --help among them.
_UNREAD = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def _run(program: Callable[[list[str]], int], context: click.Context) -> int:
    config = config_path()
    named = [] if config is None else ["--config", str(config)]
    return program([*named, *context.args])


@click.command(context_settings=_UNREAD)
@click.pass_context
def doctor(context: click.Context) -> int:
    """Say what is wrong with this machine and these settings."""
    return _run(doctor_program.main, context)


@click.command(context_settings=_UNREAD)
@click.pass_context
def settings(context: click.Context) -> int:
    """Print every setting with its value now."""
    return _run(settings_program.main, context)
