"""The rows of the table: each measures one figure on a private server of its own."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imserver.commands.bench.backups import Traffic, copy_under_load
from imserver.commands.bench.bulk import import_rosters
from imserver.commands.bench.fairness import neighbours
from imserver.commands.bench.installation import SETTLE_SECONDS, Installation, installation
from imserver.commands.bench.large import screens
from imserver.commands.bench.siege import besiege
from imserver.commands.load.failures import LoadError, LoadExit, failure_of
from imserver.commands.load.fleet import Answers, Fleet, added
from imserver.commands.load.processes import kernel_kb
from imserver.commands.spam import bring_in, result_of, shower

WARM_UP = 200
RAMP_SECONDS = 600.0
# Slower than the server can, so that a start's burst is not what is measured.
IDLE_PER_SECOND = 800.0
P99_MS = 100.0
SIGN_IN_WORKERS = 2
# Others that each talks to: a person types to one or two, and writes to more over a day.
PEERS = {"message": 4, "typing": 2, "room": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How large a run is; ``--quick`` makes it small."""

    engine: str
    transports: tuple[str, ...] = ("poll", "sse", "ws")
    users: int = 10_000
    room_users: int = 1_000
    held: int = 100_000
    large: int = 100_000
    minutes: float = 10.0
    step_seconds: float = 15.0
    settle_seconds: float = 10.0
    besiegers: tuple[int, ...] = (25, 255)
    siege_seconds: int = 30
    backup_seconds: float = 60.0
    roster_rows: int = 15_000_000
    copied: int = 300_000
    steps: dict[str, tuple[float, ...]] = field(default_factory=dict)


Figures = dict[str, Any]


def memory(profile: Profile) -> Iterator[Figures]:
    """Yield the cost of an idle user per transport, and of one blocked greenlet beside it."""
    for transport in profile.transports:
        yield idle_cost(profile, transport=transport, variant="parked")
    yield idle_cost(profile, transport="poll", variant="blocking")


def idle_cost(profile: Profile, *, transport: str, variant: str) -> Figures:
    """Return what a signed-in, connected, silent user costs a server."""
    with serve(profile, variant=variant) as server:
        first = server.plan(server.members(WARM_UP), transport)
        rest = server.plan(server.members(profile.users), transport)
        empty_kb, kernel = server.pss_kb(), kernel_kb()
        with server.fleet(first) as warm, server.fleet(rest) as crowd:
            connect(warm, WARM_UP)
            time.sleep(profile.settle_seconds)
            base_kb = server.pss_kb()
            found = connect(crowd, profile.users)
            time.sleep(profile.settle_seconds)
            full_kb, full_kernel = server.pss_kb(), kernel_kb()
    users = profile.users
    return {
        "transport": transport,
        "variant": variant,
        "users": users,
        "each_kb": round((full_kb - base_kb) / users, 2),
        "from_zero_kb": round((full_kb - empty_kb) / (users + WARM_UP), 2),
        "kernel_each_kb": round((full_kernel["slab_kb"] - kernel["slab_kb"]) / (users + WARM_UP), 2),
        "connects_per_second": added(found, "connects_per_second"),
        "client_each_kb": round((added(found, "memory_kb") - added(found, "memory_before_kb")) / users, 2),
    }


def traffic(profile: Profile) -> Iterator[Figures]:
    """Yield what 1,000 durable messages a second do to memory and latency over minutes."""
    rate = profile.steps["traffic"][0]
    with crowd(profile, profile.transports[-1], kind="message") as (server, fleet, begun_kb):
        samples: list[tuple[float, float]] = []
        start = time.monotonic()

        def look(_numbers: list[int]) -> None:
            if not samples or time.monotonic() - start - samples[-1][0] >= profile.minutes * 60 / 120:
                samples.append((time.monotonic() - start, server.pss_kb()))

        fleet.progress = look
        found = measure(server, fleet, kind="message", rate=rate, seconds=profile.minutes * 60)
    yield found | {
        "users": profile.users,
        "minutes": profile.minutes,
        "each_kb": round((samples[-1][1] - begun_kb) / profile.users, 2),
        "slope_percent": slope_percent(samples),
        "samples": [(round(seconds, 1), kb) for seconds, kb in samples],
    }


def durable_ws(profile: Profile) -> Iterator[Figures]:
    """Yield a step per rate of durable messages over WebSocket."""
    return climb(profile, "ws", kind="message", name="durable-ws")


