"""bin/bench, small: every row runs on a private server and finds nothing lost."""

import json
import subprocess
import sys
from typing import Any

import pytest

from imserver.commands.bench.services import exchange, memcached_counts
from imserver.settings import ROOT
from tests.services import Memcached


def bench(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, ROOT / "bin" / "bench.py", "--quick", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=85)
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout)
    return results


@pytest.mark.limit(seconds=90)
def test_a_quick_run_measures_sends_and_sign_ins_on_mariadb() -> None:
    results = bench("--rows", "durable-http,sign-ins,import", "--transports", "poll")
    assert list(results) == ["durable-http", "sign-ins", "import"]
    ((step,),) = results["durable-http"]
    assert (step["lost"], step["doubled"], step["unanswered"]) == (0, 0, 0)
    assert step["delivered"] == step["sent"] >= 95
    assert step["server_cpu_percent"] > 0
    assert step["client_us_per_frame"] > 0
    ((arrivals,),) = results["sign-ins"]
    assert arrivals["sign_ins_per_second"] > 0
    ((brought,),) = results["import"]
    assert (brought["rows"], brought["people"]) == (2_000, 101)
    assert brought["memory_of_the_import_mb"] > 0


@pytest.mark.limit(seconds=90)
def test_a_quick_run_measures_memory_and_connections_on_sqlite() -> None:
    rows = "memory,traffic,connections"
    results = bench("--engine", "sqlite", "--rows", rows, "--transports", "poll")
    ((parked, blocking),) = results["memory"]
    assert (parked["variant"], blocking["variant"]) == ("parked", "blocking")
    ((minutes,),) = results["traffic"]
    assert (minutes["lost"], minutes["doubled"], minutes["delivered"]) == (0, 0, minutes["sent"])
    assert minutes["samples"]
    ((held,),) = results["connections"]
    assert (held["held"], held["failed"]) == (60, {})


@pytest.mark.limit(seconds=90)
def test_a_quick_run_measures_sockets_typing_and_a_room_on_sqlite() -> None:
    results = bench("--engine", "sqlite", "--rows", "durable-ws,typing,room")
    for name, receivers in (("durable-ws", 1), ("typing", 1), ("room", 19)):
        ((step,),) = results[name]
        assert (step["lost"], step["doubled"], step["refused"]) == (0, 0, {}), name
        assert step["delivered"] == receivers * step["sent"] > 0, name


@pytest.mark.limit(seconds=90)
def test_a_copy_made_while_people_write_lacks_nothing() -> None:
    ((found,),) = bench("--engine", "mariadb", "--rows", "backup")["backup"]
    assert (found["lost"], found["missing_in_the_copy"], found["doubled_in_the_copy"]) == (0, 0, 0)
    assert 0 < found["acknowledged_before_the_cut"] < found["sent"]
    assert found["messages_restored"] >= 500 + found["acknowledged_before_the_cut"]


@pytest.mark.limit(seconds=90)
def test_a_quick_run_asks_for_what_there_is_much_of() -> None:
    (calls,) = bench("--engine", "sqlite", "--rows", "large")["large"]
    assert len({call["screen"] for call in calls}) == len(calls) > 10
    assert all(0 < call["median_ms"] <= call["longest_ms"] for call in calls)


@pytest.mark.limit(seconds=90)
def test_siege_finds_everything_of_a_page_view() -> None:
    steps = bench("--engine", "sqlite", "--rows", "siege")["siege"][0]
    assert [step["clients"] for step in steps] == [2, 5]
    for step in steps:
        assert (step["availability_percent"], step["failed"], step["errors"]) == (100, 0, 0)
        assert step["transactions_per_second"] > 0


def test_memcached_tells_its_own_hits(memcached: Memcached) -> None:
    before = memcached_counts(memcached.url)
    assert before.keys() == {"hits", "misses"}
    exchange(memcached.socket, b"get absent\r\n", until=b"END\r\n")
    assert memcached_counts(memcached.url) == before | {"misses": before["misses"] + 1}
    assert memcached_counts("memory:") == {}


def test_a_row_that_there_is_not_is_refused() -> None:
    command = [sys.executable, ROOT / "bin" / "bench.py", "--rows", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "there is no row speed; there are memory, traffic" in done.stderr
