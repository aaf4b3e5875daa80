"""A community's website, started as its owner would, and a visitor with cookies."""

import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.services import wait_until

ANSWER_SECONDS = 30
STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered; names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Visitor:
    """Somebody's browser, as far as cookies go."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Page:
        return self._exchange("GET", path, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Page:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._exchange("POST", path, headers | kind, urlencode(form))

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Page:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=ANSWER_SECONDS)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            page = Page(answer.status, {}, answer.read().decode())
            for name, value in answer.getheaders():
                page.headers[name.lower()] = value
                if name.lower() == "set-cookie":
                    self._keep(value)
            return page
        finally:
            connection.close()

    def _keep(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        self.cookies[name] = value


@contextmanager
def serving(command: list[str], *, folder: Path, port: int, log: Path, **environ: str) -> Iterator[Visitor]:
    """Run a website until the block ends; give its first visitor as soon as it answers."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "PORT": str(port), **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: process.poll() is not None or answers(port), seconds=30, what=" ".join(command))
        assert process.poll() is None, log.read_text()
        yield Visitor(port)
    finally:
        process.terminate()
        process.wait(timeout=STOP_SECONDS)


def answers(port: int) -> bool:
    """Tell whether a website is there."""
    connection = http.client.HTTPConnection("localhost", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("HEAD", "/community.css")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def copy_of(folder: Path, *, into: Path) -> Path:
    """Copy an example with what it imports from its neighbours; return where it is now."""
    integrations = folder.parents[1]
    shutil.copytree(integrations / "tokens", into / "tokens")
    shutil.copytree(folder, into / "examples" / folder.name)
    return into / "examples" / folder.name
