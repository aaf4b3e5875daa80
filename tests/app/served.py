"""The messenger under gunicorn, in its own processes, and a client that sees every byte."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from imserver.bus import PEERS_SECONDS
from imserver.settings import ROOT
from imserver.store import Store, open_store
from tests.app.member import Host, client_id
from tests.services import OPEN, free_port, make_folder, wait_until

READY_SECONDS = 30.0
ANSWER_SECONDS = 10.0
USUAL = {
    "IM_CACHE_URL": "memory:",
    "IM_DEMO_ENABLED": "off",
    "IM_LOG_LEVEL": "warning",
    "IM_SERVER_WORKERS": "1",
    "IM_SERVER_KEEPALIVE_SECONDS": "2",
    "IM_SERVER_GRACEFUL_SECONDS": "6",
    "IM_SERVER_STALL_SECONDS": "30",
    "IM_PRESENCE_OFFLINE_SECONDS": "0.2",
    "IM_FILES_PER_MINUTE": "0",
    "IM_LIMITS_MESSAGES_PER_MINUTE": "0",
    "IM_LIMITS_SIGN_INS_PER_MINUTE": "0",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, complete."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One TCP connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        self._read = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def write(self, *requests: bytes) -> None:
        """Send requests in one piece."""
        self._socket.sendall(b"".join(requests))

    def half_close(self) -> None:
        """Say that nothing more comes."""
        self._socket.shutdown(socket.SHUT_WR)

    def ask(self, method: str, path: str, body: Any = None, *, session: str = "") -> Answer:
        """Send one request and return its answer."""
        self.write(request_bytes(method, path, body, session=session))
        return self.answer()

    def answer(self) -> Answer:
        """Return the next complete answer; raise ConnectionError when the server closes before its end."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return Answer(int(status_line.split()[1]), headers, body)

    def is_closed_by_server(self) -> bool:
        """Tell whether the end of the stream has arrived, without waiting for it."""
        self._socket.setblocking(False)
        try:
            return not self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        finally:
            self._socket.settimeout(ANSWER_SECONDS)

    def _more(self) -> None:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionError(f"the server closed after {self._read[:200]!r}")
        self._read += piece


def request_bytes(method: str, path: str, body: Any = None, *, session: str = "", origin: str = "") -> bytes:
    """Return one HTTP/1.1 request."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"Content-Length: {len(data)}"] if body is not None else []
    lines += [f"Authorization: Bearer {session}"] if session else []
    lines += [f"Origin: {origin}"] if origin else []
    return "\r\n".join([*lines, "", ""]).encode() + data


def poll_bytes(session: str, cursor: str, **fields: Any) -> bytes:
    """Return a poll's request."""
    return request_bytes("POST", "/v1/poll", {"token": session, "cursor": cursor, **fields})


