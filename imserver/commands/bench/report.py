"""The page: a section per row under the command that gives it, and pictures."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imserver.commands.bench.machine import machine_line
from imserver.commands.bench.rows import Profile
from imserver.commands.load.pictures import Bar, Series, bar_picture, line_picture, short
from imserver.settings import ROOT

FIGURES = ROOT / "docs" / "figures.md"
PICTURES = ROOT / "docs" / "img"
Runs = list[list[dict[str, Any]]]

TITLES = {
    "memory": "Memory of an idle user",
    "traffic": "Durable messages for minutes",
    "durable-ws": "Durable messages over WebSocket",
    "durable-http": "Durable messages over HTTP and long poll",
    "typing": "Typing events over WebSocket",
    "room": "A room",
    "sign-ins": "Sign-ins",
    "connections": "Connections on one machine",
    "large": "100,000 friends, members, messages",
    "fairness": "A flood of one site beside another",
    "siege": "Page views, by siege",
    "import": "A roster of millions, imported",
    "backup": "A backup while people write",
}
# What a table of plain numbers does not say by itself.
NOTES = {
    "import": "Everybody has a hundred friends, and the time is that of the whole command.",
    "backup": "Four workers, a thousand people over WebSocket, the load tool and the copying beside them.",
}
# What others need on such a machine, measured once with the same definition (PSS per idle connection).
PEERS_KB = (
    ("an Erlang messenger for communities (its paper)", 4.8),
    ("comet app on mochiweb, hibernating", 6.6),
    ("nchan (C, nginx)", 11.0),
    ("socket.io on node", 15.3),
    ("Prosody", 38.0),
    ("ejabberd", 86.0),
)
# Messages a second without loss; only the last stores them.
PEERS_RATE = (
    ("Prosody (not stored)", 2_000),
    ("ejabberd (not stored)", 10_000),
    ("mochiweb comet (not stored)", 20_000),
    ("socket.io (not stored)", 32_000),
    ("nchan in C (not stored)", 58_000),
    ("ejabberd + mod_mam on MariaDB (stored)", 2_500),
)
_COST = {
    "each_kb": "KB each, after 200 that stay",
    "from_zero_kb": "KB each, from an empty server",
    "kernel_each_kb": "kernel slab, both ends, KB",
    "client_each_kb": "a client of the load tool, KB",
}
_STEP = {
    "rate": "a second",
    "deliveries_per_second": "delivered a second",
    "p50": "p50 ms",
    "p99": "p99 ms",
    "lost": "lost",
    "server_cpu_percent": "server CPU %",
    "database_cpu_percent": "database CPU %",
    "client_cpu_percent": "load tool CPU %",
    "client_us_per_frame": "load tool µs per frame",
}
# Columns that are latencies, in ms.
_LATE = ("p50", "p99")

_SIEGE = {
    "clients": "clients",
    "transactions_per_second": "transactions a second",
    "availability_percent": "available %",
    "failed": "failed",
    "errors": "answered with an error",
    "mean_seconds": "mean s",
    "longest_seconds": "longest s",
    "server_cpu_percent": "server CPU %",
    "database_cpu_percent": "database CPU %",
}


def section(name: str, runs: Runs, *, profile: Profile, command: str) -> str:
    """Return the Markdown of one row; ``runs`` holds each run's results."""
    engine = "MariaDB with a flush at every commit, memcached"
    if profile.engine == "sqlite":
        engine = "SQLite with a flush at every commit, cache in the process"
    title = f"## {TITLES[name]}" + (" (SQLite)" if profile.engine == "sqlite" else "")
    lines = [title, "", f"`{command}`: {machine_line()}. {engine}. One worker, unless it says otherwise.", ""]
    lines += _table(name, runs)
    if pictures_of(name, runs, profile):
        lines += ["", f"![{TITLES[name]}](img/{picture_name(name, profile)})"]
    return "\n".join([*lines, ""])


def picture_name(name: str, profile: Profile) -> str:
    """Return the file name of a row's picture."""
    return f"figures-{name}{'-sqlite' if profile.engine == 'sqlite' else ''}.svg"


def pictures_of(name: str, runs: Runs, profile: Profile) -> str:
    """Return the row's picture as SVG; nothing for a row of single numbers."""
    if name == "memory":
        return _memory_picture(runs)
    if name == "traffic":
        points = [(seconds, kb) for seconds, kb in runs[-1][0]["samples"]]
        series = [Series(label="memory of the server (PSS)", unit="KB", points=points)]
        return line_picture(f"{profile.users:,} connected, 1,000 durable messages a second", series)
    if name in ("durable-ws", "typing"):
        ours = Bar(label=f"ours, {TITLES[name].split()[0].lower()}", value=best(runs), is_ours=True)
        peers = [Bar(label=label, value=value) for label, value in PEERS_RATE]
        return bar_picture(f"{TITLES[name]}: highest clean rate", [ours, *peers], unit="/s")
    return ""


def best(runs: Runs) -> float:
    """Return the highest clean rate: the median of the runs."""
    tops = [max((step["rate"] for step in run if step["is_clean"]), default=0.0) for run in runs]
    return statistics.median(tops)


def write(name: str, runs: Runs, *, profile: Profile, command: str) -> None:
    """Put the row's section and picture into the docs."""
    page = put_section(
        FIGURES.read_text(encoding="utf-8"), section(name, runs, profile=profile, command=command)
    )
    FIGURES.write_text(page, encoding="utf-8")
    picture = pictures_of(name, runs, profile)
    if picture:
        Path(PICTURES / picture_name(name, profile)).write_text(picture, encoding="utf-8")


