"""``bin/flood``: sign N clients in, connect them, hold them, and say what that cost."""

import argparse
from collections.abc import Sequence
from typing import Any

from imserver.commands.load.failures import failure_of
from imserver.commands.load.fleet import Answers, Fleet, added
from imserver.commands.load.options import (
    ProgressLine,
    common_parser,
    complain,
    finish,
    plan_of,
    require_positive,
    show,
)


def main(arguments: Sequence[str]) -> int:
    """Run the flood; return the exit code."""
    options = _parser().parse_args(arguments)
    return finish("flood", lambda: flood(options))


def flood(options: argparse.Namespace) -> int:
    """Connect, hold, report; raise LoadError for what prevents it."""
    require_positive(options, "rate", "time", "hold")
    plan = plan_of(options)
    progress = ProgressLine("flood")
    with Fleet(plan, progress=progress) as fleet:
        ramp = fleet.do("ramp", seconds=options.time, rate=options.rate / len(fleet.pids))
        hold = fleet.do("hold", seconds=options.hold)
    progress.end()
    show(result_of(options, ramp, hold), as_json=options.json)
    return complain("flood", failure_of(added(ramp, "failed")))


def result_of(options: argparse.Namespace, ramp: Answers, hold: Answers) -> dict[str, Any]:
    """Return what is printed: sums over all client processes."""
    connected = added(ramp, "connected")
    return {
        "transport": options.transport,
        "users": options.users,
        "connected": connected,
        "failed": added(ramp, "failed"),
        "sign_ins_per_second": round(added(ramp, "sign_ins_per_second"), 1),
        "connects_per_second": round(added(ramp, "connects_per_second"), 1),
        "held_seconds": options.hold,
        "online_at_end": added(hold, "online"),
        "dropped_in_hold": added(hold, "dropped"),
        "answers": added(hold, "answers"),
        "events": added(hold, "events"),
        "gaps": added(hold, "gaps"),
        "client_processes": len(ramp),
        "client_cpu_seconds": round(added(ramp, "cpu_seconds") + added(hold, "cpu_seconds"), 2),
        "client_ramp_us_per_user": round(added(ramp, "cpu_seconds") * 1e6 / max(1, connected)),
        "client_memory_kb": added(ramp, "memory_kb"),
        "client_kb_per_user": round(
            (added(ramp, "memory_kb") - added(ramp, "memory_before_kb")) / max(1, connected), 2
        ),
    }


def _parser() -> argparse.ArgumentParser:
    parser = common_parser("flood", (__doc__ or "").split("``: ")[1], users=1_000, transport="ws")
    parser.add_argument(
        "--rate", type=float, default=1_000.0, metavar="N", help="new clients a second (1000)"
    )
    parser.add_argument("--hold", type=float, default=10.0, metavar="SECONDS", help="default 10")
    return parser
