"""The table of the rows, for people, and the page of the full run."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from imserver.commands.load.processes import processor
from tests.stress.profile import Profile
from tests.stress.row import Result

PAGE = Path(__file__).resolve().parents[2] / "docs" / "stress.md"
START, END = "<!-- run: start -->", "<!-- run: end -->"
COLUMNS = (
    "row", "fault", "sends", "acknowledged", "unknown", "applied", "L", "D", "O", "G", "X", "3/n",
    "p50 ms", "p99 ms", "settled s", "took s", "",
)  # fmt: skip


def cells(result: Result) -> list[str]:
    """Return one line of the table."""
    name = f"{result.row_id} {result.mutant}".strip()
    verdict = "pass" if result.passed else "FAIL"
    if result.mutant:
        verdict = "caught" if result.is_caught else "not caught"
    counts = [str(n) for n in (result.sends, result.acknowledged, result.unknown, result.applied)]
    letters = [str(count) for count in result.letters.values()]
    times = [f"{result.p50 * 1000:.0f}", f"{result.p99 * 1000:.0f}"]
    lasted = [f"{result.settled:.1f}", f"{result.took:.0f}"]
    return [name, result.title, *counts, *letters, f"{result.bound:.1g}", *times, *lasted, verdict]


def table(results: Sequence[Result]) -> str:
    """Return all lines with aligned columns, and why rows failed."""
    lines = [list(COLUMNS), *(cells(result) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in text)


def markdown(results: Sequence[Result], profile: Profile, *, command: str) -> str:
    """Return the run as a section: the command, the machine, the table, what was seen besides."""
    head = [
        f"`{command}`, {machine()}. Base load: {profile.workers} workers, {profile.clients} clients "
        f"({'/'.join(str(share * 10) for share in profile.shares)} long poll/SSE/WebSocket), "
        f"{profile.rate:g} messages/s, {profile.seconds:g} s. "
        f"Limits on latency times {profile.latency_factor:g}.",
        "",
    ]
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *(cells(result) for result in results)]
    return "\n".join([*head, *map(_line, lines), "", *map(_reason, _failed(results))]).rstrip()


def merged(section: str, results: Sequence[Result], *, command: str) -> str:
    """Return the section of an earlier run with the rows that were performed again in their places."""
    fresh = {_line(cells(result)).split(" | ")[0]: _line(cells(result)) for result in results}
    performed = tuple(f"- {result.row_id} " for result in results)
    kept = [line for line in section.strip().splitlines() if not line.startswith(performed)]
    lines = [fresh.get(line.split(" | ")[0], line) for line in kept]
    lines[0] += f" Performed again, alone, on {machine()}: `{command}`."
    return "\n".join([*lines, *map(_reason, _failed(results))]).rstrip()


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _failed(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.why]


def _reason(result: Result) -> str:
    return f"- {result.row_id} {result.mutant}: {'; '.join(result.why)}"


def machine() -> str:
    """Return what the figures were taken on."""
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    return f"{os.cpu_count()} cores ({processor()}), {memory} GB, Python {platform.python_version()}"


def read_section() -> str:
    """Return what docs/stress.md says of the last full run."""
    return PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0]


def write_page(text: str) -> None:
    """Put ``text`` between the marks of docs/stress.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")
