"""``bin/settings``: what can be set, what it is now, and the tables of docs/settings.md."""

import argparse
import os
import sys

from imserver.checks import Value
from imserver.commands.refusal import ExitCode
from imserver.errors import SettingsError
from imserver.settings import DECLARATIONS, SECTIONS, Declaration, Settings, find_config, load_settings


def main(arguments: list[str]) -> int:
    """Print what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="bin/settings", description=__doc__)
    parser.add_argument("--config", metavar="FILE", help="settings, as for bin/serve")
    parser.add_argument("--markdown", action="store_true", help="print the tables of docs/settings.md")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings(environ=os.environ, config_path=options.config)
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)  # noqa: T201 - the command's output
        return ExitCode.SETTINGS
    path = find_config(os.environ, config_path=options.config)
    print(markdown() if options.markdown else listing(settings, place=str(path or "the defaults")))  # noqa: T201
    return 0


def listing(settings: Settings, *, place: str) -> str:
    """Return every setting as TOML, with its meaning and its variable."""
    lines = [f"# from {place} and the environment"]
    for section in SECTIONS:
        lines += ["", f"[{section}]"]
        for declaration in _of(section):
            value = getattr(getattr(settings, section), declaration.key)
            shown = '"(not shown)"' if declaration.secret and value != declaration.default else toml(value)
            lines += [f"# {declaration.text} ({declaration.variable})", f"{declaration.key} = {shown}"]
    return "\n".join(lines)


def markdown() -> str:
    """Return one table per section."""
    parts = []
    for section, kind in SECTIONS.items():
        parts += [f"## [{section}]", "", str(kind.__doc__), "", "| key | default | means | Apache says |"]
        parts += ["|---|---|---|---|", *map(_row, _of(section)), ""]
    return "\n".join(parts).rstrip()


def toml(value: Value) -> str:
    """Return ``value`` as it stands in a TOML file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _of(section: str) -> list[Declaration]:
    return [declaration for declaration in DECLARATIONS if declaration.section == section]


def _row(declaration: Declaration) -> str:
    text = declaration.text.replace("|", "\\|")
    return f"| `{declaration.key}` | `{toml(declaration.default)}` | {text} | {declaration.apache} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
