"""``bin/stress``: perform rows, print the table, exit with 1 when a promise was broken."""

import argparse
import dataclasses
import gc
import json
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import gevent
import pytest

from tests.services import MariaDB, Memcached, make_folder
from tests.stress import (
    attacks,
    comings,
    faults_of_backlog,
    faults_of_backup,
    faults_of_bus,
    faults_of_cache,
    faults_of_clients,
    faults_of_clocks,
    faults_of_database,
    faults_of_network,
    faults_of_workers,
    slow_readers,
    storms,
)
from tests.stress.mutants import PLANTS
from tests.stress.profile import FULL, SHORT, Profile, usual_latency_factor
from tests.stress.report import markdown, merged, read_section, table, write_page
from tests.stress.row import Result, Row
from tests.stress.scene import Scene

ROWS: tuple[type[Row], ...] = (
    *faults_of_workers.ROWS,
    *faults_of_database.ROWS,
    *faults_of_backup.ROWS,
    *faults_of_cache.ROWS,
    *faults_of_bus.ROWS,
    *faults_of_network.ROWS,
    *faults_of_clients.ROWS,
    *faults_of_clocks.ROWS,
    *faults_of_backlog.ROWS,
    *storms.ROWS,
    *attacks.ROWS,
    *slow_readers.ROWS,
    *comings.ROWS,
)
SHORT_ROWS = ("F1", "F4", "F7", "F16", "F22")
RUNS_PER_MUTANT = 3
# gevent starts greenlets for so long in each turn of its loop: with the usual 5 ms, and 10,000 sockets to
# hear in a turn, sends were begun eight seconds after they were due.
CALLBACKS_SECONDS = 0.5
# No row takes this long; what does hangs, and is a failure.
ROW_SECONDS = {"full": 1_800.0, "short": 120.0}


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    options = parse(arguments)
    if options.list:
        for row in ROWS:
            print(f"{row.row_id:5}{row.title}")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    random.seed(options.seed)
    # The diaries grow by many small objects that live to the end.
    gc.set_threshold(50_000, 20, 100)
    sys.setswitchinterval(CALLBACKS_SECONDS)
    profile = chosen_profile(options)
    rows = [row for row in ROWS if row.row_id in chosen_rows(options)]
    results: list[Result] = []
    is_whole = True
    try:
        # One by one: what was done before an interruption is reported.
        results.extend(hunt(profile, wanted_rows(options)) if options.mutants else perform(rows, profile))
    except KeyboardInterrupt:
        is_whole = False
        say("interrupted; everything that was started has been ended")
    finish(results, profile, options, command=" ".join(["bin/stress", *arguments]))
    if not is_whole:
        return 130
    return 0 if all(result.is_good for result in results) else 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/stress", description=__doc__, allow_abbrev=False)
    parser.add_argument("--short", action="store_true", help="a minute's choice, at a small load")
    parser.add_argument("--rows", default="", metavar="F1,F6", help="only these rows")
    parser.add_argument("--mutants", action="store_true", help="break the server's code; each must be caught")
    parser.add_argument("--list", action="store_true", help="list the rows and end")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument(
        "--write",
        action="store_true",
        help="put the results into docs/stress.md; of some rows, in their places",
    )
    parser.add_argument("--strict-latency", action="store_true", help="do not loosen limits on few cores")
    parser.add_argument("--clients", type=int, metavar="N", help="instead of the profile's")
    parser.add_argument("--rate", type=float, metavar="R", help="messages per second")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long the load runs in each row")
    parser.add_argument("--scale", type=float, metavar="F", help="of the rows' own counts; 1 is the full one")
    parser.add_argument("--shares", metavar="6,2,2", help="of ten clients: long poll, SSE, WebSocket")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the random choices")
    return parser.parse_args(arguments)


