"""The Procfile, run by honcho from a copy of the repository: MariaDB, memcached and the messenger."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from imserver.settings import ROOT
from tests.services import exchange, free_port, make_folder, wait_until

READY_SECONDS = 60.0
STOP_SECONDS = 60.0


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


class Procfile:
    """What ``honcho start`` runs; ``settings`` are IM_ variables."""

    def __init__(self, **settings: str) -> None:
        self.folder = copy_repository(make_folder())
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store_url = f"mysql://root@localhost/imserver?unix_socket={self.folder}/var/my.sock"
        self.log = self.folder / "honcho.log"
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start everything; return when the database can be reached."""
        command = [Path(sys.prefix) / "bin" / "honcho", "start", "-p", str(self.port)]
        environ = {"HOME": str(self.folder), "PATH": os.environ["PATH"], **self.settings}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=environ, stdout=log, stderr=subprocess.STDOUT
            )
        ended = self._process.poll
        wait_until(lambda: self.is_ready() or ended() is not None, seconds=READY_SECONDS, what="it is ready")
        assert self.is_ready(), self.log.read_text(errors="replace")[-3_000:]

    def is_ready(self) -> bool:
        """Tell whether the messenger reaches its database."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310 - http
            return bool(answer.status == 200)
        return False

    def reload(self) -> None:
        """Let new workers take over, as ``systemctl reload`` does."""
        os.kill(self.master(), signal.SIGHUP)

    def master(self) -> int:
        """Return the process id of gunicorn's master."""
        assert self._process is not None
        waiting = [self._process.pid]
        while waiting:
            pid = waiting.pop(0)
            if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
            waiting += children(pid)
        raise AssertionError("there is no master")

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        return children(self.master())

    def stop(self) -> None:
        """End everything in an orderly way."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=STOP_SECONDS)

    def are_services_gone(self) -> bool:
        """Tell whether neither the database nor the cache is there any more."""
        sockets = [self.folder / "var" / name for name in ("my.sock", "mc.sock")]
        return not any(exchange(path, b"version\r\n") for path in sockets)


def children(pid: int) -> list[int]:
    """Return the process ids of a process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
