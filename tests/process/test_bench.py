"""bin/bench, small: every row runs on a private server and finds nothing lost."""

import json
import subprocess
import sys
from typing import Any

import pytest

from imserver.settings import ROOT

# The rows that need no more than what is answered over HTTP.
ROWS = ["durable-http", "sign-ins"]


def bench(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, ROOT / "bin" / "bench.py", "--quick", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=85)
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout)
    return results


@pytest.mark.parametrize("engine", ["sqlite", "mariadb"])
@pytest.mark.limit(seconds=90)
def test_a_quick_run_measures_on_both_engines(engine: str) -> None:
    results = bench("--engine", engine, "--rows", ",".join(ROWS))
    assert list(results) == ROWS
    ((step,),) = results["durable-http"]
    assert (step["lost"], step["doubled"], step["unanswered"]) == (0, 0, 0)
    assert step["delivered"] == step["sent"] >= 95
    assert step["server_cpu_percent"] > 0
    assert step["client_us_per_frame"] > 0
    ((arrivals,),) = results["sign-ins"]
    assert arrivals["sign_ins_per_second"] > 0


def test_a_row_that_there_is_not_is_refused() -> None:
    command = [sys.executable, ROOT / "bin" / "bench.py", "--rows", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "there is no row speed; there are memory, traffic" in done.stderr
