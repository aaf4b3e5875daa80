"""conf/gunicorn.py: what gunicorn is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imserver.settings import ROOT

# Runs in a process of its own, because the file patches on its first line and changes limits.
PROGRAM = """
import json, runpy
told = runpy.run_path("conf/gunicorn.py")
simple = (int, str, list, dict, type(None))
print(json.dumps({name: told[name] for name in told if isinstance(told[name], simple)}, default=str))
"""


def told(tmp_path: Path, **environ: str) -> dict[str, object]:
    """Return gunicorn's settings under these variables."""
    values = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)} | environ
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=values,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_gunicorns_throttling_defaults_are_gone(tmp_path: Path) -> None:
    config = told(tmp_path)
    assert config["worker_class"] == "imserver.worker.ParkingWorker"
    assert (config["worker_connections"], config["keepalive"], config["max_requests"]) == (15_000, 20, 0)
    assert config["control_socket_disable"] is True
    assert config["accesslog"] is None
    assert config["preload_app"] is False


@pytest.mark.parametrize(("bind", "umask"), [("127.0.0.1:1", 0o077), ("unix:/run/im.sock", 0o007)])
def test_what_it_writes_is_private(tmp_path: Path, bind: str, umask: int) -> None:
    assert told(tmp_path, IM_SERVER_BIND=bind)["umask"] == umask


def test_nobody_is_believed_but_the_listed_proxies(tmp_path: Path) -> None:
    assert told(tmp_path)["forwarded_allow_ips"] == ""
    config = told(tmp_path, IM_SERVER_TRUSTED_PROXIES="10.0.0.1,10.1.0.0/16")
    assert config["forwarded_allow_ips"] == "10.0.0.1,10.1.0.0/16"


def test_gunicorn_accepts_all_of_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "conf/gunicorn.py", "--print-config", "--check-config"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "IM_STORE_URL": f"sqlite:///{tmp_path}/im.db",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "ParkingWorker" in done.stdout