@dataclass(slots=True)
class Server:
    """gunicorn with the real configuration on a free port; ``settings`` are IM_ variables."""

    settings: dict[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=make_folder)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def bus_folder(self) -> Path:
        return self.folder / "bus"

    def start(self) -> None:
        """Start it and wait until it answers."""
        store = self.open_store()
        store.migrate()
        store.close()
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            str(Path(__file__).with_name("gunicorn_observed.py")),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "wsgi:application"], cwd=ROOT, env=self._environ(), stdout=log, stderr=log
            )
        wait_until(self.is_ready, seconds=READY_SECONDS, what=f"ready, {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Kill what is left of it."""
        if self.process is None or self.process.poll() is not None:
            return
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait(timeout=10)

    def is_ready(self) -> bool:
        """Tell whether a request is answered."""
        try:
            with Wire(self.port) as wire:
                return wire.ask("GET", "/healthz").status == 200
        except OSError:
            return False

    def open_store(self) -> Store:
        """Return a store of our own on the same database."""
        return open_store(store_url=self._environ()["IM_STORE_URL"])

    def workers(self) -> list[int]:
        """Return the process ids of the living workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if _is_alive(int(pid))]

    def descriptors(self) -> int:
        """Return how many files and sockets the only worker has open."""
        (pid,) = self.workers()
        return len(os.listdir(f"/proc/{pid}/fd"))

    def metric(self, name: str) -> float:
        """Return a number that the worker exports."""
        with Wire(self.port) as wire:
            text = wire.ask("GET", "/metrics").body.decode()
        found = re.search(rf"^imserver_{re.escape(name)} (\S+)$", text, re.MULTILINE)
        assert found, f"no imserver_{name} in\n{text}"
        return float(found[1])

    def greenlets(self) -> int:
        """Return how many greenlets the only worker has."""
        with Wire(self.port) as wire:
            return int(wire.ask("GET", "/-/worker").json()["greenlets"])

    def connect_to(self, pid: int) -> Wire:
        """Return a connection that this worker has accepted; it may still be starting."""

        def find() -> Wire | None:
            wire = Wire(self.port)
            if wire.ask("GET", "/-/worker").json()["pid"] == pid:
                return wire
            wire.__exit__()
            return None

        wire = wait_until(find, seconds=READY_SECONDS, what=f"worker {pid} accepts connections")
        assert wire is not None
        return wire

    def wait_for_two(self) -> None:
        """Return once two workers run, and each has had the time to find the other."""
        wait_until(lambda: len(self.workers()) == 2 and len(list(self.bus_folder.glob("*.bus"))) == 2)
        found_at = time.monotonic() + PEERS_SECONDS
        wait_until(lambda: time.monotonic() > found_at)

    def sign_in(self, host: Host, user_id: str, *, origin: str = "") -> str:
        """Return a session's secret."""
        request = request_bytes(
            "POST", "/v1/sessions", {"site": host.site.site_id, "token": host.sign(user_id)}, origin=origin
        )
        with Wire(self.port) as wire:
            wire.write(request)
            return str(wire.answer().json()["session"])

    def state(self, session: str) -> Any:
        with Wire(self.port) as wire:
            return wire.ask("GET", "/v1/state", session=session).json()

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IM_")}
        ours = {
            "IM_SERVER_BIND": f"127.0.0.1:{self.port}",
            "IM_STORE_URL": f"sqlite:///{self.folder / 'im.db'}",
            "IM_BUS_FOLDER": str(self.bus_folder),
            "IM_FILES_FOLDER": str(self.folder / "files"),
        }
        return kept | USUAL | ours | self.settings


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def serving(**settings: object) -> Iterator[Server]:
    """Run a server for a while."""
    server = Server({f"IM_{name}".upper(): str(value) for name, value in settings.items()})
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True, slots=True)
class Pair:
    """ada and bob on a running server, and what they have together."""

    server: Server
    ada: str
    bob: str
    conversation_id: str
    cursor: str

    def send(self, text: str, *, wire: Wire | None = None) -> Answer:
        """Let ada say something to bob."""
        body = {"messages": [{"client_id": client_id(), "text": text}]}
        path = f"/v1/conversations/{self.conversation_id}/messages"
        with contextlib.ExitStack() as stack:
            used = wire or stack.enter_context(Wire(self.server.port))
            return used.ask("POST", path, body, session=self.ada)


def meet(server: Server, *, origin: str = "") -> Pair:
    """Create a site, sign ada and bob in, on pages of ``origin``, open their conversation."""
    store = server.open_store()
    site = store.sites.insert_site(name="A community", origins=(origin,) if origin else (), rules=OPEN)
    store.close()
    host = Host(Flask("not used"), site)
    ada, bob = (server.sign_in(host, name, origin=origin) for name in ("ada", "bob"))
    with Wire(server.port) as wire:
        opened = wire.ask("POST", "/v1/conversations", {"user_id": "bob"}, session=ada).json()
    return Pair(server, ada, bob, opened["id"], server.state(bob)["cursor"])
