"""A roster of millions, brought in by ``bin/im import`` as an admin would: a file and a command."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imserver.commands.bench.services import backing
from imserver.commands.load.failures import LoadError, LoadExit
from imserver.commands.load.processes import cpu_seconds, pss_kb
from imserver.settings import ROOT
from imserver.store import open_store
from imserver.store.bulk_roster import count_rows

Figures = dict[str, Any]
SITE = "bulk"
FRIENDS_EACH = 100
# A row takes some 200 bytes with its indexes: 15 million of them, and the log of a run, stay in memory.
SIZES = {"pool_megabytes": 4_096, "log_megabytes": 2_048}
MANY_ROWS = 1_000_000
SEED = 15_000_000


def import_rosters(engine: str, folder: Path, *, rows: int) -> Iterator[Figures]:
    """Yield what an import of so many friends takes; everybody has a hundred, all people of the site."""
    people = max(rows // FRIENDS_EACH, FRIENDS_EACH + 1)
    users, roster = folder / "users.csv", folder / "roster.csv"
    _write_users(users, people)
    lines = _write_roster(roster, people, rows)
    sizes = SIZES if rows >= MANY_ROWS else {}
    with backing(engine, folder, **sizes) as place:
        environ = {**os.environ, "IM_STORE_URL": place.store_url, "IM_CONFIG": os.devnull}
        _make_site(place.store_url)
        _run(["users", str(users)], environ)
        before = sum(map(cpu_seconds, place.pids))
        seconds, kb, own_cpu = _run(["roster", str(roster)], environ)
        spent = sum(map(cpu_seconds, place.pids)) - before
        behind_kb = sum(map(pss_kb, place.pids))
        stored = _count(place.store_url)
    if stored != lines:
        raise LoadError(LoadExit.BROKEN, f"{stored:,} rows are stored of {lines:,}")
    yield {
        "rows": lines,
        "people": people,
        "seconds": round(seconds, 1),
        "rows_per_second": round(lines / seconds),
        "memory_of_the_import_mb": round(kb / 1024, 1),
        "memory_of_database_and_cache_mb": round(behind_kb / 1024, 1),
        **{f"database_{name}": size for name, size in sizes.items() if place.pids},
        "import_cpu_percent": round(100 * own_cpu / seconds, 1),
        "database_cpu_percent": round(100 * spent / seconds, 1),
        "file_mb": round(roster.stat().st_size / 1e6, 1),
    }


def _write_users(path: Path, people: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("user_id,name\n")
        file.writelines(f"{number},Person {number}\n" for number in range(people))


def _write_roster(path: Path, people: int, rows: int) -> int:
    """Write different friends for everybody, spread over all; return how many lines that were."""
    dice, lines = random.Random(SEED), 0  # noqa: S311 - the same file each time, not a secret
    with path.open("w", encoding="utf-8") as file:
        file.write("user_id,friend_id\n")
        for user in range(people):
            first, step = dice.randrange(people), dice.randrange(1, max(2, people // FRIENDS_EACH))
            friends = [(first + step * place) % people for place in range(FRIENDS_EACH)]
            mine = [friend for friend in friends if friend != user][: max(0, rows - lines)]
            file.writelines(f"{user},{friend}\n" for friend in mine)
            lines += len(mine)
    return lines


def _make_site(store_url: str) -> None:
    store = open_store(store_url=store_url)
    try:
        store.migrate()
        store.sites.insert_site(site_id=SITE, name="Bulk", origins=("https://bulk.example",))
    finally:
        store.close()


def _run(words: list[str], environ: dict[str, str]) -> tuple[float, int, float]:
    """Run one import; return how long it took, the most memory in KB, and the CPU seconds of its own."""
    command = [sys.executable, str(ROOT / "bin" / "im.py"), "import", *words, "--site", SITE]
    began = time.monotonic()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
    assert process.stdout is not None  # noqa: S101 - for the type checker
    assert process.stderr is not None  # noqa: S101
    said = process.stdout.read() + process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise LoadError(LoadExit.BROKEN, f"bin/im import failed: {said[-300:]!r}")
    return time.monotonic() - began, usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def _count(store_url: str) -> int:
    store = open_store(store_url=store_url)
    try:
        return store.database.read(lambda tx: count_rows(tx, SITE))
    finally:
        store.close()
