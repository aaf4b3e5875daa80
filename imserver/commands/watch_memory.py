"""``bin/watch-memory``: what a server takes over time: memory, CPU, connections, descriptors."""

import argparse
import csv
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from imserver.commands.load.failures import LoadError, LoadExit
from imserver.commands.load.options import finish
from imserver.commands.load.pictures import Series, line_picture
from imserver.commands.load.processes import Sample, listener_of, sample

DAY_SECONDS = 86_400.0
COLUMNS = ("seconds", "processes", "pss_kb", "cpu_percent", "connections", "descriptors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. ``connections`` are sockets, the few of the server's own included."""

    seconds: float
    processes: int
    pss_kb: int
    cpu_percent: float
    connections: int
    descriptors: int


def main(arguments: Sequence[str]) -> int:
    """Watch; return the exit code."""
    options = _parser().parse_args(arguments)
    return finish("watch-memory", lambda: watch(options))


def watch(options: argparse.Namespace) -> int:
    """Print a row per period; write what was asked for at the end, even when the server ended before."""
    pid = options.pid or _listener(options.url)
    rows: list[Row] = []
    try:
        for row in _rows(pid, seconds=options.seconds, every=options.every):
            rows.append(row)
            if not options.json:
                _print(row, is_first=len(rows) == 1)
    except KeyboardInterrupt:
        pass  # whoever stops watching wants what was seen
    if not rows:
        raise LoadError(LoadExit.REFUSED, f"process {pid} is not there, or another user's")
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))  # noqa: T201 - the answer
    if options.csv is not None:
        write_csv(options.csv, rows)
    if options.svg is not None:
        options.svg.write_text(picture(rows), encoding="utf-8")
    return 0


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write all rows under their names."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def picture(rows: Sequence[Row]) -> str:
    """Return memory, CPU and connections over time."""
    return line_picture(
        "Memory, CPU and connections over time",
        [
            Series(label="memory (PSS)", unit="KB", points=[(row.seconds, row.pss_kb) for row in rows]),
            Series(label="CPU", unit="% of a core", points=[(row.seconds, row.cpu_percent) for row in rows]),
            Series(label="connections", unit="", points=[(row.seconds, row.connections) for row in rows]),
        ],
    )


def _rows(pid: int, *, seconds: float, every: float) -> Iterator[Row]:
    try:
        before = first = sample(pid)
        while True:
            # On the beat of the first look, however long a look takes.
            passed = time.monotonic() - first.at_seconds
            time.sleep(every - passed % every)
            now = sample(pid)
            yield _row(first, before, now)
            before = now
            if now.at_seconds - first.at_seconds >= seconds - every / 2:
                return
    except ProcessLookupError:
        return


def _row(first: Sample, before: Sample, now: Sample) -> Row:
    busy = (now.cpu_seconds - before.cpu_seconds) / (now.at_seconds - before.at_seconds)
    return Row(
        seconds=round(now.at_seconds - first.at_seconds, 1),
        processes=now.processes,
        pss_kb=now.pss_kb,
        cpu_percent=round(100 * max(0.0, busy), 1),
        connections=now.sockets,
        descriptors=now.descriptors,
    )


def _print(row: Row, *, is_first: bool) -> None:
    if is_first:
        print("  ".join(f"{name:>11}" for name in COLUMNS))  # noqa: T201 - the table
    print("  ".join(f"{value:>11}" for value in asdict(row).values()), flush=True)  # noqa: T201 - the table


def _listener(url: str) -> int:
    parts = urlsplit(url)
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise LoadError(LoadExit.NOT_YOURS, f"{url} is not on this machine; run this where the server runs")
    try:
        return listener_of(parts.port or 80)
    except ProcessLookupError as error:
        raise LoadError(LoadExit.REFUSED, str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/watch-memory", description=(__doc__ or "").split("``: ")[1], allow_abbrev=False
    )
    add = parser.add_argument
    add("--pid", type=int, help="the server's process; its children are counted with it")
    add("--url", default="http://127.0.0.1:8080", help="or whoever listens there (default %(default)s)")
    add("--seconds", type=_seconds, default=DAY_SECONDS, metavar="S", help="how long (default: a day)")
    add("--every", type=_seconds, default=1.0, metavar="S", help="one row per so long (default 1)")
    add("--csv", type=Path, metavar="FILE", help="write the rows there")
    add("--svg", type=Path, metavar="FILE", help="write a picture there")
    add("--json", action="store_true", help="print the rows as JSON at the end")
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.05 <= value <= DAY_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not a time from 0.05 s to a day")
    return value
