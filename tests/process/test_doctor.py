"""bin/doctor against real services."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from imserver.settings import ROOT
from tests.redis_server import Redis
from tests.services import MariaDB, Memcached, free_port, make_folder

Findings = dict[str, dict[str, str]]


def examine(**settings: Any) -> Findings:
    """Return what the program finds, by name; its exit code has to agree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IM_")}
    usual = {"IM_SERVER_BIND": f"127.0.0.1:{free_port()}", "IM_BUS_FOLDER": str(make_folder() / "bus")}
    ours = {f"IM_{name}".upper(): str(value) for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, ROOT / "bin" / "doctor.py", "--json"],
        env=kept | usual | ours,
        capture_output=True,
        text=True,
        timeout=30,
    )
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    is_wrong = any(finding["verdict"] == "wrong" for finding in findings.values())
    assert done.returncode == int(is_wrong), done.stderr
    return findings


def verdicts(findings: Findings, *names: str) -> list[str]:
    return [findings[name]["verdict"] for name in names]


def test_services_that_answer_are_fine(
    make_database: Callable[[], str], memcached: Memcached, redis: Redis
) -> None:
    found = examine(store_url=make_database(), cache_url=memcached.url, bus_url=redis.url)
    names = ["database", "innodb_flush_log_at_trx_commit", "binary log", "connections of the database"]
    assert verdicts(found, *names, "clock", f"memcached {memcached.socket}", "Redis") == ["fine"] * 7


def test_a_database_that_does_not_flush_is_wrong(make_database: Callable[[], str], mariadb: MariaDB) -> None:
    url = make_database()
    mariadb.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
    try:
        found = examine(store_url=url)
    finally:
        mariadb.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    finding = found["innodb_flush_log_at_trx_commit"]
    assert (finding["verdict"], finding["found"], finding["wanted"]) == ("wrong", "2", "1")
    assert "loses acknowledged messages" in finding["reason"]


def test_too_few_connections_of_the_database_are_wrong(make_database: Callable[[], str]) -> None:
    found = examine(store_url=make_database(), server_workers=16, store_pool_size=16)
    assert verdicts(found, "connections of the database") == ["wrong"]
    found = examine(store_url=make_database(), server_workers=16, store_pool_size=8)
    assert verdicts(found, "connections of the database") == ["better"]


def test_a_database_that_is_away_is_wrong_and_the_rest_is_still_said(redis: Redis) -> None:
    found = examine(store_url="mysql://root@localhost/im?unix_socket=/nowhere/my.sock", bus_url=redis.url)
    assert verdicts(found, "database", "Redis") == ["wrong", "fine"]


def test_an_sqlite_file_that_can_be_written_is_fine() -> None:
    found = examine(store_url=f"sqlite:///{make_folder()}/im.db")
    assert verdicts(found, "database") == ["fine"]


def test_services_that_stand_still_are_said_to_within_seconds(
    make_database: Callable[[], str], mariadb: MariaDB, memcached: Memcached, redis: Redis
) -> None:
    url = make_database()
    for server in (mariadb, memcached, redis):
        server.freeze()
    try:
        found = examine(store_url=url, cache_url=memcached.url, bus_url=redis.url)
    finally:
        for server in (mariadb, memcached, redis):
            server.thaw()
    assert verdicts(found, "database", f"memcached {memcached.socket}", "Redis") == ["wrong"] * 3