def chosen_profile(options: argparse.Namespace) -> Profile:
    """Return the profile with what the options change."""
    profile = SHORT if options.short else FULL
    changes = {
        name: getattr(options, name)
        for name in ("clients", "rate", "seconds", "scale")
        if getattr(options, name) is not None
    }
    if options.shares:
        changes["shares"] = tuple(int(share) for share in options.shares.split(","))
    factor = 1.0 if options.strict_latency else usual_latency_factor()
    return dataclasses.replace(profile, latency_factor=factor, **changes)


def chosen_rows(options: argparse.Namespace) -> set[str]:
    """Return the ids of the rows to perform; exit when one is unknown."""
    wanted = wanted_rows(options)
    if unknown := wanted - {row.row_id for row in ROWS}:
        sys.exit(f"stress: there is no row {', '.join(sorted(unknown))}; see bin/stress --list")
    return wanted or (set(SHORT_ROWS) if options.short else {row.row_id for row in ROWS})


def wanted_rows(options: argparse.Namespace) -> set[str]:
    return set(options.rows.split(",")) if options.rows else set()


def perform(rows: Sequence[type[Row]], profile: Profile) -> Iterator[Result]:
    """Perform the rows one after the other, on one database server and one cache."""
    folder = make_folder() if profile.on_disk else make_folder(Path("/dev/shm"))
    for row in rows:
        result = perform_one(row(), profile, folder=folder)
        say(f"{row.row_id} {'passed' if result.passed else 'FAILED: ' + '; '.join(result.why)}")
        yield result


def hunt(profile: Profile, row_ids: set[str]) -> Iterator[Result]:
    """Plant each mutant, or those of ``row_ids``, under its row; it has so many runs to be caught."""
    folder = make_folder() if profile.on_disk else make_folder(Path("/dev/shm"))
    by_id = {row.row_id: row for row in ROWS}
    chosen = {name: planted for name, planted in PLANTS.items() if planted.row_id in (row_ids or by_id)}
    for mutant, planted in chosen.items():
        for _ in range(RUNS_PER_MUTANT):
            result = perform_one(by_id[planted.row_id](), profile, folder=folder, mutant=mutant)
            if result.is_caught:
                break
        verdict = "caught" if result.is_caught else f"NOT CAUGHT by {' or '.join(result.expected)}"
        say(f"{mutant} {verdict}: {'; '.join(result.why)}")
        yield result


def perform_one(row: Row, profile: Profile, *, folder: Path, mutant: str = "") -> Result:
    """Perform one row within its time; whatever goes wrong in it is a failure of the row."""
    say(f"{row.row_id} {row.title}{' with ' + mutant if mutant else ''} ...")
    mariadb, memcached = services(folder, profile)
    scene = Scene(row, profile, mariadb=mariadb, memcached=memcached, mutant=mutant)
    try:
        with gevent.Timeout(ROW_SECONDS[profile.name], TimeoutError):
            return scene.play()
    except (TimeoutError, pytest.fail.Exception) as error:
        scene.result.why.append(f"{type(error).__name__}: {error}"[:2000])
        return scene.result


_services: dict[Path, tuple[MariaDB, Memcached]] = {}


def services(folder: Path, profile: Profile) -> tuple[MariaDB, Memcached]:
    """Return the database server and the cache of this run, running."""
    if folder not in _services:
        sizes = {"log_megabytes": profile.log_megabytes, "pool_megabytes": profile.pool_megabytes}
        _services[folder] = MariaDB(folder, **sizes), Memcached(folder)
    for service in _services[folder]:
        service.start()
    return _services[folder]


def finish(results: Sequence[Result], profile: Profile, options: argparse.Namespace, *, command: str) -> None:
    """Print the outcome, and write it down where that was asked for."""
    if options.json:
        print(json.dumps([result.as_json() for result in results], indent=1))
    else:
        print(table(results))
        for result in results:
            for line in result.why:
                print(f"{result.row_id}: {line}")
            for line in result.notes:
                print(f"{result.row_id} note: {line}")
    if options.write and options.rows:
        write_page(merged(read_section(), results, command=command))
    elif options.write:
        write_page(markdown(results, profile, command=command))


def say(text: str) -> None:
    print(f"stress {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
