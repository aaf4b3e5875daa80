"""The kernel's settings and the machine's size, against conf/ and what the settings ask for."""

from collections.abc import Callable, Iterator
from pathlib import Path

from imserver.commands.descriptors import RESERVED_DESCRIPTORS
from imserver.commands.doctor.conffiles import Wanted, read_assignments, read_limits
from imserver.commands.doctor.findings import Finding, Verdict, judge
from imserver.settings import Settings

# docs/figures.md: a waiting poll with its session, and the kernel's half of its connection.
CONNECTION_KB = 2 + 5
WORKER_KB = 60_000
SYSCTL_LINE = "cp conf/sysctl.conf /etc/sysctl.d/60-imserver.conf && sysctl --system"
LIMITS_LINE = "cp conf/limits.conf /etc/security/limits.d/imserver.conf, then log in again"

Numbers = tuple[int, ...]
Satisfies = Callable[[Numbers, Numbers], bool]


def look_at_machine(settings: Settings, *, root: Path, conf: Path) -> Iterator[Finding]:
    """Yield what /proc under ``root`` says, compared with the files in ``conf``."""
    for wanted in read_assignments(conf / "sysctl.conf"):
        finding = _sysctl(wanted, settings, root=root)
        if finding is not None:
            yield finding
    for wanted in read_limits(conf / "limits.conf"):
        yield _open_files(wanted, settings, root=root)
    yield _all_open_files(settings, root=root)
    yield _memory(settings, root=root)


def _at_least(found: Numbers, wanted: Numbers) -> bool:
    return found >= wanted


def _at_most(found: Numbers, wanted: Numbers) -> bool:
    return found <= wanted


def _encloses(found: Numbers, wanted: Numbers) -> bool:
    return found[0] <= wanted[0] and found[-1] >= wanted[-1]


def _is_small_first(found: Numbers, wanted: Numbers) -> bool:
    return found[1] <= wanted[1] and found[2] >= wanted[2]


# Most are capacities, of which more is better.
_RULES: dict[str, tuple[Satisfies, str]] = {
    "net.ipv4.tcp_keepalive_time": (_at_most, "at most"),
    "net.ipv4.tcp_keepalive_intvl": (_at_most, "at most"),
    "net.ipv4.tcp_keepalive_probes": (_at_most, "at most"),
    "net.ipv4.ip_local_port_range": (_encloses, "at least"),
    "net.ipv4.tcp_rmem": (_is_small_first, "about"),
    "net.ipv4.tcp_wmem": (_is_small_first, "about"),
}


def _sysctl(wanted: Wanted, settings: Settings, *, root: Path) -> Finding | None:
    text = _read(root / "proc/sys" / wanted.key.replace(".", "/"))
    if text is None:
        # A container sees only some of them; they are the host's business.
        return None
    satisfies, words = _RULES.get(wanted.key, (_at_least, "at least"))
    found = _numbers(text)
    # This one cuts what the settings ask for, and without a word.
    cuts = wanted.key == "net.core.somaxconn" and found[0] < settings.server.backlog
    return Finding(
        name=wanted.key,
        verdict=Verdict.WRONG if cuts else judge(satisfies(found, _numbers(wanted.value)), Verdict.BETTER),
        found=" ".join(text.split()),
        wanted=f"{words} {wanted.value}",
        reason=wanted.reason,
        remedy=f'sysctl -w {wanted.key}="{wanted.value}"; to stay: {SYSCTL_LINE}',
    )


def _open_files(wanted: Wanted, settings: Settings, *, root: Path) -> Finding:
    needed = settings.server.connections + RESERVED_DESCRIPTORS
    hard = _hard_limit(root, "Max open files")
    enough = judge(hard >= int(wanted.value), Verdict.BETTER)
    return Finding(
        name="open files of a process",
        verdict=enough if hard >= needed else Verdict.WRONG,
        found=f"{hard}, for server.connections = {settings.server.connections}",
        wanted=f"at least {max(needed, int(wanted.value))}",
        reason=wanted.reason,
        remedy=f"{LIMITS_LINE}; under systemd: LimitNOFILE in conf/imserver.service",
    )


def _all_open_files(settings: Settings, *, root: Path) -> Finding:
    # A reload has old and new workers side by side.
    needed = settings.server.connections * settings.server.workers * 2
    most = _numbers(_read(root / "proc/sys/fs/file-max") or "0")[0]
    return Finding(
        name="open files of all processes",
        verdict=judge(most >= needed, Verdict.WRONG),
        found=f"{most}",
        wanted=f"at least {needed}: server.connections x server.workers, twice during a reload",
        reason="Connections beyond it cannot be accepted, whatever each process may do.",
        remedy=SYSCTL_LINE,
    )


def _memory(settings: Settings, *, root: Path) -> Finding:
    server = settings.server
    needed_kb = server.workers * (WORKER_KB + server.connections * CONNECTION_KB)
    memory = _meminfo(root)
    free_kb, all_kb = memory.get("MemAvailable", 0), memory.get("MemTotal", 0)
    return Finding(
        name="memory",
        verdict=Verdict.WRONG if needed_kb > all_kb else judge(needed_kb <= free_kb, Verdict.BETTER),
        found=f"{free_kb // 1024} MB of {all_kb // 1024} free",
        wanted=f"{needed_kb // 1024} MB for {server.workers} x {server.connections} connections",
        reason=f"A waiting connection costs {CONNECTION_KB} KB with the kernel's part, "
        f"a worker {WORKER_KB // 1000} MB.",
        remedy="lower server.connections or server.workers in imserver.toml",
    )


def _hard_limit(root: Path, name: str) -> int:
    for line in (_read(root / "proc/self/limits") or "").splitlines():
        if line.startswith(name):
            text = line.removeprefix(name).split()[1]
            return 2**31 if text == "unlimited" else int(text)
    return 0


def _meminfo(root: Path) -> dict[str, int]:
    lines = (_read(root / "proc/meminfo") or "").splitlines()
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}


def _numbers(text: str) -> Numbers:
    return tuple(map(int, text.split()))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None
