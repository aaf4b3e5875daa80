"""``bin/bench``: what a parked poll costs, beside the naive variant, in one run on a private server.

# design: Members and sessions are written straight into a fresh store, so that only polls are measured.
# Two hundred polls are parked before the baseline is read and stay parked: what the first requests cost once
# is not in the figure, and no memory that a warm-up gave back can hide in it. The naive variant is the same
# application under gunicorn's own gevent worker, where a waiting poll blocks a greenlet.
"""

import argparse
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from imserver.protocol.cursor import START
from imserver.settings import ROOT
from imserver.store import open_store
from imserver.store.values import Person

SITE = "bench"
WARM_UP = 200
SESSION_MS = 3_600_000
# Long enough that no poll of a run is answered while it is measured.
POLL_SECONDS = 300
SETTLE_SECONDS = 10.0
READY_SECONDS = 30.0
POLLS_PER_SECOND = 500
VARIANTS = {"parked": "imserver.worker.ParkingWorker", "blocking": "gevent"}
FIGURES = ROOT / "docs" / "figures.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one run: PSS of all server processes, in KB. ``first_kb`` includes what a server pays once."""

    variant: str
    users: int
    base_kb: int
    first_kb: float
    each_kb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A private server's settings, as environment."""

    environ: dict[str, str]
    port: int
    sessions: list[str]


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; return the exit code."""
    options = _parser().parse_args(arguments)
    costs: list[Cost] = []
    for turn in range(options.runs):
        for variant in VARIANTS:
            _say(f"run {turn + 1} of {options.runs}: {variant}, {options.users} polls")
            costs.append(measure(variant, users=options.users, store_url=options.store_url))
            _say(f"  {costs[-1].each_kb:.2f} KB each")
    if options.json:
        print(json.dumps([asdict(cost) for cost in costs]))  # noqa: T201 - the answer
        return 0
    page = report(costs)
    print(page)  # noqa: T201 - the answer
    if options.write:
        FIGURES.write_text(put_section(FIGURES.read_text(), page))
    return 0


def measure(variant: str, *, users: int, store_url: str) -> Cost:
    """Return what ``users`` parked polls cost a server of ``variant`` each."""
    with tempfile.TemporaryDirectory(prefix="im-bench-") as folder:
        installation = _install(Path(folder), users=users + WARM_UP, store_url=store_url)
        with _server(installation, VARIANTS[variant]) as pid:
            empty_kb = _pss_kb(pid)
            held = _park(installation, installation.sessions[:WARM_UP])
            base_kb = _pss_kb(pid)
            held += _park(installation, installation.sessions[WARM_UP:])
            full_kb = _pss_kb(pid)
            for connection in held:
                connection.close()
    return Cost(
        variant=variant,
        users=users,
        base_kb=empty_kb,
        first_kb=round((base_kb - empty_kb) / WARM_UP, 2),
        each_kb=round((full_kb - base_kb) / users, 2),
    )


def report(costs: Sequence[Cost]) -> str:
    """Return the runs as a Markdown section: medians, and the ratio of the variants."""
    each = {v: statistics.median([c.each_kb for c in costs if c.variant == v]) for v in VARIANTS}
    lines = [
        "## Memory of a parked poll",
        "",
        f"`bin/bench --users {costs[0].users} --runs {len(costs) // len(VARIANTS)} --write`, Python "
        f"{platform.python_version()}, {os.cpu_count()} cores. PSS of all server processes from",
        "`/proc/PID/smaps_rollup`, 10 s after the last poll was parked, less the same with 200 polls parked.",
        "",
        "| a waiting, signed-in poll costs | KB, median | KB, each run |",
        "|---|---|---|",
    ]
    for variant, text in (("parked", "parked (ours)"), ("blocking", "blocked greenlet (the naive variant)")):
        runs = ", ".join(f"{c.each_kb:.2f}" for c in costs if c.variant == variant)
        lines.append(f"| {text} | {each[variant]:.2f} | {runs} |")
    ratio = each["blocking"] / each["parked"]
    lines += ["", f"Ratio: a blocked greenlet costs {ratio:.1f} times as much.", ""]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/bench", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--users", type=int, default=1_000, help="polls to park (default 1000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each variant, in turn (default 3)")
    parser.add_argument("--store-url", default="", help="an empty database; default: a fresh SQLite file")
    parser.add_argument("--json", action="store_true", help="print the runs as JSON")
    parser.add_argument("--write", action="store_true", help="put the result into docs/figures.md")
    return parser


def _install(folder: Path, *, users: int, store_url: str) -> Installation:
    url = store_url or f"sqlite:///{folder}/bench.db"
    store = open_store(store_url=url)
    store.migrate()
    if not any(site.site_id == SITE for site in store.sites.list_sites()):
        store.sites.insert_site(site_id=SITE, name="Bench", origins=())
    sessions = []
    for number in range(users):
        store.people.save_person(Person(SITE, f"u{number:06}", f"User {number}"))
        secret, _ = store.sessions.insert_session(SITE, f"u{number:06}", origin="", lifetime_ms=SESSION_MS)
        sessions.append(secret)
    store.close()
    port = _free_port()
    environ = os.environ | {
        "IM_STORE_URL": url,
        "IM_SERVER_BIND": f"127.0.0.1:{port}",
        "IM_BUS_FOLDER": f"{folder}/bus",
        "IM_DELIVERY_POLL_MIN_SECONDS": str(POLL_SECONDS),
        "IM_DELIVERY_POLL_MAX_SECONDS": str(POLL_SECONDS),
        "IM_DEMO_ENABLED": "off",
    }
    return Installation(environ=environ, port=port, sessions=sessions)


@contextmanager
def _server(installation: Installation, worker_class: str) -> Iterator[int]:
    gunicorn = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "conf/gunicorn.py",
        "-k",
        worker_class,
        "wsgi:application",
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program and arguments
        gunicorn,
        cwd=ROOT,
        env=installation.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(installation.port)
        time.sleep(SETTLE_SECONDS / 2)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            # Blocked greenlets cannot be drained: the naive variant ends like this.
            process.kill()
            process.wait()


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                if probe.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            time.sleep(0.05)
        if time.monotonic() > deadline:
            raise SystemExit("bench: the server did not become ready")


def _park(installation: Installation, sessions: Sequence[str]) -> list[socket.socket]:
    connections = []
    for secret in sessions:
        body = json.dumps({"token": secret, "cursor": str(START)}).encode()
        head = f"POST /v1/poll HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection = socket.create_connection(("127.0.0.1", installation.port))
        connection.sendall(head + body)
        connections.append(connection)
        time.sleep(1 / POLLS_PER_SECOND)
    time.sleep(SETTLE_SECONDS)
    _require_silence(connections)
    return connections


def _require_silence(connections: Sequence[socket.socket]) -> None:
    # A poll that was refused would cost nothing and flatter the figure.
    for connection in connections:
        connection.setblocking(False)
        try:
            answer = connection.recv(200)
        except BlockingIOError:
            continue
        raise SystemExit(f"bench: a poll was not parked: {answer[:120]!r}")


def _pss_kb(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0
    for process in (str(pid), *children):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def put_section(text: str, section: str) -> str:
    """Return ``text`` with ``section`` in the place of the one with the same title, or at the end."""
    title = section.splitlines()[0]
    before, found, rest = text.partition(title)
    if not found:
        return text.rstrip() + "\n\n" + section
    _, mark, after = rest.partition("\n## ")
    return before + section + ("\n## " + after if mark else "")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress
