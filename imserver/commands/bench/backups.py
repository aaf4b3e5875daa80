"""A backup in the middle of traffic, restored elsewhere: is all there that was acknowledged before its cut?

The load tool notes when it heard of each message that it is stored; the copy is asked for their ids.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imserver.commands.backup import Manifest, read_backup, write_backup
from imserver.commands.bench.installation import SITE, Installation
from imserver.commands.bench.large import write_messages
from imserver.commands.bench.members import pair_up
from imserver.commands.bench.services import another_database
from imserver.commands.load.failures import LoadError, LoadExit
from imserver.commands.load.fleet import Answers
from imserver.commands.spam import bring_in, result_of, shower
from imserver.sections import FilesSettings, StoreSettings
from imserver.settings import Settings
from imserver.store import open_store

Figures = dict[str, Any]
PEERS = 4
RAMP_PER_SECOND, RAMP_SECONDS = 500.0, 60.0
# The backup begins when so much of the time is over: what is slow by itself is seen before it.
BEFORE = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """``users`` write ``rate`` messages a second for ``seconds``, beside ``old_messages`` that are there."""

    users: int
    rate: float
    seconds: float
    old_messages: int


@dataclass(frozen=True, slots=True)
class _Sent:
    """One message: its id, when it was due and when it was acknowledged, by the monotonic clock."""

    client_id: bytes
    due: float
    acked: float

    @property
    def milliseconds(self) -> float:
        return 1_000 * (self.acked - self.due)


def copy_under_load(server: Installation, folder: Path, traffic: Traffic) -> Iterator[Figures]:
    """Yield what a backup costs those who write, what it takes, and what the copy lacks."""
    seats = server.members(traffic.users)
    ((_, _, chat),) = pair_up(server.store, SITE, seats, [(0, 1)], now_ms=time.time_ns() // 1_000_000)
    write_messages(server.store, chat, (seats[0], seats[1]), traffic.old_messages)
    here = _settings(server.backing.store_url, folder / "here")
    with (
        server.fleet(server.plan(seats[2:], "ws", peers=PEERS)) as fleet,
        ThreadPoolExecutor(max_workers=1) as beside,
    ):
        bring_in(fleet, rate=RAMP_PER_SECOND, seconds=RAMP_SECONDS, kind="message")
        showering = beside.submit(shower, fleet, rate=traffic.rate, seconds=traffic.seconds, keeps=True)
        time.sleep(BEFORE * traffic.seconds)
        begun = time.monotonic()
        manifest = write_backup(here, folder / "copy", with_files=True)
        ended = time.monotonic()
        sent = showering.result()
    found = result_of(sent, kind="message", rate=traffic.rate, seconds=traffic.seconds)
    yield {
        "engine": manifest.engine,
        "messages_before": traffic.old_messages,
        "rate": traffic.rate,
        "sent": found["sent"],
        "lost": found["lost"],
        "backup_seconds": round(ended - begun, 1),
        "copy_mb": round(sum(part.size for part in manifest.parts.values()) / 1e6, 1),
        **_latencies(_acknowledged(sent), begun, ended),
        **_restored(server, folder, manifest, _acknowledged(sent)),
    }


def _latencies(sent: Sequence[_Sent], begun: float, ended: float) -> Figures:
    """Return how long sends took before the backup and during it; where it was too short for any, 0."""
    before = sorted(one.milliseconds for one in sent if one.acked < begun)
    during = sorted(one.milliseconds for one in sent if one.acked >= begun and one.due <= ended)
    return {
        f"send_{name}_{when}_ms": round(times[int(share * len(times))], 1) if times else 0.0
        for when, times in (("before", before), ("during", during))
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }


def _restored(server: Installation, folder: Path, manifest: Manifest, sent: Sequence[_Sent]) -> Figures:
    url = another_database(server.backing, folder)
    begun = time.monotonic()
    read_backup(_settings(url, folder / "there"), folder / "copy")
    seconds = time.monotonic() - begun
    with closing(open_store(store_url=url)) as store:
        rows = store.database.read(lambda tx: tx.rows("list_client_ids", site_id=SITE))
    there = [bytes(row[0]) for row in rows]
    to_wall = time.time() - time.monotonic()
    before_cut = {one.client_id for one in sent if 1_000 * (one.acked + to_wall) < manifest.cut.at}
    if not before_cut:
        raise LoadError(LoadExit.BROKEN, "nothing was acknowledged before the cut")
    return {
        "restore_seconds": round(seconds, 1),
        "acknowledged_before_the_cut": len(before_cut),
        "missing_in_the_copy": len(before_cut - set(there)),
        "doubled_in_the_copy": len(there) - len(set(there)),
        "messages_restored": len(there),
    }


def _acknowledged(sent: Answers) -> list[_Sent]:
    return [
        _Sent(bytes.fromhex(f"{answer['run_tag']}{serial:016x}"), due, acked)
        for answer in sent
        for serial, due, acked in answer["acknowledged_at"]
    ]


def _settings(url: str, folder: Path) -> Settings:
    return Settings(store=StoreSettings(url=url), files=FilesSettings(folder=str(folder)))
