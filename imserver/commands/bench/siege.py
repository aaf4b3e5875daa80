"""siege with the shipped URL file: what the page views of members cost, files and API together."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from imserver.commands.bench.installation import SITE, Installation
from imserver.commands.bench.members import befriend
from imserver.commands.bench.services import memcached_counts
from imserver.commands.load.crew import Seat
from imserver.commands.load.failures import LoadError, LoadExit
from imserver.settings import ROOT

Figures = dict[str, Any]
URLS, CONFIG = ROOT / "conf" / "siege" / "urls.txt", ROOT / "conf" / "siege" / "siege.conf"
APT_LINE = "apt-get install -y --no-install-recommends siege"
# Page views in the URL file: so many members come, and each looks at another one's profile.
PAGE_VIEWS = 50
_TREE = re.compile(r'"(/a/[0-9a-f]{16})/')
# What the first, short run asks of each client, in page views; from it follows how many take the wanted time.
WARM_VIEWS = 2
# Workers say once a second what they have counted, and their start is not what is measured.
TOLD_SECONDS = 1.5
# So much longer than wanted may it take before something is wrong: siege itself waits 30 s for an answer.
PATIENCE, END_SECONDS = 3, 60


def besiege(server: Installation, folder: Path, *, clients: Sequence[int], seconds: int) -> Iterator[Figures]:
    """Yield what siege says for each number of concurrent clients, and who took which part of the machine.

    # design: each client asks so many times, instead of all of them for so long. When its time is over, siege
    # 4.0.7 ends its threads wherever they are (PTHREAD_CANCEL_ASYNCHRONOUS), and one may hold the allocator's
    # lock: then it waits for ever.
    """
    me, *friends = server.members(PAGE_VIEWS + 1)
    befriend(server.store, SITE, me, friends)
    urls = folder / "urls.txt"
    pages = views(server, friends)
    lines = fill(URLS.read_text(encoding="utf-8"), pages)
    urls.write_text(lines, encoding="utf-8")
    view = lines.count("\n") // len(pages)
    # What each worker does once is done before.
    told = siege(urls, clients=max(clients), times=WARM_VIEWS * view, seconds=seconds, session=me.session)
    for count in clients:
        # Whole page views, so that all clients ask for everything equally often.
        times = view * max(1, round(told["transaction_rate"] * seconds / count / view))
        counted, before = counts(server), server.cpu()
        told = siege(urls, clients=count, times=times, seconds=seconds, session=me.session)
        spent, since = server.cpu(), counts(server)
        yield figures_of(told, clients=count) | {
            "server_cpu_percent": round(100 * (spent[0] - before[0]) / told["elapsed_time"], 1),
            "database_cpu_percent": round(100 * (spent[1] - before[1]) / told["elapsed_time"], 1),
            **{name: since[name] - counted[name] for name in since},
        }


def views(server: Installation, peers: Sequence[Seat]) -> list[dict[str, str]]:
    """Return the names that the URL file leaves open, for one page view each."""
    base = f"http://127.0.0.1:{server.port}"
    page = _read(f"{base}/frame?site={SITE}")
    tree = _TREE.search(page)
    if tree is None:
        raise LoadError(LoadExit.BROKEN, "the frame names no folder of files")
    known = {"IM": base, "TREE": tree[1], "SITE": SITE}
    strangers = server.strangers(len(peers))
    return [
        known | {"TOKEN": stranger.token, "PEER": peer.user_id}
        for stranger, peer in zip(strangers, peers, strict=True)
    ]


def fill(template: str, pages: Sequence[dict[str, str]]) -> str:
    """Return the lines of the template's page view once for each of ``pages``, with its names filled in."""
    lines = [line for line in template.splitlines() if line.startswith("$(IM)")]
    return "".join(
        re.sub(r"\$\((\w+)\)", lambda found, page=page: page[found[1]], line) + "\n"  # type: ignore[misc]
        for page in pages
        for line in lines
    )


def siege(urls: Path, *, clients: int, times: int, seconds: int, session: str) -> Figures:
    """Let each client ask so many ``times``, some ``seconds`` by estimate; return what siege says.

    Raises LoadError when it says nothing or does not end.
    """
    path = shutil.which("siege")
    if path is None:
        raise LoadError(LoadExit.USAGE, f"siege is not installed; run: {APT_LINE}")
    command = [path, "-R", str(CONFIG), "-f", str(urls), "-b", "-j"]
    command += ["-c", str(clients), "-r", str(times), "-H", f"Authorization: Bearer {session}"]
    limit_seconds = PATIENCE * seconds + END_SECONDS
    try:
        done = subprocess.run(  # noqa: S603 - our own program and arguments
            command,
            capture_output=True,
            text=True,
            timeout=limit_seconds,
            # It makes a folder in the home of whoever runs it.
            env=os.environ | {"HOME": str(urls.parent)},
        )
    except subprocess.TimeoutExpired as error:
        raise LoadError(LoadExit.TIME_BOUND, f"siege has not ended after {limit_seconds} s") from error
    found = re.search(r"\{.*?\}", done.stdout, re.DOTALL)
    if found is None:
        raise LoadError(LoadExit.BROKEN, f"siege said nothing: {done.stderr[-300:]}")
    told: Figures = json.loads(found[0])
    return told


def figures_of(told: Figures, *, clients: int) -> Figures:
    """Return what the page shows of siege's words."""
    return {
        "clients": clients,
        "transactions_per_second": told["transaction_rate"],
        "availability_percent": told["availability"],
        "failed": told["failed_transactions"],
        "mean_seconds": told["response_time"],
        "longest_seconds": told["longest_transaction"],
    }


def counts(server: Installation) -> dict[str, int]:
    """Return what all workers and memcached have counted: siege takes an answer of 401 for a good one."""
    time.sleep(TOLD_SECONDS)
    text = _read(f"http://127.0.0.1:{server.port}/metrics")
    ours = {
        name: _sum_of(f"imserver_{name}_total", text) for name in ("cache_hits", "cache_misses", "errors")
    }
    theirs = memcached_counts(server.backing.cache_url)
    return ours | {f"memcached_{name}": count for name, count in theirs.items()}


def _sum_of(name: str, text: str) -> int:
    return sum(int(float(value)) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - http, as built above
        text: str = answer.read().decode()
    return text
