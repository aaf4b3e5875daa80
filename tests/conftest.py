# ruff: noqa: E402 - nothing may be imported before the patch
import os

# Playwright brings its own event loop, so browser tests run in a process without the patch.
BROWSER_RUN = os.environ.get("IM_BROWSER") == "1"
if not BROWSER_RUN:
    from gevent import monkey

    monkey.patch_all()

import contextlib
import json
import platform
import sqlite3
import sys
from collections.abc import Generator
from importlib.metadata import version
from pathlib import Path

import gevent
import pytest

pytest.register_assert_rewrite("tests.services", "tests.redis_server", "tests.s3_server", "tests.mailbox")

from tests import services

pytest_plugins = ["tests.services", "tests.schemas", "tests.redis_server", "tests.s3_server", "tests.mailbox"]

# One test that hangs must not eat the whole run; @pytest.mark.limit(seconds=…) allows more.
TEST_SECONDS = 60.0
BROWSER_FOLDER = Path(__file__).parent / "browser"

# Whatever opens a database file in this process, the summary line may say that SQLite was used.
sys.addaudithook(lambda event, _: services.started.add("SQLite") if event == "sqlite3.connect" else None)


def pytest_report_header() -> list[str]:
    """Name the versions of everything that the tests run on."""
    database, cache = services.version_of("mariadbd", "mysqld"), services.version_of("memcached")
    redis = services.version_of("redis-server")
    chromium = services.version_of(*services.CHROMIUM)
    return [
        f"Python {platform.python_version()}, gevent {version('gevent')}, gunicorn {version('gunicorn')}",
        f"SQLite {sqlite3.sqlite_version}, MariaDB {database}, memcached {cache}, Redis {redis}, "
        f"Chromium {chromium}",
        f"this process: {'not patched, for Chromium' if BROWSER_RUN else 'patched by gevent'}",
    ]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the browser tests to their own process, and the others to theirs."""
    if collection_path.is_dir():
        return True if collection_path == BROWSER_FOLDER and not BROWSER_RUN else None
    return True if collection_path.is_relative_to(BROWSER_FOLDER) != BROWSER_RUN else None


def _limit(item: pytest.Item) -> contextlib.AbstractContextManager[object]:
    marker = item.get_closest_marker("limit")
    seconds = marker.kwargs["seconds"] if marker else TEST_SECONDS
    return contextlib.nullcontext() if BROWSER_RUN else gevent.Timeout(seconds)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """End a fixture that hangs, with the place where it waits."""
    with _limit(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """End a test that hangs, with the place where it waits."""
    with _limit(item):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped something: a skipped test proves nothing."""
    is_worker = hasattr(session.config, "workerinput")  # of pytest-xdist; the controller counts
    if not is_worker and session.exitstatus == pytest.ExitCode.OK and _counts(session.config)["skipped"]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the run really used, and leave the sums for bin/test."""
    counts = _counts(config)
    if BROWSER_RUN and counts["passed"]:
        services.started.add("Chromium")
    terminalreporter.write_line("ran on: " + (", ".join(sorted(services.started)) or "no service"))
    if tally := os.environ.get("TEST_TALLY"):
        Path(tally).write_text(json.dumps(counts | {"ran_on": sorted(services.started)}), encoding="utf-8")


def _counts(config: pytest.Config) -> dict[str, int]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    assert isinstance(reporter, pytest.TerminalReporter)
    words = {
        "passed": ["passed", "xpassed"],
        "failed": ["failed", "error"],
        "skipped": ["skipped", "xfailed"],
    }
    return {word: sum(len(reporter.stats.get(kind, [])) for kind in kinds) for word, kinds in words.items()}
