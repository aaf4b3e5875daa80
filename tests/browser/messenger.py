"""A real messenger for the browser tests: its own process, a fresh SQLite store, a free port."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
START_SECONDS = 20.0
POPULATE = Path(__file__).with_name("populate.py")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Messenger:
    """The server: may be started, stopped, and robbed of its workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._backup = folder.with_name(f"{folder.name}-backup")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (folder / "server.log").open("ab")
        self.environ = {
            "PATH": os.environ["PATH"],
            "IM_STORE_URL": f"sqlite:///{folder}/im.db",
            "IM_SERVER_BIND": f"127.0.0.1:{self.port}",
            "IM_BUS_FOLDER": str(folder),
            "IM_FILES_FOLDER": f"{folder}/files",
            "IM_DEMO_ENABLED": "on",
            # Tests write faster than people do, and all from one address.
            "IM_LIMITS_MESSAGES_PER_MINUTE": "0",
            "IM_LIMITS_SIGN_INS_PER_MINUTE": "0",
            "IM_FILES_PER_MINUTE": "0",
            "IM_CONSOLE_TRIES_PER_MINUTE": "1000",
            "IM_CONSOLE_SIGN_INS_PER_MINUTE": "1000",
            # The pages of hosts are on this machine.
            "IM_OUTGOING_ALLOW_PRIVATE": "true",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve; return when the health check answers."""
        command = [PYTHON, str(ROOT / "bin" / "serve.py")]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self.environ, stdout=self._log, stderr=self._log
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"the server did not start; see {self._log.name}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as answer:  # noqa: S310 - http, as built above
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """End the server as an operator would; by force if it does not follow."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.crash()
        self._process = None

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._log.close()

    def crash(self) -> None:
        """Kill the workers and the master, with nothing said to anybody."""
        if self._process is None:
            return
        for pid in [self._process.pid, *self.workers()]:
            os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def back_up(self) -> None:
        """Keep a copy of the database as it is; the server must be stopped."""
        self._backup.mkdir(exist_ok=True)
        for path in self._folder.glob("im.db*"):
            shutil.copy(path, self._backup)

    def restore(self) -> None:
        """Put the copy back; the server must be stopped."""
        for path in self._folder.glob("im.db*"):
            path.unlink()
        for path in self._backup.glob("im.db*"):
            shutil.copy(path, self._folder)

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        pid = self._process.pid if self._process else 0
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def kill_worker(self) -> None:
        """End the workers in the middle of whatever they do; the master starts others."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    def populate(self, *arguments: str) -> dict[str, str]:
        """Run populate.py against the store; return what it printed."""
        answer: dict[str, str] = json.loads(self.run(POPULATE, *arguments))
        return answer

    def run(self, program: Path, *arguments: str) -> str:
        """Run a Python program with the settings of this messenger; return what it printed."""
        done = subprocess.run(
            [PYTHON, str(program), *arguments],
            cwd=ROOT, env=self.environ, check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.stdout
