"""A random history of two workers and six clients, judged by the oracle: nothing lost, nothing doubled.

The run is the same every time. For a longer one with other histories:
    PROPERTY_EXAMPLES=2000 pytest tests/property/test_machine.py --hypothesis-seed=random
"""

import pytest

from tests.property.machine import MessengerMachine, migrated, run_machine


@pytest.mark.limit(seconds=240)
def test_every_promise_is_kept_on_sqlite(tmp_path):
    run_machine(MessengerMachine, migrated(f"sqlite:///{tmp_path}/im.db"), examples=60)


@pytest.mark.limit(seconds=240)
def test_every_promise_is_kept_on_mariadb(mariadb_url):
    run_machine(MessengerMachine, migrated(mariadb_url), examples=12)
