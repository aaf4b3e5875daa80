"""What an attack is, and what it reports."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.app.served import Server, serving
from tests.services import wait_until

# So many of the same complaint are printed; the others are counted.
EXAMPLES = 3
# A secret or a text of fewer letters could stand in a log by chance.
LEAST_LETTERS = 12
# Behind a site's id, and enough of it to be of use.
SPOKEN_LETTERS = 30


@dataclass(slots=True)
class Report:
    """What became of an attack. ``why`` is empty when it failed, which is what we want."""

    attack_id: str
    title: str
    tried: int = 0
    took: float = 0.0
    why: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)

    @property
    def passed(self) -> bool:
        return not self._kinds

    def complain(self, kind: str, example: object = "") -> None:
        """Note that something came through; a few examples of each kind are kept."""
        self._kinds[kind] += 1
        if self._kinds[kind] <= EXAMPLES:
            self.why.append(f"{kind} {example}".strip()[:2000])

    def expect(self, fact: object, kind: str, example: object = "") -> None:
        """Complain unless ``fact`` is true."""
        if not fact:
            self.complain(kind, example)

    def as_json(self) -> dict[str, Any]:
        names = ("attack_id", "title", "tried", "took", "why", "notes", "passed")
        return {name: getattr(self, name) for name in names} | {"counted": dict(self._kinds)}


class Attack:
    """One row of the table. ``full`` and ``short``: how many attempts it makes."""

    attack_id = ""
    title = ""
    full = 0
    short = 0

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        """Make ``count`` attempts and complain about what should not have been possible."""
        raise NotImplementedError


def run_attack(attack: Attack, *, count: int, seed: int) -> Report:
    """Return the report of one attack."""
    report = Report(attack.attack_id, attack.title)
    began = time.monotonic()
    attack.perform(report, count=count, seed=seed)
    report.took = time.monotonic() - began
    return report


@contextmanager
def watched(report: Report, *, secrets: set[str], **settings: object) -> Iterator[Server]:
    """Run a server that logs all it can, and complain of whatever an attack has left in it.

    Its workers are the same afterwards, nobody is parked, no traceback and nothing of ``secrets`` is in its
    log (A22). ``secrets`` may grow until the end.
    """
    chosen = {"log_level": "debug", "log_requests": "on", "server_keepalive_seconds": 2} | settings
    with serving(**chosen) as server:
        workers = server.workers()
        yield server
        report.expect(server.workers() == workers, "a worker has gone", f"{workers} {server.workers()}")
        wait_until(lambda: not server.metric("parked"), what="nobody is parked any more", seconds=20)
        search_log(report, server.log.read_text(errors="replace"), secrets)


def search_log(report: Report, text: str, secrets: Iterable[str]) -> None:
    """Complain of secrets and tracebacks in a log."""
    report.expect("Traceback" not in text, "a traceback", text[text.find("Traceback") :][:400])
    for secret in secrets:
        assert len(secret) >= LEAST_LETTERS, "too short to be searched for"
        at = text.find(secret[-SPOKEN_LETTERS:])
        report.expect(at < 0, "a secret in the log", text[max(0, at - 160) : at + 40])
    report.notes.append(f"{len(set(secrets))} secrets not in {len(text.splitlines())} lines of debug log")


def error_code(body: bytes) -> str:
    """Return the code of an error; empty for anything else."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    return str(told["error"]["code"]) if isinstance(told, dict) and "error" in told else ""
