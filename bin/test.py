"""What bin/test does once its environment stands: install services, run four pytests, sum up.

They run side by side, because each waits most of its time; what the later ones say comes at the end.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = Path("tests/browser")
# The whole application, and what starts programs and waits for them or goes through many turns.
APP = "tests/app"
# Of these, what takes minutes goes to those that are through first.
APP_BESIDE = ("tests/app/test_hostile_files.py", "tests/app/test_no_oracle.py")
PROGRAMS = ("tests/process", "tests/stress", "tests/attacks", "tests/integrations", "tests/property")
PACKAGES = {
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "memcached": "memcached",
    "redis-server": "redis-server",
    "nginx": "nginx",
    "siege": "siege",
    "logrotate": "logrotate",
    "chromium-headless-shell": "chromium-headless-shell",
    "chromium": "chromium",
    # What the pieces of integrations/ are written in.
    "php": "php-cli",
    "node": "nodejs",
    "ruby": "ruby",
}
# What does as well, only slower, where a system has no such package.
STAND_INS = {"chromium-headless-shell": "chromium"}
# Without fonts Chromium lays out nothing and innerText is empty.
FONTS = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
}
# What WordPress, and a stand-in for the database of phpBB, need of PHP.
PHP_MODULES = {"mysqli": "php-mysql", "sqlite3": "php-sqlite3"}
WANTED = {"SQLite", "MariaDB", "memcached", "Redis", "Chromium"}
# Together they take about fifteen minutes on two cores; what takes this long hangs.
RUN_SECONDS = 1_200.0
APT_SECONDS = 300.0
INTERRUPT_SECONDS = 20.0
# Where five programs share the cores a browser's step may come late: so many that fail are tried once more,
# alone, and named. More are no accident.
AGAIN_MOST = 5


def main(arguments: list[str]) -> int:
    """Return 0 if every test passed."""
    parser = argparse.ArgumentParser(prog="bin/test", description=__doc__, allow_abbrev=False)
    parser.epilog = "Everything else goes to pytest, such as: bin/test tests/unit -k cursor"
    _, passed_on = parser.parse_known_args(arguments)
    os.chdir(ROOT)
    # Whoever ends this program means the tests and their services, too. pytest cleans up on SIGINT, which a
    # shell makes its background programs ignore, and they theirs.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    install_services()
    with tempfile.TemporaryDirectory(prefix="im-test-") as folder:
        tallies = run_all([Run(passed_on, Path(folder), part) for part in parts(passed_on)])
    return sum_up(tallies, everything=not passed_on)


def install_services() -> None:
    """Install with apt what is missing; exit with the line to type if that cannot be done."""
    missing = sorted(set(missing_packages()))
    if not missing:
        return
    print(f"test: installing {' '.join(missing)}", flush=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt_get("update")
        # One by one: a system that does not know one of them still has the others.
        for package in missing:
            apt_get("install", "-y", "--no-install-recommends", package)
    still = {package for package in missing_packages() if not is_installed(STAND_INS.get(package, package))}
    if still:
        line = f"apt-get install -y --no-install-recommends {' '.join(sorted(still))}"
        sys.exit(f"test: run this as root, then try again: {line}")


def apt_get(*arguments: str) -> None:
    """Run apt-get without questions; whether it did what it should is seen by what is there then."""
    # In runlevel 1 no package starts its own service: the tests start private ones.
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = ["apt-get", "-qq", *arguments]
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, timeout=APT_SECONDS, check=False)


def missing_packages() -> list[str]:
    """Return the packages whose programs, fonts or modules are not there."""
    programs = [package for program, package in PACKAGES.items() if not is_installed(program)]
    fonts = [package for font, package in FONTS.items() if not Path(font).exists()]
    modules = php_modules()
    return programs + fonts + [package for name, package in PHP_MODULES.items() if name not in modules]


def php_modules() -> list[str]:
    """Return the names of what PHP has built in or loaded; none while there is no PHP."""
    if not is_installed("php"):
        return []
    return subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()


def is_installed(program: str) -> bool:
    """Tell whether there is a program of this name."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin") is not None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the tests, in a process of their own; ``arguments`` choose them where nobody else has."""

    name: str
    arguments: tuple[str, ...] = ()
    # How many share them out, each with a server and a browser of its own: a person at a screen mostly waits.
    workers: int = 1


SERVER, BROWSERS = Part("server"), Part("browser", workers=2)
APP_ALONE = {str(file.relative_to(ROOT)) for file in (ROOT / APP).glob("test_*.py")}.difference(APP_BESIDE)
PARTS = (
    Part("server", tuple(f"--ignore={path}" for path in (*sorted(APP_ALONE), *PROGRAMS))),
    Part("app", (APP, *(f"--ignore={file}" for file in APP_BESIDE))),
    Part("programs", PROGRAMS),
    BROWSERS,
)


def parts(arguments: list[str]) -> list[Part]:
    """Return what has to run: everything, or what the paths that are named need of two processes."""
    paths = [
        Path(argument.partition("::")[0])
        for argument in arguments
        if Path(argument.partition("::")[0]).exists()
    ]
    if not paths:
        return list(PARTS)
    in_browser = [path.absolute().is_relative_to(BROWSER.absolute()) for path in paths]
    above = [BROWSER.absolute().is_relative_to(path.absolute()) for path in paths]
    chosen = [SERVER] if not all(in_browser) else []
    return [*chosen, BROWSERS] if any(in_browser) or any(above) else chosen


class Run:
    """One pytest in a process of its own; ``output`` is where it writes when another has the terminal."""

    def __init__(self, arguments: list[str], folder: Path, part: Part, *, again: bool = False) -> None:
        self.cache = folder / f"cache-{part.name}"
        # A group of tests that share something costly stays in one of the processes.
        sharing = ["-n", str(part.workers), "--dist", "loadgroup"] if part.workers > 1 and not again else []
        chosen = ["-o", f"cache_dir={self.cache}", *(["--last-failed"] if again else [])]
        self.command = [sys.executable, "-m", "pytest", *sharing, *chosen, *arguments, *part.arguments]
        self.once_more = lambda: Run(arguments, folder, part, again=True)
        self.environ = os.environ | {"IM_BROWSER": "1" if part is BROWSERS else "0"}
        self.tally = folder / f"tally-{part.name}.json"
        self.output = folder / f"output-{part.name}.txt"
        self.no_tests_chosen_is_fine = bool(arguments)

    def start(self, *, quiet: bool) -> subprocess.Popen[bytes]:
        """Start it; its words go to ``output`` if it has to be quiet."""
        environ = self.environ | {"TEST_TALLY": str(self.tally)}
        with self.output.open("wb") as output:
            where = output if quiet else None
            return subprocess.Popen(self.command, env=environ, cwd=ROOT, stdout=where, stderr=where)

    def failed(self) -> list[str]:
        """Return the names of the tests that failed."""
        found = self.cache / "v" / "cache" / "lastfailed"
        return sorted(json.loads(found.read_text(encoding="utf-8"))) if found.exists() else []

    def counts(self, code: int) -> dict[str, object]:
        """Return what it counted; a run that failed by an error outside of any test is a failure, too."""
        if not self.tally.exists():
            return {"passed": 0, "failed": 1, "skipped": 0, "ran_on": []}
        counts: dict[str, object] = json.loads(self.tally.read_text(encoding="utf-8"))
        if code and not counts["failed"] and not (self.no_tests_chosen_is_fine and code == 5):
            counts["failed"] = 1
        return counts


def run_all(runs: list[Run]) -> list[dict[str, object]]:
    """Run them side by side and return what each counted; interrupt, then kill, what takes too long."""
    started = [(run, run.start(quiet=number > 0)) for number, run in enumerate(runs)]
    deadline = time.monotonic() + RUN_SECONDS
    try:
        codes = [wait(process, deadline - time.monotonic()) for _, process in started]
    except KeyboardInterrupt:
        for _, process in started:
            process.send_signal(signal.SIGINT)
        for _, process in started:
            interrupt(process)
        raise
    for run, _ in started[1:]:
        print(run.output.read_text(encoding="utf-8", errors="replace"), flush=True)
    return [try_again(run, run.counts(code)) for (run, _), code in zip(started, codes, strict=True)]


def try_again(run: Run, counts: dict[str, object]) -> dict[str, object]:
    """Return the counts after the few that failed were tried once more, with nothing beside them."""
    failed = run.failed()
    if counts["failed"] != len(failed) or not 0 < len(failed) <= AGAIN_MOST:
        return counts
    print(f"test: {len(failed)} failed, and are tried once more, alone", flush=True)
    again = run.once_more()
    second = again.counts(wait(again.start(quiet=False), RUN_SECONDS))
    if second["failed"] or second["passed"] != len(failed):
        return counts
    print("test: passed only when alone: " + ", ".join(failed), flush=True)
    return counts | {"passed": int(str(counts["passed"])) + len(failed), "failed": 0}


def wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Return the exit code of ``process``, a failure's if it had to be ended."""
    try:
        return process.wait(timeout=max(seconds, 0.0))
    except subprocess.TimeoutExpired:
        print(f"test: not done after {RUN_SECONDS:g} s", flush=True)
        interrupt(process)
        return process.returncode or 1


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Let ``process`` clean up for a while, then kill it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=INTERRUPT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def sum_up(tallies: list[dict[str, object]], *, everything: bool) -> int:
    """Print what was used and the sums; return the exit code."""
    passed = sum(int(str(tally["passed"])) for tally in tallies)
    # A skipped test proves nothing, so it counts as one that failed.
    failed = sum(int(str(tally["failed"])) + int(str(tally["skipped"])) for tally in tallies)
    used = {str(name) for tally in tallies for name in list(tally["ran_on"])}  # type: ignore[call-overload]
    if everything and (unused := sorted(WANTED - used)):
        print(f"test: nothing ran on {', '.join(unused)}")
        failed += len(unused)
    print(f"test: ran on {describe(used)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def describe(used: set[str]) -> str:
    """Return the sentence about what the tests ran on."""
    parts = [
        " + ".join(names)
        for names in (["SQLite"], ["MariaDB", "memcached"], ["Redis"], ["Chromium"])
        if used >= set(names)
    ]
    return ", ".join(parts) or "no service"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
