"""A random history of two workers and six clients, judged by the oracle: nothing lost, nothing doubled.

The run is the same every time. For another one, as long as you like (add --hypothesis-seed=N to repeat it):
    PROPERTY_EXAMPLES=500 pytest -o faulthandler_timeout=0 tests/property/test_machine.py
"""

import pytest

from tests.property.machine import EXAMPLES, MessengerMachine, migrated, run_machine

LIMIT_SECONDS = 36_000 if EXAMPLES else 240


@pytest.mark.limit(seconds=LIMIT_SECONDS)
def test_every_promise_is_kept_on_sqlite(tmp_path):
    run_machine(MessengerMachine, migrated(f"sqlite:///{tmp_path}/im.db"), examples=40)


@pytest.mark.limit(seconds=LIMIT_SECONDS)
def test_every_promise_is_kept_on_mariadb(mariadb_url):
    run_machine(MessengerMachine, migrated(mariadb_url), examples=10)
