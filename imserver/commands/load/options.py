"""What ``bin/flood`` and ``bin/spam`` have in common: options, members, the progress line, the way to end."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from imserver.commands.load.crew import Seat
from imserver.commands.load.failures import EXIT_HELP, LoadError, LoadExit
from imserver.commands.load.fleet import Plan, match, processes_for
from imserver.commands.load.keys import read_secret, stored_key, tokens
from imserver.commands.load.target import parse_target, require_answer, require_own

USERS_LIMIT = 1_000_000
TIME_LIMIT_SECONDS = 24 * 3_600.0
RAMP_PER_SECOND = 1_000.0
FILE_PROGRESS_SECONDS = 5.0


def common_parser(name: str, text: str, *, users: int, transport: str) -> argparse.ArgumentParser:
    """Return a parser with the options of both tools."""
    parser = argparse.ArgumentParser(
        prog=f"bin/{name}", description=text, epilog=EXIT_HELP, allow_abbrev=False
    )
    add = parser.add_argument
    add("--url", default="http://127.0.0.1:8080", help="the messenger (default %(default)s)")
    add("--site", default="demo", help="the site (default %(default)s)")
    add("--users", type=number(1, USERS_LIMIT), default=users, metavar="N", help="default %(default)s")
    add("--transport", choices=("poll", "sse", "ws"), default=transport, help="default %(default)s")
    add("--ramp", type=float, default=RAMP_PER_SECOND, metavar="N", help=argparse.SUPPRESS)
    add("--processes", type=number(1, 64), default=0, metavar="N", help="client processes (default: by need)")
    add("--secret-file", type=Path, metavar="FILE", help="key id and secret of the site, in one line")
    add("--i-own-this-server", action="store_true", help="for a server on another machine")
    add("--time", type=float, default=600.0, metavar="SECONDS", help="the ramp's bound (default 600)")
    add("--json", action="store_true", help="print the result as JSON")
    return parser


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers in a range."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} to {most}")
        return int(text)

    return parse


def plan_of(options: argparse.Namespace, *, peers: int = 0) -> Plan:
    """Return the plan that ``options`` ask for, with signed members; raise LoadError."""
    target = parse_target(options.url)
    require_own(target, has_secret=options.secret_file is not None, is_owner=options.i_own_this_server)
    processes = processes_for(options.users, wanted=options.processes)
    require_answer(target)
    if options.secret_file is not None:
        key = read_secret(options.secret_file, site_id=options.site)
    else:
        key = stored_key(options.site)
    seats = [Seat(user_id=user_id, token=token) for user_id, token in tokens(key, options.users)]
    plan = Plan(
        target=target,
        site_id=options.site,
        transport=options.transport,
        seats=seats,
        processes=processes,
    )
    return with_pairs(plan, peers=peers) if peers else plan


def with_pairs(plan: Plan, *, peers: int) -> Plan:
    """Return the plan with conversations that are still to be opened."""
    pairs = [(a, b, "") for a, b in match(plan.parts(), peers=peers)]
    return Plan(
        target=plan.target,
        site_id=plan.site_id,
        transport=plan.transport,
        seats=plan.seats,
        processes=plan.processes,
        pairs=pairs,
    )


class ProgressLine:
    """One line on standard error that is written over and over; into a file, one every few seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_terminal = sys.stderr.isatty()
        self._next_at = 0.0

    def __call__(self, numbers: list[int]) -> None:
        """Show online, failed, sent, delivered, dropped."""
        if not self._is_terminal and time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + FILE_PROGRESS_SECONDS
        online, failed, sent, delivered, dropped = numbers
        text = f"{self._name}: {online} online, {failed} failed, {dropped} dropped"
        if sent:
            text += f", {sent} sent, {delivered} delivered"
        sys.stderr.write(f"\r{text}\x1b[K" if self._is_terminal else text + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._is_terminal:
            sys.stderr.write("\n")


def finish(name: str, work: Callable[[], int]) -> int:
    """Return the exit code of ``work``; a LoadError becomes its line and its code."""
    try:
        return work()
    except LoadError as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201 - the command's output
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)  # noqa: T201 - the command's output
        return 130


def show(result: dict[str, Any], *, as_json: bool) -> None:
    """Print a result: one JSON object, or one line per figure."""
    if as_json:
        print(json.dumps(result))  # noqa: T201 - the command's output
        return
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name:{width}}  {_words(value)}")  # noqa: T201 - the command's output


def complain(name: str, error: LoadError | None) -> int:
    """Print the error's line, if there is one; return the exit code."""
    if error is None:
        return 0
    print(f"{name}: {error}", file=sys.stderr)  # noqa: T201 - the command's output
    return error.exit_code


def require_positive(options: argparse.Namespace, *names: str) -> None:
    """Raise LoadError for a time or rate that is not positive, or beyond a day."""
    for name in names:
        if not 0 < getattr(options, name) <= TIME_LIMIT_SECONDS * 100:
            raise LoadError(LoadExit.USAGE, f"--{name} has to be positive and bounded")


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(part)}" for key, part in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def texts(values: Sequence[object]) -> str:
    """Return values as a list for a person."""
    return ", ".join(map(str, values))
