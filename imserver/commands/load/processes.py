"""What /proc says of a server and its workers: memory, CPU, descriptors. Linux only, like the server."""

import os
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_LISTENING = "0A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look at a process and all that it started. ``cpu_seconds`` counts from their start."""

    at_seconds: float
    processes: int
    pss_kb: int
    cpu_seconds: float
    sockets: int
    descriptors: int


def sample(pid: int) -> Sample:
    """Return what ``pid`` and its descendants take now; ProcessLookupError when it is gone."""
    pids = tree(pid)
    links = [link for one in pids for link in _links(one)]
    return Sample(
        at_seconds=time.monotonic(),
        processes=len(pids),
        pss_kb=sum(map(pss_kb, pids)),
        cpu_seconds=sum(map(cpu_seconds, pids)),
        sockets=sum(link.startswith("socket:") for link in links),
        descriptors=len(links),
    )


def tree(pid: int) -> list[int]:
    """Return ``pid`` and all its descendants; ProcessLookupError when it is gone."""
    if not (PROC / str(pid)).exists():
        raise ProcessLookupError(f"there is no process {pid}")
    found = [pid]
    for one in found:
        found += [int(child) for child in _read(one, f"task/{one}/children").split()]
    return found


def pss_kb(pid: int) -> int:
    """Return the proportional set size of one process; 0 when it is gone."""
    found = re.search(r"^Pss:\s+(\d+)", _read(pid, "smaps_rollup"), re.MULTILINE)
    return int(found[1]) if found else 0


def tree_pss_kb(pid: int) -> int:
    """Return the sum over a process and its descendants."""
    return sum(map(pss_kb, tree(pid)))


def cpu_seconds(pid: int) -> float:
    """Return user and system time of one process; 0 when it is gone."""
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def tree_cpu_seconds(pid: int) -> float:
    """Return the sum over a process and its descendants."""
    return sum(map(cpu_seconds, tree(pid)))


def processor() -> str:
    """Return what the machine calls its processor."""
    found = re.search(r"^model name\s*:\s*(.+)$", (PROC / "cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def kernel_kb() -> dict[str, int]:
    """Return what the kernel holds for all of the machine: slab, and buffers of TCP sockets."""
    meminfo = (PROC / "meminfo").read_text()
    sockets = (PROC / "net" / "sockstat").read_text()
    slab = re.search(r"^Slab:\s+(\d+)", meminfo, re.MULTILINE)
    pages = re.search(r"^TCP:.* mem (\d+)", sockets, re.MULTILINE)
    page_kb = os.sysconf("SC_PAGE_SIZE") // 1_024
    return {
        "slab_kb": int(slab[1]) if slab else 0,
        "tcp_buffers_kb": int(pages[1]) * page_kb if pages else 0,
    }


def listener_of(port: int) -> int:
    """Return the process that has listened on TCP ``port`` the longest; ProcessLookupError when none does."""
    inodes = set()
    for name in ("tcp", "tcp6"):
        for line in (PROC / "net" / name).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    # The master of a server has the lowest number: it started before its workers did.
    for pid in sorted(int(path.name) for path in PROC.iterdir() if path.name.isdigit()):
        if inodes & set(_links(pid)):
            return pid
    raise ProcessLookupError(f"no process that we may look at listens on port {port}")


def _links(pid: int) -> list[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return []
    found = []
    for name in names:
        try:
            found.append(os.readlink(f"{folder}/{name}"))
        except (FileNotFoundError, PermissionError):
            continue  # closed meanwhile, or not ours to see
    return found


def _read(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return ""
