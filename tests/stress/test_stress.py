"""The short profile of bin/stress: real processes, real faults, no promise broken."""

import json
import subprocess
import sys

import pytest

from imserver.settings import ROOT

SECONDS = 150


@pytest.mark.limit(seconds=SECONDS)
def test_no_promise_is_broken_by_the_short_programme() -> None:
    command = [sys.executable, str(ROOT / "bin" / "stress.py"), "--short", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS - 10)
    results = json.loads(done.stdout)
    assert [(result["row_id"], result["why"]) for result in results if not result["passed"]] == []
    assert len(results) >= 3
    assert all(result["applied"] > 100 for result in results)
    assert done.returncode == 0