def durable_http(profile: Profile) -> Iterator[Figures]:
    """Yield a step per rate of durable messages over HTTP sends and polls."""
    return climb(profile, "poll", kind="message", name="durable-http")


def typing(profile: Profile) -> Iterator[Figures]:
    """Yield a step per rate of typing events over WebSocket."""
    return climb(profile, "ws", kind="typing", name="typing")


def room(profile: Profile) -> Iterator[Figures]:
    """Yield a step per rate of messages to one room of all."""
    return climb(profile, "ws", kind="room", name="room")


def sign_ins(profile: Profile) -> Iterator[Figures]:
    """Yield how fast strangers sign in, each with a session and a connection, as fast as they are taken.

    By two workers, one per core of the machine that the figures are of; the other rows have one.
    """
    with serve(profile, workers=SIGN_IN_WORKERS) as server:
        plan = server.plan(server.strangers(profile.users), profile.transports[-1])
        before, begun = server.cpu(), time.monotonic()
        with server.fleet(plan) as fleet:
            found = connect(fleet, profile.users, rate=1e6)
            spent, seconds = server.cpu(), time.monotonic() - begun
    yield {
        "users": profile.users,
        "workers": SIGN_IN_WORKERS,
        "sign_ins_per_second": added(found, "sign_ins_per_second"),
        "connects_per_second": added(found, "connects_per_second"),
        **shares(before, spent, seconds),
        "client_cpu_percent": round(100 * added(found, "cpu_seconds") / seconds, 1),
    }


