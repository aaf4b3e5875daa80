"""What bin/test does once its environment stands: install services, run pytest twice, sum up."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = Path("tests/browser")
PACKAGES = {
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "memcached": "memcached",
    "redis-server": "redis-server",
    "chromium": "chromium",
}
# Without fonts Chromium lays out nothing and innerText is empty.
FONTS = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
}
WANTED = {"SQLite", "MariaDB", "memcached", "Redis", "Chromium"}
# Each of the two runs takes less than seven minutes on a busy machine; what takes this long hangs.
RUN_SECONDS = 540.0
APT_SECONDS = 300.0
INTERRUPT_SECONDS = 20.0


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
    tallies = [run_tests(passed_on, browser=browser) for browser in runs(passed_on)]
    return sum_up(tallies, everything=not passed_on)


def install_services() -> None:
    """Install with apt what is missing; exit with the line to type if that cannot be done."""
    missing = sorted(set(missing_packages()))
    if not missing:
        return
    print(f"test: installing {' '.join(missing)}", flush=True)
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") and os.geteuid() == 0:
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "-qq", "update"], install):
            subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, timeout=APT_SECONDS, check=False)
    if still := sorted(set(missing_packages())):
        line = f"apt-get install -y --no-install-recommends {' '.join(still)}"
        sys.exit(f"test: run this as root, then try again: {line}")


def missing_packages() -> list[str]:
    """Return the packages whose programs or fonts are not there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    programs = [package for program, package in PACKAGES.items() if not shutil.which(program, path=path)]
    return programs + [package for font, package in FONTS.items() if not Path(font).exists()]


def runs(arguments: list[str]) -> list[bool]:
    """Return which processes are needed: the patched one (False), the one for browsers (True), or both."""
    paths = [
        Path(argument.partition("::")[0])
        for argument in arguments
        if Path(argument.partition("::")[0]).exists()
    ]
    if not paths:
        return [False, True]
    in_browser = [path.absolute().is_relative_to(BROWSER.absolute()) for path in paths]
    above = [BROWSER.absolute().is_relative_to(path.absolute()) for path in paths]
    return [
        browser
        for browser in (False, True)
        if (any(in_browser) or any(above) if browser else not all(in_browser))
    ]


def run_tests(arguments: list[str], *, browser: bool) -> dict[str, object]:
    """Run pytest in its own process; return what it counted."""
    with tempfile.TemporaryDirectory(prefix="im-test-") as folder:
        tally = Path(folder) / "tally.json"
        environ = os.environ | {"TEST_TALLY": str(tally), "IM_BROWSER": "1" if browser else "0"}
        code = run_bounded([sys.executable, "-m", "pytest", *arguments], environ=environ)
        if not tally.exists():
            return {"passed": 0, "failed": 1, "skipped": 0, "ran_on": []}
        counts: dict[str, object] = json.loads(tally.read_text(encoding="utf-8"))
    # A run that failed as a whole, by an error outside of any test, is a failure, too.
    no_tests_chosen = arguments and code == 5
    if code and not counts["failed"] and not no_tests_chosen:
        counts["failed"] = 1
    return counts


def run_bounded(command: list[str], *, environ: dict[str, str]) -> int:
    """Return the exit code of ``command``; interrupt it, then kill it, when it takes too long."""
    with subprocess.Popen(command, env=environ, cwd=ROOT) as process:
        try:
            return process.wait(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"test: not done after {RUN_SECONDS:g} s", flush=True)
            interrupt(process)
        except KeyboardInterrupt:
            interrupt(process)
            raise
    return process.returncode or 1


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Let ``process`` clean up for a while, then kill it."""
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