def put_section(text: str, new: str) -> str:
    """Return ``text`` with ``new`` in the place of the section with the same title, or at the end."""
    title = new.splitlines()[0]
    before, found, rest = text.partition(title + "\n")
    if not found:
        return text.rstrip() + "\n\n" + new
    _, mark, after = rest.partition("\n## ")
    return before + new + ("\n## " + after if mark else "")


def _table(name: str, runs: Runs) -> list[str]:
    if name == "memory":
        return _memory_table(runs)
    if name == "large":
        return _large_table(runs)
    if name == "siege":
        return _siege_table(runs)
    if "is_clean" in runs[0][0]:
        return _step_table(name, runs)
    lines = _plain_table(runs)
    return [*lines, "", NOTES[name]] if name in NOTES else lines


def _memory_table(runs: Runs) -> list[str]:
    lines = [f"| a waiting, signed-in user of {runs[0][0]['users']:,} | {' | '.join(_COST.values())} |"]
    lines += ["|---|" + "---|" * len(_COST)]
    for place, first in enumerate(runs[0]):
        medians = [statistics.median(run[place][name] for run in runs) for name in _COST]
        lines.append(f"| {_cost_name(first)} | {' | '.join(f'{value:.2f}' for value in medians)} |")
    parked, blocking = _median(runs, 0, "each_kb"), _median(runs, -1, "each_kb")
    ratio = blocking / parked if parked > 0 else 0.0
    return [
        *lines,
        "",
        f"Beside it in the same run, a blocked greenlet costs {ratio:.1f} times as much as a parked poll.",
    ]


def _memory_picture(runs: Runs) -> str:
    ours = [
        Bar(
            label=_cost_name(first),
            value=_median(runs, place, "each_kb"),
            is_ours=first["variant"] == "parked",
        )
        for place, first in enumerate(runs[0])
    ]
    peers = [Bar(label=label, value=value) for label, value in PEERS_KB]
    return bar_picture("Memory of one idle, connected user", [*ours, *peers], unit="KB")


def _cost_name(figures: dict[str, Any]) -> str:
    if figures["variant"] == "blocking":
        return "long poll, blocked greenlet"
    return {"poll": "long poll", "sse": "SSE", "ws": "WebSocket"}[figures["transport"]] + ", parked (ours)"


def _step_table(name: str, runs: Runs) -> list[str]:
    lines = [f"| {' | '.join(_STEP.values())} | clean |", "|---|" + "---|" * len(_STEP)]
    for rate in sorted({step["rate"] for run in runs for step in run}):
        tried = [step for run in runs for step in run if step["rate"] == rate]
        values = [short(_step_median(tried, column)) for column in _STEP]
        lines.append(f"| {' | '.join(values)} | {_clean_share(tried, runs=len(runs))} |")
    if name == "traffic":
        last = runs[-1][0]
        lines += [
            "",
            f"For {last['minutes']:g} minutes: {last['each_kb']:.2f} KB per user with the traffic, slope "
            f"{last['slope_percent']:.2f} % in ten minutes, {last['lost']} lost, {last['doubled']} doubled.",
        ]
        return lines
    label = "Highest clean rate (nothing lost, p99 within 100 ms)"
    return [*lines, "", f"{label}{_of_runs(runs)}: **{best(runs):,.0f} a second**."]


def _step_median(tried: list[dict[str, Any]], column: str) -> float:
    values = [step["send_to_delivery"][f"{column}_ms"] if column in _LATE else step[column] for step in tried]
    return float(statistics.median(values))


def _of_runs(runs: Runs) -> str:
    return f", median of {len(runs)} runs" if len(runs) > 1 else ""


def _clean_share(tried: list[dict[str, Any]], *, runs: int) -> str:
    """Say in how many runs the rate was clean; one that ended at a lower rate was not clean at this one."""
    count = sum(step["is_clean"] for step in tried)
    if runs == 1:
        return "yes" if count else "no"
    return f"{count} of {runs} runs"


def _large_table(runs: Runs) -> list[str]:
    lines = [f"| one of {runs[0][0]['of']:,} | first ms | median ms | longest ms |", "|---|---|---|---|"]
    for place, first in enumerate(runs[0]):
        times = [_median(runs, place, f"{name}_ms") for name in ("first", "median", "longest")]
        lines.append(f"| {first['screen']} | {' | '.join(f'{each:g}' for each in times)} |")
    return lines


def _siege_table(runs: Runs) -> list[str]:
    lines = [f"| {' | '.join(_SIEGE.values())} | memcached hits |", "|---|" + "---|" * len(_SIEGE)]
    for place, first in enumerate(runs[0]):
        values = [f"{_median(runs, place, name):,g}" for name in _SIEGE]
        lines.append(f"| {' | '.join(values)} | {_hits(first)} |")
    return [
        *lines,
        "",
        "Two workers, one per core, with siege and the database beside them on the same two; no proxy. "
        "The page view is `conf/siege/urls.txt`, of 50 members.",
    ]


def _hits(figures: dict[str, Any]) -> str:
    """Return the share of what memcached was asked for that it had, by its own count."""
    hits = figures.get("memcached_hits", 0)
    looked = hits + figures.get("memcached_misses", 0)
    return f"{100 * hits / looked:.2f} % of {looked:,}" if looked else "none asked for"


def _plain_table(runs: Runs) -> list[str]:
    lines = ["| | median | each run |", "|---|---|---|"]
    for name, value in runs[0][0].items():
        if isinstance(value, int | float):
            values = [run[0][name] for run in runs]
            each = ", ".join(f"{one:,}" for one in values)
            lines.append(f"| {name.replace('_', ' ')} | {statistics.median(values):,} | {each} |")
    return lines


def _median(runs: Sequence[Sequence[dict[str, Any]]], place: int, name: str) -> float:
    return float(statistics.median(run[place][name] for run in runs))
