"""The command: look at everything, say what was found, exit with 1 if something is wrong."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from imserver.commands.doctor.database import look_at_database
from imserver.commands.doctor.findings import Finding, is_healthy, text
from imserver.commands.doctor.installed import look_at_copies
from imserver.commands.doctor.interpreter import look_at_python
from imserver.commands.doctor.keeping import look_at_keeping
from imserver.commands.doctor.machine import look_at_machine
from imserver.commands.doctor.outside import look_from_outside
from imserver.commands.doctor.services import look_at_services
from imserver.commands.refusal import ExitCode
from imserver.errors import SettingsError
from imserver.settings import ROOT, Settings, load_settings


def main(arguments: list[str]) -> int:
    """Print the findings; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="bin/doctor",
        description="Says what is wrong with this machine and these settings, why, and what to type. "
        "Changes nothing and needs no root. Exits with 1 if something is wrong.",
    )
    parser.add_argument("--config", metavar="FILE", help="settings, as for bin/serve")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    try:
        settings = load_settings(environ=os.environ, config_path=options.config)
    except SettingsError as error:
        print(f"doctor: {error}", file=sys.stderr)  # noqa: T201 - the command's output
        return ExitCode.SETTINGS
    findings = list(examine(settings))
    dicts = [finding.as_dict() for finding in findings]
    print(json.dumps(dicts, indent=1) if options.json else text(findings))  # noqa: T201 - the command's output
    return 0 if is_healthy(findings) else 1


def examine(settings: Settings, *, root: Path = Path("/"), conf: Path = ROOT / "conf") -> Iterator[Finding]:
    """Yield everything that was found."""
    yield from look_at_python()
    yield from look_at_machine(settings, root=root, conf=conf)
    yield from look_at_database(settings, conf=conf)
    yield from look_at_services(settings)
    yield from look_at_keeping(settings)
    yield from look_at_copies(root=root, conf=conf)
    if settings.server.public_url:
        yield from look_from_outside(settings.server.public_url)
