"""``bin/bench``: the table of docs/figures.md, measured on private servers.

# design: Each row has a fresh server, database and cache, and the load engine beside it on the same machine.
# Members, sessions and conversations are written straight into the store, so only what the row is about is
# measured. The naive variant is the same application under gunicorn's own gevent worker.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from imserver.commands.bench import report
from imserver.commands.bench.rows import ROWS, Profile
from imserver.commands.bench.services import ENGINES
from imserver.commands.load.options import finish, number

TRANSPORTS = ("poll", "sse", "ws")
STEPS: dict[str, tuple[float, ...]] = {
    "traffic": (1_000,),
    "durable-ws": (2_000, 4_000, 5_000, 6_000, 7_000, 8_000, 10_000, 12_000, 14_000, 16_000),
    "durable-http": (500, 1_000, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000),
    "typing": (10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 80_000),
    "room": (20, 50, 75, 100, 125, 150, 200),
    "fairness": (5_000,),
    "backup": (500,),
}
QUICK_STEPS: dict[str, tuple[float, ...]] = {
    "traffic": (50,),
    "durable-ws": (50,),
    "durable-http": (50,),
    "typing": (50,),
    "room": (2,),
    "fairness": (100,),
    "backup": (50,),
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; return the exit code."""
    options = _parser().parse_args(arguments)
    return finish("bench", lambda: bench(options))


def bench(options: argparse.Namespace) -> int:
    """Measure the rows that were asked for, one after the other, ``--runs`` times each."""
    profile = profile_of(options)
    results: dict[str, report.Runs] = {}
    for name in options.rows:
        runs = results[name] = [_run(name, profile, turn + 1) for turn in range(options.runs)]
        if options.write:
            report.write(name, runs, profile=profile, command=command_of(options, name))
        elif not options.json:
            print(report.section(name, runs, profile=profile, command=command_of(options, name)))  # noqa: T201
    if options.json:
        print(json.dumps(results))  # noqa: T201 - the answer
    return 0


def profile_of(options: argparse.Namespace) -> Profile:
    """Return the sizes that were asked for."""
    if options.quick:
        return Profile(
            engine=options.engine,
            transports=options.transports,
            users=50,
            room_users=20,
            held=60,
            large=200,
            besiegers=(2, 5),
            siege_seconds=2,
            backup_seconds=3,
            copied=500,
            roster_rows=2_000,
            minutes=0.05,
            step_seconds=2,
            settle_seconds=0.5,
            steps=QUICK_STEPS,
        )
    return Profile(
        engine=options.engine,
        transports=options.transports,
        users=options.users,
        held=options.held,
        roster_rows=options.roster_rows,
        minutes=options.minutes,
        step_seconds=options.step_seconds,
        steps=STEPS,
    )


def command_of(options: argparse.Namespace, row: str) -> str:
    """Return the command that gives one row."""
    words = ["bin/bench", f"--rows {row}", f"--engine {options.engine}"]
    words += ["--quick"] if options.quick else [f"--users {options.users}"]
    usual = _parser()
    for name in ("held", "roster_rows", "minutes", "step_seconds"):
        if getattr(options, name) != usual.get_default(name):
            value = getattr(options, name)
            words.append(f"--{name.replace('_', '-')} {value if isinstance(value, int) else f'{value:g}'}")
    if options.transports != TRANSPORTS:
        words.append(f"--transports {','.join(options.transports)}")
    return " ".join([*words, f"--runs {options.runs}", "--write"])


def _run(name: str, profile: Profile, turn: int) -> list[dict[str, Any]]:
    _say(f"{name}, run {turn}, on {profile.engine}")
    results = []
    for figures in ROWS[name](profile):
        results.append(figures)
        _say("  " + ", ".join(f"{key} {value}" for key, value in figures.items() if _is_short(value)))
    return results


def _is_short(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description=(__doc__ or "").split("\n\n")[0].split("``: ")[1], allow_abbrev=False
    )
    add = parser.add_argument
    add("--rows", type=_rows, default=list(ROWS), metavar="A,B", help=f"default all: {','.join(ROWS)}")
    add("--engine", choices=ENGINES, default="mariadb", help="default mariadb (with memcached)")
    text = "of the memory row; the last one for sign-ins, traffic and connections too (default poll,sse,ws)"
    add("--transports", type=_transports, default=TRANSPORTS, metavar="A,B", help=text)
    add("--users", type=number(10, 100_000), default=10_000, metavar="N", help="default 10000")
    add(
        "--held",
        type=number(10, 1_000_000),
        default=100_000,
        metavar="N",
        help="connections (default 100000)",
    )
    text = "that the import row brings in (default 15000000)"
    add("--roster-rows", type=number(1_000, 100_000_000), default=15_000_000, metavar="N", help=text)
    add("--minutes", type=float, default=10.0, metavar="N", help="of traffic (default 10)")
    add("--step-seconds", type=float, default=15.0, metavar="S", help="of each rate (default 15)")
    add("--runs", type=number(1, 100), default=1, metavar="N", help="of each row (default 1)")
    add("--quick", action="store_true", help="small and short: shows that it works, not what it costs")
    add("--json", action="store_true", help="print all results as JSON")
    add("--write", action="store_true", help="put tables and pictures into docs/figures.md")
    return parser


def _rows(text: str) -> list[str]:
    names = text.split(",")
    wrong = [name for name in names if name not in ROWS]
    if wrong:
        raise argparse.ArgumentTypeError(f"there is no row {wrong[0]}; there are {', '.join(ROWS)}")
    return names


def _transports(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(TRANSPORTS):
        raise argparse.ArgumentTypeError(f"{text} is not one or more of {','.join(TRANSPORTS)}")
    return names


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress
