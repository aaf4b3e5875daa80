"""Every call of the OpenAPI, with what its schema allows and what not: all is described, nothing is a 5xx.

schemathesis makes the requests, from a fixed seed. It runs in a process of its own: it does not know of
gevent's patch. Left out are what keeps its connection (other tests have that) and the call that would end the
session.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from tests.app.member import Host
from tests.app.served import Server, serving
from tests.services import OPEN

PROGRAM = "from schemathesis.cli import schemathesis; schemathesis()"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
OPTIONS = (
    *("--phases=coverage,fuzzing", "--max-examples=2", "--seed=1", "--no-shrink"),
    *("--generation-database=none", "--request-timeout=10", f"--checks={','.join(CHECKS)}"),
)
NO_LIMITS = {
    f"limits_{name}_per_minute": "0"
    for name in ("changes", "searches", "reports", "server_calls", "guest_messages")
}
LEFT_OUT = "^/v1/(socket|stream|sessions/current)"
SECONDS = 240
LEAST_CASES = 1_000


@dataclass(frozen=True, slots=True)
class Running:
    """A server, and what opens its two APIs."""

    server: Server
    session: str
    key: str


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    quick_polls = {"delivery_poll_min_seconds": "0.05", "delivery_poll_max_seconds": "0.1"}
    with serving(**NO_LIMITS, **quick_polls) as server:
        store = server.open_store()
        site = store.sites.insert_site(name="Club", origins=(), rules=OPEN)
        _, key = store.api_keys.insert(site.site_id)
        host = Host(Flask("not used"), site)
        session = server.sign_in(host, "ada")
        server.sign_in(host, "bob")
        store.close()
        yield Running(server, session, key)


def run(running: Running, folder: Path, *, secret: str, paths: str) -> str:
    """Run schemathesis over the calls whose paths match; return its report, fail if it has found anything."""
    address = f"http://127.0.0.1:{running.server.port}/openapi.json"
    command = [sys.executable, "-c", PROGRAM, "run", address, *OPTIONS]
    chosen = [f"--include-path-regex={paths}", f"--exclude-path-regex={LEFT_OUT}"]
    done = subprocess.run(
        [*command, *chosen, "-H", f"Authorization: Bearer {secret}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    return done.stdout


def cases(report: str) -> int:
    """Return how many requests were made."""
    found = re.search(r"([\d,]+) generated", report)
    assert found, report[-2_000:]
    return int(found[1].replace(",", ""))


@pytest.mark.limit(seconds=SECONDS)
@pytest.mark.parametrize(("paths", "opened_by"), [("^/v1/", "session"), ("^/server/", "key")])
def test_every_answer_is_described_and_none_is_our_fault(
    running: Running, tmp_path: Path, paths: str, opened_by: str
) -> None:
    report = run(running, tmp_path, secret=getattr(running, opened_by), paths=paths)
    assert cases(report) >= LEAST_CASES
    assert "Traceback" not in running.server.log.read_text()
