"""bin/watch-memory of a process that grows."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from imserver.settings import ROOT
from tests.services import free_port, make_folder

GROWN_KB = 60_000
# It takes memory, opens a hundred sockets, says so, and stays until its input ends.
GROWING = f"""
import socket, sys
kept = bytearray({GROWN_KB} * 1024)
kept[::1024] = b"x" * {GROWN_KB}
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
sockets = [socket.socket() for _ in range(100)]
print("ready", flush=True)
sys.stdin.read()
"""


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, ROOT / "bin" / "watch-memory.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


def test_it_sees_what_a_process_takes_and_writes_it_down() -> None:
    folder, port = make_folder(), free_port()
    with subprocess.Popen(
        [sys.executable, "-c", GROWING, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        done = run(
            "--url", f"http://127.0.0.1:{port}", "--seconds", 0.6, "--every", 0.2, "--json",
            "--csv", folder / "rows.csv", "--svg", folder / "rows.svg",
        )  # fmt: skip
        table = run("--pid", process.pid, "--seconds", 0.2, "--every", 0.2)
        process.stdin.close()  # type: ignore[union-attr]
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == 3
    assert all(row["pss_kb"] > GROWN_KB for row in rows)
    assert all(row["connections"] == 101 for row in rows)
    assert all(row["descriptors"] > row["connections"] for row in rows)
    assert len(list(csv.DictReader((folder / "rows.csv").read_text().splitlines()))) == 3
    ET.fromstring(Path(folder / "rows.svg").read_text())  # noqa: S314 - our own picture
    heading, row = table.stdout.splitlines()
    assert heading.split()[2] == "pss_kb"
    assert int(row.split()[2]) > GROWN_KB


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--url", "http://127.0.0.1:{free}"], 11, "listens on port"),
        (["--url", "http://203.0.113.7"], 16, "run this where the server runs"),
        (["--pid", "4194303"], 11, "is not there"),
        (["--seconds", "soon"], 2, "is not a time"),
    ],
)
def test_it_says_what_it_cannot_watch(arguments: list[str], code: int, words: str) -> None:
    done = run(*(text.format(free=free_port()) for text in arguments))
    assert done.returncode == code
    assert words in done.stderr.splitlines()[-1]
