"""``bin/im``: everything an admin types, one command with a module for each group of commands.

A command is a click command in a module of its own under ``imserver/commands`` and one line in ``COMMANDS``.
What it may count on is in ``opened.py``. It may return its exit code; None is 0.
"""

from importlib import import_module

import click

from imserver.commands.opened import FAILED, config_option
from imserver.commands.refusal import ExitCode, Refusal
from imserver.errors import ImserverError, SettingsError

# Imported when it is called, so that a command pays for nothing but itself: "module:attribute".
COMMANDS = {
    "audit": "imserver.commands.audit:audit",
    "backup": "imserver.commands.backup:backup",
    "config": "imserver.commands.config:config",
    "doctor": "imserver.commands.delegates:doctor",
    "erase": "imserver.commands.leaving:erase",
    "export": "imserver.commands.leaving:export",
    "import": "imserver.commands.imports.command:import_",
    "migrate": "imserver.commands.migrate:migrate",
    "owner": "imserver.commands.owner:owner",
    "restore": "imserver.commands.backup:restore",
    "settings": "imserver.commands.delegates:settings",
    "site": "imserver.commands.site:site",
}
INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose commands are those of ``COMMANDS``, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of --help."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command; None if there is none of this name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake in the table
        return command


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@config_option
def im() -> None:
    """Run this installation of the messenger: its sites, its data, its settings."""


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code. What went wrong is one line on stderr."""
    try:
        result = im.main(args=arguments, prog_name="bin/im", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _failed(INTERRUPTED, "stopped; nothing more was done")
    except SettingsError as error:
        return _failed(ExitCode.SETTINGS, error)
    except Refusal as refusal:
        return _failed(refusal.exit_code, refusal)
    except ImserverError as error:
        return _failed(FAILED, error)
    return result if isinstance(result, int) else 0


def _failed(exit_code: int, error: ImserverError | str) -> int:
    click.echo(f"im: {error}", err=True)
    return exit_code
