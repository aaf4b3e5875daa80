"""bin/serve as a stranger runs it: what it prints, what it starts from, and how it refuses."""

import os
import shutil
import signal
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imserver.settings import ROOT
from tests.services import free_port, make_folder, wait_until

OLD_PYTHON = """#!/bin/sh
[ "$1" = -V ] && { echo "Python 3.9.2"; exit; }
exit 1
"""
# As Debian's python3 without python3-venv: it makes half an environment, then fails.
NO_ENSUREPIP = """#!/bin/sh
[ "$1" = -m ] && { mkdir -p "$4/bin"; ln -s /bin/false "$4/bin/python"; exit 1; }
echo 3.11
"""


@pytest.fixture
def folder() -> Path:
    return make_folder()


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """An environment as empty as that of a stranger."""
    values = {"HOME": str(folder), "PATH": os.environ["PATH"], "IM_BUS_FOLDER": str(folder / "bus")}
    return values | {"IM_STORE_URL": f"sqlite:///{folder}/var/im.db"} | extra


@contextmanager
def serving(folder: Path, *arguments: str, **extra: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run bin/serve until its ready line; give the process and all that it has printed."""
    log = folder / f"log-{time.monotonic_ns()}"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [ROOT / "bin" / "serve", *arguments],
            env=environment(folder, **extra),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            wait_until(lambda: "is ready" in log.read_text() or process.poll() is not None, seconds=30)
            yield process, log.read_text()
        finally:
            process.terminate()
            process.wait(timeout=40)


def refused(script_folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of bin/serve that sees only the programs of ``path``."""
    return subprocess.run(
        ["/bin/sh", script_folder / "bin" / "serve"],
        env={"PATH": path, "HOME": str(script_folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def copy_scripts(folder: Path) -> Path:
    copy = folder / "copy"
    shutil.copytree(ROOT / "bin", copy / "bin")
    for lock in ROOT.glob("requirements*.lock"):
        shutil.copy(lock, copy)
    return copy


def programs_with(folder: Path, python: str) -> str:
    """Return a PATH that has the usual tools and ``python`` as the only Python."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("dirname", "cat", "cmp", "cp", "id", "mkdir", "rm", "ln"):
        (programs / name).symlink_to(str(shutil.which(name)))
    script = programs / "python3"
    script.write_text(python)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(programs)


def get(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        return int(answer.status)


def test_it_says_that_it_is_ready_when_it_answers_and_where_the_demo_is(folder: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with serving(folder, "--bind", address.removeprefix("http://")) as (process, printed):
        assert f"imserver is ready: {address}\n" in printed
        assert f"  {address}/demo?user=ada\n  {address}/demo?user=bob\n" in printed
        assert get(f"{address}/healthz") == get(f"{address}/demo?user=ada") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0


def test_a_second_start_needs_no_network_and_finds_what_the_first_one_left(folder: Path) -> None:
    with serving(folder, PORT=str(free_port())):
        pass
    tables = (folder / "var" / "im.db").stat().st_size
    port = free_port()
    with serving(folder, PORT=str(port), PIP_INDEX_URL="http://127.0.0.1:9/") as (_, printed):
        assert "installing" not in printed
        assert f"is ready: http://127.0.0.1:{port}" in printed
        assert get(f"http://127.0.0.1:{port}/healthz") == get(f"http://127.0.0.1:{port}/demo?user=ada") == 200
        assert (folder / "var" / "im.db").stat().st_size >= tables


def test_a_taken_port_is_one_clear_line(folder: Path) -> None:
    with serving(folder, PORT=(port := str(free_port()))):
        done = subprocess.run(
            [ROOT / "bin" / "serve", "--bind", f"127.0.0.1:{port}"],
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr


def test_a_wrong_setting_is_one_clear_line(folder: Path) -> None:
    done = subprocess.run(
        [ROOT / "bin" / "serve", "--workers", "many"],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "IM_SERVER_WORKERS" in done.stderr


def test_an_old_python_is_one_clear_line(folder: Path) -> None:
    done = refused(copy_scripts(folder), programs_with(folder, OLD_PYTHON))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed, and Python 3.9.2 is all that was found" in done.stderr


def test_a_missing_venv_module_is_one_clear_line_and_leaves_nothing_behind(folder: Path) -> None:
    copy = copy_scripts(folder)
    done = refused(copy, programs_with(folder, NO_ENSUREPIP))
    assert done.returncode == 4
    assert "apt-get install python3.11-venv" in done.stderr.splitlines()[-1]
    assert not (copy / ".venv").exists()


def test_an_environment_that_cannot_be_written_is_one_clear_line(folder: Path) -> None:
    copy = copy_scripts(folder)
    (copy / ".venv").write_text("a file where the folder should be")
    done = refused(copy, os.environ["PATH"])
    assert (done.returncode, done.stderr.count("\n")) == (6, 1)
    assert str(copy / ".venv") in done.stderr
