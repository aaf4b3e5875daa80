"""Follows docs/quickstart.md to the letter: types its commands, saves its files, says how long that took.

It understands what the page says to a person: "save this as `FILE`:", "In `FILE`, right below `LINE`:",
"It is ready when it prints `WORDS`". Not to the letter are the ports, which are free ones instead of 8080 and
8000, and the folder, which is a copy of the repository.

    python -m tests.browser.quickstart [--fresh]     with --fresh: a new environment, as the first time
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "quickstart.md"
BLOCK = re.compile(
    r"(?P<before>[^\n]*)\n\n```(?P<language>\w+)\n(?P<text>.*?)```\n(?=\n(?P<after>[^\n]*))", re.S
)
SAVE = re.compile(r"[Ss]ave this as `([^`]+)`:$")
INSERT = re.compile(r"In `([^`]+)`, right (below|above) `([^`]+)`:$")
READY = re.compile(r"It is ready when it prints `([^`]+)`")
PRINTED = re.compile(r"^(site|key id|secret) +(\S+)$", re.M)
# The first time a package index has to be reached.
COMMAND_SECONDS = 240.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Step:
    """One code block of the page: the sentence before it, and what a program says that stays."""

    language: str
    text: str
    told: str
    ready: str


def read_steps(page: str) -> list[Step]:
    """Return the blocks of ``page``, in order."""
    steps = []
    for found in BLOCK.finditer(page):
        ready = READY.search(found["after"])
        steps.append(Step(found["language"], found["text"], found["before"], ready[1] if ready else ""))
    return steps


@dataclass(slots=True)
class Follower:
    """Somebody who does what the page says, in ``folder``."""

    folder: Path
    ports: dict[str, int]
    values: dict[str, str] = field(default_factory=dict)
    took: list[tuple[str, float]] = field(default_factory=list)
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follow(self, steps: list[Step]) -> None:
        """Carry out all of it; programs that stay keep running until ``close``."""
        for step in steps:
            if step.language == "sh":
                self._type(step)
            elif saved := SAVE.search(step.told):
                self._save(saved[1], step.text)
            elif put := INSERT.search(step.told):
                self._insert(put[1], where=put[2], line=put[3], text=step.text)
            else:
                raise AssertionError(f"the page does not say what to do with:\n{step.told}\n{step.text}")

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            process.wait(STOP_SECONDS)

    def url(self, port: str) -> str:
        """Return what the page calls http://localhost:``port``."""
        return f"http://localhost:{self.ports[port]}"

    def _type(self, step: Step) -> None:
        begun = time.monotonic()
        log = self.folder / f"printed-{len(self.took)}"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-euc", self._translate(step.text)],
                cwd=self.folder,
                env=self._environ(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        while process.poll() is None and not (step.ready and step.ready in log.read_text(errors="replace")):
            if time.monotonic() - begun > COMMAND_SECONDS:
                raise AssertionError(f"{step.text} did not end or get ready:\n{log.read_text()}")
            time.sleep(0.02)
        self.took.append((step.text.strip(), time.monotonic() - begun))
        printed = log.read_text(errors="replace")
        if process.poll() is not None:
            self._running.remove(process)
            assert not step.ready, printed
            assert process.returncode == 0, printed
        self.values |= dict(PRINTED.findall(printed))

    def _save(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for word, value in (("SITE", "site"), ("KEY_ID", "key id"), ("SECRET", "secret")):
            if f"'{word}'" in text:
                text = text.replace(f"'{word}'", f"'{self.values[value]}'")
        path.write_text(self._translate(text), encoding="utf-8")

    def _insert(self, name: str, *, where: str, line: str, text: str) -> None:
        path = self.folder / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = [number for number, each in enumerate(lines) if each.strip() == line]
        lines.insert(place + (where == "below"), text)
        path.write_text("".join(lines), encoding="utf-8")

    def _translate(self, text: str) -> str:
        for said, port in self.ports.items():
            text = text.replace(f":{said}", f":{port}")
        return text

    def _environ(self) -> dict[str, str]:
        # As empty as a stranger's; the package index may be set up in a file of pip's.
        kept = {name: os.environ[name] for name in ("PATH", "PIP_CONFIG_FILE") if name in os.environ}
        return kept | {
            "HOME": os.environ.get("HOME", ""),
            "IM_SERVER_BIND": f"127.0.0.1:{self.ports['8080']}",
        }


def copy_repository(folder: Path, *, fresh: bool) -> Path:
    """Copy what a stranger would have; the environment is shared unless it has to be made anew."""
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
    if not fresh:
        (folder / ".venv").symlink_to(sys.prefix)
    return folder


def main() -> None:
    """Follow the page up to the browsers, and print what took how long."""
    from tests.services import free_port

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fresh", action="store_true", help="make an environment, as at the first start")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="im-quick-") as folder:
        copy = copy_repository(Path(folder), fresh=options.fresh)
        follower = Follower(copy, {"8080": free_port(), "8000": free_port()})
        try:
            follower.follow(read_steps(PAGE.read_text(encoding="utf-8")))
        finally:
            follower.close()
    for command, seconds in follower.took:
        sys.stdout.write(f"{seconds:6.1f} s  {command}\n")
    sys.stdout.write(f"{sum(seconds for _, seconds in follower.took):6.1f} s  of commands\n")


if __name__ == "__main__":
    main()
