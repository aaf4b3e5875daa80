"""``bin/spam``: R messages a second between random clients of its own; what became of each, and how fast."""

import argparse
import time
from collections.abc import Sequence
from typing import Any

from imserver.commands.load.failures import LoadError, LoadExit, failure_of
from imserver.commands.load.fleet import Answers, Fleet, added
from imserver.commands.load.ledger import Histogram
from imserver.commands.load.options import (
    ProgressLine,
    common_parser,
    complain,
    finish,
    number,
    plan_of,
    require_positive,
    show,
)
from imserver.commands.load.shower import GRACE_SECONDS

KINDS = ("message", "typing", "room")
# All processes begin at the same moment, and none has heard of it later than this.
START_SECONDS = 0.5


def main(arguments: Sequence[str]) -> int:
    """Run the spam; return the exit code: 1 when anything was lost or doubled."""
    options = _parser().parse_args(arguments)
    return finish("spam", lambda: spam(options))


def spam(options: argparse.Namespace) -> int:
    """Connect, send, report; raise LoadError for what prevents it."""
    require_positive(options, "rate", "seconds", "time", "grace")
    _check_kind(options)
    plan = plan_of(options, peers=options.peers)
    progress = ProgressLine("spam")
    with Fleet(plan, progress=progress) as fleet:
        failed = bring_in(fleet, rate=options.ramp, seconds=options.time, kind=options.kind)
        sent = shower(fleet, rate=options.rate, seconds=options.seconds, grace=options.grace)
    progress.end()
    result = result_of(sent, kind=options.kind, rate=options.rate, seconds=options.seconds)
    show({"transport": options.transport, "users": options.users} | result, as_json=options.json)
    if result["lost"] or result["doubled"]:
        return LoadExit.LOST
    refused = {f"messages:{code}": count for code, count in result["refused"].items()}
    return complain("spam", failure_of(refused) or failure_of(failed))


def bring_in(fleet: Fleet, *, rate: float, seconds: float, kind: str) -> dict[str, int]:
    """Connect everybody and open what they send in; return who failed.

    Raises LoadError when there is nobody to send to.
    """
    fleet.do("ramp", seconds=seconds, rate=rate / len(fleet.pids))
    prepared = fleet.do("prepare", seconds=seconds, kind=kind)
    failed: dict[str, int] = added(prepared, "failed")
    if not added(prepared, "directions"):
        raise failure_of(failed) or LoadError(LoadExit.BROKEN, "there is nobody to send to")
    return failed


def shower(
    fleet: Fleet, *, rate: float, seconds: float, grace: float = GRACE_SECONDS, keeps: bool = False
) -> Answers:
    """Send ``rate`` a second over all processes; return what each found; ``keeps``: of each message, too."""
    start_at = time.monotonic() + START_SECONDS
    share = rate / len(fleet.pids)
    bound = seconds + START_SECONDS + grace
    times = {"start_at": start_at, "length": seconds, "grace": grace}
    return fleet.do("send", seconds=bound, rate=share, keeps=keeps, **times)


def result_of(sent: Answers, *, kind: str, rate: float, seconds: float) -> dict[str, Any]:
    """Return what is printed: sums over all client processes, percentiles of all latencies."""
    counts = [answer["counts"] for answer in sent]
    names = ("sent", "acknowledged", "delivered", "lost", "doubled", "out_of_order", "gaps", "unanswered")
    cpu_seconds = added(sent, "cpu_seconds")
    moved = sum(added(counts, name) for name in ("sent", "received"))
    return {
        "kind": kind,
        "rate": rate,
        "seconds": seconds,
        **{name: added(counts, name) for name in names},
        "resets": added(counts, "resets"),
        "refused": added(counts, "refused"),
        "skipped": added(counts, "skipped"),
        "dropped": added(sent, "dropped"),
        "send_to_ack": merged(sent, "to_ack").summary(),
        "send_to_delivery": merged(sent, "to_delivery").summary(),
        "client_processes": len(sent),
        "client_cpu_percent": round(100 * cpu_seconds / seconds, 1),
        "client_us_per_frame": round(1e6 * cpu_seconds / max(1, moved), 2),
        "client_behind_ms": round(1_000 * max(answer["behind_seconds"] for answer in sent), 1),
        "client_memory_kb": added(sent, "memory_kb"),
    }


def merged(sent: Answers, name: str) -> Histogram:
    """Return all processes' latencies as one histogram."""
    whole = Histogram()
    for answer in sent:
        whole.merge(answer[name])
    return whole


def _check_kind(options: argparse.Namespace) -> None:
    if options.kind == "room" and options.transport != "ws":
        raise LoadError(LoadExit.USAGE, "rooms are followed over --transport ws")
    if options.kind == "room":
        raise LoadError(
            LoadExit.USAGE, "no call makes a room yet; bin/bench --rows room makes one in its own store"
        )
    if options.users < 2:
        raise LoadError(LoadExit.USAGE, "--users: one sends, another hears; that takes two")


def _parser() -> argparse.ArgumentParser:
    parser = common_parser("spam", (__doc__ or "").split("``: ")[1], users=1_000, transport="ws")
    add = parser.add_argument
    add("--rate", type=float, default=100.0, metavar="R", help="messages a second (default 100)")
    add("--seconds", type=float, default=30.0, metavar="S", help="default 30")
    add(
        "--grace",
        type=float,
        default=GRACE_SECONDS,
        metavar="S",
        help="lost is what comes later (default 15)",
    )
    add("--kind", choices=KINDS, default="message", help="default message")
    add("--peers", type=number(1, 100), default=4, metavar="K", help="others that each talks to (default 4)")
    return parser
