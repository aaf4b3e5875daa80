"""What keeps an installation: room on the disks, a newest backup, a clock that somebody sets."""

import ctypes
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from imserver.commands.doctor.findings import Finding, Verdict, judge
from imserver.settings import Settings

# A day of 1,000 messages a second is 40 GB; of a community, some megabytes.
ROOMY_BYTES, FULL_BYTES = 2_000_000_000, 200_000_000
DAY_MS = 86_400_000
# Weekly, and a day for the one that failed.
BACKUP_DAYS = 8
LAST_BACKUP = Path("var/last-backup.json")
# What adjtimex answers when nobody has set the clock by another.
TIME_ERROR = 5
TIMEX_BYTES = 512


def look_at_keeping(settings: Settings, *, now_ms: int | None = None) -> Iterator[Finding]:
    """Yield what is to be said of disks, backup and clock."""
    for name, folder in _folders(settings):
        yield _room(name, folder)
    yield _backup(LAST_BACKUP, now_ms=time.time_ns() // 1_000_000 if now_ms is None else now_ms)
    yield _clock(_clock_state())


def note_backup(place: Path, *, at_ms: int) -> None:
    """Remember that a backup was made, for the next look; raise OSError when nothing may be written here."""
    LAST_BACKUP.parent.mkdir(exist_ok=True)
    fresh = LAST_BACKUP.with_suffix(".new")
    fresh.write_text(json.dumps({"finished_at": at_ms, "to": str(place)}), encoding="utf-8")
    fresh.replace(LAST_BACKUP)


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    parts = urlsplit(settings.store.url)
    if parts.scheme == "sqlite":
        yield "the database", Path(unquote(parts.path[1:])).absolute().parent
    if not settings.files.bucket:
        yield "files", Path(settings.files.folder).absolute()
    yield "the bus", settings.bus_folder()


def _room(name: str, folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return Finding(
        name=f"disk of {name}",
        verdict=Verdict.WRONG if free < FULL_BYTES else judge(free >= ROOMY_BYTES, Verdict.BETTER),
        found=f"{free // 1_000_000:,} MB free in {existing}",
        wanted=f"at least {ROOMY_BYTES // 1_000_000:,} MB",
        reason="On a full disk no message is stored, and none is answered OK; what is stored stays.",
        remedy=f"du -xh --max-depth=2 {existing} | sort -h | tail",
    )


def _backup(path: Path, *, now_ms: int) -> Finding:
    finished_at, place = _last_backup(path)
    days = (now_ms - finished_at) / DAY_MS
    none = Finding(
        name="backup",
        verdict=Verdict.BETTER,
        found="none was ever made with bin/im backup",
        wanted="one a day, on another machine",
        reason="Disks die with everything on them.",
        remedy="bin/im backup; docs/backup.md says how to make one each night",
    )
    if not finished_at:
        return none
    return Finding(
        name="backup",
        verdict=judge(days <= BACKUP_DAYS, Verdict.WRONG),
        found=f"the newest is {days:.1f} days old: {place}",
        wanted=none.wanted,
        reason="What was said since then is lost with the disk; whoever made backups has stopped.",
        remedy="systemctl list-timers, and the mail of cron; then bin/im backup",
    )


def _last_backup(path: Path) -> tuple[int, str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return int(told["finished_at"]), str(told["to"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""


def _clock(state: int) -> Finding:
    return Finding(
        name="who sets the clock",
        verdict=judge(state != TIME_ERROR, Verdict.BETTER),
        found="nobody" if state == TIME_ERROR else "it is kept in time",
        wanted="systemd-timesyncd, chrony or ntpd",
        reason="Tokens of the hosts' servers are good for minutes: a clock that is off refuses every member.",
        remedy="timedatectl set-ntp true; in a container this is the host's business",
    )


def _clock_state() -> int:
    """Return what the kernel says of its clock, without setting anything."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    # Zeroes ask for nothing to be changed; the kernel's structure is smaller than this.
    return 0 if adjtimex is None else int(adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