def connections(profile: Profile) -> Iterator[Figures]:
    """Yield how many connections the workers of one machine hold together, and what they cost."""
    workers = max(1, -(-profile.held // 15_000))
    with serve(profile, workers=workers) as server:
        plan = server.plan(server.members(profile.held), profile.transports[-1])
        empty_kb, kernel = server.pss_kb(), kernel_kb()
        with server.fleet(plan) as fleet:
            found = fleet.do("ramp", seconds=RAMP_SECONDS, rate=2 * IDLE_PER_SECOND / len(fleet.pids))
            held = fleet.do("hold", seconds=2 * profile.settle_seconds)
            full_kb, full_kernel = server.pss_kb(), kernel_kb()
    online = added(held, "online")
    yield {
        "held": online,
        "workers": workers,
        "client_processes": len(found),
        "failed": added(found, "failed"),
        "each_kb": round((full_kb - empty_kb) / max(1, online), 2),
        "kernel_each_kb": round((full_kernel["slab_kb"] - kernel["slab_kb"]) / max(1, online), 2),
        "connects_per_second": added(found, "connects_per_second"),
        "client_memory_kb": added(found, "memory_kb"),
    }


def large(profile: Profile) -> Iterator[Figures]:
    """Yield what a person waits for where there is very much: friends, members, messages."""
    with serve(profile) as server:
        yield from screens(server, count=profile.large)


def fairness(profile: Profile) -> Iterator[Figures]:
    """Yield what one site that floods costs another that hardly says a word."""
    rate = profile.steps["fairness"][0]
    with serve(profile) as server:
        yield neighbours(server, flood_rate=rate, seconds=profile.step_seconds, users=profile.users)


def siege(profile: Profile) -> Iterator[Figures]:
    """Yield what page views cost, files and API together, by the shipped URL file: a worker per core."""
    with serve(profile, workers=2) as server, tempfile.TemporaryDirectory(prefix="im-siege-") as folder:
        yield from besiege(
            server,
            Path(folder),
            clients=profile.besiegers,
            seconds=profile.siege_seconds,
        )


def bulk(profile: Profile) -> Iterator[Figures]:
    """Yield what bringing in a roster of millions takes."""
    with tempfile.TemporaryDirectory(prefix="im-bulk-") as folder:
        yield from import_rosters(profile.engine, Path(folder), rows=profile.roster_rows)


def backup(profile: Profile) -> Iterator[Figures]:
    """Yield what a backup in the middle of a minute's traffic costs, and what the restored copy lacks."""
    (rate,) = profile.steps["backup"]
    traffic = Traffic(
        users=profile.room_users,
        rate=rate,
        seconds=profile.backup_seconds,
        old_messages=profile.copied,
    )
    with serve(profile, workers=4) as server, tempfile.TemporaryDirectory(prefix="im-copy-") as folder:
        yield from copy_under_load(server, Path(folder), traffic)


ROWS: dict[str, Callable[[Profile], Iterator[Figures]]] = {
    "memory": memory,
    "traffic": traffic,
    "durable-ws": durable_ws,
    "durable-http": durable_http,
    "typing": typing,
    "room": room,
    "sign-ins": sign_ins,
    "connections": connections,
    "large": large,
    "fairness": fairness,
    "siege": siege,
    "import": bulk,
    "backup": backup,
}


def serve(
    profile: Profile, *, workers: int = 1, variant: str = "parked"
) -> AbstractContextManager[Installation]:
    """Return a server of its own for a row."""
    return installation(
        profile.engine,
        workers=workers,
        variant=variant,
        settle_seconds=min(SETTLE_SECONDS, profile.settle_seconds),
    )


def climb(profile: Profile, transport: str, *, kind: str, name: str) -> Iterator[Figures]:
    """Yield one result per rate, up to the first that is not clean."""
    with crowd(profile, transport, kind=kind) as (server, fleet, _):
        if kind == "typing":
            # Who takes part where is read once from the database; that is not what is measured.
            measure(server, fleet, kind=kind, rate=profile.steps[name][0], seconds=profile.step_seconds)
        for rate in profile.steps[name]:
            found = measure(server, fleet, kind=kind, rate=rate, seconds=profile.step_seconds)
            if not found["is_clean"]:
                # Whatever else the machine did in these seconds has a second chance not to.
                found = measure(server, fleet, kind=kind, rate=rate, seconds=profile.step_seconds)
            yield found
            if not found["is_clean"]:
                return


@contextmanager
def crowd(profile: Profile, transport: str, *, kind: str) -> Iterator[tuple[Installation, Fleet, int]]:
    """Run a server with everybody connected; give it, the clients, and its memory before they came."""
    users = profile.room_users if kind == "room" else profile.users
    with serve(profile) as server:
        seats = server.members(users)
        plan = server.plan(seats, transport, peers=PEERS[kind], has_room=kind == "room")
        begun_kb = server.pss_kb()
        with server.fleet(plan) as fleet:
            bring_in(fleet, rate=2 * IDLE_PER_SECOND, seconds=RAMP_SECONDS, kind=kind)
            yield server, fleet, begun_kb


def measure(server: Installation, fleet: Fleet, *, kind: str, rate: float, seconds: float) -> Figures:
    """Return one step: what ``bin/spam`` says, and who took which part of the machine."""
    before = server.cpu()
    result = result_of(shower(fleet, rate=rate, seconds=seconds), kind=kind, rate=rate, seconds=seconds)
    result |= shares(before, server.cpu(), seconds)
    result["deliveries_per_second"] = round(result["delivered"] / seconds)
    is_complete = not (result["lost"] or result["doubled"] or result["unanswered"] or result["refused"])
    result["is_clean"] = is_complete and result["send_to_delivery"]["p99_ms"] <= P99_MS
    return result


def connect(fleet: Fleet, users: int, *, rate: float = IDLE_PER_SECOND) -> Answers:
    """Bring everybody in; raise LoadError unless all of them are, for a part would flatter the figure."""
    found = fleet.do("ramp", seconds=RAMP_SECONDS, rate=rate / len(fleet.pids))
    connected = added(found, "connected")
    if connected != users:
        reason = failure_of(added(found, "failed"))
        raise LoadError(LoadExit.BROKEN, f"only {connected} of {users} connected: {reason}")
    return found


def shares(before: tuple[float, float], after: tuple[float, float], seconds: float) -> Figures:
    """Return what the server and its database took, in percent of one core."""
    names = ("server_cpu_percent", "database_cpu_percent")
    spent = (late - early for early, late in zip(before, after, strict=True))
    return {name: round(100 * each / seconds, 1) for name, each in zip(names, spent, strict=True)}


def slope_percent(samples: list[tuple[float, float]]) -> float:
    """Return by how much memory grows in ten minutes, after the first fifth, by least squares."""
    kept = samples[len(samples) // 5 :]
    if len(kept) < 3:
        return 0.0
    mean_x = sum(x for x, _ in kept) / len(kept)
    mean_y = sum(y for _, y in kept) / len(kept)
    spread = sum((x - mean_x) ** 2 for x, _ in kept)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in kept) / (spread or 1.0)
    return round(100 * rise * 600 / mean_y, 2)
