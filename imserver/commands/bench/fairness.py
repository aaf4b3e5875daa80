"""What a flood of one site costs another: the quiet one's latencies alone, and beside the flood."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from imserver.commands.bench.installation import SITE, Installation
from imserver.commands.load.fleet import Fleet
from imserver.commands.spam import bring_in, result_of, shower

QUIET = "quiet"
QUIET_USERS, FLOOD_USERS = 100, 1_000
# Enough for a p99 of a run, and nothing that a server would notice.
QUIET_RATE = 50.0
PEERS = 4
RAMP_PER_SECOND, RAMP_SECONDS = 500.0, 60.0
# The flood begins before the quiet site is measured beside it, and ends after it.
HEAD_SECONDS = 1.0


def neighbours(server: Installation, *, flood_rate: float, seconds: float, users: int) -> dict[str, Any]:
    """Return what the quiet site saw without the flood and with it."""
    server.store.sites.insert_site(site_id=QUIET, name="Quiet", origins=())
    with (
        _crowd(server, QUIET, min(users, QUIET_USERS)) as quiet,
        _crowd(server, SITE, min(users, FLOOD_USERS)) as flood,
        ThreadPoolExecutor(max_workers=1) as beside,
    ):
        for fleet in (quiet, flood):
            bring_in(fleet, rate=RAMP_PER_SECOND, seconds=RAMP_SECONDS, kind="message")
        _told(quiet, QUIET_RATE, min(seconds, 5.0))
        alone = _told(quiet, QUIET_RATE, seconds)
        flooding = beside.submit(_told, flood, flood_rate, seconds + 2 * HEAD_SECONDS)
        _told(quiet, QUIET_RATE, HEAD_SECONDS)
        begun = server.cpu()
        disturbed = _told(quiet, QUIET_RATE, seconds)
        spent = [late - early for early, late in zip(begun, server.cpu(), strict=True)]
        flooded = flooding.result()
    cpu = dict(zip(("server_cpu_percent", "database_cpu_percent"), spent, strict=True))
    return _compared(alone, disturbed, flooded, flood_rate=flood_rate) | {
        name: round(100 * seconds_spent / seconds, 1) for name, seconds_spent in cpu.items()
    }


def _crowd(server: Installation, site_id: str, users: int) -> Fleet:
    seats = server.members(users, site_id=site_id)
    return server.fleet(server.plan(seats, "ws", peers=PEERS, site_id=site_id))


def _told(fleet: Fleet, rate: float, seconds: float) -> dict[str, Any]:
    sent = shower(fleet, rate=rate, seconds=seconds, grace=3.0)
    return result_of(sent, kind="message", rate=rate, seconds=seconds)


def _compared(
    alone: dict[str, Any], disturbed: dict[str, Any], flooded: dict[str, Any], *, flood_rate: float
) -> dict[str, Any]:
    before, beside = alone["send_to_delivery"], disturbed["send_to_delivery"]
    return {
        "flood_a_second": flood_rate,
        "flood_stored_a_second": round(flooded["acknowledged"] / flooded["seconds"]),
        "flood_refused": sum(flooded["refused"].values()),
        "quiet_a_second": QUIET_RATE,
        "quiet_p50_alone_ms": before["p50_ms"],
        "quiet_p50_beside_ms": beside["p50_ms"],
        "quiet_p99_alone_ms": before["p99_ms"],
        "quiet_p99_beside_ms": beside["p99_ms"],
        "quiet_p99_ratio": round(beside["p99_ms"] / max(0.1, before["p99_ms"]), 2),
        "quiet_lost": disturbed["lost"],
        "quiet_refused": sum(disturbed["refused"].values()),
    }
