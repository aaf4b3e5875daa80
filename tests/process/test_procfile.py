"""The Procfile, run for real: MariaDB, memcached and the messenger from a copy of the repository."""

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pymysql
import pytest

from imserver.settings import ROOT
from tests import services
from tests.services import free_port, make_folder, wait_until


def copy_repository(folder: Path) -> Path:
    """Copy what is tracked or about to be; the environment is shared."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def is_gone(socket: Path) -> bool:
    """Tell whether nobody listens on ``socket`` any more."""
    return not services.exchange(socket, b"version\r\n")


@pytest.mark.limit(seconds=120)
def test_it_runs_the_real_thing_and_ends_all_of_it() -> None:
    folder, port = copy_repository(make_folder()), free_port()
    log = folder / "honcho.log"
    environ = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    with (
        log.open("w") as output,
        subprocess.Popen(
            [Path(sys.prefix) / "bin" / "honcho", "start", "-p", str(port)],
            cwd=folder,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(
                lambda: "/demo?user=bob" in log.read_text() or process.poll() is not None,
                seconds=60,
                what="the Procfile is ready",
            )
            assert f"imserver is ready: {address}\n" in log.read_text()
            with urllib.request.urlopen(f"{address}/readyz", timeout=10) as answer:  # noqa: S310
                assert answer.status == 200
            with (
                pymysql.connect(
                    unix_socket=str(folder / "var" / "my.sock"), user="root", database="imserver"
                ) as database,
                database.cursor() as cursor,
            ):
                cursor.execute("SELECT count(*), @@innodb_flush_log_at_trx_commit FROM sites")
                assert cursor.fetchone() == (1, 1)
            assert services.exchange(folder / "var" / "mc.sock", b"version\r\n").startswith(b"VERSION")
        finally:
            process.terminate()
            process.wait(timeout=60)
    wait_until(
        lambda: is_gone(folder / "var" / "my.sock") and is_gone(folder / "var" / "mc.sock"), seconds=20
    )
